"""An address as a person reads it: display name and addr-spec (RFC 5322, section 3.4)."""

from __future__ import annotations

import msgspec


class Address(msgspec.Struct, frozen=True):
    """`name` may be empty; `address` is `local@domain` as sent, or empty when the header has none."""

    name: str
    address: str

    @property
    def label(self) -> str:
        """The name, or the address where there is none."""
        return self.name or self.address
