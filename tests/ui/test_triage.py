"""Keys that change mail: the store is asked what happened, then the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Place
from tuimail.store import journal
from tuimail.store.database import Connection
from tuimail.ui.screens.confirm import ConfirmScreen
from tuimail.ui.screens.mailbox_picker import MailboxPicker
from tuimail.ui.widgets.status_line import StatusLine, right_text


async def test_archive_moves_and_goes_on_to_the_next(place: Place, make_app: MakeApp) -> None:
    first, second, third, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "a")
        assert place.mailbox_of(first) == place.mailbox_of(second) == "Archive"
        assert main_screen(pilot).messages.current_id == third
        assert toasts(pilot) == ["1 message moved to Archive"]


async def test_delete_moves_to_trash_and_asks_in_the_trash(place: Place, make_app: MakeApp) -> None:
    first = place.ids("INBOX")[0]
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "d")
        assert place.mailbox_of(first) == "Trash"
        await press(pilot, "1", "end", "up", "up", "up", "up", "up", "enter")
        listing = main_screen(pilot).desk.listing
        assert listing is not None
        assert listing.title == "Trash"
        await press_into_dialog(pilot, "d")
        assert isinstance(pilot.app.screen, ConfirmScreen)
        await press(pilot, "n")
        assert place.mailbox_of(first) == "Trash"
        await press_into_dialog(pilot, "d")
        await press(pilot, "y")
        assert place.mailbox_of(first) is None
        assert [operation.kind for operation in place.store.mail.read(journal.list_queue)] == ["move", "delete"]


async def test_delete_for_good_needs_a_yes(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "D")
        assert "The server cannot give it back." in str(pilot.app.screen.query_one("#question").render())
        await press(pilot, "enter", "escape")
        assert place.mailbox_of(first) == "INBOX"
        await press_into_dialog(pilot, "D")
        await press(pilot, "y")
        assert place.mailbox_of(first) is None
        assert main_screen(pilot).messages.current_id == second


async def test_junk(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "J", "exclamation_mark")
        assert place.mailbox_of(first) == place.mailbox_of(second) == "Junk"


async def test_move_by_a_few_letters_then_recent_first(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "m", "u", "s", "e", "r")
        assert isinstance(pilot.app.screen, MailboxPicker)
        await press(pilot, "enter")
        assert place.mailbox_of(first) == "Lists/users"
        await press_into_dialog(pilot, "m")
        await press(pilot, "enter")
        assert place.mailbox_of(second) == "Lists/users"


async def test_escape_leaves_the_picker_and_everything_as_it_was(place: Place, make_app: MakeApp) -> None:
    before = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "m", "w")
        await press(pilot, "escape")
        assert place.ids("INBOX") == before
        assert pilot.app.screen is main_screen(pilot)


async def test_copy_leaves_the_original_and_moves_on(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "C", "w", "o", "r", "k")
        await press(pilot, "enter")
        assert place.mailbox_of(first) == "INBOX"
        assert len(place.ids("Work")) == 1
        assert main_screen(pilot).messages.current_id == second


async def test_seen_and_flag_toggle(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "s")
        assert place.flags(first) == ["\\Seen"]
        await press(pilot, "f")
        assert place.flags(first) == ["\\Flagged", "\\Seen"]
        await press(pilot, "f", "s", "j", "s")
        # The same key on the same message takes it back; the next one is chosen by hand.
        assert place.flags(first) == []
        assert place.flags(second) == []


async def test_marked_messages_are_changed_together(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "space", "j", "space", "j", "v", "j", "v")
        assert main_screen(pilot).messages.marks == 4
        await press(pilot, "a")
        assert place.ids("INBOX") == [ids[1], ids[3], *ids[6:]]
        assert main_screen(pilot).messages.marks == 0
        assert toasts(pilot) == ["4 messages moved to Archive"]


async def test_mark_all_flag_and_escape(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "asterisk", "a", "f")
        assert all("\\Flagged" in place.flags(id_) for id_ in ids)
        assert main_screen(pilot).messages.marks == 0
        await press(pilot, "asterisk", "a", "escape", "a")
        assert len(place.ids("INBOX")) == len(ids) - 1


async def test_undo_goes_back_to_what_it_restored(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "j", "a", "u")
        assert screen.messages.current_id == ids[2]
        assert "Letter 2" in screen.preview.text
        await press(pilot, "space", "j", "space", "d", "end", "u")
        assert screen.messages.current_id == ids[2]
        assert "Letter 2" in screen.preview.text
        await press(pilot, "s", "u")
        assert screen.messages.current_id == ids[2]
        await press(pilot, "a", "1", "end", "enter", "u")
        assert screen.messages.current_id is None


async def test_undo_leads_nobody_away_who_went_on(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "a")
        gate = asyncio.Event()
        read_later = screen.desk.session.read_later

        async def slow(function: Callable[[Connection], object]) -> object:
            await gate.wait()
            return await read_later(function)

        screen.desk.session.read_later = slow  # type: ignore[method-assign, assignment]
        await pilot.press("u", "j", "j")
        gate.set()
        await settle(pilot)
        assert screen.messages.line_count == len(ids)
        assert screen.messages.current_id == ids[3]


async def test_a_range_shows_from_its_first_key_on(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)

        def marked() -> list[int]:
            """The lines that the terminal shows as marked."""
            lines = screen._compositor.render_strips()
            here = screen.messages.region
            return [y for y in range(here.height) if lines[here.y + y].text[here.x] == "▌"]

        await press(pilot, "v")
        assert marked() == [0]
        assert "range: 1" in right_text(screen.query_one(StatusLine).status)
        await press(pilot, "j", "j")
        assert marked() == [0, 1, 2]
        assert "range: 3" in right_text(screen.query_one(StatusLine).status)
        await press(pilot, "k")
        assert marked() == [0, 1]
        await press(pilot, "escape")
        assert marked() == []
        assert "range" not in right_text(screen.query_one(StatusLine).status)


async def test_what_is_there_already_is_not_moved(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "g", "a", "a")
        assert toasts(pilot)[-1] == "Already in Archive."
        assert len(place.store.mail.read(journal.list_queue)) == 1


async def test_keys_of_the_text_say_where_they_work(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "V")
        assert toasts(pilot) == ["Open the message first (enter)."]
        pilot.app.clear_notifications()
        await press(pilot, "enter", "V", "escape")
        assert toasts(pilot) == ["Shown: the source"]


async def test_keys_of_the_list_say_where_they_work(place: Place, make_app: MakeApp) -> None:
    before = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "1", "a")
        assert toasts(pilot) == ["Go to the messages first (tab)."]
        assert place.ids("INBOX") == before
        pilot.app.clear_notifications()
        await press(pilot, "down", "up", "space", "enter", "1", "question_mark", "escape")
        assert toasts(pilot) == []


async def test_undo_says_what_it_took_back(place: Place, make_app: MakeApp) -> None:
    before = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "d", "u")
        assert toasts(pilot) == ["Undone: 1 message moved to Trash"]
        await press(pilot, "u")
        assert place.ids("INBOX") == before
        assert main_screen(pilot).messages.line_count == len(before)
        await press(pilot, "u")
        assert toasts(pilot) == ["There is nothing to undo."]


async def test_opening_marks_as_seen_and_moving_does_not(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "j", "j", "j", "k", "k", "k")
        assert place.flags(ids[0]) == place.flags(ids[3]) == []
        await press(pilot, "enter")
        assert place.flags(ids[0]) == ["\\Seen"]
        await press(pilot, "j", "j", "j")
        assert place.flags(ids[3]) == ["\\Seen"]
        assert "Letter 3" in main_screen(pilot).preview.text
        await press(pilot, "a")
        assert place.mailbox_of(ids[3]) == "Archive"
        assert "Letter 4" in main_screen(pilot).preview.text


async def test_next_and_previous_unseen(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        messages = main_screen(pilot).messages
        await press(pilot, "j", "n")
        assert messages.current_id == ids[3]
        await press(pilot, "p")
        assert messages.current_id == ids[0]
        await press(pilot, "p")
        assert messages.current_id == ids[9]
        await press(pilot, "n")
        assert messages.current_id == ids[0]
