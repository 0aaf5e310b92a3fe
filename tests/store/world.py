"""A small store to act on, and what must hold of any store, said a second time and in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tuimail.config.schema import DeletionLimit
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import NewMessage
from tuimail.model.server import Protocol
from tuimail.model.server_message import ServerMessage
from tuimail.model.uid_set import UidSet
from tuimail.store import (
    accounts,
    bodies,
    crossing,
    identity,
    inserting,
    journal,
    local,
    mailbox_facts,
    mailboxes,
    messages,
    read,
    readiness,
    removals,
)
from tuimail.store.database import Connection
from tuimail.store.journal import Intent, IntentKind
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.removals import Verdict
from tuimail.store.store import Store

T = TypeVar("T")

LISTED = (
    ListedFacts("INBOX", "/", (), SpecialUse.INBOX, True, True),
    ListedFacts("Work", "/", ("\\HasNoChildren",), None, True, True),
    ListedFacts("Trash", "/", (), SpecialUse.TRASH, True, True),
    ListedFacts("Groups", "/", ("\\Noselect",), None, False, False),
)
EPOCH = 1_700_000_000
NO_LIMIT = DeletionLimit(share=1)

View = dict[int, tuple[int | None, int, tuple[str, ...]]]


def server_message(
    uid: int, *flags: str, message_id: str | None = None, size: int | None = None, mod_seq: int | None = None
) -> ServerMessage:
    """A message as a server tells it; by default every fact follows from the UID."""
    message_id = f"<{uid}@example.org>" if message_id is None else message_id
    envelope = Envelope(
        f"Subject {uid}",
        (Address("Ada Example", "ada@example.org"),),
        (Address("Bo Example", "bo@example.org"),),
        message_id=message_id,
        sent_at=EPOCH + uid,
    )
    return ServerMessage(
        uid, Flags.of(flags), EPOCH + uid, 1000 + uid if size is None else size, mod_seq, envelope, uid % 7 == 0
    )


def own_message(number: int) -> NewMessage:
    """A message with its octets; every fact follows from the number."""
    octets = f"Message-ID: <{number}@example.net>\r\nSubject: Own {number}\r\n\r\nText of {number}.\r\n".encode()
    envelope = Envelope(
        f"Own {number}",
        (Address("Cy Example", "cy@example.net"),),
        (Address("Ada Example", "ada@example.org"),),
        message_id=f"<{number}@example.net>",
        sent_at=EPOCH + number,
    )
    flags = Flags.of(["\\Seen"] if number % 2 else [])
    return NewMessage(octets, envelope, flags, EPOCH + number, False, f"Text of {number}.")


@dataclass
class World:
    """A store with one account; `next_uid` is the server's, for each mailbox."""

    store: Store
    account_id: AccountId
    mailboxes: dict[str, MailboxId]
    next_uid: dict[MailboxId, int] = field(default_factory=dict)

    @classmethod
    def make(cls, directory: Path) -> World:
        return cls.of(Store(directory), "work", Protocol.IMAP)

    @classmethod
    def make_local(cls, directory: Path) -> World:
        """A store with one account that is fetched by POP3."""
        return cls.of(Store(directory), "old", Protocol.POP3)

    @classmethod
    def of(cls, store: Store, name: str, protocol: Protocol) -> World:
        """The account of that name, made in `store`; an IMAP account has been listed."""

        def begin(connection: Connection) -> tuple[AccountId, dict[str, MailboxId]]:
            account_id = accounts.ensure_account(connection, name, protocol)
            if protocol is Protocol.POP3:
                return account_id, mailboxes.on_server(connection, account_id)
            return account_id, mailboxes.save_listed(connection, account_id, LISTED)[0]

        return cls(store, *store.mail.write(begin, durable=True))

    def write(self, function: Callable[[Connection], T]) -> T:
        return self.store.mail.write(function, durable=False)

    def read(self, function: Callable[[Connection], T]) -> T:
        return self.store.mail.read(function)

    def save(self, mailbox: str, batch: Sequence[ServerMessage]) -> list[MessageId]:
        """Write messages of the server; returns our ids, in order of the UIDs."""
        mailbox_id = self.mailboxes[mailbox]
        self.write(lambda connection: messages.save_messages(connection, self.account_id, mailbox_id, batch))
        uids = UidSet.of(message.uid for message in batch)
        found = self.read(lambda connection: messages.ids_of_uids(connection, mailbox_id, uids))
        return [found[uid] for uid in sorted(found)]

    def deliver(self, mailbox: str, *numbers: int) -> list[MessageId]:
        """Put messages with their octets into a mailbox that lives here; returns their ids."""
        new = [own_message(number) for number in numbers]
        ids = self.write(lambda connection: inserting.reserve_ids(connection, len(new)))

        def save(connection: Connection) -> None:
            for id_, one in zip(ids, new, strict=True):
                bodies.save_chunks(connection, id_, bodies.compress(one.octets))

        self.store.bodies.write(save, durable=False)
        arrived = list(zip(ids, new, strict=True))
        self.write(lambda connection: local.deliver(connection, self.mailboxes[mailbox], arrived))
        return ids

    def octets(self, id_: MessageId) -> bytes:
        """The message's octets, b"" if they are not here."""
        place = self.read(lambda connection: read.body_place(connection, id_))
        if place is None or place.body_id is None:
            return b""
        body_id = place.body_id
        return self.store.bodies.read(lambda connection: bodies.load_body(connection, body_id))

    def pull(self, mailbox: str, batch: Sequence[ServerMessage], *, now: int) -> int:
        """A complete pull: all that the server has. Returns how many messages without a UID were found gone."""
        mailbox_id = self.mailboxes[mailbox]
        unbound = self.read(lambda connection: messages.unbound_in(connection, mailbox_id))
        self.save(mailbox, batch)
        missing = self.write(lambda connection: removals.miss_unbound(connection, mailbox_id, unbound, now=now))
        self.judge(now=now)
        return missing

    def judge(self, limit: DeletionLimit = NO_LIMIT, *, now: int) -> Verdict:
        """The end of a pass."""
        return self.write(lambda connection: removals.judge(connection, self.account_id, limit, now=now))

    def vanish(self, mailbox: str, *uids: int, now: int) -> int:
        """The server no longer has these, and nothing is against it. Returns how many vanished."""
        mailbox_id = self.mailboxes[mailbox]
        self.write(lambda connection: removals.miss(connection, mailbox_id, UidSet.of(uids), now=now))
        return self.judge(now=now).vanished

    def drop_mailbox(self, name: str, *, now: int) -> None:
        """The server no longer has this mailbox, and nothing is against it."""
        mailbox_id = self.mailboxes[name]
        self.write(lambda connection: removals.miss_mailbox(connection, mailbox_id, now=now))
        self.judge(now=now)
        self.write(lambda connection: removals.drop_mailbox(connection, mailbox_id))

    def view(self) -> View:
        """What is seen of every message that can be seen."""
        return self.read(view_of)

    def ready(self) -> list[Intent]:
        return self.read(lambda connection: readiness.ready_intents(connection, self.account_id, now=2**40))

    def serve(self, intents: Iterable[Intent]) -> None:
        """Do what the intents ask, as a server that tells all it does."""
        for intent in intents:
            self.write(lambda connection, intent=intent: self._serve(connection, intent))  # type: ignore[misc]

    def push(self) -> None:
        """Serve until nothing is ready."""
        while ready := self.ready():
            self.write(lambda connection: journal.mark_sent(connection, [intent.id for intent in ready]))
            self.serve(ready)

    def _new_uid(self, mailbox_id: MailboxId) -> int:
        uid = self.next_uid.get(mailbox_id, 10_000)
        self.next_uid[mailbox_id] = uid + 1
        return uid

    def _serve(self, connection: Connection, intent: Intent) -> None:
        message_id = intent.message_id or MessageId(0)
        if intent.kind is IntentKind.CREATE_MAILBOX and intent.mailbox_id is not None:
            mailboxes.set_on_server(connection, intent.mailbox_id, intent.argument)
        elif intent.kind.is_about_mailbox:
            _serve_mailbox(connection, intent)
        elif intent.kind in {IntentKind.ADD_FLAG, IntentKind.REMOVE_FLAG}:
            on = intent.kind is IntentKind.ADD_FLAG
            messages.apply_flag(connection, [message_id], intent.argument, on=on)
        elif intent.kind is IntentKind.EXPUNGE and intent.argument == journal.KEPT:
            removals.vanish(connection, [message_id], now=0)
        elif intent.kind is IntentKind.EXPUNGE:
            messages.remove(connection, [message_id])
        elif intent.target_id is not None:
            moved = intent.copy_id or message_id
            identity.bind(connection, moved, intent.target_id, self._new_uid(intent.target_id))
        crossing.finish(connection, [intent.id], now=0)
        local.carry_out(connection, now=0)


def _serve_mailbox(connection: Connection, intent: Intent) -> None:
    mailbox_id = intent.mailbox_id or MailboxId(0)
    if intent.kind is IntentKind.RENAME_MAILBOX:
        mailbox_facts.record_renamed(connection, mailbox_id, intent.argument, now=0)
    elif intent.kind is IntentKind.DELETE_MAILBOX:
        mailbox_facts.record_deleted(connection, mailbox_id, now=0)
    else:
        mailbox_facts.record_subscribed(connection, mailbox_id, on=intent.kind is IntentKind.SUBSCRIBE)


def view_of(connection: Connection) -> View:
    return {
        id_: (mailbox_id, flags, tuple(keywords.split()))
        for id_, mailbox_id, flags, keywords in connection.execute(
            "SELECT id, mailbox_id, flags, keywords FROM messages WHERE mailbox_id IS NOT NULL"
        )
    }


def check_invariants(connection: Connection) -> None:
    """Counters equal a recount; every view is its base with the open intents over it; `pending` counts them."""
    counters = {
        id_: (total, unseen) for id_, total, unseen in connection.execute("SELECT id, total, unseen FROM mailboxes")
    }
    recount = dict.fromkeys(counters, (0, 0))
    intents = connection.execute(
        "SELECT kind, message_id, copy_id, target_id, argument FROM intents WHERE state <> 'failed' ORDER BY id"
    ).fetchall()
    gone = {id_ for (id_,) in connection.execute("SELECT id FROM mailboxes WHERE gone")}
    for row in connection.execute(
        "SELECT id, mailbox_id, flags, keywords, base_mailbox_id, base_flags, base_keywords, hidden, vanished_at,"
        " pending FROM messages"
    ).fetchall():
        values: tuple[Any, ...] = row
        id_, mailbox_id, flags, keywords, *_, pending = values
        own = [intent for intent in intents if id_ in intent[1:3]]
        assert pending == len(own), f"message {id_}: {pending} pending, {len(own)} intents"
        place, names = _expected(values, own)
        seen_in = None if place in gone else place
        assert (mailbox_id, set(Flags(flags, tuple(keywords.split())).names())) == (seen_in, names), f"view of {id_}"
        if mailbox_id is not None:
            total, unseen = recount[mailbox_id]
            recount[mailbox_id] = (total + 1, unseen + (not flags & 1))
    assert counters == recount
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def _expected(row: tuple[Any, ...], intents: list[tuple[Any, ...]]) -> tuple[int | None, set[str]]:
    id_, _, _, _, base_mailbox_id, base_flags, base_keywords, hidden, vanished_at, _ = row
    place = None if hidden or vanished_at is not None else base_mailbox_id
    flags = {name.lower(): name for name in Flags(base_flags, tuple(base_keywords.split())).names()}
    for kind, message_id, copy_id, target_id, argument in intents:
        if copy_id == id_:
            place = target_id if place is None and argument != "taken back" else place
        elif kind == "append":
            # On its way to another account.
            place = None if argument == "moved" else place
        elif message_id != id_ or kind == "copy":
            continue
        elif kind == "add_flag":
            flags.setdefault(argument.lower(), argument)
        elif kind == "remove_flag":
            flags.pop(argument.lower(), None)
        elif kind == "move" and vanished_at is None:
            place = target_id
        elif kind == "expunge":
            place = None
    return place, set(flags.values())


def message_ids(world: World, mailbox: str) -> list[MessageId]:
    """The messages seen in a mailbox, newest first."""
    mailbox_id = world.mailboxes[mailbox]
    return [MessageId(id_) for id_ in world.read(lambda connection: read.list_ids(connection, mailbox_id))]
