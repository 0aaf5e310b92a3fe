"""What the pages of the wizard are: fields over a line for what went wrong; enter goes on from any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tuimail.mime.sanitize import block, one_line
from tuimail.setup.wizard.wizard import Wizard

PageKey = tuple[str, str, str]
"""A key, what it does, and the action of a click on it."""
ENTER: PageKey = ("enter", "go on", "screen.go_on")
TAB: PageKey = ("tab", "next field", "app.focus_next")
BACK: PageKey = ("esc", "back", "screen.back")


class Page(VerticalScroll, can_focus=False):
    """One page on `wizard`. `heading` is what the box is called, `keys` what can be pressed."""

    heading: ClassVar[str] = ""
    keys: ClassVar[Sequence[PageKey]] = (ENTER, TAB, BACK)
    starts_itself: ClassVar[bool] = False
    """Whether the page asks nothing, and `apply` begins when it is shown."""

    @dataclass
    class GoOn(Message):
        """The person has answered."""

        page: Page

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self.wizard = wizard
        self._refused: dict[str | None, str] = {}

    def fields(self) -> ComposeResult:
        """What the page asks; nothing, unless it says so."""
        yield from ()

    def compose(self) -> ComposeResult:
        """The fields, then what went wrong."""
        yield from self.fields()
        yield Static(id="problem")

    def on_mount(self) -> None:
        """Begin at the first field that is empty."""
        inputs = [one for one in self.query(Input) if all(above.display for above in one.ancestors_with_self)]
        if inputs:
            next((one for one in inputs if not one.value), inputs[0]).focus()

    async def apply(self) -> None:
        """Give the answers to the wizard.

        Raises:
            TuimailError: they will not do.
        """

    def tell(self, words: str) -> None:
        """Say what went wrong; "" takes it away."""
        problem = self.query_one("#problem", Static)
        problem.update(Content(block(words)))
        problem.display = bool(words)
        self._refused = {one.id: one.value for one in self.query(Input)} if words else {}
        if words:
            self.call_after_refresh(problem.scroll_visible, animate=False)

    def text(self, id_: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{id_}", Input).value

    @on(Input.Changed)
    def _corrected(self, event: Input.Changed) -> None:
        """What was said of the answers is not true of others."""
        if self._refused and self._refused.get(event.input.id) != event.input.value:
            self.tell("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.GoOn(self))


def field(title: str, *widgets: Widget, id_: str = "") -> Horizontal:
    """A row: what is asked, and where it is answered."""
    return Horizontal(Static(Content(title), classes="title"), *widgets, classes="field", id=id_ or None)


def entry(id_: str, value: str = "", *, placeholder: str = "", narrow: bool = False) -> Input:
    """A line to type in."""
    return Input(
        value,
        placeholder=one_line(placeholder),
        id=id_,
        select_on_focus=False,
        compact=True,
        classes="narrow" if narrow else "",
    )


def words(text: str, *, id_: str | None = None, kind: str = "words") -> Static:
    """Text of ours or of others, as it is."""
    return Static(Content(block(text)), id=id_, classes=kind)
