"""What was wrong with a message, in words a reader understands: one plain line each."""

from __future__ import annotations

from collections.abc import Iterator

from tuimail.mime.charset import codec_of, label_of, says_nothing
from tuimail.mime.headers import MAX_BLOCK_OCTETS
from tuimail.mime.parse import IDENTITY_ENCODINGS, Part
from tuimail.mime.texts import PartText
from tuimail.mime.transfer import KNOWN_ENCODINGS

_LABELS_BY_DEFAULT = frozenset({"ascii", "utf_8", "cp1252"})


def text_troubles(part: Part, found: PartText, *, chosen: str = "") -> Iterator[str]:
    """What is to be said of one text; `chosen` is the charset that the reader asked for."""
    if part.encoding not in IDENTITY_ENCODINGS | KNOWN_ENCODINGS:
        yield f"A text is encoded in a way that tuimail does not know (“{part.encoding[:40]}”): it is shown as it came."
    charset = label_of(found.codec)
    if not chosen and part.charset and not found.text.isascii():
        declared = codec_of(part.charset)
        if declared is None and not says_nothing(part.charset):
            yield f"A text is in “{part.charset[:40]}”, which tuimail does not know: it was read as {charset}."
        elif declared not in {None, found.codec} and declared not in _LABELS_BY_DEFAULT:
            yield f"A text says that it is in {part.charset[:40]}, and is not: it was read as {charset}."
    if found.lost:
        letters = "One character" if found.lost == 1 else f"{found.lost:,} characters"
        yield f"{letters} could not be read as {charset}; another charset may fit better."


def structure_troubles(root: Part) -> Iterator[str]:
    """What is to be said of the whole message."""
    if root.header_end - root.header_start > MAX_BLOCK_OCTETS:
        yield "The header of this message is too long to be read whole."
    limited = next((part for part in root.walk() if part.past_limit), None)
    if limited is not None:
        yield "This message has more parts than tuimail takes apart, or deeper ones: the rest is one part."
    if root.content_type.startswith("multipart/") and not root.children and root.size_octets:
        yield "The parts of this message cannot be told apart: it is shown as one text."
    elif root.children and not root.is_closed and not root.past_limit and limited is None:
        yield "The end of this message is missing; what came is shown."
