"""What a list draws again after a change."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.strip import Strip

from tuimail.ui.commands.desk import Movement
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.widgets.line_list import LineList


class Names(LineList):
    """A list of names that notes which lines it was asked to draw."""

    def __init__(self) -> None:
        super().__init__(id="names")
        self.names = [f"name {number}" for number in range(100)]
        self.drawn: set[int] = set()

    @property
    def line_count(self) -> int:
        return len(self.names)

    def row_key(self, index: int) -> Hashable:
        return self.names[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        return [Segment(self.names[index].ljust(width), style)]

    def draw_lines(self, lines: Iterable[int]) -> list[Strip]:
        asked = list(lines)
        self.drawn.update(self.scroll_offset.y + y for y in asked)
        return super().draw_lines(asked)


class NamesScreen(CommandScreen[None]):
    def compose(self) -> ComposeResult:
        yield Names()


class NamesApp(App[None]):
    def get_default_screen(self) -> NamesScreen:
        return NamesScreen()


async def drawn_after(change: str) -> tuple[set[int], Names]:
    app = NamesApp()
    async with app.run_test(size=(40, 20)) as pilot:
        names = app.screen.query_one(Names)
        names.rows_changed()
        names.cursor = 4
        await pilot.pause()
        names.drawn.clear()
        before = names.look()
        if change == "one":
            names.names[7] = "another"
        elif change == "cursor":
            names.set_reactive(LineList.cursor, 9)
        elif change == "below":
            names.names.append("one more, out of sight")
        elif change == "fewer":
            del names.names[3:]
        names.rows_changed(before)
        await pilot.pause()
        return names.drawn, names


@pytest.mark.parametrize(
    ("change", "expected"), [("nothing", set()), ("one", {7}), ("cursor", {4, 9}), ("below", set())]
)
async def test_only_lines_that_look_different_are_drawn(change: str, expected: set[int]) -> None:
    drawn, _ = await drawn_after(change)
    assert drawn == expected


async def test_a_shorter_list_is_drawn_anew_with_its_cursor_inside() -> None:
    drawn, names = await drawn_after("fewer")
    assert set(range(20)) <= drawn
    assert names.cursor == 2


@pytest.mark.parametrize(("before", "after", "is_redrawn"), [(30, 60, True), (2_000, 2_500, False)])
async def test_a_list_that_grows_out_of_sight_draws_its_scrollbar_only_if_it_looks_different(
    before: int, after: int, is_redrawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = NamesApp()
    async with app.run_test(size=(40, 20)) as pilot:
        names = app.screen.query_one(Names)
        names.names = [f"name {number}" for number in range(before)]
        names.rows_changed()
        await pilot.pause()
        bar, redrawn = names.vertical_scrollbar, []
        monkeypatch.setattr(bar, "refresh", lambda *_regions, **_options: redrawn.append(bar))
        look = names.look()
        names.names += [f"more {number}" for number in range(after - before)]
        names.rows_changed(look)
        await pilot.pause()
        assert bool(redrawn) == is_redrawn
        assert bar.window_virtual_size == after
        monkeypatch.undo()
        names.move_cursor(Movement.BOTTOM)
        await pilot.pause()
        assert names.scroll_offset.y == after - 20
