"""Much at once on a real terminal: sizes that change, mail that comes. What one looks at stays in sight."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ui.e2e_pty import Frame, PtyApp
from tests.ui.sample_store import Place, Sample, deliver, make_place, plain

BEFORE = 300
SIZES = ((20, 5), (240, 60), (80, 24), (50, 12), (140, 40), (20, 60), (240, 5), (100, 30))


def _place(directory: Path) -> Place:
    place = make_place(directory)
    _arrive(place, range(BEFORE))
    return place


def _arrive(place: Place, numbers: range) -> None:
    """Mail comes: the higher the number, the newer."""
    samples = [Sample(plain(f"Letter {number:04d}", number=number), 60 * (5000 - number)) for number in numbers]
    deliver(place, "INBOX", samples, first_uid=numbers.start + 1, with_bodies=False)


def _line_of(shown: str) -> tuple[int, str] | None:
    """The screen's line that the list's cursor is on, and what stands there."""
    found = [(y, line) for y, line in enumerate(shown.splitlines()) if re.search(r"›.*Letter \d{4}", line)]
    return found[0] if len(found) == 1 else None


def _is_on(shown: str, number: int) -> bool:
    found = _line_of(shown)
    return found is not None and f"Letter {number:04d}" in found[1].partition("›")[2][:60]


def test_sixty_resizes_while_messages_arrive(tmp_path: Path) -> None:
    place = _place(tmp_path)
    with PtyApp(tmp_path) as app:
        app.wait_until(lambda shown: _is_on(shown, BEFORE - 1), "cursor")
        app.press(b"12j")
        app.wait_until(lambda shown: _is_on(shown, BEFORE - 13), "cursor twelve lines down")
        for step in range(60):
            app.resize(*SIZES[step % len(SIZES)])
            if step % 3 == 0:
                _arrive(place, range(BEFORE + step, BEFORE + step + 3))
            app.read()
        app.resize(20, 5)
        app.wait_until(lambda shown: shown.count("›") == 1, "cursor in the smallest window")
        app.resize(100, 30)
        place_told = f"73/{BEFORE + 60}"
        app.wait_until(lambda shown: _is_on(shown, BEFORE - 13) and place_told in shown, "cursor on its message")
        # What was drawn for sizes before may have come late; a frame drawn now is one of this size.
        app.screen = Frame(*app.size)
        app.press(b"?")
        app.wait_until(lambda shown: "Message list" in shown, "help")
        app.press(b"\x1b")
        app.wait_until(lambda shown: _is_on(shown, BEFORE - 13), "cursor on its message")
        assert not app.screen.is_exceeded, app.screen.text
        app.leave()
    place.store.close()


@pytest.mark.parametrize("options", [(), ("threads",)])
def test_five_hundred_messages_arrive_while_somebody_scrolls(tmp_path: Path, options: tuple[str, ...]) -> None:
    place = _place(tmp_path)
    with PtyApp(tmp_path, *options) as app:
        app.wait_until(lambda shown: _is_on(shown, BEFORE - 1), "cursor")
        app.press(b"100j")
        here = BEFORE - 101
        line = _line_of(app.wait_until(lambda shown: _is_on(shown, here), "cursor a hundred lines down"))
        app.press(b"k" * 8)
        line = _line_of(app.wait_until(lambda shown: _is_on(shown, here + 8), "cursor amid the list"))
        here += 8
        assert line is not None
        for batch in range(20):
            _arrive(place, range(BEFORE + 25 * batch, BEFORE + 25 * batch + 25))
            app.press(b"j")
            app.wait_until(lambda shown, to=here - 1: _is_on(shown, to), "cursor on the next message")  # type: ignore[misc]
            app.press(b"k")
            shown = app.wait_until(lambda shown, to=here: _is_on(shown, to), "cursor on its message")  # type: ignore[misc]
            now = _line_of(shown)
            assert now is not None
            assert now[0] == line[0], f"moved in batch {batch}"
        app.wait_until(lambda shown: f"{BEFORE + 500 - here}/{BEFORE + 500}" in shown, "all of the list")
        now = _line_of(app.screen.text)
        assert now is not None
        assert now[0] == line[0]
        app.press(b"g")
        app.press(b"g")
        app.wait_until(lambda shown: _is_on(shown, BEFORE + 499), "the newest message")
        app.leave()
    place.store.close()
