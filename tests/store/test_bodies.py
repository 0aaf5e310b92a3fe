from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.world import World, server_message
from tuimail.model.errors import StoreCorrupt
from tuimail.store import bodies, read
from tuimail.store.store import Store


def _load(store: Store, body_id: int) -> bytes:
    return store.bodies.read(lambda connection: bodies.load_body(connection, body_id))


@given(octets=st.binary(max_size=3000), repeat=st.sampled_from((1, 400, 1000)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_octets_come_back_exactly(tmp_path: Path, octets: bytes, repeat: int) -> None:
    store = Store(tmp_path / "data")
    body = octets * repeat
    store.bodies.write(lambda connection: bodies.save_chunks(connection, 5, bodies.compress(body)), durable=False)
    assert _load(store, 5) == body
    assert _load(store, 4) == b""
    store.close()


@pytest.mark.parametrize("size", [0, 1, bodies.CHUNK_OCTETS - 1, bodies.CHUNK_OCTETS, 2 * bodies.CHUNK_OCTETS + 7])
def test_a_stream_writes_the_same_as_one_piece(tmp_path: Path, size: int) -> None:
    store = Store(tmp_path / "data")
    octets = bytes(number * 7 % 251 for number in range(1000)) * (size // 1000 + 1)
    stream = bodies.BodyStream(store.bodies, 9)
    for start in range(0, size, 333_333):
        stream.write(memoryview(octets)[start : min(start + 333_333, size)])
    stream.finish()
    assert stream.size_octets == size
    assert _load(store, 9) == octets[:size]
    store.close()


def test_what_an_interrupted_stream_left_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    bodies.BodyStream(store.bodies, 9).write(b"x" * (3 * bodies.CHUNK_OCTETS))
    again = bodies.BodyStream(store.bodies, 9)
    again.write(b"whole")
    again.finish()
    assert _load(store, 9) == b"whole"
    bodies.drop(store.bodies, [9, 10])
    assert _load(store, 9) == b""
    store.close()


def test_many_bodies_take_the_place_of_what_was_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    long = b"x" * (2 * bodies.CHUNK_OCTETS + 1)
    store.bodies.write(lambda c: bodies.save_bodies(c, [(7, bodies.compress(long)), (8, [])]), durable=False)
    assert (_load(store, 7), _load(store, 8)) == (long, b"")
    packed = [(6, bodies.compress(b"six")), (7, bodies.compress(b"seven")), (8, bodies.compress(b""))]
    store.bodies.write(lambda connection: bodies.save_bodies(connection, packed), durable=False)
    assert [_load(store, id_) for id_ in (6, 7, 8)] == [b"six", b"seven", b""]
    store.close()


def test_a_damaged_chunk_is_told_as_damage(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.bodies.write(lambda connection: bodies.save_chunks(connection, 1, [b"no frame"]), durable=False)
    with pytest.raises(StoreCorrupt, match="damaged"):
        _load(store, 1)
    store.close()


def test_bodies_are_wanted_newest_first_and_only_where_they_are_missing(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in (1, 2, 3)])
    world.write(lambda connection: bodies.point_to_body(connection, ids[1], "words"))
    wanted = world.read(lambda c: read.bodies_to_fetch(c, world.account_id, since=0, limit=10))
    assert [(uid, id_) for _mailbox, uid, id_, _size in wanted] == [(3, ids[2]), (1, ids[0])]
    place = world.read(lambda connection: read.body_place(connection, ids[1]))
    assert place is not None
    assert place.body_id == ids[1]
