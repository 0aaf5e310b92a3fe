"""Hostile messages of every format, read on a real terminal and by `tuimail show`: they reach it as text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import CONFIG, Bench
from tests.ui.e2e_pty import PtyApp
from tests.ui.hostile_mail import FORBIDDEN, NAMES, hostile_messages, marker_of
from tests.ui.sample_store import Place, Sample, deliver, make_place
from tuimail.mime.sanitize import is_safe

_OWN = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # cursor, colours, modes
    rb"|\x1b\]2;tuimail[^\x00-\x1f\x7f]*\x1b\\"  # the window's title
    rb"|\x1b\]22;[a-z-]*\x07"  # the pointer's shape
    rb"|\x1b\]8;(?:id=[0-9a-z-]+)?;[!-~]*\x1b\\"  # links: printable ASCII alone
    rb"|\x1b[=>78]|\x1b\([0B]|\x1bP[+$]q[0-9a-fA-F;m]*\x1b\\"
)
"""What the app itself writes beside text."""
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f]")
ESCAPE = b"\x1b"
LIST = b"\x1b2"


def assert_clean(output: bytes) -> None:
    """Nothing of the messages is there that a terminal obeys, nor anything else that the app does not write itself."""
    for octets in FORBIDDEN:
        assert octets not in output, octets
    left = _OWN.sub(b"", output).decode("utf-8")
    found = _CONTROL.search(left)
    assert found is None, left[max(0, found.start() - 60) : found.end() + 60]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = make_place(tmp_path / "data", names=("INBOX",))
    samples = [Sample(octets, number) for number, octets in enumerate(hostile_messages().values())]
    deliver(made, "INBOX", samples)
    yield made
    made.store.close()


def _opened(app: PtyApp, keys: bytes, word: str, *, gone: str = "\0") -> None:
    app.press(keys)
    app.wait_until(lambda shown: word in shown and gone not in shown, f"{word} after {keys!r}")


def _closed(app: PtyApp, word: str) -> None:
    app.press(ESCAPE)
    # A key that comes with the escape would be taken for one with alt.
    app.wait_until(lambda shown: word not in shown, f"end of {word}")


def test_no_message_in_any_shape_lets_a_control_through(tmp_path: Path, place: Place) -> None:
    del place
    with PtyApp(tmp_path / "data", columns=170, lines=50) as app:
        app.wait_until(lambda shown: marker_of(0) in shown, "the list")
        for number, name in enumerate(NAMES):
            text = f"Subject  {marker_of(number)}"
            app.wait_until(lambda shown, text=text: text in shown, name)  # type: ignore[misc]
            app.press(b"\r")
            _opened(app, b"V", "=?utf-8?")
            _opened(app, b"V", "MIME-Version: ", gone="=?utf-8?")
            _opened(app, b"V", text, gone="MIME-Version: ")
            if name == "both":
                _opened(app, b"v", "tracking pixel")
            app.press(LIST)
            app.press(b"j")
        app.leave()
    assert_clean(bytes(app.output))


DIALOGS = (
    # What is read, keys, a word of what they open; each is closed by escape.
    ("page", b"l", "Type the letters"),
    ("page", b"I", "Who it is from"),
    ("files", b"o", "Attachments"),
    ("files", b"S", "Save 6 attachments in"),
    ("files", b"P", "Write the text into"),
    ("files", b"I", "Who it is from"),
    ("files", b"/", "Find in this message"),
    ("calendar", b"I", "Who it is from"),
)


def test_no_dialog_about_a_message_lets_a_control_through(tmp_path: Path, place: Place) -> None:
    del place
    with PtyApp(tmp_path / "data", columns=170, lines=50) as app:
        app.wait_until(lambda shown: marker_of(0) in shown, "the list")
        for name in ("page", "files", "calendar"):
            number = NAMES.index(name)
            app.press(LIST)
            app.press(b"gg" + b"j" * number)
            app.wait_until(lambda shown, number=number: f"Subject  {marker_of(number)}" in shown, name)  # type: ignore[misc]
            app.press(b"\r")
            for keys, word in [(keys, word) for read, keys, word in DIALOGS if read == name]:
                _opened(app, keys, word)
                _closed(app, word)
                if keys == b"l":
                    _opened(app, b"l", word)
                    _opened(app, b"a", "It leads to")
                    _closed(app, "It leads to")
        app.press(LIST)
        app.press(b"gg" + b"j" * NAMES.index("files") + b"\r")
        _opened(app, b"o", "text/plain  1.1 K")
        _opened(app, b"v", "scroll")
        _closed(app, "scroll")
        _closed(app, "Attachments")
        _opened(app, b"|", "Give the message to")
        _opened(app, b"cat\r", "It ended")
        _closed(app, "It ended")
        app.leave()
    assert_clean(bytes(app.output))


@pytest.mark.parametrize("form", [(), ("--headers",), ("--html",), ("--json",)])
def test_show_lets_no_control_through(tmp_path: Path, place: Place, form: tuple[str, ...]) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    ids = [str(id_) for id_ in place.ids("INBOX")]
    shown = Bench(tmp_path).run("show", *ids, *form).output
    assert shown.count("marker") >= (2 if form == ("--html",) else len(NAMES))
    assert is_safe(shown)
