"""The log-in that setting an account up ends with: once in, a look at the inbox, and out again. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.config.schema import ImapServer, Pop3Server
from tuimail.imap.session import Timeouts, open_session
from tuimail.model.errors import ServerRefused
from tuimail.model.server import Credentials, Security
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.tls import tls_context

if TYPE_CHECKING:
    import ssl

_TIMEOUTS = Timeouts(connect_s=15.0, silence_s=20.0)


@dataclass(frozen=True, slots=True)
class Entered:
    """The server let us in; `messages` is how many lie in the inbox, None where it would not say."""

    messages: int | None


async def enter_once(server: ImapServer | Pop3Server, credentials: Credentials) -> Entered:
    """Log in to `server` and out again.

    Raises:
        AuthError: it refused the log-in, or takes none.
        ConnectionLost: it cannot be reached or trusted.
        ProtocolError, ConfigError: see `open_session` and `open_pop3`.
    """
    context = None if server.security is Security.NONE else tls_context(server)
    if isinstance(server, Pop3Server):
        return await in_daemon_thread(lambda: _enter_pop3(server, credentials, context), f"log in to {server.host}")
    session = await open_session(
        server.host,
        server.port,
        server.security,
        credentials,
        tls_context=context,
        timeouts=_TIMEOUTS,
        allow_cleartext=server.allow_cleartext,
    )
    try:
        status = await session.status("INBOX")
    except ServerRefused:
        # A mailbox that cannot be looked at is no reason to doubt the log-in.
        return Entered(None)
    finally:
        await session.logout()
    return Entered(status.messages)


def _enter_pop3(server: Pop3Server, credentials: Credentials, context: ssl.SSLContext | None) -> Entered:
    from tuimail.pop3.session import open_pop3

    session = open_pop3(
        server.host,
        server.port,
        server.security,
        credentials,
        tls_context=context,
        timeout_s=_TIMEOUTS.connect_s,
        allow_cleartext=server.allow_cleartext,
    )
    try:
        count, _octets = session.stat()
        session.quit()
    finally:
        session.close()
    return Entered(count)
