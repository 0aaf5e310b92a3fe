"""Choosing until when a message is put away: the times that one mostly means, or one that is typed.

`choices` is the model: without letters the times of `model.typed_moments.proposals`; with letters what they mean as a
time, first, and those proposals whose names have them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.model.moments import full_moment, spoken_moment
from tuimail.model.typed_moments import DayTimes, parse_moment, proposals
from tuimail.ui.formats import fit
from tuimail.ui.screens.picker import Picker, PickerField, PickerList

WAKE_NOW = 0
"""The answer that is no time: back to where it was, at once."""
_TYPED = "At that time"
_FAR_S = 6 * 86_400
_AROUND = 6
"""Lines of the dialog beside the choices."""


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """`moment` in seconds since 1970 UTC, or `WAKE_NOW`; `note` says it as a person would."""

    title: str
    moment: int
    note: str


def choices(typed: str, now: int, times: DayTimes, *, is_held: bool) -> list[TimeChoice]:
    """What there is to choose. `is_held`: the messages are snoozed already."""
    words = typed.casefold().split()
    known = [TimeChoice("Wake now", WAKE_NOW, "")] if is_held else []
    known += [TimeChoice(one.title, one.moment, _note(one.moment, now)) for one in proposals(now, times)]
    found = [one for one in known if all(word in one.title.casefold() for word in words)]
    meant = parse_moment(typed, now, times)
    if meant is not None:
        # In full: what was typed may have been meant otherwise.
        found = [TimeChoice(_TYPED, meant, full_moment(meant)), *(one for one in found if one.moment != meant)]
    return found


def _note(moment: int, now: int) -> str:
    """In a list of times the days of the coming week are told by their names, others in full."""
    spoken = spoken_moment(moment, now)
    if moment - now < 60 * 60:
        return f"{spoken}, in {-(-(moment - now) // 60)} min"
    return full_moment(moment) if moment - now > _FAR_S else spoken


class TimeList(PickerList[TimeChoice]):
    """The choices."""

    def __init__(self) -> None:
        super().__init__(id="choices", placeholder="No time to come that tuimail understands.")
        self._most = 0

    def fit(self) -> None:
        """The dialog does not shrink while one types."""
        self._most = max(self._most, len(self.choices))
        self.styles.height = max(1, min(self._most, self.app.size.height - _AROUND))

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """The name, and the time in the clock's words at the right."""
        choice = self.choices[index]
        note = f"{choice.note} " if choice.note else ""
        return [Segment(fit(f" {choice.title}", max(0, width - cell_len(note))), style), Segment(note, style)]


class SnoozeMenu(Picker[int]):
    """Returns the seconds since 1970 UTC, `WAKE_NOW`, or None. `title` says what is to be put away."""

    def __init__(self, title: str, now: int, times: DayTimes, *, is_held: bool) -> None:
        super().__init__()
        self._title = title
        self._now = now
        self._times = times
        self._is_held = is_held

    def compose(self) -> ComposeResult:
        """The input over the choices."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield PickerField(placeholder="Pick a time: fri 14:30, 3h, 2026-12-01")
            yield TimeList()
            yield Static(Content("enter  choose    ↓ ↑  move    esc  cancel"), classes="keys")

    def find(self, typed: str) -> None:
        """The times that one mostly means, or what is typed."""
        self.query_one(TimeList).show(choices(typed, self._now, self._times, is_held=self._is_held))

    def choose(self) -> None:
        """That time."""
        if (choice := self.query_one(TimeList).current) is not None:
            self.dismiss(choice.moment)
