"""Fetches one small document over HTTPS, bounded in size and time; clear HTTP only from this machine itself.

Whom the user names may be asked wherever it is, also in one's own network; what messages name goes through
`setup.fetching` instead.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
from urllib.parse import SplitResult, urlsplit

from tuimail.config.load import is_loopback
from tuimail.model.errors import ConnectionLost, TimedOut
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.http import REDIRECTS, content, exchange, is_plain, joined, request
from tuimail.setup.tls import system_context

MAX_OCTETS = 64 * 1024
_MAX_REDIRECTS = 3
_NOT_THERE = frozenset({401, 403, 404, 410})


async def fetch_document(url: str, *, timeout_s: float = 6.0, context: ssl.SSLContext | None = None) -> bytes | None:
    """The document at `url`, None if there is none. Redirects are followed, to HTTPS only. Nothing but the URL is sent.

    `context` None: the system's authorities.

    Raises:
        ConnectionLost: no connection, a certificate that is not trusted, or an answer of no use; TimedOut: too slow.
    """
    host = url.partition("://")[2].partition("/")[0]
    # Who was asked over HTTPS leads nobody to a program of this machine that speaks in clear.
    in_clear = url.startswith("http://")
    parts = _allowed(url, host, in_clear=in_clear)
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(_MAX_REDIRECTS + 1):
                answer = await _get(parts, context)
                if answer.status not in REDIRECTS:
                    return _document(answer, host)
                parts = _allowed(joined(parts.geturl(), answer.headers.get("Location", "")), host, in_clear=in_clear)
    except TimeoutError:
        raise TimedOut(f"{host} did not answer within {timeout_s:g} seconds.") from None
    raise ConnectionLost(f"{host} redirects too often.")


def _allowed(url: str, by: str, *, in_clear: bool) -> SplitResult:
    """The parts of `url`, to which the host `by` has led; `in_clear`: a server of this machine may speak plain HTTP."""
    try:
        parts = urlsplit(url)
        is_usable = parts.port != 0 and parts.username is None and bool(parts.hostname)
        is_usable = is_usable and is_plain(f"{parts.hostname}{parts.path}{parts.query}")
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConnectionLost(f"{by} leads to an address that cannot be.")
    if parts.scheme != "https" and not (in_clear and parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ConnectionLost(f"{by} leads to an address that is not secure.")
    return parts


async def _get(parts: SplitResult, context: ssl.SSLContext | None) -> http.client.HTTPResponse:
    host = parts.hostname or ""
    if parts.scheme == "https" and context is None:
        # Reading the system's authorities takes a while.
        context = await in_daemon_thread(system_context, "trusted authorities")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        tls = context if parts.scheme == "https" else None
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=MAX_OCTETS)
    except ssl.SSLError as error:
        raise ConnectionLost(f"{host} cannot be trusted: {error.reason or 'TLS failed'}.") from None
    except (OSError, ValueError, UnicodeError) as error:
        raise ConnectionLost(f"{host} cannot be reached: {getattr(error, 'strerror', '') or error}.") from None
    octets = request("GET", parts, {"Accept": "text/xml, application/xml"})
    return await exchange(reader, writer, octets, host=host, max_octets=MAX_OCTETS)


def _document(answer: http.client.HTTPResponse, host: str) -> bytes | None:
    if answer.status in _NOT_THERE:
        return None
    if answer.status != 200:
        raise ConnectionLost(f"{host} answers with status {answer.status}.")
    return content(answer, host=host, max_octets=MAX_OCTETS)
