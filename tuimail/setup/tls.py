"""Whom a connection trusts: TLS contexts from an account's settings (RFC 8314; RFC 9325: TLS 1.2 and up).

    tls_fingerprint ─► that one certificate      ca_file ─► that authority      neither ─► the system's store

The contexts serve asyncio and blocking sockets alike. A context that refuses a certificate for a reason of its own
raises `ssl.SSLCertVerificationError` with a `TuimailError` as its cause, which is the one to show.
"""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

from tuimail.config.load import fingerprint_octets
from tuimail.model.certificate import certificate_changed
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from tuimail.config.schema import Server


def tls_context(server: Server) -> ssl.SSLContext:
    """How certificates are checked: a pinned fingerprint, a CA file, or the system's own store; TLS 1.2 and up.

    Raises:
        ConfigError: the CA file is none.
    """
    if server.tls_fingerprint:
        return _pinned(fingerprint_octets(server.tls_fingerprint) or b"", server.host)
    context = _of_file(server.ca_file) if server.ca_file else system_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def system_context() -> ssl.SSLContext:
    """The context that trusts what this machine trusts."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def unchecked_context() -> ssl.SSLContext:
    """A context that takes any certificate: to look at it, and to send nothing that matters."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def fingerprint_of(der: bytes) -> str:
    """The SHA-256 of a certificate, as `tls_fingerprint` has it."""
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def _of_file(ca_file: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Whoever names one certificate of a chain trusts what is below it, also where its own signer is not named.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cafile=ca_file)
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(
            f"The CA file {ca_file} cannot be used: {error}.", hint="It must hold certificates in PEM form."
        ) from error
    return context


def _pinned(fingerprint: bytes, host: str) -> ssl.SSLContext:
    """A context that takes the one certificate with this SHA-256, and looks before a single octet is sent over it."""

    def look(der: bytes | None) -> None:
        found = fingerprint_of(der or b"")
        if found != f"sha256:{fingerprint.hex()}":
            error = ssl.SSLCertVerificationError(1, f"the certificate of {host} is not the pinned one")
            error.verify_code, error.verify_message = 0, f"it is not the pinned one, but {found}"
            raise error from certificate_changed(host, found, f"sha256:{fingerprint.hex()}")

    class PinnedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            look(self.getpeercert(binary_form=True))

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            look(self.getpeercert(binary_form=True))

    context = unchecked_context()
    context.sslobject_class = PinnedObject
    context.sslsocket_class = PinnedSocket
    return context
