"""What a screen tells its user: news take the place of older news, an error stays beside them.

Textual takes a notice away and mounts another: three layouts of the whole screen for one line. Words that come while
older ones are still to be read are written into their place instead. Alone leans on what Textual keeps of a notice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.notifications import Notification
from textual.widgets._toast import Toast

from tuimail.mime.sanitize import one_line

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import SeverityLevel
    from textual.screen import Screen


def take_back(app: App[Any], text: str) -> None:
    """Take a notice away that is not true any more; nothing if it is gone already."""
    for notice in list(app._notifications):
        if notice.message == text:
            app._unnotify(notice)


class Telling:
    """The notices of one screen."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._has_told_error = False

    def tell(self, text: str, severity: SeverityLevel, seconds: float) -> None:
        """Show the text for so long."""
        app, text = self._screen.app, one_line(text)
        if severity != "error" and not self._has_told_error:
            if self._rewrite(text, severity, seconds):
                return
            app.clear_notifications()
        self._has_told_error = severity == "error"
        app.notify(text, severity=severity, timeout=seconds, markup=False)

    def _rewrite(self, text: str, severity: SeverityLevel, seconds: float) -> bool:
        """Write over the one notice that there is. Returns whether there was one of that kind."""
        shown: list[Notification] = list(self._screen.app._notifications)
        if len(shown) != 1 or shown[0].severity != severity:
            return False
        notice = shown[0]
        toast = next((toast for toast in self._screen.query(Toast) if toast._notification is notice), None)
        if toast is None or not toast.size:
            return False
        is_as_high = max(map(cell_len, (notice.message, text))) <= toast.scrollable_content_region.width
        notice.message, notice.timeout, notice.raised_at = text, seconds, time.time()
        for timer in list(toast._timers):
            timer.stop()
        toast.set_timer(seconds, toast._expire)
        toast.refresh(layout=not is_as_high)
        return True
