"""From a host name to an authenticated connection: TCP, TLS, greeting, STARTTLS, log-in; each failure in one sentence.

    TCP [+ TLS] ─► greeting ─► [STARTTLS ─► CAPABILITY] ─► AUTHENTICATE PLAIN or LOGIN ─► capabilities

Nothing secret is sent before the connection has the security that was asked for (RFC 9051, section 11).
"""

from __future__ import annotations

import asyncio
import binascii
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.link import Link, Trace
from tuimail.imap.names import Argument, Literal, quote
from tuimail.imap.responses import NamesData, Status, Tagged
from tuimail.imap.scheduler import Request
from tuimail.imap.tokens import Limits
from tuimail.imap.wire import WireClient
from tuimail.model.errors import AuthError, ConnectionLost, ProtocolError, TimedOut, TuimailError
from tuimail.model.server import Credentials, Security

_RETRY_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})
_PROBE_S = 3.0


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
) -> WireClient:
    """An authenticated connection, its capabilities known.

    Raises:
        ConnectionLost: no connection, a bad certificate, or no TLS where it is required.
        AuthError: the server refused the log-in, or allows none here.
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
        if security is Security.STARTTLS:
            await _start_tls(client, status, host, context or ssl.create_default_context(), timeouts.connect_s)
        if status.kind != "PREAUTH":
            await _log_in(link, credentials)
        await ask_capabilities(link)
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
        raise tls_failure(error, where) or _refused(error, host, where) from None


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


def tls_failure(error: OSError, where: str) -> ConnectionLost | None:
    """The error to show for a failed TLS handshake, None if it was not about TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionLost(
            f"The certificate of {where} is not trusted: {error.verify_message.rstrip('.')}.",
            hint="If it is your own server, name its authority with ca_file or its certificate with tls_fingerprint.",
        )
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        if "wrong version number" in reason or "record layer failure" in reason or "packet length" in reason:
            return ConnectionLost(
                f"{where} does not speak TLS from the start.", hint='Set security = "starttls", or the TLS port (993).'
            )
        return ConnectionLost(f"The TLS handshake with {where} failed: {reason}.")
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
        raise tls_failure(error, link.peer) or ConnectionLost(f"{link.peer} closed during the TLS handshake.") from None


async def _log_in(link: Link, credentials: Credentials) -> None:
    if set(credentials.username + credentials.secret) & set("\r\n\0"):
        raise AuthError("The user name or the password contains a line break or NUL.", hint="Store it again without.")
    capabilities = await ask_capabilities(link)
    link.router.capabilities = None
    response: Tagged | None = None
    try:
        if capabilities.has("AUTH=PLAIN"):
            response = await _authenticate_plain(link, credentials, initial=capabilities.has("SASL-IR"))
        if response is None or response.kind == "BAD":
            if capabilities.has("LOGINDISABLED"):
                raise AuthError(
                    f"{link.peer} allows no log-in by password on this connection.",
                    hint='Set security = "tls" or "starttls"; if it is set, the server wants another way to log in.',
                )
            response = await _login(link, credentials)
    except ConnectionLost as error:
        raise _closed_in_login(link, error) from None
    if response.kind == "OK":
        return
    if response.code.name in _RETRY_CODES:
        raise ConnectionLost(f"{link.peer} cannot take the log-in now: {response.text}", hint="Try again later.")
    raise AuthError(
        f"{link.peer} refused the log-in of {credentials.username}: {response.text or response.kind}",
        hint="Check the user name and the password.",
    )


def _closed_in_login(link: Link, error: ConnectionLost) -> ConnectionLost:
    if isinstance(error, TimedOut):
        return TimedOut(f"{link.peer} did not answer the log-in.")
    reason = f": {link.router.bye}" if link.router.bye else "."
    return ConnectionLost(f"{link.peer} closed the connection during the log-in{reason}")


async def _authenticate_plain(link: Link, credentials: Credentials, *, initial: bool) -> Tagged:
    message = f"\0{credentials.username}\0{credentials.secret}".encode()
    token = binascii.b2a_base64(message, newline=False)
    answers = [] if initial else [token]
    command = b"AUTHENTICATE PLAIN" + (b" " + token if initial else b"")
    request = Request(
        "AUTHENTICATE",
        (command,),
        alone_before=True,
        alone_after=True,
        secret=True,
        answer=lambda _challenge: answers.pop() if answers else b"*",
    )
    return await link.submit(request)


async def _login(link: Link, credentials: Credentials) -> Tagged:
    arguments: tuple[Argument, ...] = (quote(credentials.username), quote(credentials.secret))
    parts: list[bytes | Literal] = [b"LOGIN"]
    for argument in arguments:
        parts += [b" ", argument]
    return await link.submit(Request("LOGIN", tuple(parts), alone_before=True, alone_after=True, secret=True))
