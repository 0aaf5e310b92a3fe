"""The palette and help on the screen, and a keymap of the user's with faults."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import NOW, Place, Sample, deliver, plain
from tuimail.config.schema import Config, KeymapPreset, Ui
from tuimail.store import contacts
from tuimail.ui.app import TuimailApp
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Pane
from tuimail.ui.commands.keys_in_use import current_keymap, key_for
from tuimail.ui.keymap_keeper import KeymapKeeper
from tuimail.ui.screens.help import HelpList
from tuimail.ui.screens.palette import FoundList
from tuimail.ui.widgets.footer import KeyLine


def preset(name: KeymapPreset) -> Config:
    """The configuration with a preset of keys."""
    return Config(accounts=CONFIG.accounts, ui=Ui(keymap=name), searches={"From Ada": "from:ada"})


def lines(pilot_app: object) -> list[str]:
    """What the palette's list shows."""
    found = cast("TuimailApp", pilot_app).screen.query_one(FoundList)
    return [found.render_line(line).text for line in range(found.size.height)]


async def look_for(pilot: Pilot[None], text: str) -> None:
    """Opens the palette with the text in its field."""
    await press(pilot, "ctrl+p")
    pilot.app.screen.query_one(Input).value = text
    await pilot.pause()


async def test_a_command_is_found_and_run(place: Place, make_app: MakeApp) -> None:
    first = place.ids("INBOX")[0]
    async with make_app(place).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p")
        assert pilot.app.screen.query(FoundList)
        assert "Open" in lines(pilot.app)[0]
        await pilot.press(*"archi")
        assert lines(pilot.app)[0].split() == ["›Archive", "a", "command"]
        await press(pilot, "enter")
        assert place.mailbox_of(first) == "Archive"
        # What was chosen last comes first.
        await press(pilot, "colon")
        assert "Archive" in lines(pilot.app)[0]
        await press(pilot, "escape")
        assert pilot.app.screen is main_screen(pilot)


async def test_mailboxes_people_and_searches_are_opened(place: Place, make_app: MakeApp) -> None:
    while place.store.mail.write(partial(contacts.catch_up, now=NOW), durable=False):
        pass
    deliver(place, "Work", [Sample(plain("A job"), 10)])
    async with make_app(place, config=preset(KeymapPreset.DEFAULT)).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await look_for(pilot, "work")
        await press(pilot, "enter")
        assert screen.desk.listing is not None
        assert screen.desk.listing.title == "Work"
        assert screen.desk.pane is Pane.MESSAGES
        await look_for(pilot, "quill")
        assert "Ada Quill <ada@example.org>" in lines(pilot.app)[0]
        await press(pilot, "enter")
        assert screen.desk.listing.query == "from:ada@example.org"
        assert screen.messages.line_count == 13
        await look_for(pilot, "from ada")
        await press(pilot, "enter")
        assert screen.desk.listing.query == "from:ada"
        await look_for(pilot, "before:nonsense")
        await press(pilot, "enter")
        assert "The search is wrong" in str(pilot.app.screen.query_one("#about").render())
        pilot.app.screen.query_one(Input).value = "letter"
        await pilot.pause()
        found = pilot.app.screen.query_one(FoundList)
        found.cursor = found.line_count - 1
        await press(pilot, "enter")
        assert screen.desk.listing.query == "letter"


async def test_a_command_of_another_pane_goes_there(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await look_for(pilot, "new mailb")
        await press_into_dialog(pilot, "enter")
        await pilot.pause()
        assert main_screen(pilot).desk.pane is Pane.MAILBOXES
        assert type(pilot.app.screen).__name__ == "AskTextScreen"
        await press(pilot, "escape")


@pytest.mark.parametrize("size", [(20, 5), (50, 12)])
async def test_a_small_terminal_has_room_for_both(place: Place, make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app(place).run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p", "a", "r", "c")
        assert "Archive" in "".join(lines(pilot.app))
        await press(pilot, "escape", "f1", "down", "down")
        assert pilot.app.screen.query(HelpList)
        await press(pilot, "escape", "g", "question_mark", "i")
        assert pilot.app.screen is main_screen(pilot)


async def test_help_begins_where_one_is_and_shows_the_users_keys(place: Place, make_app: MakeApp) -> None:
    async with make_app(place, config=preset(KeymapPreset.VIM)).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "tab", "question_mark")
        rows = pilot.app.screen.query_one(HelpList)._rows
        headings = [row.title for row in rows if row.is_heading]
        assert headings[:2] == [Context.PREVIEW.value, Context.EVERYWHERE.value]
        assert next(row for row in rows if row.title == "Delete").keys == "d d  del"
        await press(pilot, "slash", *"d d", "enter")
        found = [row.title for row in pilot.app.screen.query_one(HelpList)._rows if row.help]
        assert "Delete" in found
        await press(pilot, "escape")
        assert pilot.app.screen.query_one(Input).value == ""
        await press(pilot, "q")
        assert pilot.app.screen is main_screen(pilot)


async def test_a_preset_has_its_keys_and_its_words(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place, config=preset(KeymapPreset.VIM)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "3", "j", "d", "d")
        assert place.mailbox_of(ids[3]) == "Trash"
        assert "d d Delete" in screen.query_one(KeyLine).render_line(0).text
        await press(pilot, "h", "g", "g", "l")
        assert screen.desk.pane is Pane.MESSAGES
        assert key_for("mail.refresh") == "f5"


async def test_faults_are_told_once_and_the_rest_works(place: Place, make_app: MakeApp, tmp_path: Path) -> None:
    ids = place.ids("INBOX")
    app = make_app(place)
    path = tmp_path / "keymap.toml"
    app._key_keeper = KeymapKeeper(path, app._tell_warning)
    path.write_text('"message.archive" = ["d"]\n"message.flag" = ["ctlr+x"]\n"message.junk" = ["x"]\n', "utf-8")
    app._key_keeper.look(KeymapPreset.DEFAULT)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        (told,) = toasts(pilot)
        assert '"d" cannot be message.archive (in Message list): it is message.delete already' in told
        assert 'message.flag: no key is called "ctlr+x"; did you mean "ctrl+x"?' in told
        await press(pilot, "x")
        assert place.mailbox_of(ids[0]) == "Junk"
        await press(pilot, "a")
        assert place.mailbox_of(ids[1]) == "Archive"
        path.write_text('"message.archive" = ["X", "b"]\n"mail.pause" = []\n', "utf-8")
        await settle(pilot)
        assert current_keymap().shown("message.archive") == "X"
        assert "X Archive" in main_screen(pilot).query_one(KeyLine).render_line(0).text
        await press(pilot, "b")
        assert place.mailbox_of(ids[2]) == "Archive"
