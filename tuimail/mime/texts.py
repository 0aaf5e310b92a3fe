"""The text of one part: its portion of octets, transfer encoding undone, files in it set apart, charset found.

    body_start ├── portion ──┤········· rest ·········┤ body_end       has_more: there is a rest

Only the portion is decoded, so that a text of any size opens at once. Knows nothing of other parts, nor of looks.
"""

from __future__ import annotations

import re

import msgspec

from tuimail.mime.charset import decode_octets
from tuimail.mime.parse import IDENTITY_ENCODINGS, Part
from tuimail.mime.transfer import decode_transfer
from tuimail.mime.uu import EncodedFile, find_files

MAX_LOOKED_THROUGH = 64 * 1024 * 1024
"""Octets of a text that files are looked for in; the largest message that servers take is about as long."""

_MARKS = (b"\nbegin ", b"=ybegin ")
_MARK = re.compile(r"\x1a([0-9]{1,3})\x1a")
_CUT_ESCAPE = re.compile(rb"=[0-9A-Fa-f]?\r?\n?\Z")


class PartText(msgspec.Struct, frozen=True):
    """What a text part says. `text` is not sanitised; `files` stand in it as lines in brackets."""

    text: str
    codec: str = ""
    lost: int = 0
    has_more: bool = False
    files: tuple[EncodedFile, ...] = ()


def text_of(octets: bytes, part: Part, *, max_octets: int, charset: str = "", look_for_files: bool = True) -> PartText:
    """The beginning of the text of `part` of the message in `octets`: about `max_octets` of it. Never raises.

    `charset` is the reader's choice; empty: the part is believed.
    """
    end = min(part.body_end, part.body_start + _encoded(max_octets, part.encoding))
    content = octets[part.body_start : end]
    has_more = end < part.body_end
    if has_more and part.encoding == "quoted-printable":
        content = _CUT_ESCAPE.sub(b"", content)
    content = decode_transfer(content, part.encoding)
    files: tuple[EncodedFile, ...] = ()
    is_html = part.content_type == "text/html"
    if look_for_files and not is_html:
        whole = octets if part.encoding in IDENTITY_ENCODINGS else content
        span = (part.body_start, part.body_end) if whole is octets else (0, len(content))
        if _may_have_files(whole, *span):
            content, files, has_more = _without_files(octets, part, max_octets)
    decoded = decode_octets(content, part.charset, html=is_html, forced=charset, cut=has_more)
    text = _whole_lines(decoded.text) if has_more else decoded.text
    if files:
        text = _MARK.sub(lambda mark: _name_of(files, int(mark[1])), text)
    return PartText(text, decoded.codec, decoded.lost, has_more, files)


def files_in(octets: bytes, part: Part) -> tuple[bytes, list[EncodedFile]]:
    """The content of a text part as far as it is looked through, and the files in it."""
    end = min(part.body_end, part.body_start + MAX_LOOKED_THROUGH)
    content = decode_transfer(octets[part.body_start : end], part.encoding)
    return content, find_files(content)


def _may_have_files(octets: bytes, start: int, end: int) -> bool:
    """Whether a line in this range begins like a file: asked of every text, so that it has to be cheap."""
    return octets.startswith(b"begin ", start) or any(octets.find(mark, start, end) >= 0 for mark in _MARKS)


def _without_files(octets: bytes, part: Part, max_octets: int) -> tuple[bytes, tuple[EncodedFile, ...], bool]:
    """The portion of the text that is left when a line names each file."""
    content, files = files_in(octets, part)
    pieces, position = list[bytes](), 0
    for number, file in enumerate(files):
        pieces += [content[position : file.start], b"\x1a%d\x1a" % number]
        position = file.end
    pieces.append(content[position:])
    left = b"".join(pieces)
    return left[:max_octets], tuple(files), len(left) > max_octets or part.size_octets > MAX_LOOKED_THROUGH


def _name_of(files: tuple[EncodedFile, ...], number: int) -> str:
    return f"[{files[number].name}]" if number < len(files) else ""


def _whole_lines(text: str) -> str:
    """Without the beginning of a line at the end, unless that is most of it."""
    end = text.rfind("\n") + 1
    return text[:end] if end > len(text) // 2 else text


def _encoded(octets: int, encoding: str) -> int:
    """About how many octets of the encoding hold so many of the content."""
    return octets * 78 // 57 if encoding == "base64" else octets
