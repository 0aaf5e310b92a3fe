"""Letters and keys of the cursor that come faster than a picker draws what they find."""

from __future__ import annotations

import pytest
from textual import events
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tests.ui.conftest import MakeApp
from tests.ui.driving import burst, main_screen, press, press_into_dialog, settle
from tests.ui.sample_store import NOW, Place
from tuimail.store import mailboxes, snooze_rows
from tuimail.ui.screens.help import HelpList, HelpScreen
from tuimail.ui.screens.mailbox_picker import ChoiceList
from tuimail.ui.screens.palette import FoundList
from tuimail.ui.screens.snooze_menu import TimeList
from tuimail.ui.screens.theme_picker import ThemeList


async def test_a_mailbox(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "m", *"work")
        names = [choice.label for choice in pilot.app.screen.query_one(ChoiceList).choices]
        await press(pilot, "escape")
        await press_into_dialog(pilot, "m")
        await burst(pilot, *"work", "down", "enter")
        await settle(pilot)
        assert place.mailbox_of(first) == names[1] != names[0]
        assert place.mailbox_of(second) == "INBOX"


async def test_a_mailbox_is_made_by_one_who_has_seen_its_name(place: Place, make_app: MakeApp) -> None:
    first, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "m")
        enter = events.Key("enter", None)
        await pilot.press(*"new one")
        await pilot.pause()
        pilot.app.post_message(enter)
        await pilot.pause()
        choice = pilot.app.screen.query_one(ChoiceList).current
        assert choice is not None
        assert choice.label == "Create 'new one'"
        assert place.mailbox_of(first) == "INBOX"
        await press(pilot, "enter")
        await settle(pilot)
        assert place.mailbox_of(first) == "elsewhere"
        assert "new one" in {box.name for box in place.store.mail.read(mailboxes.list_mailboxes)}


async def test_a_time(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "z", *"tomorrow")
        moments = [choice.moment for choice in pilot.app.screen.query_one(TimeList).choices]
        await press(pilot, "escape")
        await press_into_dialog(pilot, "z")
        await burst(pilot, *"tomorrow", "down", "enter")
        await settle(pilot)
        (held,) = place.store.mail.read(snooze_rows.list_snoozed)
        assert held.until == moments[1] > moments[0] > NOW


async def test_the_palette(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        found = pilot.app.screen.query_one(FoundList)
        await burst(pilot, *"go to", "down", "down", "up")
        await settle(pilot)
        assert (pilot.app.screen.query_one(Input).value, found.cursor) == ("go to", 1)
        expected = found.choices[1].entry
        await press(pilot, "escape", "colon")
        await burst(pilot, *"go to", "down", "enter")
        await settle(pilot)
        assert main_screen(pilot).desk.session.kept.commands.recent[0] == expected.key


async def test_a_theme_and_the_one_before_it_by_a_click_beside(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        before = pilot.app.theme
        await press(pilot, "T", *"light")
        names = [choice.name for choice in pilot.app.screen.query_one(ThemeList).choices]
        await pilot.click(offset=(1, 28))
        await settle(pilot)
        assert (pilot.app.screen, pilot.app.theme) == (main_screen(pilot), before)
        await press(pilot, "T")
        await burst(pilot, *"light", "down", "enter")
        await settle(pilot)
        assert pilot.app.theme == names[1] != names[0]


async def test_help(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark", "slash", *"mark")
        list_ = pilot.app.screen.query_one(HelpList)
        first = list_.cursor
        await press(pilot, "down")
        second = list_.cursor
        await press(pilot, "escape")
        # None of the letters is a key of the list, such as the q that closes help.
        await burst(pilot, "slash", *"mark", "down")
        await settle(pilot)
        assert (pilot.app.screen.query_one(Input).value, list_.cursor) == ("mark", second)
        assert second > first
        await burst(pilot, "enter", "down")
        await settle(pilot)
        assert list_.has_focus


async def test_help_never_takes_letters_for_its_field_as_it_opens(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused: list[Widget | None] = []

    def set_focus(screen: HelpScreen, widget: Widget | None, *more: bool, **named: bool) -> None:
        focused.append(widget)
        Screen.set_focus(screen, widget, *more, **named)

    monkeypatch.setattr(HelpScreen, "set_focus", set_focus)
    async with make_app(place).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        assert focused
        assert all(isinstance(widget, HelpList) for widget in focused)
