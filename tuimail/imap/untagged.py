"""One whole response from octets to a value: every kind but the FETCH row (RFC 9051, section 7); no input or output."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tuimail.imap import responses
from tuimail.imap.fetch_rows import read_row
from tuimail.imap.responses import BodySink, Code, Data, safe_text
from tuimail.imap.tokens import Limits, Tokenizer, Value, list_of, number_of, object_id, text_of
from tuimail.model.errors import ProtocolError
from tuimail.model.uid_set import MAX_UID, UidSet

_KIND = re.compile(rb"\* (?:(\d{1,10}) )?([A-Za-z][A-Za-z0-9.\-]*) ?")
_TAGGED = re.compile(rb"([A-Za-z0-9.\-_]{1,40}) (OK|NO|BAD)(?: (.*))?", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(rb"\[([^\] ]{1,80}+) ?([^\]]*+)\] ?")
_SEARCH = re.compile(rb"([\d ]*+)(?:\(MODSEQ \d{1,20}\) *+)?", re.IGNORECASE)
_MAX_SEQ = 2**32 - 1
_OPTIONAL = frozenset({b"VANISHED", b"ESEARCH", b"NAMESPACE", b"ID"})
"""Kinds that belong to extensions: where one cannot be read, the extension is given up, not the connection."""
STATUS_KINDS = frozenset({b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"})


def has_literals(line: bytes) -> bool:
    """Whether a `{5}` at the end of a response's first line can announce a literal: not in lines of free text."""
    if not line.startswith(b"* "):
        return False
    return line[2:10].split(b" ", 1)[0].upper() not in STATUS_KINDS


def read_response(octets: bytes, limits: Limits, streamed: Mapping[int, BodySink]) -> Data | None:
    """The value of one whole response without its last CRLF; None for an empty line, which means nothing.

    Raises:
        ProtocolError: no response of IMAP.
    """
    if octets.startswith(b"* "):
        return _untagged(octets, limits, streamed)
    if octets.startswith(b"+"):
        return responses.Continuation(octets[1:].lstrip(b" "))
    if not octets:
        return None
    match = _TAGGED.fullmatch(octets)
    if match is None:
        raise ProtocolError(f"The server sent {safe_text(octets, 60)!r}, which is not IMAP.")
    code, text = _status_text(match[3] or b"")
    return responses.Tagged(match[1].decode("ascii"), match[2].decode("ascii").upper(), code, text)


def _untagged(octets: bytes, limits: Limits, streamed: Mapping[int, BodySink]) -> Data:
    match = _KIND.match(octets)
    if match is None:
        raise ProtocolError(f"The server sent {safe_text(octets, 60)!r}, which is not IMAP.")
    kind = match[2].upper()
    if match[1] is not None:
        number = int(match[1])
        if number > _MAX_SEQ:
            raise ProtocolError(f"The server sent the number {number}, which is out of range.")
        if kind == b"FETCH":
            return read_row(octets, number, match.end(), limits, streamed)
        return _numbered(kind, number, octets)
    rest = octets[match.end() :]
    if kind in STATUS_KINDS:
        code, text = _status_text(rest)
        return responses.Status(kind.decode("ascii"), code, text)
    reader = _READERS.get(kind)
    name = kind.decode("ascii")
    if reader is None:
        return responses.OtherData(name, rest)
    try:
        return reader(name, rest, limits)
    except ProtocolError:
        if kind not in _OPTIONAL:
            raise
        return responses.Unreadable(name, rest)


def _numbered(kind: bytes, number: int, octets: bytes) -> Data:
    if kind == b"EXISTS":
        return responses.ExistsData(number)
    if kind == b"EXPUNGE":
        return responses.ExpungeData(number)
    return responses.OtherData(kind.decode("ascii"), octets[2:])


def _status_text(octets: bytes) -> tuple[Code, str]:
    match = _CODE.match(octets)
    if match is None:
        return Code(), safe_text(octets)
    return Code(match[1].decode("ascii", "replace").upper(), match[2]), safe_text(octets[match.end() : 2000])


def _words(kind: str, octets: bytes, _: Limits) -> Data:
    return responses.NamesData(kind, tuple(octets.decode("ascii", "replace").upper().split()))


def _flags(_: str, octets: bytes, limits: Limits) -> Data:
    names = list_of(Tokenizer(octets, limits).value())
    return responses.FlagsData(tuple(text_of(name).decode("ascii", "replace") for name in names))


def _list(kind: str, octets: bytes, limits: Limits) -> Data:
    tokens = Tokenizer(octets, limits)
    attributes = tuple(text_of(name).decode("ascii", "replace") for name in list_of(tokens.value()))
    delimiter = tokens.value()
    name = text_of(tokens.value())
    mark = text_of(delimiter).decode("latin-1") if delimiter else ""
    return responses.ListData(kind, attributes, mark, name, _old_name(tokens) if b"OLDNAME" in octets.upper() else None)


def _old_name(tokens: Tokenizer) -> bytes | None:
    """The name in OLDNAME, among the extended data of a LIST response (RFC 9051, section 6.3.9.7)."""
    items = [] if tokens.at_end() else list_of(tokens.value())
    for item, value in zip(items[::2], items[1::2], strict=False):
        if isinstance(item, bytes) and item.upper() == b"OLDNAME" and (names := list_of(value)):
            return text_of(names[0])
    return None


def _status(_: str, octets: bytes, limits: Limits) -> Data:
    tokens = Tokenizer(octets, limits)
    name = text_of(tokens.value())
    values = list_of(tokens.value())
    numbers = {
        text_of(item).decode("ascii", "replace").upper(): number_of(value)
        for item, value in zip(values[::2], values[1::2], strict=False)
        if isinstance(value, bytes) and value.isdigit()
    }
    return responses.StatusData(name, numbers, _mailbox_id(values))


def _mailbox_id(values: list[Value]) -> str:
    """The value of MAILBOXID, a list of one; "" for what cannot be one (RFC 8474, section 4.3)."""
    for item, value in zip(values[::2], values[1::2], strict=False):
        if isinstance(item, bytes) and item.upper() == b"MAILBOXID" and isinstance(value, list) and len(value) == 1:
            return object_id(value[0]) or ""
    return ""


def _search(_: str, octets: bytes, limits: Limits) -> Data:
    match = _SEARCH.fullmatch(octets)
    if match is None:
        raise ProtocolError("The server sent a SEARCH response that holds something other than numbers.")
    return responses.SearchData("", UidSet.of(_uids(match[1])), by_uid=True)


def _uids(octets: bytes) -> list[int]:
    words = octets.split()
    if any(len(word) > 10 for word in words):
        raise ProtocolError("The server sent a UID out of range.")
    numbers = list(map(int, words))
    if numbers and (min(numbers) < 1 or max(numbers) > MAX_UID):
        raise ProtocolError("The server sent a UID out of range.")
    return numbers


def _esearch(_: str, octets: bytes, limits: Limits) -> Data:
    tokens = Tokenizer(octets, limits)
    tag, by_uid, found, other, counted = "", False, UidSet(), False, False
    while not tokens.at_end():
        value = tokens.value()
        if isinstance(value, list):
            if len(value) == 2 and text_of(value[0]).upper() == b"TAG":
                tag = text_of(value[1]).decode("ascii", "replace")
            continue
        word = text_of(value).upper()
        if word == b"UID":
            by_uid = True
        elif word == b"ALL":
            found = UidSet.parse(text_of(tokens.value()))
        else:
            other = True
            counted = text_of(tokens.value()) == b"0" and word == b"COUNT"
    return responses.SearchData(tag, found, by_uid, lacks_all=other and not found and not counted)


def _vanished(_: str, octets: bytes, limits: Limits) -> Data:
    tokens = Tokenizer(octets, limits)
    earlier = tokens.take(b"(")
    if earlier:
        text_of(tokens.value())
        if not tokens.take(b")"):
            raise tokens.error()
    return responses.VanishedData(UidSet.parse(text_of(tokens.value())), earlier)


def _id(_: str, octets: bytes, limits: Limits) -> Data:
    values = list_of(Tokenizer(octets, limits).value())
    pairs = zip(values[::2], values[1::2], strict=False)
    return responses.IdData(
        {
            text_of(name).decode("utf-8", "replace").lower(): safe_text(text_of(text)) if text is not None else ""
            for name, text in pairs
        }
    )


def _namespace(_: str, octets: bytes, limits: Limits) -> Data:
    tokens = Tokenizer(octets, limits)
    groups: list[tuple[tuple[str, str], ...]] = []
    for _group in range(3):
        pairs = [list_of(pair) for pair in list_of(tokens.value())]
        groups.append(tuple((_name(pair, 0), _name(pair, 1)) for pair in pairs))
    return responses.NamespaceData(*groups)


def _name(pair: list[Value], index: int) -> str:
    value = pair[index] if index < len(pair) else None
    return text_of(value).decode("latin-1") if value is not None else ""


_READERS: dict[bytes, Callable[[str, bytes, Limits], Data]] = {
    b"CAPABILITY": _words,
    b"ENABLED": _words,
    b"FLAGS": _flags,
    b"LIST": _list,
    b"LSUB": _list,
    b"STATUS": _status,
    b"SEARCH": _search,
    b"ESEARCH": _esearch,
    b"VANISHED": _vanished,
    b"ID": _id,
    b"NAMESPACE": _namespace,
}
