"""The tree of a message's parts, as BODYSTRUCTURE tells it (RFC 9051, section 7.5.2) or our scanner finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One node of the tree.

    `section` is the part's number as FETCH names it ("1.2"; "" for a multipart root). Types, parameter names,
    `encoding` and `disposition` are lower case; parameter values are as sent, not decoded.
    """

    section: str
    content_type: str
    parameters: tuple[tuple[str, str], ...] = ()
    encoding: str = "7bit"
    size_octets: int = 0
    disposition: str = ""
    disposition_parameters: tuple[tuple[str, str], ...] = ()
    content_id: str = ""
    children: tuple[BodyPart, ...] = ()

    def leaves(self) -> Iterator[BodyPart]:
        """All parts without children, in order."""
        stack = [self]
        while stack:
            part = stack.pop()
            if part.children:
                stack.extend(reversed(part.children))
            else:
                yield part

    @property
    def is_attachment(self) -> bool:
        """Whether a person would call this leaf an attachment: named or marked so, and not shown in the text."""
        if self.disposition == "attachment":
            return True
        if self.content_type.startswith("multipart/"):
            return False
        named = any(
            name.split("*")[0] in {"filename", "name"} for name, _ in (*self.disposition_parameters, *self.parameters)
        )
        if self.content_type in {"text/plain", "text/html"}:
            return named and self.disposition != "inline"
        if self.content_type in {"application/pgp-signature", "application/pkcs7-signature", "text/calendar"}:
            return False
        if self.content_id and self.content_type.startswith("image/"):
            return False
        return named or not self.content_type.startswith("text/")

    @property
    def has_attachments(self) -> bool:
        """Whether any leaf is an attachment."""
        return any(leaf.is_attachment for leaf in self.leaves())
