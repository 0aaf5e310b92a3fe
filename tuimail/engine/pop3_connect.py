"""From a POP3 account's configuration to a session that is logged in, and its place in the wire log."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import EngineContext
from tuimail.engine.pop3_thread import Pop3Thread
from tuimail.engine.pop3_trace import Pop3Trace
from tuimail.model.errors import ConfigError, TuimailError
from tuimail.model.server import Credentials, Security
from tuimail.pop3.session import Pop3Session, open_pop3
from tuimail.setup.login import enter
from tuimail.setup.tls import tls_context

if TYPE_CHECKING:
    from tuimail.config.schema import Config, Pop3Server


SILENCE_S = 90.0
"""A server that scans a large maildrop, or a message for viruses, says nothing meanwhile."""


@contextlib.asynccontextmanager
async def pop3_session(context: EngineContext, account: str, thread: Pop3Thread) -> AsyncIterator[Pop3Session]:
    """A session of the account, logged in, for as long as the context lasts; all that it does is done in `thread`.

    At the end it is closed, without QUIT if that was not sent: nothing is deleted then.

    Raises:
        ConfigError: the account has no POP3 server, or asks for what we cannot do.
        AuthError: there is no secret, or the server refused it.
        ConnectionLost: the server cannot be reached or trusted.
        CertificateChanged: it shows another certificate than the pinned one.
    """
    server = pop3_server(context.config, account)

    async def open_with(credentials: Credentials) -> tuple[Pop3Session, Pop3Trace]:
        log = Pop3Trace(context.trace, account, credentials.username, credentials.secret)
        opening = partial(
            open_pop3,
            server.host,
            server.port,
            server.security,
            credentials,
            tls_context=None if server.security is Security.NONE else tls_context(server),
            silence_s=SILENCE_S,
            trace=log.trace,
            lifeline=thread.lifeline,
            allow_cleartext=server.allow_cleartext,
        )
        session = await thread.run(opening)
        log.follow(session)
        return session, log

    session, log = await enter(account, server, context.secret_of, open_with)
    try:
        yield session
    except TuimailError as error:
        log.end(str(error))
        raise
    finally:
        log.end()
        await thread.run(session.close)


def pop3_server(config: Config, account: str) -> Pop3Server:
    """The POP3 server of the account.

    Raises:
        ConfigError: it has none.
    """
    server = config.accounts[account].pop3
    if server is None:
        raise ConfigError(f"Account {account} has no POP3 server.", hint=f"Add a table [accounts.{account}.pop3].")
    return server
