"""The message behind the one that is read is laid out before it is asked for."""

from __future__ import annotations

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, settle, until
from tests.ui.sample_store import Place, Sample, deliver, plain
from tuimail.store.store import Store
from tuimail.ui import layout_ahead
from tuimail.ui.layout_ahead import LayoutAhead
from tuimail.ui.screens import message_reader
from tuimail.ui.widgets.preview.model import Document


def prepared(reader: message_reader.MessageReader) -> Document | None:
    """What was laid out in advance."""
    return reader._layouts._prepared


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_reader, "AHEAD_S", 0.001)


async def test_the_next_message_is_shown_as_it_was_prepared(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        reader = screen.desk.reader
        await until(pilot, lambda: prepared(reader) is not None, "the second message")
        ahead = prepared(reader)
        assert ahead is not None
        assert "Letter 1" in "\n".join(ahead.texts)
        await press(pilot, "down", "enter")
        assert screen.preview.document is ahead
        assert "Letter 1" in screen.preview.text
        await until(pilot, lambda: prepared(reader) is not ahead, "the third message")


async def test_what_has_changed_since_is_laid_out_anew(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        reader = screen.desk.reader
        await until(pilot, lambda: prepared(reader) is not None, "the second message")
        ahead = prepared(reader)
        await press(pilot, "down", "enter", "H")
        assert screen.preview.document is not ahead
        await pilot.resize_terminal(100, 30)
        await settle(pilot)
        assert screen.preview.document.width == screen.preview.text_cells
        assert "Letter 1" in screen.preview.text


async def test_large_messages_wait_until_they_are_asked_for(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout_ahead, "MOST_OCTETS_AHEAD", 10_000)
    deliver(
        place, "Work", [Sample(plain("Small", number=1), 1), Sample(plain("Large", text="word " * 4000, number=2), 2)]
    )
    asked: list[int] = []
    prepare = LayoutAhead.prepare

    def note(self: LayoutAhead, store: Store, wanted: message_reader.Wanted) -> None:
        prepare(self, store, wanted)
        asked.append(wanted.id_)

    monkeypatch.setattr(LayoutAhead, "prepare", note)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.desk.open_listing(place.mailbox_ids["Work"])
        await until(pilot, lambda: place.ids("Work")[-1] in asked, "the large message")
        assert screen.desk.reader.message_id == place.ids("Work")[0]
        ahead = prepared(screen.desk.reader)
        assert ahead is None or "word word" not in "\n".join(ahead.texts)
        await press(pilot, "down", "enter")
        assert "word word" in screen.preview.text
