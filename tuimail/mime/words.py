"""Header text: raw octets and encoded words (RFC 2047, with the language tags of RFC 2231) to safe text.

Senders break the rules in known ways, and readers expect to see what was meant: words without space around them, with
blanks inside, characters split over two words, base64 without padding, 8-bit octets in the open. One pass, linear.
"""

from __future__ import annotations

import binascii
import re

from tuimail.mime.charset import codec_of, decode, says_nothing
from tuimail.mime.sanitize import one_line

_WORD_START = re.compile(r"=\?\s{0,3}([^?\s]{1,60})\s{0,3}\?\s{0,3}([BbQq])\s{0,3}\?")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")


def raw_text(value: bytes) -> str:
    """A header value as text before its encoded words are read: UTF-8 (RFC 6532), else cp1252.

    Octets of ISO-2022-JP, which some mailers send as they are, are known by their escapes.
    """
    if b"\x1b$" in value:
        return decode(value)
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def decode_header(value: bytes) -> str:
    """An unstructured header value (Subject, List-Id, …) as one safe line."""
    text = raw_text(value)
    if "=?" in text:
        text = decode_words(text)
    return clean_line(text)


def clean_line(text: str) -> str:
    """Header text as one safe line: controls have no business there and are dropped, blanks at the ends too."""
    if text.isprintable():
        return text.strip()
    return one_line(_CONTROLS.sub("", text)).strip()


def decode_words(text: str) -> str:
    """`text` with its encoded words decoded (RFC 2047, section 6); what cannot be decoded stays. Not sanitised."""
    words = _Words()
    position = 0
    while (start := text.find("=?", position)) >= 0:
        opening = _WORD_START.match(text, start)
        if opening is None:
            words.add_literal(text[position : start + 2])
            position = start + 2
            continue
        end = text.find("?=", opening.end())
        if end < 0:
            break
        words.add_literal(text[position:start])
        if not words.add_word(opening[1], opening[2], text[opening.end() : end]):
            words.add_literal(text[start : end + 2])
        position = end + 2
    words.add_literal(text[position:])
    return words.finish()


class _Words:
    """Collects neighbours of one charset and decodes them together, so that split characters come out whole."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._label = ""
        self._octets: list[bytes] = []
        self._base64: list[str] = []
        self._blank = ""
        self._after_word = False

    def add_literal(self, text: str) -> None:
        if not text:
            return
        if self._after_word and text.isspace():
            # Blanks between two encoded words are not shown (RFC 2047, section 6.2).
            self._blank += text
            return
        self._flush()
        self._done.append(self._blank + text)
        self._blank = ""
        self._after_word = False

    def add_word(self, label: str, encoding: str, payload: str) -> bool:
        """Whether the word was taken: one in an unknown or refused charset is not."""
        label = label.partition("*")[0].lower()
        if codec_of(label) is None and not says_nothing(label):
            return False
        self._blank = ""
        if label != self._label:
            self._flush()
            self._label = label
        if encoding in "Bb":
            self._base64.append(payload)
            if "=" in payload:
                self._flush_base64()
        else:
            self._flush_base64()
            self._octets.append(_from_q(payload))
        self._after_word = True
        return True

    def finish(self) -> str:
        self._flush()
        return "".join([*self._done, self._blank])

    def _flush_base64(self) -> None:
        if self._base64:
            self._octets.append(_from_b("".join(self._base64)))
            self._base64 = []

    def _flush(self) -> None:
        self._flush_base64()
        if self._octets:
            self._done.append(decode(b"".join(self._octets), self._label))
            self._octets = []


def _from_q(payload: str) -> bytes:
    return binascii.a2b_qp(payload.encode("utf-8", "surrogatepass"), header=True)


def _from_b(payload: str) -> bytes:
    return b"".join(map(_from_unpadded, payload.split("=")))


def _from_unpadded(payload: str) -> bytes:
    letters = _NOT_BASE64.sub("", payload)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
