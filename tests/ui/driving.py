"""Driving the app in tests: keys, and waiting until everything that they started is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from textual import events
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


async def until(pilot: Pilot[None], is_so: Callable[[], bool], what: str = "it") -> None:
    """Wait for what is done in the background, or by a timer, for ten seconds at the most."""
    for _ in range(1000):
        if is_so():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"{what} does not come: {pilot.app.screen}, {toasts(pilot)}")


async def burst(pilot: Pilot[None], *keys: str) -> None:
    """Keys of which none waits for what the one before it does."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await asyncio.sleep(0)


def toasts(pilot: Pilot[None]) -> list[str]:
    """What is being told."""
    return [notification.message for notification in pilot.app._notifications]
