"""How values are written in cells: exactly as wide as asked, whatever the text is made of."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.sample_store import NOW
from tuimail.mime.sanitize import is_safe
from tuimail.ui import formats
from tuimail.ui.formats import (
    COMING_DATE_CELLS,
    DATE_CELLS,
    LONG_DATE_CELLS,
    TINY_DATE_CELLS,
    coming_date,
    fit,
    short_date,
)

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=80)
TRICKY = st.text(
    st.sampled_from(
        "aZ 日語é\u0301\u0327\u0e49\u05b0\u064b👨\u200d👩\U0001f3fd🇩🇪\u20e3\ufe0f❤#שלוםمرحبا"
        "नமு\u0bbe각\u1100\u1161\u11a8\u202e\u2066\u200f\u200b\x1b\x9b\r\n\t\u3164ﷺ"
    ),
    max_size=120,
)


@given(ANY_TEXT | TRICKY, st.integers(0, 60))
@example("\u0301" * 60, 20)
@example("日" * 60, 7)
@example("👩\u200d" * 30, 9)
@example("🇩" * 31, 10)
def test_fit_fills_its_cells_exactly_and_is_safe(text: str, cells: int) -> None:
    shown = fit(text, cells)
    assert cell_len(shown) == cells
    assert is_safe(shown)
    assert "\n" not in shown


@given(st.text(st.sampled_from("abc日é\u0301"), max_size=20), st.integers(1, 40))
def test_fit_says_that_text_was_cut_and_else_keeps_it(text: str, cells: int) -> None:
    stray = len(text) - len(text.lstrip("\u0301"))
    bare = text[stray:]
    if cell_len(bare) <= cells and "\u0301" * 4 not in bare:
        assert fit(text, cells).rstrip(" ") == bare
    elif cell_len(bare) > cells:
        assert fit(text, cells).endswith("…")


@pytest.mark.parametrize("text", ["x" * 10_000, "日" * 10_000, "e\u0301\u0301\u0301\u0301" * 2_000, "\u0301" * 10_000])
def test_no_text_is_looked_at_further_than_it_is_shown(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []

    def count(part: str) -> int:
        measured.append(len(part))
        return cell_len(part)

    monkeypatch.setattr(formats, "cell_len", count)
    assert fit(text, 40).rstrip(" ").endswith("…")
    assert max(measured, default=0) <= 40 * 4 + 16


def test_marks_stand_on_letters_and_do_not_pile_up() -> None:
    assert fit("\u0301\u0301", 3) == "   "
    assert fit("e" + "\u0301" * 50, 3) == "e\u0301\u0301\u0301… "
    assert fit("e" + "\u0301" * 9, 3) == "e\u0301\u0301\u0301  "
    assert fit("١٢٣٤٥٦٧", 8) == "١٢٣٤٥٦٧ "
    assert fit("שָׁלוֹם", 6) == "שָׁלוֹם  "


def test_dates_in_few_cells() -> None:
    day = 86_400
    told = {
        60: ("11:59", "11:59", "11:59"),
        2 * day: ("Mon", "Mon 12:00", "Mon 12:00"),
        30 * day: ("10 Feb", "10 Feb", "10 Feb"),
        800 * day: ("Jan'23", "2 Jan 23", "2 Jan 2023"),
        -2 * day: ("14 Mar", "14 Mar", "14 Mar"),
    }
    for age, written in told.items():
        for cells, one in zip((TINY_DATE_CELLS, DATE_CELLS, LONG_DATE_CELLS), written, strict=True):
            assert short_date(NOW - age, NOW, cells=cells).strip() == one
            assert len(one) <= cells
    assert short_date(2**60, NOW, cells=TINY_DATE_CELLS) == "?"


def test_a_time_to_come_does_not_look_like_one_that_was() -> None:
    day = 86_400
    told = {
        3600: ("13:00", "13:00", "today 13:00"),
        day: ("in 1 d", "tomorrow", "tomorrow 12:00"),
        2 * day: ("in 2 d", "next Fri", "next Fri 12:00"),
        30 * day: ("11 Apr", "11 Apr", "11 Apr"),
        400 * day: ("Apr'26", "16 Apr 26", "16 Apr 2026"),
    }
    for ahead, written in told.items():
        for cells, one in zip((TINY_DATE_CELLS, DATE_CELLS, COMING_DATE_CELLS), written, strict=True):
            assert coming_date(NOW + ahead, NOW, cells=cells).strip() == one
            assert len(one) <= cells
    # What is due and has not come back yet, as the engine does not run.
    assert coming_date(NOW - 60, NOW, cells=DATE_CELLS) == "11:59"
    assert coming_date(2**60, NOW, cells=DATE_CELLS) == "?"
