"""winmail.dat: what Outlook sends to those whom it takes for its own (TNEF, MS-OXTNEF), as body and files.

    signature (4) key (2) { level (1) id (4) length (4) content checksum (2) }     little endian
    level 1: the message, level 2: files; a file begins with its "rendition"

What is damaged gives what came before. A message within is a file whose octets are a winmail.dat again.
"""

from __future__ import annotations

import struct

import msgspec

from tuimail.mime.charset import codec_of, decode
from tuimail.mime.kinds.compressed_rtf import decompress_rtf
from tuimail.mime.kinds.mapi import Properties, parse_properties
from tuimail.mime.kinds.rtf import rtf_text
from tuimail.mime.sanitize import safe_file_name

MAX_FILES = 200
"""In one winmail.dat."""
MAX_ATTRIBUTES = 20_000
"""A file has about ten."""
MAX_MESSAGES_WITHIN = 5
"""Messages in one another that are opened; what lies deeper is a file."""

_SIGNATURE = 0x223E9F78
_BODY, _MESSAGE_PROPERTIES, _CODEPAGE = 0x0002800C, 0x00069003, 0x00069007
_RENDITION, _FILE_DATA, _FILE_TITLE, _FILE_PROPERTIES = 0x00069002, 0x0006800F, 0x00018010, 0x00069005
_P_BODY, _P_RTF, _P_HTML, _P_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_P_DATA, _P_LONG_NAME, _P_NAME, _P_DISPLAY, _P_TYPE, _P_CONTENT_ID = 0x3701, 0x3707, 0x3704, 0x3001, 0x370E, 0x3712
_P_SUBJECT, _P_SENT, _P_SENDER, _P_ADDRESS, _P_SMTP, _P_TO = 0x0037, 0x0039, 0x0C1A, 0x0C1F, 0x5D01, 0x0E04
_METHOD = 0x3705
_EMBEDDED_MESSAGE = 5
_EPOCH_S = 11_644_473_600
"""Seconds from 1601, where the times of MAPI begin, to 1970."""
_MAX_SENT_S = 253_402_300_799
"""The end of the year 9999."""


class TnefFile(msgspec.Struct, frozen=True):
    """A file in it; the name is safe, the type "application/octet-stream" where none is said; or a `message`."""

    name: str
    content_type: str
    octets: bytes
    content_id: str = ""
    message: Tnef | None = None


class Tnef(msgspec.Struct, frozen=True):
    """What it holds; no text is sanitised, and each may be "". `text` and `html` are the body in either form.

    `sent_at` in seconds since 1970 UTC. Of a message that came by mail the mail's own header says who it is from.
    """

    text: str = ""
    html: str = ""
    files: tuple[TnefFile, ...] = ()
    subject: str = ""
    sender: str = ""
    address: str = ""
    recipients: str = ""
    sent_at: int | None = None


class _Draft(msgspec.Struct):
    """A file while its attributes come."""

    title: bytes = b""
    data: bytes = b""
    properties: Properties = msgspec.field(default_factory=dict)
    unicode: frozenset[int] = frozenset()


def is_tnef(octets: bytes) -> bool:
    """Whether the octets begin as winmail.dat does."""
    return octets[:4] == struct.pack("<I", _SIGNATURE)


def parse_tnef(octets: bytes, within: int = 0) -> Tnef | None:
    """What is in the octets, which lie `within` so many messages; None when they are no winmail.dat. Never raises."""
    if not is_tnef(octets):
        return None
    body, codepage = b"", 0
    properties: Properties = {}
    unicode: frozenset[int] = frozenset()
    files: list[_Draft] = []
    for id_, content in _attributes(octets):
        if id_ == _BODY:
            body = content
        elif id_ == _CODEPAGE and len(content) >= 4:
            codepage = int.from_bytes(content[:4], "little")
        elif id_ == _MESSAGE_PROPERTIES:
            properties, unicode = parse_properties(content)
        elif id_ == _RENDITION:
            if len(files) >= MAX_FILES:
                break
            files.append(_Draft())
        elif files:
            _add_to_file(files[-1], id_, content)
    charset = _charset(codepage)
    text, html = _bodies(properties, unicode, body, charset)

    def said(id_: int) -> str:
        return _text(properties, unicode, id_, charset)

    return Tnef(
        text,
        html,
        tuple(_file(draft, charset, number, within) for number, draft in enumerate(files, 1)),
        subject=said(_P_SUBJECT),
        sender=said(_P_SENDER),
        address=said(_P_SMTP) or said(_P_ADDRESS),
        recipients=said(_P_TO),
        sent_at=_moment(properties.get(_P_SENT, b"")),
    )


def _moment(filetime: bytes) -> int | None:
    """Counted in 100 ns from 1601 (MS-DTYP, section 2.3.3)."""
    seconds = int.from_bytes(filetime[:8], "little") // 10_000_000 - _EPOCH_S
    return seconds if len(filetime) == 8 and 0 <= seconds <= _MAX_SENT_S else None


def _attributes(octets: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    position = 6
    while position + 9 <= len(octets) and len(found) < MAX_ATTRIBUTES:
        level, id_, length = struct.unpack_from("<BII", octets, position)
        position += 9
        if level not in {1, 2}:
            break
        found.append((id_, octets[position : position + length]))
        position += length + 2
    return found


def _add_to_file(draft: _Draft, id_: int, content: bytes) -> None:
    if id_ == _FILE_DATA:
        draft.data = content
    elif id_ == _FILE_TITLE:
        draft.title = content
    elif id_ == _FILE_PROPERTIES:
        draft.properties, draft.unicode = parse_properties(content)


def _charset(codepage: int) -> str:
    if codepage == 65001:
        return "utf-8"
    label = f"cp{codepage}"
    return label if codec_of(label) else "cp1252"


def _bodies(properties: Properties, unicode: frozenset[int], body: bytes, charset: str) -> tuple[str, str]:
    own = properties.get(_P_CODEPAGE, b"")
    html_charset = _charset(int.from_bytes(own[:4], "little")) if own else charset
    text = _text(properties, unicode, _P_BODY, charset) or decode(body.rstrip(b"\0"), charset)
    html = _text(properties, unicode, _P_HTML, html_charset, html=True)
    if not html and _P_RTF in properties and not text.strip():
        rtf = rtf_text(decompress_rtf(properties[_P_RTF]))
        text, html = ("", rtf.text) if rtf.is_html else (rtf.text, "")
    return text, html


def _text(properties: Properties, unicode: frozenset[int], id_: int, charset: str, *, html: bool = False) -> str:
    octets = properties.get(id_, b"")
    if id_ in unicode:
        return octets.decode("utf-16-le", "replace").rstrip("\0")
    octets = octets.rstrip(b"\0")
    return decode(octets, charset, html=html) if octets else ""


def _file(draft: _Draft, charset: str, number: int, within: int) -> TnefFile:
    def text(id_: int) -> str:
        return _text(draft.properties, draft.unicode, id_, charset)

    method = int.from_bytes(draft.properties.get(_METHOD, b"")[:4], "little")
    name = text(_P_LONG_NAME) or text(_P_NAME) or text(_P_DISPLAY) or decode(draft.title.rstrip(b"\0"), charset)
    octets = draft.data or draft.properties.get(_P_DATA, b"")
    message = None
    if method == _EMBEDDED_MESSAGE:
        name = f"{name or 'message'}.dat"
        message = parse_tnef(octets, within + 1) if within < MAX_MESSAGES_WITHIN else None
    return TnefFile(
        name=safe_file_name(name) if name else f"file-{number}",
        content_type=_safe_type(text(_P_TYPE)),
        octets=octets,
        content_id=text(_P_CONTENT_ID).strip()[:200],
        message=message,
    )


def _safe_type(text: str) -> str:
    lowered = text.strip().lower()
    main, slash, sub = lowered.partition("/")
    is_type = slash and main.replace("-", "").isalnum() and sub.translate(_TYPE_MARKS).isalnum()
    return lowered if is_type and lowered.isascii() and len(lowered) <= 100 else "application/octet-stream"


_TYPE_MARKS = str.maketrans("", "", "+-.")
