"""The parts of one message: what each is, and where; to save, to open, to look into.

    ┌─ Attachments ─────────────────────────────────────────┐
    │▸• plan.pdf                application/pdf  3 MB  40 %  │   • is marked
    │  bär.jpg                  image/jpeg  1.2 MB           │
    │Saved: ~/Downloads/bär.jpg                              │   what came of it, or why nothing did
    └────────────────────────────────────────────────────────┘

What is not here is fetched when something is to be done with it. The dialog follows the store, and shows how far it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.model.units import counted
from tuimail.ui.attached import Attached, is_page
from tuimail.ui.formats import fit
from tuimail.ui.models.attachment_rows import AttachmentRow, AttachmentRows, is_picture
from tuimail.ui.screens.confirm import ConfirmScreen
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from tuimail.ui.session import Session

LOOK_EVERY_S = 0.3
SHOWN_OCTETS = 256 * 1024
"""Of a part that is looked into; who wants more of it opens it."""
_MARK = "•"
_NOTHING = "This message has no attachments."
_FETCHING = "The message is not on this machine yet: it is being fetched…"
AskDirectory = Callable[[str], Awaitable[Path | None]]
"""Lets the user name a directory; the text says what is to be saved there."""
LookAt = Callable[[MessageId, AttachmentRow], Awaitable[None]]
"""Shows a picture of the message."""


class AttachmentLines(MenuList):
    """The parts, a line each."""

    # The keys of the screen are the list's: none of them is to overtake the one that moves the cursor.
    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("space", "screen.mark", show=False, id="attachments.mark"),
        Binding("s", "screen.save", show=False, id="attachments.save"),
        Binding("S", "screen.save_all", show=False, id="attachments.save_all"),
        Binding("o", "screen.open", show=False, id="attachments.open"),
        Binding("v", "screen.view", show=False, id="attachments.view"),
    ]

    def __init__(self) -> None:
        super().__init__(id="attachments", placeholder="")
        self.rows: Sequence[AttachmentRow] = ()
        self.marked: set[str] = set()

    @property
    def line_count(self) -> int:
        """How many parts there are."""
        return len(self.rows)

    def show(self, rows: Sequence[AttachmentRow]) -> None:
        """Show these; the cursor stays where it can."""
        self.rows = rows
        self.cursor = max(0, min(self.cursor, len(rows) - 1))
        self.styles.height = max(1, min(14, len(rows)))
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        row = self.rows[index]
        return row, row.part.section in self.marked

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Mark and name; type, size and where it is to the right."""
        row = self.rows[index]
        mark = _MARK if row.part.section in self.marked else " "
        about = fit(row.about, min(cell_len(row.about), width * 2 // 3))
        room = max(0, width - cell_len(about) - 2)
        return [Segment(fit(f" {mark} {row.name}", room), style), Segment(f" {about} ", style)]

    def toggle_mark(self) -> None:
        """Mark the part under the cursor, or unmark it, and go on to the next."""
        if self.rows:
            self.marked ^= {self.rows[self.cursor].part.section}
            self.refresh_row(self.cursor)
            self.cursor += 1

    @property
    def chosen(self) -> list[AttachmentRow]:
        """The marked ones, else the one under the cursor."""
        marked = [row for row in self.rows if row.part.section in self.marked]
        return marked or list(self.rows[self.cursor : self.cursor + 1])


class AttachmentsScreen(Dialog[None]):
    """Works on the message `id_` by `attached`; `ask_directory` and `look_at` say where to, and show pictures."""

    BINDINGS = [Binding("q", "close", show=False, id="attachments.close")]  # noqa: RUF012 - Textual's way

    def __init__(
        self, session: Session, attached: Attached, id_: MessageId, ask_directory: AskDirectory, look_at: LookAt
    ) -> None:
        super().__init__()
        self._look_at = look_at
        self._session = session
        self._attached = attached
        self._message_id = id_
        self._ask_directory = ask_directory
        self._is_reading = False
        self._version = -1
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """The parts over what came of the last thing done with them."""
        with Vertical(id="box") as box:
            box.border_title = Content("Attachments").markup
            yield AttachmentLines()
            yield Static(id="said")
            keys = "enter  open    s  save    S  save all    v  look at it    space  mark    esc  close"
            yield Static(Content(keys), classes="keys")

    def on_mount(self) -> None:
        """Reads the parts, and again whenever the store has changed."""
        self._lines.focus()
        self.query_one("#said", Static).display = False
        self._look()
        self.set_interval(LOOK_EVERY_S, self._look)

    @property
    def _lines(self) -> AttachmentLines:
        return self.query_one(AttachmentLines)

    def _look(self) -> None:
        try:
            version = self._session.store.mail.data_version()
        except TuimailError as error:
            self._say(str(error))
            return
        if version != self._version and not self._is_reading:
            self._version, self._is_reading = version, True
            self._start(self._read())

    async def _read(self) -> None:
        try:
            rows = await self._attached.rows(self._message_id)
        except TuimailError as error:
            self._say(str(error))
            return
        finally:
            self._is_reading = False
        if rows is None:
            self.dismiss(None)
            return
        self._lines.set_placeholder(_NOTHING if rows.has_text else _FETCHING)
        if rows.problem and not rows.has_text:
            self._say(rows.problem)
        self._lines.show(rows.rows)
        self._tell_problems(rows)

    def _tell_problems(self, rows: AttachmentRows) -> None:
        refused = [row for row in rows.rows if row.problem]
        if refused and not self._is_busy:
            self._say(f"{refused[0].name} could not be fetched: {refused[0].problem}")

    def _say(self, text: str) -> None:
        said = self.query_one("#said", Static)
        said.display = bool(text)
        said.update(Content(one_line(text)))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self.run_worker(work, exit_on_error=True)

    def _do(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """One thing after the other: what is asked for meanwhile is not done."""
        if self._is_busy or not self._lines.rows:
            return
        self._is_busy = True

        async def run() -> None:
            try:
                await work()
            except TuimailError as error:
                self._say(str(error))
            finally:
                self._is_busy = False

        self._start(run())

    def action_mark(self) -> None:
        """Mark the part under the cursor."""
        self._lines.toggle_mark()

    def action_save(self) -> None:
        """Save the marked parts, or the one under the cursor."""
        rows = self._lines.chosen
        self._do(lambda: self._save(rows))

    def action_save_all(self) -> None:
        """Save all attachments."""
        rows = [row for row in self._lines.rows if not row.part.inline] or list(self._lines.rows)
        self._do(lambda: self._save(rows))

    def action_open(self) -> None:
        """Open the part under the cursor."""
        row = self._current
        self._do(lambda: self._open(row))

    def action_view(self) -> None:
        """Show the part under the cursor: a picture as such, anything else as text."""
        row = self._current
        self._do(lambda: self._view(row))

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @property
    def _current(self) -> AttachmentRow | None:
        lines = self._lines
        return lines.rows[lines.cursor] if lines.rows else None

    async def _save(self, rows: Sequence[AttachmentRow]) -> None:
        what = rows[0].name if len(rows) == 1 else counted(len(rows), "part")
        directory = await self._ask_directory(what)
        if directory is None:
            return
        saved: list[Path] = []
        for row in rows:
            self._tell_fetching(row)
            saved.append(await self._attached.save(self._message_id, row.part, directory))
        where = saved[0] if len(saved) == 1 else f"{counted(len(saved), 'file')} in {directory}"
        self._lines.marked.clear()
        self._lines.refresh()
        self._say(f"Saved: {where}")

    async def _open(self, row: AttachmentRow | None) -> None:
        if row is None:
            return
        self._attached.program_for(row.part)
        if is_page(row.part):
            question = f"{row.name} is a page: a browser that shows it may load things from elsewhere."
            if not await self.app.push_screen_wait(ConfirmScreen(question, "open it")):
                return
        self._tell_fetching(row)
        name = await self._attached.open(self._message_id, row.part)
        self._say(f"{row.name} was given to {name}.")

    async def _view(self, row: AttachmentRow | None) -> None:
        if row is None:
            return
        if is_picture(row.part):
            await self._look_at(self._message_id, row)
            return
        from tuimail.ui.screens.output import OutputScreen

        self._tell_fetching(row)
        text = await self._attached.text(self._message_id, row.part, most_octets=SHOWN_OCTETS)
        self._say("")
        about = row.about if row.part.size_octets <= SHOWN_OCTETS else f"{row.about}  Only the beginning is shown."
        await self.app.push_screen_wait(OutputScreen(row.name, text, about))

    def _tell_fetching(self, row: AttachmentRow) -> None:
        self._say("" if row.part.is_here else f"Fetching {row.name}…")
