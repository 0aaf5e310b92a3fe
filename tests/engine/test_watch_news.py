"""What another client does shows by itself: by NOTIFY, by IDLE alone, and by asking; and costs little on the wire."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import Place
from tests.engine.proxy import Plan, Proxy
from tests.engine.watching import Engine, at_rest, is_idle, names, settled, status, watching
from tests.engine.world import Mirror, Other, assert_same, eventually, mail
from tuimail.engine.news import is_news, read_news
from tuimail.engine.pace import PACE
from tuimail.imap.responses import Event, Exists, Expunged, FlagsChanged, MailboxStatus, Missed, Vanished
from tuimail.model.flags import Flags
from tuimail.model.hints import Hint, HintKind
from tuimail.model.uid_set import UidSet
from tuimail.store.mailboxes import MirrorState

NEVER = 3600.0
TOLD_ONLY = dataclasses.replace(PACE, inbox_poll_s=NEVER, open_poll_s=NEVER, pass_s=NEVER)
"""Nothing shows because it is asked for."""
ASKING = dataclasses.replace(PACE, look_s=0.05, inbox_poll_s=0.2, open_poll_s=0.2, pass_s=0.5)
SOON_S = 20.0
"""Generous, for machines at work on other things: what is not told at all would not show in an hour."""
QUIET_S = 1.5
NO_NOTIFY = ["condstore", "uidplus"]


async def soon(mirror: Mirror, other: Other, mailbox: str) -> None:
    """New mail, a flag and an expunge in the mailbox show."""
    other.append(mailbox, mail("new"))
    await eventually(lambda: "new" in names(mirror, mailbox), "new mail", timeout_s=SOON_S)
    await eventually(lambda: mirror.octets_of(mirror.id_of("new")) is not None, "its body", timeout_s=SOON_S)
    first, second = (f"{mailbox} {number}" for number in (1, 2))
    other.flag(mailbox, [first], "+", "\\Flagged $Work")
    await eventually(lambda: "$Work" in mirror.message(first).flags.names(), "a flag", timeout_s=SOON_S)
    other.expunge(mailbox, [second])
    await eventually(lambda: second not in names(mirror, mailbox), "an expunge", timeout_s=SOON_S)


def filled(other: Other, *mailboxes: str) -> None:
    for mailbox in mailboxes:
        other.fill(mailbox, [f"{mailbox} {number}" for number in (1, 2, 3)])


@pytest.fixture
def engine(place: Place, tmp_path: Path) -> Iterator[Engine]:
    made = Engine(place, tmp_path / "engine")
    yield made
    made.close()


async def test_a_screen_is_told_of_bodies_by_the_batch(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", range(80))
    hints: list[Hint] = []

    def has_all(count: int) -> bool:
        bodies = [mirror.octets_of(message.id) for message in mirror.messages()]
        return len(bodies) == count and None not in bodies

    def told() -> int:
        return sum(hint.kind is HintKind.BODY for hint in hints)

    async with watching(mirror, notify=hints.append):
        await eventually(lambda: has_all(80), "the bodies")
        # They are in the store before anybody is told of them.
        await eventually(lambda: told() > 0, "a hint")
        assert told() < 10
        other.append("INBOX", mail("one"))
        await eventually(lambda: has_all(81), "one more")
        await eventually(lambda: Hint(HintKind.BODY, mirror.id_of("one")) in hints, "its own hint")


@pytest.mark.parametrize("place", ["everything", "condstore"], indirect=True)
async def test_a_running_engine_shows_what_happens_elsewhere(engine: Engine, other: Other) -> None:
    mirror = engine.mirror
    await settled(mirror)
    filled(other, "INBOX", "Archive")
    engine.send(Hint(HintKind.REFRESH).encode())
    await eventually(lambda: "Archive 3" in names(mirror, "Archive"), "the pass")
    await eventually(lambda: is_idle(mirror), "all is here")
    engine.send(Hint(HintKind.OPEN_MAILBOX, mirror.mailbox_id("Archive")).encode())
    await soon(mirror, other, "INBOX")
    other.expunge("INBOX", ["new"])
    await eventually(lambda: "new" not in names(mirror), "an expunge", timeout_s=SOON_S)
    await soon(mirror, other, "Archive")
    assert_same(mirror, other)


async def test_notify_tells_of_every_mailbox(mirror: Mirror, other: Other) -> None:
    other.create("Grün")
    other.create("Gelb")
    filled(other, "INBOX", "Grün", "Gelb")
    async with watching(mirror, TOLD_ONLY):
        await settled(mirror)
        await soon(mirror, other, "Grün")
        ids = mirror.ids_of("Gelb 1", "Gelb 2", "Gelb 3")
        # Dovecot tells of a rename unless it has other news of the mailbox to tell in the same half second: this one
        # has had none since the first pass.
        other.select("INBOX")
        await asyncio.sleep(QUIET_S)
        other.rename("Gelb", "Blau")
        await eventually(lambda: "Blau" in mirror.mailboxes(), "its new name", timeout_s=SOON_S)
        assert "Gelb" not in mirror.mailboxes()
        assert {message.id for message in mirror.messages("Blau")} == set(ids)
        other.create("Rot")
        await eventually(lambda: "Rot" in mirror.mailboxes(), "a new mailbox", timeout_s=SOON_S)
        other.fill("Rot", ["inside"])
        await eventually(lambda: names(mirror, "Rot") == {"inside"}, "its mail", timeout_s=SOON_S)
        other.imap.subscribe("Blau")
        await eventually(lambda: mirror.mailboxes()["Blau"].subscribed, "a subscription", timeout_s=SOON_S)
        other.delete("Blau")
        await eventually(lambda: "Blau" not in mirror.mailboxes(), "a mailbox that is gone", timeout_s=SOON_S)
        await settled(mirror)
        assert_same(mirror, other)


async def test_what_happened_before_notify_began_is_not_missed(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    filled(other, "Archive")
    assert (await proxied.sync_async()).ok

    def between(line: bytes) -> bytes | None:
        if b" NOTIFY " in line and not names(proxied, "Archive") & {"between"}:
            other.append("Archive", mail("between"))
        return None

    proxy.play(Plan(answer=between))
    async with watching(proxied, TOLD_ONLY):
        await eventually(lambda: "between" in names(proxied, "Archive"), "what came in between", timeout_s=SOON_S)


async def test_notify_is_asked_for_once_and_opens_no_second_connection(
    proxied: Mirror, other: Other, proxy: Proxy
) -> None:
    filled(other, "INBOX", "Archive")
    async with watching(proxied, TOLD_ONLY) as watch:
        await settled(proxied)
        watch.open_mailbox(proxied.mailbox_id("Archive"))
        await soon(proxied, other, "Archive")
        watch.refresh()
        other.fill("Junk", ["x"])
        await eventually(lambda: "x" in names(proxied, "Junk"), "a pass")
        assert sum(b" NOTIFY " in line for line in proxy.sent) == 1
        # The front, and the back for each of two passes or three.
        assert 2 <= proxy.connections <= 4


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
async def test_flags_and_expunges_need_no_question(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    filled(other, "INBOX")
    async with watching(proxied, TOLD_ONLY):
        await settled(proxied)
        # Now the UIDs are known also where only sequence numbers are told.
        other.flag("INBOX", ["INBOX 1"], "+", "\\Seen")
        await eventually(lambda: "\\Seen" in proxied.message("INBOX 1").flags.names(), "a flag", timeout_s=SOON_S)
        await at_rest(proxy)
        proxy.play()
        other.flag("INBOX", ["INBOX 1"], "+", "\\Flagged")
        await eventually(lambda: "\\Flagged" in proxied.message("INBOX 1").flags.names(), "a flag", timeout_s=SOON_S)
        other.expunge("INBOX", ["INBOX 2"])
        await eventually(lambda: "INBOX 2" not in names(proxied), "an expunge", timeout_s=SOON_S)
        assert proxy.sent == []
        other.append("INBOX", mail("new"))
        await eventually(lambda: "new" in names(proxied), "new mail", timeout_s=SOON_S)
    assert (await proxied.sync_async()).ok
    assert_same(proxied, other)


@pytest.mark.parametrize("place", NO_NOTIFY, indirect=True)
async def test_the_open_mailbox_is_attended_on_a_second_connection(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    filled(other, "INBOX", "Archive", "Sent")
    async with watching(proxied, dataclasses.replace(TOLD_ONLY, linger_s=0.2)) as watch:
        await settled(proxied)
        before = proxy.connections
        watch.open_mailbox(proxied.mailbox_id("INBOX"))
        await soon(proxied, other, "INBOX")
        assert proxy.connections == before
        other.expunge("INBOX", ["new"])
        await eventually(lambda: "new" not in names(proxied), "an expunge", timeout_s=SOON_S)
        watch.open_mailbox(proxied.mailbox_id("Archive"))
        await soon(proxied, other, "Archive")
        other.expunge("Archive", ["new"])
        await eventually(lambda: "new" not in names(proxied, "Archive"), "an expunge", timeout_s=SOON_S)
        watch.open_mailbox(proxied.mailbox_id("Sent"))
        await soon(proxied, other, "Sent")
        assert proxy.connections == before + 1
        proxy.sent.clear()
        watch.open_mailbox(proxied.mailbox_id("INBOX"))
        await eventually(lambda: any(line.endswith(b" LOGOUT\r\n") for line in proxy.sent), "it is given up")
    assert (await proxied.sync_async()).ok
    assert_same(proxied, other)


async def test_an_open_mailbox_that_goes(servers_place: Place, tmp_path: Path) -> None:
    mirror, other = servers_place.mirror(tmp_path / "data"), servers_place.other()
    other.create("Box")
    other.fill("Box", [1])
    async with watching(mirror, dataclasses.replace(TOLD_ONLY, open_poll_s=0.2)) as watch:
        await settled(mirror)
        watch.open_mailbox(mirror.mailbox_id("Box"))
        other.fill("Box", [2])
        await eventually(lambda: "2" in names(mirror, "Box"), "it is attended", timeout_s=SOON_S)
        other.delete("Box")
        watch.open_mailbox(mirror.mailbox_id("Box"))
        await eventually(lambda: "Box" not in mirror.mailboxes(), "the mailbox is gone here too")
        found = status(mirror)
        assert found is not None
        assert found.error == ""
    other.close()
    mirror.store.close()


@pytest.fixture
def servers_place(request: pytest.FixtureRequest) -> Place:
    found = request.getfixturevalue("servers").place("condstore")
    assert isinstance(found, Place)
    return found


@pytest.mark.parametrize("place", ["bare"], indirect=True)
async def test_a_server_that_tells_nothing_is_asked(mirror: Mirror, other: Other) -> None:
    filled(other, "INBOX", "Archive")
    async with watching(mirror, ASKING) as watch:
        await settled(mirror)
        await soon(mirror, other, "INBOX")
        other.expunge("INBOX", ["new"])
        await eventually(lambda: "new" not in names(mirror), "an expunge", timeout_s=SOON_S)
        watch.open_mailbox(mirror.mailbox_id("Archive"))
        await soon(mirror, other, "Archive")
        other.create("Box")
        await eventually(lambda: "Box" in mirror.mailboxes(), "a new mailbox", timeout_s=SOON_S)
        other.rename("Box", "Case")
        await eventually(lambda: "Case" in mirror.mailboxes(), "a new name", timeout_s=SOON_S)
    assert (await mirror.sync_async()).ok
    assert_same(mirror, other)


FLAGS = Flags.of(["\\Seen"])


@pytest.mark.parametrize(
    "events",
    [
        [Exists(3)],
        [Missed()],
        [FlagsChanged(None, 3, FLAGS, None)],
        [Expunged(3)],
        [Vanished(UidSet.of([3]), earlier=True)],
        [Expunged(3, 7), Exists(4)],
    ],
)
def test_what_only_a_pull_finds_out(events: list[Event]) -> None:
    assert read_news(events) is None


def test_what_news_say() -> None:
    news = read_news([FlagsChanged(3, 1, FLAGS, 8), Vanished(UidSet.parse("5:6"), earlier=False), Expunged(2, 9)])
    assert news is not None
    assert [(one.uid, one.flags, one.mod_seq) for one in news.flags] == [(3, FLAGS, 8)]
    assert news.gone == UidSet.parse("5:6,9")


@pytest.mark.parametrize(
    ("told", "is_first", "expected"),
    [
        (MailboxStatus("x", 4, 9, 1, 0, 20), True, False),
        (MailboxStatus("x", 4, 9, 1, 0, 20), False, False),
        (MailboxStatus("x", highest_mod_seq=21), False, True),
        (MailboxStatus("x", 5, 9, None, 0, 20), False, True),
        (MailboxStatus("x", 4, 10, None, 0, 20), False, True),
        (MailboxStatus("x", 4, 9, 2, 0, 20), False, True),
        (MailboxStatus("x", 4, 9, 1), True, False),
        (MailboxStatus("x", 4, 9, 1), False, True),
        (MailboxStatus("x", unseen=4), False, True),
    ],
)
def test_what_a_status_says(told: MailboxStatus, *, is_first: bool, expected: bool) -> None:
    assert is_news(MirrorState(1, 9, 20, 4, 1), told, is_first=is_first) is expected
