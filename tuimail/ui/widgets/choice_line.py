"""A field with a few choices in a line; left, right, space and clicks change the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tuimail.mime.sanitize import one_line


class ChoiceLine(Widget, can_focus=True):
    """`choices`: values and what people read; `chosen` is the number of the one that is chosen."""

    COMPONENT_CLASSES = {"choice-line--chosen"}  # noqa: RUF012 - Textual's way
    ALLOW_SELECT = False
    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("right,space", "step(1)", show=False, id="choice.next"),
        Binding("left", "step(-1)", show=False, id="choice.previous"),
    ]
    chosen = reactive(0)

    @dataclass
    class Changed(Message):
        """Another one is chosen."""

        line: ChoiceLine

        @property
        def control(self) -> ChoiceLine:
            """The sender."""
            return self.line

    def __init__(self, choices: Sequence[tuple[str, str]], value: str = "", *, id_: str) -> None:
        super().__init__(id=id_)
        self._choices: list[tuple[str, str]] = []
        self.set_choices(choices, value)

    @property
    def value(self) -> str:
        """The value that is chosen; "" while there is none to choose from."""
        return self._choices[self.chosen][0] if self._choices else ""

    def set_choices(self, choices: Sequence[tuple[str, str]], value: str = "") -> None:
        """Offer these from now on; `value` is chosen, or the first."""
        self._choices = [(one, one_line(words)) for one, words in choices]
        values = [one for one, _ in self._choices]
        self.set_reactive(ChoiceLine.chosen, values.index(value) if value in values else 0)
        self.refresh()

    def choose(self, value: str) -> None:
        """Choose `value`, if it is offered."""
        values = [one for one, _ in self._choices]
        if value in values:
            self.chosen = values.index(value)

    def watch_chosen(self, before: int, now: int) -> None:
        """Tell of it."""
        if before != now and self.is_mounted:
            self.post_message(self.Changed(self))

    def action_step(self, delta: int) -> None:
        """Choose the next or the previous one."""
        if self._choices:
            self.chosen = (self.chosen + delta) % len(self._choices)

    def render_line(self, y: int) -> Strip:
        """All choices, the chosen one marked by more than its colour."""
        chosen = self.get_component_rich_style("choice-line--chosen", partial=True)
        if self.has_focus:
            chosen += Style(reverse=True)
        segments: list[Segment] = []
        for number, (_, words) in enumerate(self._choices if y == 0 else ()):
            is_chosen = number == self.chosen
            segments.append(Segment(f"{'●' if is_chosen else '○'} {words} ", chosen if is_chosen else None))
            segments.append(Segment(" "))
        return Strip(segments).adjust_cell_length(self.size.width).apply_style(self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked on."""
        from rich.cells import cell_len

        position = 0
        for number, (_, words) in enumerate(self._choices):
            position += cell_len(words) + 4
            if event.x < position:
                self.chosen = number
                return
