"""BODYSTRUCTURE as RFC 3501, section 7.4.2, wants it, for messages that pymap has parsed.

pymap's own gives a disposition as one string instead of a list, and counts a part's header into its size: a client
could then see no attachment. ENVELOPE stays pymap's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from pymap.backend.dict.mailbox import LoadedMessage
from pymap.bytes import Writeable
from pymap.mime import MessageContent
from pymap.parsing.primitives import List, Nil, Number, String
from pymap.parsing.response.fetch import BodyStructure, EnvelopeStructure

NO_PART = List(
    [String.build("text"), String.build("plain"), Nil(), Nil(), Nil(), String.build("7bit"), *[Number(0)] * 2]
)


class StandardLoadedMessage(LoadedMessage):
    """A loaded message that tells its structure by the standard."""

    @classmethod
    def _get_body_structure(cls, msg: MessageContent) -> BodyStructure:
        return StandardBodyStructure(msg, cls._get_envelope_structure)


class StandardBodyStructure(BodyStructure):
    """The structure of one part and those below it. `envelope_of` makes the ENVELOPE of a message inside a message."""

    def __init__(self, part: MessageContent, envelope_of: Callable[[MessageContent], EnvelopeStructure]) -> None:
        content_type = part.body.content_type
        super().__init__(content_type.maintype, content_type.subtype, content_type.params, None, None, None)
        self._part = part
        self._envelope_of = envelope_of

    @property
    def _value(self) -> List:
        return List(self._basic(extended=False))

    @property
    def extended(self) -> List:
        """The structure with its extension data, as FETCH BODYSTRUCTURE tells it."""
        parsed = self._part.header.parsed
        own = [_parameters(self.content_type_params)] if self.maintype == "multipart" else [Nil()]
        return List(
            [
                *self._basic(extended=True),
                *own,
                _disposition(parsed.content_disposition),
                String.build(parsed.content_language),
                String.build(parsed.content_location),
            ]
        )

    def _basic(self, *, extended: bool) -> list[Any]:
        if self.maintype == "multipart":
            return [_Parts(self._below(extended=extended)), String.build(self.subtype)]
        parsed, octets = self._part.header.parsed, bytes(self._part.body)
        fields: list[Any] = [
            String.build(self.maintype),
            String.build(self.subtype),
            _parameters(self.content_type_params),
            String.build(parsed.content_id),
            String.build(parsed.content_description),
            String.build(parsed.content_transfer_encoding, fallback=b"7bit"),
            Number(len(octets)),
        ]
        if self._part.is_rfc822:
            fields += [self._envelope_of(self._part.body.nested[0]), *self._below(extended=extended)]
        if self._part.is_rfc822 or self.maintype == "text":
            fields.append(Number(octets.count(b"\n")))
        return fields

    def _below(self, *, extended: bool) -> list[List]:
        below = [StandardBodyStructure(part, self._envelope_of) for part in self._part.body.nested]
        return [part.extended if extended else part._value for part in below] or [NO_PART]


class _Parts(Writeable):
    """The structures of a multipart's parts, which stand side by side with nothing between them."""

    def __init__(self, parts: Iterable[List]) -> None:
        super().__init__()
        self._parts = list(parts)

    def __bytes__(self) -> bytes:
        return b"".join(map(bytes, self._parts))


def _disposition(header: Any) -> List | Nil:
    if header is None or not header.content_disposition:
        return Nil()
    return List([String.build(header.content_disposition), _parameters(header.params)])


def _parameters(parameters: Mapping[str, Any] | None) -> List | Nil:
    """Parameters as they travel: a value that is not ASCII is written by RFC 2231."""
    fields: list[Any] = []
    for name, value in (parameters or {}).items():
        text = str(value)
        pair = (name, text) if text.isascii() else (f"{name}*", f"utf-8''{quote(text)}")
        fields += map(String.build, pair)
    return List(fields) if fields else Nil()
