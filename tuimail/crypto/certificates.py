"""Certificates and keys of S/MIME: whose they are, whether they still hold, and the user's own from files.

Says nothing of trust: that is asked of the system's authorities (see `openssl`).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

MAX_FILE_OCTETS = 1 << 20
"""A key and a chain of certificates have some KB."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who a certificate is about: `addresses` in lower case (RFC 8550, section 3), `key` the SHA-256 of it all."""

    name: str
    addresses: tuple[str, ...]
    key: str
    begins_at: datetime
    ends_at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is within its time."""
        return self.begins_at <= now <= self.ends_at


@dataclass(frozen=True, slots=True)
class OwnKey:
    """The user's certificate with its private key."""

    certificate: x509.Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)

    def pem(self) -> tuple[bytes, bytes]:
        """Key and certificate, for a program's pipes."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key, self.certificate.public_bytes(Encoding.PEM)


def signers_in(pem: bytes) -> tuple[Signer, ...]:
    """Those whose certificates stand in `pem`; none where they cannot be read."""
    from cryptography import x509

    try:
        return tuple(_signer(certificate) for certificate in x509.load_pem_x509_certificates(pem)) if pem else ()
    except ValueError:
        return ()


def _signer(certificate: x509.Certificate) -> Signer:
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return Signer(
        name=names[0] if names else certificate.subject.rfc4514_string(),
        addresses=_addresses(certificate),
        key=certificate.fingerprint(hashes.SHA256()).hex().upper(),
        begins_at=certificate.not_valid_before_utc,
        ends_at=certificate.not_valid_after_utc,
    )


def _addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = list(names.get_values_for_type(x509.RFC822Name))
    except (x509.ExtensionNotFound, ValueError):
        found = []
    # Older certificates have the address in the subject alone.
    found = found or [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
    return tuple(address.lower() for address in found)


def load_own_key(name: str) -> OwnKey:
    """The certificate and key in a file that only its owner may read: PEM, or PKCS #12 without a passphrase.

    `name` is absolute, or begins with "~".

    Raises:
        ConfigError: it is not there, others can read it, or it holds no such pair.
    """
    path = _absolute(name)
    where = f"The S/MIME key {path}"
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            octets = file.read(MAX_FILE_OCTETS)
    except OSError as error:
        raise ConfigError(f"{where} cannot be read: {error.strerror}.", hint="Correct crypto.smime_keys.") from error
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise ConfigError(f"{where} can be read by others.", hint=f"Run: chmod 600 {path}")
    pair = _pair(octets)
    if pair is None:
        raise ConfigError(
            f"{where} holds no key with its certificate that can be read without a passphrase.",
            hint="Make a file of both: openssl pkcs12 -in KEY.p12 -nodes -out KEY.pem, and chmod 600 KEY.pem.",
        )
    return pair


def _absolute(name: str) -> Path:
    try:
        path = Path(name).expanduser()
    except RuntimeError:  # "~" and a name that is nobody's
        path = Path(name)
    if not path.is_absolute() or "\0" in name:
        raise ConfigError(f"The S/MIME key {name} has no full path.", hint="Let it begin with / or ~/.")
    return path


def _pair(octets: bytes) -> OwnKey | None:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

    try:
        if b"-----BEGIN" in octets:
            key: object = load_pem_private_key(octets, None)
            certificates = x509.load_pem_x509_certificates(octets)
        else:
            key, certificate, _ = pkcs12.load_key_and_certificates(octets, None)
            certificates = [] if certificate is None else [certificate]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        return None
    for certificate in certificates:
        if certificate.public_key() == key.public_key():
            return OwnKey(certificate, key)
    return None


def now() -> datetime:
    """The present."""
    return datetime.now(UTC)
