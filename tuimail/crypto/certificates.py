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

MAX_FILE_OCTETS = 32 << 20
"""A key and a chain of certificates have some KB, a list of what a large authority has revoked some MB."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who a certificate is about: `addresses` in lower case (RFC 8550, section 3), `key` the SHA-256 of it all.

    `issuer` (its name in DER) has given it the number `serial`.
    """

    name: str
    addresses: tuple[str, ...]
    key: str
    begins_at: datetime
    ends_at: datetime
    issuer: bytes = b""
    serial: int = 0

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
        issuer=certificate.issuer.public_bytes(),
        serial=certificate.serial_number,
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


class KeyLocked(ConfigError):
    """The key is protected by a passphrase, by another one than was given."""


def load_own_key(name: str, passphrase: bytes | None = None) -> OwnKey:
    """The certificate and key in a file that only its owner may read: PEM, or PKCS #12.

    `name` is absolute, or begins with "~".

    Raises:
        KeyLocked: it needs a passphrase.
        ConfigError: it is not there, others can read it, or it holds no such pair.
    """
    path = absolute(name, "The S/MIME key")
    where = f"The S/MIME key {path}"
    octets, mode = read_some(path, where, "crypto.smime_keys")
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"{where} can be read by others.", hint=f"Run: chmod 600 {path}")
    pair = _pair(octets, passphrase)
    if pair is not None:
        return pair
    # Of PKCS #12 nobody can tell a wrong passphrase from damage.
    if b"ENCRYPTED" in octets or octets.startswith(b"\x30"):
        raise KeyLocked(f"{where} cannot be read without its passphrase.", hint="Let gpg's agent ask for it.")
    raise ConfigError(
        f"{where} holds no key with its certificate.",
        hint="Make a file of both: openssl pkcs12 -in KEY.p12 -out KEY.pem, and chmod 600 KEY.pem.",
    )


def absolute(name: str, what: str) -> Path:
    """The path that `name` of the configuration means; `what` it is, for people.

    Raises:
        ConfigError: it has no full path.
    """
    try:
        path = Path(name).expanduser()
    except RuntimeError:  # "~" and a name that is nobody's
        path = Path(name)
    if not path.is_absolute() or "\0" in name:
        raise ConfigError(f"{what} {name} has no full path.", hint="Let it begin with / or ~/.")
    return path


def read_some(path: Path, where: str, setting: str) -> tuple[bytes, int]:
    """The first octets of a file that `setting` names, and its mode.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_OCTETS), os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise ConfigError(f"{where} cannot be read: {error.strerror}.", hint=f"Correct {setting}.") from error


def _pair(octets: bytes, passphrase: bytes | None) -> OwnKey | None:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

    try:
        if b"-----BEGIN" in octets:
            key: object = load_pem_private_key(octets, passphrase)
            certificates = x509.load_pem_x509_certificates(octets)
        else:
            key, certificate, _ = pkcs12.load_key_and_certificates(octets, passphrase)
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
