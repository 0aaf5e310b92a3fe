"""An authenticated IMAP connection as the engine sees it: typed verbs, events, one error for each way to end.

    session = await open_session("imap.example.org", 993, Security.TLS, Credentials("ada", secret), tls_context=None)
    await session.enable("QRESYNC")
    async for rows in session.fetch("1:*", FetchItems.METADATA): …

Verbs may be called by several tasks at once: commands go out in the order of the calls without waiting for replies.
Knows nothing of the store. After any ConnectionLost, TimedOut or ProtocolError the session is over; open a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import Callable

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.connect import Timeouts, ask_capabilities, open_client
from tuimail.imap.idle import Idle
from tuimail.imap.link import Link, Trace
from tuimail.imap.mailbox_verbs import MailboxVerbs
from tuimail.imap.message_verbs import MessageVerbs
from tuimail.imap.notify import ask_for_notifications
from tuimail.imap.responses import Event, MailboxStatus
from tuimail.imap.scheduler import Request, WireCounters
from tuimail.imap.tokens import Limits
from tuimail.imap.wire import WireClient
from tuimail.model.errors import ConnectionLost, ServerRefused, TuimailError
from tuimail.model.server import Credentials, Security

__all__ = ["ImapSession", "Limits", "Timeouts", "Trace", "open_session"]
_DEFAULT_TIMEOUTS = Timeouts()
_DEFAULT_LIMITS = Limits()


async def open_session(
    host: str,
    port: int,
    security: Security,
    credentials: Credentials,
    *,
    tls_context: ssl.SSLContext | None,
    timeouts: Timeouts = _DEFAULT_TIMEOUTS,
    limits: Limits = _DEFAULT_LIMITS,
    trace: Trace | None = None,
    on_event: Callable[[Event], None] | None = None,
    allow_cleartext: bool = False,
) -> ImapSession:
    """Connect, secure, log in.

    `tls_context` None: the default context. `trace(direction, line)` gets each line ("C" or "S") without secrets and
    literals. `on_event` gets all that the server tells unasked. `allow_cleartext`: a password may leave this machine
    with `Security.NONE`.

    Raises:
        ConnectionLost: no connection, a bad certificate, no TLS where it is required; `TimedOut`: no answer.
        AuthError: the server refused the log-in, or allows none here.
        ConfigError: the password would leave this machine in clear text, and nobody allowed that.
        CertificateChanged: the server shows another certificate than the pinned one.
        ProtocolError: what answers is no IMAP server.
    """
    client = await open_client(
        host,
        port,
        security,
        credentials,
        tls_context=tls_context,
        timeouts=timeouts,
        limits=limits,
        trace=trace,
        allow_cleartext=allow_cleartext,
    )
    session = ImapSession(client, timeouts)
    if on_event is not None:
        client.protocol.link.router.listeners.append(on_event)
    return session


class ImapSession(MailboxVerbs, MessageVerbs):
    """One connection. `client` is aioimaplib's public API on the same connection.

    `closed` is a future whose result is the error that ended the connection.
    """

    def __init__(self, client: WireClient, timeouts: Timeouts) -> None:
        self.client = client
        self.link: Link = client.protocol.link
        self.server_id: dict[str, str] = {}
        self._timeouts = timeouts

    @property
    def capabilities_offered(self) -> Capabilities:
        """What the server offers now, with what it fails at."""
        return self.link.router.capabilities or Capabilities()

    def blame(self, name: str, words: str) -> None:
        """The server offers the extension `name` and has failed at it, in these words: it is not used from now on."""
        self.link.faults.blame(name, words)

    @property
    def counters(self) -> WireCounters:
        """Octets, commands and round trips so far."""
        return self.link.scheduler.counters

    @property
    def closed(self) -> asyncio.Future[TuimailError]:
        """Done when the connection is over; the result says why."""
        return self.link.closed

    def idle(self, *, renew_s: float | None = None, collect: bool = True) -> Idle:
        """Wait for news of the selected mailbox; see `Idle`. `renew_s` overrides `Timeouts.idle_renew_s`.

        `collect` false: for one who takes the events from the session's `on_event`, and does not iterate.

        Raises:
            ServerRefused: IDLE is not offered.
        """
        if not self.capabilities.has("IDLE"):
            raise ServerRefused(f"{self.link.peer} does not offer IDLE.", kind="NO", code="CANNOT")
        return Idle(self.link, self._timeouts.idle_renew_s if renew_s is None else renew_s, collect=collect)

    async def notify(self) -> list[MailboxStatus]:
        """Be told of changes in all mailboxes from now on; see `ask_for_notifications`.

        Raises:
            ServerRefused: NOTIFY is not offered, or refused.
        """
        if not self.capabilities.has("NOTIFY"):
            raise ServerRefused(f"{self.link.peer} does not offer NOTIFY.", kind="NO", code="CANNOT")
        return await ask_for_notifications(self.link)

    async def compress(self) -> bool:
        """Turn on COMPRESS=DEFLATE (RFC 4978) if it is offered; tell whether it is on now.

        A server that refuses what it offers is not asked again.
        """
        if self.link.is_compressed or not self.capabilities.has("COMPRESS=DEFLATE"):
            return self.link.is_compressed
        try:
            await self.link.compress()
        except ServerRefused as error:
            self.blame("COMPRESS=DEFLATE", f"COMPRESS: {error.kind} {error.text}")
        return self.link.is_compressed

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine: what goes over the wire costs next to nothing then."""
        transport = self.link.transport
        address = transport.get_extra_info("peername") if transport is not None else None
        try:
            return not address or ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
        except ValueError:
            return True

    async def refresh_capabilities(self) -> None:
        """Ask for the capabilities again."""
        self.link.router.capabilities = None
        await ask_capabilities(self.link)

    async def logout(self) -> None:
        """LOGOUT and close; never fails, for the connection is over either way.

        The server's farewell says nothing that is worth a round trip, so it is waited for only behind other commands.
        """
        if not self.closed.done():
            is_quiet = not self.link.scheduler.in_flight
            farewell = self.link.submit(Request("LOGOUT", (b"LOGOUT",), alone_after=True))
            if not is_quiet:
                with contextlib.suppress(ConnectionLost):
                    await farewell
        self.link.fail(ConnectionLost(f"Logged out of {self.link.peer}."))

    def abort(self) -> None:
        """Close at once, without a word to the server."""
        self.link.fail(ConnectionLost(f"The connection to {self.link.peer} was closed by us."))
