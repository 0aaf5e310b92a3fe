"""From an account's configuration to a session that is logged in: secret, TLS, log-in."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from typing import TYPE_CHECKING

from tuimail.config import schema
from tuimail.config.load import fingerprint_octets
from tuimail.config.logs import keep_out
from tuimail.engine.context import EngineContext
from tuimail.imap.connect import Credentials, Security
from tuimail.imap.session import ImapSession, open_session
from tuimail.model.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuimail.imap.responses import Event


def tls_context(server: schema.Server) -> ssl.SSLContext:
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


async def connect_imap(
    context: EngineContext, account: str, *, on_event: Callable[[Event], None] | None = None
) -> ImapSession:
    """A session of the account, logged in.

    Raises:
        ConfigError: the account has no IMAP server, or asks for what we cannot do.
        AuthError: there is no secret, or the server refused it.
        ConnectionLost: the server cannot be reached or trusted.
    """
    server = imap_server(context.config, account)
    if server.auth is not schema.AuthMethod.PASSWORD:
        raise ConfigError(f'Account {account} asks for auth = "{server.auth}", which this version does not offer.')
    # A password manager may ask its owner first: the other accounts go on meanwhile.
    secret = await asyncio.to_thread(context.secret_of, account, server)
    keep_out(secret.value)
    trace = context.trace.connection(account, server.username, secret.value)
    try:
        session = await open_session(
            server.host,
            server.port,
            Security(server.security.value),
            Credentials(server.username, secret.value),
            tls_context=None if server.security is schema.Security.NONE else tls_context(server),
            trace=trace.trace,
            on_event=on_event,
        )
    except AuthError as error:
        raise AuthError(
            f"Account {account}: {error.message} (password from: {secret.source})", hint=error.hint
        ) from None
    trace.follow(session.link)
    return session


def imap_server(config: schema.Config, account: str) -> schema.ImapServer:
    """The IMAP server of the account.

    Raises:
        ConfigError: it has none.
    """
    server = config.accounts[account].imap
    if server is None:
        raise ConfigError(
            f"Account {account} is a POP3 account, which this version cannot sync.", hint="Use its IMAP server."
        )
    return server


def host_of(config: schema.Config, account: str) -> str:
    """The host of the account's IMAP server, "" if it has none."""
    server = config.accounts[account].imap if account in config.accounts else None
    return "" if server is None else server.host
