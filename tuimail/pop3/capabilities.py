"""What a POP3 server offers (CAPA: RFC 2449; SASL: RFC 5034; STLS: RFC 2595)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Words by capability, upper case; `is_known`: the server has told them."""

    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_known: bool = False

    @classmethod
    def of(cls, lines: Iterable[str]) -> Capabilities:
        """From the lines of an answer to CAPA."""
        found = {}
        for line in lines:
            name, *arguments = line.split() or [""]
            if name:
                found[name.upper()] = tuple(arguments)
        return cls(tuple(found.items()), is_known=True)

    def has(self, name: str) -> bool:
        """Whether `name` (upper case) is offered."""
        return any(name == known for known, _ in self.words)

    def arguments(self, name: str) -> tuple[str, ...]:
        """What stands behind `name`, such as the mechanisms of SASL."""
        return next((arguments for known, arguments in self.words if known == name), ())

    @property
    def mechanisms(self) -> frozenset[str]:
        """SASL mechanisms, upper case."""
        return frozenset(one.upper() for one in self.arguments("SASL"))

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(name for name, _ in self.words)

    def may_have(self, name: str) -> bool:
        """Whether it is worth a try: offered, or the server does not tell what it offers."""
        return not self.is_known or self.has(name)
