"""Keys at the mailboxes: make, rename, delete, subscribe; dialogs, toasts, undo."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Place, Sample, deliver, plain
from tuimail.store import journal, mailboxes
from tuimail.ui.screens.ask_text import AskTextScreen
from tuimail.ui.screens.confirm import ConfirmScreen


def names(place: Place) -> list[str]:
    return [mailbox.name for mailbox in place.store.mail.read(mailboxes.list_mailboxes)]


def kinds(place: Place) -> list[str]:
    return [operation.kind for operation in place.store.mail.read(journal.list_queue)]


async def go_to(pilot: Pilot[None], name: str) -> None:
    """Put the tree's cursor on a mailbox."""
    await press(pilot, "1", "home")
    tree = main_screen(pilot).mailboxes
    while (row := tree.current_row) is None or row.key[1] != name:
        before = tree.cursor
        await press(pilot, "j")
        assert tree.cursor != before, f"there is no {name}"


def row_name(pilot: Pilot[None]) -> str:
    row = main_screen(pilot).mailboxes.current_row
    assert row is not None
    return row.key[1]


async def type_name(pilot: Pilot[None], name: str) -> None:
    pilot.app.screen.query_one(Input).value = name
    await press(pilot, "enter")


async def test_a_mailbox_is_made_beside_the_current_one_and_unmade(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "Work/2024")
        await press_into_dialog(pilot, "n")
        assert isinstance(pilot.app.screen, AskTextScreen)
        assert pilot.app.screen.query_one(Input).value == "Work/"
        await press(pilot, "2", "0", "2", "5", "enter")
        assert toasts(pilot) == ["Mailbox Work/2025 created"]
        assert "Work/2025" in names(place)
        await press(pilot, "u")
        assert toasts(pilot) == ["Undone: Mailbox Work/2025 created"]
        assert "Work/2025" not in names(place)
        assert kinds(place) == []


async def test_a_renamed_mailbox_keeps_the_cursor_and_what_is_below_it(place: Place, make_app: MakeApp) -> None:
    deliver(place, "Work/2024", [Sample(plain("Plan"), 60)])
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "Work")
        await press_into_dialog(pilot, "R")
        assert pilot.app.screen.query_one(Input).value == "Work"
        await type_name(pilot, "A job")
        assert toasts(pilot) == ["Mailbox Work renamed to A job"]
        assert row_name(pilot) == "A job"
        assert {"A job", "A job/2024"} <= set(names(place))
        await press(pilot, "j")
        assert row_name(pilot) == "A job/2024"
        assert main_screen(pilot).messages.line_count == 1
        await press(pilot, "u")
        assert {"Work", "Work/2024"} <= set(names(place))
        assert kinds(place) == []


async def test_a_mailbox_that_is_deleted_leaves_the_screen_and_comes_back(place: Place, make_app: MakeApp) -> None:
    ids = deliver(place, "Work", [Sample(plain(f"Plan {number}", number=number), 60) for number in range(3)])
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "Work")
        assert main_screen(pilot).messages.line_count == 3
        await press_into_dialog(pilot, "d")
        question = "Delete Work? 3 messages in it would go to the trash."
        assert question in str(pilot.app.screen.query_one("#question").render())
        await press(pilot, "n")
        assert "Work" in names(place)
        await press_into_dialog(pilot, "d")
        await press(pilot, "y")
        assert toasts(pilot) == ["Mailbox Work deleted, 3 messages moved to Trash"]
        assert "Work" not in names(place)
        listing = main_screen(pilot).desk.listing
        assert listing is not None
        assert listing.title != "Work"
        assert {place.mailbox_of(id_) for id_ in ids} == {"Trash"}
        await press(pilot, "u")
        assert {place.mailbox_of(id_) for id_ in ids} == {"Work"}
        assert kinds(place) == []
        # What was open is open again.
        listing = main_screen(pilot).desk.listing
        assert listing is not None
        assert listing.title == "Work"
        assert main_screen(pilot).messages.line_count == 3


async def test_deleting_in_the_trash_asks_first(place: Place, make_app: MakeApp) -> None:
    (id_,) = deliver(place, "Trash", [Sample(plain("Old"), 60)])
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "Trash")
        await press_into_dialog(pilot, "d")
        assert isinstance(pilot.app.screen, ConfirmScreen)
        assert "Delete Trash and 1 message in it for good?" in str(pilot.app.screen.query_one("#question").render())
        await press(pilot, "n")
        assert place.mailbox_of(id_) == "Trash"
        await press_into_dialog(pilot, "d")
        await press(pilot, "y")
        assert "Trash" not in names(place)
        assert place.mailbox_of(id_) is None
        assert kinds(place) == ["delete_mailbox"]


async def test_deleting_a_mailbox_with_a_special_use_asks_first_even_when_it_is_empty(
    place: Place, make_app: MakeApp
) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "Trash")
        await press_into_dialog(pilot, "d")
        assert isinstance(pilot.app.screen, ConfirmScreen)
        assert "Delete Trash, the account's trash mailbox?" in str(pilot.app.screen.query_one("#question").render())
        await press(pilot, "n")
        assert "Trash" in names(place)
        await press_into_dialog(pilot, "d")
        await press(pilot, "y")
        assert "Trash" not in names(place)


async def test_renaming_inbox_is_refused_before_a_name_is_typed(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "INBOX")
        await press(pilot, "R")
        assert pilot.app.screen is main_screen(pilot)
        (told,) = toasts(pilot)
        assert told.startswith("The inbox cannot be renamed")


async def test_subscribe_and_unsubscribe(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "Lists")
        await press(pilot, "s")
        assert toasts(pilot) == ["Unsubscribed from Lists"]
        assert kinds(place) == ["unsubscribe"]
        await press(pilot, "s")
        assert toasts(pilot) == ["Subscribed to Lists"]
        assert kinds(place) == []


async def test_what_cannot_be_is_told_and_changes_nothing(place: Place, make_app: MakeApp) -> None:
    before = names(place)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await go_to(pilot, "Work")
        await press_into_dialog(pilot, "R")
        await type_name(pilot, "Lists")
        assert toasts(pilot) == ["There is a mailbox 'Lists' already. Choose another name."]
        await go_to(pilot, "INBOX")
        await press(pilot, "d")
        assert toasts(pilot)[-1] == "The inbox cannot be deleted: every account has one."
        await press_into_dialog(pilot, "n")
        await press(pilot, "x", "escape")
        await press_into_dialog(pilot, "n")
        await press_into_dialog(pilot, "enter")
        assert isinstance(pilot.app.screen, AskTextScreen), "no name is no answer"
        await press(pilot, "escape", "home", "d")
        assert toasts(pilot)[-1] == "Go to a mailbox first."
        assert names(place) == before
        assert kinds(place) == []
