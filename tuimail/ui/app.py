"""The app: one run from the store's first screen to the way out, whatever happens between.

Owns the look at the store (hints from the engine, and twice a second without one), themes, the last defence against
control characters, and what is left of a crash: a line for the user, the rest in the log.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from tuimail.config.paths import resolve_paths
from tuimail.config.schema import Config
from tuimail.model.errors import EXIT_FAILED, TuimailError
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId
from tuimail.store.store import Store
from tuimail.ui import themes
from tuimail.ui.backstop import Backstop
from tuimail.ui.commands.palette import CommandProvider
from tuimail.ui.link import EngineLink, LinkState
from tuimail.ui.passwords import PasswordDesk
from tuimail.ui.screens.command_screen import ERROR_SHOWN_S
from tuimail.ui.screens.main import MainScreen
from tuimail.ui.session import Session, Snapshot, StoreChange, changed_mailboxes, news_of_queue

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.notifications import SeverityLevel

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
MIN_LOOK_PAUSE_S = 0.2
"""However many hints come, the store is looked at no more often than this."""
KEY_REST_S = 0.25
"""Whoever presses keys goes first: a look waits until none has come for so long."""
LONGEST_WAIT_S = 0.5
"""While keys go on coming, the store is looked at so often all the same,"""
KEY_SHOWN_S = 0.03
"""so long after a key: what it did is on the screen then, and the next key is not due yet."""
_SWITCH_S = 0.0005
"""How long a background thread may keep the interpreter from the screen's (Python's own figure is ten times this)."""
_NOTICE_SHOWN_S = 6.0


class TuimailApp(App[None]):
    """`notice` is shown when the app starts; with `adds_account` it begins with the wizard. A demo adds no accounts."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "styles/main.tcss",
        "styles/lists.tcss",
        "styles/dialogs.tcss",
        "styles/wizard.tcss",
    ]
    COMMANDS = {CommandProvider}  # noqa: RUF012 - Textual's way

    @dataclass
    class HintCame(Message):
        """The engine says that something changed."""

        hint: Hint
        """What."""

    @dataclass
    class LinkChanged(Message):
        """The engine started or ended."""

        state: LinkState
        """What it is now."""

    def __init__(
        self,
        session: Session,
        *,
        title: str = "tuimail",
        notice: str = "",
        adds_account: bool = False,
        is_demo: bool = False,
    ) -> None:
        self.session = session
        self.failure: BaseException | None = None
        self._backstop = Backstop()
        self._notice = notice
        self._adds_account = adds_account
        self._is_demo = is_demo
        self._snapshot: Snapshot | None = None
        self._version = (-1, 0)
        self._looked_at_s = 0.0
        self._is_look_due = False
        self._key_came_s = 0.0
        self._told_error = ""
        super().__init__()
        self.title = title
        self.main_screen = MainScreen(session, look=self.look, look_soon=self.look_soon)
        self._passwords = PasswordDesk(session, self.main_screen)
        self._set_up_themes()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colours for themes that do not name them."""
        return themes.variable_defaults(self.current_theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The last defence comes last."""
        return [*super().get_line_filters(), self._backstop]

    def get_default_screen(self) -> Screen[None]:
        """The three panes."""
        return self.main_screen

    def _set_up_themes(self) -> None:
        found, faults = themes.load_themes(themes.theme_directory(), self.session.config_path.parent / "themes")
        for theme in found:
            self.register_theme(theme)
        wanted = self.session.config.ui.theme
        if "NO_COLOR" in os.environ:
            # Other themes would become shades of grey, in 24-bit colour.
            wanted = "ansi-dark"
        elif wanted not in self.available_themes:
            faults.append(f"there is no theme {wanted!r}")
            wanted = themes.DEFAULT if themes.DEFAULT in self.available_themes else "textual-dark"
        self.theme = wanted
        self._faults = faults

    def on_mount(self) -> None:
        """Listens to the engine."""
        self.set_interval(LOOK_EVERY_S, self.look_soon)
        link = self.session.link
        if link is not None:
            link.listen(
                lambda hint: _ignored(self.post_message(self.HintCame(hint))),
                lambda state: _ignored(self.post_message(self.LinkChanged(state))),
            )
        if self._faults:
            self._tell("Themes: " + "; ".join(self._faults), severity="warning")
        if self._notice:
            self._tell(self._notice)
        if self._adds_account:
            # Over the main screen once that stands: what mounts last has the keys.
            self.call_after_refresh(self.action_open_view, "wizard")
        self.call_after_refresh(_freeze)

    def look_soon(self) -> None:
        """Look at the store as soon as the pause after the last look is over."""
        if not self._is_look_due:
            self._is_look_due = True
            pause_s = self._looked_at_s + MIN_LOOK_PAUSE_S - time.monotonic()
            self.set_timer(max(0.001, pause_s), self._look_between_keys)

    def _look_between_keys(self) -> None:
        if not self._is_look_due:
            return
        wait_s = self._key_came_s + KEY_REST_S - time.monotonic()
        if wait_s > 0:
            self.set_timer(wait_s, self._look_between_keys)
        else:
            self.look()

    async def on_event(self, event: events.Event) -> None:
        """Notes when keys come."""
        if isinstance(event, events.Key):
            self._key_came_s = time.monotonic()
            if self._is_look_due and self._key_came_s > self._looked_at_s + LONGEST_WAIT_S:
                self.set_timer(KEY_SHOWN_S, self.look)
        await super().on_event(event)

    def look(self) -> None:
        """If anyone has changed the store, show it."""
        self._is_look_due = False
        self._looked_at_s = time.monotonic()
        self._passwords.look(keys_rested_s=self._looked_at_s - self._key_came_s)
        try:
            version = self.session.store.mail.data_version(), self.session.arrangement
            if version == self._version:
                return
            snapshot = self.session.read_snapshot()
            change = StoreChange(snapshot, changed_mailboxes(self._snapshot or Snapshot(), snapshot))
            news = news_of_queue(self._snapshot, snapshot)
            self._version, self._snapshot, self._told_error = version, snapshot, ""
            self._show(change)
            if news:
                self._tell(news, severity="warning")
        except TuimailError as error:
            if str(error) != self._told_error:
                self._told_error = str(error)
                self._tell(str(error), severity="error")

    def _show(self, change: StoreChange) -> None:
        self.main_screen.show_change(change)
        self._passwords.store_changed(change.snapshot)
        for screen in self.screen_stack:
            if screen is not self.main_screen and hasattr(screen, "show_queue"):
                screen.show_queue()

    def on_tuimail_app_hint_came(self, event: HintCame) -> None:
        """A hint says when to look, and who cannot log in."""
        if event.hint.kind is HintKind.SECRET:
            self._passwords.add(AccountId(event.hint.id))
        self.look_soon()

    def on_tuimail_app_link_changed(self, event: LinkChanged) -> None:
        """The status line tells; an engine that is down is worth a word."""
        self.main_screen.update_status()
        if event.state is LinkState.DOWN:
            self._tell("The engine has stopped. r starts it again; the log says why it ended.", severity="error")

    def action_open_view(self, name: str) -> None:
        """Open `help`, `palette`, `queue`, `themes`, `trace`, `trouble` or `wizard`."""
        if name == "palette":
            self.action_command_palette()
        elif name == "help":
            from tuimail.ui.screens.help import HelpScreen

            self.push_screen(HelpScreen())
        elif name == "queue":
            from tuimail.ui.screens.queue import QueueScreen

            self.push_screen(QueueScreen(self.session))
        elif name == "trace":
            from tuimail.ui.screens.trace import TraceScreen

            self.push_screen(TraceScreen(self.session))
        elif name == "themes":
            self._open_themes()
        elif name == "trouble":
            self._open_trouble()
        elif name == "wizard" and self._is_demo:
            self._tell("The demo forgets its accounts. Leave it (q), and start tuimail to set up one of your own.")
        elif name == "wizard":
            from tuimail.ui.new_account import set_up_account

            set_up_account(self, self.session, self.main_screen)

    def _open_trouble(self) -> None:
        from tuimail.ui.screens.trouble import TroubleScreen

        troubled = [account for account in self.session.read_snapshot().accounts if account.error]
        if troubled:
            self.push_screen(TroubleScreen(troubled))
        else:
            self._tell("No account is in trouble.")

    def _open_themes(self) -> None:
        from tuimail.ui.screens.theme_picker import ThemePicker

        own = [name for name in self.available_themes if name.startswith("tuimail-")]
        others = [name for name in self.available_themes if name not in own]
        self.push_screen(ThemePicker([*own, *sorted(others)], self.theme), self._theme_chosen)

    def _theme_chosen(self, name: str | None) -> None:
        if name is not None and name != self.session.config.ui.theme:
            where = "the configuration (`tuimail locate config`)" if self._is_demo else str(self.session.config_path)
            self._tell(f'To keep it, write theme = "{name}" under [ui] in {where}.')

    def _tell(self, text: str, *, severity: SeverityLevel = "information") -> None:
        seconds = ERROR_SHOWN_S if severity == "error" else _NOTICE_SHOWN_S
        self.main_screen.say(text, severity=severity, seconds=seconds)

    def _fatal_error(self) -> None:
        """Textual would print a traceback with the values of all variables: mail, and passwords."""
        self.failure = sys.exc_info()[1] or self._exception
        log.error("The screen failed", exc_info=self.failure)
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """An error that draws itself is treated like any other."""
        self._fatal_error()


def run(
    store: Store,
    config: Config,
    *,
    link: EngineLink | None,
    title: str = "tuimail",
    notice: str = "",
    config_path: Path | None = None,
    adds_account: bool = False,
    is_demo: bool = False,
) -> None:
    """Run the app until the user leaves; then the link is closed and every change is in the store.

    `link` is started by the caller, as early as it can; None shows the store without an engine. `config_path` is
    what the user is told to edit. `adds_account`: begin with the wizard; `is_demo`: never open it.

    Raises:
        StoreError: the store cannot be opened.
        SystemExit: with status 1, after one line on stderr, when the app failed; the log says how.
    """
    store.mail.ensure()
    session = Session(store, config, link, config_path=config_path or resolve_paths().config)
    app = TuimailApp(session, title=title, notice=notice, adds_account=adds_account, is_demo=is_demo)
    _draw_on_the_terminal()
    sys.setswitchinterval(_SWITCH_S)
    if not logging.getLogger().handlers:
        # Without a handler Python prints errors over the screen.
        logging.getLogger().addHandler(logging.NullHandler())
    try:
        app.run()
    finally:
        session.close()
        if link is not None:
            link.close()
    if app.failure is not None or app.return_code:
        sys.stderr.write("tuimail: the screen failed and was closed. Nothing is lost; the log says what happened.\n")
        raise SystemExit(EXIT_FAILED)


def _draw_on_the_terminal() -> None:
    """Textual draws on stderr: with `2>file` the screen would go into the file."""
    out, err = sys.__stdout__, sys.__stderr__
    if out is not None and err is not None and out.isatty() and not err.isatty():
        sys.__stderr__ = out  # type: ignore[misc]


def _freeze() -> None:
    """What start-up made stays: the collector need not look at it again, which is what a key press would feel."""
    gc.enable()
    gc.collect()
    gc.freeze()


def _ignored(_result: object) -> None:
    """For callbacks that return nothing."""
