"""From a host name to a POP3 connection that is as secure as was asked for; each failure in one sentence.

    TCP [+ TLS] ─► greeting ─► CAPA ─► [STLS ─► CAPA]

What was told before TLS was on counts for nothing afterwards (RFC 2595, section 4).
"""

from __future__ import annotations

import poplib
import socket
import ssl

from tuimail.model.errors import ConnectionLost, ProtocolError
from tuimail.model.server import Security
from tuimail.pop3.capabilities import Capabilities
from tuimail.pop3.client import Pop3Client, Pop3TlsClient, Trace
from tuimail.pop3.faults import code_and_text, connect_failure, said
from tuimail.pop3.lifeline import Lifeline

PROBE_S = 3.0
CAPABILITIES_OCTETS = 1 << 16
"""Whoever answers before the log-in may be anyone."""


def connect_client(
    host: str,
    port: int,
    security: Security,
    context: ssl.SSLContext | None,
    timeout_s: float,
    lifeline: Lifeline,
    trace: Trace | None,
) -> Pop3Client:
    """A connection that was greeted, inside TLS if `security` says from the start.

    Raises:
        ConnectionLost, TimedOut, CertificateChanged: no connection, or none to be trusted.
        ProtocolError: what answers is no POP3 server.
    """
    try:
        if security is Security.TLS:
            context = context or ssl.create_default_context()
            return Pop3TlsClient(host, port, timeout_s, lifeline=lifeline, context=context, trace=trace)
        return Pop3Client(host, port, timeout_s, lifeline=lifeline, trace=trace)
    except poplib.error_proto as error:
        text = code_and_text(said(error))[1]
        raise ConnectionLost(f"{host}:{port} turned the connection away: {text}", hint="Try again later.") from None
    except UnicodeError:
        raise ConnectionLost(
            f"The host {host} is not known (it is no host name).", hint="Check its spelling."
        ) from None
    except OSError as error:
        if lifeline.is_cut:
            raise ConnectionLost("The connection was given up.") from None
        raise connect_failure(error, host, port, timeout_s) from None
    except ConnectionLost as error:
        if not lifeline.is_cut and security is not Security.TLS and _speaks_tls(host, port):
            raise ConnectionLost(f"Port {port} of {host} speaks TLS.", hint='Set security = "tls".') from None
        raise type(error)(
            f"{error.message} It sent no greeting.", hint=f"Check the port: is {host}:{port} a POP3 server?"
        ) from None
    except ProtocolError as error:
        raise ProtocolError(error.message, hint=f"Check the port: is {host}:{port} a POP3 server?") from None


def _speaks_tls(host: str, port: int) -> bool:
    """Whether the port answers a TLS handshake; nothing is sent over it and no certificate is believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), PROBE_S) as plain, context.wrap_socket(plain):
            return True
    except OSError:
        return False


def secure(
    client: Pop3Client, security: Security, context: ssl.SSLContext | None, timeout_s: float, host: str, port: int
) -> Capabilities:
    """The capabilities of a connection that is as secure as was asked for.

    Raises:
        ConnectionLost, CertificateChanged: the server offers no STLS, or none to be trusted.
        ProtocolError: it said something between STLS and the handshake.
    """
    capabilities = ask_capabilities(client)
    if security is not Security.STARTTLS:
        return capabilities or Capabilities()
    if capabilities is None or not capabilities.has("STLS"):
        raise ConnectionLost(
            f"{client.peer} does not offer STLS, and without TLS no password is sent.",
            hint='Try security = "tls" with port 995.',
        )
    try:
        client.start_tls(context or ssl.create_default_context())
    except poplib.error_proto as error:
        raise ConnectionLost(f"{client.peer} refused STLS: {code_and_text(said(error))[1]}") from None
    except OSError as error:
        raise connect_failure(error, host, port, timeout_s) from None
    # What was told in clear text counts for nothing any more (RFC 2595, section 4).
    return ask_capabilities(client) or Capabilities()


def ask_capabilities(client: Pop3Client) -> Capabilities | None:
    """CAPA; None where the server does not know it."""
    client.send(["CAPA"])
    try:
        client.answer()
    except poplib.error_proto:
        return None
    lines = client.body(CAPABILITIES_OCTETS).decode("latin-1").split("\r\n")
    return Capabilities.of(lines)
