"""The command palette's entries: every command of the main screen, by title."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import FuzzySearch

from tuimail.ui.commands.catalog import COMMANDS, in_context
from tuimail.ui.commands.command import SCREENS, Command
from tuimail.ui.screens.command_screen import CommandScreen


class CommandProvider(Provider):
    """Finds commands; choosing one runs it on the screen below the palette."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._commands():
            yield DiscoveryHit(self._label(command), partial(self._run, command), text=command.title, help=command.help)

    async def search(self, query: str) -> Hits:
        """Those whose title or name has the letters."""
        search = FuzzySearch()
        for command in self._commands():
            score = max(search.match(query, command.title)[0], search.match(query, command.id)[0] / 2)
            if score > 0:
                yield Hit(
                    score, self._label(command), partial(self._run, command), text=command.title, help=command.help
                )

    def _commands(self) -> list[Command]:
        if not isinstance(self.screen, CommandScreen):
            return []
        here = self.screen.context
        if here in SCREENS:
            return in_context(here)
        return [command for command in COMMANDS.values() if not SCREENS.issuperset(command.contexts)]

    def _label(self, command: Command) -> Content:
        return Content.assemble(command.title, (f"  {command.shown_keys}", "dim"))

    def _run(self, command: Command) -> None:
        if isinstance(self.screen, CommandScreen):
            self.screen.action_run_command(command.id)
