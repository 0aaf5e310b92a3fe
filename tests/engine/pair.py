"""Two accounts on servers and one that lives here, in one data directory: what messages cross between."""

from __future__ import annotations

import imaplib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.engine.conftest import Place, Servers
from tests.engine.world import HOST, NOW, Mirror, Other, mail
from tuimail.config.load import decode_config
from tuimail.config.schema import Config
from tuimail.engine.report import AccountReport
from tuimail.engine.run import sync_once
from tuimail.mime.new_message import new_message
from tuimail.model.flags import Flags
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.server import Protocol
from tuimail.store import accounts, appending, changes, mailboxes
from tuimail.store.recorder import Change

WORK, HOME, OLD = "work", "home", "old"
ARRIVED = NOW - 20_000_000
Found = list[tuple[str, str, tuple[str, ...]]]
"""Mailbox, subject and flags of every message."""


@dataclass
class Pair(Mirror):
    """The data directory; `home_port` and `home_user` are those of the second account. `old` is fetched by nobody."""

    home_port: int = 0
    home_user: str = ""

    @classmethod
    def between(cls, work: Place, home: Place, directory: Path, *, offline: str = "all", home_port: int = 0) -> Pair:
        return cls(directory, work.port, work.user, work.password, offline, {}, home_port or home.port, home.user)

    @property
    def config(self) -> Config:
        found = {
            name: {
                "address": f"{user}@example.org",
                "offline": self.offline,
                "imap": {"host": HOST, "port": port, "security": "none", "username": user},
            }
            for name, port, user in ((WORK, self.port, self.user), (HOME, self.home_port, self.home_user))
        }
        return decode_config({"accounts": found}, Path("/nowhere/config.toml"))

    async def sync_async(self, **options: Any) -> AccountReport:
        reports = await sync_once(self.store, self.config, [WORK, HOME], secret_of=self.secret_of, **options)
        whole = reports[WORK]
        whole.add(reports[HOME])
        whole.ok = all(report.ok for report in reports.values())
        return whole

    def deliver(self, *names: str) -> list[MessageId]:
        """Messages that came by POP3."""
        self.write(partial(accounts.ensure_account, name=OLD, protocol=Protocol.POP3))
        new = [new_message(mail(name), internal_date=ARRIVED, flags=Flags()) for name in names]
        return list(appending.append(self.store, self.box(OLD, "INBOX"), new, now=NOW).message_ids)

    def box(self, account: str, name: str) -> MailboxId:
        found = self.read(mailboxes.list_mailboxes)
        return next(mailbox.id for mailbox in found if (mailbox.account, mailbox.name) == (account, name))

    def cross(self, names: Sequence[str], account: str, box: str = "INBOX") -> Change:
        ids, target_id = self.ids_of(*names), self.box(account, box)
        return self.write(partial(changes.move, ids=ids, target_id=target_id, now=NOW))

    def copy_across(self, names: Sequence[str], account: str, box: str = "INBOX") -> Change:
        ids, target_id = self.ids_of(*names), self.box(account, box)
        return self.write(partial(changes.copy, ids=ids, target_id=target_id, now=NOW))

    def seen(self, account: str) -> Found:
        return sorted(
            (message.mailbox, message.envelope.subject, tuple(message.flags.names()))
            for message in self.messages()
            if message.account == account
        )


def found_on(place: Place) -> Found:
    """What the server has, each message with exactly the octets that it had."""
    other = place.other()
    try:
        view = other.view()
    finally:
        other.close()
    found = []
    for (mailbox, _), (flags, octets) in view.items():
        subject = octets.split(b"Subject: ")[1].split(b"\r\n")[0].decode()
        assert octets == mail(subject)
        found.append((mailbox, subject, flags))
    return sorted(found)


def arrivals(other: Other, mailbox: str) -> dict[str, float]:
    """INTERNALDATE by subject, in seconds since 1970."""
    other.select(mailbox, read_only=True)
    answer = other.ok(other.imap.uid("FETCH", "1:*", "(INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    found = {}
    for item in answer:
        if isinstance(item, tuple):
            date = imaplib.Internaldate2tuple(item[0])
            assert date is not None
            found[item[1].decode().removeprefix("Subject: ").strip()] = time.mktime(date)
    return found


class PairTemplate:
    """A pair that is set up once and copied for each example."""

    def __init__(self, servers: Servers, kind: str, directory: Path, offline: str) -> None:
        self._servers = servers
        self._kind = kind
        self._directory = directory
        self._offline = offline
        self._places = servers.place(kind), servers.place(kind)
        pair = Pair.between(*self._places, directory, offline=offline)
        furnish(pair, *self._places)
        change(pair)
        pair.store.close()

    def copy(self, directory: Path) -> tuple[Pair, Place, Place]:
        """New accounts like the template's, with a data directory of their own."""
        shutil.copytree(self._directory, directory)
        places = []
        for original in self._places:
            place = self._servers.place(self._kind)
            self._servers.copy_home(original, place)
            places.append(place)
        work, home = places
        return Pair.between(work, home, directory, offline=self._offline), work, home


def furnish(pair: Pair, work: Place, home: Place) -> None:
    """What is there before."""
    for place, names in ((work, ("w1", "w2", "w3", "w4")), (home, ("h1", "h2"))):
        other = place.other()
        other.create("Box")
        for name in names:
            other.append("INBOX", mail(name), "\\Seen", at=ARRIVED)
        other.close()
    pair.sync_ok()
    pair.deliver("o1", "o2")


def change(pair: Pair) -> None:
    """What the user does while nothing is connected: each way that a message can go."""
    pair.flag(["w1"], add=["\\Flagged", "later"])
    pair.cross(["w1"], HOME, "Box")
    pair.copy_across(["w2"], HOME)
    pair.cross(["w3"], OLD)
    pair.cross(["h1"], WORK)
    pair.cross(["o1"], HOME)


ENDS: dict[str, Found] = {
    WORK: [("INBOX", "h1", ("\\Seen",)), ("INBOX", "w2", ("\\Seen",)), ("INBOX", "w4", ("\\Seen",))],
    HOME: [
        ("Box", "w1", ("\\Flagged", "\\Seen", "later")),
        ("INBOX", "h2", ("\\Seen",)),
        ("INBOX", "o1", ()),
        ("INBOX", "w2", ("\\Seen",)),
    ],
    OLD: [("INBOX", "o2", ()), ("INBOX", "w3", ("\\Seen",))],
}
