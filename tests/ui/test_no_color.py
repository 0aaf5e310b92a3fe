"""What is drawn where colours cannot tell anything: with NO_COLOR, in sixteen colours, in every theme."""

from __future__ import annotations

import re
from pathlib import Path

from rich.segment import Segment
from textual.color import Color
from textual.pilot import Pilot

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, settle
from tests.ui.pty_run import run_under_pty
from tests.ui.sample_store import Place, Sample, deliver, make_place, plain
from tuimail.ui.app import TuimailApp
from tuimail.ui.looks.account_styles import contrast
from tuimail.ui.looks.themes import load_themes, theme_directory

SGR = re.compile(rb"\x1b\[([0-9;]*)m")
WITHOUT_COLORS = {"", "0", "1", "2", "3", "4", "7", "9", "22", "23", "24", "27", "29", "39", "49"}
"""Reset, bold, dim, italic, underline, reverse, strike, their ends, and the terminal's own two colours."""
STATES = (
    Sample(plain("Unseen", number=1), 60),
    Sample(plain("Flagged", number=2), 120, ("\\Seen", "\\Flagged")),
    Sample(plain("Answered", number=3), 180, ("\\Seen", "\\Answered")),
    Sample(plain("Seen\r\n> quoted https://example.org/", number=4), 240, ("\\Seen",)),
)


def test_no_color_means_none_at_all(tmp_path: Path) -> None:
    place = make_place(tmp_path / "data")
    deliver(place, "INBOX", STATES)
    place.store.close()
    output = run_under_pty(tmp_path / "data", b"jj k1\t,\x1bT", NO_COLOR="1")
    codes = {code.decode() for found in SGR.findall(output) for code in found.split(b";")}
    assert codes <= WITHOUT_COLORS, codes - WITHOUT_COLORS
    # The cursor is told by more than a blank: reversed where keys go, underlined elsewhere.
    assert {"1", "4", "7"} <= codes
    assert b"Flagged" in output


def test_sixteen_colours_are_no_more(tmp_path: Path) -> None:
    place = make_place(tmp_path / "data")
    deliver(place, "INBOX", STATES)
    place.store.close()
    output = run_under_pty(tmp_path / "data", b"jj1", TERM="linux", COLORTERM="")
    assert b"Flagged" in output
    assert b"38;2;" not in output
    assert b"38;5;" not in output


def lines(pilot: Pilot[None]) -> list[list[Segment]]:
    """The screen as it is sent."""
    return [list(strip) for strip in pilot.app.screen._compositor.render_strips()]


async def test_every_state_is_told_by_a_sign(place: Place, make_app: MakeApp) -> None:
    deliver(place, "INBOX", STATES, first_uid=100)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "j", "space", "f", "1")
        text = ["".join(segment.text for segment in line) for line in lines(pilot)]
        row = {name: next(line for line in text if name in line) for name in ("Unseen", "Flagged", "Answered")}
        assert "●" in row["Unseen"]
        assert "!" in row["Flagged"]
        assert "↩" in row["Answered"]
        messages = main_screen(pilot).messages
        shown = [messages.render_line(line).text for line in range(6)]
        assert sum("›" in line for line in shown) == 1
        await press(pilot, "tab", "space")
        assert "▌" in "".join(messages.render_line(line).text for line in range(6))


SIGNS_ONLY = re.compile(r"[\s▌▎╎▏│─━▐▀▄█╭╮╰╯▔▁┃┊┆├┤┬┴┼]*")


async def test_all_that_is_drawn_can_be_read(place: Place, make_app: MakeApp) -> None:
    deliver(place, "INBOX", STATES, first_uid=100)
    app: TuimailApp = make_app(place)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "j", "space", "j", "f", "k", "k")
        app.themes.load_all()
        for theme in load_themes(theme_directory())[0]:
            if theme.ansi:
                continue
            app.themes.show(theme.name)
            for keys in (("1",), ("2",), ("enter",), ("2",)):
                await press(pilot, *keys)
                least = 7.0 if theme.name == "tuimail-contrast" else 4.5
                poor = {found for line in lines(pilot) for found in hard_to_read(line, least)}
                assert poor == set(), theme.name


def hard_to_read(line: list[Segment], least: float) -> list[tuple[str, str, str]]:
    """The texts of a line whose colours are too near to each other: bars and lines are no texts."""
    found = []
    for text, style, _ in line:
        if style is None or style.color is None or style.bgcolor is None or SIGNS_ONLY.fullmatch(text):
            continue
        front, back = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
        if contrast(front, back) < least:
            found.append((text, front.hex, back.hex))
    return found
