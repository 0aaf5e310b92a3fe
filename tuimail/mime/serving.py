"""The other side of `child_process`: a process that answers requests until its input ends, within limits.

    in:  length (4 octets, big-endian), request
    out: `READY` once, when everything is loaded; then for each request a length and the answer

It cannot take more memory than it was given, leaves no core file, and is ended by the kernel when a request takes
longer than it should, even where nobody is left to notice. It opens nothing and asks nobody.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

READY = b"R"
LENGTH = struct.Struct(">I")


def limit(memory_octets: int) -> None:
    """From now on this process has so much address space at most, and leaves no core file; ctrl+c is not for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = memory_octets if hard == resource.RLIM_INFINITY else min(memory_octets, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ValueError, OSError):
        # macOS refuses this limit; the limit of time holds there too, and what is refused beforehand.
        return


def serve(answer: Callable[[bytes], bytes], *, alarm_s: float) -> None:
    """Answer until the end of input; each in `alarm_s` seconds, or this process is ended."""
    received, sent = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    sent.write(READY)
    gc.disable()
    while (octets := _read_frame(received)) is not None:
        signal.setitimer(signal.ITIMER_REAL, alarm_s)
        answered = answer(octets)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write_frame(sent, answered)
        # Nobody waits now; in the middle of a page the collector takes a third of its time.
        gc.collect()


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
