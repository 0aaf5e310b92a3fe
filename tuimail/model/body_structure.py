"""The tree of a message's parts, as BODYSTRUCTURE tells it (RFC 9051, section 7.5.2) or our scanner finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_NOBODYS_FILES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pkcs7-mime",
     "application/x-pkcs7-mime", "application/pgp-encrypted", "message/delivery-status",
     "message/global-delivery-status", "message/disposition-notification", "message/global-disposition-notification",
     "message/feedback-report"}
)  # fmt: skip
"""Signatures, wrappers of what is signed or encrypted, and reports for programs: most are marked as attachments."""
_ENCODINGS = {"base64": "base64", "b64": "base64", "quotedprintable": "quoted-printable", "qp": "quoted-printable"}
"""Encodings by their letters alone: some mailers quote the name, or leave a sign out of it or add one."""
_WRAPPERS = {
    "multipart/signed": "application/pgp-signature",
    "multipart/encrypted": "application/octet-stream",
    "multipart/report": "message/rfc822",
}
"""What a file may be as well, but not in such a place (RFC 3156; RFC 6522: the message that came back)."""


def transfer_encoding(name: str) -> str:
    """An encoding as it was meant, in lower case (RFC 2045, section 6.1); "7bit" where none is named."""
    name = name.strip("\"'.,; \t").lower()
    return _ENCODINGS.get(name.replace("-", "").replace("_", ""), name) or "7bit"


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
        """Whether a person would call this leaf an attachment: named or marked so, and not shown in the text.

        Where it stands is not looked at: see `wrappers`.
        """
        if self.content_type in _NOBODYS_FILES:
            return False
        if self.disposition == "attachment":
            return True
        if self.content_type.startswith("multipart/"):
            return False
        named = any(
            name.split("*")[0] in {"filename", "name"} for name, _ in (*self.disposition_parameters, *self.parameters)
        )
        if self.content_type in {"text/plain", "text/html"}:
            return named and self.disposition != "inline"
        if self.content_type in {"application/pgp-signature", "text/calendar"}:
            return False
        if self.content_id and self.content_type.startswith("image/"):
            return False
        return named or not self.content_type.startswith("text/")

    @property
    def wrappers(self) -> frozenset[str]:
        """Sections of signatures and of what is encrypted, which are no attachments whatever they are called."""
        found: set[str] = set()
        stack = [self]
        while stack:
            part = stack.pop()
            if kind := _WRAPPERS.get(part.content_type):
                found.update(child.section for child in part.children if child.content_type == kind)
            stack.extend(part.children)
        return frozenset(found)

    @property
    def has_attachments(self) -> bool:
        """Whether any leaf is an attachment."""
        found = [leaf.section for leaf in self.leaves() if leaf.is_attachment]
        return bool(found) and not self.wrappers.issuperset(found)
