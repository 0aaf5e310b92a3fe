"""The lines and members of threads, muting, and what long threads cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.store.world import EPOCH, World, check_invariants
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.model.server_message import ServerMessage
from tuimail.store import changes, messages, muting, read, thread_list, undo
from tuimail.store.database import Connection, rows
from tuimail.store.thread_list import Member


def told(uid: int, *named: int, author: str = "Ada Example", name: int | None = None, flags: str = "") -> ServerMessage:
    envelope = Envelope(
        f"Subject {uid}",
        (Address(author, "someone@example.org"),),
        message_id=f"<{uid if name is None else name}@t>",
        references=tuple(f"<{reference}@t>" for reference in named),
    )
    return ServerMessage(uid, Flags.of(flags.split()), EPOCH + uid, 1000 + uid, None, envelope, uid == 3)


def thread_of(world: World, id_: MessageId) -> int:
    return world.read(lambda connection: thread_list.thread_ids_of(connection, [id_]))[id_]


def is_muted(world: World, *ids: MessageId) -> list[bool]:
    return [world.read(lambda c, id_=id_: thread_list.is_muted(c, id_)) for id_ in ids]  # type: ignore[misc]


def test_own_replies_count_as_members_junk_and_trash_only_where_they_are_looked_at(world: World) -> None:
    inbox, work, trash = (world.mailboxes[name] for name in ("INBOX", "Work", "Trash"))
    (one, three) = world.save("INBOX", [told(1, flags="\\Seen"), told(3, 1)])
    (two,) = world.save("Work", [told(2, 1, author="Me", flags="\\Flagged")])
    (four,) = world.save("Trash", [told(4, 1)])
    thread_id = thread_of(world, one)

    def line(connection: Connection) -> thread_list.ThreadRow:
        return thread_list.list_thread_rows(connection, [thread_id], [inbox])[thread_id]

    row = world.read(line)
    assert (row.count, row.unseen, row.flagged, row.has_attachments, row.muted) == (3, 1, True, True, False)
    assert row.senders == "Ada, Me"
    members = world.read(lambda connection: thread_list.list_members(connection, thread_id, [inbox]))
    assert members == [Member(one, 0, True), Member(two, 1, False), Member(three, 1, True)]
    members = world.read(lambda connection: thread_list.list_members(connection, thread_id, [trash]))
    assert [(member.id, member.in_view) for member in members] == [
        (one, False),
        (two, False),
        (three, False),
        (four, True),
    ]
    found = world.read(lambda connection: read.list_rows(connection, [two, four]))
    assert {row.thread_id for row in found.values()} == {thread_id}
    index = world.read(lambda connection: thread_list.list_threads(connection, [work, inbox]))
    assert (index.thread_ids.tolist(), index.top_ids.tolist(), index.is_complete) == ([thread_id], [three], True)


def test_copies_of_one_message_count_once_those_in_view_each(world: World) -> None:
    one, again = world.save("INBOX", [told(1), told(2, name=1)])
    (kept, other) = world.save("Work", [told(3, name=1), told(4, 1)])
    world.save("Groups", [told(5, 1, name=4)])
    thread_id = thread_of(world, one)
    for name, ids in (("INBOX", [one, again, other]), ("Work", [kept, other])):
        viewed = [world.mailboxes[name]]
        members = world.read(lambda c, viewed=viewed: thread_list.list_members(c, thread_id, viewed))  # type: ignore[misc]
        lines = world.read(lambda c, viewed=viewed: thread_list.list_thread_rows(c, [thread_id], viewed))  # type: ignore[misc]
        assert len(members) == lines[thread_id].count == len(ids)
        assert {member.id for member in members if member.in_view} == set(ids) - ({other} if name == "INBOX" else set())


@pytest.mark.parametrize(
    ("labels", "short"),
    [
        ([], ""),
        (["Ada Example", "Ada Example"], "Ada Example"),
        (["Ada Example", "bo@example.org", ""], "Ada, bo"),
        (["Ada One", "Ada Two"], "Ada"),
        (["Ada Example, Bo Example", "Cy"], "Ada, Cy"),
        (["A", "B", "C", "D", "E"], "A … D, E"),
        ([",", "@", " "], ",, @, " + " "),
    ],
)
def test_a_short_label_of_who_wrote(labels: list[str], short: str) -> None:
    assert thread_list.short_senders(labels) == short


def test_muting_is_one_change_that_undo_takes_back_and_redo_does_again(world: World) -> None:
    one, two, three = world.save("INBOX", [told(1), told(2, 1), told(3)])
    revision = world.read(lambda c: rows(c, "SELECT revision FROM mailboxes WHERE id = ?", (world.mailboxes["INBOX"],)))
    change = world.write(lambda connection: muting.change_muted(connection, [one, two, three], muted=True, now=1))
    assert (change.title, change.message_ids) == ("2 threads muted", (one, two, three))
    assert revision != world.read(
        lambda c: rows(c, "SELECT revision FROM mailboxes WHERE id = ?", (world.mailboxes["INBOX"],))
    )
    assert is_muted(world, one, two, three) == [True, True, True]
    again = world.write(lambda connection: muting.change_muted(connection, [two], muted=True, now=2))
    assert again.is_empty
    undone = world.write(lambda connection: undo.undo(connection, now=3))
    assert undone is not None
    assert undone.title == "Undone: 2 threads muted"
    assert is_muted(world, one, two, three) == [False, False, False]
    redone = world.write(lambda connection: undo.redo(connection, now=4))
    assert redone is not None
    assert is_muted(world, one, two, three) == [True, True, True]
    heard = world.write(lambda connection: muting.change_muted(connection, [one], muted=False, now=5))
    assert heard.title == "1 thread no longer muted"
    assert is_muted(world, one, two, three) == [False, False, True]
    world.read(check_invariants)


def test_a_muted_thread_stays_muted_when_threads_join_and_when_it_was_empty(world: World) -> None:
    (one,) = world.save("INBOX", [told(1)])
    two, *_ = world.save("INBOX", [told(2), told(3, 2), told(4, 2)])
    world.write(lambda connection: muting.change_muted(connection, [one], muted=True, now=1))
    assert is_muted(world, one, two) == [True, False]
    (five,) = world.save("INBOX", [told(5, 1, 2)])
    assert is_muted(world, one, two, five) == [True, True, True]
    world.vanish("INBOX", 1, 2, 3, 4, 5, now=2)
    world.write(lambda connection: messages.purge_vanished(connection, 3))
    (six,) = world.save("INBOX", [told(6, 4)])
    assert is_muted(world, six) == [True]


def test_a_thread_forged_link_by_link_is_not_rewritten_at_each_link(world: World) -> None:
    count = 600
    # Each link names a message of its own and the thread so far, which came later than it.
    world.save("INBOX", [told(number) for number in range(1, count + 1)])
    written = 0

    def links(connection: Connection) -> None:
        nonlocal written
        before = connection.total_changes()
        batch = [told(count + number, count + 1 - number, count - number) for number in range(1, count)]
        messages.save_messages(connection, world.account_id, world.mailboxes["INBOX"], batch)
        written = connection.total_changes() - before

    world.write(links)
    index = world.read(lambda connection: thread_list.list_threads(connection, [world.mailboxes["INBOX"]]))
    assert len(index.thread_ids) == 1
    assert written < 20 * count


def test_a_long_thread_is_counted_whole_and_cuts_only_a_reading_with_a_limit(world: World) -> None:
    count = thread_list.MOST_READ_FOR_A_ROW + 100
    inbox = world.mailboxes["INBOX"]
    ids = world.save("INBOX", [told(1), *(told(number, 2) for number in range(2, count + 2))])
    thread_id = thread_of(world, ids[-1])
    row = world.read(lambda connection: thread_list.list_thread_rows(connection, [thread_id], [inbox]))[thread_id]
    assert row.count == count
    cut = world.read(lambda connection: thread_list.list_threads(connection, [inbox], limit=10))
    assert (cut.thread_ids.tolist(), cut.is_complete) == ([thread_id], False)
    whole = world.read(lambda connection: thread_list.list_threads(connection, [inbox]))
    assert (whole.top_ids.tolist(), whole.is_complete) == ([ids[-1], ids[0]], True)
    by_thread = world.read(lambda connection: thread_list.list_ids_by_thread(connection, [inbox], limit=count + 1))
    assert by_thread.tolist() == ids[::-1]
    assert len(world.read(lambda connection: thread_list.list_members(connection, thread_id, [inbox]))) == count


def test_the_order_is_read_from_indexes_alone(world: World) -> None:
    plans: list[str] = []

    def explain(connection: Connection) -> None:
        connection.exec_trace = collect
        thread_list.list_threads(connection, list(world.mailboxes.values()))
        connection.exec_trace = None
        (sql,) = [one for one in found if "json_group_array" in one]
        plans.extend(str(row[3]) for row in connection.execute("EXPLAIN QUERY PLAN " + sql, bindings[sql]))

    found: list[str] = []
    bindings: dict[str, Any] = {}

    def collect(_cursor: object, sql: str, given: Any) -> bool:
        found.append(sql)
        bindings[sql] = given
        return True

    world.read(explain)
    assert sum("USING COVERING INDEX messages_by_date" in step for step in plans) == len(world.mailboxes)
    assert not any("TEMP B-TREE" in step for step in plans)


def test_more_mailboxes_than_sqlite_merges(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    viewed = [world.mailboxes[name] for name in ("INBOX", "Work", "Trash")]
    world.save("INBOX", [told(1), told(4, 1), told(7)])
    world.save("Work", [told(2), told(5, 1)])
    merged = world.read(lambda connection: thread_list.list_threads(connection, viewed))
    monkeypatch.setattr(thread_list, "MOST_RANGES", 2)
    assert world.read(lambda connection: thread_list.list_threads(connection, viewed)) == merged
    assert len(merged.thread_ids) == 3
    assert not world.read(lambda connection: thread_list.list_threads(connection, [])).thread_ids


def test_a_thread_moves_with_its_messages(world: World) -> None:
    inbox = [world.mailboxes["INBOX"]]
    one, two = world.save("INBOX", [told(1), told(2, 1)])
    world.write(lambda connection: changes.move(connection, [two], world.mailboxes["Work"], now=1))
    index = world.read(lambda connection: thread_list.list_threads(connection, inbox))
    assert index.top_ids.tolist() == [one]
    world.write(lambda connection: undo.undo(connection, now=2))
    index = world.read(lambda connection: thread_list.list_threads(connection, inbox))
    assert index.top_ids.tolist() == [two]
