"""Whom a connection trusts: TLS contexts from an account's settings (RFC 8314; RFC 9325: TLS 1.2 and up)."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

from tuimail.config.load import fingerprint_octets
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
    if server.ca_file:
        try:
            context = ssl.create_default_context(cafile=server.ca_file)
        except (ssl.SSLError, OSError) as error:
            raise ConfigError(
                f"The CA file {server.ca_file} cannot be used: {error}.", hint="It must hold certificates in PEM form."
            ) from error
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _pinned(fingerprint: bytes, host: str) -> ssl.SSLContext:
    """A context that takes the one certificate with this SHA-256, and looks before a single octet is sent over it."""

    class PinnedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            certificate = self.getpeercert(binary_form=True) or b""
            found = hashlib.sha256(certificate).hexdigest()
            if found != fingerprint.hex():
                error = ssl.SSLCertVerificationError(1, f"the certificate of {host} is not the pinned one")
                error.verify_message = f"it is not the pinned one, but sha256:{found}"
                raise error

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslobject_class = PinnedObject
    return context
