"""Choosing a theme and keeping it: by the picker, or by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimail.model.errors import TuimailError

if TYPE_CHECKING:
    from textual.app import App

    from tuimail.ui.live_settings import LiveSettings
    from tuimail.ui.looks.theme_keeper import ThemeKeeper


class ThemeChoice:
    """`tell` shows a notice; a choice is written to the configuration."""

    def __init__(
        self, app: App[None], keeper: ThemeKeeper, settings: LiveSettings, tell: Callable[[str], None]
    ) -> None:
        self._app = app
        self._keeper = keeper
        self._settings = settings
        self._tell = tell

    def names(self) -> list[str]:
        """The themes that can be chosen by name; none where no theme shows."""
        return [] if self._keeper.ignores_colors else [theme.name for theme in self._keeper.load_all()]

    def open(self) -> None:
        """Let the user look at all of them."""
        from tuimail.ui.screens.theme_picker import ThemePicker

        if self._keeper.ignores_colors:
            self._tell("NO_COLOR is set: nothing is drawn in colours.")
        else:
            picker = ThemePicker(self._keeper.load_all(), self._app.theme, self._keeper.show)
            self._app.push_screen(picker, self.choose)

    def choose(self, name: str | None) -> None:
        """Show it from now on, and in later runs; None chooses nothing."""
        if name is not None:
            self._keeper.show(name)
            if name != self._settings.config.ui.theme:
                self._app.run_worker(self._keep(name), group="commands")

    async def _keep(self, name: str) -> None:
        try:
            await self._settings.change(("ui", "theme"), name)
        except TuimailError as error:
            self._tell(f"{name} is shown, and could not be kept: {error}")
        else:
            self._tell(f"Theme {name} is kept.")
