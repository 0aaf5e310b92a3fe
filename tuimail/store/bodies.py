"""Octets of messages, exact, in bodies.db: compressed frames of at most 1 MiB of the original each.

Bodies are committed before the row in mail.db that says they are here, so a row never promises what was lost.
A large body is written and read piece by piece: it is never held whole.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import zstandard

from tuimail.model.errors import StoreCorrupt
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection, Database

CHUNK_OCTETS = 1 << 20
_CHUNKS_OF_A_BODY = 1 << 16
"""Room for 64 GiB: more than any server takes."""
LEVEL = 3
"""zstd's default: on mail, level 1 saves a third of the time and costs a tenth of the space."""


_threads = threading.local()


def _compressor() -> zstandard.ZstdCompressor:
    """One for each thread: making one costs more than compressing a short message."""
    if not hasattr(_threads, "compressor"):
        _threads.compressor = zstandard.ZstdCompressor(level=LEVEL)
    compressor: zstandard.ZstdCompressor = _threads.compressor
    return compressor


def compress(octets: bytes | memoryview) -> list[bytes]:
    """The chunks of a body, ready to be saved; needs no connection, so that it can run beside the writer."""
    compressor = _compressor()
    view = memoryview(octets)
    return [
        compressor.compress(view[start : start + CHUNK_OCTETS]) for start in range(0, max(1, len(view)), CHUNK_OCTETS)
    ]


def save_chunks(connection: Connection, body_id: int, chunks: Iterable[bytes]) -> None:
    """Write all chunks of a body in place of what was there."""
    save_bodies(connection, [(body_id, chunks)])


def save_bodies(connection: Connection, packed: Sequence[tuple[int, Iterable[bytes]]]) -> None:
    """The same for many bodies, each with its chunks."""
    here = rows(
        connection,
        "SELECT j.value FROM json_each(?1) j"
        " WHERE EXISTS (SELECT 1 FROM chunks WHERE id >= j.value * ?2 AND id < (j.value + 1) * ?2)",
        (json.dumps([body_id for body_id, _ in packed]), _CHUNKS_OF_A_BODY),
    )
    for (body_id,) in here:
        _delete_chunks(connection, body_id)
    connection.executemany(
        "INSERT INTO chunks (id, octets) VALUES (?, ?)",
        (
            (body_id * _CHUNKS_OF_A_BODY + number, chunk)
            for body_id, chunks in packed
            for number, chunk in enumerate(chunks)
        ),
    )


class BodyStream:
    """Writes one large body as it comes from the wire; memory stays at one chunk.

    Each chunk is a transaction of its own. Until `finish` has returned, and a row in mail.db points to it, the
    body does not count; what an interrupted stream left is replaced by the next.
    """

    def __init__(self, database: Database, body_id: int) -> None:
        self._database = database
        self._body_id = body_id
        self._buffer = bytearray()
        self._number = 0
        self.size_octets = 0
        database.write(lambda connection: _delete_chunks(connection, body_id), durable=False)

    def write(self, octets: bytes | memoryview) -> None:
        """Add octets to the body."""
        self._buffer += octets
        self.size_octets += len(octets)
        while len(self._buffer) >= CHUNK_OCTETS:
            self._flush(CHUNK_OCTETS, durable=False)

    def finish(self) -> None:
        """Write what is left and make the whole body durable."""
        self._flush(len(self._buffer), durable=True)

    def _flush(self, count: int, *, durable: bool) -> None:
        (chunk,) = compress(bytes(self._buffer[:count]))
        key = self._body_id * _CHUNKS_OF_A_BODY + self._number
        self._database.write(
            lambda connection: connection.execute("INSERT INTO chunks (id, octets) VALUES (?, ?)", (key, chunk)),
            durable=durable,
        )
        del self._buffer[:count]
        self._number += 1


def iterate_body(connection: Connection, body_id: int) -> Iterator[bytes]:
    """The octets of a body, chunk by chunk; nothing when it is not here.

    Raises:
        StoreCorrupt: a chunk cannot be read.
    """
    decompressor = zstandard.ZstdDecompressor()
    low = body_id * _CHUNKS_OF_A_BODY
    for (chunk,) in connection.execute(
        "SELECT octets FROM chunks WHERE id >= ? AND id < ? ORDER BY id", (low, low + _CHUNKS_OF_A_BODY)
    ):
        try:
            yield decompressor.decompress(chunk, max_output_size=CHUNK_OCTETS)
        except zstandard.ZstdError as error:
            raise StoreCorrupt(
                f"The stored body {body_id} is damaged.",
                hint="Run `tuimail store rebuild`: it fetches the mail from the server again.",
            ) from error


def load_body(connection: Connection, body_id: int) -> bytes:
    """The exact octets of a body; empty when it is not here."""
    return b"".join(iterate_body(connection, body_id))


def load_beginning(connection: Connection, body_id: int) -> bytes:
    """The first octets of a body, a chunk at most: its header. Empty when it is not here.

    Raises:
        StoreCorrupt: it cannot be read.
    """
    return next(iterate_body(connection, body_id), b"")


def delete_body(connection: Connection, body_id: int) -> None:
    """Remove a body, whole or in parts."""
    from tuimail.store.parts import delete_parts

    _delete_chunks(connection, body_id)
    delete_parts(connection, body_id)


def _delete_chunks(connection: Connection, body_id: int) -> None:
    low = body_id * _CHUNKS_OF_A_BODY
    connection.execute("DELETE FROM chunks WHERE id >= ? AND id < ?", (low, low + _CHUNKS_OF_A_BODY))


def point_to_body(connection: Connection, id_: MessageId, snippet: str) -> None:
    """In mail.db: the whole body of this message is in bodies.db, under the message's own id."""
    point_to_bodies(connection, [(id_, snippet)])


def point_to_bodies(connection: Connection, snippets: Sequence[tuple[MessageId, str]]) -> None:
    """The same for many messages, each with its snippet.

    So it is for a copy that shared what was here in part; what these shared of others may be let go.
    """
    ids = json.dumps([id_ for id_, _ in snippets])
    connection.execute(
        "INSERT OR IGNORE INTO dropped_bodies (body_id) SELECT m.body_id FROM json_each(?) j"
        " JOIN messages m ON m.id = j.value WHERE m.body_id <> m.id",
        (ids,),
    )
    connection.execute(
        "UPDATE messages SET body = ?1 WHERE body_id IN (SELECT value FROM json_each(?2)) AND body = ?3"
        " AND id <> body_id",
        (BodyState.FULL.value, ids, BodyState.PARTIAL.value),
    )
    connection.executemany(
        "UPDATE messages SET body = ?, body_id = id, snippet = ? WHERE id = ?",
        ((BodyState.FULL.value, snippet, id_) for id_, snippet in snippets),
    )


def drop(database: Database, body_ids: Iterable[int]) -> None:
    """Remove the bodies of messages that are gone."""
    body_ids = list(body_ids)

    def delete_all(connection: Connection) -> None:
        for body_id in body_ids:
            delete_body(connection, body_id)

    if body_ids:
        database.write(delete_all, durable=False)
