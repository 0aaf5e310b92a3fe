"""What is known of locks and signatures, in plain words: one notice each, with what to do in its detail. Pure.

Only a signature that is good, and of the whole message, makes a "good" notice. Whatever a key or a message says of
itself stands in quotation marks, and is cut. What speaks against a signature stands first: a low preview cuts lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tuimail.crypto.secured import Lock, Mismatch, Reach, Secured, SecuredPart, Signature, Technique, Verdict
from tuimail.mime.sanitize import one_line
from tuimail.mime.view import Notice

MAX_QUOTED = 100
"""Characters of a name or subject in a notice; a longer one would push the rest out of sight."""
MAX_NOTICES = 12
"""A message is read for its text."""

_NOT_ASKED = (
    "Whether it was revoked was not checked: none of crypto.smime_crls is a list of its issuer's, and nobody was asked,"
    " for that would tell that you have read this message."
)


def notices(secured: Secured, *, how_to_open: str = "") -> tuple[Notice, ...]:
    """What is to be said above the body. `how_to_open`: a sentence that names the key or command which decrypts."""
    found: list[Notice] = []
    for part in secured.parts:
        for layer in part.layers:
            found += _of_layer(part, layer, how_to_open)
    found += map(_of_mismatch, secured.mismatches)
    if secured.subject:
        found.append(Notice("note", f"The subject, which was encrypted: {_quoted(secured.subject)}"))
    return tuple(found[:MAX_NOTICES])


def _of_layer(part: SecuredPart, layer: SecuredPart, how_to_open: str) -> Iterator[Notice]:
    is_whole = part.reach is Reach.WHOLE
    what = "This message" if is_whole else f"Part {part.section}"
    if layer.lock is not Lock.NONE:
        yield _of_lock(what, layer, how_to_open)
    elif layer.fault:
        yield Notice("warning", f"{what} cannot be read. {layer.fault}")
    for signature in layer.signatures:
        yield _of_signature(signature, "" if is_whole else part.section)


def _of_lock(what: str, layer: SecuredPart, how_to_open: str) -> Notice:
    by = f"({layer.technique.value})"
    if layer.lock is Lock.CLOSED:
        return Notice("note", f"{what} is encrypted {by}. {how_to_open}".rstrip())
    if layer.lock is Lock.BARRED:
        return Notice("note", f"{what} is encrypted {by}, within another part, and is not opened.", (layer.fault,))
    if layer.lock is Lock.FAILED:
        return Notice("warning", f"{what} is encrypted {by} and stays closed. {layer.fault}".rstrip())
    is_signed = bool(layer.signatures) or any(inner.signatures for inner in layer.layers)
    unsigned = "" if is_signed else " It is not signed: nothing proves who wrote it."
    changeable = () if layer.is_authentic else ("This way of encrypting does not show whether it was changed since.",)
    return Notice("note", f"{what} was encrypted {by}.{unsigned}", changeable)


def _of_signature(found: Signature, section: str) -> Notice:
    kind, text, advice = _judged(found)
    if section and kind == "good":
        kind = "note"
    if section:
        text = f"Only part {section} is signed, not the whole message. {text}"
    detail = [f"Way of signing: {found.technique.value}"]
    if found.key:
        detail.append(f"Key: {_grouped(found.key)}")
    if found.signed_at is not None:
        detail.append(f"Signed at: {found.signed_at:%Y-%m-%d %H:%M} UTC, as the signature says")
    if found.addresses:
        detail.append(f"The key speaks for: {', '.join(found.addresses[:5])}")
    if found.technique is Technique.SMIME and found.key:
        detail.append(_revocation(found))
    return Notice(kind, text, (*detail, *advice))


def _revocation(found: Signature) -> str:
    if found.revocation_as_of is None:
        return f"{_NOT_ASKED} {found.revocation_fault}".rstrip()
    state = "Revoked" if found.verdict is Verdict.REVOKED_KEY else "Not revoked"
    return f"{state}, by its issuer's list of {found.revocation_as_of:%Y-%m-%d}"


def _judged(found: Signature) -> tuple[Literal["warning", "note", "good"], str, tuple[str, ...]]:
    who = _quoted(found.signer) if found.signer else "somebody"
    is_smime = found.technique is Technique.SMIME
    thing = "certificate" if is_smime else "key"
    match found.verdict:
        case Verdict.GOOD:
            return "good", f"Signed by {who} ({found.technique.value}).", ()
        case Verdict.UNCONFIRMED:
            text = f"Not confirmed: signed with a {thing} that says it is of {who}; nobody whom you trust says so."
            return "note", text, _how_to_confirm(found, is_smime=is_smime)
        case Verdict.OTHER_SENDER:
            return "warning", f"Signed by another than the sender: {who}.", ()
        case Verdict.EXPIRED:
            return "warning", f"Expired: the signature of {who}.", ("Ask whether it still holds.",)
        case Verdict.EXPIRED_KEY:
            advice = f"Get the renewed {thing} from its owner, then open the message again."
            return "warning", f"Signed with an expired {thing}, or one that is not valid yet: that of {who}.", (advice,)
        case Verdict.REVOKED_KEY:
            advice = "Somebody else may have the key: ask by another way whether the message is genuine."
            return "warning", f"Signed with a revoked {thing}, that of {who}.", (advice,)
        case Verdict.UNKNOWN_KEY:
            advice = "Get it from the sender (gpg --import FILE), or look for it (gpg --locate-keys ADDRESS)."
            return "note", f"Not checked: signed with a {thing} that you do not have.", (advice,)
        case Verdict.BAD:
            return "warning", "The signature does not fit: the text was changed since, or never signed.", ()
    return "warning", f"The signature could not be checked. {found.fault}".rstrip(), ()


def _how_to_confirm(found: Signature, *, is_smime: bool) -> tuple[str, ...]:
    if is_smime:
        return ("No authority of this system vouches for the certificate.",)
    return (
        "Compare the key's fingerprint with its owner, by telephone or in person.",
        f"Then confirm it for yourself: gpg --lsign-key {found.key}",
    )


def _of_mismatch(found: Mismatch) -> Notice:
    text = f"{found.name} says {_quoted(found.outside)} outside, but {_quoted(found.inside)} in what is protected."
    # Lists write their name before the subject; what the author wrote is still there.
    is_prefix = found.name == "Subject" and bool(found.inside) and found.outside.endswith(found.inside)
    return Notice("note" if is_prefix or found.name == "Date" else "warning", text)


def _quoted(text: str) -> str:
    plain = one_line(text).replace("“", "'").replace("”", "'")
    return f"“{plain if len(plain) <= MAX_QUOTED else plain[: MAX_QUOTED - 1] + '…'}”"


def _grouped(key: str) -> str:
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
