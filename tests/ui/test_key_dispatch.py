"""Sequences, counts and hints on the screen."""

from __future__ import annotations

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, settle, toasts
from tests.ui.sample_store import Place
from tuimail.ui.commands.desk import Pane
from tuimail.ui.screens import key_dispatch
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.which_key import WhichKey, columned


async def test_counts_and_sequences_move_the_cursor(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_dispatch, "HOLD_S", 30.0)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "5", "j")
        assert screen.messages.cursor == 5
        await press(pilot, "2", "k")
        assert screen.messages.cursor == 3
        await press(pilot, "1", "0", "G")
        assert screen.messages.cursor == 9
        await press(pilot, "g", "g")
        assert screen.messages.cursor == 0
        await press(pilot, "4", "g", "g", "g", "escape", "j")
        assert screen.messages.cursor == 4
        await press(pilot, "9", "9", "j")
        assert screen.messages.cursor == 11
        # Nobody counts with one: it goes to the pane, at the next key at the latest.
        row = screen.mailboxes.cursor
        await press(pilot, "1", "j")
        assert screen.desk.pane is Pane.MAILBOXES
        assert screen.mailboxes.cursor == row + 1
        assert toasts(pilot) == []


async def test_what_is_typed_shows_in_the_footer_and_hints_above_it(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        focused = screen.focused
        await press(pilot, "4", "g")
        footer = screen.query_one(KeyLine)
        assert footer.render_line(0).text.startswith(" 4 g … ")
        await press(pilot, "question_mark")
        panel = screen.query_one(WhichKey)
        assert panel.region.height > 1
        assert panel.region.bottom == footer.region.y
        shown = "\n".join(panel.render_line(line).text for line in range(panel.size.height))
        assert "g First" in shown
        assert screen.focused is focused
        await press(pilot, "x")
        assert not panel.display
        assert toasts(pilot) == ["x means nothing after 4 g here."]
        assert "…" not in footer.render_line(0).text
        await press(pilot, "g", "question_mark", "escape")
        assert not panel.display
        await press(pilot, "7", "T")
        assert toasts(pilot) == ["Theme takes no count."]
        assert pilot.app.screen is screen


async def test_hints_come_by_themselves(place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_dispatch, "HINT_S", 0.001)
    async with make_app(place).run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        await press(pilot, "g")
        assert main_screen(pilot).query_one(WhichKey).display


@pytest.mark.parametrize("width", [1, 7, 20, 40, 80, 240])
def test_hints_fit_any_width(width: int) -> None:
    hints = [(chr(97 + number), f"Command number {number}") for number in range(20)]
    for most_lines in (1, 3, 30):
        lines = columned(hints, width, most_lines)
        assert 1 <= len(lines) <= most_lines
        shown = [hint for line in lines for hint in line]
        if len(shown) < len(hints):
            assert shown[-1][0] == "…" or any(key == "…" for key, _ in shown)
        else:
            assert sorted(shown) == sorted(hints)
    assert columned([], width, 3) == []
