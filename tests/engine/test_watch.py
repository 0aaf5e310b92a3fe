"""Watch: what happens on either side shows on the other by itself; links break and come back; locks keep two apart."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import Place
from tests.engine.proxy import Plan, Proxy
from tests.engine.watching import Engine, at_rest, is_idle, names, settled, status, watching
from tests.engine.world import ACCOUNT, Mirror, Other, assert_same, eventually, mail
from tuimail.engine.locks import AccountBusy, AccountLock
from tuimail.engine.run import sync_once
from tuimail.model.hints import Hint, HintKind
from tuimail.store import journal
from tuimail.store.accounts import AccountState


@pytest.mark.parametrize("place", ["everything", "condstore", "uidplus"], indirect=True)
async def test_another_clients_changes_show_by_themselves(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", [1, 2, 3])
    async with watching(mirror):
        await settled(mirror)
        other.append("INBOX", mail("new"))
        await eventually(lambda: "new" in names(mirror), "new mail", timeout_s=4)
        await eventually(lambda: mirror.octets_of(mirror.id_of("new")) is not None, "its body", timeout_s=4)
        other.flag("INBOX", [1], "+", "\\Flagged $Work")
        await eventually(lambda: "$Work" in mirror.message(1).flags.names(), "a flag", timeout_s=4)
        other.expunge("INBOX", [2])
        await eventually(lambda: "2" not in names(mirror), "an expunge", timeout_s=4)
        assert_same(mirror, other)


async def test_changes_of_another_process_are_pushed_without_a_hint(mirror: Mirror, other: Other, place: Place) -> None:
    other.fill("INBOX", [1, 2])
    async with watching(mirror):
        await settled(mirror)
        elsewhere = place.mirror(mirror.directory)
        elsewhere.flag([1], add=["\\Flagged"])
        elsewhere.move([2], "Archive")
        await eventually(lambda: mirror.queue() == [], "the journal is empty", timeout_s=4)
        elsewhere.store.close()
        await eventually(lambda: mirror.message(2).uid is not None, "the new UID", timeout_s=4)
        assert_same(mirror, other)


async def test_a_wanted_body_is_fetched(place: Place, other: Other, tmp_path: Path) -> None:
    mirror = place.mirror(tmp_path / "data", offline="headers")
    other.fill("INBOX", [1, 2])
    other.fill("Archive", ["deep"])
    async with watching(mirror) as watch:
        await settled(mirror)
        for name in ("1", "deep"):
            id_ = mirror.id_of(name)
            assert mirror.octets_of(id_) is None
            watch.want_body(id_)
            await eventually(lambda id_=id_: mirror.octets_of(id_) is not None, "the body", timeout_s=4)  # type: ignore[misc]
        assert mirror.octets_of(mirror.id_of(1)) == mail(1)
        assert mirror.octets_of(mirror.id_of(2)) is None
    mirror.store.close()


async def test_an_open_mailbox_is_looked_at_at_once(mirror: Mirror, other: Other) -> None:
    async with watching(mirror) as watch:
        await settled(mirror)
        other.fill("Archive", ["late"])
        watch.open_mailbox(mirror.mailbox_id("Archive"))
        await eventually(lambda: "late" in names(mirror, "Archive"), "the mail", timeout_s=4)


async def test_a_mailbox_that_goes_while_it_is_looked_at_breaks_nothing(mirror: Mirror, other: Other) -> None:
    other.create("Box")
    other.fill("Box", [1])
    async with watching(mirror) as watch:
        await settled(mirror)
        other.delete("Box")
        watch.open_mailbox(mirror.mailbox_id("Box"))
        await eventually(lambda: "Box" not in mirror.mailboxes(), "the mailbox is gone here too")
        found = status(mirror)
        assert found is not None
        assert found.error == ""


async def test_a_refresh_brings_what_no_idle_tells(mirror: Mirror, other: Other) -> None:
    async with watching(mirror) as watch:
        await settled(mirror)
        other.create("Fresh")
        other.fill("Fresh", ["x"])
        watch.refresh()
        await eventually(lambda: "Fresh" in mirror.mailboxes() and names(mirror, "Fresh") == {"x"}, "a new mailbox")


async def test_a_server_that_goes_and_comes_back(
    proxied: Mirror, other: Other, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.engine.watch.delay_s", lambda failures: 60.0)
    async with watching(proxied) as watch:
        await settled(proxied)
        proxy.stop()
        await eventually(
            lambda: (found := status(proxied)) is not None and found.state is AccountState.OFFLINE, "offline"
        )
        found = status(proxied)
        assert found is not None
        assert "127.0.0.1" in found.error
        proxy.start()
        other.fill("INBOX", ["while away"])
        watch.refresh()
        await eventually(lambda: "while away" in names(proxied), "the mail", timeout_s=10)
        await settled(proxied)
        found = status(proxied)
        assert found is not None
        assert found.error == ""


async def test_a_lost_link_comes_back_by_itself(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    async with watching(proxied):
        await settled(proxied)
        proxy.cut_all()
        other.fill("INBOX", ["while away"])
        await eventually(lambda: "while away" in names(proxied), "the mail")


async def test_a_wrong_password_is_tried_once(proxied: Mirror, proxy: Proxy) -> None:
    right, proxied.password = proxied.password, "wrong"
    async with watching(proxied) as watch:
        await eventually(
            lambda: (found := status(proxied)) is not None and found.state is AccountState.FAILED, "a failed state"
        )
        found = status(proxied)
        assert found is not None
        assert "password" in found.error
        assert "wrong" not in found.error
        tries = [line for line in proxy.sent if b"AUTHENTICATE" in line or b"LOGIN" in line]
        assert len(tries) == 1
        await asyncio.sleep(1.5)  # longer than the first wait of the backoff: it would try by now
        assert [line for line in proxy.sent if b"AUTHENTICATE" in line or b"LOGIN" in line] == tries
        proxied.password = right
        watch.refresh()
        await settled(proxied)


async def test_a_change_that_cannot_go_does_not_keep_the_engine_busy(
    proxied: Mirror, other: Other, proxy: Proxy
) -> None:
    other.fill("INBOX", [1, 2])
    async with watching(proxied):
        await settled(proxied)
        proxied.flag([1], add=["\\Flagged"])
        proxied.write(lambda c: journal.hold(c, None))
        proxied.move([1], "Archive")
        proxied.flag([2], add=["\\Flagged"])
        await eventually(lambda: len(proxied.queue()) == 2, "the rest is pushed")
        await at_rest(proxy)
        proxy.play()
        await asyncio.sleep(2.5)
        assert proxy.lines <= 4, proxy.sent


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
async def test_an_idle_account_is_quiet(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", [1, 2])
    async with watching(proxied):
        await settled(proxied)
        await at_rest(proxy)
        proxy.play()
        await asyncio.sleep(2.0)
        assert proxy.lines == 0, proxy.sent


async def test_a_server_that_refuses_idle_is_asked_instead(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", [1])
    refusal = b"TAG NO Not here\r\n"
    proxy.play(Plan(answer=lambda line: refusal if line.rstrip().endswith(b" IDLE") else None))
    async with watching(proxied) as watch:
        await settled(proxied)
        await eventually(lambda: proxy.answered == 1, "IDLE is refused")
        other.fill("INBOX", ["news"])
        watch.refresh()
        await eventually(lambda: "news" in names(proxied), "the mail")
        assert proxy.answered == 1
        found = status(proxied)
        assert found is not None
        assert found.error == ""


async def test_a_pass_is_made_by_the_engine_that_runs(mirror: Mirror, other: Other) -> None:
    other.fill("Archive", [1])
    async with watching(mirror):
        await settled(mirror)
        other.fill("Archive", ["news"])
        report = await asyncio.to_thread(mirror.sync)
        assert report.ok
        assert "news" in names(mirror, "Archive")


async def test_news_of_the_open_mailbox_show_by_themselves(mirror: Mirror, other: Other) -> None:
    other.fill("Archive", [1])
    async with watching(mirror) as watch:
        await settled(mirror)
        watch.open_mailbox(mirror.mailboxes()["Archive"].id)
        await eventually(lambda: is_idle(mirror), "it is looked at")
        other.fill("Archive", ["news"])
        await eventually(lambda: "news" in names(mirror, "Archive"), "the mail", timeout_s=25)


def test_one_engine_at_a_time(mirror: Mirror) -> None:
    first = AccountLock(mirror.directory, ACCOUNT)
    assert first.try_acquire()
    report = mirror.sync(wait=False)
    assert not report.ok
    assert f"process {os.getpid()}" in report.error

    async def second() -> bool:
        waiting = asyncio.create_task(mirror.sync_async())
        await asyncio.sleep(0.1)
        assert not waiting.done()
        first.release()
        return (await waiting).ok

    assert asyncio.run(second())


async def test_a_busy_account_is_told_by_name(tmp_path: Path) -> None:
    async with AccountLock(tmp_path, "work"):
        with pytest.raises(AccountBusy, match=f"work.*{os.getpid()}"):
            await AccountLock(tmp_path, "work", wait=False).__aenter__()
        async with (
            AccountLock(tmp_path, "other", wait=False),
            AccountLock(tmp_path, "w@rk"),
            AccountLock(tmp_path, "w_rk"),
        ):
            pass
    async with AccountLock(tmp_path, "work", wait=False):
        pass


@pytest.fixture
def engine(place: Place, tmp_path: Path) -> Iterator[Engine]:
    made = Engine(place, tmp_path / "engine")
    yield made
    made.close()


async def test_the_engine_as_a_process(engine: Engine, other: Other) -> None:
    mirror = engine.mirror
    await settled(mirror)
    other.fill("INBOX", ["new"])
    await eventually(lambda: "new" in names(mirror), "new mail", timeout_s=4)
    mirror.flag(["new"], add=["\\Flagged"])
    engine.send(Hint(HintKind.JOURNAL).encode())
    await eventually(lambda: mirror.queue() == [], "pushed", timeout_s=4)
    engine.send(b"no hint at all\n" + Hint(HintKind.WANT_BODY, 999).encode() + Hint(HintKind.REFRESH).encode())
    other.create("Fresh")
    engine.send(Hint(HintKind.REFRESH).encode())
    await eventually(lambda: "Fresh" in mirror.mailboxes(), "a refresh")
    exit_status, out, error = await asyncio.to_thread(engine.end)
    assert (exit_status, error) == (0, b"")
    hints = [Hint.decode(line) for line in out.splitlines()]
    assert Hint(HintKind.MAILBOX, mirror.mailbox_id("INBOX")) in hints
    assert None not in hints
    assert_same(mirror, other)


async def test_a_screen_that_does_not_read_holds_nothing_up(engine: Engine, other: Other) -> None:
    await settled(engine.mirror)
    for number in range(20):
        for _ in range(200):
            engine.send(Hint(HintKind.OPEN_MAILBOX, 1).encode())
        other.fill("INBOX", [number])
    await eventually(lambda: len(names(engine.mirror)) == 20, "all mail", timeout_s=30)
    engine.send(Hint(HintKind.QUIT).encode())
    assert await asyncio.to_thread(engine.process.wait, 10) == 0


async def test_a_second_engine_waits_for_the_first(engine: Engine, place: Place, tmp_path: Path, other: Other) -> None:
    await settled(engine.mirror)
    second = Engine(place, tmp_path / "engine")
    report = await sync_once(
        engine.mirror.store, engine.mirror.config, [ACCOUNT], secret_of=engine.mirror.secret_of, wait=False
    )
    assert f"process {engine.process.pid}" in report[ACCOUNT].error
    assert (await asyncio.to_thread(engine.end))[0] == 0
    other.fill("INBOX", ["for the second"])
    await eventually(lambda: "for the second" in names(second.mirror), "the second took over")
    second.close()


async def test_an_engine_that_is_killed_leaves_the_lock_free(engine: Engine) -> None:
    await settled(engine.mirror)
    engine.process.kill()
    engine.process.wait()
    async with AccountLock(engine.mirror.directory, ACCOUNT, wait=False):
        pass


def test_proxy_is_neutral(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    """The tests' own proxy changes nothing by itself."""
    other.fill("INBOX", [1])
    proxy.play(Plan())
    proxied.sync_ok()
    assert_same(proxied, other)
