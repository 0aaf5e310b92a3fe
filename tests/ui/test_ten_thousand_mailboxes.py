"""An account of 10,000 mailboxes: everything that shows them works, and a key does not pay for their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, until
from tests.ui.sample_store import Sample, deliver, make_place, plain
from tuimail.store.database import Database
from tuimail.ui.commands.desk import Pane
from tuimail.ui.screens.mailbox_picker import ChoiceList, MailboxPicker
from tuimail.ui.widgets import tree_rows
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.tree_rows import TreeModel

GROUPS, EACH = 100, 100
NAMES = (
    "INBOX",
    *(f"Group {group:03d}" for group in range(GROUPS)),
    *(f"Group {group:03d}/Box {number:03d}" for group in range(GROUPS) for number in range(EACH - 1)),
)


_KEYS = {" ": "space", "/": "slash"}


async def test_ten_thousand_mailboxes(tmp_path: Path, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(NAMES) > 10_000
    place = make_place(tmp_path / "data", names=NAMES)
    first, second = deliver(
        place, "INBOX", [Sample(plain(f"Letter {number}", number=number), number) for number in range(2)]
    )
    done = Counter[str]()
    for owner, name in ((tree_rows, "nested"), (TreeModel, "_make"), (Database, "read")):
        monkeypatch.setattr(owner, name, _counted(getattr(owner, name), done))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        tree = screen.query_one(MailboxTree)
        assert tree.line_count > 10_000
        await press(pilot, "alt+1")
        assert screen.desk.pane is Pane.MAILBOXES
        done.clear()
        moves = [*["j"] * 4, "pagedown", "k", "pageup", "end", "home", "end"]
        for key in moves:
            await press(pilot, key)
        assert tree.current_row is not None
        assert tree.current_row.key == ("home", NAMES[-1])
        assert done["nested"] == 0, "no node of the tree is made anew because the cursor moved"
        assert done["_make"] <= 5 * len(moves) * tree.size.height, "rows are made for what is in sight"
        assert done["read"] <= 10 * len(moves)
        await press(pilot, "home", "j", "j")
        assert tree.current_row.key == ("home", "Group 000")
        before = tree.line_count
        done.clear()
        await press(pilot, "space")
        assert tree.line_count == before - (EACH - 1)
        assert done["nested"] == 0
        assert done["_make"] <= 5 * tree.size.height
        await press(pilot, "space")
        await press(pilot, "home", "j", "alt+2")

        await press_into_dialog(pilot, "m")
        await until(pilot, lambda: isinstance(pilot.app.screen, MailboxPicker))
        await pilot.press(*"g077b042")
        choices = pilot.app.screen.query_one(ChoiceList)
        await until(pilot, lambda: choices.choices[0].label == "Group 077/Box 042")
        await press(pilot, "enter")
        assert place.mailbox_of(first) == "Group 077/Box 042"
        assert place.mailbox_of(second) == "INBOX"

        await press_into_dialog(pilot, "colon")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press(*(_KEYS.get(letter, letter) for letter in "group 077/box 042"))
        await pilot.app.workers.wait_for_complete()
        await press_into_dialog(pilot, "enter")
        await until(pilot, lambda: screen.messages.current_id == first)
    place.store.close()


def _counted(function: Callable[..., Any], done: Counter[str]) -> Callable[..., Any]:
    def counted(*arguments: Any, **more: Any) -> Any:
        done[function.__name__] += 1
        return function(*arguments, **more)

    return counted
