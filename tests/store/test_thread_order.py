"""The stored order of threads is the order computed from scratch, whatever happens to the messages."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.store.world import EPOCH, World
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.errors import ConfigError
from tuimail.model.flags import Flags
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.server import Protocol
from tuimail.model.server_message import ServerMessage
from tuimail.model.uid_set import UidSet
from tuimail.store import accounts, changes, mailbox_changes, messages, muting, removals, thread_list, undo
from tuimail.store.database import Connection, rows

NAMES = ("INBOX", "Work", "Trash")
picks = st.lists(st.integers(0, 30), min_size=1, max_size=4)
places = st.tuples(st.integers(0, 1), st.sampled_from(NAMES))
"""An account, and one of its mailboxes."""
references = st.lists(st.integers(1, 25), max_size=3)
flag_names = st.sampled_from(["\\Seen", "\\Flagged", "work"])


class ThreadMachine(RuleBasedStateMachine):
    """Two accounts in one store. Messages name each other at random: threads join in every order."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory(prefix="tuimail-test-")
        first = World.make(Path(self.directory.name) / "data")
        self.worlds = [first, World.of(first.store, "home", Protocol.IMAP)]
        self.now = 0
        self.uid = 0
        self.names: dict[MessageId, tuple[int, frozenset[int]]] = {}
        """Each message's account and what it is called and names."""

    def teardown(self) -> None:
        self.worlds[0].store.close()
        self.directory.cleanup()

    def pick(self, numbers: list[int]) -> list[MessageId]:
        ids = sorted(self.worlds[0].view())
        return [MessageId(ids[number % len(ids)]) for number in numbers] if ids else []

    @rule(place=places, date=st.integers(0, 9), named=references, seen=st.booleans())
    def arrive(self, place: tuple[int, str], date: int, named: list[int], seen: bool) -> None:
        self._save(place, [self._told(date, named, seen=seen)], [named])

    @rule(place=places, date=st.integers(0, 9), all_named=st.lists(references, min_size=2, max_size=6))
    def arrive_together(self, place: tuple[int, str], date: int, all_named: list[list[int]]) -> None:
        self._save(place, [self._told(date, named) for named in all_named], all_named)

    def _told(self, date: int, named: list[int], *, seen: bool = False) -> ServerMessage:
        self.uid += 1
        names = tuple(f"<{number}@example.org>" for number in named)
        author = Address(f"Person {date}", f"{date}@example.org")
        envelope = Envelope(f"Subject {date}", (author,), message_id=f"<{self.uid}@example.org>", references=names)
        flags = Flags.of(["\\Seen"] if seen else [])
        return ServerMessage(self.uid, flags, EPOCH + date, self.uid, None, envelope, date == 3)

    def _save(self, place: tuple[int, str], batch: list[ServerMessage], all_named: list[list[int]]) -> None:
        account, mailbox = place
        ids = self.worlds[account].save(mailbox, batch)
        for id_, message, named in zip(ids, batch, all_named, strict=True):
            self.names[id_] = (account, frozenset({message.uid, *named}))

    @rule(numbers=picks, name=flag_names, on=st.booleans())
    def flag(self, numbers: list[int], name: str, on: bool) -> None:
        add, remove = ([name], []) if on else ([], [name])
        ids = self.pick(numbers)
        self.worlds[0].write(lambda c: changes.change_flags(c, ids, add=add, remove=remove, now=self.now))

    @rule(numbers=picks, mailbox=st.sampled_from(NAMES))
    def move(self, numbers: list[int], mailbox: str) -> None:
        for account, world in enumerate(self.worlds):
            ids = [id_ for id_ in self.pick(numbers) if self.names[id_][0] == account]
            with suppress(ConfigError):
                world.write(partial(changes.move, ids=ids, target_id=world.mailboxes[mailbox], now=self.now))

    @rule(numbers=picks)
    def delete_for_good(self, numbers: list[int]) -> None:
        ids = self.pick(numbers)
        self.worlds[0].write(lambda connection: changes.expunge(connection, ids, now=self.now))

    @rule(place=places, low=st.integers(1, 20))
    def vanish(self, place: tuple[int, str], low: int) -> None:
        account, mailbox = place
        self.worlds[account].vanish(mailbox, low, low + 1, now=self.now)

    @rule(place=places)
    def purge(self, place: tuple[int, str]) -> None:
        self.worlds[place[0]].push()
        self.worlds[0].write(lambda connection: messages.purge_vanished(connection, self.now + 1))

    @rule(account=st.integers(0, 1), verb=st.sampled_from(["rename", "delete"]))
    def work_goes(self, account: int, verb: str) -> None:
        """Renamed, or deleted with all that is in it: undo makes it again, or the next listing does."""
        world = self.worlds[account]
        mailbox_id = world.mailboxes["Work"]
        with suppress(ConfigError):
            if verb == "rename":
                world.write(lambda connection: mailbox_changes.rename(connection, mailbox_id, "Later", now=self.now))
            else:
                world.write(lambda connection: mailbox_changes.delete(connection, mailbox_id, now=self.now))

    @rule()
    def undo(self) -> None:
        self.worlds[0].write(lambda connection: undo.undo(connection, now=self.now))

    @rule(place=places)
    def renumbered(self, place: tuple[int, str]) -> None:
        world = self.worlds[place[0]]
        world.write(lambda connection: messages.unbind_mailbox(connection, world.mailboxes[place[1]]))

    @rule(place=places, uids=st.sets(st.integers(1, 20), max_size=4))
    def missed(self, place: tuple[int, str], uids: set[int]) -> None:
        world = self.worlds[place[0]]
        told = UidSet.of(uids)
        world.write(lambda connection: removals.miss(connection, world.mailboxes[place[1]], told, now=self.now))

    @rule(numbers=picks)
    def mute(self, numbers: list[int]) -> None:
        ids = self.pick(numbers)
        self.worlds[0].write(lambda connection: muting.change_muted(connection, ids, muted=True, now=self.now))

    @invariant()
    def the_order_is_that_from_scratch(self) -> None:
        self.now += 1
        self.worlds[0].read(self.check)

    def check(self, connection: Connection) -> None:
        boxes = [world.mailboxes[name] for world in self.worlds for name in NAMES]
        for viewed in ([boxes[0]], [boxes[0], boxes[3]], boxes, [boxes[2]]):
            expected = from_scratch(connection, viewed)
            for limit in (None, 2, 500):
                index = thread_list.list_threads(connection, viewed, limit=limit)
                read = list(zip(index.thread_ids, index.top_ids, strict=True))
                assert read == expected[: len(read)]
                assert index.is_complete == (len(read) == len(expected))
                assert limit is None or index.is_complete or len(read) == limit
            check_rows(connection, [thread_id for thread_id, _ in expected], viewed)

    @invariant()
    def threads_are_what_names_connect(self) -> None:
        found = self.worlds[0].read(lambda connection: thread_list.thread_ids_of(connection, list(self.names)))
        for account in (0, 1):
            own = {id_: names for id_, (place, names) in self.names.items() if place == account}
            groups = connected(list(own.values()))
            for id_, names in own.items():
                if id_ not in found:
                    continue
                alike = {other for other in own if other in found and groups[min(own[other])] == groups[min(names)]}
                assert {other for other in own if found.get(other) == found[id_]} == alike


def from_scratch(connection: Connection, viewed: list[MailboxId]) -> list[tuple[int, int]]:
    tops: dict[int, int] = {}
    everything = rows(connection, "SELECT date, id, thread_id, mailbox_id FROM messages")
    for _, id_, thread_id, mailbox_id in sorted(everything, reverse=True):
        if mailbox_id in viewed:
            tops.setdefault(thread_id, id_)
    return list(tops.items())


def check_rows(connection: Connection, thread_ids: list[int], viewed: list[MailboxId]) -> None:
    found = thread_list.list_thread_rows(connection, [*thread_ids, 10**9], viewed)
    assert list(found) == thread_ids
    trash = {id_ for (id_,) in rows(connection, "SELECT id FROM mailboxes WHERE special_use = '\\Trash'")}
    for thread_id in thread_ids:
        own = [
            row
            for row in rows(
                connection,
                "SELECT id, mailbox_id, flags, has_attachments FROM messages WHERE thread_id = ?"
                " AND mailbox_id IS NOT NULL",
                (thread_id,),
            )
            if row[1] in viewed or row[1] not in trash
        ]
        row = found[thread_id]
        assert row.count == len(own)
        assert row.unseen == sum(not flags & 1 for _, mailbox_id, flags, _ in own if mailbox_id in viewed)
        assert row.flagged == any(flags & 4 for _, _, flags, _ in own)
        assert row.has_attachments == any(one[3] for one in own)
        assert row.muted == thread_list.is_muted(connection, MessageId(own[0][0]))
        members = thread_list.list_members(connection, thread_id, viewed)
        assert sorted(member.id for member in members) == sorted(one[0] for one in own)
        assert {member.id for member in members if member.in_view} == {one[0] for one in own if one[1] in viewed}


def connected(sets: list[frozenset[int]]) -> dict[int, int]:
    """The group of each name: names that stand together in one of the sets are of one group."""
    group = {name: name for names in sets for name in names}
    for _ in group:
        for names in sets:
            lowest = min(group[name] for name in names)
            group.update(dict.fromkeys(names, lowest))
    return group


TestThreads = ThreadMachine.TestCase
TestThreads.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_accounts_of_the_store_are_kept_apart(tmp_path: Path) -> None:
    world = World.make(tmp_path / "data")
    other = World.of(world.store, "home", Protocol.IMAP)
    told = ServerMessage(1, Flags(), EPOCH, 1, None, Envelope(message_id="<1@t>", references=("<0@t>",)), False)
    (one,), (two,) = world.save("INBOX", [told]), other.save("INBOX", [told])
    both = world.read(lambda connection: thread_list.thread_ids_of(connection, [one, two]))
    assert both[one] != both[two]
    world.write(lambda connection: muting.change_muted(connection, [one, two], muted=True, now=1))
    world.write(lambda connection: accounts.remove_account(connection, other.account_id))
    index = world.read(lambda c: thread_list.list_threads(c, [world.mailboxes["INBOX"], other.mailboxes["INBOX"]]))
    assert (index.thread_ids.tolist(), index.top_ids.tolist()) == ([both[one]], [one])
    muted = world.read(lambda connection: thread_list.muted_among(connection, list(both.values())))
    assert muted == {both[one]}
    world.store.close()
