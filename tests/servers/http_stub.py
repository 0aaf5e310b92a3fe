"""An HTTP server on a loopback port of its own: fixed octets for a path, or none ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from types import TracebackType

HOST = "127.0.0.1"
NEVER = b""
"""For a path: the connection stays open, and nothing is said."""


def answer(body: bytes | str, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole response."""
    octets = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(octets)}\r\n{headers}\r\n".encode() + octets


class HttpStub:
    """`pages`: by path without query. `requests` are the first lines that came, `heads` and `bodies` what was sent."""

    def __init__(self, pages: Mapping[str, bytes]) -> None:
        self.pages = dict(pages)
        self.requests: list[str] = []
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> HttpStub:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        length = re.search(r"(?i)\r\ncontent-length: ([0-9]+)", head)
        self.bodies.append(await reader.readexactly(int(length[1]) if length else 0))
        target = head.split(" ")[1]
        self.requests.append(target)
        page = self.pages.get(target.partition("?")[0], answer("gone", status="404 Not Found"))
        if page is NEVER:
            self._open.add(writer)
            return
        writer.write(page)
        writer.close()
