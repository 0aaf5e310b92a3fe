"""The message list as its user has it: orders, threads, rows of two lines, mouse, mail that comes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import burst, main_screen, press, settle, toasts, until
from tests.ui.sample_store import Place, Sample, deliver, make_place, plain
from tuimail.config.schema import Column, DateForm, Density, Ui
from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.sort_key import SortKey
from tuimail.store import changes, read
from tuimail.store.database import Connection
from tuimail.store.muting import change_muted
from tuimail.store.thread_list import is_muted
from tuimail.ui.kept import KeptLists
from tuimail.ui.models.list_index import Found, Wanted, read_index
from tuimail.ui.models.list_view import MOST_KEPT, ListView, density_of, keep_density, keep_view, view_of
from tuimail.ui.models.listing import Listing, SearchKey
from tuimail.ui.screens import list_reader
from tuimail.ui.widgets.message_list.widget import MessageList

SIZE = (100, 30)


def talk(subject: str, number: int, *, sender: str = "Ada", answers: int | None = None) -> bytes:
    reference = "" if answers is None else f"References: <t{answers}@example.org>\r\n"
    return (
        f"From: {sender} <{sender.lower()}@example.org>\r\nTo: sam@example.net\r\nSubject: {subject}\r\n{reference}"
        f"Message-ID: <t{number}@example.org>\r\n\r\nText {number}.\r\n"
    ).encode()


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[Place]:
    """Boat: 1, 2 (own, in Sent), 3, 5; Tent: 4; Rain: 6. The highest is the newest, and the boat's is unseen."""
    made = make_place(tmp_path / "data")
    inbox = [
        Sample(talk("Boat", 1), 6_000, ("\\Seen",)),
        Sample(talk("Re: Boat", 3, answers=2), 4_000, ("\\Seen",)),
        Sample(talk("Tent", 4, sender="Zoe"), 3_000, ("\\Seen",)),
        Sample(talk("Re: Boat", 5, sender="Bea", answers=1), 2_000),
        Sample(talk("Rain", 6, sender="Cid"), 1_000, ("\\Seen",)),
    ]
    deliver(made, "INBOX", inbox)
    deliver(made, "Sent", [Sample(talk("Re: Boat", 2, sender="Sam", answers=1), 5_000, ("\\Seen",))])
    yield made
    made.store.close()


def messages(pilot: Pilot[None]) -> MessageList:
    return main_screen(pilot).messages


def subjects(pilot: Pilot[None]) -> list[str]:
    list_ = messages(pilot)
    found = [list_.row(index) for index in range(list_.line_count)]
    return ["?" if row is None else row.subject for row in found]


def shown_line(pilot: Pilot[None], index: int, line: int = 0) -> str:
    list_ = messages(pilot)
    return list_.render_line(index * list_.row_lines + line - list_.scroll_offset.y).text


async def test_threads_fold_unfold_and_keep_the_cursor(talks: Place, make_app: MakeApp) -> None:
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "j", "t")
        list_ = messages(pilot)
        assert subjects(pilot) == ["Rain", "Re: Boat", "Tent"]
        assert list_.cursor == 1
        assert "▸4" in shown_line(pilot, 1)
        assert "Ada" in shown_line(pilot, 1)
        await press(pilot, "right")
        assert subjects(pilot) == ["Rain", "Boat", "Re: Boat", "Re: Boat", "Re: Boat", "Tent"]
        assert shown_line(pilot, 2).startswith(" »")
        assert "Text 5" in main_screen(pilot).preview.text
        current = list_.current_id
        await press(pilot, "t")
        assert (list_.line_count, list_.current_id) == (5, current)
        await press(pilot, "j", "j", "t")
        assert subjects(pilot)[list_.cursor] == "Re: Boat"
        assert list_.line_count == 6
        await press(pilot, "left")
        assert (list_.line_count, list_.cursor) == (3, 1)
        assert main_screen(pilot).desk.lists_view.title == "threads"


async def test_what_is_done_to_a_folded_thread_is_done_to_all_its_messages_here(
    talks: Place, make_app: MakeApp
) -> None:
    boat = [talks.ids("INBOX")[index] for index in (1, 3, 4)]
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "t", "j", "a")
        assert subjects(pilot) == ["Rain", "Tent"]
        assert messages(pilot).cursor == 1
        assert [talks.mailbox_of(id_) for id_ in boat] == ["Archive"] * 3
        assert [talks.mailbox_of(id_) for id_ in talks.ids("Sent")] == ["Sent"]
        assert "3 messages" in " ".join(toasts(pilot))
        await press(pilot, "u")
        assert subjects(pilot) == ["Rain", "Re: Boat", "Tent"]
        assert messages(pilot).cursor == 1
        await press(pilot, "right", "a")
        # What is left of the thread is older than the tent; what was archived does not come back as a member.
        assert subjects(pilot) == ["Rain", "Tent", "Boat", "Re: Boat", "Re: Boat"]
        assert subjects(pilot)[messages(pilot).cursor] == "Tent"
        await press(pilot, "j", "M")
        assert talks.store.mail.read(partial(is_muted, id_=boat[1]))
        assert "~" in shown_line(pilot, 2)[:3]


async def test_a_key_behind_the_one_for_threads_is_for_the_thread(talks: Place, make_app: MakeApp) -> None:
    boat = [talks.ids("INBOX")[index] for index in (1, 3, 4)]
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await burst(pilot, "j", "t", "a")
        await settle(pilot)
        assert subjects(pilot) == ["Rain", "Tent"]
        assert [talks.mailbox_of(id_) for id_ in boat] == ["Archive"] * 3


async def test_a_list_that_does_not_come_holds_no_key_back(
    talks: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_reader, "LONGEST_WAIT_S", 0.01)
    may_read = threading.Event()

    def read_late(connection: Connection, wanted: Wanted) -> Found:
        assert may_read.wait(10)
        return read_index(connection, wanted)

    monkeypatch.setattr(list_reader, "read_index", read_late)
    async with make_app(talks).run_test(size=SIZE) as pilot:
        try:
            await pilot.pause(0.05)
            await burst(pilot, "t", "j", "j")
            await until(pilot, lambda: messages(pilot).cursor == 2, "the cursor")
            assert main_screen(pilot).desk.lists_view.title == "threads …"
        finally:
            may_read.set()
        await settle(pilot)
        assert main_screen(pilot).desk.lists_view.title == "threads"


async def test_the_next_unseen_is_not_in_a_muted_thread(talks: Place, make_app: MakeApp) -> None:
    deliver(
        talks, "INBOX", [Sample(talk("Oar", 20), 3_500), Sample(talk("Re: Boat", 21, answers=1), 900)], first_uid=90
    )
    ids = talks.ids("INBOX")
    talks.store.mail.write(partial(change_muted, ids=ids[:1], muted=True, now=1), durable=False)
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        for _ in range(2):
            await press(pilot, "g", "g", "n")
            assert subjects(pilot)[messages(pilot).cursor] == "Oar"
            await press(pilot, "t")


async def test_marks_in_threads_leave_with_their_messages(talks: Place, make_app: MakeApp) -> None:
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "t", "j", "space")
        assert messages(pilot).marks == 3
        gone = talks.ids("INBOX")[1]
        target = talks.mailbox_ids["Work"]
        talks.store.mail.write(partial(changes.move, ids=[gone], target_id=target, now=1), durable=False)
        await settle(pilot)
        assert messages(pilot).marks == 2


async def test_an_answer_that_comes_while_a_thread_is_read_leads_nobody_away(talks: Place, make_app: MakeApp) -> None:
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "t", "j", "enter")
        screen = main_screen(pilot)
        reading = screen.desk.reader.message_id
        deliver(talks, "INBOX", [Sample(talk("Re: Boat", 9, answers=5), 10)], first_uid=50)
        await settle(pilot)
        assert (screen.messages.cursor, subjects(pilot)[0]) == (0, "Re: Boat")
        assert screen.desk.reader.message_id == reading
        assert "Text 5" in screen.preview.text


async def test_orders_are_kept_by_mailbox_and_new_messages_go_where_they_belong(
    talks: Place, make_app: MakeApp
) -> None:
    app = make_app(talks)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "j")
        current = messages(pilot).current_id
        await press(pilot, "o", "s")
        assert subjects(pilot) == ["Re: Boat", "Re: Boat", "Boat", "Rain", "Tent"]
        assert messages(pilot).current_id == current
        assert "subject" in main_screen(pilot).status_line.status.order
        deliver(talks, "INBOX", [Sample(talk("Re: River", 8), 10)], first_uid=60)
        await settle(pilot)
        assert subjects(pilot) == ["Re: Boat", "Re: Boat", "Boat", "Rain", "Re: River", "Tent"]
        await press(pilot, "o", "r")
        assert subjects(pilot)[0] == "Tent"
        await press(pilot, "o", "u")
        assert subjects(pilot)[:2] == ["Re: River", "Re: Boat"]
        await press(pilot, "s")
        assert subjects(pilot)[:2] == ["Re: River", "Re: Boat"]
        await press(pilot, "o", "f")
        main_screen(pilot).desk.open_listing(talks.mailbox_ids["Sent"])
        await settle(pilot)
        assert main_screen(pilot).desk.lists.view == ListView()
        main_screen(pilot).desk.open_listing(talks.mailbox_ids["INBOX"])
        await settle(pilot)
        assert [row.from_label for index in range(6) if (row := messages(pilot).row(index))][:3] == ["Ada"] * 3
    assert app.session.kept.lists.orders == {f"mailbox {talks.mailbox_ids['INBOX']}": "sender"}


async def test_a_search_is_a_list_like_others(talks: Place, make_app: MakeApp) -> None:
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.desk.open_listing(SearchKey("boat from:ada"))
        assert screen.desk.lists_view.title == "searching…"
        await settle(pilot)
        assert subjects(pilot) == ["Re: Boat", "Boat"]
        assert screen.status_line.status.mailbox == "Search: boat from:ada"
        await press(pilot, "j", "k")
        deliver(talks, "Work", [Sample(talk("Boats for sale", 30), 10)])
        await settle(pilot)
        assert subjects(pilot) == ["Boats for sale", "Re: Boat", "Boat"]
        await press(pilot, "t")
        assert toasts(pilot)
        await press(pilot, "d")
        assert subjects(pilot) == ["Boats for sale", "Boat"]
        await press(pilot, "o", "s")
        assert subjects(pilot) == ["Boat", "Boats for sale"]


async def test_a_search_without_a_find_says_what_was_looked_for(talks: Place, make_app: MakeApp) -> None:
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for text, told in (("marmalade", "Nothing found for marmalade"), ("is:purple", "is: knows")):
            screen.desk.open_listing(SearchKey(text))
            await settle(pilot)
            empty = " ".join(shown_line(pilot, row).strip() for row in range(8))
            assert told in empty
            assert "/ searches for something else" in empty
        deliver(talks, "Work", [Sample(talk("Boats for sale", 30), 10)])
        told_before = len(toasts(pilot))
        await settle(pilot)
        assert len(toasts(pilot)) == told_before


async def test_two_lines_a_message(place: Place, make_app: MakeApp) -> None:
    async with make_app(place, config=replace(CONFIG, ui=replace(CONFIG.ui, threads=True))).run_test(
        size=SIZE
    ) as pilot:
        await settle(pilot)
        list_ = messages(pilot)
        await press(pilot, "w", "c", "j", "j")
        assert list_.row_lines == 2
        assert list_.virtual_size.height == 24
        assert "Ada Quill" in shown_line(pilot, 2)
        assert "Letter 2" in shown_line(pilot, 2, 1)
        await press(pilot, "G")
        height = list_.scrollable_content_region.height
        assert list_.scroll_offset.y == 24 - height
        await pilot.click(list_, offset=(20, 1))
        await settle(pilot)
        assert list_.cursor == (list_.scroll_offset.y + 1) // 2
        await press(pilot, "w", "c")
        assert list_.virtual_size.height == 12


async def test_settings_show_at_once(talks: Place, make_app: MakeApp) -> None:
    app = make_app(talks)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        columns = (Column.DATE, Column.SUBJECT)
        ui = replace(CONFIG.ui, columns=columns, dates=DateForm.ABSOLUTE, threads=True, density=Density.COMFORTABLE)
        app.session.replace_config(replace(CONFIG, ui=ui))
        await settle(pilot)
        assert messages(pilot).row_lines == 2
        assert subjects(pilot) == ["Rain", "Re: Boat", "Tent"]
        assert "2025-03-12" in shown_line(pilot, 1)
        assert "▸4" in shown_line(pilot, 1, 1)


async def test_the_mouse(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen, list_ = main_screen(pilot), messages(pilot)
        await pilot.click(list_, offset=(20, 3))
        await settle(pilot)
        assert (list_.cursor, screen.desk.pane.value) == (3, "messages")
        await pilot.click(list_, offset=(20, 4), control=True)
        await settle(pilot)
        assert list_.model.marked == {place.ids("INBOX")[4]}
        assert list_.dragged(4) == [place.ids("INBOX")[4]]
        assert list_.dragged(5) == [place.ids("INBOX")[5]]
        await pilot.click(list_, offset=(20, 6), times=2)
        await settle(pilot)
        assert screen.desk.is_reading
        assert screen.desk.reader.message_id == place.ids("INBOX")[6]


async def test_the_sign_of_a_thread_folds_and_unfolds(talks: Place, make_app: MakeApp) -> None:
    async with make_app(talks).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "t")
        list_, x = messages(pilot), shown_line(pilot, 1).index("▸")
        for count in (6, 3):
            await pilot.click(list_, offset=(x, 1))
            await settle(pilot)
            assert list_.line_count == count


@pytest.mark.parametrize("lines", [1, 2])
async def test_five_hundred_messages_arrive_while_the_user_scrolls(place: Place, make_app: MakeApp, lines: int) -> None:
    old = [Sample(plain(f"Old {n}", number=n), 100_000 + n, ("\\Seen",)) for n in range(60)]
    deliver(place, "INBOX", old, first_uid=100, with_bodies=False)
    async with make_app(place).run_test(size=SIZE) as pilot:
        await settle(pilot)
        list_ = messages(pilot)
        if lines == 2:
            await press(pilot, "w", "c")
        list_.cursor = 3
        current = list_.current_id
        list_.scroll_to(y=20 * lines, animate=False, force=True)
        await settle(pilot)
        seen = [shown_line(pilot, list_.scroll_offset.y // lines + row) for row in range(5)]
        for batch in range(5):
            samples = [Sample(plain(f"New {batch} {n}", number=n), -n - batch * 100) for n in range(100)]
            deliver(place, "INBOX", samples, first_uid=1000 + batch * 100, with_bodies=False)
            await settle(pilot)
            assert list_.current_id == current
            assert [shown_line(pilot, list_.scroll_offset.y // lines + row) for row in range(5)] == seen
        assert list_.scroll_offset.y == 520 * lines


async def test_a_cursor_step_draws_two_rows(place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with make_app(place).run_test(size=SIZE) as pilot:
        await settle(pilot)
        list_ = messages(pilot)
        drawn: list[int] = []
        draw = list_.draw_lines
        monkeypatch.setattr(list_, "draw_lines", lambda lines: drawn.extend(lines) or draw(lines))  # type: ignore[func-returns-value, redundant-expr]
        asked: list[int] = []
        load = list_.pages.load_rows
        monkeypatch.setattr(list_.pages, "load_rows", lambda ids: asked.append(len(ids)) or load(ids))  # type: ignore[func-returns-value, redundant-expr]
        list_.cursor += 1
        await pilot.pause()
        assert sorted(set(drawn)) == [0, 1]
        assert not asked


def test_views_are_kept_and_forgotten() -> None:
    kept, ui = KeptLists(), Ui()
    listing = Listing(SpecialUse.INBOX, "All inboxes", SpecialUse.INBOX, ())
    assert view_of(kept, listing, ui) == ListView()
    view = ListView(SortKey.SIZE, descending=False, threaded=True)
    keep_view(kept, listing, ui, view)
    assert view_of(kept, listing, ui) == view
    keep_view(kept, listing, ui, ListView())
    assert kept == KeptLists()
    kept.orders[listing.kept_key] = "from another version"
    assert view_of(kept, listing, replace(ui, threads=True)) == ListView(threaded=True)
    for number in range(MOST_KEPT + 5):
        keep_view(kept, Listing.of_search(f"word {number}"), ui, ListView(SortKey.SIZE))
    assert len(kept.orders) == MOST_KEPT
    assert f"search word {MOST_KEPT + 4}" in kept.orders
    assert not view_of(kept, Listing.of_search("boat"), replace(ui, threads=True)).threaded


def test_the_density_holds_until_the_setting_is_changed() -> None:
    kept, compact = KeptLists(), Ui()
    comfortable = Ui(density=Density.COMFORTABLE)
    assert density_of(kept, compact) is compact.density
    keep_density(kept, compact, comfortable.density)
    assert density_of(kept, compact) is comfortable.density
    keep_density(kept, comfortable, compact.density)
    assert density_of(kept, comfortable) is compact.density
    assert density_of(kept, compact) is compact.density


def test_a_row_is_read_with_the_beginning_of_its_text_and_its_thread(talks: Place) -> None:
    ids = talks.ids("INBOX")
    rows = talks.store.mail.read(partial(read.list_rows, ids=ids))
    boat = {rows[MessageId(ids[index])].thread_id for index in (1, 3, 4)}
    assert len(boat) == 1
    assert not any(row.muted for row in rows.values())
