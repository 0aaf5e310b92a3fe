"""Driving the app in tests: keys, and waiting until everything that they started is done."""

from __future__ import annotations

from typing import cast

from textual.pilot import Pilot

from tuimail.ui.app import TuimailApp
from tuimail.ui.screens.main import MainScreen


def main_screen(pilot: Pilot[None]) -> MainScreen:
    """The three panes, whatever lies over them."""
    return cast("TuimailApp", pilot.app).main_screen


async def settle(pilot: Pilot[None]) -> None:
    """Wait for timers of a millisecond, commands, background reading and the look at the store."""
    await pilot.pause(0.01)
    await pilot.app.workers.wait_for_complete()
    cast("TuimailApp", pilot.app).look()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and wait for what they do."""
    await pilot.press(*keys)
    await settle(pilot)


async def press_into_dialog(pilot: Pilot[None], *keys: str) -> None:
    """Press keys whose command goes on in a dialog: it is not waited for."""
    await pilot.press(*keys)
    await pilot.pause(0.01)


def toasts(pilot: Pilot[None]) -> list[str]:
    """What is being told."""
    return [notification.message for notification in pilot.app._notifications]
