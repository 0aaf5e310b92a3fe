"""S/MIME (RFC 8551): what the signatures of a part are worth, and what an encrypted part holds.

Decrypts by `cryptography` where that knows the algorithms, else by openssl; verifies by openssl, since `cryptography`
does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tuimail.crypto import certificates, openssl, passphrase
from tuimail.crypto.certificates import KeyLocked, OwnKey, Signer
from tuimail.crypto.process import Cancelled
from tuimail.crypto.revocation import standing_of
from tuimail.crypto.secured import Signature, Technique, Verdict
from tuimail.crypto.tools import Tools
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError, ProgramFailed

MAX_TRIES = 3
"""As gpg's agent has it for its own keys."""
NO_KEY = "No S/MIME key is set. Name the file with your certificate and key in crypto.smime_keys."


@dataclass(frozen=True, slots=True)
class SignedContent:
    """What was found out of a signed object; `content` is there where it lay within it."""

    signatures: tuple[Signature, ...]
    content: bytes = field(default=b"", repr=False)


def verify(cms: bytes, content: bytes | None, sender: str, tools: Tools) -> SignedContent:
    """The signatures of `cms`; `sender` is the address, in lower case, that the message says it is from.

    Raises:
        ProgramFailed: openssl is missing, did not end in time, or wrote without end.
    """
    verdict = openssl.verify(cms, content, tools)
    if not verdict.fits:
        inner = b"" if content is not None else openssl.unwrap(cms, tools)
        return SignedContent((Signature(Verdict.BAD, Technique.SMIME),), inner)
    signers = certificates.signers_in(verdict.signers)
    found = tuple(_judge(signer, sender, tools, is_trusted=verdict.is_trusted) for signer in signers)
    unnamed = (Signature(Verdict.FAILED, Technique.SMIME, fault="The signer's certificate cannot be read."),)
    return SignedContent(found or unnamed, b"" if content is not None else verdict.content)


def _judge(signer: Signer, sender: str, tools: Tools, *, is_trusted: bool) -> Signature:
    now = certificates.now()
    standing = standing_of(signer, tools.smime_crls, now)
    if standing.is_revoked:
        verdict = Verdict.REVOKED_KEY
    elif not signer.holds(now):
        verdict = Verdict.EXPIRED_KEY
    elif not sender or sender not in signer.addresses:
        verdict = Verdict.OTHER_SENDER
    else:
        verdict = Verdict.GOOD if is_trusted else Verdict.UNCONFIRMED
    addresses = tuple(one_line(address) for address in signer.addresses)
    return Signature(
        verdict,
        Technique.SMIME,
        one_line(signer.name),
        addresses,
        signer.key,
        revocation_as_of=standing.as_of,
        revocation_fault=standing.fault,
    )


def decrypt(cms: bytes, tools: Tools) -> tuple[bytes, str]:
    """What an encrypted object holds, and nothing; or nothing, and why.

    Raises:
        ProgramFailed: openssl, where it is needed, is missing, did not end in time, or wrote without end.
    """
    faults = [] if tools.smime_keys else [NO_KEY]
    for own in _own_keys(tools, faults):
        if opened := _by_library(cms, own) or _by_program(cms, own, tools):
            return opened, ""
    return b"", faults[0] if faults else "It was encrypted for none of your S/MIME keys."


def _own_keys(tools: Tools, faults: list[str]) -> Iterator[OwnKey]:
    """Those that can be used; those last that a person has to be asked about."""
    locked = []
    for name in tools.smime_keys:
        try:
            yield certificates.load_own_key(name)
        except KeyLocked:
            locked.append(name)
        except ConfigError as error:
            faults.append(one_line(str(error)))
    for name in locked:
        try:
            yield _unlocked(name, tools)
        except Cancelled:
            raise
        except (ConfigError, ProgramFailed) as error:
            faults.append(one_line(str(error)))


def _unlocked(name: str, tools: Tools) -> OwnKey:
    complaint = ""
    for _ in range(MAX_TRIES):
        secret = passphrase.ask(name, tools, complaint=complaint)
        try:
            return certificates.load_own_key(name, secret)
        except KeyLocked:
            passphrase.forget(name, tools)
            complaint = "That was not it. Please try again."
    raise ProgramFailed("The passphrase was wrong.")


def _by_library(cms: bytes, own: OwnKey) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import pkcs7

    if not isinstance(own.key, RSAPrivateKey):
        return b""
    try:
        return pkcs7.pkcs7_decrypt_der(cms, own.certificate, own.key, [pkcs7.PKCS7Options.Binary])
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return b""


def _by_program(cms: bytes, own: OwnKey, tools: Tools) -> bytes:
    key, certificate = own.pem()
    return openssl.decrypt(cms, key, certificate, tools)
