"""Pictures of the screen as SVG, compared with those that were approved; one run of the app gives many of them.

A picture that differs fails by itself, and names the file with what was drawn instead; `pytest --update-pictures`
approves what is drawn.
"""

from __future__ import annotations

import difflib
import html
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.driving import settle

APPROVED = Path(__file__).parent / "pictures"
SIZES = ((140, 40), (80, 24), (50, 12))
THEMES = ("dark", "light")
_TEXT = re.compile(r"<text [^>]*y=\"([0-9.]+)\"[^>]*>([^<]*)</text>")
_MOST_LINES = 12


class Album:
    """The pictures of one test."""

    def __init__(self, subtests: pytest.Subtests, drawn: Path, *, approves: bool) -> None:
        self._subtests = subtests
        self._drawn = drawn
        self._approves = approves

    async def take(
        self, pilot: Pilot[None], name: str, *, sizes: tuple[tuple[int, int], ...] = SIZES, resets: bool = True
    ) -> None:
        """What is on the screen, in each of the sizes; the first of them is come back to."""
        for width, height in sizes:
            await self._resize(pilot, width, height)
            self._compare(pilot, f"{name}-{width}x{height}")
        if resets and len(sizes) > 1:
            await self._resize(pilot, *sizes[0])

    async def _resize(self, pilot: Pilot[None], width: int, height: int) -> None:
        if pilot.app.size != (width, height):
            await pilot.resize_terminal(width, height)
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        pilot.app.clear_notifications()
        await pilot.pause(0.02)

    def _compare(self, pilot: Pilot[None], name: str) -> None:
        picture = pilot.app.export_screenshot(title="tuimail", simplify=True)
        approved, drawn = APPROVED / f"{name}.svg", self._drawn / f"{name}.svg"
        if self._approves:
            approved.parent.mkdir(exist_ok=True)
            approved.write_text(picture, "utf-8")
            return
        with self._subtests.test(picture=name):
            wanted = approved.read_text("utf-8") if approved.exists() else ""
            if picture != wanted:
                drawn.write_text(picture, "utf-8")
                pytest.fail(f"{drawn} is not {approved}\n{_differences(wanted, picture)}", pytrace=False)


def _differences(wanted: str, picture: str) -> str:
    """The first lines of text that differ; where none does, it is colours or places."""
    lines = difflib.unified_diff(_lines(wanted), _lines(picture), "approved", "drawn", lineterm="", n=0)
    return "\n".join(list(lines)[:_MOST_LINES]) or "The words are the same: colours or places differ."


def _lines(picture: str) -> list[str]:
    found: dict[str, str] = {}
    for y, text in _TEXT.findall(picture):
        found[y] = found.get(y, "") + html.unescape(text).replace("\xa0", " ")
    return [text.rstrip() for text in found.values()]


async def ready(pilot: Pilot[None]) -> None:
    """The app stands and nothing moves."""
    await settle(pilot)
    pilot.app.clear_notifications()
