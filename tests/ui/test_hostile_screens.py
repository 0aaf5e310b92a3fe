"""Every screen, in front of hostile mail, on a real terminal: what mail says reaches it as text alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ui.e2e_pty import ROOT, PtyApp
from tests.ui.hostile import FORBIDDEN_OCTETS, SUBJECTS
from tests.ui.hostile_store import hostile_place
from tests.ui.sample_store import NOW, Place, Sample, deliver, plain
from tuimail.store import accounts
from tuimail.store.accounts import AccountState
from tuimail.store.database import Connection

ESCAPE = b"\x1b"
SHIFT_F10 = b"\x1b[21;2~"
_OWN = re.compile(rb"\x1b\](?:2;tuimail|9;tuimail: )[^\x00-\x1f\x7f]*\x1b\\")
"""The window's title and the notice on the desktop: what the app writes itself, with no control within."""
# Keys, a word of what they open, and the keys that close it again.
SCREENS = (
    (b"m", "Letters of the name", ESCAPE),
    (b"C", "Letters of the name", ESCAPE),
    (b":", "  command", ESCAPE),
    (b"L", "do this", ESCAPE),
    (b"z", "Pick a time", ESCAPE),
    (SHIFT_F10, "Junk or", ESCAPE),
    (b"*/", "conditions as below", ESCAPE),
    (b"/", "conditions as below", ESCAPE),
    (b"?", "Message list", ESCAPE),
    (b",", "earches", ESCAPE),
    (b"E", "close", ESCAPE),
    (b"T", "─ Theme", ESCAPE),
    (b"Q", "Discard", ESCAPE),
    (b"I", "Who it is from", ESCAPE),
    (b"\x1b[HZ", "Leave this list", ESCAPE),
)


def _place(directory: Path) -> Place:
    """Also with names of files that attack, and mail that is a list's."""
    place = hostile_place(directory)
    for number, attack in enumerate(SUBJECTS[:9]):
        name = attack.replace("\r\n", " ").replace('"', "'")
        octets = (
            f"From: {name} <x@example.org>\r\nSubject: {name}\r\nList-Id: {name} <{number}.example.org>\r\n"
            f"Message-ID: <a{number}@example.org>\r\nMIME-Version: 1.0\r\n"
            f"Received: from {name} ([192.0.2.1]) by {name}; x\r\nAuthentication-Results: {name}; dkim={name}\r\n"
            "List-Unsubscribe: <https://a.example.org/%1B]0;[/x]>, <mailto:a@example.org?subject=%1B%5D%5B/x%5D>\r\n"
            f'Content-Type: application/pdf; name="{name}"\r\n'
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\nx'
        ).encode("utf-8", "replace")
        deliver(place, "INBOX", [Sample(octets, number)], first_uid=100 + number)

    def write(connection: Connection) -> None:
        accounts.set_synced(connection, place.account_id, now=NOW)
        error = f"NO {SUBJECTS[5]} [/x]"
        accounts.set_status(connection, place.account_id, AccountState.FAILED, now=NOW, error=error)

    place.store.mail.write(write, durable=False)
    return place


def _assert_clean(output: bytes) -> None:
    output = _OWN.sub(b"", output)
    for octets in FORBIDDEN_OCTETS:
        assert octets not in output, octets


@pytest.mark.parametrize("options", [("hostile",), ("hostile", "comfortable", "threads")])
def test_no_screen_lets_a_control_through(tmp_path: Path, options: tuple[str, ...]) -> None:
    place = _place(tmp_path)
    with PtyApp(tmp_path, *options) as app:
        app.wait_until(lambda shown: "Inbox" in shown and "›" in shown, "the list")
        for key in (b"odofosou", b"j" * 8, b"\r", b"jjjj", b"\x1b2", b"f", b"d", b"u"):
            app.press(key)
        for keys, word, close in SCREENS:
            app.press(keys)
            app.wait_until(lambda shown, word=word: word in shown, word)  # type: ignore[misc]
            app.press(close)
            # A key that comes with the escape would be taken for one with alt.
            app.wait_until(lambda shown, word=word: word not in shown, f"end of {word}")  # type: ignore[misc]
        attack = plain(SUBJECTS[5], sender=f"{SUBJECTS[6]} <x@example.org>")
        deliver(place, "INBOX", [Sample(attack, 0)], first_uid=500, with_bodies=False)
        app.wait_until(lambda shown: "New mail" in shown, "notice of the new message")
        app.leave()
    place.store.close()
    assert b"\x1b]9;" in app.output
    _assert_clean(bytes(app.output))


@pytest.mark.parametrize("command", ["messages", "mailboxes", "queue list", "rules list", "account list"])
def test_no_table_of_the_command_line_lets_a_control_through(tmp_path: Path, command: str) -> None:
    _place(tmp_path / "data").store.close()
    (tmp_path / "config.toml").write_text('[accounts.home]\nimap = {host = "127.0.0.1", username = "sam"}\n', "utf-8")
    places = ["--config", str(tmp_path / "config.toml"), "--data-dir", str(tmp_path / "data")]
    done = subprocess.run(
        [sys.executable, "-m", "tuimail", *places, *command.split()], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for octets in (b"\x1b", *FORBIDDEN_OCTETS):
        assert octets not in done.stdout, octets
