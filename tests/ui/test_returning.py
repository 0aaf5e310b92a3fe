"""Going elsewhere and back: to where the cursor was; and keys that belong to another pane."""

from __future__ import annotations

import pytest

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, settle, toasts
from tests.ui.sample_store import Place, Sample, deliver, plain
from tuimail.config.schema import Config, KeymapPreset, Layout, Ui
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Pane
from tuimail.ui.commands.key_reader import KeyReader, Outcome
from tuimail.ui.commands.keymap import listed
from tuimail.ui.commands.keys_in_use import load_keymap
from tuimail.ui.kept import KeptLayout
from tuimail.ui.models.listing import SearchKey
from tuimail.ui.models.pane_model import PaneModel
from tuimail.ui.widgets.footer import KeyLine


async def test_each_listing_keeps_its_cursor_and_its_scrolling(place: Place, make_app: MakeApp) -> None:
    deliver(place, "Archive", [Sample(plain(f"Old {number}", number=number), number) for number in range(40)])
    ids, old = place.ids("INBOX"), place.ids("Archive")
    async with make_app(place).run_test(size=(120, 20)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "j", "g", "a", "9", "9", "j", "k", "k", "k")
        before = screen.messages.scroll_offset.y
        assert screen.messages.current_id == old[36]
        assert before > 0
        await press(pilot, "g", "i")
        assert screen.messages.current_id == ids[2]
        deliver(place, "Archive", [Sample(plain("Older", number=99), -5)], first_uid=900)
        await press(pilot, "g", "a")
        assert screen.messages.current_id == old[36]
        assert screen.messages.scroll_offset.y == before + 1


async def test_escape_leaves_a_search_for_what_was_open_before_it(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "j", "j", "j")
        for text in ("Letter", "Letter 7"):
            screen.desk.go.to(SearchKey(text))
            await settle(pilot)
        assert screen.messages.current_id == ids[7]
        shown = []
        for keys in (["space", "escape"], ["escape"], ["escape"]):
            await press(pilot, *keys)
            assert screen.desk.listing is not None
            shown.append((screen.desk.listing.query, screen.messages.current_id, screen.desk.pane.value))
        assert shown == [("Letter 7", ids[7], "messages"), (None, ids[3], "messages"), (None, ids[3], "mailboxes")]


async def test_a_sequence_of_the_list_does_nothing_elsewhere(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await press(pilot, "enter", "asterisk", "a")
        assert place.ids("INBOX") == ids
        assert toasts(pilot) == ["a means nothing after * here."]
        await press(pilot, "ctrl+l")
        assert toasts(pilot) == ["Go to the messages first (esc)."]
        await press(pilot, "t")
        assert screen.messages.model.is_threaded
        assert screen.desk.is_reading
        await press(pilot, "1", "o", "d")
        assert toasts(pilot) == ["d means nothing after o here."]


def test_no_second_key_of_another_panes_sequence_is_a_command() -> None:
    panes = (Context.MESSAGES, Context.PREVIEW, Context.MAILBOXES)
    for preset in KeymapPreset:
        keymap = load_keymap(preset, None)
        for pane in panes:
            for sequence, _ in (entry for other in panes for entry in listed(keymap.table(other))):
                first = keymap.table(pane).get(sequence[0])
                if len(sequence) > 1 and isinstance(first, dict):
                    reader = KeyReader()
                    steps = [reader.read(key, keymap.table(pane)) for key in sequence]
                    ran = [step.command for step in steps if step.command is not None]
                    assert ran in ([], [dict(listed(keymap.table(pane))).get(sequence)]), (preset, pane, sequence)
                elif len(sequence) > 1:
                    assert first is not None, (preset, pane, sequence)


async def test_digits_go_to_panes_at_once_where_nobody_counts(place: Place, make_app: MakeApp) -> None:
    table = load_keymap(KeymapPreset.DEFAULT, None).table(Context.PREVIEW)
    step = KeyReader().read("2", table, holds=False)
    assert step.outcome is Outcome.RUN
    assert step.command is not None
    assert step.command.id == "pane.messages"
    reader = KeyReader()
    steps = [reader.read(key, table, holds=False) for key in ("4", "2", "j")]
    assert steps[-1].count == 42
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        await pilot.press("1")
        assert main_screen(pilot).desk.pane is Pane.MAILBOXES


async def test_the_footer_shows_only_what_may_follow(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        line = main_screen(pilot).query_one(KeyLine)
        await press(pilot, "w")
        shown = line.render_line(0).text
        assert shown.startswith(" w … ")
        assert "Layout: wide" in shown
        assert shown.rstrip().endswith("esc cancels")
        assert "Quit" not in shown
        await pilot.click(KeyLine, offset=(shown.index("esc"), 0))
        await press(pilot, "4")
        shown = line.render_line(0).text
        assert shown.startswith(" 4 … ")
        assert "Archive" in shown
        assert "Help" not in shown
        await pilot.click(KeyLine, offset=(shown.index("Archive"), 0))
        await settle(pilot)
        assert len(place.ids("Archive")) == 4
        assert "Quit" in line.render_line(0).text


def test_reset_takes_back_the_form_too() -> None:
    kept = KeptLayout(hides_preview=True, list_wide=0.3)
    model = PaneModel(kept, Layout.AUTO)
    model.choose(Layout.NARROW)
    model.reset()
    assert model.wanted is Layout.AUTO
    assert kept == KeptLayout()


@pytest.mark.parametrize("preset", list(KeymapPreset))
async def test_q_leaves_the_message_then_the_app(preset: KeymapPreset, place: Place, make_app: MakeApp) -> None:
    ui = Ui(theme="tuimail-dark", keymap=preset)
    app = make_app(place, config=Config(accounts=CONFIG.accounts, ui=ui))
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        line = main_screen(pilot).query_one(KeyLine)
        await press(pilot, "enter")
        assert main_screen(pilot).desk.is_reading
        assert " q Back " in line.render_line(0).text
        await press(pilot, "q")
        assert main_screen(pilot).desk.pane is Pane.MESSAGES
        assert " q Quit " in line.render_line(0).text
        assert app.return_code is None
        await pilot.press("q")
        await pilot.pause()
        assert app.return_code == 0
