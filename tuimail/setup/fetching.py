"""Asks hosts that messages name, on the user's word: a picture, a list that is left.

    URL ─► allowed? ─► resolve once ─► all addresses public? ─► connect to that address ─► TLS for the name ─► answer
            ▲                                                                                              │
            └────────────────────── a redirect of a GET, a few times ──────────────────────────────────────┘

A message could otherwise make this machine talk to its own network (SSRF), or tell more of the user than that
somebody asked: no address but public ones, each name resolved once and the connection made to what was found, no
cookies, no referrer, no credentials, no proxy, no name but the program's. Bounded in size, time and redirects.
"""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConnectionLost, TimedOut
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.http import REDIRECTS, content, exchange, is_plain, joined, request
from tuimail.setup.tls import system_context

MAX_OCTETS = 5 * 1024 * 1024
"""Of one answer: the largest pictures of newsletters have 2 MB."""
MAX_URL = 8000
"""What servers take (RFC 9110, section 4.1)."""
TIMEOUT_S = 15.0
"""For the whole of a fetch, with its redirects."""
MAX_REDIRECTS = 4
"""A counting host, the provider's, its store of pictures, and one to spare."""
_ANSWER_OCTETS = 64 * 1024
"""Of what comes back for something that was sent, which nobody reads."""
_WEB_PORTS = frozenset({80, 443, 8080, 8443})
"""Other ports belong to other protocols, which might take a request for a command."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_EMBEDDING = tuple(
    ipaddress.IPv6Network(net)
    # Compatible, mapped and translated addresses, NAT64 (two), 6to4, Teredo, site-local: IPv4 in disguise, or private.
    for net in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",
                "2001::/32", "fec0::/10")
)  # fmt: skip

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host's name, best first."""
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[str, int, "ssl.SSLContext | None", str], Awaitable[Connection]]
"""Connects to an address and port, with TLS for the name where there is a context."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` and octets of an answer, from which `host`; `content_type` in lower case, without parameters."""

    status: int
    host: str
    content_type: str
    octets: bytes


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: nothing of this machine, of its networks, or to many."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and ("%" in address or any(found in net for net in _EMBEDDING)):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


async def resolve_by_system(host: str, port: int) -> list[str]:
    """What the system says, which may take long: in a thread that nobody has to wait for."""
    found = await in_daemon_thread(
        lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP), "resolver"
    )
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


async def connect_directly(address: str, port: int, context: ssl.SSLContext | None, name: str) -> Connection:
    """A connection to the address, and to nothing that a name might say by now."""
    server_hostname = name if context is not None else None
    return await asyncio.open_connection(address, port, ssl=context, server_hostname=server_hostname)


class Fetcher:
    """`context` None: the system's authorities. `resolve` and `connect` are replaced by tests alone."""

    def __init__(
        self,
        *,
        timeout_s: float = TIMEOUT_S,
        context: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_by_system,
        connect: Connect = connect_directly,
    ) -> None:
        self._timeout_s = timeout_s
        self._context = context
        self._resolve = resolve
        self._connect = connect

    async def get(self, url: str, *, accept: str, max_octets: int = MAX_OCTETS) -> Answer:
        """What is at `url` (http or https), after redirects; `accept` is the kind wanted, as in "image/*".

        Raises:
            ConnectionLost: it may not be asked, cannot be reached, is not trusted, or answers with no use; TimedOut.
        """
        asked_by = "The message"
        try:
            async with asyncio.timeout(self._timeout_s):
                for _ in range(MAX_REDIRECTS + 1):
                    parts = _allowed(url, asked_by)
                    octets = request("GET", parts, {"Accept": accept})
                    answer = await self._ask(parts, octets, max_octets)
                    host = parts.hostname or ""
                    if answer.status not in REDIRECTS:
                        return _answer(answer, host, max_octets)
                    url, asked_by = joined(url, answer.headers.get("Location", "")), host
                    if parts.scheme == "https" and not url.lower().startswith("https:"):
                        raise ConnectionLost(f"{host} leads to an address that is not secure.")
        except TimeoutError:
            raise TimedOut(f"No answer within {self._timeout_s:g} seconds.") from None
        raise ConnectionLost(f"{asked_by} redirects too often.")

    async def post(self, url: str, body: bytes, *, content_type: str) -> Answer:
        """Send `body` to `url` (https alone). A redirect is an answer like others, and is not followed (RFC 8058).

        Raises:
            ConnectionLost: as above; TimedOut.
        """
        parts = _allowed(url, "The message")
        if parts.scheme != "https":
            raise ConnectionLost("The address is not secure: nothing was sent.")
        fields = {"Content-Type": content_type, "Content-Length": str(len(body))}
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._ask(parts, request("POST", parts, fields, body), _ANSWER_OCTETS)
        except TimeoutError:
            raise TimedOut(f"{parts.hostname} did not answer within {self._timeout_s:g} seconds.") from None
        # What the page says is for browsers.
        return Answer(answer.status, parts.hostname or "", "", b"")

    async def _ask(self, parts: SplitResult, octets: bytes, max_octets: int) -> http.client.HTTPResponse:
        host = parts.hostname or ""
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        address = await self._public_address(host, port)
        context = await self._tls() if parts.scheme == "https" else None
        try:
            reader, writer = await self._connect(address, port, context, host)
        except ssl.SSLError as error:
            raise ConnectionLost(f"{host} cannot be trusted: {error.reason or 'TLS failed'}.") from None
        except (OSError, ValueError) as error:
            raise ConnectionLost(f"{host} cannot be reached: {getattr(error, 'strerror', '') or error}.") from None
        return await exchange(reader, writer, octets, host=host, max_octets=max_octets)

    async def _public_address(self, host: str, port: int) -> str:
        """The address to connect to. One that is not public makes the whole answer suspicious."""
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise ConnectionLost(f"{host} is not known: {getattr(error, 'strerror', '') or error}.") from None
        if not found:
            raise ConnectionLost(f"{host} is not known.")
        if not all(map(is_public, found)):
            raise ConnectionLost(f"{host} leads into a private network: it was not asked.")
        return found[0]

    async def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            # Reading the system's authorities takes a while.
            self._context = await in_daemon_thread(system_context, "trusted authorities")
        return self._context


def _allowed(url: str, by: str) -> SplitResult:
    """The parts of `url`, to which `by` has led."""
    by = one_line(by)
    try:
        parts = urlsplit(url) if len(url) <= MAX_URL else urlsplit("")
        port = parts.port
        is_usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.username is None
        is_usable = is_usable and is_plain(f"{parts.hostname}{parts.path}{parts.query}")
    except ValueError:
        is_usable, port = False, None
    if not is_usable:
        raise ConnectionLost(f"{by} leads to an address that cannot be.")
    if port is not None and port not in _WEB_PORTS:
        raise ConnectionLost(f"{by} leads to a port that is not for the web: {port}.")
    return parts


def _answer(answer: http.client.HTTPResponse, host: str, max_octets: int) -> Answer:
    if answer.status != 200:
        raise ConnectionLost(f"{host} answers with status {answer.status}.")
    kind = one_line(answer.headers.get_content_type())
    return Answer(answer.status, host, kind, content(answer, host=host, max_octets=max_octets))
