"""The mouse in tests: events as the terminal tells them, so that clicks, captures and drags come about as in life."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.widget import Widget


def at(widget: Widget, x: int, y: int) -> Offset:
    """A place of the screen, told from a widget's corner."""
    return widget.region.offset + Offset(x, y)


async def tell(
    pilot: Pilot[None], kind: type[events.MouseEvent], place: Offset, *, button: int = 1, ctrl: bool = False
) -> None:
    """The terminal tells of the mouse."""
    x, y = place
    event = kind(None, x, y, 0, 0, button, shift=False, meta=False, ctrl=ctrl, screen_x=x, screen_y=y)
    pilot.app.post_message(event)
    await pilot.pause()


async def click(pilot: Pilot[None], place: Offset, *, button: int = 1, times: int = 1) -> None:
    """Press and let go."""
    for _ in range(times):
        await tell(pilot, events.MouseDown, place, button=button)
        await tell(pilot, events.MouseUp, place, button=button)


async def drag(pilot: Pilot[None], places: Sequence[Offset], *, ctrl: bool = False, lets_go: bool = True) -> None:
    """Press at the first place, move over the others, let go at the last."""
    await tell(pilot, events.MouseDown, places[0])
    for place in places[1:]:
        await tell(pilot, events.MouseMove, place, ctrl=ctrl)
    if lets_go:
        await tell(pilot, events.MouseUp, places[-1], ctrl=ctrl)
