"""Runs command lines in this process, against a store that was filled without a server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tuimail.cli.main import cli
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server_message import ServerMessage
from tuimail.store import accounts, bodies, mailboxes, messages
from tuimail.store.database import Connection
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.store import Store

EPOCH = 1_700_000_000
CONFIG = """
[accounts.work]
address = "ada@example.org"
display_name = "Ada Example"
  [accounts.work.imap]
  host = "127.0.0.1"
  port = 1
  security = "none"
  username = "ada"
  password_command = ["printf", "opensesame"]

# the old one
[accounts.home.imap]
host = "127.0.0.1"
port = 1
security = "none"
username = "ada-home"
"""
LISTED = (
    ListedFacts("INBOX", "/", (), SpecialUse.INBOX, True, True),
    ListedFacts("Archive", "/", ("\\HasNoChildren",), SpecialUse.ARCHIVE, True, True),
    ListedFacts("Trash", "/", (), SpecialUse.TRASH, True, True),
    ListedFacts("Work", "/", (), None, False, True),
)
BODY = (
    b"From: Bo Example <bo@example.org>\r\nTo: ada@example.org\r\nSubject: Hello \r\n"
    b"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nReply-To: list@example.org\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe \x1b]0;title\x07\r\n"
    b'--b\r\nContent-Type: application/pdf; name="plan.pdf"\r\nContent-Disposition: attachment; filename="plan.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"
)


@dataclass
class Bench:
    """A configuration, a filled store, and a way to run `tuimail`."""

    root: Path
    ids: dict[int, MessageId] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def data(self) -> Path:
        return self.root / "data"

    def run(self, *arguments: str, given: str | None = None) -> Result:
        options = ["--config", str(self.config), "--data-dir", str(self.data)]
        return CliRunner().invoke(cli, [*options, *arguments], input=given)

    def ok(self, *arguments: str) -> Result:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--json").stdout)

    def id(self, uid: int) -> str:
        return str(self.ids[uid])


def server_message(uid: int, *flags: str, subject: str | None = None) -> ServerMessage:
    envelope = Envelope(
        subject or f"Subject {uid}",
        (Address("Bo Example", "bo@example.org"),),
        (Address("", "ada@example.org"),),
        (Address("Cy", "cy@example.org"),),
        message_id=f"<{uid}@example.org>",
        references=(f"<{uid - 3}@example.org>",) if uid > 3 else (),
        sent_at=EPOCH + uid,
    )
    return ServerMessage(uid, Flags.of(flags), EPOCH + 60 + uid, 1000 + uid, None, envelope, uid == 1)


def fill(root: Path) -> Bench:
    """INBOX of work with messages 1 to 6 (UID 1 seen, with its body), one in its Trash (7); home has one (8)."""
    bench = Bench(root)
    bench.config.write_text(CONFIG, "utf-8")
    store = Store(bench.data)

    def write(connection: Connection) -> None:
        for name, uids in (("work", (1, 2, 3, 4, 5, 6)), ("home", (8,))):
            account = accounts.ensure_account(connection, name)
            boxes, _ = mailboxes.save_listed(connection, account, LISTED)
            batch = [server_message(uid, *(["\\Seen", "todo"] if uid == 1 else [])) for uid in uids]
            _save(connection, bench, account, boxes["INBOX"], batch)
            if name == "work":
                _save(connection, bench, account, boxes["Trash"], [server_message(7)])

    store.mail.write(write, durable=True)
    first = bench.ids[1]
    store.bodies.write(lambda c: bodies.save_chunks(c, first, bodies.compress(BODY)), durable=True)
    store.mail.write(lambda connection: bodies.point_to_body(connection, first, "Grüße"), durable=True)
    store.close()
    return bench


def _save(
    connection: Connection, bench: Bench, account: AccountId, mailbox: MailboxId, batch: list[ServerMessage]
) -> None:
    messages.save_messages(connection, account, mailbox, batch)
    known = messages.ids_of_uids(connection, mailbox, messages.known_uids(connection, mailbox))
    bench.ids.update(known)
