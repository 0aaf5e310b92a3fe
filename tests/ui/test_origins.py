"""Who is known, out of the contacts: borrowed names, domains that look alike, first messages."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from tests.mime.origin.ordinary import arrived
from tests.ui.conftest import CONFIG
from tests.ui.sample_store import NOW, Place, Sample, deliver, make_place
from tuimail.store import contacts, picture_senders
from tuimail.ui.origins import FEWEST_PEOPLE, OFTEN, Origins

SAM = msgspec.structs.replace(CONFIG.accounts["home"], display_name="Sam Reader")
SETTINGS = msgspec.structs.replace(CONFIG, accounts={"home": SAM})


def letter(sender: str, number: int, *, to: str = "sam@example.net") -> bytes:
    return arrived(f"From: {sender}\nTo: {to}\nMessage-ID: <{sender[-12:-1]}{number}@x.example>\n") + b"\r\nHello\r\n"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Ada wrote often, Bo was written to, and others once each."""
    made = make_place(tmp_path_factory.mktemp("world"))
    letters = [letter("Ada Byron <ada@museum.example>", number) for number in range(OFTEN)]
    letters += [letter(f"Person {number} <p{number}@many.example>", number) for number in range(FEWEST_PEOPLE)]
    deliver(made, "INBOX", [Sample(octets, 1000 + number) for number, octets in enumerate(letters)])
    sent = letter("Sam Reader <sam@example.net>", 1, to="Bo Carr <bo@harbour.example>")
    deliver(made, "Sent", [Sample(sent, 10)])
    made.store.mail.write(
        lambda connection: connection.execute("UPDATE mailboxes SET special_use = '\\Sent' WHERE name = 'Sent'"),
        durable=False,
    )
    yield made
    made.store.close()


def count_people(place: Place) -> None:
    """Take all messages in, as the engine does after a pass and a while."""
    store = place.store
    for now in (NOW, NOW + 2 * contacts.LAG_S):
        while store.mail.write(lambda connection, now=now: contacts.catch_up(connection, now=now), durable=False):  # type: ignore[misc]
            pass


def doubts(place: Place, sender: str) -> list[str]:
    (id_,) = deliver(place, "INBOX", [Sample(letter(sender, 77), 5)], first_uid=900)
    found = Origins(lambda: SETTINGS).load(place.store, id_)
    assert found is not None
    return [f"{notice.kind}: {notice.text}" for notice in found[1].notices]


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("Ada Byron <ada@museum.example>", []),
        ("Ada Byron <ada@mail.museum.example>", ["note: This is the first message from ada@mail.museum.example."]),
        ("Person 3 <p3@many.example>", []),
        ("Nia Roe <nia@new.example>", ["note: This is the first message from nia@new.example."]),
        (
            "Ada Byron <ada@private.example>",
            ["warning: You know Ada Byron by another address: ada@museum.example, not ada@private.example."],
        ),
        (
            "Bo <bo@harb0ur.example>",
            ["warning: harb0ur.example looks like harbour.example, which you have mail from, but is another domain."],
        ),
        ("Sam Reader <sam@private.example>", ["warning: This bears your name, but comes from sam@private.example."]),
        ("Person 1 <x@new.example>", ["note: This is the first message from x@new.example."]),
        ("Shop <noreply@new.example>", []),
    ],
)
def test_doubts_go_by_who_is_known(world: Place, sender: str, expected: list[str]) -> None:
    count_people(world)
    assert doubts(world, sender) == expected


def test_a_first_message_is_still_the_first_when_it_was_counted(world: Place) -> None:
    (id_,) = deliver(world, "INBOX", [Sample(letter("Nia Roe <nia@new.example>", 1), 5)], first_uid=900)
    count_people(world)
    found = Origins(lambda: SETTINGS).load(world.store, id_)
    assert found is not None
    assert [notice.text for notice in found[1].notices] == ["This is the first message from nia@new.example."]


def test_where_few_are_known_nobody_is_new(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = make_place(tmp_path_factory.mktemp("few"))
    deliver(place, "INBOX", [Sample(letter("Ada Byron <ada@museum.example>", 1), 60)])
    count_people(place)
    assert doubts(place, "Nia Roe <nia@new.example>") == []
    place.store.close()


def test_people_are_taken_in_again_when_more_were_counted(world: Place) -> None:
    origins = Origins(lambda: SETTINGS)
    (id_,) = deliver(world, "INBOX", [Sample(letter("Ada Byron <ada@private.example>", 77), 5)], first_uid=900)
    found = origins.load(world.store, id_)
    assert found is not None
    assert found[1].notices == ()
    count_people(world)
    found = origins.load(world.store, id_)
    assert found is not None
    assert len(found[1].notices) == 1


def test_what_is_not_here_has_no_origin(world: Place) -> None:
    (id_,) = deliver(world, "INBOX", [Sample(letter("Eve <e@x.example>", 1), 5)], first_uid=950, with_bodies=False)
    assert Origins(lambda: SETTINGS).load(world.store, id_) is None


def test_senders_of_pictures_are_remembered_without_case(world: Place) -> None:
    store = world.store
    assert not store.mail.read(lambda connection: picture_senders.is_allowed(connection, "News@Garden.example"))
    store.mail.write(lambda connection: picture_senders.allow(connection, "news@garden.example", now=NOW), durable=True)
    assert store.mail.read(lambda connection: picture_senders.is_allowed(connection, "News@Garden.example"))
