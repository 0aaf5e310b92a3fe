r"""The general tokenizer: atoms, quoted strings, literals and parenthesised lists of one whole response.

Works on the octets of a response with its literals in place (`{5}\r\nhello`); no input or output. Linear in time
whatever the octets are: every pattern is possessive, lists are kept on a stack of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tuimail.imap.responses import BodySink
from tuimail.model.errors import ProtocolError


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server may make us hold. Octets, or a count for `nesting` and `tokens`.

    `line_octets` bounds one line, `literal_octets` a literal that goes to a sink, `response_octets` all that is kept
    in memory of one response, `nesting` the depth of parentheses, `tokens` the number of values in one response.
    """

    line_octets: int = 32 << 20
    literal_octets: int = 2 << 30
    response_octets: int = 64 << 20
    nesting: int = 100
    tokens: int = 200_000


_OBJECT_ID = re.compile(rb"[A-Za-z0-9_\-]{1,255}")
Value = bytes | None | BodySink | list["Value"]

_TOKEN = re.compile(
    rb" *+(?:"
    rb"(?P<open>\()"
    rb"|(?P<close>\))"
    rb'|"(?P<quoted>(?:[^"\\\r\n]++|\\[^\r\n])*+)"'
    rb"|~?\{(?P<literal>\d{1,12})\+?\}\r\n"
    rb'|(?P<atom>(?:[^ ()"\[\r\n]++|\[[^\]\[\r\n]*+\]|\[)++)'
    rb")"
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class Tokenizer:
    """Reads values from `octets` one after the other; `position` is where the next one starts.

    `streamed` holds, by the offset of their `{`, the sinks of literals whose octets are not in `octets`.
    """

    __slots__ = ("_limits", "_streamed", "_tokens", "octets", "position")

    def __init__(
        self, octets: bytes, limits: Limits, position: int = 0, streamed: Mapping[int, BodySink] | None = None
    ) -> None:
        self.octets = octets
        self.position = position
        self._limits = limits
        self._streamed = streamed or {}
        self._tokens = 0

    def at_end(self) -> bool:
        """Whether nothing but spaces is left."""
        return not self.octets[self.position : self.position + 64].strip(b" ") and not self.octets[
            self.position :
        ].strip(b" ")

    def take(self, octet: bytes) -> bool:
        """Step over spaces and then `octet` if it comes next; tell whether it did."""
        position = self.position
        while self.octets[position : position + 1] == b" ":
            position += 1
        if self.octets[position : position + 1] != octet:
            return False
        self.position = position + 1
        return True

    def value(self) -> Value:
        """The next value: bytes for atoms, strings and literals, None for the atom NIL, a list for `( … )`.

        Raises:
            ProtocolError: no value here, or more of them than the limits allow.
        """
        stack: list[list[Value]] = []
        while True:
            match = _TOKEN.match(self.octets, self.position)
            if match is None:
                raise self.error()
            self._tokens += 1
            if self._tokens > self._limits.tokens:
                raise ProtocolError(f"The server sent a response of more than {self._limits.tokens} values.")
            self.position = match.end()
            kind = match.lastgroup
            if kind == "open":
                if len(stack) >= self._limits.nesting:
                    raise ProtocolError(f"The server nested a response deeper than {self._limits.nesting} levels.")
                stack.append([])
                continue
            done: Value
            if kind == "close":
                if not stack:
                    raise self.error()
                done = stack.pop()
            else:
                done = self._scalar(match, kind)
            if not stack:
                return done
            stack[-1].append(done)

    def _scalar(self, match: re.Match[bytes], kind: str | None) -> bytes | BodySink | None:
        if kind == "quoted":
            text = match["quoted"]
            return _ESCAPED.sub(rb"\1", text) if b"\\" in text else text
        if kind == "literal":
            start = match.start("literal") - 1
            sink = self._streamed.get(start)
            if sink is not None:
                return sink
            end = self.position + int(match["literal"])
            if end > len(self.octets):
                raise self.error()
            literal = self.octets[self.position : end]
            self.position = end
            return literal
        atom = match["atom"]
        return None if atom.upper() == b"NIL" else atom

    def error(self) -> ProtocolError:
        """An error that shows where reading stopped."""
        near = self.octets[max(0, self.position - 20) : self.position + 40]
        return ProtocolError(f"The server sent a response that cannot be read, near {near!r}.")


def text_of(value: Value) -> bytes:
    """A string value's octets; NIL as an atom is its own name here.

    Raises:
        ProtocolError: `value` is a list.
    """
    if value is None:
        return b"NIL"
    if not isinstance(value, bytes):
        raise ProtocolError("The server sent a list where a string belongs.")
    return value


def list_of(value: Value) -> list[Value]:
    """A list value; NIL is the empty list.

    Raises:
        ProtocolError: `value` is a string.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise ProtocolError("The server sent a string where a list belongs.")
    return value


def number_of(value: Value, maximum: int = 2**63 - 1) -> int:
    """A number from 0 to `maximum`.

    Raises:
        ProtocolError: anything else.
    """
    if isinstance(value, bytes) and value.isdigit() and len(value) <= 20:
        number = int(value)
        if number <= maximum:
            return number
    raise ProtocolError(f"The server sent {str(value)[:40]} where a number belongs.")


def object_id(value: Value) -> str | None:
    """An OBJECTID; None for what cannot be one (RFC 8474, section 7)."""
    if isinstance(value, bytes) and _OBJECT_ID.fullmatch(value):
        return value.decode("ascii")
    return None
