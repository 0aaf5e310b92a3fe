"""What the engine's tests act with: `Mirror` is our side (a store that is synced), `Other` another client (imaplib),
and `assert_same` holds both against each other: UIDs, flags, keywords, octets.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tuimail.config.load import decode_config
from tuimail.config.schema import Config, Server
from tuimail.config.secrets import Secret
from tuimail.engine.report import AccountReport
from tuimail.engine.run import sync_once
from tuimail.imap.names import decode_mailbox, encode_mailbox
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.message import Message
from tuimail.store import bodies, changes, journal, mailboxes, read, undo
from tuimail.store.database import Connection, rows
from tuimail.store.journal import QueuedOperation
from tuimail.store.recorder import Change
from tuimail.store.store import Store

T = TypeVar("T")
View = dict[tuple[str, int], tuple[tuple[str, ...], bytes]]
"""By mailbox and UID: flags but \\Recent, sorted, and the exact octets."""

HOST = "127.0.0.1"
ACCOUNT = "work"
NOW = 1_800_000_000
_LISTED = re.compile(rb'\(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (.*)', re.DOTALL)
_UID = re.compile(rb"UID (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


def mail(name: str | int, *, size_octets: int = 0, message_id: bool = True) -> bytes:
    """A message that can be found by its subject `name`; at least `size_octets` long."""
    identity = f"Message-ID: <{name}@mail.example.org>\r\n" if message_id else ""
    head = (
        f"From: Ada Example <ada@example.org>\r\nTo: bo@example.net\r\nSubject: {name}\r\n{identity}"
        "Date: Thu, 1 Jan 2026 10:00:00 +0000\r\n\r\n"
    )
    body = f"This is {name}.\r\n"
    lines = max(0, size_octets - len(head) - len(body)) // 64
    return (head + body + ("x" * 62 + "\r\n") * lines).encode()


def config_for(port: int, user: str, *, offline: str = "all", security: str = "none", **imap: Any) -> Config:
    """A configuration with one account."""
    server = {"host": HOST, "port": port, "security": security, "username": user, **imap}
    account = {"address": f"{user}@example.org", "offline": offline, "imap": server}
    return decode_config({"accounts": {ACCOUNT: account}}, Path("/nowhere/config.toml"))


@dataclass
class Mirror:
    """A data directory and the account that is synced into it."""

    directory: Path
    port: int
    user: str
    password: str
    offline: str = "all"
    settings: dict[str, Any] = field(default_factory=dict)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.directory)

    @property
    def config(self) -> Config:
        return config_for(self.port, self.user, offline=self.offline, **self.settings)

    def secret_of(self, account: str, server: Server) -> Secret:
        return Secret(self.password, f"the test, for {account} at {server.host}")

    async def sync_async(self, **options: Any) -> AccountReport:
        reports = await sync_once(self.store, self.config, [ACCOUNT], secret_of=self.secret_of, **options)
        return reports[ACCOUNT]

    def sync(self, **options: Any) -> AccountReport:
        """One pass, whatever comes of it."""
        return asyncio.run(self.sync_async(**options))

    def sync_ok(self, **options: Any) -> AccountReport:
        """One pass that must succeed."""
        report = self.sync(**options)
        assert report.ok, report.error
        return report

    def write(self, function: Callable[[Connection], T]) -> T:
        return self.store.mail.write(function, durable=True)

    def read(self, function: Callable[[Connection], T]) -> T:
        return self.store.mail.read(function)

    def mailboxes(self) -> dict[str, Mailbox]:
        return {mailbox.name: mailbox for mailbox in self.read(mailboxes.list_mailboxes)}

    def mailbox_id(self, name: str) -> MailboxId:
        return self.mailboxes()[name].id

    def messages(self, mailbox: str | None = None) -> list[Message]:
        found = self.read(read.list_messages)
        return [message for message in found if mailbox is None or message.mailbox == mailbox]

    def id_of(self, name: str | int, mailbox: str | None = None) -> MessageId:
        """The one message with the subject `name`."""
        found = [m.id for m in self.messages(mailbox) if m.envelope.subject == str(name)]
        assert len(found) == 1, f"{len(found)} messages called {name}"
        return found[0]

    def ids_of(self, *names: str | int) -> list[MessageId]:
        return [self.id_of(name) for name in names]

    def message(self, name: str | int) -> Message:
        id_ = self.id_of(name)
        return next(message for message in self.messages() if message.id == id_)

    def octets_of(self, id_: MessageId) -> bytes | None:
        place = self.read(partial(read.body_place, id_=id_))
        if place is None or place.body_id is None:
            return None
        body_id = place.body_id
        return self.store.bodies.read(lambda connection: bodies.load_body(connection, body_id))

    def view(self) -> View:
        return {
            (message.mailbox, message.uid or -message.id): (
                tuple(message.flags.names()),
                octets if (octets := self.octets_of(message.id)) is not None else b"(no body here)",
            )
            for message in self.messages()
        }

    def queue(self) -> list[QueuedOperation]:
        return self.read(journal.list_queue)

    def flag(self, names: Iterable[str | int], *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Change:
        ids = self.ids_of(*names)
        return self.write(lambda c: changes.change_flags(c, ids, add=add, remove=remove, now=NOW))

    def move(self, names: Iterable[str | int], target: str) -> Change:
        ids, target_id = self.ids_of(*names), self.mailbox_id(target)
        return self.write(lambda c: changes.move(c, ids, target_id, now=NOW))

    def move_to_use(self, names: Iterable[str | int], use: SpecialUse) -> Change:
        ids = self.ids_of(*names)
        return self.write(lambda c: changes.move_to_use(c, ids, use, now=NOW))

    def copy(self, names: Iterable[str | int], target: str) -> Change:
        ids, target_id = self.ids_of(*names), self.mailbox_id(target)
        return self.write(lambda c: changes.copy(c, ids, target_id, now=NOW))

    def expunge(self, names: Iterable[str | int]) -> Change:
        ids = self.ids_of(*names)
        return self.write(lambda c: changes.expunge(c, ids, now=NOW))

    def undo(self) -> Change | None:
        return self.write(lambda c: undo.undo(c, now=NOW))

    def check(self) -> None:
        """The store's own invariants."""
        from tests.store.world import check_invariants

        self.read(check_invariants)

    def mirrored_uids(self, mailbox: str) -> list[int]:
        mailbox_id = self.mailbox_id(mailbox)
        return sorted(
            uid
            for (uid,) in self.read(
                lambda c: rows(c, "SELECT uid FROM messages WHERE base_mailbox_id = ? AND uid > 0", (mailbox_id,))
            )
        )


class Other:
    """Another client of the same user."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.imap = imaplib.IMAP4(HOST, port, timeout=20)
        self.imap.login(user, password)

    def close(self) -> None:
        self.imap.logout()

    def ok(self, answer: tuple[str, list[Any]]) -> list[Any]:
        assert answer[0] == "OK", answer
        return answer[1]

    def append(self, mailbox: str, octets: bytes, flags: str = "", *, at: float = NOW - 1_000_000) -> None:
        date = imaplib.Time2Internaldate(at)
        self.ok(self.imap.append(quoted(mailbox), flags, date, octets))

    def fill(self, mailbox: str, names: Iterable[str | int], flags: str = "") -> None:
        for name in names:
            self.append(mailbox, mail(name), flags)

    def select(self, mailbox: str, *, read_only: bool = False) -> None:
        self.ok(self.imap.select(quoted(mailbox), readonly=read_only))

    def uids(self, mailbox: str, *names: str | int) -> str:
        """The UIDs of these subjects, for a command; the mailbox is selected."""
        self.select(mailbox)
        found: dict[str, str] = {}
        for item in self.ok(self.imap.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")):
            if isinstance(item, tuple) and (uid := _UID.search(item[0])):
                found[item[1].decode().removeprefix("Subject: ").strip()] = uid[1].decode()
        return ",".join(found[str(name)] for name in names)

    def flag(self, mailbox: str, names: Iterable[str | int], change: str, flags: str) -> None:
        self.ok(self.imap.uid("STORE", self.uids(mailbox, *names), f"{change}FLAGS", f"({flags})"))

    def move(self, mailbox: str, names: Iterable[str | int], target: str) -> None:
        self.ok(self.imap.uid("MOVE", self.uids(mailbox, *names), quoted(target)))

    def copy(self, mailbox: str, names: Iterable[str | int], target: str) -> None:
        self.ok(self.imap.uid("COPY", self.uids(mailbox, *names), quoted(target)))

    def expunge(self, mailbox: str, names: Iterable[str | int]) -> None:
        uids = self.uids(mailbox, *names)
        self.ok(self.imap.uid("STORE", uids, "+FLAGS.SILENT", "(\\Deleted)"))
        self.ok(self.imap.uid("EXPUNGE", uids))

    def create(self, mailbox: str) -> None:
        self.ok(self.imap.create(quoted(mailbox)))

    def delete(self, mailbox: str) -> None:
        self.ok(self.imap.delete(quoted(mailbox)))

    def rename(self, mailbox: str, name: str) -> None:
        self.ok(self.imap.rename(quoted(mailbox), quoted(name)))

    def mailboxes(self) -> dict[str, str]:
        """Selectable mailboxes: as the wire has them by decoded name."""
        found: dict[str, str] = {}
        for line in self.ok(self.imap.list()):
            head = line[0] if isinstance(line, tuple) else line
            match = _LISTED.match(head)
            assert match is not None, line
            if b"noselect" in match[1].lower() or b"nonexistent" in match[1].lower():
                continue
            raw = line[1] if isinstance(line, tuple) else match[2]
            if raw.startswith(b'"'):
                raw = re.sub(rb"\\(.)", rb"\1", raw[1:-1])
            found[decode_mailbox(raw)] = raw.decode("ascii")
        return found

    def view(self, *, with_deleted: bool = True) -> View:
        """Everything that the server has."""
        found: View = {}
        for name in self.mailboxes():
            self.select(name, read_only=True)
            for item in self.ok(self.imap.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")):
                if not isinstance(item, tuple):
                    continue
                uid, flags = _UID.search(item[0]), _FLAGS.search(item[0])
                assert uid is not None
                assert flags is not None
                names = [flag for flag in flags[1].decode().split() if flag != "\\Recent"]
                if with_deleted or "\\Deleted" not in names:
                    found[name, int(uid[1])] = (tuple(sorted(names)), item[1])
        return found

    def names(self, mailbox: str) -> list[str]:
        """The subjects in a mailbox, in the order of their UIDs."""
        return [
            found[1].decode()
            for (name, _uid), (_flags, octets) in sorted(self.view().items())
            if name == mailbox and (found := re.search(rb"Subject: ([^\r]*)", octets))
        ]


def quoted(mailbox: str) -> str:
    """A mailbox's name as imaplib wants it."""
    name = encode_mailbox(mailbox).decode("ascii")
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def assert_same(mirror: Mirror, other: Other, *, with_deleted: bool = True) -> None:
    """The store shows what the server has: mailboxes, UIDs, flags, keywords, octets."""
    theirs, ours = other.view(with_deleted=with_deleted), mirror.view()
    differing = {
        key: (theirs.get(key, ("absent",))[0], ours.get(key, ("absent",))[0])
        for key in sorted(set(theirs) | set(ours))
        if theirs.get(key) != ours.get(key)
    }
    assert not differing, f"server and store differ (server, store): {differing}"
    assert set(other.mailboxes()) == {name for name, mailbox in mirror.mailboxes().items() if mailbox.selectable}
    mirror.check()


async def eventually(condition: Callable[[], bool], what: str, *, timeout_s: float = 20.0) -> None:
    """Wait until `condition` holds, looking often."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not await asyncio.to_thread(condition):
        assert asyncio.get_running_loop().time() < deadline, f"not within {timeout_s} s: {what}"
        await asyncio.sleep(0.02)
