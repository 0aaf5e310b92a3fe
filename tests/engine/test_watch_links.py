"""Links that die, servers that refuse or give up: the watch notices, comes back, or finds another way."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import struct
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from tests.engine.proxy import Plan, Proxy
from tests.engine.watching import at_rest, is_idle, names, settled, status, watching
from tests.engine.world import Mirror, Other, assert_same, eventually, mail
from tuimail.engine.pace import PACE
from tuimail.engine.surroundings import Surroundings, clock_s, open_route_socket, tells_of_change
from tuimail.model.errors import StoreError
from tuimail.store import accounts
from tuimail.store.accounts import AccountState

NEVER = 3600.0
TOLD_ONLY = dataclasses.replace(PACE, inbox_poll_s=NEVER, open_poll_s=NEVER, pass_s=NEVER)
SHORT = dataclasses.replace(TOLD_ONLY, silence_s=0.3, answer_s=0.4)
DEAF = dataclasses.replace(TOLD_ONLY, silence_s=NEVER, jolt_answer_s=0.3)
SOON_S = 20.0
NO_NOTIFY = "condstore"


def is_offline(mirror: Mirror, words: str = "") -> bool:
    found = status(mirror)
    return found is not None and found.state is AccountState.OFFLINE and words in found.error


def go_silent(proxy: Proxy) -> None:
    """From now on every connection that is open now is dead, and nobody says so."""
    with proxy._lock:
        proxy._strike(silently=True)


async def comes_back(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", ["while away"])
    await eventually(lambda: "while away" in names(mirror), "what came while the link was dead")
    await settled(mirror)


def refusing(*words: bytes, answer: bytes, at_most: int = 1000, after: int = 0) -> Callable[[bytes], bytes | None]:
    """Answers lines that contain one of the words, from the one after `after` on."""
    seen = 0

    def answered(line: bytes) -> bytes | None:
        nonlocal seen
        if not any(word in line for word in words):
            return None
        seen += 1
        return answer if after < seen <= after + at_most else None

    return answered


def test_the_limits_are_under_a_minute() -> None:
    assert PACE.silence_s + PACE.answer_s < 60
    assert PACE.jolt_answer_s < PACE.answer_s


async def test_a_link_that_dies_silently_is_given_up(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    async with watching(proxied, SHORT):
        await settled(proxied)
        await at_rest(proxy)
        go_silent(proxy)
        await eventually(lambda: is_offline(proxied, "no sign of life for 0.4 seconds"), "it is given up")
        await comes_back(proxied, other)


async def test_a_silent_server_that_lives_is_kept(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    async with watching(proxied, dataclasses.replace(SHORT, silence_s=0.1, answer_s=5)):
        await settled(proxied)
        proxy.play()
        await eventually(lambda: sum(line.endswith(b" NOOP\r\n") for line in proxy.sent) > 3, "it is asked")
        assert proxy.connections == 0
        other.fill("INBOX", ["news"])
        await eventually(lambda: "news" in names(proxied), "it still tells of news", timeout_s=SOON_S)


@pytest.mark.parametrize("place", [NO_NOTIFY], indirect=True)
async def test_a_second_connection_that_dies_is_replaced(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    async with watching(proxied, SHORT) as watch:
        await settled(proxied)
        watch.open_mailbox(proxied.mailbox_id("Archive"))
        await eventually(
            lambda: any(b'SELECT "Archive" (QRESYNC' in one or b'"Archive"' in one for one in proxy.sent), ""
        )
        go_silent(proxy)
        other.fill("Archive", ["late"])
        await eventually(lambda: "late" in names(proxied, "Archive"), "the mail")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def __call__(self) -> float:
        return clock_s() + self.slept_s


async def test_after_sleep_the_server_is_asked_at_once(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    clock = Clock()
    surroundings = Surroundings(dataclasses.replace(DEAF, look_s=0.05), clock=clock, open_route=lambda: None)
    async with watching(proxied, DEAF, surroundings=surroundings):
        await settled(proxied)
        await at_rest(proxy)
        go_silent(proxy)
        clock.slept_s = 600
        await eventually(lambda: is_offline(proxied, "no sign of life for 0.3 seconds"), "it is given up")
        await comes_back(proxied, other)


async def test_a_jolt_does_not_end_a_link_that_lives(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    clock = Clock()
    pace = dataclasses.replace(DEAF, jolt_answer_s=5)
    surroundings = Surroundings(dataclasses.replace(pace, look_s=0.05), clock=clock, open_route=lambda: None)
    async with watching(proxied, pace, surroundings=surroundings):
        await settled(proxied)
        await at_rest(proxy)
        proxy.play()
        clock.slept_s = 600
        await eventually(lambda: any(line.endswith(b" NOOP\r\n") for line in proxy.sent), "it is asked")
        other.fill("INBOX", ["news"])
        await eventually(lambda: "news" in names(proxied), "it still tells of news", timeout_s=SOON_S)
        assert proxy.connections == 0


def netlink(kind: int) -> bytes:
    """A message of this kind, after one that says nothing."""
    return struct.pack("=IHHII", 20, 16, 0, 0, 0) + b"\0" * 4 + struct.pack("=IHHII", 18, kind, 0, 0, 0) + b"\0\0"


@pytest.mark.parametrize(
    ("kind", "expected"), [(20, True), (21, True), (24, True), (25, True), (16, False), (2, False)]
)
def test_what_the_kernel_tells(kind: int, *, expected: bool) -> None:
    assert tells_of_change(netlink(kind)) is expected


@pytest.mark.parametrize("octets", [b"", b"\0" * 15, b"\0" * 64, b"\xff" * 64])
def test_what_makes_no_sense_is_no_change(octets: bytes) -> None:
    assert not tells_of_change(octets)


def test_the_system_is_asked_for_changes_of_the_network() -> None:
    route = open_route_socket()
    if hasattr(socket, "AF_NETLINK"):
        assert route is not None
        assert route.getsockname()[1] == 0x10 | 0x100 | 0x40 | 0x400
        route.close()
    else:
        assert route is None


@pytest.mark.parametrize("told", [netlink(20), None])
async def test_a_change_of_the_network_ends_a_wait(
    proxied: Mirror, other: Other, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, told: bytes | None
) -> None:
    monkeypatch.setattr("tuimail.engine.watch.delay_s", lambda failures: NEVER)
    kernel, route = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    route.setblocking(False)
    surroundings = Surroundings(DEAF, open_route=lambda: route)
    async with watching(proxied, DEAF, surroundings=surroundings) as watch:
        await settled(proxied)
        proxy.stop()
        await eventually(lambda: is_offline(proxied), "offline")
        proxy.start()
        kernel.send(netlink(16))
        if told is None:
            watch.refresh()
        else:
            kernel.send(told)
        await comes_back(proxied, other)
    kernel.close()


@pytest.mark.parametrize("text", [b"* OK [NOTIFICATIONOVERFLOW] too much\r\n", b"* NO NOTIFY error, events lost\r\n"])
async def test_lost_notifications_cost_one_pass(proxied: Mirror, other: Other, proxy: Proxy, text: bytes) -> None:
    lose = False

    def rewrite(octets: bytes) -> bytes:
        nonlocal lose
        if lose and octets.startswith(b"* STATUS"):
            lose = False
            return text
        return octets

    other.fill("Archive", ["old"])
    async with watching(proxied, TOLD_ONLY):
        await settled(proxied)
        await at_rest(proxy)
        proxy.play(Plan(rewrite=rewrite))
        lose = True
        other.fill("Archive", ["lost"])
        await eventually(lambda: "lost" in names(proxied, "Archive"), "what was not told", timeout_s=SOON_S)
        again = b"OVERFLOW" in text
        await eventually(lambda: any(b" NOTIFY " in line for line in proxy.sent) is again, "it listens")
        other.fill("Archive", ["told"])
        await eventually(lambda: "told" in names(proxied, "Archive"), "the next news", timeout_s=SOON_S)


async def test_a_server_that_keeps_giving_up_is_not_asked_again(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    overflow = b"* OK [NOTIFICATIONOVERFLOW] too much\r\n"
    answer = b"TAG OK yes\r\n" + overflow
    proxy.play(Plan(answer=refusing(b" NOTIFY ", answer=answer)))
    async with watching(proxied, TOLD_ONLY) as watch:
        await eventually(lambda: proxy.answered == 3, "it gives up three times")
        watch.open_mailbox(proxied.mailbox_id("Archive"))
        await settled(proxied)
        other.fill("Archive", ["news"])
        await eventually(lambda: "news" in names(proxied, "Archive"), "a second connection attends", timeout_s=SOON_S)
        assert proxy.answered == 3


@pytest.mark.parametrize("answer", [b"TAG NO [NOTIFICATIONOVERFLOW] no\r\n", b"TAG BAD what?\r\n"])
async def test_refused_notify(proxied: Mirror, other: Other, proxy: Proxy, answer: bytes) -> None:
    proxy.play(Plan(answer=refusing(b" NOTIFY ", answer=answer)))
    async with watching(proxied, TOLD_ONLY) as watch:
        await settled(proxied)
        watch.open_mailbox(proxied.mailbox_id("Archive"))
        await eventually(lambda: proxy.answered == 1, "it is refused")
        other.fill("Archive", ["news"])
        other.fill("INBOX", ["more news"])
        await eventually(lambda: "news" in names(proxied, "Archive"), "a second connection attends", timeout_s=SOON_S)
        await eventually(lambda: "more news" in names(proxied), "IDLE", timeout_s=SOON_S)
        assert proxy.answered == 1
        assert not is_offline(proxied)


@pytest.mark.parametrize("place", [NO_NOTIFY, "uidplus"], indirect=True)
async def test_refused_idle(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    proxy.play(Plan(answer=refusing(b" IDLE\r\n", answer=b"TAG NO Not here\r\n")))
    pace = dataclasses.replace(TOLD_ONLY, look_s=0.05, inbox_poll_s=0.2, open_poll_s=0.2)
    async with watching(proxied, pace) as watch:
        await settled(proxied)
        watch.open_mailbox(proxied.mailbox_id("Archive"))
        other.fill("INBOX", ["news"])
        other.fill("Archive", ["more news"])
        await eventually(lambda: "news" in names(proxied), "INBOX is asked about", timeout_s=SOON_S)
        await eventually(lambda: "more news" in names(proxied, "Archive"), "so is the open mailbox", timeout_s=SOON_S)
        other.flag("INBOX", ["news"], "+", "\\Flagged")
        await eventually(lambda: "\\Flagged" in proxied.message("news").flags.names(), "a flag", timeout_s=SOON_S)
        # Each of the two connections that might wait asks once.
        assert proxy.answered <= 2


TOO_MANY: Sequence[bytes] = (
    b"TAG NO [UNAVAILABLE] Maximum number of connections exceeded\r\n",
    b"TAG NO Too many connections\r\n",
)


@pytest.mark.parametrize("answer", TOO_MANY)
@pytest.mark.parametrize("place", [NO_NOTIFY], indirect=True)
async def test_a_server_that_allows_one_connection(proxied: Mirror, other: Other, proxy: Proxy, answer: bytes) -> None:
    """All log-ins but the first are refused."""
    other.fill("INBOX", range(3))
    other.fill("Archive", ["old"])
    proxy.play(Plan(answer=refusing(b" AUTHENTICATE ", b" LOGIN ", answer=answer, after=1)))
    pace = dataclasses.replace(TOLD_ONLY, look_s=0.05, open_poll_s=0.2)
    async with watching(proxied, pace) as watch:
        await settled(proxied)
        assert names(proxied, "Archive") == {"old"}
        assert proxied.octets_of(proxied.id_of("old")) == mail("old")
        watch.open_mailbox(proxied.mailbox_id("Archive"))
        other.fill("Archive", ["news"])
        other.fill("INBOX", ["more news"])
        await eventually(
            lambda: "news" in names(proxied, "Archive"), "the open mailbox is asked about", timeout_s=SOON_S
        )
        await eventually(lambda: "more news" in names(proxied), "IDLE", timeout_s=SOON_S)
        other.create("Box")
        watch.refresh()
        await eventually(lambda: "Box" in proxied.mailboxes(), "a pass on the first connection", timeout_s=SOON_S)
        id_ = proxied.id_of("news")
        await eventually(lambda: proxied.octets_of(id_) is not None, "its body", timeout_s=SOON_S)
        await settled(proxied)
        assert_same(proxied, other)
        found = status(proxied)
        assert found is not None
        assert found.error == ""
        assert proxy.connections == 1 + proxy.answered
        # A plain NO may be about the password: it is not tried again.
        assert proxy.answered == 2 or b"UNAVAILABLE" in answer


async def test_bye_ends_the_connection(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    async with watching(proxied, TOLD_ONLY):
        await settled(proxied)
        await at_rest(proxy)
        with proxy._lock:
            for pair in proxy._open:
                pair.client.sendall(b"* BYE Going down for maintenance\r\n")
            proxy.cut_all()
        await eventually(lambda: is_offline(proxied, "Going down for maintenance"), "the reason is shown")
        await comes_back(proxied, other)


async def test_a_store_error_does_not_end_heeding_requests(
    mirror: Mirror, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()
    real = accounts.passes

    def passes(connection: object, account_id: object) -> tuple[int, int]:
        if not failed.is_set():
            failed.set()
            raise StoreError("The store is locked.")
        return real(connection, account_id)  # type: ignore[arg-type]  # handed on as it came

    async with watching(mirror, dataclasses.replace(TOLD_ONLY, look_s=0.05)):
        await settled(mirror)
        other.fill("Archive", ["news"])
        account_id = mirror.read(accounts.list_accounts)[0].id
        monkeypatch.setattr(accounts, "passes", passes)
        mirror.write(partial(accounts.ask_for_pass, account_id=account_id))
        await asyncio.wait_for(failed.wait(), SOON_S)
        await eventually(
            lambda: mirror.read(partial(real, account_id=account_id)) == (1, 1), "the pass is made", timeout_s=SOON_S
        )
        assert "news" in names(mirror, "Archive")


async def test_a_refused_log_in_answers_who_asked_for_a_pass(mirror: Mirror) -> None:
    mirror.password = "wrong"
    async with watching(mirror):
        await eventually(
            lambda: (found := status(mirror)) is not None and found.state is AccountState.FAILED, "the log-in fails"
        )
        asked = mirror.write(partial(accounts.ask_for_pass, account_id=mirror.read(accounts.list_accounts)[0].id))
        assert asked == 1
        report = await mirror.sync_async()
        assert not report.ok
        assert "password" in report.error
    ((answered),) = [mirror.read(partial(accounts.passes, account_id=mirror.read(accounts.list_accounts)[0].id))]
    assert answered == (2, 2)


async def test_what_the_user_opens_does_not_wait_for_a_first_sync(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", ["wanted"])
    proxied.offline = "headers"
    assert (await proxied.sync_async()).ok
    proxied.offline = "all"
    for number in range(300):
        other.append("Archive", mail(number, size_octets=20_000))
    latency_s = 0.05
    proxy.play(Plan(latency_s=latency_s, trickle=False))
    async with watching(proxied) as watch:
        id_ = proxied.id_of("wanted")
        await eventually(lambda: any(b"BODY.PEEK[HEADER" in line for line in proxy.sent), "the first sync is at work")
        before = len(proxy.sent)
        watch.want_body(id_)
        await eventually(lambda: proxied.octets_of(id_) is not None, "the body")
        own = [line for line in proxy.sent[before:] if b"INBOX" in line or b"UID FETCH 1 " in line]
        assert own
        assert not is_idle(proxied)
