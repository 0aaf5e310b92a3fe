"""What a server says, as values: responses as the parser makes them, events as the engine sees them.

No input or output here, and no knowledge of who asked for what (that is the router's).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct, field

from tuimail.model.flags import Flags
from tuimail.model.uid_set import UidSet


class BodySink(Protocol):
    """Takes the octets of one large literal in pieces; exactly one of `finish` and `abort` ends it."""

    def write(self, chunk: bytes, /) -> object:
        """Take the next octets."""

    def finish(self) -> object:
        """All octets were written."""

    def abort(self) -> object:
        """The connection ended before the last octet: what was written is worth nothing."""


class FetchRow(Struct):
    """One FETCH response: only what the server told; the rest is None (RFC 9051, section 7.5.2).

    `uid` is 0 only in rows that nobody asked for and whose UID is not known. `internal_date` is in seconds since
    1970 UTC, None also when the server sent something that is no date. `structure` is the raw BODYSTRUCTURE.
    A body that went to a sink leaves `body` None and the finished sink in `sink`. `sections` holds every other
    `BODY[…]` by the text between the brackets, `extras` any other item's raw octets by its upper-case name.
    """

    uid: int
    seq: int
    flags: Flags | None = None
    internal_date: int | None = None
    size_octets: int | None = None
    mod_seq: int | None = None
    header: bytes | None = None
    body: bytes | None = None
    structure: bytes | None = None
    email_id: str | None = None
    sink: BodySink | None = None
    sections: dict[str, bytes] | None = None
    extras: dict[str, bytes] | None = None


class Code(Struct, frozen=True):
    """A response code: `name` in upper case, `argument` as sent (RFC 9051, section 7.1)."""

    name: str = ""
    argument: bytes = b""


class Tagged(Struct, frozen=True):
    """The end of a command: `kind` is "OK", "NO" or "BAD"; `text` is made safe and cut."""

    tag: str
    kind: str
    code: Code
    text: str


class Status(Struct, frozen=True):
    """An untagged OK, NO, BAD, BYE or PREAUTH."""

    kind: str
    code: Code
    text: str


class Continuation(Struct, frozen=True):
    """A `+` line: the server waits for the rest of the command."""

    text: bytes


class ExistsData(Struct, frozen=True):
    """`* n EXISTS`."""

    count: int


class ExpungeData(Struct, frozen=True):
    """`* n EXPUNGE`."""

    seq: int


class VanishedData(Struct, frozen=True):
    """`* VANISHED [(EARLIER)] set` (RFC 7162, section 3.2.10)."""

    uids: UidSet
    earlier: bool


class FlagsData(Struct, frozen=True):
    """`* FLAGS (…)`: the names, as sent."""

    names: tuple[str, ...]


class NamesData(Struct, frozen=True):
    """`* CAPABILITY …` or `* ENABLED …`: the words in upper case; `kind` says which."""

    kind: str
    words: tuple[str, ...]


class ListData(Struct, frozen=True):
    """`* LIST` or `* LSUB`; `delimiter` is one character or "" for a flat name, `wire_name` as sent.

    `old_wire_name`: what it was called until now, where a notification says so (OLDNAME; RFC 5465, section 5.4).
    """

    kind: str
    attributes: tuple[str, ...]
    delimiter: str
    wire_name: bytes
    old_wire_name: bytes | None = None


class StatusData(Struct, frozen=True):
    """`* STATUS name (…)`: numbers by upper-case item, and the MAILBOXID (RFC 8474), "" if not told."""

    wire_name: bytes
    numbers: dict[str, int]
    mailbox_id: str = ""


class SearchData(Struct, frozen=True):
    """`* SEARCH …` (tag is "") or `* ESEARCH (TAG "…") UID ALL …`; `lacks_all`: it tells of results, but not which."""

    tag: str
    numbers: UidSet
    by_uid: bool
    lacks_all: bool = False


class IdData(Struct, frozen=True):
    """`* ID (…)` (RFC 2971): fields in lower case."""

    fields: dict[str, str]


class NamespaceData(Struct, frozen=True):
    """`* NAMESPACE …` (RFC 2342): (prefix, delimiter) pairs of the three kinds."""

    personal: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    shared: tuple[tuple[str, str], ...]


class Unreadable(Struct, frozen=True):
    """A response of this kind came whole, but does not hold what belongs into it."""

    kind: str
    octets: bytes


class OtherData(Struct, frozen=True):
    """An untagged response that we have no use for: its kind and its octets after it."""

    kind: str
    octets: bytes


Data = (
    FetchRow
    | Tagged
    | Status
    | Continuation
    | ExistsData
    | ExpungeData
    | VanishedData
    | FlagsData
    | NamesData
    | ListData
    | StatusData
    | SearchData
    | IdData
    | NamespaceData
    | Unreadable
    | OtherData
)


class RawData(Struct, frozen=True):
    """A response with its octets: lines without CRLF as bytes, literals as bytearrays between them."""

    data: Data
    pieces: list[bytes | bytearray]


Response = Data | RawData


class LiteralHead(Struct, frozen=True):
    """A literal of a FETCH that is too large to hold: `uid` is 0 when it was not told before the literal."""

    seq: int
    uid: int
    section: str
    size_octets: int


OpenSink = Callable[[LiteralHead], BodySink]


class HeldLiteral(Struct):
    """A sink that keeps its octets in memory, for literals that nobody wanted elsewhere."""

    pieces: list[bytes] = field(default_factory=list)

    def write(self, chunk: bytes) -> None:
        """Keep the chunk."""
        self.pieces.append(chunk)

    def finish(self) -> None:
        """Join the pieces."""
        self.pieces = [b"".join(self.pieces)]

    def abort(self) -> None:
        """Forget the pieces."""
        self.pieces.clear()

    def value(self) -> bytes:
        """The octets, after `finish`."""
        return b"".join(self.pieces)


class Exists(Struct, frozen=True):
    """The selected mailbox now has `count` messages."""

    count: int


class Expunged(Struct, frozen=True):
    """Message `seq` of the selected mailbox is gone; `uid` is None where it is not known."""

    seq: int
    uid: int | None = None


class Vanished(Struct, frozen=True):
    """These UIDs are gone from the selected mailbox; `earlier`: an answer about the past, not news."""

    uids: UidSet
    earlier: bool


class FlagsChanged(Struct, frozen=True):
    """The flags of a message changed, and nobody had asked; `uid` is None where it is not known."""

    uid: int | None
    seq: int
    flags: Flags
    mod_seq: int | None


class Missed(Struct, frozen=True):
    """The server told something about the selected mailbox that could not be read: only a listing shows what."""


class MailboxStatus(Struct, frozen=True):
    """What STATUS told of a mailbox, asked for or not; None for what was not told (RFC 9051, section 6.3.11).

    `mailbox_id` is the MAILBOXID (RFC 8474): it stays when the mailbox is renamed, "" where none was told.
    """

    name: str
    messages: int | None = None
    uid_next: int | None = None
    uid_validity: int | None = None
    unseen: int | None = None
    highest_mod_seq: int | None = None
    mailbox_id: str = ""


class MailboxListed(Struct, frozen=True):
    """A mailbox was made, renamed (from `old_name`), deleted, or its subscription changed (RFC 5465, section 5.4)."""

    name: str
    exists: bool
    subscribed: bool
    old_name: str = ""


class NotificationsLost(Struct, frozen=True):
    """News of other mailboxes were lost; with `ended`, no more will come (RFC 5465, section 5.8)."""

    ended: bool


class Bye(Struct, frozen=True):
    """The server is about to close the connection."""

    text: str


class Alert(Struct, frozen=True):
    """A text that the server wants the user to see."""

    text: str


class Closed(Struct, frozen=True):
    """The connection is over; `reason` is the error's text."""

    reason: str


Notice = MailboxStatus | MailboxListed | NotificationsLost
"""Events about mailboxes that need not be selected."""
Event = Exists | Expunged | Vanished | FlagsChanged | Missed | Notice | Bye | Alert | Closed


def safe_text(octets: bytes | str, limit: int = 200) -> str:
    """A server's words for a message to the user: control characters become spaces, at most `limit` characters."""
    text = octets if isinstance(octets, str) else octets[: 4 * limit].decode("utf-8", "replace")
    text = text[: 2 * limit]
    return (text if text.isprintable() else "".join(_printable(text)))[:limit].strip()


def _printable(text: str) -> Iterator[str]:
    for character in text:
        yield character if character.isprintable() else " "
