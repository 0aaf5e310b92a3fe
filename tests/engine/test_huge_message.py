"""A message of 200 MB: it goes from the wire to the store and back out piece by piece, and is never held whole."""

from __future__ import annotations

import hashlib
import resource
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.engine.world import Mirror, mail
from tests.servers.model import EVERYTHING, ModelServer
from tuimail.store import bodies, read
from tuimail.store.database import Connection

SIZE_OCTETS = 200 * 1024 * 1024
HEAD = mail("huge")
LINE = bytes(range(33, 127)) * 8 + b"\r\n"
PIECE = LINE * 300
MOST_MEMORY_OCTETS = 100 * 1024 * 1024


def octets() -> Iterator[bytes]:
    """The message."""
    yield HEAD
    left = SIZE_OCTETS - len(HEAD)
    while left:
        yield PIECE[:left]
        left -= min(left, len(PIECE))


def memory_octets() -> int:
    """The most memory that this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("kind", [EVERYTHING, ""], ids=["everything", "bare"])
async def test_it_arrives_octet_by_octet_in_little_memory(tmp_path: Path, kind: str) -> None:
    async with ModelServer(kind) as server:
        server.mailboxes[b"INBOX"].deliver(HEAD)
        size = b"RFC822.SIZE %d" % len(HEAD)
        server.rewrite = lambda line: line.replace(size, b"RFC822.SIZE %d" % SIZE_OCTETS)

        def stream(command: bytes) -> Iterator[bytes] | None:
            return sent() if b"BODY.PEEK[])" in command.upper() else None

        def sent() -> Iterator[bytes]:
            yield b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % SIZE_OCTETS
            yield from octets()
            yield b")\r\n"

        server.stream = stream
        server.answer(rb"BODY\.PEEK\[\]\)", b"TAG OK done")
        mirror = Mirror(tmp_path / "data", server.port, "ada", "a secret of the test")
        before = memory_octets()
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert SIZE_OCTETS < report.bytes_in < SIZE_OCTETS + 10_000
        (message,) = mirror.messages()
        assert message.size_octets == SIZE_OCTETS
        place = mirror.read(partial(read.body_place, id_=message.id))
        assert place is not None
        assert place.body_id is not None
        stored, wanted = hashlib.sha256(), hashlib.sha256()
        for piece in octets():
            wanted.update(piece)

        body_id = place.body_id

        def read_back(connection: Connection) -> None:
            for piece in bodies.iterate_body(connection, body_id):
                stored.update(piece)

        mirror.store.bodies.read(read_back)
        assert stored.digest() == wanted.digest()
        assert memory_octets() - before < MOST_MEMORY_OCTETS
        mirror.store.close()
