"""One HTTP/1.1 exchange on a connection of its own: the request, and an answer that is bounded in size.

Octets come over asyncio, so that whoever waits can be cancelled; the standard library's parser reads them. Whether the
host may be asked at all is for the caller to say.
"""

from __future__ import annotations

import asyncio
import http.client
import io
from collections.abc import Mapping
from urllib.parse import SplitResult, urljoin

from tuimail.model.errors import ConnectionLost

MAX_HEAD_OCTETS = 32 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _Octets:
    """What was received, in the shape of the socket that the parser asks for a file."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, *_arguments: object, **_more: object) -> io.BytesIO:
        return io.BytesIO(self._octets)


def request(method: str, parts: SplitResult, fields: Mapping[str, str], body: bytes = b"") -> bytes:
    """The octets of a request; nothing but its URL, `fields` and `body` tells who asks."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    name = host if parts.port is None else f"{host}:{parts.port}"
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {name}",
        *(f"{field}: {value}" for field, value in fields.items()),
        "Accept-Encoding: identity",
        "User-Agent: tuimail",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def joined(url: str, location: str) -> str:
    """Where a redirect leads; "" for nowhere."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def is_plain(text: str) -> bool:
    """Whether all of it may stand in the first line of a request."""
    return text.isascii() and text.isprintable() and " " not in text


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    octets: bytes,
    *,
    host: str,
    max_octets: int,
) -> http.client.HTTPResponse:
    """Send the request, and read the answer until the server closes. The connection is over then.

    Raises:
        ConnectionLost: it broke, or the answer is too long or is none.
    """
    try:
        writer.write(octets)
        return _parsed(await _read(reader, host, max_octets), host)
    except OSError as error:
        raise ConnectionLost(f"{host} closed the connection: {error}.") from None
    finally:
        writer.transport.abort()


def content(answer: http.client.HTTPResponse, *, host: str, max_octets: int) -> bytes:
    """What the answer carries.

    Raises:
        ConnectionLost: it is too long, or not whole.
    """
    try:
        document = answer.read(max_octets + 1)
    except (http.client.HTTPException, ValueError) as error:
        raise ConnectionLost(f"{host} broke off its answer: {type(error).__name__}.") from None
    if len(document) > max_octets:
        raise _too_long(host, max_octets)
    if answer.length:
        raise ConnectionLost(f"{host} broke off its answer.")
    return document


async def _read(reader: asyncio.StreamReader, host: str, max_octets: int) -> bytes:
    octets = bytearray()
    while piece := await reader.read(64 * 1024):
        octets += piece
        # Chunks may double what they carry.
        if len(octets) > MAX_HEAD_OCTETS + 2 * max_octets:
            raise _too_long(host, max_octets)
    return bytes(octets)


def _parsed(octets: bytes, host: str) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(_Octets(octets))  # type: ignore[arg-type]  # all that it does is makefile
    try:
        answer.begin()
    except (http.client.HTTPException, ValueError) as error:
        raise ConnectionLost(f"{host} does not speak HTTP: {type(error).__name__}.") from None
    return answer


def _too_long(host: str, max_octets: int) -> ConnectionLost:
    return ConnectionLost(f"{host} sends more than {max_octets // 1024} KB.")
