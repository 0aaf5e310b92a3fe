"""Messages that are here in part: frame and pieces, what shares them, and what is wanted of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.store.world import World, server_message
from tuimail.model.errors import StoreCorrupt
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState
from tuimail.store import bodies, changes, identity, part_wants, parts, read
from tuimail.store.parts import PIECE_OCTETS, StoredPart
from tuimail.store.store import Store

FRAME = b"Subject: x\r\n\r\ntext"
PART = bytes(number * 7 % 251 for number in range(2 * PIECE_OCTETS + 11))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "data")
    made.bodies.write(partial(parts.save_frame, body_id=5, frame=FRAME, left={"2": len(PART), "3": 9}), durable=True)
    yield made
    made.close()


def here(store: Store, body_id: int = 5) -> dict[str, StoredPart]:
    return store.bodies.read(partial(parts.parts_here, body_id=body_id))


def load(store: Store, section: str, body_id: int = 5) -> bytes | None:
    return store.bodies.read(partial(parts.load_part, body_id=body_id, section=section))


def add(store: Store, section: str, *numbers: int) -> None:
    for number in numbers:
        octets = PART[number * PIECE_OCTETS : (number + 1) * PIECE_OCTETS]
        store.bodies.write(
            partial(parts.add_piece, body_id=5, section=section, number=number, octets=octets), durable=False
        )


def count(store: Store, table: str) -> int:
    return int(store.bodies.read(lambda connection: connection.execute(f"SELECT COUNT(*) FROM {table}").get))


def test_a_part_counts_once_all_of_it_is_here(store: Store) -> None:
    assert store.bodies.read(partial(parts.load_frame, body_id=5)) == FRAME
    assert here(store) == {"2": StoredPart("2", len(PART), False), "3": StoredPart("3", 9, False)}
    add(store, "2", 0, 1)
    assert here(store)["2"].came_octets == 2 * PIECE_OCTETS
    assert load(store, "2") is None
    add(store, "2", 2)
    assert load(store, "2") is None
    store.bodies.write(partial(parts.finish_part, body_id=5, section="2"), durable=True)
    assert load(store, "2") == PART
    assert here(store)["2"] == StoredPart("2", len(PART), True, len(PART))


def test_a_new_frame_begins_anew(store: Store) -> None:
    add(store, "2", 0, 1)
    store.bodies.write(partial(parts.save_frame, body_id=5, frame=b"other", left={"4": 1}), durable=True)
    assert here(store) == {"4": StoredPart("4", 1, False)}
    assert count(store, "part_chunks") == 1
    with_late = partial(parts.add_piece, body_id=5, section="2", number=2, octets=b"late")
    assert store.bodies.write(with_late, durable=False) is False


def test_all_of_it_goes_with_the_message(store: Store) -> None:
    add(store, "2", 0)
    store.bodies.write(lambda connection: bodies.save_chunks(connection, 5, [b"x"]), durable=False)
    assert here(store), "the whole takes the place of the parts only when mail.db says so"
    bodies.drop(store.bodies, [5])
    assert count(store, "parts") == count(store, "part_chunks") == count(store, "chunks") == 0


def test_what_is_here_whole_needs_no_parts(store: Store) -> None:
    parts.drop_parts(store.bodies, [4, 6])
    assert here(store)
    parts.drop_parts(store.bodies, [4, 5, 6])
    assert count(store, "parts") == count(store, "part_chunks") == 0


def test_a_damaged_piece_is_told_as_damage(store: Store) -> None:
    store.bodies.write(lambda connection: connection.execute("UPDATE part_chunks SET octets = x'00'"), durable=False)
    with pytest.raises(StoreCorrupt, match="damaged"):
        store.bodies.read(partial(parts.load_frame, body_id=5))


def in_part(world: World, uid: int) -> MessageId:
    """A message of which the text is here."""
    (id_,) = world.save("INBOX", [server_message(uid)])
    world.store.bodies.write(partial(parts.save_frame, body_id=id_, frame=FRAME, left={"2": 9}), durable=True)
    world.write(partial(parts.point_to_frame, id_=id_, snippet="text"))
    return id_


def state(world: World, id_: MessageId) -> tuple[BodyState, int | None]:
    place = world.read(partial(read.body_place, id_=id_))
    assert place is not None
    return place.state, place.body_id


def test_a_copy_shares_what_is_here_and_gets_the_rest_with_it(world: World) -> None:
    id_ = in_part(world, 1)
    (copy_id,) = world.write(lambda c: changes.copy(c, [id_], world.mailboxes["Work"], now=1)).message_ids
    assert state(world, copy_id) == (BodyState.PARTIAL, id_)
    world.store.bodies.write(lambda c: bodies.save_chunks(c, id_, bodies.compress(b"whole")), durable=True)
    world.write(partial(bodies.point_to_body, id_=id_, snippet="whole"))
    assert state(world, copy_id) == state(world, id_) == (BodyState.FULL, id_)


def test_a_copy_that_was_fetched_whole_lets_the_other_one_be(world: World) -> None:
    id_ = in_part(world, 1)
    (copy_id,) = world.write(lambda c: changes.copy(c, [id_], world.mailboxes["Work"], now=1)).message_ids
    world.write(partial(bodies.point_to_body, id_=copy_id, snippet="whole"))
    assert state(world, copy_id) == (BodyState.FULL, copy_id)
    assert state(world, id_) == (BodyState.PARTIAL, id_)
    assert world.write(identity.take_dropped_bodies) == [], "the other one has it still"


def test_what_is_here_whole_is_not_in_part_again(world: World) -> None:
    id_ = in_part(world, 1)
    world.write(partial(bodies.point_to_body, id_=id_, snippet="whole"))
    world.write(partial(parts.point_to_frame, id_=id_, snippet="late"))
    assert state(world, id_) == (BodyState.FULL, id_)


def test_a_message_in_part_still_wants_its_body(world: World) -> None:
    id_ = in_part(world, 1)
    found = world.read(partial(read.bodies_to_fetch, account_id=world.account_id, since=0, limit=9))
    assert [row[2] for row in found] == [id_]


def test_wants_outlive_what_happens_to_them(world: World) -> None:
    id_ = in_part(world, 1)
    other_id = in_part(world, 2)
    is_any = partial(part_wants.is_any_wanted, account_id=world.account_id)
    listed = partial(part_wants.list_wanted, account_id=world.account_id)
    assert not world.read(is_any)
    world.write(partial(part_wants.want_parts, id_=other_id, sections=["2"], now=20))
    world.write(partial(part_wants.want_parts, id_=id_, sections=["2", "3"], now=10))
    assert world.read(is_any)
    assert [(one.message_id, one.section) for one in world.read(listed)] == [(id_, "2"), (id_, "3"), (other_id, "2")]
    first = world.read(listed)[0]
    world.write(partial(part_wants.count_try, want=first))
    world.write(partial(part_wants.count_try, want=first))
    assert world.read(listed)[0].tries == 2
    world.write(partial(part_wants.forget_tries, id_=id_, section="2"))
    assert world.read(listed)[0].tries == 0
    world.write(partial(part_wants.refuse_want, id_=id_, section="2", problem="Gone."))
    assert [one.section for one in world.read(listed)] == ["3", "2"]
    assert world.read(partial(part_wants.wants_of, id_=id_))["2"].problem == "Gone."
    world.write(partial(part_wants.want_parts, id_=id_, sections=["2"], now=30))
    assert [one.problem for one in world.read(partial(part_wants.wants_of, id_=id_)).values()] == ["", ""]
    world.write(partial(part_wants.settle_want, id_=id_, section="2"))
    assert list(world.read(partial(part_wants.wants_of, id_=id_))) == ["3"]
    world.write(lambda connection: connection.execute("DELETE FROM messages WHERE id = ?", (id_,)))
    assert world.read(partial(part_wants.wants_of, id_=id_)) == {}
