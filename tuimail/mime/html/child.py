"""The worker's process: pages come in, views go out, until its input ends.

    in:  length (4 octets, big-endian), MessagePack of `Request`
    out: `READY` once, when everything is loaded; then for each page a length and MessagePack of `HtmlView`

It cannot take more memory than `MEMORY_OCTETS`, leaves no core file, and is ended by the kernel when a page takes
longer than it should, even where nobody is left to notice. It opens nothing and asks nobody.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import struct
import sys
from typing import BinaryIO

import msgspec

MEMORY_OCTETS = 1024 * 1024 * 1024
"""Of address space: 2 MB of ordinary HTML need a tenth of it, a bomb all that there is."""
ALARM_S = 15.0
"""Beyond what the worker waits; its end then comes from here."""
READY = b"R"
LENGTH = struct.Struct(">I")


class Request(msgspec.Struct, array_like=True):
    """A page, and the cells that its tables are laid out for."""

    source: bytes
    width: int


def main() -> int:
    """Serve until the end of input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit()
    from tuimail.mime.html.render import render_html

    # The first page pays for what is only loaded with it.
    render_html("<p><a href=https://example.org>a</a>", 80)
    received, sent = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    sent.write(READY)
    decoder = msgspec.msgpack.Decoder(Request)
    encoder = msgspec.msgpack.Encoder()
    gc.disable()
    while (octets := _read_frame(received)) is not None:
        request = decoder.decode(octets)
        signal.setitimer(signal.ITIMER_REAL, ALARM_S)
        view = encoder.encode(render_html(request.source.decode("utf-8", "replace"), request.width))
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write_frame(sent, view)
        # Nobody waits now; in the middle of a page the collector takes a third of its time.
        gc.collect()
    return 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_OCTETS if hard == resource.RLIM_INFINITY else min(MEMORY_OCTETS, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ValueError, OSError):
        # macOS refuses this limit; the limit of time holds there too, and the guard.
        return


def _read_frame(received: BinaryIO) -> bytes | None:
    head = received.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    octets = received.read(length)
    return octets if len(octets) == length else None


def _write_frame(sent: BinaryIO, octets: bytes) -> None:
    left = memoryview(LENGTH.pack(len(octets)) + octets)
    while left:
        left = left[sent.write(left) :]


if __name__ == "__main__":
    sys.exit(main())
