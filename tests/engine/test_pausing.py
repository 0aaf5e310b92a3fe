"""A person stops the work of an account, and lets it go on: nothing is done meanwhile, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.engine.conftest import Place
from tests.engine.pop3_world import mirror_of
from tests.engine.test_pop3_watch import watching as watching_pop3
from tests.engine.watching import names, settled, status, watching
from tests.engine.world import Mirror, Other, assert_same, eventually, mail
from tests.servers.fake_pop3 import FakePop3, letter
from tuimail.engine.pausing import Paused, PauseSwitch
from tuimail.model.errors import ConnectionLost
from tuimail.store.accounts import AccountState


def _is(mirror: Mirror, state: AccountState) -> bool:
    found = status(mirror)
    return found is not None and found.state is state


async def test_work_is_cut_once_and_cleans_up_first() -> None:
    switch, done = PauseSwitch(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            done.append("cleaned")

    asyncio.get_running_loop().call_soon(lambda: switch.turn(on=True))
    with pytest.raises(Paused):
        await switch.unless_paused(work())
    assert done == ["cleaned"]
    with pytest.raises(Paused):
        await switch.unless_paused(work())
    assert done == ["cleaned"], "nothing begins while it is on"


async def test_what_ends_by_itself_ends_as_it_would() -> None:
    async def fail() -> None:
        raise ConnectionLost("gone")

    async def fare_well() -> None:
        await asyncio.sleep(0)

    switch = PauseSwitch()
    await switch.unless_paused(fare_well())
    with pytest.raises(ConnectionLost):
        await switch.unless_paused(fail())


async def test_work_ends_with_its_caller() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(PauseSwitch().unless_paused(work()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
async def test_a_paused_account_is_left_alone_until_it_may_go_on(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", [1, 2])
    async with watching(mirror) as watch:
        await settled(mirror)
        watch.pause()
        await eventually(lambda: _is(mirror, AccountState.PAUSED), "paused")
        mirror.flag([1], add=["\\Flagged"])
        watch.wake()
        other.append("INBOX", mail("new"))
        await asyncio.sleep(0.3)
        assert "new" not in names(mirror)
        assert len(mirror.queue()) == 1
        assert _is(mirror, AccountState.PAUSED)
        watch.resume()
        await eventually(lambda: "new" in names(mirror) and mirror.queue() == [], "both ways again")
        await settled(mirror)
        assert_same(mirror, other)


async def test_a_first_sync_that_was_paused_goes_on_where_it_was(place: Place, other: Other, tmp_path: Path) -> None:
    mirror = place.mirror(tmp_path / "data")
    other.fill("INBOX", list(range(1, 120)))
    other.fill("Archive", list(range(200, 260)))
    async with watching(mirror) as watch:
        for _ in range(6):
            await eventually(lambda: status(mirror) is not None and not _is(mirror, AccountState.PAUSED), "at work")
            watch.pause()
            await eventually(lambda: _is(mirror, AccountState.PAUSED), "paused")
            watch.resume()
        await settled(mirror)
        await eventually(lambda: mirror.octets_of(mirror.id_of(1)) is not None, "bodies")
        assert_same(mirror, other)
    mirror.store.close()


async def test_who_asks_for_mail_wants_it_to_go_on(mirror: Mirror, other: Other) -> None:
    async with watching(mirror) as watch:
        await settled(mirror)
        watch.pause()
        await eventually(lambda: _is(mirror, AccountState.PAUSED), "paused")
        other.append("INBOX", mail("new"))
        watch.refresh()
        await eventually(lambda: "new" in names(mirror), "the mail")


async def test_a_pop3_account_rests_too(tmp_path: Path) -> None:
    with FakePop3([letter("first")]) as fake:
        mirror = mirror_of(fake, tmp_path / "data")
        async with watching_pop3(mirror) as watch:
            await eventually(lambda: _is(mirror, AccountState.IDLE), "the first pass")
            watch.pause()
            await eventually(lambda: _is(mirror, AccountState.PAUSED), "paused")
            fake.letters.append(letter("second"))
            watch.wake()
            await asyncio.sleep(0.2)
            assert len(mirror.messages()) == 1
            watch.resume()
            await eventually(lambda: len(mirror.messages()) == 2, "the second")
        mirror.store.close()
