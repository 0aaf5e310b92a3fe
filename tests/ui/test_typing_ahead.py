"""Keys that come faster than dialogs open, as they do over a slow line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.e2e_pty import PtyApp
from tests.ui.sample_store import Place, Sample, deliver, make_place, plain
from tuimail.store import journal


@pytest.fixture
def nine(tmp_path: Path) -> Iterator[Place]:
    """Nine letters in the inbox."""
    place = make_place(tmp_path)
    deliver(place, "INBOX", [Sample(plain(f"Letter {number}", number=number), number) for number in range(9)])
    yield place
    place.store.close()


def test_letters_for_a_picker_are_never_taken_for_commands(nine: Place, tmp_path: Path) -> None:
    before = nine.ids("INBOX")
    with PtyApp(tmp_path) as app:
        app.wait_until(lambda shown: "Inbox 1/9" in shown, "list")
        app.press(b"madJ")
        app.wait_until(lambda shown: "Move 1 message to" in shown, "picker")
        app.press(b"\x1b")
        app.wait_until(lambda shown: "Move 1 message to" not in shown, "end of the picker")
        app.press(b"jf")
        app.wait_until(lambda shown: "Inbox 2/9" in shown and "1 to send" in shown, "the next message, flagged")
        app.leave()
    assert nine.ids("INBOX") == before
    assert [operation.kind for operation in nine.store.mail.read(journal.list_queue)] == ["flag"]


def test_letters_for_a_picker_wait_for_it(nine: Place, tmp_path: Path) -> None:
    first, second, third, *_ = nine.ids("INBOX")
    with PtyApp(tmp_path) as app:
        app.wait_until(lambda shown: "Inbox 1/9" in shown, "list")
        app.press(b"mwork\r")
        app.wait_until(lambda shown: "moved to Work" in shown and "Inbox 1/8" in shown, "the first message moved")
        app.press(b"fmarch\rxyz")
        app.wait_until(lambda shown: "moved to Archive" in shown and "Inbox 1/7" in shown, "the next one moved")
        app.leave()
    assert [nine.mailbox_of(id_) for id_ in (first, second, third)] == ["Work", "Archive", "INBOX"]
    kinds = [operation.kind for operation in nine.store.mail.read(journal.list_queue)]
    assert kinds == ["move", "flag", "move"]


def test_keys_behind_one_that_opens_a_view_never_reach_the_mail_below(nine: Place, tmp_path: Path) -> None:
    before = nine.ids("INBOX")
    with PtyApp(tmp_path) as app:
        app.wait_until(lambda shown: "Inbox 1/9" in shown, "list")
        for key, opened in (
            (b":", "Search for 'adJ'"),
            (b"T", "adJ"),
            (b"?", "Signs in the list"),
            (b",", "/ looks for words"),
        ):
            app.press(key + b"adJ")
            app.wait_until(lambda shown, opened=opened: opened in shown, opened)  # type: ignore[misc]
            app.press(b"\x1b")
            app.wait_until(lambda shown, opened=opened: opened not in shown, "the list again")  # type: ignore[misc]
        app.press(b"mnew one\r")
        app.wait_until(lambda shown: "Create 'new one'" in shown, "what would be made")
        app.press(b"\x1b")
        app.wait_until(lambda shown: "Create" not in shown, "end of the picker")
        app.leave()
    assert nine.ids("INBOX") == before
    assert not nine.store.mail.read(journal.list_queue)
