"""Answers that name no message join what they answer by its subject; nothing else is joined by a subject."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.world import EPOCH, World, own_message
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.model.server import Protocol
from tuimail.model.server_message import ServerMessage
from tuimail.store import changes, inserting, local, thread_list, threads
from tuimail.store.subjects import MAX_CHARACTERS, base_subject

ADA, BO, CY, DI = (Address(name.title(), f"{name}@example.org") for name in ("ada", "bo", "cy", "di"))
DAY_S = 86_400


def told(
    uid: int, subject: str, from_: Address, *to: Address, day: float = 0, references: tuple[str, ...] = ()
) -> ServerMessage:
    date = EPOCH + int(day * DAY_S)
    envelope = Envelope(subject, (from_,), to, message_id=f"<{uid}@t>", references=references, sent_at=date)
    return ServerMessage(uid, Flags(), date, 1000 + uid, None, envelope, False)


def groups(world: World, batch: Sequence[ServerMessage], *, one_by_one: bool = True) -> list[set[int]]:
    """The threads of these messages, by UID."""
    if one_by_one:
        ids = {one.uid: world.save("INBOX", [one])[0] for one in batch}
    else:
        ids = dict(zip(sorted(one.uid for one in batch), world.save("INBOX", batch), strict=True))
    found = world.read(lambda connection: thread_list.thread_ids_of(connection, list(ids.values())))
    by_thread: dict[int, set[int]] = {}
    for uid, id_ in ids.items():
        by_thread.setdefault(found[id_], set()).add(uid)
    return sorted(by_thread.values(), key=min)


@pytest.mark.parametrize(
    ("subject", "base", "is_reply"),
    [
        ("Lunch", "lunch", False),
        ("Re: Lunch", "lunch", True),
        ("RE:Lunch", "lunch", True),
        ("re :  Two   words ", "two words", True),
        ("AW: Sv: Antw: Lunch", "lunch", True),
        ("RE[2]: Lunch", "lunch", True),
        ("Re (3): Lunch", "lunch", True),
        ("Re^4: Lunch", "lunch", True),
        ("Re*5: Lunch", "lunch", True),
        ("Re[friends]: Lunch", "lunch", True),
        ("回复：Lunch", "lunch", True),
        ("[friends] Re: Lunch", "lunch", True),
        ("Re: [friends] Lunch", "lunch", True),
        ("[friends] Lunch", "lunch", False),
        ("Fwd: Lunch", "lunch", False),
        ("Fwd: Re: Lunch", "lunch", False),
        ("WG: Lunch", "lunch", False),
        ("Re: Fwd: Lunch", "lunch", True),
        ("[Fwd: Re: Lunch]", "lunch", False),
        ("Re: Lunch (fwd) (Fwd)", "lunch", True),
        ("[friends]", "[friends]", False),
        ("Re: [friends]", "[friends]", True),
        ("Re:", "", True),
        ("", "", False),
        ("Report: Lunch", "report: lunch", False),
        ("Ref: 12", "ref: 12", False),
        ("Rent: Re: Lunch", "rent: re: lunch", False),
    ],
)
def test_the_base_of_a_subject(subject: str, base: str, is_reply: bool) -> None:
    assert base_subject(subject) == (base, is_reply)


@given(st.text(alphabet="[]()fwd:reRE AW\u3000x^2"))
def test_any_subject_has_a_base_that_is_its_own(subject: str) -> None:
    base, _ = base_subject(subject)
    assert base_subject(base)[0] == base
    assert len(base_subject("[a]" * 4000 + subject)[0]) <= MAX_CHARACTERS
    answered = base_subject("Re: " + subject[: MAX_CHARACTERS - 4])
    assert answered == (base_subject(subject[: MAX_CHARACTERS - 4])[0], True)


THREE = [told(1, "Lunch", ADA, BO), told(2, "Re: Lunch", BO, ADA, day=1), told(3, "AW: Lunch", ADA, BO, day=2)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_answer_without_references_joins_whatever_the_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    world = World.make(tmp_path / "data")
    assert groups(world, [THREE[number] for number in order]) == [{1, 2, 3}]
    world.store.close()


def test_answers_of_one_batch_join(world: World) -> None:
    assert groups(world, list(reversed(THREE)), one_by_one=False) == [{1, 2, 3}]


@pytest.mark.parametrize(
    "answer",
    [
        told(2, "Lunch", ADA, BO, day=1),
        told(2, "Fwd: Lunch", BO, ADA, day=1),
        told(2, "Re: Dinner", BO, ADA, day=1),
        told(2, "Re: Lunch", CY, DI, day=1),
        told(2, "Re: Lunch", CY, BO, day=1),
        told(2, "Re: Lunch", BO, ADA, day=30.1),
        told(2, "Re: Lunch", BO, ADA, day=-0.1),
        told(2, "Re: Lunch", BO, ADA, day=1, references=("<9@t>",)),
    ],
    ids=["no answer", "forwarded", "other subject", "strangers", "both to me", "late", "earlier", "names another"],
)
def test_what_is_no_answer_to_it_stays_alone(world: World, answer: ServerMessage) -> None:
    assert groups(world, [told(1, "Lunch", ADA, BO), answer]) == [{1}, {2}]


def test_it_joins_the_newest_and_only_that(world: World) -> None:
    weekly = [told(week, "Weekly news", ADA, BO, day=7 * week) for week in range(1, 5)]
    assert groups(world, [*weekly, told(9, "Re: Weekly news", BO, ADA, day=22)]) == [{1}, {2}, {3, 9}, {4}]
    copy = told(19, "Re: Weekly news", BO, ADA, day=22)
    world.save("Work", [copy])
    assert groups(world, [told(30, "Weekly news", ADA, BO, day=35)]) == [{30}]
    assert len(set(thread_of(world).values())) == 5


def thread_of(world: World) -> dict[MessageId, int]:
    ids = list(world.view())
    return world.read(lambda connection: thread_list.thread_ids_of(connection, ids))


def test_a_clock_that_is_somewhat_slow(world: World) -> None:
    assert groups(world, [told(1, "Lunch", ADA, BO), told(2, "Re: Lunch", BO, ADA, day=-0.02)]) == [{1, 2}]


def test_no_other_account_is_looked_at(world: World) -> None:
    other = World.of(world.store, "home", Protocol.IMAP)
    (first,) = world.save("INBOX", [told(1, "Lunch", ADA, BO)])
    (second,) = other.save("INBOX", [told(2, "Re: Lunch", BO, ADA, day=1)])
    assert thread_of(world)[first] != thread_of(world)[second]
    # A copy there of what it answers is its company there.
    target = other.mailboxes["INBOX"]
    (copied,) = world.write(lambda connection: changes.copy(connection, [first], target, now=1)).message_ids
    assert thread_of(world)[copied] == thread_of(world)[second] != thread_of(world)[first]


def test_what_pop3_delivers_joins_too(tmp_path: Path) -> None:
    world = World.make_local(tmp_path / "data")
    own = own_message(1)
    ids = world.write(lambda connection: inserting.reserve_ids(connection, 2))
    answer = Envelope("Re: Own 1", own.envelope.to, own.envelope.from_, sent_at=EPOCH + 9)
    new = [(ids[0], own), (ids[1], type(own)(b"x", answer, Flags(), EPOCH + 9, False, ""))]
    world.write(lambda connection: local.deliver(connection, world.mailboxes["INBOX"], list(reversed(new))))
    assert len(set(thread_of(world).values())) == 1
    world.store.close()


def test_a_flood_of_answers_with_one_subject_is_not_compared_each_with_each(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0
    decide = threads._Compared.may_answer

    def count(one: threads._Compared, other: threads._Compared) -> bool:
        nonlocal compared
        compared += 1
        return decide(one, other)

    monkeypatch.setattr(threads._Compared, "may_answer", count)
    strangers = [Address("", f"{number}@example.com") for number in range(2000)]
    flood = [told(number + 1, "Re: Status", one, BO, day=number / 1000) for number, one in enumerate(strangers)]
    for start in range(0, 2000, 500):
        world.save("INBOX", flood[start : start + 500])
    assert compared <= 4 * 2 * 2 * threads._MOST_COMPARED**2
