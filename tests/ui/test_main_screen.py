"""The main screen follows the store and the terminal's size."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest
from textual import events

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import NOW, Place, Sample, add_body, deliver, make_place, plain
from tuimail.config.schema import Config, Layout, Ui
from tuimail.model.errors import StoreError
from tuimail.model.ids import AccountId
from tuimail.store import accounts, journal, messages
from tuimail.store.accounts import AccountState
from tuimail.store.store import Store
from tuimail.ui.commands.desk import Pane
from tuimail.ui.screens.help import HelpList
from tuimail.ui.screens.main import MainScreen
from tuimail.ui.widgets.queue_list import OperationList
from tuimail.ui.widgets.status_line import StatusLine, right_text


def vanish(place: Place, mailbox: str, *uids: int) -> None:
    """The server says that these are gone."""
    gone = [place.ids(mailbox)[uid - 1] for uid in uids]
    place.store.mail.write(lambda connection: messages.vanish(connection, gone, now=NOW), durable=False)


async def test_the_first_screen_comes_from_the_store(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert screen.messages.line_count == 12
        assert "Letter 0" in screen.preview.text
        assert screen.mailboxes.line_count == 12
        assert right_text(screen.query_one(StatusLine).status) == "Inbox 1/12"


async def test_cursor_stays_while_five_hundred_messages_arrive(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "j", "j", "j")
        current = screen.messages.current_id
        for batch in range(5):
            samples = [Sample(plain(f"New {batch} {n}", number=n), -n - batch * 100) for n in range(100)]
            deliver(place, "INBOX", samples, first_uid=1000 + batch * 100, with_bodies=False)
            await settle(pilot)
            assert screen.messages.current_id == current
        assert screen.messages.line_count == 512
        assert screen.messages.cursor == 504
        assert "Letter 4" in screen.preview.text
        top, height = screen.messages.scroll_offset.y, screen.messages.size.height
        assert top <= 504 < top + height


async def test_a_message_deleted_elsewhere_gives_way_to_the_next(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j")
        vanish(place, "INBOX", 2)
        await settle(pilot)
        assert screen.messages.current_id == ids[2]
        assert "Letter 2" in screen.preview.text


async def test_a_message_that_vanishes_while_it_is_read_stays_on_the_screen(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "enter")
        vanish(place, "INBOX", 2)
        await settle(pilot)
        assert screen.preview.text.startswith("This message is no longer in this mailbox")
        assert "Letter 1" in screen.preview.text
        before = place.ids("INBOX")
        await press(pilot, "a")
        assert place.ids("INBOX") == before
        assert "no longer in this mailbox" in toasts(pilot)[0]
        await press(pilot, "j")
        assert screen.messages.current_id == ids[2]
        assert "Letter 2" in screen.preview.text


async def test_layouts_follow_the_width(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        panes = (screen.mailboxes, screen.messages, screen.preview)
        tree, messages_, preview = (pane.region for pane in panes)
        assert tree.right <= messages_.x
        assert messages_.right <= preview.x
        assert tree.y == messages_.y == preview.y
        for width, height in ((119, 40), (80, 24)):
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            assert screen.preview.region.y >= screen.messages.region.bottom
            assert screen.preview.region.x == screen.messages.region.x
            assert screen.mailboxes.region.height == height - 2
        for width, height in ((79, 24), (40, 10), (20, 5)):
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            assert [pane.display for pane in panes] == [False, True, False]
            assert screen.messages.size == (width, height - (2 if height > 5 else 1))
        await pilot.resize_terminal(140, 40)
        await settle(pilot)
        assert all(pane.display for pane in panes)
        assert [pane.region for pane in panes] == [tree, messages_, preview]


async def test_one_pane_at_a_time_when_narrow(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(40, 12)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "enter")
        assert (screen.desk.pane, screen.preview.has_focus) == (Pane.PREVIEW, True)
        assert not screen.messages.display
        await press(pilot, "escape", "escape")
        assert (screen.desk.pane, screen.mailboxes.has_focus) == (Pane.MAILBOXES, True)
        await press(pilot, "end", "enter")
        assert (screen.desk.pane, screen.messages.has_focus) == (Pane.MESSAGES, True)
        assert screen.desk.listing is not None
        assert screen.desk.listing.mailboxes[0].name == "Work/2024"
        await press(pilot, "escape", "tab", "tab", "shift+tab")
        assert screen.desk.pane is Pane.MESSAGES


@pytest.mark.parametrize(("layout", "stacked"), [(Layout.WIDE, False), (Layout.TALL, True)])
async def test_the_layout_can_be_set(place: Place, make_app: MakeApp, layout: Layout, stacked: bool) -> None:
    app = make_app(place, config=Config(ui=Ui(layout=layout)))
    async with app.run_test(size=(119 if layout is Layout.WIDE else 150, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert (screen.preview.region.y > screen.messages.region.y) is stacked


async def test_a_body_that_is_not_here_is_asked_for_and_shown_when_it_comes(place: Place, make_app: MakeApp) -> None:
    octets = plain("Not here", number=77, text="The text came later.\r\n")
    (id_,) = deliver(place, "INBOX", [Sample(octets, -60)], first_uid=500, with_bodies=False)
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert screen.messages.current_id == id_
        assert "Subject  Not here" in screen.preview.text
        assert "It comes when the account is connected." in screen.preview.text
        add_body(place.store, id_, octets)
        await settle(pilot)
        assert "The text came later." in screen.preview.text


async def test_a_full_disk_is_told_and_changes_nothing(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place.ids("INBOX")
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)

        def full(*_args: object, **_kwargs: object) -> None:
            raise StoreError("The disk is full: nothing was changed.", hint="Free some space.")

        monkeypatch.setattr(place.store.mail, "write", full)
        await press(pilot, "a", "s")
        assert toasts(pilot) == ["The disk is full: nothing was changed. Free some space."] * 2
        monkeypatch.undo()
        assert place.ids("INBOX") == before
        assert main_screen(pilot).messages.current_id == before[0]


async def test_status_line_follows_the_engine_and_the_queue(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "d")
        place.store.mail.write(
            partial(
                accounts.set_status, account_id=place.account_id, state=AccountState.SYNCING, now=NOW,
                activity="INBOX", done=5, todo=10,
            ),
            durable=False,
        )  # fmt: skip
        await settle(pilot)
        status = main_screen(pilot).query_one(StatusLine).status
        assert status.waiting == 2
        assert status.accounts[0].done == 5


async def test_the_queue_holds_retries_and_discards(place: Place, make_app: MakeApp) -> None:
    first = place.ids("INBOX")[0]
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "Q")

        def states() -> list[str]:
            return [operation.state for operation in place.store.mail.read(journal.list_queue)]

        await press(pilot, "h")
        assert states() == ["held"]
        await press(pilot, "r")
        assert states() == ["waiting"]
        await press(pilot, "x")
        assert states() == []
        assert place.mailbox_of(first) == "INBOX"
        await press(pilot, "escape")
        assert pilot.app.screen is main_screen(pilot)
        assert main_screen(pilot).messages.line_count == 12


async def test_help_palette_and_themes_open_and_close(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        assert type(pilot.app.screen).__name__ == "HelpScreen"
        await press(pilot, "escape", "T")
        await press(pilot, "down")
        assert pilot.app.theme != "tuimail-dark"
        await press(pilot, "escape")
        assert pilot.app.theme == "tuimail-dark"
        await press(pilot, "ctrl+p")
        assert type(pilot.app.screen).__name__ == "PaletteScreen"
        await press(pilot, "escape")
        assert pilot.app.screen is main_screen(pilot)


async def test_without_an_account_the_screen_says_how_to_begin(tmp_path: Path, make_app: MakeApp) -> None:
    empty = Place(Store(tmp_path / "none"), AccountId(0), {})
    async with make_app(empty, config=Config()).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        welcome = screen.query_one("#welcome")
        assert welcome.display
        assert not screen.query_one("#panes").display
        assert "/home/sam/.config/tuimail/config.toml" in str(welcome.render())
        assert "tuimail demo" in str(welcome.render())
    empty.store.close()


async def test_before_the_first_sync(tmp_path: Path, make_app: MakeApp) -> None:
    bare = make_place(tmp_path / "bare", names=())
    async with make_app(bare).run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert "No mailboxes yet." in screen.messages.render_line(1).text
        make_place(tmp_path / "bare", names=("INBOX",)).store.close()
        await settle(pilot)
        assert screen.desk.listing is not None
        assert "Nothing here yet." in screen.messages.render_line(1).text
        assert "No message is selected." in screen.preview.text
    bare.store.close()


async def test_an_error_is_told_whole_where_nothing_is_listed(tmp_path: Path, make_app: MakeApp) -> None:
    bare = make_place(tmp_path / "bare", names=())
    error = "The server imap.example.net refused the password of sam@example.net. Check it with the provider."
    bare.store.mail.write(
        partial(
            accounts.set_status, account_id=bare.account_id, state=AccountState.FAILED, now=NOW, error=error,
        ),
        durable=False,
    )  # fmt: skip
    async with make_app(bare).run_test(size=(60, 16)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        lines = [screen.messages.render_line(y).text.strip() for y in range(screen.messages.size.height)]
        assert f"home: {error}" in " ".join(lines)
        assert "f5 tries again." in lines
    bare.store.close()


async def test_the_queue_names_the_messages(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "space", "space", "space", "f")
        await press_into_dialog(pilot, "D")
        await press(pilot, "y")
        await press(pilot, "Q")
        rows = [row.text for row in pilot.app.screen.query_one(OperationList).rows]
        assert rows == [
            "home: move to Archive · Ada Quill: Letter 0",
            "home: flag in Inbox · Letter 1 + 2 more",
            "home: delete in Inbox (1 message)",
        ]


async def test_an_attachment_says_how_it_is_saved(place: Place, make_app: MakeApp) -> None:
    octets = (
        b"From: Ada Quill <ada@example.org>\r\nSubject: Dates\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nSee below.\r\n--x\r\n"
        b'Content-Type: text/csv\r\nContent-Disposition: attachment; filename="dates.csv"\r\n\r\n'
        b"monday,12\r\n--x--\r\n"
    )
    deliver(place, "INBOX", [Sample(octets, -60)], first_uid=700)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        text = main_screen(pilot).preview.text
        assert "Attached dates.csv, text/csv, 9 B\n" in text
        assert text.count("o lists and opens, S saves") == 1


async def test_a_low_preview_shows_text_and_a_key_shows_the_header(place: Place, make_app: MakeApp) -> None:
    octets = (
        b"From: Ada Quill <ada@example.org>\r\nTo: Sam Reed <sam@example.net>, Bo Lind <bo@example.net>,"
        b" Cy Vane <cy@example.net>\r\nSubject: Dates\r\n\r\nSee below.\r\n"
    )
    deliver(place, "INBOX", [Sample(octets, -60)], first_uid=700)
    async with make_app(place).run_test(size=(50, 12)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        preview = main_screen(pilot).preview
        short = preview.text.split("\n\n")[0].split("\n")
        assert [line.split()[0] for line in short] == ["From", "Subject", "Date"]
        assert short[2].endswith("+2")
        assert all(len(line) <= preview.text_cells for line in short)
        await press(pilot, "H")
        assert "To       Sam Reed <sam@example.net>, Bo Lind" in preview.text
        await press(pilot, "H")
        assert preview.text.split("\n\n")[0].split("\n") == short


async def test_text_of_an_empty_queue_is_wrapped(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(30, 8)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        queue = pilot.app.screen.query_one(OperationList)
        text = " ".join(queue.render_line(y).text.strip() for y in range(queue.size.height)).strip()
        assert text == "Nothing waits: the servers have confirmed every change."


async def test_the_page_of_keys_keeps_its_columns_apart(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        help_ = pilot.app.screen.query_one(HelpList)
        lines = [help_.render_line(line).text for line in range(help_.size.height)]
        assert any(line.startswith("  home  g g          First  ") for line in lines)


async def test_a_notice_is_shown(place: Place, make_app: MakeApp) -> None:
    async with make_app(place, notice="Another engine syncs [home] already.").run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert toasts(pilot) == ["Another engine syncs [home] already."]


async def test_styles_are_looked_up_again_only_when_the_screen_comes_back(
    make_app: MakeApp, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers: list[str] = []
    look_up = MainScreen.update_node_styles

    def note(screen: MainScreen, animate: bool = True) -> None:
        callers.append(sys._getframe(1).f_code.co_name)
        look_up(screen, animate)

    monkeypatch.setattr(MainScreen, "update_node_styles", note)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert "_on_screen_resume" not in callers
        main_screen(pilot).post_message(events.ScreenResume())
        await settle(pilot)
        assert "_on_screen_resume" in callers
