"""Pictures from elsewhere: the question before any is loaded, and the list of those that came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Literal

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
from tuimail.model.units import counted
from tuimail.ui.formats import fit
from tuimail.ui.pictures import Picture
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList

Answer = Literal["once", "always"]
_MOST_HOSTS = 6


class PicturesQuestion(Dialog[Answer]):
    """`sender` may be allowed for ever; "" where it is not sure that the message is from them."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("y", "answer('once')", show=False, id="pictures.once"),
        Binding("a", "answer('always')", show=False, id="pictures.always"),
        Binding("n,q", "close", show=False, id="pictures.close"),
    ]

    def __init__(self, hosts: Sequence[str], sender: str) -> None:
        super().__init__()
        self._hosts = hosts
        self._sender = sender

    def compose(self) -> ComposeResult:
        """How many, whom they are asked of, and what that tells."""
        hosts = Counter(self._hosts)
        named = ", ".join(one_line(host) for host, _ in hosts.most_common(_MOST_HOSTS))
        more = "…" if len(hosts) > _MOST_HOSTS else ""
        words = "Whoever runs them learns that you read this message, when, and from which internet address."
        always = f"      a  do, and ask no more for {one_line(self._sender)}" if self._sender else ""
        with Vertical(id="box") as box:
            box.border_title = "Load pictures?"
            yield Static(Content(f"{counted(len(self._hosts), 'picture')}, from {named}{more}. {words}"), id="question")
            yield Static(Content(f"y  load{always}      esc  cancel"), classes="keys")

    def action_answer(self, answer: Answer) -> None:
        """Answer and close, where this is offered."""
        if answer == "once" or self._sender:
            self.dismiss(answer)


class PictureLines(MenuList):
    """The pictures, a line each."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        super().__init__(id="pictures")
        self._pictures = pictures

    @property
    def line_count(self) -> int:
        """How many there are."""
        return len(self._pictures)

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self._pictures[index].url

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Its name and what it is, or why it is not here."""
        picture = self._pictures[index]
        about = fit(picture.about, max(1, min(width * 2 // 3, cell_len(picture.about))))
        name = fit(f" {picture.name}, {picture.host}", max(0, width - cell_len(about) - 2))
        return [Segment(name, style), Segment(f" {about} ", style)]


class PicturesScreen(Dialog[bool]):
    """Returns True when the user wants to be asked again for `sender`, who is allowed ("": nobody is).

    `look_at` shows one; `open_picture` gives one to a program, and tells the user of an error itself.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("q", "close", show=False, id="pictures.done"),
        Binding("f", "forget", show=False, id="pictures.forget"),
        Binding("o", "open", show=False, id="pictures.open"),
    ]

    def __init__(
        self,
        pictures: Sequence[Picture],
        open_picture: Callable[[Picture], Awaitable[None]],
        look_at: Callable[[Picture], Awaitable[None]],
        sender: str,
    ) -> None:
        super().__init__()
        self._sender = sender
        self.pictures = pictures
        self._open_picture = open_picture
        self._look_at = look_at

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        came = sum(picture.size is not None for picture in self.pictures)
        with Vertical(id="box") as box:
            box.border_title = f"Pictures: {came} of {len(self.pictures)} came"
            yield PictureLines(self.pictures)
            yield Static(id="said")
            forget = f"      f  ask again for {one_line(self._sender)}" if self._sender else ""
            keys = f"enter  look at it      o  open with a program{forget}      esc  close"
            yield Static(Content(keys), classes="keys")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(PictureLines).focus()
        self._say_why()

    def action_forget(self) -> None:
        """Ask again for this sender, and close."""
        if self._sender:
            self.dismiss(True)

    @on(LineList.Highlighted)
    def _say_why(self) -> None:
        """All of why the picture under the cursor is not here: its row has no room for that."""
        lines = self.query_one(PictureLines)
        why = "" if not self.pictures else self.pictures[lines.cursor].problem
        said = self.query_one("#said", Static)
        said.display = bool(why)
        said.update(Content(why))

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        self._start(self.pictures[event.index], self._look_at)

    def action_open(self) -> None:
        """Give the picture under the cursor to a program."""
        if self.pictures:
            self._start(self.pictures[self.query_one(PictureLines).cursor], self._open_picture)

    def _start(self, picture: Picture, work: Callable[[Picture], Awaitable[None]]) -> None:
        if picture.size is not None:
            self.run_worker(work(picture), exit_on_error=True)
