"""A far-away server, on loopback: a TCP relay in a process of its own that hands everything on after half a round trip.

    with SlowWire(server_port, round_trip_s=0.04) as wire: …  wire.port …

Nothing is reordered, and the width of the wire is not limited: what is sent together arrives together.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from types import TracebackType

from benchmarks.clients import ROOT
from tests.servers.dovecot import HOST

_CHUNK_OCTETS = 1 << 18
_END_WAIT_S = 5.0


class SlowWire:
    """The relay to `server_port`; `port` is where it listens."""

    def __init__(self, server_port: int, round_trip_s: float) -> None:
        self.port = 0
        self._command = [sys.executable, "-m", "benchmarks.slow_wire", str(server_port), str(round_trip_s / 2)]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> SlowWire:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.communicate(timeout=_END_WAIT_S)


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """Hand on what comes, each piece `delay_s` after it came; then the end of it."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            due, octets = await pieces.get()
            await asyncio.sleep(due - loop.time())
            if not octets:
                writer.close()
                return
            writer.write(octets)
            await writer.drain()

    sending = asyncio.ensure_future(send())
    with contextlib.suppress(ConnectionError):
        while octets := await reader.read(_CHUNK_OCTETS):
            pieces.put_nowait((loop.time() + delay_s, octets))
    pieces.put_nowait((loop.time() + delay_s, b""))
    with contextlib.suppress(ConnectionError):
        await sending


async def _serve(server_port: int, delay_s: float) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, server_port)
        await asyncio.gather(_relay(reader, back, delay_s), _relay(there, writer, delay_s))

    server = await asyncio.start_server(accept, HOST, 0, limit=_CHUNK_OCTETS)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
