"""The app: one run from the store's first screen to the way out, whatever happens between.

Owns the look at the store (hints from the engine, and twice a second without one), themes, the last defence against
control characters, and what is left of a crash: a line for the user, the rest in the log.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.filter import LineFilter
from textual.message import Message
from textual.notifications import Notify
from textual.screen import Screen

from tuimail.config.paths import resolve_paths
from tuimail.config.schema import Config
from tuimail.model.errors import EXIT_FAILED, TuimailError
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId
from tuimail.store.store import Store
from tuimail.ui.after_start import load_the_rest
from tuimail.ui.backstop import Backstop
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.keymap_keeper import KeymapKeeper
from tuimail.ui.leaving import leaving_on_signals
from tuimail.ui.link import EngineLink, LinkState
from tuimail.ui.live_settings import LiveSettings
from tuimail.ui.looks import glyphs
from tuimail.ui.looks.theme_keeper import ThemeKeeper
from tuimail.ui.looks.theme_variables import variable_defaults
from tuimail.ui.notices import NewMail
from tuimail.ui.passwords import PasswordDesk
from tuimail.ui.screens.command_screen import ERROR_SHOWN_S, take_key
from tuimail.ui.screens.main import MainScreen
from tuimail.ui.session import Session
from tuimail.ui.snapshot import Snapshot, StoreChange, changed_mailboxes, news_of_queue
from tuimail.ui.stylesheet import KeptStylesheet
from tuimail.ui.widgets.line_list import draw_again

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.notifications import SeverityLevel

    from tuimail.ui.views import Views

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
BEGIN_AT_LATEST_S = 1.0
"""The engine is started then, whatever has become of the first picture."""
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
LOW_LINES = 18
"""On a lower screen a notice has one line."""


class TuimailApp(App[None]):
    """`notice` is shown when the app starts; with `adds_account` it begins with the wizard. A demo adds no accounts."""

    CSS_PATH: ClassVar[list[str | PurePath]] = ["styles/main.tcss", "styles/lists.tcss"]
    ENABLE_COMMAND_PALETTE = False
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW_LINES, "-high")]  # noqa: RUF012 - Textual's way

    class HintCame(Message):
        """The engine says that something changed: `hint`."""

        def __init__(self, hint: Hint) -> None:
            super().__init__()
            self.hint = hint

    class LinkChanged(Message):
        """The engine started or ended: now it is `state`."""

        def __init__(self, state: LinkState) -> None:
            super().__init__()
            self.state = state

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
        self._snapshot: Snapshot | None = None
        self._version = (-1, 0)
        self._looked_at_s = 0.0
        self._is_look_due = False
        self._has_begun = False
        self._key_came_s = 0.0
        self._told_error = ""
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self._kept_stylesheet = KeptStylesheet(variables=self.theme_variables)
        self.stylesheet = self._kept_stylesheet
        self.title = title
        self.main_screen = MainScreen(session, look=self.look, look_soon=self.look_soon)
        self._passwords = PasswordDesk(session, self.main_screen)
        self._key_keeper = KeymapKeeper(session.config_path.parent / "keymap.toml", self._tell_warning)
        self._key_keeper.look(session.config.ui.keymap)
        glyphs.use(session.config.ui.glyphs)
        user_themes = session.config_path.parent / "themes"
        self.themes = ThemeKeeper(self, user_themes, self._tell_warning)
        self.themes.start(session.config.ui.theme)
        self.live_settings = LiveSettings(session)
        self._is_demo = is_demo
        self._views: Views | None = None
        session.watch_config(self._settings_changed)
        self._new_mail = NewMail(
            session,
            set_timer=self.set_timer,
            start_task=self.main_screen.start_task,
            show=lambda notification: _ignored(self.post_message(Notify(notification))),
            on_news=self.main_screen.desk.news.tell,
            is_low=lambda: self.size.height < LOW_LINES,
        )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colours for themes that do not name them."""
        return variable_defaults(self.current_theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The last defence comes last."""
        return [*super().get_line_filters(), self._backstop]

    def get_default_screen(self) -> Screen[None]:
        """The three panes."""
        return self.main_screen

    def on_mount(self) -> None:
        """Listens to the engine."""
        self.set_interval(LOOK_EVERY_S, self._look_by_clock)
        self.session.terminal.connect(self._write_to_terminal)
        link = self.session.link
        if link is not None:
            link.listen(
                lambda hint: _ignored(self.post_message(self.HintCame(hint))),
                lambda state: _ignored(self.post_message(self.LinkChanged(state))),
            )
        self.themes.follow()
        self._key_keeper.tell_faults()
        if self._notice:
            self.tell(self._notice)
        self.call_after_refresh(self._begin_work)
        self.set_timer(BEGIN_AT_LATEST_S, self._begin_work)
        if self._adds_account:
            # Over the main screen once that stands: what mounts last has the keys.
            self.call_after_refresh(self.action_open_view, "wizard")

    def _begin_work(self) -> None:
        """Once the first picture stands: two processes that both import would have made it wait for half of each."""
        if self._has_begun:
            return
        self._has_begun = True
        if self.session.link is not None:
            self.session.link.start()
        load_the_rest(self._kept_stylesheet)

    def _look_by_clock(self) -> None:
        """Twice a second, also when nothing happens: without a second timer, which would cost as much again."""
        now_s = time.monotonic()
        if now_s < self._key_came_s + KEY_REST_S or now_s < self._looked_at_s + MIN_LOOK_PAUSE_S:
            self.look_soon()
        elif not self._is_look_due:
            self.look()

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
            if not event.is_forwarded and take_key(self.screen, event):
                return
        await super().on_event(event)

    def look(self) -> None:
        """If anyone has changed the store, show it."""
        self._is_look_due = False
        self._looked_at_s = time.monotonic()
        self._look_at_keymap()
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
                self.tell(news, severity="warning")
        except TuimailError as error:
            if str(error) != self._told_error:
                self._told_error = str(error)
                self.tell(str(error), severity="error")

    def _show(self, change: StoreChange) -> None:
        self.main_screen.show_change(change)
        self._passwords.store_changed(change.snapshot)
        self._new_mail.store_changed(change)
        for screen in self.screen_stack:
            if screen is not self.main_screen and hasattr(screen, "show_queue"):
                screen.show_queue()

    def _write_to_terminal(self, sequence: str) -> None:
        """The driver writes between two frames."""
        if self._driver is not None:
            self._driver.write(sequence)

    def leave_soon(self) -> None:
        """Leave as soon as what is under way lets it; may be called from a signal handler."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.exit)

    def get_driver_class(self) -> type[Driver]:
        """Where Textual would read a terminal, ours does."""
        from textual.drivers.linux_driver import LinuxDriver

        from tuimail.ui.terminal_input import TerminalDriver

        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def copy_to_clipboard(self, text: str) -> None:
        """Textual's own way to copy (ctrl+c): by the terminal alone. Ours looks for a program first."""
        self.main_screen.start_task(self.main_screen.desk.clip.copy(text, "the selection"))

    def on_click(self, event: events.Click) -> None:
        """A click on a notice of new mail goes there."""
        notification = getattr(event.widget, "_notification", None)
        if notification is not None and self._new_mail.is_about(notification) and self.main_screen.is_active:
            self.main_screen.action_run_command("mail.news")

    def on_tuimail_app_hint_came(self, event: HintCame) -> None:
        """A hint says when to look, and who cannot log in."""
        if event.hint.kind is HintKind.SECRET:
            self._passwords.add(AccountId(event.hint.id))
        self.look_soon()

    def on_tuimail_app_link_changed(self, event: LinkChanged) -> None:
        """The status line tells; an engine that is down is worth a word."""
        self.main_screen.update_status()
        if event.state is LinkState.DOWN:
            self.tell(
                f"The engine has stopped. {key_for('mail.refresh')} starts it again; the log says why it ended.",
                severity="error",
            )

    def action_open_view(self, name: str) -> None:
        """Open something beside the mail: see `Views.open`."""
        if self._views is None:
            from tuimail.ui.views import Views

            parts = (self.session, self.main_screen, self.live_settings, self.themes)
            self._views = Views(self, *parts, tell=self.tell, is_demo=self._is_demo)
        self._views.open(name)

    def _settings_changed(self, before: Config) -> None:
        ui = self.session.config.ui
        if ui.theme != before.ui.theme:
            self.themes.show(ui.theme)
        self._look_at_keymap()
        if glyphs.use(ui.glyphs):
            draw_again(self)

    def _look_at_keymap(self) -> None:
        if self._key_keeper.look(self.session.config.ui.keymap):
            self._key_keeper.tell_faults()
            self.screen.refresh_bindings()

    def _tell_warning(self, text: str) -> None:
        self.tell(text, severity="warning")

    def tell(self, text: str, *, severity: SeverityLevel = "information") -> None:
        """Say something at the edge of the screen."""
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

    `link` is started once the first picture stands; None shows the store without an engine. `config_path` is what
    the user is told to edit. `adds_account`: begin with the wizard; `is_demo`: never open it.

    Raises:
        StoreError: the store cannot be opened.
        SystemExit: with status 1, after one line on stderr, when the app failed; the log says how.
    """
    store.mail.ensure()
    session = Session(store, config, link, config_path=config_path or resolve_paths().config)
    app = TuimailApp(session, title=title, notice=notice, adds_account=adds_account, is_demo=is_demo)
    _draw_on_the_terminal()
    for name in ("COLUMNS", "LINES"):
        # Exported by a shell, they are the size of then: the screen would never follow its window.
        os.environ.pop(name, None)
    sys.setswitchinterval(_SWITCH_S)
    if not logging.getLogger().handlers:
        # Without a handler Python prints errors over the screen.
        logging.getLogger().addHandler(logging.NullHandler())
    try:
        with leaving_on_signals(app.leave_soon):
            app.run()
    finally:
        _write_last(session.terminal.give_title_back())
        session.close()
        if link is not None:
            link.close()
    if app.failure is not None or app.return_code:
        sys.stderr.write("tuimail: the screen failed and was closed. Nothing is lost; the log says what happened.\n")
        raise SystemExit(EXIT_FAILED)


def _write_last(sequence: str) -> None:
    """The driver is gone with the screen; what is left to say goes where it drew."""
    terminal = sys.__stderr__
    if sequence and terminal is not None and terminal.isatty():
        with contextlib.suppress(OSError):
            terminal.write(sequence)
            terminal.flush()


def _draw_on_the_terminal() -> None:
    """Textual draws on stderr: with `2>file` the screen would go into the file."""
    out, err = sys.__stdout__, sys.__stderr__
    if out is not None and err is not None and out.isatty() and not err.isatty():
        sys.__stderr__ = out  # type: ignore[misc]


def _ignored(_result: object) -> None:
    """For callbacks that return nothing."""
