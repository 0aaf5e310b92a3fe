"""Signs: one cell each, printable, told apart, and there for every purpose."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from rich.segment import Segment

from tuimail.config.schema import Glyphs
from tuimail.mime.sanitize import is_safe
from tuimail.model.mailbox import SpecialUse
from tuimail.ui.looks import glyphs
from tuimail.ui.widgets.line_view import with_cursor_sign


@pytest.fixture(autouse=True)
def _plain_again() -> Iterator[None]:
    yield
    glyphs.use(Glyphs.PLAIN)


def test_every_sign_is_one_cell_and_reaches_the_terminal() -> None:
    for one in glyphs.all_signs():
        assert len(one) == 1
        assert cell_len(one) == 1
        assert is_safe(one)


def test_plain_signs_are_in_every_font() -> None:
    for name in glyphs.names():
        assert unicodedata.category(glyphs.sign(name)) != "Co"


def test_signs_that_stand_in_one_place_differ() -> None:
    for chosen in Glyphs:
        glyphs.use(chosen)
        first = [glyphs.sign(name) for name in ("unseen", "answered", "draft", "muted", "snoozed")]
        assert len(set(first)) == len(first)
        marks = [glyphs.sign(name) for name in ("problem", "working", "offline")]
        assert len(set(marks)) == len(marks)


def test_choosing_tells_whether_anything_changed() -> None:
    assert not glyphs.use(Glyphs.PLAIN)
    assert glyphs.use(Glyphs.NERD)
    assert not glyphs.use(Glyphs.NERD)
    assert glyphs.sign("attachment") != "@"


def test_mailboxes_have_signs_only_where_signs_are_drawn() -> None:
    uses = [None, *SpecialUse]
    assert {glyphs.mailbox_sign(use) for use in uses} | {glyphs.all_accounts_sign()} == {""}
    glyphs.use(Glyphs.NERD)
    found = [glyphs.mailbox_sign(use) for use in uses] + [glyphs.all_accounts_sign()]
    assert len(set(found)) == len(found)
    assert all(cell_len(one) == 2 and one.endswith(" ") for one in found)


def test_the_cursor_is_told_by_a_sign_where_nothing_stands() -> None:
    assert with_cursor_sign([Segment("  a"), Segment("b")]) == [Segment("› a"), Segment("b")]
    assert with_cursor_sign([Segment("▌"), Segment("b")]) == [Segment("▌"), Segment("b")]
