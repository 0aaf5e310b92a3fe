"""gpg's status lines (its doc/DETAILS), read from a pipe of their own, as values. Pure.

    [GNUPG:] NEWSIG
    [GNUPG:] GOODSIG 0123456789ABCDEF Ada Example <ada@example.org>
    [GNUPG:] VALIDSIG <fingerprint> <date> <time> <until> … <fingerprint of the primary key>

What stands between two NEWSIG lines belongs to one signature. A signature is valid only by VALIDSIG and by exactly one
verdict; decryption only by DECRYPTION_OKAY, none of the failures, and a protection against changes that was checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

MAX_SIGNATURES = 16
"""Nobody signs a mail so often; each may cost a look at a key."""

_PREFIX = b"[GNUPG:] "
_VERDICTS = frozenset({"GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG"})
_FAILURES = frozenset({"DECRYPTION_FAILED", "BADMDC", "BADARMOR", "UNEXPECTED", "NODATA"})
_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(slots=True)
class GpgSignature:
    """What gpg said of one signature: `verdicts` are the keywords, one where all is well; `user_id` is not sanitised.

    `fingerprint` is that of the primary key, and is there only if VALIDSIG said so. `reason`: ERRSIG's number.
    """

    verdicts: list[str] = field(default_factory=list)
    key_id: str = ""
    user_id: str = ""
    fingerprint: str = ""
    valid: int = 0
    signed_at: datetime | None = None
    reason: str = ""

    @property
    def verdict(self) -> str:
        """The keyword, or nothing where gpg did not say one thing, or says "good" without saying that it is valid."""
        if len(self.verdicts) != 1:
            return ""
        needs_valid = self.verdicts[0] not in {"BADSIG", "ERRSIG"}
        return self.verdicts[0] if (self.valid == 1 and bool(self.fingerprint)) == needs_valid else ""


@dataclass(slots=True)
class GpgStatus:
    """What gpg said in a run. `texts`: how many plain texts it found. `errors`: its words for what went wrong.

    `protected`, `unprotected`: of the encrypted data that it met, whether changes of it would be noticed.
    """

    signatures: list[GpgSignature] = field(default_factory=list)
    okay: bool = False
    failed: bool = False
    protected: bool = False
    unprotected: bool = False
    began: bool = False
    ended: bool = False
    texts: int = 0
    missing_keys: list[str] = field(default_factory=list)
    is_encrypted: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def decrypted(self) -> bool:
        """Whether the output is the one plain text of a message that was encrypted and not changed since."""
        return (
            self.okay
            and self.began
            and self.ended
            and self.protected
            and not (self.unprotected or self.failed)
            and self.texts == 1
        )


def parse_status(octets: bytes) -> GpgStatus:
    """What these lines say; a line that is none is passed over. Never raises."""
    found = GpgStatus()
    for line in octets.split(b"\n"):
        if line.startswith(_PREFIX):
            keyword, _, rest = line[len(_PREFIX) :].rstrip(b"\r").partition(b" ")
            _take(found, keyword.decode("ascii", "replace"), rest)
    return found


def _take(found: GpgStatus, keyword: str, rest: bytes) -> None:
    words = rest.decode("utf-8", "replace").split()
    if keyword == "NEWSIG":
        if len(found.signatures) < MAX_SIGNATURES:
            found.signatures.append(GpgSignature())
    elif keyword in _VERDICTS or keyword == "VALIDSIG":
        if found.signatures:
            _take_signature(found.signatures[-1], keyword, rest)
    elif keyword == "BEGIN_DECRYPTION":
        found.began = True
    elif keyword == "END_DECRYPTION":
        found.ended = True
    elif keyword == "DECRYPTION_INFO":
        # The methods of protection: MDC, and (since 2.3) AEAD. Two zeros: none, and anything may have been changed.
        protected = any(word != "0" for word in (*words[:1], *words[2:3]))
        found.unprotected |= not protected
        found.protected |= protected
    elif keyword == "DECRYPTION_OKAY":
        found.okay = True
    elif keyword in _FAILURES:
        found.failed = True
        found.errors.append(keyword)
    elif keyword == "PLAINTEXT":
        found.texts += 1
    elif keyword == "ENC_TO":
        found.is_encrypted = True
    elif keyword == "NO_SECKEY" and words:
        found.missing_keys.append(words[0])
    elif keyword in {"ERROR", "FAILURE"}:
        found.errors.append(" ".join(words[:3]))


def _take_signature(signature: GpgSignature, keyword: str, rest: bytes) -> None:
    words = rest.decode("utf-8", "replace").split(" ")
    if keyword == "VALIDSIG":
        signature.valid += 1
        primary = words[9] if len(words) > 9 else words[0]
        if _FINGERPRINT.fullmatch(primary) and _FINGERPRINT.fullmatch(words[0]):
            signature.fingerprint = primary
        signature.signed_at = _time(words[2]) if len(words) > 2 else None
        return
    signature.verdicts.append(keyword)
    signature.key_id = words[0]
    if keyword == "ERRSIG":
        signature.reason = words[5] if len(words) > 5 else ""
    else:
        signature.user_id = _unescaped(rest.partition(b" ")[2])


def _unescaped(octets: bytes) -> str:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), octets).decode("utf-8", "replace")


def _time(word: str) -> datetime | None:
    """Seconds since 1970, or ISO 8601 in its short form."""
    try:
        if "T" in word:
            return datetime.strptime(word[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        return datetime.fromtimestamp(int(word), UTC)
    except (ValueError, OverflowError, OSError):
        return None
