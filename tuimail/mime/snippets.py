"""The line that a list shows of a message: its first own words.

    simple mail (plain ASCII text, alone or first in a multipart) ──► read off the octets
    all other mail ─────────────────────────────────────────────────► parsed and rendered, as far as needed

Every message that arrives passes here, so that the simple way, ten times as fast, is what a first sync feels. It gives
the same words as the other, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuimail.mime.choice import PLACEHOLDER_CHARACTERS
from tuimail.mime.lines import StyledLine
from tuimail.mime.parse import parse_message
from tuimail.mime.plain import SIGNATURE, quote_depth, render_plain
from tuimail.mime.render import body_lines
from tuimail.mime.sanitize import block

SNIPPET_OCTETS = 4 * 1024
"""How far into plain text the words of a snippet are looked for."""
TRIES = ((1024, 4 * 1024), (SNIPPET_OCTETS, 16 * 1024))
"""Octets of plain text and of HTML, which begins with style sheets, that a snippet is made from: first and at most."""

_FIELD = re.compile(
    # With the end of the line before it: that octet is looked for much faster than the beginning of a line.
    rb"\ncontent-(type|transfer-encoding|disposition)[ \t]*:[ \t]*([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)(?=\r\n)",
    re.IGNORECASE,
)
_PLAIN = re.compile(rb'text/plain(?:;\s*charset="?(?:utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d)"?)?;?\s*')
_MULTIPART = re.compile(rb"multipart/(alternative|mixed|related|signed)\s*;")
_BOUNDARY = re.compile(rb'[;\s]boundary=(?:"([^"\\\r\n]{1,70})"|([^"\s;\r\n]{1,70}))', re.IGNORECASE)
_PRINTABLE = b"\r\n" + bytes(range(0x20, 0x7F))
_PLAIN_ENCODINGS = (b"", b"7bit", b"8bit")
_MOST_LEVELS = 3


def snippet_of(octets_or_text: bytes | str, limit: int = 140) -> str:
    """The first words of a message (octets) or of its text, at most `limit` characters on one line.

    Quotes, the line that introduces them, signatures and separators are skipped; an empty string if nothing is left.
    """
    if isinstance(octets_or_text, str):
        return _joined(_own_words(render_plain(block(octets_or_text[:SNIPPET_OCTETS]))), limit)
    text = simple_text(octets_or_text, TRIES[0][0])
    if text is not None:
        snippet = _joined(_own_words_of_plain(text), limit)
        if len(snippet) >= limit // 2:
            return snippet
    return rendered_snippet(octets_or_text, limit)


def rendered_snippet(octets: bytes, limit: int = 140) -> str:
    """The snippet of any message, by way of its rendered text."""
    tree = parse_message(octets)
    snippet = ""
    # Most messages say enough in their first lines; the rest, where a long quote comes first, are read further.
    for max_octets, max_html_octets in TRIES:
        lines = body_lines(octets, tree, max_octets=max_octets, max_html_octets=max_html_octets)
        snippet = _joined(_own_words(lines), limit)
        if len(snippet) >= limit // 2:
            break
    return snippet


def simple_text(octets: bytes, most_octets: int) -> str | None:
    """The beginning of the text that is shown first, where octets and text are the same; None where they may not be."""
    start, boundaries = 0, list[bytes]()
    around = set[bytes]()
    for _ in range(_MOST_LEVELS):
        # From the end of the line before: the header of a part may be empty.
        end = octets.find(b"\r\n\r\n", max(0, start - 2))
        if end < 0 or octets.startswith(b"\r\n") or _first_delimiter(octets, boundaries, start - 2, end) is not None:
            return None
        found = _FIELD.findall(b"\n" + octets[start : end + 2])
        fields = {name.lower(): value for name, value in found}
        if len(fields) != len(found) or b"disposition" in fields:
            return None
        kind = fields.get(b"type", b"text/plain").lower()
        if _PLAIN.fullmatch(kind):
            cut = _first_delimiter(octets, boundaries, end + 2, end + 4 + most_octets)
            if cut is not None and _may_go_on(around, cut - end - 4):
                return None
            region = octets[end + 4 : min(end + 4 + most_octets, len(octets) if cut is None else cut)]
            return _as_it_is(region, fields.get(b"transfer-encoding", b"").strip().lower())
        multipart = _MULTIPART.match(kind)
        named = _BOUNDARY.search(fields.get(b"type", b""))
        if multipart is None or named is None or b"start=" in kind:
            return None
        around.add(multipart[1])
        boundaries.append(named[1] or named[2])
        delimiter = octets.find(b"\r\n--" + boundaries[-1] + b"\r\n", end + 2)
        if delimiter < 0 or _first_delimiter(octets, boundaries, end + 2, delimiter) is not None:
            return None
        start = delimiter + len(boundaries[-1]) + 6
    return None


def _may_go_on(around: set[bytes], length: int) -> bool:
    """Whether other parts may be shown after a text of this length, or, if it says no more than that, in its place."""
    return b"mixed" in around or (b"alternative" in around and length < PLACEHOLDER_CHARACTERS)


def _first_delimiter(octets: bytes, boundaries: list[bytes], start: int, end: int) -> int | None:
    """Where a line begins that any of the boundaries may stand in; looked for from `start` to before `end`."""
    places = [octets.find(b"\r\n--" + boundary, max(0, start), end) for boundary in boundaries]
    return min([place for place in places if place >= 0], default=None) if places else None


def _as_it_is(region: bytes, encoding: bytes) -> str | None:
    region = region.removesuffix(b"\r")
    if encoding not in _PLAIN_ENCODINGS and (encoding != b"quoted-printable" or b"=" in region):
        return None
    if region.translate(None, _PRINTABLE):
        return None
    text = region.decode("ascii").replace("\r\n", "\n")
    return None if "\r" in text else text


def _joined(own_words: Iterator[str], limit: int) -> str:
    collected: list[str] = []
    length = 0
    for words in own_words:
        collected.append(words)
        length += len(words) + 1
        if length > limit:
            break
    snippet = " ".join(collected)
    return snippet if len(snippet) <= limit else snippet[: limit - 1].rstrip() + "…"


def _own_words(lines: list[StyledLine]) -> Iterator[str]:
    in_signature = False
    for number, line in enumerate(lines):
        kind = line.spans[0].kind if line.spans else "text"
        words = " ".join(line.text.split())
        # A line that begins with a link does not tell what it belongs to.
        in_signature = kind == "signature" or (in_signature and (kind == "link" or not words))
        if in_signature or kind not in {"text", "link"} or not any(map(str.isalnum, words)):
            continue
        following = next((later for later in lines[number + 1 : number + 3] if later.spans), None)
        if words.endswith(":") and following is not None and following.spans[0].kind.startswith("quote"):
            continue
        yield words


def _own_words_of_plain(text: str) -> Iterator[str]:
    """The same of lines that have no look yet."""
    lines = text.split("\n")
    in_signature = False
    for number, line in enumerate(lines):
        depth = quote_depth(line)
        in_signature = (in_signature and not depth) or line == SIGNATURE
        words = " ".join(line.split())
        if depth or in_signature or not any(map(str.isalnum, words)):
            continue
        if words.endswith(":"):
            following = next((later for later in lines[number + 1 : number + 3] if later), "")
            if quote_depth(following):
                continue
        yield words
