"""From an account's configuration to a session that is logged in; compressed where much is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.config import schema
from tuimail.engine.context import EngineContext
from tuimail.imap.session import ImapSession, open_session
from tuimail.model.errors import ConfigError
from tuimail.model.server import Credentials, Security
from tuimail.setup.login import enter
from tuimail.setup.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuimail.imap.responses import Event

WORTH_COMPRESSING_OCTETS = 128 << 10
"""Headers and flags shrink to a seventh, bodies to a third: from here on that is more than a round trip."""


async def connect_imap(
    context: EngineContext, account: str, *, on_event: Callable[[Event], None] | None = None
) -> ImapSession:
    """A session of the account, logged in.

    Raises:
        ConfigError: the account has no IMAP server, or asks for what we cannot do.
        AuthError: there is no secret, or the server refused it.
        ConnectionLost: the server cannot be reached or trusted.
        CertificateChanged: it shows another certificate than the pinned one.
    """
    server = imap_server(context.config, account)

    async def open_with(credentials: Credentials) -> ImapSession:
        trace = context.trace.connection(account, server.username, credentials.secret)
        session = await open_session(
            server.host,
            server.port,
            server.security,
            credentials,
            tls_context=None if server.security is Security.NONE else tls_context(server),
            trace=trace.trace,
            on_event=on_event,
            allow_cleartext=server.allow_cleartext,
        )
        trace.follow(session.link)
        return session

    return await enter(account, server, context.secret_of, open_with)


async def ease(session: ImapSession, expected_octets: int) -> None:
    """Compress the connection where so much is to come over a network that the round trip for it is won back."""
    if expected_octets >= WORTH_COMPRESSING_OCTETS and not session.is_local:
        await session.compress()


def imap_server(config: schema.Config, account: str) -> schema.ImapServer:
    """The IMAP server of the account.

    Raises:
        ConfigError: it has none.
    """
    server = config.accounts[account].imap
    if server is None:
        raise ConfigError(
            f"Account {account} is a POP3 account: it has no IMAP server.", hint=f"Add [accounts.{account}.imap]."
        )
    return server


def host_of(config: schema.Config, account: str) -> str:
    """The host of the account's IMAP server, "" if it has none."""
    server = config.accounts[account].imap if account in config.accounts else None
    return "" if server is None else server.host
