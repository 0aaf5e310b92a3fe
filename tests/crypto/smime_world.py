"""Certificates for S/MIME made for the tests, and messages signed and encrypted with them by openssl."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass
class Identity:
    certificate: x509.Certificate
    key: Key
    path: Path
    """PEM of both."""

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@dataclass
class SmimeWorld:
    """`environment` makes openssl trust `authority` and nobody else."""

    directory: Path
    authority: Identity
    ada: Identity
    expired: Identity
    unknown: Identity
    me: Identity

    @property
    def environment(self) -> dict[str, str]:
        return {"SSL_CERT_FILE": str(self.directory / "authority.pem"), "SSL_CERT_DIR": "/nonexistent"}

    def sign(self, octets: bytes, *who: Identity, opaque: bool = False) -> bytes:
        """DER: detached, unless the content is to lie within."""
        signers = [word for one in who for word in ("-signer", str(one.path))]
        how = ["-nodetach"] if opaque else []
        return _openssl("cms", "-sign", "-binary", "-outform", "DER", *signers, *how, octets=octets)

    def encrypt(self, octets: bytes, cipher: str = "-aes-256-cbc", to: Identity | None = None) -> bytes:
        path = str((to or self.me).path)
        return _openssl("cms", "-encrypt", "-binary", "-outform", "DER", cipher, path, octets=octets)

    def revocations(self, *who: Identity, by: Identity | None = None, days: tuple[int, int] = (-1, 30)) -> bytes:
        """The list, in DER, of what `by` (else the authority) has revoked."""
        issuer, now = by or self.authority, datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now + timedelta(days=days[0]))
            .next_update(now + timedelta(days=days[1]))
        )
        for one in who:
            entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number).revocation_date(now)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def make_world(directory: Path) -> SmimeWorld:
    authority = _issued(directory, "authority", None, "", (-1, 30))
    (directory / "authority.pem").write_bytes(authority.pem)
    other = _issued(directory, "other", None, "", (-1, 30))
    return SmimeWorld(
        directory,
        authority,
        _issued(directory, "Ada Example", authority, "Ada@Example.org", (-1, 30)),
        _issued(directory, "Olga Old", authority, "olga@example.org", (-20, -10)),
        _issued(directory, "Ada Unknown", other, "ada@example.org", (-1, 30)),
        _issued(
            directory, "Mia Reader", authority, "mia@example.com", (-1, 30), key=rsa.generate_private_key(65537, 2048)
        ),
    )


def _issued(
    directory: Path, name: str, by: Identity | None, address: str, days: tuple[int, int], key: Key | None = None
) -> Identity:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if by is not None:
        names = x509.SubjectAlternativeName([x509.RFC822Name(address)])
        builder = builder.add_extension(names, critical=False).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    certificate = builder.sign(key if by is None else by.key, hashes.SHA256())
    path = directory / f"{name.replace(' ', '-')}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    path.chmod(0o600)
    return Identity(certificate, key, path)


def _openssl(*arguments: str, octets: bytes) -> bytes:
    ran = subprocess.run(["openssl", *arguments], input=octets, capture_output=True, check=False, env=os.environ)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout
