"""The wire log: what the engine and the servers say to each other, live, while this screen is open.

The lines come through a pipe that exists only as long as the screen does; it is read ten times a second, and never more
at once than can be shown without holding up a key.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tuimail.config.trace_pipe import TraceReader
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.units import counted
from tuimail.ui.commands.command import Context
from tuimail.ui.late_styles import DIALOGS
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.session import Session
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList, ListCursor
from tuimail.ui.widgets.trace_list import TraceList, TraceModel, row_text

TAKE_EVERY_S = 0.1
_MOST_OCTETS = 64 << 10


def _line_count(model: TraceModel) -> str:
    if len(model.shown) == model.kept_count:
        return counted(model.kept_count, "line")
    return f"{len(model.shown):,} of {counted(model.kept_count, 'line')}"


class TraceScreen(CommandScreen[None]):
    """Watches all accounts; narrowed by keys."""

    CSS_PATH = DIALOGS
    context = Context.TRACE

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.cursor = ListCursor(lambda: self._list)
        self._model = TraceModel()
        self._reader = TraceReader(session.store.data_dir)

    def compose(self) -> ComposeResult:
        """What is shown, the lines, the current line in full."""
        yield Static(id="shown")
        yield TraceList(self._model)
        yield Static(id="line")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begins to watch."""
        self._list.focus()
        self._tell_what_is_shown()
        try:
            self._reader.open()
        except TuimailError as error:
            self.tell_error(error)
            return
        self.set_interval(TAKE_EVERY_S, self.take)

    def on_unmount(self) -> None:
        """Watches no more: the engine falls silent."""
        self._reader.close()

    @property
    def _list(self) -> TraceList:
        return self.query_one(TraceList)

    def take(self) -> None:
        """Show what has come."""
        if lines := self._reader.read(_MOST_OCTETS):
            self._list.add(lines)
            self._tell_what_is_shown()

    def _tell_what_is_shown(self) -> None:
        model = self._model
        parts = [
            f"Account: {model.account or 'all'}",
            f"Mailbox: {model.mailbox or 'all'}",
            _line_count(model),
        ]
        if model.left_out:
            parts.append(f"{model.left_out:,} left out")
        if model.is_paused:
            parts.append(f"paused, {model.waiting_count:,} new")
        self.query_one("#shown", Static).update(Content(one_line("   ".join(parts))))
        row = self._list.current
        self.query_one("#line", Static).update(Content(row_text(row) if row is not None else ""))

    @on(LineList.Highlighted)
    def _show_line(self) -> None:
        self._tell_what_is_shown()

    def toggle_pause(self) -> None:
        """Hold new lines back, or let them come again."""
        self._list.toggle_pause()
        self._tell_what_is_shown()

    def toggle_account(self) -> None:
        """Show the account of the current line alone, or all."""
        row = self._list.current
        account = "" if self._model.account or row is None else row.line.account
        self._list.narrow(account, self._model.mailbox)
        self._tell_what_is_shown()

    def toggle_mailbox(self) -> None:
        """Show what was said with the current line's mailbox selected, or all."""
        row = self._list.current
        mailbox = "" if self._model.mailbox or row is None else row.line.mailbox
        if row is not None and not self._model.mailbox and not mailbox:
            self.say("No mailbox was selected when this was said.")
        self._list.narrow(self._model.account, mailbox)
        self._tell_what_is_shown()

    def clear(self) -> None:
        """Forget all lines."""
        self._list.clear()
        self._tell_what_is_shown()

    def close(self) -> None:
        """Back to the mail."""
        self.dismiss(None)
