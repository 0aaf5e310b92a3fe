"""A user's changes of every kind, made offline, with another client's beside them: what the kill matrix plays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.engine.conftest import Place, Servers
from tests.engine.template import Template
from tests.engine.world import NOW, Mirror, Other, mail
from tuimail.mime.new_message import new_message
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import appending, changes, mailbox_changes

LETTERS = 14
NUMBERLESS = 10
"""This one has no Message-ID."""

Found = list[tuple[str, str, tuple[str, ...]]]
"""Mailbox, subject and flags of every message, sorted."""


def prepare(_mirror: Mirror, other: Other) -> None:
    """What both sides have before."""
    for box in ("Sent", "Box", "Old name", "Doomed", "Rubbish"):
        other.create(box)
    other.ok(other.imap.subscribe("Sent"))
    for number in range(1, LETTERS + 1):
        other.append("INBOX", mail(number, message_id=number != NUMBERLESS), at=NOW - 1_000_000 + number)
    other.append("Sent", mail(4))
    other.append("Old name", mail("in renamed"))
    other.append("Doomed", mail("in doomed"))
    other.append("Rubbish", mail("in rubbish"))


def change(mirror: Mirror, other: Other) -> None:
    """What the user does while nothing is connected, and another client meanwhile."""
    mirror.flag([1, 2], add=["\\Flagged", "$Label1"])
    mirror.flag([2], add=["\\Seen"])
    mirror.move([3, NUMBERLESS], "Box")
    mirror.flag([3], add=["\\Seen"])
    copied, sent = [mirror.id_of(8), mirror.id_of(4, "INBOX")], mirror.mailbox_id("Sent")
    mirror.write(lambda c: changes.copy(c, copied, sent, now=NOW))
    mirror.move_to_use([5, 13], SpecialUse.ARCHIVE)
    mirror.move_to_use([11], SpecialUse.TRASH)
    mirror.expunge([6, 7])
    mirror.flag([9], add=["Later"])
    mirror.undo()
    _change_mailboxes(mirror)
    _append(mirror)
    mirror.flag([12], add=["\\Answered"])
    mirror.move([12], "Sent")
    other.flag("INBOX", [1], "+", "Theirs")
    other.append("INBOX", mail("new"), "\\Seen")
    other.append("Box", mail("new in box", size_octets=3000))
    other.expunge("INBOX", [14])


def _change_mailboxes(mirror: Mirror) -> None:
    ids = {name: mailbox.id for name, mailbox in mirror.mailboxes().items()}
    account_id = mirror.mailboxes()["INBOX"].account_id
    mirror.write(lambda c: mailbox_changes.create(c, account_id, "Made/Below", now=NOW))
    mirror.write(lambda c: mailbox_changes.rename(c, ids["Old name"], "New name", now=NOW))
    mirror.write(lambda c: mailbox_changes.delete(c, ids["Doomed"], now=NOW))
    mirror.write(lambda c: mailbox_changes.delete(c, ids["Rubbish"], permanent=True, now=NOW))
    mirror.write(lambda c: mailbox_changes.set_subscribed(c, ids["Box"], on=True, now=NOW))
    mirror.write(lambda c: mailbox_changes.set_subscribed(c, ids["Sent"], on=False, now=NOW))
    mirror.move([9], "Made/Below")


def _append(mirror: Mirror) -> None:
    drafts = [
        new_message(
            mail(name, message_id=name != "draft 2"), internal_date=NOW - 10_000_000 - at, flags=Flags.of(["\\Draft"])
        )
        for at, name in enumerate(("draft 1", "draft 2"))
    ]
    appending.append(mirror.store, mirror.mailbox_id("Box"), drafts, now=NOW)


EXPECTED: Found = [
    ("Archive", "13", ()),
    ("Archive", "5", ()),
    ("Box", "10", ()),
    ("Box", "3", ("\\Seen",)),
    ("Box", "draft 1", ("\\Draft",)),
    ("Box", "draft 2", ("\\Draft",)),
    ("Box", "new in box", ()),
    ("INBOX", "1", ("$Label1", "Theirs", "\\Flagged")),
    ("INBOX", "2", ("$Label1", "\\Flagged", "\\Seen")),
    ("INBOX", "4", ()),
    ("INBOX", "8", ()),
    ("INBOX", "new", ("\\Seen",)),
    ("Made/Below", "9", ()),
    ("New name", "in renamed", ()),
    ("Sent", "12", ("\\Answered",)),
    ("Sent", "4", ()),
    ("Sent", "4", ()),
    ("Sent", "8", ()),
    ("Trash", "11", ()),
    ("Trash", "in doomed", ()),
]
SUBSCRIBED = {"Archive", "Box", "Made/Below", "Trash"}


@dataclass(frozen=True)
class Scenario:
    """The scenario on a server of some kind; each `copy` is a new account where it is about to be pushed."""

    template: Template
    ids: frozenset[MessageId]

    @classmethod
    def make(cls, servers: Servers, kind: str, directory: Path) -> Scenario:
        template = Template(servers, (kind, False), directory, prepare, change)
        mirror = Mirror(directory, 0, "", "")
        ids = frozenset(message.id for message in mirror.messages())
        mirror.store.close()
        return cls(template, ids)

    def copy(self, directory: Path) -> Place:
        return self.template.copy(directory)

    def places(self, mirror: Mirror) -> dict[MessageId, tuple[str, str]]:
        """Where the messages are that were here, or stood for copies, before the scenario was pushed."""
        return {m.id: (m.mailbox, m.envelope.subject) for m in mirror.messages() if m.id in self.ids}


def found_on(other: Other, *, with_deleted: bool) -> Found:
    """What the server has."""
    return sorted(
        (mailbox, octets.split(b"Subject: ")[1].split(b"\r\n")[0].decode(), flags)
        for (mailbox, _), (flags, octets) in other.view(with_deleted=with_deleted).items()
    )


def subscribed_on(other: Other) -> set[str]:
    """The mailboxes that the server has as subscribed."""
    lines = [line for line in other.ok(other.imap.lsub()) if isinstance(line, bytes)]
    return {line.rpartition(b'"/" ')[2].strip(b'"').decode() for line in lines}
