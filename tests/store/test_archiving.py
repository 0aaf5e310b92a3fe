"""Archive by year and month, junk and not junk, and mailboxes that are made on the way: each with one undo."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tests.store.world import LISTED, World, check_invariants, message_ids, server_message
from tuimail.config.schema import ArchiveBy
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MessageId
from tuimail.store import archiving, changes, journal, junking, mailboxes, undo
from tuimail.store.journal import IntentKind
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.target_mailbox import NewMailbox

NAMES = ("home", "pop")


@pytest.fixture(autouse=True)
def _far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(params=["imap", "pop3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = (World.make if request.param == "imap" else World.make_local)(tmp_path / "data")
    yield made
    made.read(check_invariants)
    made.store.close()


def _dated(world: World, *moments: tuple[int, int, int]) -> list[MessageId]:
    """Messages in the inbox, sent at noon on these days; the last second of a year's last local day is one of them."""
    at = [int(time.mktime((*day, 23, 59, 59, 0, 0, -1))) for day in moments]
    if world.mailboxes.keys() >= {"Groups"}:
        made = [server_message(uid) for uid in range(1, len(at) + 1)]
        batch = [
            dataclasses.replace(one, internal_date=when, envelope=msgspec.structs.replace(one.envelope, sent_at=when))
            for one, when in zip(made, at, strict=True)
        ]
        return world.save("INBOX", batch)
    ids = world.deliver("INBOX", *range(1, len(at) + 1))
    for id_, when in zip(ids, at, strict=True):
        world.write(partial(_set_date, id_=id_, date=when))
    return ids


def _set_date(connection: object, id_: MessageId, date: int) -> None:
    connection.execute("UPDATE messages SET date = ? WHERE id = ?", (date, id_))  # type: ignore[attr-defined]


def _where(world: World) -> dict[int, str]:
    names = {int(box.id): box.name for box in world.read(mailboxes.list_mailboxes)}
    return {id_: names[mailbox_id] for id_, (mailbox_id, *_) in world.view().items() if mailbox_id is not None}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (ArchiveBy.NOTHING, ["Archive", "Archive", "Archive"]),
        (ArchiveBy.YEAR, ["Archive/2025", "Archive/2026", "Archive/2026"]),
        (ArchiveBy.MONTH, ["Archive/2025/12", "Archive/2026/01", "Archive/2026/11"]),
    ],
)
def test_by_the_date_in_local_time_with_one_undo(place: World, by: ArchiveBy, expected: list[str]) -> None:
    ids = _dated(place, (2025, 12, 31), (2026, 1, 1), (2026, 11, 30))
    before, boxes = place.view(), len(place.read(mailboxes.list_mailboxes))
    for pushed in (False, True):
        done = place.write(partial(archiving.archive, ids=ids, by=by, now=1))
        assert [_where(place)[id_] for id_ in ids] == expected
        assert done.title == f"3 messages moved to {' and '.join(dict.fromkeys(expected))}"
        if pushed:
            place.push()
            assert place.read(journal.list_queue) == []
        place.write(partial(undo.undo, now=2))
        place.push()
        assert place.view() == before
        assert len(place.read(mailboxes.list_mailboxes)) == boxes
        place.write(partial(undo.redo, now=3))
        assert [_where(place)[id_] for id_ in ids] == expected
        place.write(partial(undo.undo, now=4))
    place.push()
    assert place.view() == before


def test_many_mailboxes_are_counted_and_those_there_are_used(world: World) -> None:
    ids = _dated(world, (2022, 5, 1), (2023, 5, 1), (2024, 5, 1), (2025, 5, 1))
    done = world.write(partial(archiving.archive, ids=ids, by=ArchiveBy.YEAR, now=1))
    assert done.title == "4 messages moved to 4 mailboxes of the archive"
    made = len(world.read(mailboxes.list_mailboxes))
    (again,) = world.save("INBOX", [server_message(9)])
    world.write(partial(archiving.archive, ids=[again], by=ArchiveBy.YEAR, now=2))
    assert len(world.read(mailboxes.list_mailboxes)) == made
    assert world.write(partial(archiving.archive, ids=[again], by=ArchiveBy.YEAR, now=2)).is_empty


@pytest.mark.parametrize(
    ("delimiter", "attributes", "expected"),
    [(".", (), "Archive.2026"), ("", (), "Archive 2026"), ("/", ("\\NoInferiors",), "Archive 2026")],
)
def test_names_are_what_the_server_can_have(
    tmp_path: Path, delimiter: str, attributes: tuple[str, ...], expected: str
) -> None:
    world = World.make(tmp_path / "data")
    listed = [msgspec.structs.replace(facts, delimiter=delimiter) for facts in LISTED]
    listed.append(ListedFacts("Archive", delimiter, attributes, None, True, True))
    world.write(lambda connection: mailboxes.save_listed(connection, world.account_id, listed))
    (id_,) = _dated(world, (2026, 3, 1))
    world.write(partial(archiving.archive, ids=[id_], by=ArchiveBy.YEAR, now=1))
    assert _where(world)[id_] == expected
    world.store.close()


def test_junk_and_not_junk(place: World) -> None:
    ids = _dated(place, (2026, 1, 1), (2026, 1, 2))
    before = place.view()
    done = place.write(partial(junking.junk, ids=ids, now=1))
    assert done.title == "2 messages moved to Junk"
    assert {(_where(place)[id_], place.view()[id_][2]) for id_ in ids} == {("Junk", ("$Junk",))}
    place.push()
    back = place.write(partial(junking.not_junk, ids=ids, now=2))
    assert back.title == "2 messages moved to the inbox: not junk"
    assert {(_where(place)[id_], place.view()[id_][2]) for id_ in ids} == {("INBOX", ("$NotJunk",))}
    place.write(partial(undo.undo, now=3))
    assert {(_where(place)[id_], place.view()[id_][2]) for id_ in ids} == {("Junk", ("$Junk",))}
    place.write(partial(undo.undo, now=4))
    assert place.view() == before


@pytest.mark.parametrize("verb", [changes.move, changes.copy])
def test_a_new_mailbox_is_made_on_the_way_and_unmade_by_the_same_undo(world: World, verb: object) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    assert callable(verb)
    target = NewMailbox(world.account_id, "Projects/Boat")
    done = world.write(partial(verb, ids=[id_], target_id=target, now=1))
    assert done.title.endswith("to Projects/Boat")
    assert [intent.kind for intent in world.ready()] == [IntentKind.CREATE_MAILBOX]
    boat = next(box for box in world.read(mailboxes.list_mailboxes) if box.name == "Projects/Boat")
    assert boat.total == 1
    world.write(partial(undo.undo, now=2))
    assert world.read(journal.list_queue) == []
    assert message_ids(world, "INBOX") == [id_]
    assert "Projects/Boat" not in {box.name for box in world.read(mailboxes.list_mailboxes)}
    world.write(partial(undo.redo, now=3))
    world.push()
    # The second time it is there.
    (other,) = world.save("INBOX", [server_message(2)])
    world.write(partial(verb, ids=[other], target_id=target, now=4))
    assert [intent.kind for intent in world.ready()] != [IntentKind.CREATE_MAILBOX]


def test_a_name_that_can_be_none_is_refused_and_nothing_is_done(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    with pytest.raises(ConfigError, match="empty level"):
        world.write(partial(changes.move, ids=[id_], target_id=NewMailbox(world.account_id, "a//b"), now=1))
    assert world.read(journal.list_queue) == []


def test_a_mailbox_that_was_made_stays_while_something_else_is_in_it(world: World) -> None:
    first, second = world.save("INBOX", [server_message(1), server_message(2)])
    target = NewMailbox(world.account_id, "Boat")
    world.write(partial(changes.move, ids=[first], target_id=target, now=1))
    world.push()
    boat = next(box for box in world.read(mailboxes.list_mailboxes) if box.name == "Boat")
    world.mailboxes["Boat"] = boat.id
    world.save("Boat", [server_message(50)])
    world.write(partial(undo.undo, now=2))
    world.push()
    assert message_ids(world, "INBOX") == [second, first]
    assert len(message_ids(world, "Boat")) == 1
