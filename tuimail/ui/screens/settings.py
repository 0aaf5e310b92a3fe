"""The settings: every key of the configuration that is no server's, with what it does, changed in place.

    where they are written
    words to look for
    list
    the current one in full, and what was wrong

A change is in the file and on the screen at once; what the engine has to know it is told when the screen closes.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.config.edit import Value
from tuimail.config.settings import Kind, Setting
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError, TuimailError
from tuimail.setup.daemon import in_daemon_thread
from tuimail.ui.commands.command import Context
from tuimail.ui.late_styles import DIALOGS
from tuimail.ui.live_settings import LiveSettings
from tuimail.ui.looks.theme_keeper import ThemeKeeper
from tuimail.ui.models.setting_rows import SettingRow, rows, shown, stepped
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.setting_dialogs import ChooseValue, OrderValues, TypeValue
from tuimail.ui.session import Session
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList, ListCursor
from tuimail.ui.widgets.settings_list import SettingsList

_THEME = ("ui", "theme")


class SearchField(Input):
    """The words to look for; escape, enter and the arrows lead back to the list."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("escape", "screen.leave_search(True)", show=False, id="settings.search.cancel"),
        Binding("enter,down,up,tab", "screen.leave_search(False)", show=False, id="settings.search.done"),
    ]


class SettingsScreen(CommandScreen[None]):
    """`is_demo`: the file is one that goes with the run."""

    CSS_PATH = DIALOGS
    context = Context.SETTINGS
    AUTO_FOCUS = ""

    def __init__(self, session: Session, live: LiveSettings, themes: ThemeKeeper, *, is_demo: bool = False) -> None:
        super().__init__()
        self.cursor = ListCursor(lambda: self._list)
        self._session = session
        self._live = live
        self._themes = themes
        self._is_demo = is_demo

    def compose(self) -> ComposeResult:
        """The list between what is looked for and the current one in full."""
        where = "for this demo only: they are gone when you quit" if self._is_demo else str(self._session.config_path)
        yield Static(Content(one_line(f"Settings   {where}")), id="place")
        yield SearchField(placeholder="/ looks for words", id="search", select_on_focus=False)
        yield SettingsList()
        yield Static(id="detail")
        yield KeyLine()

    def on_mount(self) -> None:
        """Shows them."""
        self._list.focus()
        self._show_all()

    @property
    def _list(self) -> SettingsList:
        return self.query_one(SettingsList)

    @property
    def _words(self) -> str:
        return self.query_one(SearchField).value

    def _show_all(self) -> None:
        self._list.show(rows(self._live.config, self._words))
        self._show_detail()

    @on(Input.Changed, "#search")
    def _typed(self) -> None:
        self._show_all()

    @on(LineList.Highlighted)
    def _moved(self) -> None:
        self._show_detail()

    def _show_detail(self, fault: str = "") -> None:
        row = self._list.current
        parts: list[tuple[str, str] | str] = []
        if row is not None:
            parts = [(f"{one_line(row.setting.title)}: {row.text}", "bold"), f"\n{row.setting.help}"]
            parts.append(("\n" + "   ".join(row.notes), "$mail-dim"))
        if fault:
            parts.append((f"\n! {one_line(fault)}", "bold $mail-problem"))
        self.query_one("#detail", Static).update(Content.assemble(*parts))

    @on(LineList.Chosen)
    def _clicked(self) -> None:
        self.action_run_command("settings.change")

    def search(self) -> None:
        """Type words to look for."""
        self.query_one(SearchField).focus()

    def action_leave_search(self, clear: bool) -> None:
        """Back to the list."""
        if clear:
            self.query_one(SearchField).value = ""
        self._list.focus()

    async def change(self) -> None:
        """Ask for another value; a switch is turned."""
        row = self._list.current
        if row is None:
            return
        if row.setting.kind is Kind.SWITCH:
            await self._set(row.setting, not row.value)
        elif (value := await self._ask(row)) is not None:
            await self._set(row.setting, value)

    async def _ask(self, row: SettingRow) -> Value | None:
        setting = row.setting
        if setting.keys == _THEME:
            from tuimail.ui.screens.theme_picker import ThemePicker

            picker = ThemePicker(self._themes.load_all(), self.app.theme, self._themes.show)
            chosen: str | None = await self.app.push_screen_wait(picker)
            return chosen
        dialogs = {Kind.CHOICE: ChooseValue, Kind.ORDER: OrderValues}
        value: Value | None = await self.app.push_screen_wait(dialogs.get(setting.kind, TypeValue)(setting, row.value))
        return value

    async def step(self, delta: int) -> None:
        """Take the next or previous value, where there is one."""
        row = self._list.current
        if row is None:
            return
        value = self._next_theme(delta) if row.setting.keys == _THEME else stepped(row, delta)
        if value is None:
            await self.change()
            return
        try:
            row.setting.check(value)
        except ConfigError as error:
            self._show_detail(error.message)
            return
        await self._set(row.setting, value)

    def _next_theme(self, delta: int) -> str:
        names = [theme.name for theme in self._themes.load_all()]
        current = self._live.config.ui.theme
        return names[(names.index(current) + delta) % len(names)] if current in names else names[0]

    async def reset(self) -> None:
        """Back to the default."""
        if (row := self._list.current) is not None:
            await self._set(row.setting, None)

    async def _set(self, setting: Setting, value: Value | None) -> None:
        try:
            await self._live.change(setting.keys, value)
        except TuimailError as error:
            self._themes.show(self._live.config.ui.theme)
            self._show_all()
            self._show_detail(str(error))
        else:
            self._show_all()

    async def undo(self) -> None:
        """Take the last edit back."""
        try:
            name = await self._live.undo()
        except TuimailError as error:
            self._show_detail(str(error))
            return
        self._show_all()
        row = next((index for index, row in enumerate(self._list.rows) if row.setting.name == name), None)
        if row is not None:
            self._list.cursor = row
            self.say(f"Undone: {self._list.rows[row].setting.title} is {shown(self._list.rows[row].value)} again")
        else:
            self.say(f"Undone: {one_line(name)}" if name else "There is nothing to undo.")

    async def add_search(self) -> None:
        """Ask for a saved search: its name, then its query."""
        from tuimail.config.settings import SEARCH_HELP
        from tuimail.ui.screens.ask_text import AskTextScreen

        name: str | None = await self.app.push_screen_wait(AskTextScreen("Name of the search", "", done="go on"))
        if not name:
            return
        setting = Setting(("searches", name), "Saved searches", name, SEARCH_HELP, Kind.TEXT, None)
        value: Value | None = await self.app.push_screen_wait(TypeValue(setting, self._live.config.searches.get(name)))
        if value is not None:
            await self._set(setting, value)
            self._list.cursor = max(
                (index for index, row in enumerate(self._list.rows) if row.setting.keys == setting.keys), default=0
            )

    def close(self) -> None:
        """Back to the mail; an engine that works with other settings is renewed."""
        link = self._session.link
        if self._live.engine_is_behind() and link is not None:
            self.say("The engine starts anew with your settings.")
            self.app.run_worker(in_daemon_thread(link.renew, "engine"), exit_on_error=False)
        self.dismiss(None)
