"""OpenPGP: what gpg's answers say of a signature, and of the one who is said to have written.

A user id counts for a sender only if that user id itself is vouched for: anybody can write another's address into the
ids of his own key.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tuimail.crypto import gpg
from tuimail.crypto.passphrase import why_not_given
from tuimail.crypto.secured import Signature, Technique, Verdict
from tuimail.crypto.status import GpgSignature, GpgStatus
from tuimail.crypto.tools import Tools
from tuimail.mime.addresses import parse_addresses
from tuimail.mime.sanitize import one_line

_VERDICTS = {
    "EXPSIG": Verdict.EXPIRED,
    "EXPKEYSIG": Verdict.EXPIRED_KEY,
    "REVKEYSIG": Verdict.REVOKED_KEY,
    "BADSIG": Verdict.BAD,
}
_NO_PUBLIC_KEY = "9"


@dataclass(frozen=True, slots=True)
class Decrypted:
    """What an encrypted message held, or why it stays closed."""

    content: bytes = field(default=b"", repr=False)
    signatures: tuple[Signature, ...] = ()
    fault: str = ""


def verify(octets: bytes, signature: bytes, sender: str, tools: Tools) -> tuple[Signature, ...]:
    """What `signature` says of `octets`; `sender` is the address, in lower case, that the message says it is from.

    Raises:
        ProgramFailed: gpg is missing, did not end in time, or wrote without end.
    """
    return judge(gpg.verify_detached(octets, signature, tools), Technique.PGP, sender, tools)


def verify_clear(octets: bytes, sender: str, tools: Tools) -> Decrypted:
    """The text in a piece of clear-signed armour, and its signatures; no text where none is valid.

    Raises:
        ProgramFailed: as `verify`.
    """
    status, text = gpg.verify_clear(octets, tools)
    signatures = judge(status, Technique.INLINE, sender, tools)
    is_signed = len(status.signatures) == 1 and status.signatures[0].verdict not in {"", "BADSIG"}
    return Decrypted(text if is_signed and status.texts <= 1 else b"", signatures)


def decrypt(octets: bytes, technique: Technique, sender: str, tools: Tools) -> Decrypted:
    """What `octets` hold, and who signed that.

    Raises:
        ProgramFailed: as `verify`.
    """
    status, content = gpg.decrypt(octets, tools)
    if not status.decrypted:
        return Decrypted(fault=_why_closed(status))
    return Decrypted(content, judge(status, technique, sender, tools) if status.signatures else ())


def judge(status: GpgStatus, technique: Technique, sender: str, tools: Tools) -> tuple[Signature, ...]:
    """What each signature is worth; one that says that nothing could be checked, where gpg spoke of none.

    Raises:
        ProgramFailed: as `verify`.
    """
    if not status.signatures:
        return (Signature(Verdict.FAILED, technique, fault="gpg finds no signature in it."),)
    return tuple(_judge_one(one, technique, sender, tools) for one in status.signatures)


def _judge_one(found: GpgSignature, technique: Technique, sender: str, tools: Tools) -> Signature:
    keyword = found.verdict
    key = found.fingerprint or one_line(found.key_id)
    signer = one_line(found.user_id)
    if keyword == "GOODSIG":
        return _judge_signer(found, technique, sender, tools)
    if keyword == "ERRSIG" and found.reason == _NO_PUBLIC_KEY:
        return Signature(Verdict.UNKNOWN_KEY, technique, key=key)
    if keyword == "ERRSIG":
        fault = "gpg does not know how to check a signature of this kind, or does not trust it."
        return Signature(Verdict.FAILED, technique, key=key, fault=fault)
    if keyword in _VERDICTS:
        return Signature(_VERDICTS[keyword], technique, signer, (), key, found.signed_at)
    return Signature(Verdict.FAILED, technique, key=key, fault="gpg's answer is not clear.")


def _judge_signer(found: GpgSignature, technique: Technique, sender: str, tools: Tools) -> Signature:
    ids = gpg.user_ids(found.fingerprint, tools)
    matching = [one for one in ids if sender and sender in addresses_of(one.text)]
    if not matching:
        verdict = Verdict.OTHER_SENDER
    else:
        verdict = Verdict.GOOD if any(one.is_confirmed for one in matching) else Verdict.UNCONFIRMED
    signer = one_line(matching[0].text if matching else found.user_id)
    addresses = tuple(dict.fromkeys(one_line(address) for each in ids for address in addresses_of(each.text)))
    return Signature(verdict, technique, signer, addresses, found.fingerprint, found.signed_at)


def addresses_of(user_id: str) -> tuple[str, ...]:
    """The address of a user id, in lower case: what stands in its last angle brackets, or all of it. One, or none.

    A user id with line breaks or more than one such address speaks for nobody.
    """
    if not user_id.isprintable():
        return ()
    text = user_id.strip()
    if text.endswith(">") and text.count("<") == 1 and text.count(">") == 1:
        text = text[text.index("<") + 1 : -1]
    if text.count("@") != 1 or any(mark in text for mark in ' <>()",;:'):
        return ()
    found = parse_addresses(text.encode())
    return (found[0].address.lower(),) if len(found) == 1 and found[0].address else ()


def _why_closed(status: GpgStatus) -> str:
    if status.unprotected or (status.okay and not status.protected):
        return "It has no protection against changes, so that anybody may have altered it: its text is not shown."
    if status.okay:
        return "gpg's answer is not that of one whole, unchanged message: its text is not shown."
    if "BADMDC" in status.errors:
        return "It was changed on the way: its text is not shown."
    codes = (error.split()[1:2] for error in status.errors)
    if fault := why_not_given(int(word) for words in codes for word in words if word.isdigit()):
        return fault
    if status.missing_keys:
        return "It was encrypted for keys that you do not have: " + ", ".join(map(one_line, status.missing_keys[:4]))
    if not status.began and not status.is_encrypted:
        return "gpg finds nothing encrypted in it."
    return "gpg could not decrypt it."
