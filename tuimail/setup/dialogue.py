"""One plain connection to any mail server, to look at it: addresses, TCP, lines, TLS. Nobody logs in here.

    resolve ─► dial ─► [lines in clear ─►] start_tls ─► lines

Lines in clear are read straight from the socket, so that what is buffered when TLS begins is ours to see: anything
there was put before the handshake by somebody, and ends the connection. Everything can be cancelled at any time.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Any

from tuimail.model.certificate import certificate_refused, handshake_failed
from tuimail.model.errors import ConnectionLost, ProtocolError, TimedOut, TuimailError
from tuimail.setup.daemon import in_daemon_thread

TAMPERING_HINT = "Do not log in over this network; try another one."
MAX_LINE_OCTETS = 16 << 10
ADDRESS_S = 8.0
"""So long one address has to take the connection before the next is tried."""
Address = tuple[socket.AddressFamily, tuple[Any, ...]]


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of `host`, IPv6 and IPv4, as the system orders them.

    Raises:
        ConnectionLost: it has none.
    """

    def look_up() -> list[Address]:
        try:
            infos = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise OSError(None, "it is no host name") from None
        return list(dict.fromkeys((family, to) for family, _, _, _, to in infos))

    try:
        return await in_daemon_thread(look_up, f"resolve {host}")
    except OSError as error:
        raise ConnectionLost(
            f"The host {host} is not known ({error.strerror or error}).", hint="Check its spelling and the network."
        ) from None


async def dial(host: str, port: int, addresses: Sequence[Address] | None = None) -> Dialogue:
    """A connection to the first address that takes it; `addresses` None: they are looked up.

    Raises:
        ConnectionLost: there is none.
    """
    problem: OSError | None = None
    for family, address in await resolve(host, port) if addresses is None else addresses:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(ADDRESS_S):
                await asyncio.get_running_loop().sock_connect(connection, address)
        except OSError as error:
            connection.close()
            problem = error
        except BaseException:
            connection.close()
            raise
        else:
            return Dialogue(connection, host, port)
    where = f"{host}:{port}"
    if isinstance(problem, ConnectionRefusedError):
        raise ConnectionLost(
            f"{where} refused the connection.", hint="Check the port, and that the server is running."
        ) from None
    if isinstance(problem, TimeoutError):
        raise TimedOut(
            f"{where} did not answer within {ADDRESS_S:g} seconds.",
            hint="Check the port and the network: a firewall may drop what goes there.",
        ) from None
    reason = "it has no address" if problem is None else problem.strerror or str(problem)
    raise ConnectionLost(f"{where} cannot be reached: {reason}.", hint="Check the network.") from None


class Dialogue:
    """Lines both ways over one connection. `tls` is what was agreed on once TLS is on."""

    def __init__(self, connection: socket.socket, host: str, port: int) -> None:
        self.host = host
        self.where = f"{host}:{port}"
        self.address = str(connection.getpeername()[0])
        self.tls: ssl.SSLObject | None = None
        self._socket: socket.socket | None = connection
        self._buffer = bytearray()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, line: str) -> None:
        """Send a line of ASCII; its end is added.

        Raises:
            ConnectionLost: the connection is gone.
        """
        octets = line.encode("ascii") + b"\r\n"
        try:
            if self._streams is not None:
                self._streams[1].write(octets)
                await self._streams[1].drain()
            elif self._socket is not None:
                await asyncio.get_running_loop().sock_sendall(self._socket, octets)
        except OSError:
            raise ConnectionLost(f"{self.where} closed the connection.") from None

    async def read_line(self) -> str:
        """The next line without its end; octets beyond ASCII become U+FFFD.

        Raises:
            ConnectionLost: the connection is gone.
            ProtocolError: the line is far too long.
        """
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_LINE_OCTETS:
                raise ProtocolError(f"{self.where} sent a line of more than {MAX_LINE_OCTETS} octets.")
            self._buffer += await self._more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r").decode("ascii", "replace")

    async def start_tls(self, context: ssl.SSLContext, *, tls_port: int = 0) -> None:
        """The TLS handshake; nothing may have come before it that was not read. `tls_port` is for the hint.

        Raises:
            ProtocolError: something did.
            CertificateUntrusted, CertificateChanged: the context refuses the certificate.
            ConnectionLost: the handshake failed.
        """
        if self._buffer:
            raise ProtocolError(
                f"{self.where} sent data in clear before TLS was on: someone may be tampering with the connection.",
                hint=TAMPERING_HINT,
            )
        connection, self._socket = self._socket, None
        try:
            self._streams = await asyncio.open_connection(sock=connection, ssl=context, server_hostname=self.host)
        except OSError as error:
            raise self._tls_failure(error, tls_port) from None
        self.tls = self._streams[1].get_extra_info("ssl_object")

    def certificate(self) -> bytes:
        """The server's certificate in DER, b"" before TLS is on."""
        return (self.tls.getpeercert(binary_form=True) if self.tls is not None else None) or b""

    def close(self) -> None:
        """Close at once."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _more(self) -> bytes:
        try:
            if self._streams is not None:
                octets = await self._streams[0].read(4096)
            elif self._socket is not None:
                octets = await asyncio.get_running_loop().sock_recv(self._socket, 4096)
            else:
                octets = b""
        except OSError:
            octets = b""
        if not octets:
            raise ConnectionLost(
                f"{self.where} closed the connection.", hint="Check the port and the security setting."
            )
        return octets

    def _tls_failure(self, error: OSError, tls_port: int) -> TuimailError:
        if isinstance(error.__cause__, TuimailError):
            return error.__cause__
        if isinstance(error, ssl.SSLCertVerificationError):
            return certificate_refused(self.where, self.host, error.verify_code, error.verify_message)
        if isinstance(error, ssl.SSLError):
            return handshake_failed(self.where, error.reason or str(error), tls_port)
        return ConnectionLost(
            f"{self.where} closed the connection during the TLS handshake.",
            hint="Check the port and the security setting; a server that knows no TLS 1.2 may do this too.",
        )


@contextlib.asynccontextmanager
async def within(timeout_s: float, where: str) -> AsyncIterator[None]:
    """Bound a part of a dialogue.

    Raises:
        TimedOut: it took longer than `timeout_s`.
    """
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError:
        raise TimedOut(
            f"{where} did not answer within {timeout_s:g} seconds.",
            hint="Check the host name, the port and the network.",
        ) from None
