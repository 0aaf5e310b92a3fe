"""Messages that are here in part: their frame, and the parts that came one by one, in bodies.db.

    frame ''          the message with its header and texts, and with nothing where other parts belong
    part "2", "1.3"   one that the frame lacks: not here, under way (pieces 0 … n), or here

A part is told by its section (RFC 9051, section 6.4.5) and holds the octets of its content, still in their transfer
encoding. It counts once all its pieces are here. None of this ever makes up a whole message: that comes only from the
server, in one piece (`store.bodies`). What is wanted and has not come stands in mail.db: see `store.part_wants`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import zstandard

from tuimail.model.errors import StoreCorrupt
from tuimail.model.message import BodyState
from tuimail.store.bodies import CHUNK_OCTETS, compress
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.model.ids import MessageId
    from tuimail.store.database import Connection, Database

PIECE_OCTETS = CHUNK_OCTETS
"""Of a part, fetched and stored together: an interrupted fetch loses no more than this."""
_PIECES_OF_A_PART = 1 << 16
"""Keys of pieces that are kept free for each part: 64 GB of it."""
_FRAME = ""


class StoredPart(msgspec.Struct, frozen=True):
    """A part that the frame lacks. `size_octets` is what the server says of it, before its encoding is undone.

    `came_octets`: so many of them are here; all of them once it `is_here`.
    """

    section: str
    size_octets: int
    is_here: bool
    came_octets: int = 0


def save_frame(connection: Connection, body_id: int, frame: bytes, left: Mapping[str, int]) -> None:
    """Store a message's frame and the sizes in octets of the parts that it lacks, in place of what was there."""
    delete_parts(connection, body_id)
    connection.executemany(
        "INSERT INTO parts (body_id, section, size_octets, is_here) VALUES (?, ?, ?, 0)",
        [(body_id, section, size) for section, size in left.items()],
    )
    connection.execute(
        "INSERT INTO parts (body_id, section, size_octets, is_here) VALUES (?, ?, ?, 1)", (body_id, _FRAME, len(frame))
    )
    key = connection.last_insert_rowid()
    connection.executemany(
        "INSERT INTO part_chunks (id, octets) VALUES (?, ?)",
        [(key * _PIECES_OF_A_PART + number, chunk) for number, chunk in enumerate(compress(frame))],
    )


def load_frame(connection: Connection, body_id: int) -> bytes | None:
    """The message as far as it was fetched to be read; None: nothing of it is here in part.

    Raises:
        StoreCorrupt: it cannot be read.
    """
    return load_part(connection, body_id, _FRAME)


def has_frame(connection: Connection, body_id: int) -> bool:
    """Whether the message is here in part."""
    return _key(connection, body_id, _FRAME, is_here=True) is not None


def parts_here(connection: Connection, body_id: int) -> dict[str, StoredPart]:
    """The parts that the frame lacks, by section, in no order; empty for a message that is here whole, or not at all.

    `body_id` is the message's `BodyPlace.body_id`, the connection that of bodies.db.
    """
    found = {}
    for key, section, size, is_here in rows(
        connection,
        "SELECT id, section, size_octets, is_here FROM parts WHERE body_id = ? AND section <> ''",
        (body_id,),
    ):
        came = size if is_here else min(size, _pieces(connection, key) * PIECE_OCTETS)
        found[section] = StoredPart(section, size, bool(is_here), came)
    return found


def load_part(connection: Connection, body_id: int, section: str) -> bytes | None:
    """The octets of a part as they came, in their transfer encoding; None: it is not here (whole).

    Raises:
        StoreCorrupt: a piece cannot be read.
    """
    key = _key(connection, body_id, section, is_here=True)
    if key is None:
        return None
    decompressor = zstandard.ZstdDecompressor()
    low = key * _PIECES_OF_A_PART
    found = connection.execute(
        "SELECT octets FROM part_chunks WHERE id >= ? AND id < ? ORDER BY id", (low, low + _PIECES_OF_A_PART)
    )
    try:
        return b"".join(decompressor.decompress(chunk, max_output_size=PIECE_OCTETS) for (chunk,) in found)
    except zstandard.ZstdError as error:
        raise StoreCorrupt(
            f"Part {section or 'zero'} of the stored body {body_id} is damaged.",
            hint="Run `tuimail store rebuild`: it fetches the mail from the server again.",
        ) from error


def add_piece(connection: Connection, body_id: int, section: str, number: int, octets: bytes) -> bool:
    """Store piece `number` (from 0) of a part. Returns false when the part is not expected any more."""
    key = _key(connection, body_id, section, is_here=False)
    if key is None:
        return False
    connection.execute(
        "INSERT OR REPLACE INTO part_chunks (id, octets) VALUES (?, ?)",
        (key * _PIECES_OF_A_PART + number, compress(octets)[0]),
    )
    return True


def finish_part(connection: Connection, body_id: int, section: str) -> None:
    """All pieces of the part are here."""
    connection.execute("UPDATE parts SET is_here = 1 WHERE body_id = ? AND section = ?", (body_id, section))


def delete_parts(connection: Connection, body_id: int) -> None:
    """Remove frame and parts of a message."""
    for (key,) in rows(connection, "DELETE FROM parts WHERE body_id = ? RETURNING id", (body_id,)):
        low = key * _PIECES_OF_A_PART
        connection.execute("DELETE FROM part_chunks WHERE id >= ? AND id < ?", (low, low + _PIECES_OF_A_PART))


def drop_parts(database: Database, body_ids: Sequence[int]) -> None:
    """Remove what is here in part of messages that are here whole by now; next to nothing where there is none."""

    def lies_here(connection: Connection) -> list[int]:
        known = rows(connection, "SELECT 1 FROM parts LIMIT 1")
        one = "SELECT 1 FROM parts WHERE body_id = ? LIMIT 1"
        return [body_id for body_id in body_ids if rows(connection, one, (body_id,))] if known else []

    def delete_all(connection: Connection) -> None:
        for body_id in found:
            delete_parts(connection, body_id)

    if found := database.read(lies_here):
        database.write(delete_all, durable=False)


def point_to_frame(connection: Connection, id_: MessageId, snippet: str) -> None:
    """In mail.db: the message is here in part, under its own id; one that is here whole stays so."""
    connection.execute(
        "UPDATE messages SET body = ?, body_id = id, snippet = ? WHERE id = ? AND body < ?",
        (BodyState.PARTIAL.value, snippet, id_, BodyState.FULL.value),
    )


def _key(connection: Connection, body_id: int, section: str, *, is_here: bool) -> int | None:
    found = rows(
        connection,
        "SELECT id FROM parts WHERE body_id = ? AND section = ? AND is_here = ?",
        (body_id, section, is_here),
    )
    return int(found[0][0]) if found else None


def _pieces(connection: Connection, key: int) -> int:
    """How many pieces came, from the first on without a gap: they are stored in their order."""
    low = key * _PIECES_OF_A_PART
    found = rows(
        connection, "SELECT COUNT(*) FROM part_chunks WHERE id >= ? AND id < ?", (low, low + _PIECES_OF_A_PART)
    )
    return int(found[0][0])
