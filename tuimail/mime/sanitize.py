"""The gate: text from a message or a server passes here before it becomes a value that others hold.

Terminals obey control characters, and bidirectional overrides make text read as what it is not. After this gate a
string holds neither: C0 controls are shown as their pictures (U+2400…), DEL, C1 and lone surrogates become U+FFFD,
invisible format characters that reorder or hide text are removed. Joiners (U+200C, U+200D) stay, since scripts and
emoji need them. This module knows nothing of what the text means.
"""

from __future__ import annotations

import re

MAX_FILE_NAME_OCTETS = 200
"""File systems end at 255 octets; the rest is left for a number that keeps two names apart."""

_REMOVED = (
    "\u00ad\u061c\u200b\u200e\u200f"  # soft hyphen, Arabic letter mark, zero width space, directional marks
    "\u2028\u2029"  # line and paragraph separator: line breaks to some, nothing to others
    "\u202a-\u202e\u2060-\u206f"  # embeddings, overrides, isolates, invisible operators, deprecated formats
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # byte order mark, interlinear annotation, tags
)
_BLOCK_FORBIDDEN = f"\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff{_REMOVED}"
_BLOCK_RUN = re.compile(f"[{_BLOCK_FORBIDDEN}]+")
_LINE_RUN = re.compile(f"[\\t\\n{_BLOCK_FORBIDDEN}]+")
_UNSAFE = re.compile(f"[\\t{_BLOCK_FORBIDDEN}]")


class _Replacements(dict[int, str | None]):
    """Table for `str.translate`; ranges too long to list are answered on request."""

    def __missing__(self, code: int) -> str | None:
        return "\ufffd" if 0xD800 <= code <= 0xDFFF else None


def _replacements(*, line: bool) -> _Replacements:
    table = _Replacements({code: chr(0x2400 + code) for code in range(0x20)})
    table.update(dict.fromkeys(range(0x7F, 0xA0), "\ufffd"))
    table.update(dict.fromkeys(map(ord, "\t\r\n"), " ") if line else {})
    return table


_LINE_TABLE = _replacements(line=True)
_BLOCK_TABLE = _replacements(line=False)


def _line_replacement(run: re.Match[str]) -> str:
    return run[0].translate(_LINE_TABLE)


def _block_replacement(run: re.Match[str]) -> str:
    return run[0].translate(_BLOCK_TABLE)


def one_line(text: str) -> str:
    """`text` as one line that is safe to show: CR, LF and TAB become spaces."""
    if text.isprintable():
        return text
    return _LINE_RUN.sub(_line_replacement, text.replace("\r\n", " "))


def block(text: str) -> str:
    """`text` as lines that are safe to show: every kind of line end becomes LF, tabs are expanded to 8 columns."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" in text:
        text = text.expandtabs(8)
    return _BLOCK_RUN.sub(_block_replacement, text)


def is_safe(text: str) -> bool:
    """Whether `text` could have left `block` (LF is allowed; a caller that wants one line looks for it)."""
    return text.isprintable() or _UNSAFE.search(text) is None


# Compiled by the first name that is made safe: no start waits for them.
_NOT_IN_NAMES = r'[<>:"|?*\u2400-\u241f\ufffd]'
_UNSEEN_IN_NAMES = (
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufff8\U000e0080-\U000e0fff]+"
)
"""Letters and variants that are nothing to look at, and could push an extension out of sight."""
_NOT_AT_END = ". \u200c\u200d\ufe0e\ufe0f"
"""Joiners and variants of nothing would make of an extension one that nobody knows."""
_RESERVED = r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)"


def safe_file_name(name: str) -> str:
    """A name for a new file in a directory of ours, made from what a message says.

    The result has no path, no control or reserved character, no device name of other systems, does not begin with a
    dot or dash, ends in neither dot nor blank, and has 1 to `MAX_FILE_NAME_OCTETS` octets; its extension survives.
    """
    plain = re.sub(_UNSEEN_IN_NAMES, "", one_line(name.replace("\\", "/").rpartition("/")[2]))
    plain = re.sub(_NOT_IN_NAMES, "_", plain)
    plain = " ".join(plain.split()).lstrip(".- ").rstrip(_NOT_AT_END)
    if re.match(_RESERVED, plain):
        plain = f"_{plain}"
    return _shortened(plain) or "attachment"


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_FILE_NAME_OCTETS:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"{dot}{extension}".encode()
    if not stem or len(tail) > 20:
        stem, tail = name, b""
    head = stem.encode()[: MAX_FILE_NAME_OCTETS - len(tail)].decode("utf-8", "ignore")
    return head.rstrip(_NOT_AT_END) + tail.decode()
