"""Text of mail and servers can neither command the terminal nor the app."""

from __future__ import annotations

import re
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle
from tests.ui.hostile import FORBIDDEN_OCTETS, SUBJECTS
from tests.ui.hostile_store import hostile_place
from tests.ui.pty_run import run_under_pty
from tuimail.ui.backstop import Backstop, is_safe_url


async def test_markup_in_mail_is_text(tmp_path: Path, make_app: MakeApp) -> None:
    place = hostile_place(tmp_path / "data")
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for number, subject in enumerate(SUBJECTS):
            assert screen.messages.cursor == number
            if subject.isprintable():
                assert subject[:20] in screen.preview.text
            await press(pilot, "j")
        await pilot.click(screen.messages, offset=(30, 2))
        await pilot.click(screen.preview, offset=(12, 3))
        await press_into_dialog(pilot, "m", "x")
        await press(pilot, "enter")
        await press(pilot, "u", "Q", "escape", "question_mark", "escape")
        assert pilot.app.is_running
        assert pilot.app.return_code is None
    place.store.close()


def test_backstop_mends_what_came_past_the_gate() -> None:
    background = Color(0, 0, 0)
    clean = [Segment("plain ✓ 日本", Style(bold=True))]
    assert Backstop().apply(clean, background) is clean
    mended = Backstop().apply([Segment(text) for text in SUBJECTS], background)
    assert all(segment.text.isprintable() for segment in mended)
    (link,) = Backstop().apply([Segment("x", Style(link="https://a.example/\x1b]52;c;x\x07"))], background)
    assert link.style is not None
    assert link.style.link is None
    (kept,) = Backstop().apply([Segment("x", Style(link="https://a.example/b?c=d"))], background)
    assert kept.style is not None
    assert kept.style.link == "https://a.example/b?c=d"


def test_only_plain_addresses_become_links() -> None:
    assert is_safe_url("https://example.org/a?b=c")
    assert is_safe_url("mailto:sam@example.net")
    for url in ("javascript:x", "file:///etc/passwd", "https://exämple.org", "https://a b", "https://a\x07", "ssh://x"):
        assert not is_safe_url(url)


def test_no_control_of_the_mail_reaches_a_real_terminal(tmp_path: Path) -> None:
    hostile_place(tmp_path / "data").store.close()
    output = run_under_pty(tmp_path / "data", b"jjjjjjjjjj\r" + b"jjj" + b"1jj2Q")
    assert b"ALERT" in output
    # The window's title is the one sequence of its kind that the app writes itself.
    output = re.sub(rb"\x1b\]2;tuimail[^\x00-\x1f\x7f]*\x1b\\", b"", output)
    for octets in FORBIDDEN_OCTETS:
        assert octets not in output, octets
