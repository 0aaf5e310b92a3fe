"""Keys faster than the screen: a burst of decisions deals with exactly as many messages."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import burst, main_screen, press, settle, until
from tests.ui.sample_store import Place
from tuimail.config.schema import After, Config, Triage
from tuimail.ui.commands.desk import Pane


def config(after: After) -> Config:
    return Config(accounts=CONFIG.accounts, ui=CONFIG.ui, triage=Triage(after=after))


async def decide(pilot: Pilot[None], place: Place, key: str, times: int) -> None:
    """The same key so many times, faster than anything is done, until so many messages are gone; then what follows."""
    left = len(place.ids("INBOX")) - times
    await burst(pilot, *[key] * times)
    await until(pilot, lambda: len(place.ids("INBOX")) <= left, "the last decision")
    await settle(pilot)
    await settle(pilot)


@pytest.mark.parametrize(("key", "target"), [("a", "Archive"), ("d", "Trash")])
@pytest.mark.parametrize("pane", [Pane.MESSAGES, Pane.PREVIEW])
async def test_ten_keys_are_ten_messages(place: Place, make_app: MakeApp, key: str, target: str, pane: Pane) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        if pane is Pane.PREVIEW:
            await press(pilot, "enter")
        await decide(pilot, place, key, 10)
        assert place.ids("INBOX") == ids[10:]
        assert sorted(place.ids(target)) == sorted(ids[:10])
        assert screen.messages.current_id == ids[10]
        assert screen.desk.reader.message_id == ids[10]
        assert "Letter 10" in screen.preview.text
        assert screen.desk.pane is pane


@pytest.mark.parametrize("pane", [Pane.MESSAGES, Pane.PREVIEW])
async def test_upwards(place: Place, make_app: MakeApp, pane: Pane) -> None:
    ids = place.ids("INBOX")
    async with make_app(place, config=config(After.PREVIOUS)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "end", *(["enter"] if pane is Pane.PREVIEW else []))
        await decide(pilot, place, "a", 10)
        assert place.ids("INBOX") == ids[:2]
        assert screen.messages.current_id == screen.desk.reader.message_id == ids[1]


async def test_staying_goes_back_to_the_list(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place, config=config(After.STAY)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "enter")
        await decide(pilot, place, "a", 10)
        assert place.ids("INBOX") == ids[10:]
        assert screen.desk.pane is Pane.MESSAGES
        assert screen.messages.current_id == ids[10]


async def test_a_mailbox_is_entered_before_the_next_key(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "a", "1")
        index = screen.mailboxes.model.find(("home", "Archive"))
        assert index is not None
        screen.mailboxes.cursor = index - 1
        await settle(pilot)
        for key in ("j", "enter", "d"):
            pilot.app.post_message(events.Key(key, key))
        await settle(pilot)
        assert place.mailbox_of(ids[0]) == "Trash"
        assert place.ids("INBOX") == ids[1:]
