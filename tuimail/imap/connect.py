"""From a host name to an authenticated connection: TCP, TLS, greeting, STARTTLS, log-in; each failure in one sentence.

    TCP [+ TLS] ─► greeting ─► [STARTTLS ─► CAPABILITY] ─► log-in (see `login`) ─► capabilities

Nothing secret is sent before the connection has the security that was asked for (RFC 9051, section 11).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.link import Link, Trace
from tuimail.imap.login import log_in
from tuimail.imap.responses import NamesData, Status
from tuimail.imap.scheduler import Request
from tuimail.imap.tokens import Limits
from tuimail.imap.wire import WireClient
from tuimail.model.certificate import certificate_refused, handshake_failed
from tuimail.model.errors import ConfigError, ConnectionLost, ProtocolError, TimedOut, TuimailError
from tuimail.model.server import CLEAR_TEXT_HINT, Credentials, Security, clear_text_refusal, is_loopback_address

_PROBE_S = 3.0
ENTER_S = 180.0
"""From the greeting to the end of the log-in: silence has an end of its own, and chatter must have one too."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect and be greeted; of silence while an answer is due; after which IDLE is renewed."""

    connect_s: float = 15.0
    silence_s: float = 50.0
    idle_renew_s: float = 25 * 60


async def open_client(
    host: str,
    port: int,
    security: Security,
    credentials: Credentials,
    *,
    tls_context: ssl.SSLContext | None,
    timeouts: Timeouts,
    limits: Limits,
    trace: Trace | None,
    allow_cleartext: bool = False,
) -> WireClient:
    """An authenticated connection, its capabilities known.

    Raises:
        ConnectionLost: no connection, a bad certificate, or no TLS where it is required.
        AuthError: the server refused the log-in, or allows none here.
        ConfigError: the password would leave this machine in clear text, and nobody allowed that.
        CertificateChanged: the server shows another certificate than the pinned one.
        ProtocolError: what answers is no IMAP server.
    """
    context = tls_context or (ssl.create_default_context() if security is not Security.NONE else None)
    client = WireClient(
        host,
        port,
        ssl_context=context if security is Security.TLS else None,
        connect_s=timeouts.connect_s,
        silence_s=timeouts.silence_s,
        limits=limits,
        trace=trace,
    )
    link = client.protocol.link
    greeting: asyncio.Future[Status] = asyncio.get_running_loop().create_future()
    link.router.on_greeting = greeting.set_result
    try:
        await _connected(client, host, port, timeouts.connect_s)
        status = await _greeted(link, greeting, (host, port), security, timeouts.connect_s)
        client.protocol.greeted(status.kind == "PREAUTH")
        async with asyncio.timeout(ENTER_S):
            if security is Security.STARTTLS:
                await _start_tls(client, status, host, context or ssl.create_default_context(), timeouts.connect_s)
            if status.kind != "PREAUTH":
                if security is Security.NONE and not allow_cleartext:
                    _require_loopback(link, host)
                await log_in(link, await ask_capabilities(link), credentials, host, port)
            await ask_capabilities(link)
    except TimeoutError:
        late = TimedOut(f"{link.peer} did not get through with the log-in within {ENTER_S:g} seconds.")
        link.fail(late)
        raise late from None
    except BaseException as error:
        link.fail(error if isinstance(error, TuimailError) else ConnectionLost("The connection was given up."))
        raise
    return client


async def ask_capabilities(link: Link) -> Capabilities:
    """What the server offers, asked only if it has not said so by itself."""
    if link.router.capabilities is None:
        request = Request("CAPABILITY", (b"CAPABILITY",), wants=frozenset({NamesData}))
        await link.run(request, "tell its capabilities")
    capabilities = link.router.capabilities or Capabilities()
    if capabilities.has("LITERAL+"):
        link.scheduler.nonsync_limit = 2**63
    elif capabilities.has("LITERAL-"):
        link.scheduler.nonsync_limit = 4096
    return capabilities


async def _connected(client: WireClient, host: str, port: int, connect_s: float) -> None:
    where = f"{host}:{port}"
    try:
        async with asyncio.timeout(connect_s):
            await client.connected()
    except TimeoutError:
        raise TimedOut(
            f"{where} did not answer within {connect_s:g} seconds.",
            hint="Check the host name, the port and the network.",
        ) from None
    except OSError as error:
        raise tls_failure(error, host, where) or _refused(error, host, where) from None
    except ValueError:
        # After OSError: a refused certificate is both. Here no host can be made of the name.
        raise ConnectionLost(
            f"The host {host} is not known (it is no host name).", hint="Check its spelling."
        ) from None


def _refused(error: OSError, host: str, where: str) -> ConnectionLost:
    if isinstance(error, socket.gaierror):
        return ConnectionLost(
            f"The host {host} is not known ({error.strerror}).", hint="Check its spelling and the network."
        )
    if isinstance(error, ConnectionRefusedError) or "refused" in str(error).lower():
        return ConnectionLost(
            f"{where} refused the connection.", hint="Check the port, and that the server is running."
        )
    if isinstance(error, ConnectionError):
        return ConnectionLost(
            f"{where} closed the connection at once.", hint="Check the port and the security setting."
        )
    return ConnectionLost(f"{where} cannot be reached: {error.strerror or error}.", hint="Check the network.")


def tls_failure(error: OSError, host: str, where: str) -> TuimailError | None:
    """The error to show for a failed TLS handshake, None if it was not about TLS.

    A context that has a reason of its own to refuse a certificate says so as the cause.
    """
    if isinstance(error.__cause__, TuimailError):
        return error.__cause__
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_refused(where, host, error.verify_code, error.verify_message)
    if isinstance(error, ssl.SSLError):
        return handshake_failed(where, error.reason or str(error), 993)
    return None


async def _greeted(
    link: Link, greeting: asyncio.Future[Status], where: tuple[str, int], security: Security, connect_s: float
) -> Status:
    host, port = where
    either: set[asyncio.Future[Any]] = {greeting, link.closed}
    await asyncio.wait(either, timeout=connect_s, return_when=asyncio.FIRST_COMPLETED)
    if greeting.done():
        status = greeting.result()
        if status.kind in {"OK", "PREAUTH"}:
            return status
        raise ConnectionLost(
            f"{link.peer} turned the connection away: {status.text or status.kind}", hint="Try again later."
        )
    if security is not Security.TLS and await _speaks_tls(host, port):
        raise ConnectionLost(f"Port {port} of {host} speaks TLS.", hint='Set security = "tls".')
    if not link.closed.done():
        raise TimedOut(
            f"{link.peer} accepted the connection but sent no greeting within {connect_s:g} seconds.",
            hint="Check the port: is this an IMAP server?",
        )
    error = link.closed.result()
    if isinstance(error, ProtocolError):
        raise ProtocolError(error.message, hint=f"Check the port: is {link.peer} an IMAP server?")
    raise ConnectionLost(
        f"{link.peer} closed the connection before its greeting.", hint="Check the port and the security setting."
    )


async def _speaks_tls(host: str, port: int) -> bool:
    """Whether the port answers a TLS handshake; nothing is sent over it and no certificate is believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_PROBE_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


async def _start_tls(client: WireClient, status: Status, host: str, context: ssl.SSLContext, connect_s: float) -> None:
    link = client.protocol.link
    if status.kind == "PREAUTH":
        raise ConnectionLost(
            f"{link.peer} skipped the log-in before TLS was on: someone may be tampering with the connection."
        )
    if not (await ask_capabilities(link)).has("STARTTLS"):
        raise ConnectionLost(
            f"{link.peer} does not offer STARTTLS, and without TLS no password is sent.",
            hint='Try security = "tls" with port 993.',
        )
    try:
        async with asyncio.timeout(connect_s):
            await client.protocol.start_tls(context, host, connect_s)
    except TimeoutError:
        raise TimedOut(f"{link.peer} did not finish the TLS handshake within {connect_s:g} seconds.") from None
    except OSError as error:
        raise tls_failure(error, host, link.peer) or ConnectionLost(
            f"{link.peer} closed during the TLS handshake."
        ) from None


def _require_loopback(link: Link, host: str) -> None:
    """The name said that this is our machine ("localhost"); where it leads is what counts."""
    peer = link.transport.get_extra_info("peername") if link.transport is not None else None
    address = str(peer[0]) if peer else ""
    if not is_loopback_address(address):
        raise ConfigError(clear_text_refusal(host, address or "somewhere"), hint=CLEAR_TEXT_HINT)
