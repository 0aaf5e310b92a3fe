"""What a signed or encrypted message turned out to be, part by part: values, without words for people.

    message ──► SecuredPart (its lock, its signatures, the content it held) ──► what lies inside, likewise

The content of an encrypted part lives in these values and nowhere else: not in the store, its index, a log or a file.
Texts are sanitised; `content` is not, it is octets of a message like any other.
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class Technique(enum.StrEnum):
    """How it was signed or encrypted: RFC 3156, armour in a text, RFC 8551."""

    PGP = "PGP"
    INLINE = "inline PGP"
    SMIME = "S/MIME"


class Reach(enum.StrEnum):
    """Where it stands: it is all of the message, one of the parts that the message consists of, or deeper."""

    WHOLE = "whole"
    PART = "part"
    NESTED = "nested"


class Lock(enum.StrEnum):
    """What became of encryption. CLOSED: nobody has asked yet. BARRED: such a part is never opened."""

    NONE = "none"
    OPENED = "opened"
    CLOSED = "closed"
    FAILED = "failed"
    BARRED = "barred"


class Verdict(enum.StrEnum):
    """What is known of one signature; only GOOD is good.

    UNCONFIRMED: valid, and nobody whom the user trusts says that the key is that person's. OTHER_SENDER: valid, and by
    somebody else than the message says it is from. EXPIRED, EXPIRED_KEY, REVOKED_KEY: fits, and no longer holds.
    UNKNOWN_KEY: the key is not here. BAD: what was signed was changed. FAILED: it could not be checked.
    """

    GOOD = "good"
    UNCONFIRMED = "unconfirmed"
    OTHER_SENDER = "other sender"
    EXPIRED = "expired"
    EXPIRED_KEY = "expired key"
    REVOKED_KEY = "revoked key"
    UNKNOWN_KEY = "unknown key"
    BAD = "bad"
    FAILED = "failed"


class Signature(msgspec.Struct, frozen=True):
    """One signature. `signer`: what the key calls its owner; `addresses`: those that it may speak for, lower case.

    `key` is a fingerprint, or what else is known of the key. `fault`: why it could not be checked, and what to do.
    `revocation_as_of`: the date of the list that says whether its certificate was revoked; None: none was looked at,
    for `revocation_fault` if there was one.
    """

    verdict: Verdict
    technique: Technique
    signer: str = ""
    addresses: tuple[str, ...] = ()
    key: str = ""
    signed_at: datetime | None = None
    fault: str = ""
    revocation_as_of: datetime | None = None
    revocation_fault: str = ""


class Mismatch(msgspec.Struct, frozen=True):
    """A header field that says one thing on the envelope and another under the signature or encryption."""

    name: str
    outside: str
    inside: str


class SecuredPart(msgspec.Struct, frozen=True):
    """A signed or encrypted part: `section` names it, empty for the whole message.

    `content` is the MIME entity (header and body) that it held, where that is not simply its first child; `inside`
    what is signed or encrypted within that. `fault`: why it stays closed, or packed, and what to do.
    `is_authentic`: the way it was encrypted shows whether it was changed.
    """

    section: str
    technique: Technique
    reach: Reach
    lock: Lock = Lock.NONE
    signatures: tuple[Signature, ...] = ()
    content: bytes | None = None
    inside: tuple[SecuredPart, ...] = ()
    fault: str = ""
    is_authentic: bool = True

    def __repr__(self) -> str:
        # Values stand in tracebacks and logs; what was decrypted must not.
        return f"SecuredPart({self.section!r}, {self.technique.value}, {self.reach.value}, {self.lock.value})"

    @property
    def layers(self) -> tuple[SecuredPart, ...]:
        """This one and those that are all of what it holds, from the outside in."""
        found: list[SecuredPart] = [self]
        while inner := next((one for one in found[-1].inside if one.reach is Reach.WHOLE), None):
            found.append(inner)
        return tuple(found)

    @property
    def innermost(self) -> bytes | None:
        """The content that is to be read."""
        return next((one.content for one in reversed(self.layers) if one.content is not None), None)


class Secured(msgspec.Struct, frozen=True):
    """All that is signed or encrypted in a message. `mismatches`: fields that differ inside; `subject`: the real one.

    `subject` is set where the envelope hides it.
    """

    parts: tuple[SecuredPart, ...]
    mismatches: tuple[Mismatch, ...] = ()
    subject: str = ""

    def __repr__(self) -> str:
        # As for a part.
        return f"Secured({', '.join(map(repr, self.parts))})"

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole message that is signed or encrypted."""
        return any(part.reach is Reach.WHOLE for part in self.parts)

    @property
    def can_open(self) -> bool:
        """Whether something encrypted is closed: nobody asked for it, or it failed, and may be tried again."""
        return any(layer.lock in {Lock.CLOSED, Lock.FAILED} for part in self.parts for layer in part.layers)
