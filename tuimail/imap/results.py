"""What the session's verbs take and give: frozen values, no behaviour."""

from __future__ import annotations

import enum

from msgspec import Struct, field

from tuimail.imap.responses import FetchRow, MailboxStatus
from tuimail.model.mailbox import SpecialUse
from tuimail.model.uid_set import UidSet


class FetchItems(enum.StrEnum):
    """Items for `fetch`; MODSEQ is added where the selected mailbox keeps it, EMAILID to metadata where offered."""

    METADATA = (
        "UID FLAGS INTERNALDATE RFC822.SIZE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (DATE FROM TO CC REPLY-TO SUBJECT"
        " MESSAGE-ID IN-REPLY-TO REFERENCES LIST-ID CONTENT-TYPE)]"
    )
    FLAGS = "UID FLAGS"


METADATA = FetchItems.METADATA
FLAGS = FetchItems.FLAGS


class ListedMailbox(Struct, frozen=True):
    """A mailbox as LIST tells it; `status` is None where it was not asked for or refused."""

    name: str
    wire_name: bytes
    delimiter: str
    attributes: tuple[str, ...]
    special_use: SpecialUse | None
    subscribed: bool
    selectable: bool
    status: MailboxStatus | None = None


class KnownState(Struct, frozen=True):
    """What the store knows of a mailbox, for SELECT (QRESYNC …)."""

    uid_validity: int
    mod_seq: int
    uids: UidSet | None = None


class SelectedMailbox(Struct, frozen=True):
    """The answer to SELECT or EXAMINE. `highest_mod_seq` is None where the mailbox keeps none (NOMODSEQ).

    With `qresync_applied`, `vanished` and `changed` are all that happened since the known state, complete.
    `mailbox_id` is the MAILBOXID (RFC 8474), "" where the server told none.
    """

    name: str
    exists: int
    uid_validity: int
    uid_next: int | None
    highest_mod_seq: int | None
    read_only: bool
    permanent_flags: tuple[str, ...]
    keywords_allowed: bool
    vanished: UidSet = field(default_factory=UidSet)
    changed: list[FetchRow] = field(default_factory=list)
    qresync_applied: bool = False
    mailbox_id: str = ""


class StoreResult(Struct, frozen=True):
    """What STORE told: rows as they came, `modified`: UIDs not changed because of UNCHANGEDSINCE (RFC 7162)."""

    rows: list[FetchRow]
    modified: UidSet

    @property
    def mod_seqs(self) -> dict[int, int]:
        """The new MODSEQ of each UID for which one was told."""
        return {row.uid: row.mod_seq for row in self.rows if row.uid and row.mod_seq is not None}


class CopyUid(Struct, frozen=True):
    """COPYUID (RFC 4315): `source[i]` became `destination[i]` in a mailbox with `uid_validity`."""

    uid_validity: int
    source: tuple[int, ...]
    destination: tuple[int, ...]


class AppendUid(Struct, frozen=True):
    """APPENDUID (RFC 4315)."""

    uid_validity: int
    uid: int


class Quota(Struct, frozen=True):
    """How much of a resource is used (RFC 9208, section 5): STORAGE in units of 1,024 octets, MESSAGE, MAILBOX."""

    root: str
    resource: str
    used: int
    limit: int
