"""What a server says, as values: responses as the parser makes them, events as the engine sees them.

No input or output here, and no knowledge of who asked for what (that is the router's).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

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


@dataclass(slots=True)
class FetchRow:
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
    sink: BodySink | None = None
    sections: dict[str, bytes] | None = None
    extras: dict[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A response code: `name` in upper case, `argument` as sent (RFC 9051, section 7.1)."""

    name: str = ""
    argument: bytes = b""


@dataclass(frozen=True, slots=True)
class Tagged:
    """The end of a command: `kind` is "OK", "NO" or "BAD"; `text` is made safe and cut."""

    tag: str
    kind: str
    code: Code
    text: str


@dataclass(frozen=True, slots=True)
class Status:
    """An untagged OK, NO, BAD, BYE or PREAUTH."""

    kind: str
    code: Code
    text: str


@dataclass(frozen=True, slots=True)
class Continuation:
    """A `+` line: the server waits for the rest of the command."""

    text: bytes


@dataclass(frozen=True, slots=True)
class ExistsData:
    """`* n EXISTS`."""

    count: int


@dataclass(frozen=True, slots=True)
class ExpungeData:
    """`* n EXPUNGE`."""

    seq: int


@dataclass(frozen=True, slots=True)
class VanishedData:
    """`* VANISHED [(EARLIER)] set` (RFC 7162, section 3.2.10)."""

    uids: UidSet
    earlier: bool


@dataclass(frozen=True, slots=True)
class FlagsData:
    """`* FLAGS (…)`: the names, as sent."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamesData:
    """`* CAPABILITY …` or `* ENABLED …`: the words in upper case; `kind` says which."""

    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListData:
    """`* LIST` or `* LSUB`; `delimiter` is one character or "" for a flat name, `wire_name` as sent."""

    kind: str
    attributes: tuple[str, ...]
    delimiter: str
    wire_name: bytes


@dataclass(frozen=True, slots=True)
class StatusData:
    """`* STATUS name (…)`: numbers by upper-case item."""

    wire_name: bytes
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class SearchData:
    """`* SEARCH …` (tag is "") or `* ESEARCH (TAG "…") UID ALL …`."""

    tag: str
    numbers: UidSet
    by_uid: bool


@dataclass(frozen=True, slots=True)
class IdData:
    """`* ID (…)` (RFC 2971): fields in lower case."""

    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class NamespaceData:
    """`* NAMESPACE …` (RFC 2342): (prefix, delimiter) pairs of the three kinds."""

    personal: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    shared: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OtherData:
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
    | OtherData
)


@dataclass(frozen=True, slots=True)
class RawData:
    """A response with its octets: lines without CRLF as bytes, literals as bytearrays between them."""

    data: Data
    pieces: list[bytes | bytearray]


Response = Data | RawData


@dataclass(frozen=True, slots=True)
class LiteralHead:
    """A literal of a FETCH that is too large to hold: `uid` is 0 when it was not told before the literal."""

    seq: int
    uid: int
    section: str
    size_octets: int


OpenSink = Callable[[LiteralHead], BodySink]


@dataclass(slots=True)
class HeldLiteral:
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


@dataclass(frozen=True, slots=True)
class Exists:
    """The selected mailbox now has `count` messages."""

    count: int


@dataclass(frozen=True, slots=True)
class Expunged:
    """Message `seq` of the selected mailbox is gone; `uid` is None where it is not known."""

    seq: int
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class Vanished:
    """These UIDs are gone from the selected mailbox; `earlier`: an answer about the past, not news."""

    uids: UidSet
    earlier: bool


@dataclass(frozen=True, slots=True)
class FlagsChanged:
    """The flags of a message changed, and nobody had asked; `uid` is None where it is not known."""

    uid: int | None
    seq: int
    flags: Flags
    mod_seq: int | None


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """What STATUS told of a mailbox, asked for or not; None for what was not told (RFC 9051, section 6.3.11)."""

    name: str
    messages: int | None = None
    uid_next: int | None = None
    uid_validity: int | None = None
    unseen: int | None = None
    highest_mod_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Bye:
    """The server is about to close the connection."""

    text: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A text that the server wants the user to see."""

    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is over; `reason` is the error's text."""

    reason: str


Event = Exists | Expunged | Vanished | FlagsChanged | MailboxStatus | Bye | Alert | Closed


def safe_text(octets: bytes | str, limit: int = 200) -> str:
    """A server's words for a message to the user: control characters become spaces, at most `limit` characters."""
    text = octets if isinstance(octets, str) else octets[: 4 * limit].decode("utf-8", "replace")
    return "".join(_printable(text[: 2 * limit]))[:limit].strip()


def _printable(text: str) -> Iterator[str]:
    for character in text:
        yield character if character.isprintable() else " "
