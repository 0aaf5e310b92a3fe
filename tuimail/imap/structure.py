"""BODYSTRUCTURE: from the octets of the item to the tree of parts (RFC 9051, section 7.5.2); no input or output.

A message/rfc822 part is a leaf here: what it contains has its own tree once its octets are here.
"""

from __future__ import annotations

import re
from functools import cache

from tuimail.imap.tokens import Limits, Tokenizer, Value, list_of, number_of
from tuimail.model.body_structure import BodyPart, transfer_encoding
from tuimail.model.errors import ProtocolError

_PLAIN_TEXT = re.compile(
    rb'\("text" "(plain|html)" (?:NIL|\("charset" "([^"\\]{0,60})"\)) NIL NIL "([^"\\]{0,20})" (\d{1,15}) \d{1,15}'
    rb"(?: NIL){0,4}\)",
    re.IGNORECASE,
)
_MOST_LEVELS = 3
"""Multiparts within each other in mail that consists of text and pictures in it: mixed, related, alternative."""
_DEFAULT = Limits()


def has_attachments(raw: bytes) -> bool:
    """Whether any part would be called an attachment; next to nothing for texts, and for pages with their pictures.

    Raises:
        ProtocolError: `raw` is no BODYSTRUCTURE.
    """
    if _PLAIN_TEXT.fullmatch(raw) is not None or _nothing_but_text().fullmatch(raw) is not None:
        return False
    return parse_body_structure(raw).has_attachments


@cache
def _nothing_but_text() -> re.Pattern[bytes]:
    """Structures of texts without a name, and of pictures that such a text refers to, as servers write most of them.

    Made on use: it takes some milliseconds. Possessive, so that it matches or fails in linear time.
    """
    string = rb'"[^"\\\r\n]*+"'
    pairs = rb"\((?: ?" + string + b" " + string + rb")++\)"
    inline = rb'\("inline" (?:NIL|%b)\)' % pairs
    end = rb" \d{1,15}(?: NIL(?: (?:NIL|" + inline + rb")(?: NIL){0,2})?)?\)"
    unnamed = rb'(?:NIL|\((?: ?"(?:charset|format|delsp)" ' + string + rb")++\))"
    described = rb" (?:NIL|" + string + rb") " + string
    text = rb'\("text" "(?:plain|html)" ' + unnamed + rb" (?:NIL|" + string + rb")" + described + rb" \d{1,15}" + end
    picture = rb'\("image" ' + string + rb" (?:NIL|" + pairs + rb') "[^"\\\r\n]++"' + described + end
    part = leaf = rb"(?:" + text + rb"|" + picture + rb")"
    for _ in range(_MOST_LEVELS):
        several = rb'\(%b++ "(?:alternative|mixed|related)"(?: %b(?: NIL){0,3})?\)' % (part, pairs)
        part = rb"(?:" + leaf + rb"|" + several + rb")"
    return re.compile(part, re.IGNORECASE)


def parse_body_structure(raw: bytes, limits: Limits = _DEFAULT) -> BodyPart:
    """The tree of parts of one BODYSTRUCTURE (or BODY) item.

    Raises:
        ProtocolError: `raw` is not one, or nests deeper than `limits.nesting`.
    """
    plain = _PLAIN_TEXT.fullmatch(raw)
    if plain is not None:
        charset = plain[2]
        return BodyPart(
            section="1",
            content_type="text/" + plain[1].decode("ascii").lower(),
            parameters=(("charset", _text(charset)),) if charset is not None else (),
            encoding=transfer_encoding(_text(plain[3])),
            size_octets=int(plain[4]),
        )
    tokens = Tokenizer(raw, limits)
    value = tokens.value()
    if not tokens.at_end():
        raise tokens.error()
    return _part(list_of(value), "")


def _part(fields: list[Value], section: str) -> BodyPart:
    if not fields:
        raise ProtocolError("The server sent an empty body structure.")
    if isinstance(fields[0], list):
        return _multipart(fields, section)
    if len(fields) < 7:
        raise ProtocolError("The server sent a body structure with too few fields.")
    content_type = f"{_lower(fields[0])}/{_lower(fields[1])}"
    disposition = _at(fields, _extension_start(content_type, fields) + 1)
    name, parameters = _disposition(disposition)
    return BodyPart(
        section=section or "1",
        content_type=content_type,
        parameters=_parameters(fields[2]),
        encoding=transfer_encoding(_lower(fields[5])),
        size_octets=number_of(fields[6]) if fields[6] is not None else 0,
        disposition=name,
        disposition_parameters=parameters,
        content_id=_text(fields[3]),
    )


def _multipart(fields: list[Value], section: str) -> BodyPart:
    children: list[BodyPart] = []
    index = 0
    while index < len(fields):
        child = fields[index]
        if not isinstance(child, list):
            break
        index += 1
        children.append(_part(child, f"{section}.{index}" if section else str(index)))
    name, parameters = _disposition(_at(fields, index + 2))
    return BodyPart(
        section=section,
        content_type=f"multipart/{_lower(_at(fields, index)) or 'mixed'}",
        parameters=_parameters(_at(fields, index + 1)),
        disposition=name,
        disposition_parameters=parameters,
        children=tuple(children),
    )


def _extension_start(content_type: str, fields: list[Value]) -> int:
    """Where the optional fields begin: text has a line count before them, message/rfc822 three more fields."""
    if content_type.startswith("text/"):
        return 8
    if content_type in {"message/rfc822", "message/global"} and len(fields) > 8 and isinstance(fields[8], list):
        return 10
    return 7


def _at(fields: list[Value], index: int) -> Value:
    return fields[index] if index < len(fields) else None


def _disposition(value: Value) -> tuple[str, tuple[tuple[str, str], ...]]:
    if not isinstance(value, list) or not value:
        return "", ()
    return _lower(value[0]), _parameters(_at(value, 1))


def _parameters(value: Value) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        return ()
    pairs = zip(list_of(value)[::2], list_of(value)[1::2], strict=False)
    return tuple((_lower(name), _text(text)) for name, text in pairs)


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _lower(value: Value) -> str:
    return _text(value).lower()
