"""Visiting cards (vCard 3.0 and 4.0, RFC 2426 and RFC 6350; 2.1 as far as it is alike): the few facts people look for.

Pictures, keys and sounds are left out; the part can be saved whole.
"""

from __future__ import annotations

import binascii

from tuimail.mime.charset import decode
from tuimail.mime.kinds import card
from tuimail.mime.kinds.content_lines import Component, ContentLine, fields_of, parse_components, unescaped
from tuimail.mime.lines import StyledLine
from tuimail.mime.sanitize import one_line
from tuimail.model.units import counted

MAX_CARDS = 50
"""Shown of one part; an address book that was sent whole has more."""
MAX_VALUES = 10
"""Of one kind on one card: addresses, numbers."""
_KIND_WORDS = ("home", "work", "cell", "fax", "mobile")


def visiting_card_lines(text: str) -> list[StyledLine] | None:
    """The cards in `text` (not sanitised), one below the other; None when there is none."""
    cards = [one for one in parse_components(text) if one.name == "VCARD"]
    if not cards:
        return None
    lines: list[StyledLine] = []
    for one in cards[:MAX_CARDS]:
        lines += [StyledLine()] if lines else []
        lines += _card_lines(one)
    if len(cards) > MAX_CARDS:
        more = counted(len(cards) - MAX_CARDS, "more card")
        lines += [StyledLine(), card.note(f"({more}: save the part to see all.)")]
    return lines


def _card_lines(one: Component) -> list[StyledLine]:
    lines = [card.note("Visiting card", "heading"), card.heading(_name(one))]
    lines += card.rows("Title", [_text(one, "TITLE")])
    lines += card.rows("Company", [_joined(one, "ORG")])
    for label, name in (("Mail", "EMAIL"), ("Phone", "TEL"), ("Web", "URL")):
        found = one.all(name)[:MAX_VALUES]
        lines += card.rows(label, [_with_kind(_bare(_value(line)), line) for line in found])
    addresses = one.all("ADR")[:MAX_VALUES]
    lines += card.rows("Address", [_with_kind(_address(line), line) for line in addresses])
    lines += card.rows("Born", [_text(one, "BDAY")])
    return [*lines, *card.text_lines(_text(one, "NOTE"))]


def _name(one: Component) -> str:
    given = _text(one, "FN")
    if given.strip():
        return given
    name = one.first("N")
    family, first, *_ = [*fields_of(_value(name)), "", ""] if name is not None else ["", ""]
    return f"{first} {family}".strip() or _joined(one, "ORG") or "(no name)"


def _value(line: ContentLine) -> str:
    """The value as written, quoted-printable of vCard 2.1 undone."""
    if line.parameter("ENCODING").upper() == "QUOTED-PRINTABLE" or "quoted-printable" in line.parameters_of("TYPE"):
        octets = binascii.a2b_qp(line.value.encode("utf-8", "replace"))
        return decode(octets, line.parameter("CHARSET"))
    return line.value


def _text(one: Component, name: str) -> str:
    line = one.first(name)
    return "" if line is None else unescaped(_value(line))


def _joined(one: Component, name: str) -> str:
    line = one.first(name)
    return "" if line is None else ", ".join(part.strip() for part in fields_of(_value(line)) if part.strip())


def _address(line: ContentLine) -> str:
    """Street, place, region, code, country: what is said of them, in their order (RFC 6350, section 6.3.1)."""
    parts = [part.replace("\n", ", ").strip() for part in fields_of(_value(line))[:7]]
    return ", ".join(part for part in parts if part)


def _bare(value: str) -> str:
    value = unescaped(value).strip()
    scheme, colon, rest = value.partition(":")
    return rest if colon and scheme.lower() in {"tel", "mailto"} else value


def _with_kind(value: str, line: ContentLine) -> str:
    kinds = [kind for kind in line.parameters_of("TYPE") if kind in _KIND_WORDS]
    return f"{one_line(value)} ({', '.join(dict.fromkeys(kinds))})" if kinds and value.strip() else value
