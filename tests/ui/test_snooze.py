"""Putting messages away until a time: the menu, what it writes, what shows."""

from __future__ import annotations

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import NOW, Place
from tuimail.model.ids import MessageId
from tuimail.model.typed_moments import DayTimes, proposals
from tuimail.store import mailboxes, read, snooze_rows
from tuimail.ui.screens.snooze_menu import WAKE_NOW, SnoozeMenu, TimeList, choices

TIMES = DayTimes()


def until(place: Place) -> dict[MessageId, int]:
    found = place.store.mail.read(snooze_rows.list_snoozed)
    return {one.message_id: one.until for one in found}


@pytest.mark.usefixtures("_steady_terminal")
def test_what_can_be_chosen() -> None:
    every = choices("", NOW, TIMES, is_held=False)
    assert [one.moment for one in every] == [one.moment for one in proposals(NOW, TIMES)]
    assert [one.title for one in choices("morn", NOW, TIMES, is_held=False)] == ["Tomorrow morning"]
    (typed,) = choices("fri 14:30", NOW, TIMES, is_held=False)
    assert (typed.moment, typed.note) == (NOW + 2 * 86_400 + 9000, "Fri 14 Mar 2025 14:30")
    assert choices("soon", NOW, TIMES, is_held=False) == []
    tomorrow, *_ = choices("tomorrow", NOW, TIMES, is_held=False)
    assert tomorrow.moment in {one.moment for one in every}
    also = choices("tomorrow", NOW, TIMES, is_held=False)
    assert [one.title for one in also] == ["At that time", "Tomorrow evening"]
    evening = choices("tomorrow evening", NOW, TIMES, is_held=False)
    assert [one.moment for one in evening] == [also[1].moment]
    assert choices("", NOW, TIMES, is_held=True)[0].moment == WAKE_NOW


async def test_away_by_a_typed_time_and_back_by_undo(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "z", *"3h")
        assert isinstance(pilot.app.screen, SnoozeMenu)
        assert pilot.app.screen.query_one(TimeList).choices[0].note == "Wed 12 Mar 2025 15:00"
        await press(pilot, "enter")
        assert until(place) == {first: NOW + 3 * 3600}
        assert place.mailbox_of(first) == "elsewhere"
        assert toasts(pilot) == ["1 message snoozed until 15:00"]
        assert main_screen(pilot).messages.current_id == second
        await press(pilot, "u")
        assert (place.mailbox_of(first), until(place)) == ("INBOX", {})


async def test_what_is_no_time_is_not_taken(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(60, 16)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "z", *"nix", "enter")
        assert isinstance(pilot.app.screen, SnoozeMenu)
        await press(pilot, "escape")
        assert until(place) == {}
        await press_into_dialog(pilot, "z", "down", "enter")
        await settle(pilot)
        assert len(until(place)) == 1


async def test_among_the_snoozed_a_new_time_or_now(place: Place, make_app: MakeApp) -> None:
    first = place.ids("INBOX")[0]
    async with make_app(place).run_test(size=(140, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "z", *"3h")
        await press(pilot, "enter")
        boxes = place.store.mail.read(mailboxes.list_mailboxes)
        held = next(box for box in boxes if box.name == "Snoozed")
        main_screen(pilot).desk.open_listing(held.id)
        await settle(pilot)
        rows = place.store.mail.read(lambda connection: read.list_rows(connection, [first]))
        assert rows[first].snoozed_until == NOW + 3 * 3600
        main_screen(pilot).messages.focus()
        await press_into_dialog(pilot, "z", *"fri")
        await press(pilot, "enter")
        assert until(place) == {first: NOW + 2 * 86_400 - 4 * 3600}
        await press_into_dialog(pilot, "z")
        await press(pilot, "enter")
        assert (place.mailbox_of(first), until(place)) == ("INBOX", {})
        assert "\\Seen" not in place.flags(first)
