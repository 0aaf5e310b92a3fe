"""The language of searches: what is found, what is refused, and that nothing typed is ever SQL."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.world import EPOCH, World, server_message
from tuimail.model.address import Address
from tuimail.model.errors import ConfigError
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.model.server_message import ServerMessage
from tuimail.store import changes, muting, query
from tuimail.store.query import parse

WORDS = ("from:", "to:", "subject:", "is:", "has:", "before:", "after:", "larger:", "in:", "tag:", "OR", "-", '"', " ")
typed = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=8).map("".join)
ADA = Address("Ada Quill", "ada@example.org")


def mail(
    uid: int,
    subject: str,
    *flags: str,
    sender: Address = ADA,
    to: str = "bo@example.net",
    size: int = 1000,
    at: int | None = None,
    attachments: bool = False,
) -> ServerMessage:
    made = server_message(uid, *flags, size=size)
    sent_at = EPOCH + uid if at is None else at
    envelope = msgspec.structs.replace(
        made.envelope, subject=subject, from_=(sender,), to=(Address("", to),), sent_at=sent_at
    )
    return dataclasses.replace(
        made, envelope=envelope, flags=Flags.of(flags), has_attachments=attachments, internal_date=sent_at
    )


def found(world: World, text: str) -> set[int]:
    """The UIDs of what is found: messages are saved in their order."""
    ids = world.read(lambda connection: query.list_ids(connection, parse(text)))
    return set(ids)


def test_conditions(world: World) -> None:
    one, two, three = world.save(
        "INBOX",
        [
            mail(1, "Invoice 100%_off", "\\Seen", "todo", size=5000),
            mail(2, "Über alles", "\\Flagged", sender=Address("Élise", "elise@example.com"), attachments=True),
            mail(3, 'Re: [dev] a "quoted" \\ word', "\\Answered", to="list@example.test", size=3_000_000),
        ],
    )
    expected: dict[str, set[MessageId]] = {
        "invoice": {one},
        "INVOICE off": {one},
        "100%_off": {one},
        "100_": set(),
        "%": {one},
        "_": {one},
        "\\": {three},
        "über": {two},
        "UBER": {two},
        "elise": {two},
        "from:ÉLISE": {two},
        "from:elise@example": {two},
        "from:ada": {one, three},
        "to:list@": {three},
        "to:ada": set(),
        "subject:ada": set(),
        'subject:"über alles"': {two},
        '"Re: [dev]"': {three},
        "is:seen": {one},
        "is:unseen": {two, three},
        "-is:seen": {two, three},
        "is:FLAGGED": {two},
        "is:answered": {three},
        "is:unanswered is:unflagged": {one},
        "has:attachment": {two},
        "-has:attachment -tag:todo": {three},
        "tag:TODO": {one},
        "tag:tod": set(),
        "larger:4k": {one, three},
        "larger:2.5M": {three},
        "smaller:4kb": {two},
        "in:inbox": {one, two, three},
        "in:work": set(),
        "is:seen OR is:flagged": {one, two},
        "from:ada is:seen OR is:answered larger:1M": {three},
        "-from:ada OR is:seen": {one, two},
        "-nothing": {one, two, three},
    }
    assert {text: found(world, text) for text in expected} == expected


def test_newest_first_within_a_limit_and_in_these_mailboxes(world: World) -> None:
    ids = world.save("INBOX", [mail(uid, "alike") for uid in (1, 2, 3)])
    elsewhere = world.save("Work", [mail(4, "alike")])
    read = world.read(lambda connection: query.list_ids(connection, parse("alike"), limit=2))
    assert list(read) == [elsewhere[0], ids[2]]
    inbox = [world.mailboxes["INBOX"]]
    read = world.read(lambda connection: query.list_ids(connection, parse("alike"), mailbox_ids=inbox))
    assert list(read) == list(reversed(ids))


def test_trash_is_searched_where_it_is_named_or_nothing_else_is(world: World) -> None:
    (kept,) = world.save("INBOX", [mail(1, "alike")])
    (dead,) = world.save("Trash", [mail(2, "alike")])
    assert found(world, "alike") == {kept}
    assert found(world, "alike in:trash") == {dead}
    assert found(world, "alike in:inbox OR in:trash") == {kept, dead}
    trash = [world.mailboxes["Trash"]]
    read = world.read(lambda connection: query.list_ids(connection, parse("alike"), mailbox_ids=trash))
    assert list(read) == [dead]


def test_muted_threads(world: World) -> None:
    one, _two = world.save("INBOX", [mail(1, "first"), mail(2, "second")])
    world.write(lambda connection: muting.change_muted(connection, [one], muted=True, now=1))
    assert found(world, "is:muted") == {one}


def test_what_was_changed_here_is_found_as_it_is_seen(world: World) -> None:
    one, two = world.save("INBOX", [mail(1, "first"), mail(2, "second")])
    world.write(lambda connection: changes.move(connection, [one], world.mailboxes["Work"], now=1))
    world.write(lambda connection: changes.change_flags(connection, [two], add=["\\Seen"], now=1))
    assert found(world, "in:work") == {one}
    assert found(world, "is:seen") == {two}


def test_days_are_local_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        late = int(time.mktime((2026, 3, 31, 23, 59, 59, 0, 0, -1)))
        one, two = world.save("INBOX", [mail(1, "late", at=late), mail(2, "early", at=late + 1)])
        assert found(world, "before:2026-04-01") == {one}
        assert found(world, "after:2026-04-01") == {two}
        assert found(world, "after:2026-04") == {two}
        assert found(world, "after:2026/3/31 before:2027") == {one, two}
        assert found(world, "after:1d OR after:today OR after:yesterday OR after:2w OR after:1y") <= {one, two}
        assert found(world, "before:9999m") == set()
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("", 1, "nothing to look for"),
        ("  ", 1, "nothing to look for"),
        ("OR a", 1, "OR stands between"),
        ("a OR", 3, "OR stands between"),
        ("a OR OR b", 6, "OR stands between"),
        ("a form:ada", 3, "nothing called form:"),
        ("a from:", 3, "from: needs a value"),
        ("a -", 3, "a word is missing"),
        ('a subject:"b', 11, "not closed"),
        ("is:purple", 1, "is: knows"),
        ("has:teeth", 1, "has: knows"),
        ("before:soon", 1, "a day is"),
        ("after:2026-13", 1, "no such day"),
        ("larger:big", 1, "a size is"),
        ("tag:(", 1, "no keyword"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, at: int, what: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"at character {at}: ")) as caught:
        parse(text)
    assert what in caught.value.message


@given(typed)
def test_any_text_is_a_query_or_is_refused_with_a_place(text: str) -> None:
    try:
        made = parse(text)
    except ConfigError as error:
        place = re.search(r"at character (\d+): ", error.message)
        assert place is not None
        assert 1 <= int(place[1]) <= len(text) + 1
    else:
        assert made.condition.sql.count("?") == len(made.condition.values)
        # No SQL is made of what was typed: the same words with other letters make the same.
        assert re.fullmatch(r"[\x20-\x7e]*", made.condition.sql)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.make(tmp_path_factory.mktemp("searched") / "data")
    made.save("INBOX", [mail(1, "one", "\\Seen"), mail(2, "zwei ☃")])
    yield made
    made.store.close()


@given(typed)
def test_any_query_can_be_run(searched: World, text: str) -> None:
    try:
        made = parse(text)
    except ConfigError:
        return
    ids = searched.read(lambda connection: query.list_ids(connection, made))
    assert set(ids) <= set(searched.view())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a " * (query.MOST_CONDITIONS + 1), "at character 401: there are more than 200"),
        (" OR ".join(["is:seen"] * 5_000), "there are more than 200"),
        ("x" * (query.MOST_CHARACTERS + 1), "at character 1: this has more than 500"),
        (f'in:"{"x" * 70_000}"', "this has more than 500"),
        ("a \ud800", "at character 3: this is no text"),
    ],
    ids=["words", "or", "word", "quoted", "surrogate"],
)
def test_what_sqlite_could_not_take_is_refused_before_it_is_searched(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(text)


def test_the_largest_searches_there_are_can_be_run(world: World) -> None:
    world.save("INBOX", [mail(1, "Invoice")])
    assert found(world, " ".join(["-nothing"] * query.MOST_CONDITIONS))
    assert found(world, " OR ".join(["-from:nobody"] * query.MOST_CONDITIONS))
    # The character that becomes the most of all when marks are split off.
    assert not found(world, "\ufdfa" * query.MOST_CHARACTERS)
    assert not found(world, "larger:999999999999G")
    assert found(world, "smaller:999999999999.999999G")
