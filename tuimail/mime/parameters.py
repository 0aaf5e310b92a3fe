"""Parameters of Content-Type and Content-Disposition: RFC 2045 section 5.1, RFC 2231, and common mistakes.

`parse_parameters` splits and keeps values as sent, which is also what BODYSTRUCTURE gives; `decode_parameters` puts
continuations together and decodes. So a file name reads the same whether a server or our scanner found the part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from tuimail.mime.charset import decode
from tuimail.mime.sanitize import safe_file_name
from tuimail.mime.words import clean_line, decode_words, raw_text
from tuimail.model.body_structure import BodyPart

MAX_PARAMETERS = 200
"""Honest fields have a handful; continuations of a long file name some dozens."""

_CACHED_OCTETS = 64
"""Fields up to this length are remembered: "text/plain; charset=utf-8" comes with every message."""

Parameters = tuple[tuple[str, str], ...]

_VALUE = re.compile(r"[^;]*")
_PARAMETER = re.compile(
    r'[;\s=]*+([^\s=;"]{1,200})\s{0,99}(?:=\s{0,99}(?:"((?:[^"\\]++|\\.)*+)"?|([^;]*)))?[^;]*', re.DOTALL
)
_QUOTED_PAIR = re.compile(r'\\(["\\])')
_COMMENT = re.compile(r"\([^()]*\)")
_FILE_NAMES = frozenset({"name", "filename"})
_SUFFIX = re.compile(r"\.\w{1,5}\Z")
_SECTION = re.compile(r"(.+?)(?:\*([0-9]{1,3}))?(\*)?", re.DOTALL)


def parse_parameters(value: bytes) -> tuple[str, Parameters]:
    """The value in lower case, and parameters: names in lower case, values unquoted, not decoded.

    Everything is sanitised. Never raises.
    """
    return _parse_cached(value) if len(value) <= _CACHED_OCTETS else _parse(value)


def _parse(value: bytes) -> tuple[str, Parameters]:
    text = raw_text(value)
    head = _VALUE.match(text)
    assert head is not None  # noqa: S101 - the pattern matches the empty string
    main = "".join(_COMMENT.sub("", head[0]).split()).lower()
    found: list[tuple[str, str]] = []
    position = head.end()
    while len(found) < MAX_PARAMETERS and (match := _PARAMETER.match(text, position)):
        position = match.end()
        name, quoted, token = match.groups()
        if quoted is not None:
            found.append((clean_line(name.lower()), clean_line(_QUOTED_PAIR.sub(r"\1", quoted))))
        elif token is not None:
            name = clean_line(name.lower())
            found.append((name, clean_line(_without_comment(token, is_file_name=name in _FILE_NAMES))))
    return clean_line(main), tuple(found)


_parse_cached = lru_cache(maxsize=1024)(_parse)


def _without_comment(token: str, *, is_file_name: bool) -> str:
    """A value without quotes, and without what is told beside it; `report (1).pdf` is a name that lacks its quotes."""
    if "(" not in token:
        return token
    bare = _COMMENT.sub("", token).rstrip()
    is_part_of_it = is_file_name and not (token.rstrip().endswith(")") and _SUFFIX.search(bare))
    return token if is_part_of_it else bare


def decode_parameters(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Decoded and sanitised values by name: RFC 2231 charset and continuations win over a plain value of that name.

    Encoded words inside quotes are not allowed (RFC 2047, section 5) and decoded all the same.
    """
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for raw_name, value in parameters:
        match = _SECTION.fullmatch(raw_name)
        if match is None or (match[2] is None and match[3] is None):
            plain.setdefault(raw_name, clean_line(decode_words(value) if "=?" in value else value))
        else:
            pieces.setdefault(match[1], {}).setdefault(int(match[2] or 0), (match[3] is not None, value))
    return plain | {name: _joined(sections) for name, sections in pieces.items()}


def parameter_of(parameters: Parameters, name: str) -> str:
    """One decoded value; empty when it is missing."""
    return next((value for other, value in parameters if other == name), "") or decode_parameters(
        (other, value) for other, value in parameters if other.startswith(f"{name}*")
    ).get(name, "")


def _joined(sections: dict[int, tuple[bool, str]]) -> str:
    label, octets = "", []
    # A piece that is missing leaves a gap: the rest of the name, with its extension, says more than half a name.
    for number, (extended, value) in sorted(sections.items()):
        if extended and number == 0 and value.count("'") >= 2:
            label, _, raw = value.split("'", 2)
        else:
            raw = value
        sent = raw.encode("utf-8", "surrogatepass")
        octets.append(unquote_to_bytes(sent) if extended else sent)
    text = decode(b"".join(octets), label)
    return clean_line(decode_words(text) if "=?" in text and not label else text)


def file_name_of(part: BodyPart) -> str:
    """The part's file name, made safe for a file system (RFC 2183, section 2.3); empty when it has none."""
    for parameters, key in ((part.disposition_parameters, "filename"), (part.parameters, "name")):
        name = decode_parameters(parameters).get(key, "") if parameters else ""
        if name:
            return safe_file_name(name)
    return ""
