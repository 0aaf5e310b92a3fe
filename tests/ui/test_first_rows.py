"""While only the first rows of a list are known: where keys lead that go behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, settle
from tests.ui.sample_store import Place, Sample, deliver, plain
from tuimail.store.database import Connection
from tuimail.ui.app import TuimailApp
from tuimail.ui.models import list_index

KNOWN = 5
ALL = 12


def hold_reading(app: TuimailApp) -> asyncio.Event:
    """What is read in the background comes once this is set."""
    gate = asyncio.Event()
    read_later = app.session.read_later

    async def slow(function: Callable[[Connection], object]) -> object:
        await gate.wait()
        return await read_later(function)

    app.session.read_later = slow  # type: ignore[method-assign, assignment]
    return gate


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (("end",), ALL - 1),
        (("7", "j"), 7),
        (("j",) * 6, 6),
        (("8", "G"), 7),
        (("7", "j", "k", "k"), 5),
        (("pagedown",), ALL - 1),
        (("4", "j"), 4),
        (("end", "home"), 0),
        (("end", "9", "k", "home", "j"), 1),
        ((), 0),
    ],
)
async def test_keys_lead_on_as_soon_as_the_rest_is_there(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], row: int
) -> None:
    monkeypatch.setattr(list_index, "FIRST_THREADS", KNOWN)
    app = make_app(place, config=replace(CONFIG, ui=replace(CONFIG.ui, threads=True)))
    gate = hold_reading(app)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        messages = main_screen(pilot).messages
        await pilot.press(*keys)
        await pilot.pause()
        assert messages.line_count == KNOWN
        assert messages.cursor == min(row, KNOWN - 1)
        gate.set()
        await settle(pilot)
        assert messages.line_count == ALL
        assert messages.cursor == row
        assert messages.current_id == place.ids("INBOX")[row]
        await press(pilot, "home", "j")
        assert messages.cursor == 1


async def test_who_goes_to_another_mailbox_meanwhile_is_at_its_top(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_index, "FIRST_THREADS", KNOWN)
    app = make_app(place, config=replace(CONFIG, ui=replace(CONFIG.ui, threads=True)))
    deliver(place, "Archive", [Sample(plain(f"Old {number}", number=100 + number), 60) for number in range(ALL)])
    gate = hold_reading(app)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        messages = main_screen(pilot).messages
        await pilot.press("end", "g", "a")
        await pilot.pause()
        gate.set()
        await settle(pilot)
        assert messages.line_count == ALL
        assert messages.current_id in place.ids("Archive")
        assert messages.cursor == 0
