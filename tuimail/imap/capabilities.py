"""What a server offers (RFC 9051, section 6.1.1), whatever the case, less what is not to be used of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Capabilities:
    """An immutable set of capability names in upper case; `withheld` names count as not offered."""

    __slots__ = ("_names", "_withheld")

    def __init__(self, names: Iterable[str] = (), withheld: Iterable[str] = ()) -> None:
        self._withheld = frozenset(name.upper() for name in withheld)
        self._names = frozenset(name.upper() for name in names) - self._withheld

    def has(self, name: str) -> bool:
        """Whether `name` is offered, also through IMAP4rev2, which contains many older extensions."""
        name = name.upper()
        if name in self._names:
            return True
        return "IMAP4REV2" in self._names and name in _IN_REV2 and name not in self._withheld

    def without(self, withheld: Iterable[str]) -> Capabilities:
        """The same, but for these names; what QRESYNC brings along (CONDSTORE) stays."""
        withheld = {name.upper() for name in withheld}
        if "QRESYNC" in withheld and "CONDSTORE" not in withheld and "QRESYNC" in self._names:
            return Capabilities((*self._names, "CONDSTORE"), withheld | self._withheld)
        return Capabilities(self._names, withheld | self._withheld)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.has(name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Capabilities) and self._names == other._names and self._withheld == other._withheld

    def __hash__(self) -> int:
        return hash(self._names)

    def __repr__(self) -> str:
        return f"Capabilities({' '.join(self)})"

    @property
    def condstore(self) -> bool:
        """Whether MODSEQ may be asked for: CONDSTORE, or QRESYNC which contains it (RFC 7162, section 3.2.3)."""
        return self.has("CONDSTORE") or (self.has("QRESYNC") and "CONDSTORE" not in self._withheld)


_IN_REV2 = frozenset(
    {
        "ENABLE",
        "ESEARCH",
        "IDLE",
        "LIST-EXTENDED",
        "LIST-STATUS",
        "LITERAL-",
        "MOVE",
        "NAMESPACE",
        "SASL-IR",
        "SEARCHRES",
        "SPECIAL-USE",
        "STATUS=SIZE",
        "UIDPLUS",
        "UNSELECT",
    }
)
"""RFC 9051, appendix E: extensions that became part of the protocol."""
