"""The queue's screen: what failed and why, what asks, and answers to both."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.widgets import Static

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_queue import fill_queue, lose
from tests.ui.sample_store import NOW, Place, Sample, deliver, make_place, plain
from tuimail.store import changes, held, journal, mailbox_changes
from tuimail.ui.screens.help import HelpScreen
from tuimail.ui.screens.main import MainScreen
from tuimail.ui.screens.queue import QueueScreen
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.queue_detail import QueueDetail
from tuimail.ui.widgets.queue_list import OperationList
from tuimail.ui.widgets.status_line import StatusLine, right_text


def detail(pilot_app: object) -> str:
    return str(pilot_app.screen.query_one(QueueDetail).render())  # type: ignore[attr-defined]


def states(place: Place) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in place.store.mail.read(journal.list_queue)]


async def test_what_asks_and_what_failed_comes_first_with_all_that_is_known(place: Place, make_app: MakeApp) -> None:
    fill_queue(place)
    app = make_app(place)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        assert right_text(main_screen(pilot).query_one(StatusLine).status).startswith("6 to decide (Q)  2 failed (Q)")
        await press(pilot, "Q")
        assert str(app.screen.query_one("#summary", Static).render()) == (
            "Queue   1 asks   1 failed   2 waiting   1 held"
        )
        operations = app.screen.query_one(OperationList)
        assert [row.state for row in operations.rows] == ["asks", "failed", "waiting", "waiting", "held"]
        assert "6 of 12 messages of INBOX are gone from the server. Nothing was removed here." in detail(app)
        assert "Letter 0" in detail(app)
        await press(pilot, "j")
        assert "The server said: [OVERQUOTA] Quota exceeded (mailbox for user is full)" in detail(app)
        assert "not tried again by itself" in detail(app)
        await press(pilot, "j")
        assert "The server said: [INUSE] Mailbox is locked" in detail(app)
        assert "Next try: 12:02." in detail(app)
        await press(pilot, "j", "j")
        assert "Held by you" in detail(app)


async def test_agreeing_needs_a_yes_and_can_be_taken_back(place: Place, make_app: MakeApp) -> None:
    lose(place, "INBOX", 1, 2, 3, 4, 5, 6)
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        await press_into_dialog(pilot, "r")
        assert "Remove 6 messages of Inbox here too?" in str(app.screen.query_one("#question", Static).render())
        await press(pilot, "n")
        assert states(place) == [("remove", "held")]
        await press_into_dialog(pilot, "r")
        lose(place, "INBOX", 7)
        await press(pilot, "y")
        assert sorted(states(place)) == [("remove", "held"), ("remove", "waiting")], "only to what was shown"
        assert toasts(pilot) == ["Agreed: 6 messages"]
        operations = app.screen.query_one(OperationList)
        assert [(row.state, len(row.operation.ids)) for row in operations.rows] == [("asks", 1), ("agreed", 6)]
        await press(pilot, "h")
        assert "waits for your answer" in toasts(pilot)[-1]
        operations.cursor = 1
        await press(pilot, "h")
        assert states(place) == [("remove", "held")]


async def test_refusing_puts_the_messages_back(place: Place, make_app: MakeApp) -> None:
    before = place.ids("INBOX")
    lose(place, "INBOX", 1, 2, 3, 4, 5, 6)
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        await press_into_dialog(pilot, "x")
        assert "Put 6 messages back on the server, into Inbox?" in str(
            app.screen.query_one("#question", Static).render()
        )
        await press(pilot, "y")
        assert toasts(pilot) == ["To be put back: 6 messages"]
        assert [kind for kind, _state in states(place)] == ["append"]
        assert place.ids("INBOX") == before


async def test_what_cannot_be_put_back_goes_on_asking(make_app: MakeApp, tmp_path: Path) -> None:
    place = make_place(tmp_path / "without bodies")
    deliver(place, "INBOX", [Sample(plain(f"Letter {n}", number=n), n) for n in range(6)], with_bodies=False)
    lose(place, "INBOX", 1, 2, 3, 4)
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        await press_into_dialog(pilot, "x")
        await press(pilot, "y")
        assert toasts(pilot) == ["4 messages cannot be put back: without text here"]
        assert states(place) == [("remove", "held")]
    place.store.close()


async def test_hold_and_release(place: Place, make_app: MakeApp) -> None:
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "Q", "h")
        assert [state for _kind, state in states(place)][-1] == "held"
        await press(pilot, "h")
        assert toasts(pilot) == ["Released: 1 change"]
        assert [state for _kind, state in states(place)][-1] == "waiting"


async def test_a_toast_tells_when_something_asks_or_fails(place: Place, make_app: MakeApp) -> None:
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert toasts(pilot) == []
        fill_queue(place)
        await settle(pilot)
        (told,) = toasts(pilot)
        assert "6 messages gone from the server: nothing was removed here. Press Q to decide." in told
        assert "The server refused 2 changes. Q shows what it said." in told
        app.clear_notifications()
        place.store.mail.write(lambda c: changes.change_flags(c, place.ids("INBOX"), add=["x"], now=1), durable=False)
        await settle(pilot)
        assert toasts(pilot) == []


async def test_help_opens_over_the_queue_and_goes_back_to_it(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q", "question_mark")
        assert [type(screen) for screen in pilot.app.screen_stack[-2:]] == [QueueScreen, HelpScreen]
        await press(pilot, "escape")
        assert [type(screen) for screen in pilot.app.screen_stack] == [MainScreen, QueueScreen]


async def test_the_way_out_of_the_queue_stays_on_a_narrow_screen(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(50, 16)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        keys = pilot.app.screen.query_one(KeyLine)
        assert keys.render_line(0).text.rstrip().endswith("esc Close  ? Help")


async def test_retrying_what_waits_already_says_so(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a", "Q", "r")
        assert toasts(pilot) == ["It waits already: it is sent as soon as the server can be reached"]
        assert [state for _kind, state in states(place)] == ["waiting"]


async def test_changes_of_mailboxes_name_the_mailbox_once(place: Place, make_app: MakeApp) -> None:
    work, lists = place.mailbox_ids["Work"], place.mailbox_ids["Lists"]
    for act in (
        partial(mailbox_changes.create, account_id=place.account_id, name="New"),
        partial(mailbox_changes.rename, mailbox_id=lists, new_name="Circles"),
        partial(mailbox_changes.set_subscribed, mailbox_id=lists, on=False),
        partial(mailbox_changes.delete, mailbox_id=work),
    ):
        place.store.mail.write(partial(act, now=NOW), durable=False)
    async with make_app(place).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        assert [row.text for row in pilot.app.screen.query_one(OperationList).rows] == [
            "home: create mailbox New",
            "home: rename a mailbox to Circles",
            "home: unsubscribe from Circles",
            "home: delete mailbox Work",
        ]


async def test_an_empty_queue_says_so(place: Place, make_app: MakeApp) -> None:
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        assert not app.screen.query_one(QueueDetail).display
        assert str(app.screen.query_one("#summary", Static).render()) == "Queue"
        await press(pilot, "r", "h", "x")
        assert toasts(pilot) == []


async def test_hostile_words_are_shown_as_text(place: Place, make_app: MakeApp) -> None:
    deliver(place, "Work", [Sample(plain(f"[/x][@click=app.quit]free{n}\x1b]0;t\x07", number=n), n) for n in range(5)])
    lose(place, "Work", 1, 2, 3, 4, 5)
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        assert "[/x][@click=app.quit]free" in detail(app)
        assert "\x1b" not in detail(app)


async def test_what_was_agreed_goes_with_the_next_pass(place: Place, make_app: MakeApp) -> None:
    before = place.ids("INBOX")
    lose(place, "INBOX", 1, 2, 3, 4, 5, 6)
    app = make_app(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "Q")
        await press_into_dialog(pilot, "r")
        await press(pilot, "y")
        place.store.mail.write(lambda c: held.apply_accepted(c, place.account_id, now=NOW), durable=False)
        await settle(pilot)
        assert app.screen.query_one(OperationList).rows == []
        assert place.ids("INBOX") == before[6:]
