"""An update of a few lines is the same as Textual's own, and asks widgets for no other lines."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len
from textual.geometry import Region, Spacing
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tests.ui.conftest import MakeApp
from tests.ui.driving import burst, main_screen, press, press_into_dialog, settle, until
from tests.ui.sample_store import Place
from tuimail.ui.screens import command_screen
from tuimail.ui.screens.line_compositor import LineCompositor
from tuimail.ui.widgets.own_lines import OwnLines

Cell = tuple[str, object]


def cells(strip: Strip) -> list[Cell]:
    """What each cell of a strip shows; the second cell of a wide letter shows an empty text."""
    found: list[Cell] = []
    for text, style, _control in strip:
        for letter in text:
            width = cell_len(letter)
            if width:
                found += [(letter, style), *[("", style)] * (width - 1)]
            elif found:
                found[-1] = (found[-1][0] + letter, style)
    return found


def somewhere(chance: random.Random, width: int, height: int) -> Region:
    """Any part of the screen."""
    x, y = chance.randrange(width), chance.randrange(height)
    return Region(x, y, chance.randint(1, width - x), chance.randint(1, height - y))


@pytest.mark.parametrize("size", [(140, 40), (80, 24), (50, 12)])
async def test_it_draws_what_textual_draws(make_app: MakeApp, place: Place, size: tuple[int, int]) -> None:
    chance = random.Random(7)
    async with make_app(place).run_test(size=size) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.panes.show_label(screen.messages.region.offset, "3 messages")
        await settle(pilot)
        widgets = [widget.region for widget in (screen.messages, screen.status_line, screen.preview) if widget.region]
        compositor = screen._compositor
        assert isinstance(compositor, LineCompositor)
        whole = [cells(strip) for strip in compositor.render_strips()]
        for number in range(60):
            changed = [somewhere(chance, *size), *chance.sample(widgets, number % 3 % len(widgets))]
            compositor._dirty_regions = set(changed)
            update = compositor.render_partial_update()
            assert update is not None
            drawn: set[tuple[int, int]] = set()
            for y, pieces in update.pieces.items():
                for x, strip in pieces:
                    shown = cells(strip)
                    assert shown == whole[y][x : x + len(shown)]
                    places = {(x + step, y) for step in range(len(shown))}
                    assert not places & drawn
                    drawn |= places
            assert drawn >= {(x, y) for region in changed for y in region.line_range for x in region.column_range}


async def test_a_step_asks_the_list_for_two_lines(
    make_app: MakeApp, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        asked: list[Region] = []
        render = screen.messages.render_lines

        def note(crop: Region) -> list[Strip]:
            asked.append(crop)
            return render(crop)

        monkeypatch.setattr(screen.messages, "render_lines", note)
        await press(pilot, "j")
        assert asked
        assert sum(crop.height for crop in asked) == 2


async def test_a_message_is_opened_in_one_frame(
    make_app: MakeApp, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        # A machine that is busy elsewhere takes longer to load a text than a frame.
        monkeypatch.setattr(command_screen, "HOLD_S", 60.0)
        shown: list[tuple[int, str]] = []
        paint = screen._compositor.render_update

        def note(full: bool = False, screen_stack: list[Screen[object]] | None = None) -> object:
            if screen._compositor._dirty_regions:
                shown.append((screen.messages.cursor, screen.preview.text))
            return paint(full, screen_stack)

        monkeypatch.setattr(screen._compositor, "render_update", note)
        await burst(pilot, "down", "enter")
        await until(pilot, lambda: bool(shown), "a frame")
        cursor, text = shown[0]
        assert cursor == 1
        assert "Letter 1" in text


async def test_what_draws_its_own_lines_has_no_box_around_them(make_app: MakeApp, place: Place) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        seen = set()
        for keys in ("", "question_mark", "escape", "comma", "escape", "Q", "escape", "T", "escape", "M"):
            await press_into_dialog(pilot, *([keys] if keys else []))
            for widget in pilot.app.screen.walk_children(Widget):
                if isinstance(widget, OwnLines):
                    seen.add(type(widget))
                    styles = widget.styles
                    box = (styles.gutter, styles.outline.spacing, widget.opacity)
                    assert box == (Spacing(), Spacing(), 1.0), widget
                    assert (styles.tint.a, styles.text_opacity, styles.has_rule("hatch")) == (0, 1.0, False), widget
        assert len(seen) >= 9
