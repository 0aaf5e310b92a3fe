"""What a run leaves for the next: panes, what was open, where the cursor was."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from textual.strip import Strip

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, settle, until
from tests.ui.sample_store import NOW, Place, Sample, deliver, plain
from tests.ui.several_accounts import CONFIG as THREE
from tests.ui.several_accounts import make_three
from tuimail.config.schema import Layout
from tuimail.model.mailbox import SpecialUse
from tuimail.store import messages
from tuimail.store.store import Store
from tuimail.ui.commands.desk import Pane
from tuimail.ui.kept import FILE_NAME, Kept, KeptLayout, KeptPlace, encode_kept, load_kept, save_kept
from tuimail.ui.models.listing import SearchKey
from tuimail.ui.screens import main
from tuimail.ui.screens.desk import spots
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList


def keep(place: Place, kept: Kept) -> None:
    """What the run before left."""
    save_kept(place.store.data_dir, encode_kept(kept))


def kept_place(place: Place, mailbox: str, line: int, **more: object) -> KeptPlace:
    """A user who was on that line of a mailbox."""
    values = {"account": "home", "mailbox": mailbox, "message_id": place.ids(mailbox)[line], "line": line, **more}
    return KeptPlace(**values)  # type: ignore[arg-type]


def deliver_many(place: Place) -> None:
    """Forty messages in Work, a minute apart."""
    samples = [Sample(plain(f"Task {number}", number=number), 60 * number, ("\\Seen",)) for number in range(40)]
    deliver(place, "Work", samples, first_uid=1, with_bodies=False)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    kept = Kept(
        layout=KeptLayout(layout=Layout.TALL, hides_preview=True, list_tall=0.3),
        place=KeptPlace(account="home", mailbox="Wörk/2024", message_id=7, folded=[("home", "Lists")]),
    )
    save_kept(tmp_path, encode_kept(kept))
    assert load_kept(tmp_path) == kept
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("octets", [b"", b"{", b"\xff\xfe", b'{"layout":{"tree_wide":"x"}}', b'{"place":[1]}'])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(octets)
    assert load_kept(tmp_path) == Kept()


def test_a_directory_that_cannot_be_written_bothers_nobody(tmp_path: Path) -> None:
    save_kept(tmp_path / "none", encode_kept(Kept()))
    assert load_kept(tmp_path / "none") == Kept()


async def test_it_is_written_in_the_background_and_only_when_it_changed(place: Place, tmp_path: Path) -> None:
    session = Session(place.store, CONFIG, None, config_path=tmp_path / "config.toml", clock=lambda: NOW)
    path = place.store.data_dir / FILE_NAME

    async def keep_soon() -> None:
        session.keep_soon()
        # What was asked for after it is done after it.
        await session.write(lambda _: None)

    await keep_soon()
    assert not path.exists()
    session.gather_kept(lambda: setattr(session.kept.layout, "hides_preview", True))
    await keep_soon()
    assert load_kept(place.store.data_dir).layout.hides_preview
    path.unlink()
    await keep_soon()
    session.close()
    assert not path.exists()


async def test_a_new_run_is_where_the_last_one_was(place: Place, make_app: MakeApp) -> None:
    deliver_many(place)
    ids = place.ids("Work")
    app = make_app(place)
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for id_ in ("pane.mailboxes", "cursor.bottom", "cursor.up"):
            screen.action_run_command(id_)
        await settle(pilot)
        for id_ in ("mailbox.open", *["cursor.page_down"] * 3, *["cursor.up"] * 4, "message.open"):
            screen.action_run_command(id_)
        await settle(pilot)
        assert screen.desk.pane is Pane.PREVIEW
        current, top = screen.messages.current_id, screen.messages.scroll_offset.y
        screen.mailboxes.fold([("home", "Lists")])
        screen.action_run_command("layout.wide")
        await settle(pilot)
    app.session.close()
    assert current in ids
    assert top > 0
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert screen.desk.listing is not None
        assert screen.desk.listing.title == "Work"
        assert (screen.messages.current_id, screen.desk.reader.message_id) == (current, current)
        assert (screen.desk.pane, screen.preview.has_focus) == (Pane.PREVIEW, True)
        assert screen.panes.plan.form is Layout.WIDE
        assert screen.mailboxes.model.folded == {("home", "Lists")}
        row = screen.mailboxes.current_row
        assert row is not None
        assert row.key == ("home", "Work")


async def test_a_run_that_is_killed_has_kept_its_place(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "KEEP_EVERY_S", 0.01)
    app = make_app(place)
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        main_screen(pilot).action_run_command("cursor.bottom")
        await settle(pilot)
        await until(pilot, lambda: load_kept(place.store.data_dir).place.line == 11, "what is kept")
        kept = load_kept(place.store.data_dir).place
        assert (kept.account, kept.mailbox, kept.line) == ("home", "INBOX", 11)
        assert kept.message_id == place.ids("INBOX")[11]


async def test_the_message_stands_where_it_stood_from_the_first_picture_on(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = MessageList.draw_lines

    def draw_lines(list_: MessageList, lines: Iterable[int]) -> list[Strip]:
        drawn.append(list_.scroll_offset.y)
        return draw(list_, lines)

    monkeypatch.setattr(MessageList, "draw_lines", draw_lines)
    deliver_many(place)
    keep(place, Kept(place=kept_place(place, "Work", 20, above=3)))
    samples = [Sample(plain(f"News {number}", number=number), -60 * number) for number in range(5)]
    deliver(place, "Work", samples, first_uid=100, with_bodies=False)
    async with make_app(place).run_test(size=(140, 20)) as pilot:
        await settle(pilot)
        list_ = main_screen(pilot).messages
        assert list_.current_id == place.ids("Work")[25]
        assert list_.cursor - list_.scroll_offset.y == 3
        assert set(drawn) == {list_.scroll_offset.y}


async def test_a_message_that_was_open_is_not_taken_for_opened_again(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    keep(place, Kept(place=kept_place(place, "INBOX", 3, pane="preview")))
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert (screen.desk.pane, screen.desk.reader.message_id) == (Pane.PREVIEW, ids[3])
        assert not any("\\Seen" in place.flags(id_) for id_ in (ids[0], ids[3]))
        for _ in range(3):
            screen.action_run_command("message.next")
            await settle(pilot)
        assert "\\Seen" in place.flags(ids[6])


@pytest.mark.parametrize(("gone", "wanted"), [([30], 31), ([30, 31, 32], 33), (range(30, 40), 29)])
async def test_a_message_that_went_gives_its_place_to_its_neighbour(
    place: Place, make_app: MakeApp, gone: list[int], wanted: int
) -> None:
    deliver_many(place)
    ids = place.ids("Work")
    keep(place, Kept(place=kept_place(place, "Work", 30, date=NOW - 30 * 60, pane="preview")))
    leaving = [ids[line] for line in gone]
    place.store.mail.write(partial(messages.vanish, ids=leaving, now=NOW), durable=False)
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        assert main_screen(pilot).messages.current_id == ids[wanted]
        assert main_screen(pilot).desk.pane is Pane.MESSAGES


async def test_a_place_deep_in_a_long_list_is_found_when_the_list_has_been_read(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spots, "FIRST_ROWS", 10)
    monkeypatch.setattr(spots, "DEEPEST", 20)
    deliver_many(place)
    keep(place, Kept(place=kept_place(place, "Work", 30)))
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        assert main_screen(pilot).messages.current_id == place.ids("Work")[30]


@pytest.mark.parametrize(
    "kept",
    [
        KeptPlace(account="home", mailbox="No longer", message_id=3),
        KeptPlace(use="\\Junk"),
        KeptPlace(account="home", mailbox="INBOX", message_id=2**62, line=-5, above=-9, pane="nowhere"),
        KeptPlace(account="home", mailbox="INBOX", line=2**40, message_id=1, tree_row=("x", "y")),
    ],
)
async def test_what_is_no_longer_there_does_no_harm(place: Place, make_app: MakeApp, kept: KeptPlace) -> None:
    keep(place, Kept(place=kept))
    async with make_app(place).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert screen.desk.listing is not None
        assert screen.desk.listing.title == "Inbox"
        assert screen.desk.pane is Pane.MESSAGES
        assert screen.messages.current_id in place.ids("INBOX")


async def test_views_of_several_and_searches_are_opened_again(tmp_path: Path, make_app: MakeApp) -> None:
    three = make_three(Store(tmp_path / "three"))
    keep(three.work, Kept(place=KeptPlace(use=SpecialUse.TRASH.value)))
    async with make_app(three.work, config=THREE).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        listing = main_screen(pilot).desk.listing
        assert listing is not None
        assert listing.key is SpecialUse.TRASH
    keep(three.work, Kept(place=KeptPlace(search="boat")))
    async with make_app(three.work, config=THREE).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        listing = main_screen(pilot).desk.listing
        assert listing is not None
        assert listing.key == SearchKey("boat")
    three.store.close()
