"""Several accounts on one screen: views of all of them, colours, order, hiding, and a fault that stays where it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Sample, add_account, deliver, make_place, plain
from tests.ui.several_accounts import CONFIG, ThreePlaces, add_pop3, download, make_three
from tests.ui.test_app import FakeLink
from tuimail.config.load import load_config
from tuimail.config.schema import Config
from tuimail.model.hints import Hint, HintKind
from tuimail.store import accounts, journal, local, messages
from tuimail.store.accounts import AccountState
from tuimail.store.store import Store
from tuimail.ui.app import TuimailApp
from tuimail.ui.screens.mailbox_picker import ChoiceList
from tuimail.ui.session import Session
from tuimail.ui.widgets.status_line import left_text, right_text


@pytest.fixture
def three(tmp_path: Path) -> Iterator[ThreePlaces]:
    store = Store(tmp_path / "data")
    yield make_three(store)
    store.close()


@pytest.fixture
def app(three: ThreePlaces, make_app: MakeApp) -> MakeApp:
    """The app on the three, in their configuration unless another is given."""
    return partial(make_app, three.work, config=CONFIG)


def with_account(name: str, **changes: object) -> Config:
    """The configuration with something else in one account's table."""
    account = msgspec.structs.replace(CONFIG.accounts[name], **changes)
    return msgspec.structs.replace(CONFIG, accounts={**CONFIG.accounts, name: account})


def tree(pilot: Pilot[None]) -> list[str]:
    """The lines of the tree, without what pads them."""
    widget = main_screen(pilot).mailboxes
    lines = (widget.render_line(y).text.replace("▎", " ").replace("›", " ") for y in range(widget.line_count))
    return [" ".join(line.split()) for line in lines]


def rows(pilot: Pilot[None]) -> list[str]:
    """The lines of the message list."""
    widget = main_screen(pilot).messages
    return [widget.render_line(y).text for y in range(widget.line_count)]


async def go_to(pilot: Pilot[None], label: str) -> None:
    """Put the tree's cursor on a row by what stands in it."""
    await press(pilot, "1")
    main_screen(pilot).mailboxes.cursor = next(
        index for index, line in enumerate(tree(pilot)) if line.removeprefix("▾ ").startswith(label)
    )
    await settle(pilot)


def headings(pilot: Pilot[None]) -> list[str]:
    """The accounts in the tree."""
    return [line.split()[1] for line in tree(pilot) if line[0] in "▸▾" and "All accounts" not in line]


def status(pilot: Pilot[None]) -> str:
    return left_text(main_screen(pilot).status_line.status)


async def test_all_inboxes_are_listed_first(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert list(screen.messages.model.ids) == three.inboxes()
        assert [row.lstrip("› ●").split()[:2] for row in rows(pilot)[:3]] == [
            ["▎work", "Ines"],
            ["▎home", "Zoë"],
            ["▎old", "Harbour"],
        ]
        assert tree(pilot)[:8] == [
            "▾ All accounts", "All inboxes 3", "All drafts", "All sent", "All archives", "All junk", "All trash",
            "▾ work",
        ]  # fmt: skip
        assert right_text(screen.status_line.status) == "All inboxes 1/9"


async def test_with_one_account_nothing_is_marked_or_unified(tmp_path: Path, make_app: MakeApp) -> None:
    place = make_place(tmp_path / "one")
    deliver(place, "INBOX", [Sample(plain("Alone"), 60)])
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert tree(pilot)[:2] == ["home", "Inbox 1"]
        assert "▎" not in rows(pilot)[0]
        assert "home" not in rows(pilot)[0]
    place.store.close()


async def test_each_message_goes_to_its_own_account(three: ThreePlaces, app: MakeApp) -> None:
    newest = three.inboxes()
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        for key, mailbox, ids in (
            ("a", "Archive", newest[:3]), ("J", "Junk", newest[3:6]), ("d", "Trash", newest[6:9]),
        ):  # fmt: skip
            for id_, place in zip(ids, three.all, strict=True):
                assert main_screen(pilot).messages.current_id == id_
                await press(pilot, key)
                assert place.mailbox_of(id_) == mailbox
        assert three.inboxes() == []
        # What the store alone has is done; the rest waits for its servers.
        queue = three.store.mail.read(journal.list_queue)
        assert [one.account for one in queue if one.kind == "move"] == ["work", "home"] * 3
        assert [(one.account, one.argument) for one in queue if one.kind == "flag"] == [
            ("work", "+$Junk"), ("home", "+$Junk"),
        ]  # fmt: skip


async def test_marks_across_accounts_are_one_change_and_one_undo(three: ThreePlaces, app: MakeApp) -> None:
    before = three.inboxes()
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "space", "space", "space", "d")
        assert [place.mailbox_of(id_) for place, id_ in zip(three.all, before, strict=False)] == ["Trash"] * 3
        assert toasts(pilot) == ["3 messages moved to Trash"]
        assert screen.messages.current_id == before[3]
        await go_to(pilot, "All trash")
        assert list(screen.messages.model.ids) == before[:3]
        await press(pilot, "2", "u")
        assert three.inboxes() == before
        assert screen.messages.line_count == 0
        await go_to(pilot, "All inboxes")
        assert list(screen.messages.model.ids) == before


async def test_deleting_in_all_trash_asks(three: ThreePlaces, app: MakeApp) -> None:
    first, second, *_ = three.inboxes()
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "d", "d")
        await go_to(pilot, "All trash")
        await press(pilot, "2", "space", "space")
        await press_into_dialog(pilot, "d")
        assert "Delete 2 messages for good?" in str(pilot.app.screen.query_one("#question").render())
        await press(pilot, "y")
        assert (three.work.mailbox_of(first), three.home.mailbox_of(second)) == (None, None)
        await go_to(pilot, "All archives")
        await press(pilot, "2", "a")
        assert toasts(pilot)[-1] == "No message is selected."


async def test_flags_and_reading_in_a_view_of_all(three: ThreePlaces, app: MakeApp) -> None:
    ids = three.inboxes()
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "space", "space", "space", "f")
        assert [place.flags(id_) for place, id_ in zip(three.all, ids, strict=False)] == [["\\Flagged", "\\Seen"]] * 3
        await press(pilot, "home", "n", "enter")
        assert "Quarterly figures 1" in main_screen(pilot).preview.text
        assert three.work.flags(ids[3]) == ["\\Seen"]
        assert tree(pilot)[1] == "All inboxes 2"


async def test_the_cursor_stays_whatever_comes_into_any_account(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "j", "j")
        current = screen.messages.current_id
        for number, place in enumerate(three.all):
            samples = [Sample(plain(f"New {number} {n}", number=1000 * number + n), -n) for n in range(40)]
            if place is three.old:
                download(place, "INBOX", samples)
            else:
                deliver(place, "INBOX", samples, first_uid=100)
            await settle(pilot)
            assert screen.messages.current_id == current
            assert list(screen.messages.model.ids) == three.inboxes()
        assert screen.messages.cursor == 123


async def test_what_leaves_one_inbox_elsewhere_leaves_the_view(three: ThreePlaces, app: MakeApp) -> None:
    first, second, *_ = three.inboxes()
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        three.store.mail.write(partial(messages.vanish, ids=[first], now=0), durable=False)
        await settle(pilot)
        assert main_screen(pilot).messages.current_id == second


async def test_moving_offers_the_own_account_first_and_names_the_others(three: ThreePlaces, app: MakeApp) -> None:
    first, second, third, *_ = three.inboxes()
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "j", "m")
        labels = [choice.label for choice in pilot.app.screen.query_one(ChoiceList).choices]
        # Where it is already is no choice.
        own = ["Drafts", "Sent", "Archive", "Junk", "Trash", "Lists"]
        assert labels[:8] == [*(f"{name} (home)" for name in own), "Inbox (work)", "Drafts (work)"]
        assert labels[-1] == "Trash (old)"
        await press(pilot, "l", "i", "s", "t", "s", "enter")
        assert three.home.mailbox_of(second) == "Lists"
        assert (three.work.mailbox_of(first), three.old.mailbox_of(third)) == ("INBOX", "INBOX")
        # Of several accounts together: each is named.
        await press(pilot, "home", "space", "space")
        await press_into_dialog(pilot, "m")
        labels = [choice.label for choice in pilot.app.screen.query_one(ChoiceList).choices]
        assert labels[:2] == ["Lists (home)", "Inbox (work)"]


async def test_accounts_stand_in_their_order(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert headings(pilot) == ["work", "home", "old"]
    async with app(config=with_account("old", order=0)).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert headings(pilot) == ["old", "work", "home"]


async def test_a_hidden_account_is_listed_nowhere_until_it_is_asked_for(three: ThreePlaces, app: MakeApp) -> None:
    three.set_state(three.home, AccountState.OFFLINE, error="The server refused the password.")
    async with app(config=with_account("home", hidden=True)).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert headings(pilot) == ["work", "old"]
        assert screen.messages.line_count == 6
        # It is synced like the others: what is wrong with it is told.
        assert status(pilot) == "home: ! The server refused the password."
        await press(pilot, "1", "H")
        assert headings(pilot) == ["work", "home", "old"]
        assert screen.messages.line_count == 9
        assert toasts(pilot) == ["home: shown"]
        await go_to(pilot, "home")
        await press(pilot, "down")
        assert screen.messages.line_count == 3
        # What was listed is hidden with its account.
        await press(pilot, "1", "H")
        assert headings(pilot) == ["work", "old"]
        assert right_text(screen.status_line.status) == "All inboxes 1/6"


async def test_hiding_needs_somebody_to_hide(app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "1", "H")
        assert toasts(pilot) == ["No account is hidden: `hidden = true` in an account's table hides it."]


async def test_accounts_fold_by_key_and_by_mouse(app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "work")
        await press(pilot, "space")
        assert tree(pilot)[7:10] == ["▸ work 1", "▾ home", "Inbox 1"]
        for label in ("home", "All accounts"):
            line = next(index for index, text in enumerate(tree(pilot)) if label in text)
            await pilot.click("#mailboxes", offset=(6, line))
            await settle(pilot)
        assert tree(pilot)[:4] == ["▸ All accounts 3", "▸ work 1", "▸ home 1", "▾ old"]
        await pilot.click("#mailboxes", offset=(6, 4))
        await settle(pilot)
        assert right_text(main_screen(pilot).status_line.status) == "Inbox 1/3"
        await pilot.click("#mailboxes", offset=(1, 1))
        await settle(pilot)
        assert tree(pilot)[1:3] == ["▾ work", "Inbox 1"]


async def test_where_room_is_short_a_letter_stands_for_the_account(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(44, 14)) as pilot:
        await settle(pilot)
        assert [row[5:7] for row in rows(pilot)[:3]] == ["▎W", "▎H", "▎O"]


async def test_trouble_of_one_account_is_told_at_that_account(three: ThreePlaces, app: MakeApp) -> None:
    ids = three.inboxes()
    three.set_state(three.home, AccountState.FAILED, error="The server imap.example.net refused the password.")
    told = "! f5 tries again: The server imap.example.net refused the password."
    three.set_state(three.old, AccountState.SYNCING, activity="maildrop")
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert [line for line in tree(pilot) if line.startswith("▾")][1:] == [
            "▾ work", "▾ home failed !", "▾ old syncing …",
        ]  # fmt: skip
        told = "home: ! f5 tries again: The server imap.example.net refused the password."
        assert status(pilot) == f"{told}  old: maildrop"
        # The others go on, and its own mail is read and changed as ever.
        await press(pilot, "a", "a", "a")
        assert [place.mailbox_of(id_) for place, id_ in zip(three.all, ids, strict=False)] == ["Archive"] * 3
        await go_to(pilot, "work")
        assert status(pilot) == "work: connected"
        await go_to(pilot, "home")
        assert status(pilot) == told


async def test_pop3_checks_now_and_then(three: ThreePlaces, app: MakeApp) -> None:
    link = FakeLink()
    async with app(link=link).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert status(pilot) == "work, home: connected  old: checks every 5 minutes"
        opened = [hint.id for hint in link.sent if hint.kind is HintKind.OPEN_MAILBOX]
        assert opened == [place.mailbox_ids["INBOX"] for place in three.all]
        await press(pilot, "f5")
        assert link.sent[-1] == Hint(HintKind.REFRESH)


async def test_what_is_wrong_can_be_read_in_full(three: ThreePlaces, app: MakeApp) -> None:
    error = (
        "Account home: The certificate of imap.example.net has changed: it is sha256:1f, and you trust sha256:2e."
        " Nothing was sent. Somebody may be listening in. [If] whoever runs the server has renewed it, compare the"
        " fingerprints, and run `tuimail account trust home`."
    )
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "E")
        assert toasts(pilot) == ["No account is in trouble."]
        three.set_state(three.home, AccountState.FAILED, error=error)
        three.set_state(three.old, AccountState.OFFLINE, error="old.example refused the connection.")
        await settle(pilot)
        line = main_screen(pilot).status_line.render_line(0).text
        assert "home: ! The certificate of imap.example.net" in line
        assert "trust home" not in line
        assert "… (E: all)" in line
        await press(pilot, "E")
        told = "\n".join(str(one.visual) for one in pilot.app.screen.query(Static))
        assert f"home\n{error.removeprefix('Account home: ')}\nAfter that, f5 tries again." in told
        assert "old\nold.example refused the connection.\nIt is tried again by itself." in told
        await press(pilot, "escape")
        assert pilot.app.screen is main_screen(pilot)


async def test_a_trouble_that_fits_needs_no_key(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        three.set_state(three.old, AccountState.OFFLINE, error="old.example refused the connection.")
        await settle(pilot)
        line = main_screen(pilot).status_line.render_line(0).text
        assert "old: ! old.example refused the connection." in line
        assert "(E" not in line


async def test_a_refresh_takes_in_what_was_written_to_the_configuration(three: ThreePlaces, tmp_path: Path) -> None:
    path, link = tmp_path / "config.toml", FakeLink()
    entry = '[accounts.{0}]\naddress = "sam@example.net"\n[accounts.{0}.imap]\nhost = "imap.example.net"\n'
    path.write_text(entry.format("work"), "utf-8")
    session = Session(three.store, load_config(path), link, config_path=path)
    async with TuimailApp(session).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "f5")
        assert link.sent[-1] == Hint(HintKind.REFRESH)
        assert link.starts == 1
        path.write_text(entry.format("work") + "[accounts.home\n", "utf-8")
        await press(pilot, "f5")
        assert str(path) in toasts(pilot)[-1]
        assert list(session.config.accounts) == ["work"]
        assert link.starts == 1
        path.write_text(entry.format("work") + entry.format("home"), "utf-8")
        await press(pilot, "f5")
        assert list(session.config.accounts) == ["work", "home"]
        assert link.starts == 2
        await press(pilot, "f5")
        assert link.starts == 2
    session.close()


async def test_pop3_before_its_first_check(tmp_path: Path, make_app: MakeApp) -> None:
    place = add_pop3(Store(tmp_path / "data"), "old")
    async with make_app(place, config=CONFIG).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        told = [screen.messages.render_line(y).text.strip() for y in range(1, 3)]
        assert told == ["Nothing here yet.", "The first check brings what waits on the server."]
        place.store.mail.write(partial(local.set_synced, account_id=place.account_id, now=1), durable=False)
        download(place, "Drafts", [])
        await settle(pilot)
        assert screen.messages.render_line(1).text.strip() == "Nothing left to do here."
    place.store.close()


async def test_all_accounts_hidden(three: ThreePlaces, app: MakeApp) -> None:
    hidden = {name: msgspec.structs.replace(one, hidden=True) for name, one in CONFIG.accounts.items()}
    async with app(config=Config(accounts=hidden)).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert screen.mailboxes.line_count == 0
        assert screen.messages.render_line(1).text.strip() == "Every account is hidden."
        await press(pilot, "1", "H")
        assert list(screen.messages.model.ids) == three.inboxes()


async def test_accounts_come_and_go_while_all_are_listed(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "k")
        new = add_pop3(three.store, "another")
        download(new, "INBOX", [Sample(plain("From another account"), 5)])
        await settle(pilot)
        assert "another" in rows(pilot)[0]
        assert screen.messages.current_id == three.inboxes()[0]
        for gone in (new, three.old, three.home):
            three.store.mail.write(partial(accounts.remove_account, account_id=gone.account_id), durable=False)
            await settle(pilot)
        assert tree(pilot)[:2] == ["work", "Inbox 1"]
        assert list(screen.messages.model.ids) == three.work.ids("INBOX")


@pytest.mark.parametrize(("keys", "title"), [((), "All inboxes 1/3"), (("j", "k"), "Inbox 1/2")])
async def test_the_first_inbox_gives_way_to_all_unless_somebody_is_at_it(
    tmp_path: Path, make_app: MakeApp, keys: tuple[str, ...], title: str
) -> None:
    first = make_place(tmp_path / "data", account="work", names=("INBOX",))
    deliver(first, "INBOX", [Sample(plain("From work", number=number), 60) for number in range(2)])
    async with make_app(first, config=CONFIG).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        assert right_text(main_screen(pilot).status_line.status) == "Inbox 1/2"
        deliver(add_account(first.store, "home", ("INBOX",)), "INBOX", [Sample(plain("From home"), 30)])
        await settle(pilot)
        assert right_text(main_screen(pilot).status_line.status) == title
    first.store.close()


async def test_a_mailbox_is_not_made_in_a_view(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "All inboxes")
        await press(pilot, "n")
        assert toasts(pilot) == ["Go to an account first."]
        await press(pilot, "d")
        assert toasts(pilot) == ["Go to a mailbox first."]
        assert three.store.mail.read(journal.list_queue) == []


async def test_enter_folds_an_account_and_opens_a_mailbox(three: ThreePlaces, app: MakeApp) -> None:
    async with app().run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "home")
        tree, rows = main_screen(pilot).mailboxes, main_screen(pilot).mailboxes.line_count
        await press(pilot, "enter")
        assert tree.has_focus
        assert tree.line_count < rows
        await press(pilot, "enter")
        assert tree.line_count == rows
        await press(pilot, "j", "enter")
        assert main_screen(pilot).messages.has_focus
