"""Stores with mail in them, made through the store's own functions: no server, no engine."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tuimail.mime.headers import envelope_of
from tuimail.mime.render import render_message
from tuimail.mime.snippets import snippet_of
from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server_message import ServerMessage
from tuimail.store import accounts, bodies, mailboxes, messages, read
from tuimail.store.accounts import AccountState
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.store import Store

NOW = 1_741_780_800
"""Wednesday, 12 March 2025, 12:00 UTC."""
NAMES = (
    "INBOX",
    "Archive",
    "Drafts",
    "Junk",
    "Lists",
    "Lists/dev",
    "Lists/users",
    "Sent",
    "Trash",
    "Work",
    "Work/2024",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One message: its octets, when it arrived (seconds before `NOW`), its flags."""

    octets: bytes
    age_s: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a store."""

    store: Store
    account_id: AccountId
    mailbox_ids: dict[str, MailboxId]

    def ids(self, mailbox: str) -> list[MessageId]:
        """The messages of a mailbox, newest first."""
        found = self.store.mail.read(lambda connection: read.list_ids(connection, self.mailbox_ids[mailbox]))
        return [MessageId(id_) for id_ in found]

    def flags(self, id_: MessageId) -> list[str]:
        """The flags of a message."""
        message = self.store.mail.read(lambda connection: read.read_message(connection, id_))
        assert message is not None
        return message.flags.names()

    def mailbox_of(self, id_: MessageId) -> str | None:
        """Where a message is seen."""
        rows = self.store.mail.read(lambda connection: read.list_rows(connection, [id_]))
        by_id = {mailbox_id: name for name, mailbox_id in self.mailbox_ids.items()}
        return by_id.get(rows[id_].mailbox_id, "elsewhere") if id_ in rows else None


def make_place(directory: Path, *, account: str = "home", names: Sequence[str] = NAMES) -> Place:
    """A store with an account."""
    return add_account(Store(directory), account, names)


def add_account(store: Store, account: str, names: Sequence[str] = NAMES) -> Place:
    """An account with empty mailboxes, connected and idle."""
    account_id = store.mail.write(lambda connection: accounts.ensure_account(connection, account), durable=False)
    listed = [ListedFacts(name, "/", (), SpecialUse.INBOX if name == "INBOX" else None, True, True) for name in names]
    ids, _gone = store.mail.write(
        lambda connection: mailboxes.save_listed(connection, account_id, listed), durable=False
    )
    store.mail.write(
        lambda connection: accounts.set_status(connection, account_id, AccountState.IDLE, now=NOW), durable=False
    )
    return Place(store, account_id, ids)


def deliver(
    place: Place, mailbox: str, samples: Iterable[Sample], *, first_uid: int = 1, with_bodies: bool = True
) -> list[MessageId]:
    """Put messages into a mailbox as a pull does. Returns their ids in the order given."""
    samples = list(samples)
    mailbox_id = place.mailbox_ids[mailbox]
    batch = [
        ServerMessage(
            uid=uid,
            flags=Flags.of(sample.flags),
            internal_date=NOW - sample.age_s,
            size_octets=len(sample.octets),
            mod_seq=uid,
            envelope=envelope_of(sample.octets),
            has_attachments=any(not part.inline for part in render_message(sample.octets).attachments),
        )
        for uid, sample in enumerate(samples, first_uid)
    ]
    store = place.store
    store.mail.write(
        lambda connection: messages.save_messages(connection, place.account_id, mailbox_id, batch), durable=False
    )
    by_uid = {}
    for id_ in place.ids(mailbox):
        where = store.mail.read(partial(read.body_place, id_=id_))
        if where is not None and where.uid is not None:
            by_uid[where.uid] = id_
    ids = [by_uid[uid] for uid in range(first_uid, first_uid + len(samples))]
    if with_bodies:
        for id_, sample in zip(ids, samples, strict=True):
            add_body(store, id_, sample.octets)
    return ids


def add_body(store: Store, id_: MessageId, octets: bytes) -> None:
    """The body of a message has come."""
    chunks = bodies.compress(octets)
    store.bodies.write(lambda connection: bodies.save_chunks(connection, id_, chunks), durable=False)
    store.mail.write(lambda connection: bodies.point_to_body(connection, id_, snippet_of(octets)), durable=False)


def plain(
    subject: str, *, sender: str = "Ada Quill <ada@example.org>", text: str = "Hello.\r\n", number: int = 0
) -> bytes:
    """A plain message; `number` tells messages apart."""
    return (
        f"From: {sender}\r\nTo: Sam Reed <sam@example.net>\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}.{zlib.crc32(subject.encode()):08x}@example.org>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    ).encode()
