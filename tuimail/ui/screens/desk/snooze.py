"""What commands need to put messages away until a time: asking for the time. The store does the rest."""

from __future__ import annotations

from textual.screen import Screen

from tuimail.model.units import counted
from tuimail.ui.session import Session


class SnoozeDesk:
    """`screen` is the one that the menu opens over."""

    def __init__(self, session: Session, screen: Screen[None]) -> None:
        self._session = session
        self._screen = screen

    async def choose(self, count: int, *, is_held: bool) -> int | None:
        """Let the user choose until when `count` messages go, in seconds; see `commands.desk.SnoozeView`."""
        from tuimail.model.typed_moments import DayTimes
        from tuimail.ui.screens.snooze_menu import SnoozeMenu

        settings = self._session.config.snooze
        times = DayTimes.of(settings.morning, settings.evening)
        title = f"Snooze {counted(count, 'message')} until"
        menu = SnoozeMenu(title, int(self._session.clock()), times, is_held=is_held)
        moment: int | None = await self._screen.app.push_screen_wait(menu)
        return moment
