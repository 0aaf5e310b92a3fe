"""The wire log's screen: shows what comes through the pipe while it is open; narrowed, held back, forgotten."""

from __future__ import annotations

from typing import cast

from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui.conftest import MakeApp
from tests.ui.driving import press, settle, toasts
from tests.ui.hostile import FORBIDDEN_TEXT, SUBJECTS
from tests.ui.sample_store import NOW, Place
from tuimail.config.trace_pipe import TraceWriter, trace_directory
from tuimail.model.trace_line import Speaker, TraceLine
from tuimail.ui.screens.palette import FoundList
from tuimail.ui.screens.trace import TraceScreen
from tuimail.ui.widgets.trace_list import TraceModel


def line(
    text: str, speaker: Speaker = Speaker.SERVER, *, account: str = "home", mailbox: str = "", at_s: float = 0.0
) -> TraceLine:
    return TraceLine(NOW + at_s, 4711, 1 if account == "home" else 2, account, mailbox, speaker, text)


SESSION = (
    line("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready.", at_s=0.004),
    line("A0 AUTHENTICATE (secret)", Speaker.CLIENT, at_s=0.006),
    line("A0 OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE CONDSTORE QRESYNC NOTIFY] Logged in", at_s=0.047),
    line('A1 LIST "" "*" RETURN (SPECIAL-USE SUBSCRIBED)', Speaker.CLIENT, at_s=0.048),
    line('* LIST (\\Subscribed) "/" INBOX', at_s=0.089),
    line("A1 OK List completed.", at_s=0.09),
    line("B0 AUTHENTICATE (secret)", Speaker.CLIENT, account="office", at_s=0.1),
    line('A2 SELECT "INBOX" (QRESYNC (7 90))', Speaker.CLIENT, mailbox="INBOX", at_s=0.11),
    line("* VANISHED (EARLIER) 41:43", mailbox="INBOX", at_s=0.15),
    line("* 12 FETCH (UID 57 FLAGS (\\Seen) MODSEQ (93))", mailbox="INBOX", at_s=0.15),
    line("A2 OK [READ-WRITE] Select completed.", mailbox="INBOX", at_s=0.151),
    line("A3 UID FETCH 58 (UID BODY.PEEK[])", Speaker.CLIENT, mailbox="INBOX", at_s=0.152),
    line("* 13 FETCH (UID 58 BODY[] (2048 octets))", mailbox="INBOX", at_s=0.19),
    line("A3 OK Fetch completed.", mailbox="INBOX", at_s=0.19),
    line("127.0.0.1:993 closed the connection.", Speaker.NOTE, account="office", at_s=0.2),
    line("A4 IDLE", Speaker.CLIENT, mailbox="INBOX", at_s=0.21),
    line("+ idling", mailbox="INBOX", at_s=0.25),
)


async def send(pilot: Pilot[None], place: Place, *lines: TraceLine) -> None:
    """An engine says these."""
    writer = TraceWriter(place.store.data_dir)
    assert writer.look()
    for one in lines:
        writer.write(one)
    writer.close()
    trace_screen(pilot).take()
    await settle(pilot)


def trace_screen(pilot: Pilot[None]) -> TraceScreen:
    return cast(TraceScreen, pilot.app.screen)


def shown(pilot: Pilot[None]) -> list[str]:
    return [row.line.text for row in trace_screen(pilot)._model.shown]


def said(pilot: Pilot[None], where: str) -> str:
    return str(trace_screen(pilot).query_one(where, Static).render())


async def test_the_screen_shows_what_comes_while_it_is_open(place: Place, make_app: MakeApp) -> None:
    directory = trace_directory(place.store.data_dir)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        assert not directory.exists()
        await press(pilot, "W")
        assert len(list(directory.iterdir())) == 1
        await send(pilot, place, *SESSION)
        assert shown(pilot) == [one.text for one in SESSION]
        assert "17 lines" in said(pilot, "#shown")
        assert said(pilot, "#line").endswith("S: + idling")
        await press(pilot, "up")
        await send(pilot, place, line("A4 OK Idle completed."))
        assert said(pilot, "#line").endswith("C: A4 IDLE"), "away from the end the cursor stays"
        await press(pilot, "end")
        await send(pilot, place, line("* BYE"))
        assert said(pilot, "#line").endswith("S: * BYE"), "at the end it follows"
        await press(pilot, "c")
        assert shown(pilot) == []
        await press(pilot, "escape")
        assert list(directory.iterdir()) == []


async def test_leaving_the_app_ends_the_watch(place: Place, make_app: MakeApp) -> None:
    directory = trace_directory(place.store.data_dir)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "W")
        assert len(list(directory.iterdir())) == 1
    assert list(directory.iterdir()) == []


async def test_the_palette_offers_what_the_screen_can_do(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p")
        offered = [row.entry.key for row in pilot.app.screen.query_one(FoundList).choices]
        assert "command view.trace" in offered
        assert "command cursor.down" in offered
        assert not [key for key in offered if key.startswith(("command trace.", "command queue."))]
        await press(pilot, "escape", "W", "ctrl+p")
        offered = [row.entry.key for row in pilot.app.screen.query_one(FoundList).choices]
        assert "command trace.pause" in offered
        assert "command message.archive" not in offered
        await press(pilot, *"pause", "enter")
        assert "paused" in str(pilot.app.screen.query_one("#shown").render())


async def test_narrowing_without_lines_says_nothing(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "W", "m", "a")
        assert toasts(pilot) == []
        assert "Account: all   Mailbox: all" in said(pilot, "#shown")


async def test_lines_are_narrowed_to_an_account_and_a_mailbox(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "W")
        await send(pilot, place, *SESSION)
        await press(pilot, "m")
        assert shown(pilot) == [one.text for one in SESSION if one.mailbox == "INBOX"]
        assert "Mailbox: INBOX   9 of 17 lines" in said(pilot, "#shown")
        await send(pilot, place, line("elsewhere", mailbox="Archive"), line("here", mailbox="INBOX"))
        assert shown(pilot)[-2:] == ["+ idling", "here"]
        await press(pilot, "m")
        assert len(shown(pilot)) == len(SESSION) + 2
        await press(pilot, "home", "m")
        assert toasts(pilot) == ["No mailbox was selected when this was said."]
        for _ in range(6):
            await press(pilot, "j")
        await press(pilot, "a")
        assert shown(pilot) == [one.text for one in SESSION if one.account == "office"]
        assert "Account: office" in said(pilot, "#shown")
        await press(pilot, "a")
        assert said(pilot, "#line").endswith("C: B0 AUTHENTICATE (secret)"), "the cursor stays on its line"


async def test_a_pause_holds_lines_back(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        await press(pilot, "W", "space")
        await send(pilot, place, *SESSION)
        assert shown(pilot) == []
        assert "paused, 17 new" in said(pilot, "#shown")
        await press(pilot, "space")
        assert len(shown(pilot)) == 17
        assert "paused" not in said(pilot, "#shown")


async def test_hostile_lines_are_text(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "W")
        for subject in SUBJECTS:
            await send(pilot, place, line(subject, account=subject, mailbox=subject))
            drawn = pilot.app.export_screenshot()
            assert not [text for text in FORBIDDEN_TEXT if text in drawn]
        await press(pilot, "a", "m", "m", "a")
        assert pilot.app.is_running
        assert len(shown(pilot)) == len(SUBJECTS)


async def test_a_directory_without_pipes_is_told(place: Place, make_app: MakeApp) -> None:
    trace_directory(place.store.data_dir).write_bytes(b"")
    async with make_app(place).run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        await press(pilot, "W")
        assert "A pipe cannot be made" in toasts(pilot)[0]
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, TraceScreen)


def test_the_model_keeps_no_more_than_it_may() -> None:
    model = TraceModel(most_lines=100)
    for number in range(1000):
        before = [row.serial for row in model.shown]
        gone = model.add([line(str(number), account="home" if number % 2 else "office")])
        assert [row.serial for row in model.shown][:-1] == before[gone:]
        assert model.kept_count <= 125
    model.narrow("home", "")
    assert {row.line.account for row in model.shown} == {"home"}
    count = len(model.shown)
    for number in range(1000):
        gone = model.add([line(str(number), account="office")])
        count -= gone
        assert len(model.shown) == count
    assert count == 0
    model.toggle_pause()
    model.add([line(str(number)) for number in range(300)])
    assert model.waiting_count == 100
    assert model.left_out == 200
