"""New mail is told, texts are copied, syncing stops and goes on: what the app does by itself, or lets go of."""

from __future__ import annotations

import base64
import re
from functools import partial

import pytest
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection
from textual.widgets._toast import Toast

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, settle, toasts
from tests.ui.sample_store import NOW, Place, Sample, deliver, plain
from tests.ui.test_app import FakeLink
from tuimail.config.schema import Config, DesktopNotice, Notify
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.server import Protocol
from tuimail.store import accounts
from tuimail.store.accounts import AccountState
from tuimail.store.arrived import Arrival, Arrived, Mark
from tuimail.ui import notices
from tuimail.ui.app import TuimailApp
from tuimail.ui.notices import lines_of, words_of
from tuimail.ui.progress import ProgressMeter, bar
from tuimail.ui.widgets.status_line import Status, left_text


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "GATHERED_S", 0.01)
    for name in ("SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def heard(app: TuimailApp) -> list[str]:
    """What is written to the terminal beside the screen."""
    written: list[str] = []
    app.session.terminal.connect(written.append)
    return written


def synced(place: Place) -> Place:
    place.store.mail.write(partial(accounts.set_synced, account_id=place.account_id, now=NOW), durable=False)
    return place


def bring(place: Place, count: int, *, first_uid: int = 500) -> list[MessageId]:
    samples = [Sample(plain(f"News {number}", number=1000 + number), -number) for number in range(count)]
    return deliver(place, "INBOX", samples, first_uid=first_uid, with_bodies=False)


async def told(pilot: Pilot[None]) -> None:
    """The look at the store, the wait for more, the look for news."""
    await settle(pilot)
    await pilot.pause(0.05)
    await settle(pilot)


def arrival(sender: str, subject: str) -> Arrival:
    return Arrival(MessageId(1), MailboxId(1), sender, subject)


def test_words_are_few_and_harmless() -> None:
    mark = Mark(0, frozenset())
    one = arrival("Ada", "The boat")
    assert words_of(Arrived(1, (one,), mark)) == "New: Ada: The boat"
    assert (
        words_of(Arrived(3, (one, arrival("Bo", "Tea"), one), mark)) == "3 new: Ada: The boat; Bo: Tea; Ada: The boat"
    )
    assert words_of(Arrived(1200, (one,), mark)) == "1,200 new: Ada: The boat; …"
    long = words_of(Arrived(9, (arrival("A" * 900, "\x1b]0;x\x07 [/x]" * 900),) * 3, mark))
    assert len(long) < 260
    assert long.isprintable()
    assert words_of(Arrived(1, (arrival("", ""),), mark)) == "New: (nothing): (nothing)"


def test_a_notice_names_one_message_a_line_and_what_is_back() -> None:
    mark = Mark(0, frozenset())
    new, back = arrival("Ada", "The boat"), Arrival(MessageId(2), MailboxId(1), "Bo", "Tea", is_woken=True)
    assert lines_of(Arrived(5, (new, new, new), mark)) == ("New mail", ["Ada: The boat"] * 3 + ["and 2 more"])
    assert lines_of(Arrived(1, (back,), mark, 1)) == ("Back from snooze", ["Bo: Tea"])
    assert lines_of(Arrived(2, (back, new), mark, 1)) == ("New mail", ["Back from snooze: Bo: Tea", "Ada: The boat"])
    assert words_of(Arrived(1, (back,), mark, 1)) == "Back from snooze: Bo: Tea"
    assert words_of(Arrived(2, (back, new), mark, 1)) == "1 new, 1 back from snooze: Bo: Tea; Ada: The boat"


async def test_a_hundred_messages_are_one_notice_and_a_key_goes_there(place: Place, make_app: MakeApp) -> None:
    config = Config(accounts=CONFIG.accounts, ui=CONFIG.ui, notify=Notify(bell=True, desktop=DesktopNotice.OSC9))
    app = make_app(synced(place), config=config)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        written = heard(app)
        ids = [*bring(place, 60), *bring(place, 40, first_uid=900)]
        await told(pilot)
        (toast,) = [text.split("\n") for text in toasts(pilot) if "News" in text]
        assert toast[0] == "Ada Quill: News 59"
        assert toast[3:] == ["and 97 more", "(g n goes there)"]
        (notice,) = [text for text in written if text.startswith("\x1b]9;")]
        assert notice.startswith("\x1b]9;tuimail: 100 new: Ada Quill: News 59, ")
        assert written.count("\a") == 1
        await press(pilot, "G")
        await press(pilot, "g", "n")
        assert main_screen(pilot).messages.current_id in ids
        assert main_screen(pilot).messages.cursor == 0


async def test_a_click_on_the_toast_goes_there_too(place: Place, make_app: MakeApp) -> None:
    app = make_app(synced(place))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        (id_,) = bring(place, 1)
        await told(pilot)
        await press(pilot, "G")
        assert main_screen(pilot).messages.current_id != id_
        await pilot.click(Toast)
        await settle(pilot)
        assert main_screen(pilot).messages.current_id == id_


async def test_what_is_not_wanted_is_not_told(place: Place, make_app: MakeApp) -> None:
    config = Config(accounts=CONFIG.accounts, ui=CONFIG.ui, notify=Notify(toast=False))
    app = make_app(synced(place), config=config)
    async with app.run_test() as pilot:
        await settle(pilot)
        written = heard(app)
        bring(place, 1)
        await told(pilot)
        assert toasts(pilot) == []
        assert [text for text in written if not text.startswith("\x1b]2;")] == []
        await press(pilot, "g", "n")
        assert main_screen(pilot).messages.cursor == 0


async def test_reading_marks_nothing_as_new(place: Place, make_app: MakeApp) -> None:
    app = make_app(synced(place))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        await press(pilot, "s")
        await told(pilot)
        assert [text for text in toasts(pilot) if "ew:" in text] == []
        await press(pilot, "g", "n")
        assert "No new mail has come since the start." in toasts(pilot)


async def test_the_title_names_the_list_and_what_is_unseen(place: Place, make_app: MakeApp) -> None:
    app = make_app(synced(place))
    async with app.run_test() as pilot:
        await settle(pilot)
        written = heard(app)
        await press(pilot, "s")
        assert written[-1] == "\x1b]2;tuimail: Inbox (3)\x1b\\"


def copied(written: list[str]) -> str:
    found = re.fullmatch(r"\x1b\]52;c;(.*)\x1b\\", [text for text in written if "]52;" in text][-1])
    assert found is not None
    return base64.b64decode(found[1]).decode()


async def test_text_sender_subject_and_id_are_copied(place: Place, make_app: MakeApp) -> None:
    text = "Zwölf Boote\r\n[/x] \x1b]52;c;eA==\x07\r\n"
    deliver(place, "INBOX", [Sample(plain("Boats", sender="Bo <bo@example.org>", text=text), -5)], first_uid=700)
    app = make_app(place)
    async with app.run_test(size=(130, 40)) as pilot:
        await settle(pilot)
        written = heard(app)
        await press(pilot, "y", "y")
        assert copied(written).splitlines() == ["Zwölf Boote", "[/x] ␛]52;c;eA==␇"]
        assert "Copied: the message's text (2 lines), through the terminal (OSC 52)." in toasts(pilot)
        await press(pilot, "y", "f")
        assert copied(written) == "bo@example.org"
        await press(pilot, "y", "s")
        assert copied(written) == "Boats"
        await press(pilot, "y", "i")
        assert re.fullmatch(r"<0\.[0-9a-f]{8}@example\.org>", copied(written))
        await press(pilot, "space", "space", "y", "f")
        assert sorted(copied(written).splitlines()) == ["ada@example.org", "bo@example.org"]


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Select text of the message with the mouse."""
    preview = main_screen(pilot).preview
    await pilot.mouse_down(preview, offset=start)
    await pilot.hover(preview, offset=end)
    await pilot.mouse_up(preview, offset=end)


async def test_the_mouse_selects_and_so_do_keys(place: Place, make_app: MakeApp) -> None:
    text = "".join(f"Line {number}\r\n" for number in range(60))
    deliver(place, "INBOX", [Sample(plain("Lines", text=text), -5)], first_uid=700)
    app = make_app(place)
    async with app.run_test(size=(130, 20)) as pilot:
        await press(pilot, "tab")
        written = heard(app)
        preview = main_screen(pilot).preview
        first = preview.text.splitlines().index("Line 0")
        await drag(pilot, (1, first), (7, first + 1))
        await press(pilot, "y", "y")
        assert copied(written) == "Line 0\nLine 1"
        await press(pilot, "ctrl+c")
        assert copied(written) == "Line 0\nLine 1"
        main_screen(pilot).clear_selection()
        await press(pilot, *["shift+down"] * (first + 31), "shift+up", "y", "y")
        lines = copied(written).splitlines()
        assert lines[0].startswith("From")
        assert lines[-1] == "Line 29"
        assert preview.scroll_offset.y > 0, "the end of it is in sight"


async def test_quotes_are_copied_with_their_signs(place: Place, make_app: MakeApp) -> None:
    text = "Yes\r\n> Shall we\r\n> > come?\r\n"
    deliver(place, "INBOX", [Sample(plain("Quotes", text=text), -5)], first_uid=700)
    app = make_app(place)
    async with app.run_test(size=(130, 20)) as pilot:
        await press(pilot, "tab")
        written = heard(app)
        first = main_screen(pilot).preview.text.splitlines().index("Yes")
        await press(pilot, *["shift+down"] * (first + 3), "y", "y")
        assert copied(written).splitlines()[-3:] == ["Yes", "> Shall we", "> > come?"]
        main_screen(pilot).clear_selection()
        await drag(pilot, (5, first + 1), (9, first + 2))
        await press(pilot, "y", "y")
        assert copied(written) == "all we\n> > come?"
        beyond = Selection(Offset(0, 500), None)
        assert main_screen(pilot).preview.get_selection(beyond) == ("", "\n"), "of a message that was longer"


async def test_syncing_stops_and_goes_on(place: Place, make_app: MakeApp) -> None:
    link = FakeLink()
    app = make_app(place, link=link)
    async with app.run_test() as pilot:
        await settle(pilot)
        link.sent.clear()
        await press(pilot, "X")
        assert link.sent == [Hint(HintKind.PAUSE, place.account_id)]
        paused = partial(accounts.set_status, account_id=place.account_id, state=AccountState.PAUSED, now=NOW)
        place.store.mail.write(paused, durable=False)
        await settle(pilot)
        assert left_text(main_screen(pilot).status_line.status) == "home: paused (X goes on)"
        await press(pilot, "X")
        assert link.sent[-1] == Hint(HintKind.RESUME, place.account_id)


def _status(done: int, todo: int, activity: str = "INBOX") -> accounts.AccountStatus:
    return accounts.AccountStatus(
        AccountId(1), "work", Protocol.IMAP, AccountState.SYNCING, activity, done, todo, "", 0, None
    )


def test_progress_has_a_rate_and_a_bar_where_there_is_room() -> None:
    meter = ProgressMeter()
    assert meter.look([_status(0, 2000)], 100.0) == {}
    assert meter.look([_status(300, 2000)], 100.5) == {}, "too soon to say"
    rates = meter.look([_status(800, 2000)], 102.0)
    assert rates == {1: 400.0}
    assert meter.look([_status(10, 50, "Archive")], 103.0) == {}, "something else has begun"
    status = Status([_status(800, 2000)], rates=rates)
    assert left_text(status) == "work: Inbox 800/2,000 400/s"
    wide = Status([_status(800, 2000)], rates=rates, bar_cells=10)
    assert left_text(wide) == "work: Inbox 800/2,000 ━━━━╌╌╌╌╌╌ 400/s"
    assert [bar(done, 4, 4) for done in (-1, 0, 1, 4, 9)] == ["╌╌╌╌", "╌╌╌╌", "━╌╌╌", "━━━━", "━━━━"]
    assert bar(1, 0, 3) == "╌╌╌"


async def test_who_waits_for_a_text_can_leave(place: Place, make_app: MakeApp) -> None:
    bring(place, 1)
    app = make_app(place, link=FakeLink())
    async with app.run_test(size=(120, 30)) as pilot:
        await press(pilot, "enter")
        assert main_screen(pilot).desk.is_reading
        assert "Fetching the message" in main_screen(pilot).preview.text
        await press(pilot, "escape", "j")
        assert not main_screen(pilot).desk.is_reading
        assert "Letter 0" in main_screen(pilot).preview.text
