"""One key a decision: counts, where the cursor goes, repeat, redo, marks, searches; the store tells what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Place, Sample, deliver, plain
from tuimail.config.schema import After, ArchiveBy, Config, Triage
from tuimail.store import changes, mailboxes, removals
from tuimail.store.database import Connection
from tuimail.store.recorder import Change
from tuimail.ui.commands.desk import Pane
from tuimail.ui.screens.ask_query import AskQuery
from tuimail.ui.screens.desk import changing, marks
from tuimail.ui.screens.mailbox_picker import ChoiceList, MailboxPicker


def config(*, after: After = After.NEXT, archive_by: ArchiveBy = ArchiveBy.NOTHING) -> Config:
    return Config(accounts=CONFIG.accounts, ui=CONFIG.ui, triage=Triage(after=after, archive_by=archive_by))


async def test_previous_goes_up_in_list_and_reading_view(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place, config=config(after=After.PREVIOUS)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "j", "j", "a")
        assert screen.messages.current_id == ids[2]
        await press(pilot, "s", "k", "enter", "a")
        assert screen.messages.current_id == ids[0]
        assert "Letter 0" in screen.preview.text
        # The one that was in between was not opened.
        assert [place.flags(id_) for id_ in (ids[0], ids[4])] == [["\\Seen"], ["\\Seen"]]
        assert place.ids("INBOX") == [ids[0], ids[2], *ids[4:]]


async def test_stay_leaves_the_reading_view_and_moves_no_cursor(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place, config=config(after=After.STAY)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "f")
        assert screen.messages.current_id == ids[0]
        await press(pilot, "enter", "a")
        assert screen.desk.pane is Pane.MESSAGES
        assert screen.messages.current_id == ids[1]


async def test_counts_act_on_rows_from_the_cursor(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "j", "5", "a")
        assert place.ids("INBOX") == [ids[0], *ids[6:]]
        assert main_screen(pilot).messages.current_id == ids[6]
        assert toasts(pilot) == ["5 messages moved to Archive"]
        await press(pilot, "4", "f")
        assert [place.flags(id_).count("\\Flagged") for id_ in ids[6:]] == [1, 1, 1, 1, 0, 0]
        assert main_screen(pilot).messages.current_id == ids[6]
        await press(pilot, "4", "u")
        assert place.ids("INBOX") == ids


async def test_redo_and_repeat(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "U")
        assert toasts(pilot) == ["There is nothing to redo."]
        await press(pilot, "full_stop")
        assert toasts(pilot) == ["There is nothing to repeat yet."]
        await press_into_dialog(pilot, "m", "w", "2", "4")
        await press(pilot, "enter", "u", "U")
        assert toasts(pilot) == ["Redone: 1 message moved to Work/2024"]
        assert place.mailbox_of(first) == "Work/2024"
        await press(pilot, "full_stop")
        assert place.mailbox_of(second) == "Work/2024"
        assert toasts(pilot) == ["1 message moved to Work/2024"]
        await press(pilot, "u", "U", "u", "s", "U")
        assert toasts(pilot) == ["There is nothing to redo."]
        assert place.ids("INBOX") == ids[1:]


async def test_junk_and_back(place: Place, make_app: MakeApp) -> None:
    first = place.ids("INBOX")[0]
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "J")
        assert (place.mailbox_of(first), place.flags(first)) == ("Junk", ["$Junk"])
        await press(pilot, "g", "j", "J")
        assert (place.mailbox_of(first), place.flags(first)) == ("INBOX", ["$NotJunk"])
        await press(pilot, "u", "u")
        assert (place.mailbox_of(first), place.flags(first)) == ("INBOX", [])


async def test_archive_by_month(place: Place, make_app: MakeApp) -> None:
    first = place.ids("INBOX")[0]
    async with make_app(place, config=config(archive_by=ArchiveBy.MONTH)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "a")
        assert toasts(pilot) == ["1 message moved to Archive/2025/03"]
        await press(pilot, "u")
        assert place.mailbox_of(first) == "INBOX"


async def test_the_picker_learns_and_makes(place: Place, make_app: MakeApp) -> None:
    deliver(place, "INBOX", [Sample(plain("From Bo", sender="Bo <bo@example.org>", number=99), -1)], first_uid=99)
    bo, ada, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "m", "B", "o", "a", "t")
        await press(pilot, "enter")
        assert toasts(pilot) == ["1 message moved to Boat"]
        await press_into_dialog(pilot, "m", "u", "s", "e", "r", "s")
        await press(pilot, "enter")
        assert place.mailbox_of(ada) == "Lists/users"
        # Mail of Ada goes where hers went, then come those that were used at all.
        await press_into_dialog(pilot, "m")
        assert isinstance(pilot.app.screen, MailboxPicker)
        offered = pilot.app.screen.query_one(ChoiceList).choices
        assert [(choice.label, choice.note) for choice in offered[:2]] == [
            ("Lists/users", "of this sender"),
            ("Boat", "recent"),
        ]
        await press(pilot, "escape", "u", "u")
        assert place.mailbox_of(bo) == "INBOX"
        names = {box.name for box in place.store.mail.read(mailboxes.list_mailboxes)}
        assert "Boat" not in names


async def test_marks(place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(place, "INBOX", [Sample(plain("From Bo", sender="Bo <bo@example.org>", number=99), 999)], first_uid=99)
    ids = place.ids("INBOX")
    monkeypatch.setattr(marks, "_PIECE", 5)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        model = main_screen(pilot).messages.model
        await press(pilot, "asterisk", "a")
        assert (len(model.marked), toasts(pilot)) == (13, ["13 messages marked"])
        deliver(place, "INBOX", [Sample(plain("New", number=100), 0)], first_uid=100)
        await settle(pilot)
        assert model.marked == set(ids)
        await press(pilot, "asterisk", "i")
        assert model.marked == set(place.ids("INBOX")) - set(ids)
        await press(pilot, "asterisk", "n", "j", "asterisk", "f")
        assert len(model.marked) == 13
        await press(pilot, "escape", "asterisk", "u")
        assert model.marked == {id_ for id_ in place.ids("INBOX") if "\\Seen" not in place.flags(id_)}
        await press(pilot, "escape", "asterisk", "t")
        assert model.marked == {main_screen(pilot).messages.current_id}
        await press(pilot, "escape")
        await press_into_dialog(pilot, "asterisk", "slash", *"from:bo")
        await press(pilot, "enter")
        assert toasts(pilot) == ["1 message marked"]
        await press(pilot, "escape", "4", "space")
        assert len(model.marked) == 4


async def test_search_opens_like_a_mailbox_and_says_what_is_wrong(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "slash", *"is:", "enter")
        assert isinstance(pilot.app.screen, AskQuery)
        assert "at character 1" in str(pilot.app.screen.query_one("#told").render())
        await press_into_dialog(pilot, *"unseen")
        await press(pilot, "enter")
        listing = main_screen(pilot).desk.listing
        assert listing is not None
        assert listing.query == "is:unseen"
        assert main_screen(pilot).messages.line_count == 4
        # What is archived is found still: the cursor goes on all the same.
        first, second, *_ = main_screen(pilot).messages.model.ids
        assert main_screen(pilot).messages.current_id == first
        await press(pilot, "a")
        assert main_screen(pilot).messages.current_id == second
        await press(pilot, "u", "g", "i")
        assert main_screen(pilot).messages.line_count == 12


async def test_what_vanished_meanwhile_is_told_in_plain_words(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        place.store.mail.write(partial(removals.vanish, ids=[first], now=1), durable=False)
        await pilot.press("a")
        await pilot.app.workers.wait_for_complete()
        assert toasts(pilot) == ["This message is gone: it was deleted or moved elsewhere meanwhile."]
        await settle(pilot)
        assert main_screen(pilot).messages.current_id == second
        await press(pilot, "asterisk", "a")
        place.store.mail.write(partial(removals.vanish, ids=[second], now=1), durable=False)
        await press(pilot, "a")
        assert place.ids("INBOX") == []


async def test_a_long_change_says_how_far_it_is(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = place.ids("INBOX")
    monkeypatch.setattr(changing, "MANY", 5)
    monkeypatch.setattr(changing, "TELL_EVERY_S", 0.001)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        told, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        say = screen.say

        def hear(text: str, **more: object) -> None:
            if text == "7 of 12 messages…":
                told.set()
            say(text, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(screen, "say", hear)

        def slow(connection: Connection, *, progress: Callable[[int], None]) -> Change:
            progress(7)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
            return changes.move(connection, ids, place.mailbox_ids["Archive"], now=1, progress=progress)

        task = asyncio.create_task(screen.desk.change(slow, ids=ids, leaves=True))
        await asyncio.wait_for(told.wait(), 10)
        # The screen is alive meanwhile.
        await pilot.press("j", "j")
        assert screen.messages.current_id == ids[2]
        go_on.set()
        assert await task
        await settle(pilot)
        assert (screen.messages.line_count, place.ids("INBOX")) == (0, [])
        await press(pilot, "u")
        assert place.ids("INBOX") == ids
        assert screen.messages.line_count == 12
