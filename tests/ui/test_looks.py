"""Keys go before looks at the store, but hold none up for long."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import MakeApp
from tests.ui.sample_store import Place
from tuimail.ui import app as app_module
from tuimail.ui.app import TuimailApp


async def looks_while_keys_come(app: TuimailApp, pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch) -> int:
    looks: list[None] = []
    await pilot.pause()
    monkeypatch.setattr(app, "look", lambda: looks.append(None))
    await pilot.press("j")
    app.look_soon()
    await pilot.press("j")
    await pilot.pause(app_module.MIN_LOOK_PAUSE_S * 2)
    return len(looks)


async def test_a_look_waits_for_the_keys_to_rest(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "KEY_REST_S", 1000.0)
    monkeypatch.setattr(app_module, "LONGEST_WAIT_S", 1000.0)
    app = make_app(place)
    async with app.run_test() as pilot:
        assert await looks_while_keys_come(app, pilot, monkeypatch) == 0


async def test_no_look_waits_for_ever_while_keys_come(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "KEY_REST_S", 1000.0)
    monkeypatch.setattr(app_module, "LONGEST_WAIT_S", 0.0)
    app = make_app(place)
    async with app.run_test() as pilot:
        assert await looks_while_keys_come(app, pilot, monkeypatch) >= 1


async def test_a_look_comes_when_the_keys_rest(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "KEY_REST_S", 0.01)
    monkeypatch.setattr(app_module, "LONGEST_WAIT_S", 1000.0)
    app = make_app(place)
    async with app.run_test() as pilot:
        assert await looks_while_keys_come(app, pilot, monkeypatch) >= 1
