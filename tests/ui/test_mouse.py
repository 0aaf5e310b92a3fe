"""The mouse: separators, messages dragged onto mailboxes, the tree, the context menu, the wheel."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.geometry import Offset, Region, Size
from textual.pilot import Pilot

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, settle, toasts, until
from tests.ui.pointing import at, click, drag, tell
from tests.ui.sample_store import Place
from tests.ui.several_accounts import CONFIG as THREE
from tests.ui.several_accounts import make_three
from tuimail.store.store import Store
from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.desk import Pane
from tuimail.ui.commands.menus import CONTEXTS, MENUS
from tuimail.ui.models.pane_model import Separator
from tuimail.ui.screens.context_menu import ContextMenu, MenuItem, MenuLines, menu_region


def tree_place(pilot: Pilot[None], key: tuple[str, str]) -> Offset:
    """Where a row of the tree is on the screen."""
    tree = main_screen(pilot).mailboxes
    index = tree.model.find(key)
    assert index is not None
    return at(tree, 6, index - tree.scroll_offset.y)


@pytest.mark.parametrize("size", [(140, 40), (100, 30)])
async def test_separators_are_dragged(place: Place, make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app(place).run_test(size=size) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        line = screen.query_one(f"#{Separator.TREE.value}")
        here, before = line.region.offset + Offset(0, 5), screen.mailboxes.size.width
        await drag(pilot, [here, here + Offset(4, 0), here + Offset(9, 1)], lets_go=False)
        assert screen.panes.ghost.display
        assert screen.panes.ghost.region.x == here.x + 9
        assert screen.mailboxes.size.width == before
        await tell(pilot, events.MouseUp, here + Offset(9, 1))
        await settle(pilot)
        assert line.region.x == here.x + 9
        assert not pilot.app.mouse_captured
        other = screen.query_one(f"#{Separator.LIST.value}")
        here = other.region.offset + Offset(3 if size[0] == 100 else 0, 3 if size[0] == 140 else 0)
        await drag(pilot, [here, here - Offset(4, 3)])
        await settle(pilot)
        moved = here - other.region.offset - Offset(3 if size[0] == 100 else 0, 3 if size[0] == 140 else 0)
        assert moved in (Offset(4, 0), Offset(0, 3))


async def test_a_click_on_a_separator_changes_nothing(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await click(pilot, screen.query_one(f"#{Separator.TREE.value}").region.offset + Offset(0, 5))
        await settle(pilot)
        assert screen.panes.model.kept.tree_wide == 0
        assert pilot.app.mouse_captured is None


async def test_a_message_is_dragged_onto_a_mailbox(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        goal = tree_place(pilot, ("home", "Work"))
        await drag(pilot, [at(screen.messages, 20, 2), at(screen.messages, 10, 4), goal], lets_go=False)
        assert screen.panes.label.display
        assert screen.panes.label.text == " 1 message → Work"
        label = screen.panes.label.region
        assert all(screen.get_widget_at(x, label.y)[0] is screen.panes.label for x in range(label.x, label.right))
        drop = screen.mailboxes.model.find(("home", "Work"))
        assert drop is not None
        assert any(segment.style and segment.style.reverse for segment in screen.mailboxes.render_line(drop))
        await tell(pilot, events.MouseUp, goal)
        await settle(pilot)
        assert place.mailbox_of(ids[2]) == "Work"
        assert len(place.ids("INBOX")) == 11
        assert (screen.panes.label.display, pilot.app.mouse_captured) == (False, None)
        assert not any(segment.style and segment.style.reverse for segment in screen.mailboxes.render_line(drop))


async def test_the_marked_are_dragged_together_and_ctrl_copies(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for id_ in ("mark.toggle", "mark.toggle", "mark.toggle"):
            screen.action_run_command(id_)
        await settle(pilot)
        goal = tree_place(pilot, ("home", "Lists/dev"))
        path = [at(screen.messages, 20, 1), at(screen.messages, 10, 4), goal]
        await drag(pilot, path, ctrl=True, lets_go=False)
        assert screen.panes.label.text == " Copy 3 messages → dev"
        await tell(pilot, events.MouseUp, goal, ctrl=True)
        await settle(pilot)
        assert len(place.ids("Lists/dev")) == 3
        assert len(place.ids("INBOX")) == 12
        await drag(pilot, [at(screen.messages, 20, 5), at(screen.messages, 10, 6), goal])
        await settle(pilot)
        assert place.mailbox_of(ids[5]) == "Lists/dev"
        assert toasts(pilot)


@pytest.mark.parametrize("end", ["elsewhere", "where it began", "escape", "own mailbox", "dialog"])
async def test_a_drag_that_ends_elsewhere_did_nothing(place: Place, make_app: MakeApp, end: str) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        goal = tree_place(pilot, ("home", "INBOX" if end == "own mailbox" else "Work"))
        goal = at(screen.preview, 5, 5) if end == "elsewhere" else goal
        goal = at(screen.messages, 5, 7) if end == "where it began" else goal
        await drag(pilot, [at(screen.messages, 20, 2), at(screen.messages, 10, 4), goal], lets_go=False)
        assert screen.panes.label.display
        if end == "escape":
            screen.action_run_command("pane.back")
        elif end == "dialog":
            pilot.app.capture_mouse(None)
        await settle(pilot)
        await tell(pilot, events.MouseUp, goal)
        await settle(pilot)
        assert len(place.ids("INBOX")) == 12
        assert (screen.desk.pane, screen.messages.cursor) == (Pane.MESSAGES, 0)
        assert (screen.panes.label.display, pilot.app.mouse_captured) == (False, None)


async def test_hidden_mailboxes_come_for_a_drag(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.action_run_command("layout.mailboxes")
        await settle(pilot)
        await drag(pilot, [at(screen.messages, 20, 0), at(screen.messages, 60, 3)], lets_go=False)
        await settle(pilot)
        goal = tree_place(pilot, ("home", "Archive"))
        await tell(pilot, events.MouseMove, goal)
        await tell(pilot, events.MouseUp, goal)
        await settle(pilot)
        assert place.mailbox_of(ids[0]) == "Archive"
        assert not screen.mailboxes.display


async def test_views_of_all_accounts_file_each_message_at_home(tmp_path: Path, make_app: MakeApp) -> None:
    three = make_three(Store(tmp_path / "three"))
    async with make_app(three.work, config=THREE).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        first = three.inboxes()[0]
        goal = tree_place(pilot, ("", "\\Archive"))
        await drag(pilot, [at(screen.messages, 30, 0), at(screen.messages, 10, 3), goal])
        await settle(pilot)
        assert three.work.mailbox_of(first) == "Archive"
        before = three.inboxes()
        goal = tree_place(pilot, ("", "\\Sent"))
        await drag(pilot, [at(screen.messages, 30, 0), at(screen.messages, 10, 3), goal])
        await settle(pilot)
        assert three.inboxes() == before
    three.store.close()


async def test_clicks_in_the_tree(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await click(pilot, tree_place(pilot, ("home", "Archive")))
        await settle(pilot)
        assert screen.desk.listing is not None
        assert screen.desk.listing.title == "Archive"
        assert screen.focused is screen.messages
        assert screen.desk.pane is Pane.MESSAGES
        await click(pilot, tree_place(pilot, ("home", "Lists")), times=2)
        await settle(pilot)
        assert screen.mailboxes.model.folded == {("home", "Lists")}
        assert screen.desk.listing.title == "Lists"


async def test_the_wheel_scrolls_what_is_under_the_pointer(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 9)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        assert screen.desk.pane is Pane.MESSAGES
        await tell(pilot, events.MouseScrollDown, at(screen.mailboxes, 3, 3), button=0)
        await until(pilot, lambda: screen.mailboxes.scroll_offset.y > 0)
        assert screen.messages.scroll_offset.y == 0
        await tell(pilot, events.MouseScrollDown, at(screen.messages, 3, 3), button=0)
        await until(pilot, lambda: screen.messages.scroll_offset.y > 0)
        assert screen.messages.cursor == 0


def menu(pilot: Pilot[None]) -> ContextMenu:
    """The menu that is open."""
    assert isinstance(pilot.app.screen, ContextMenu)
    return pilot.app.screen


async def test_the_other_button_opens_a_menu_that_runs_commands(place: Place, make_app: MakeApp) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        await click(pilot, at(screen.messages, 20, 4), button=3)
        await settle(pilot)
        lines = menu(pilot).query_one(MenuLines)
        assert screen.messages.current_id == ids[4]
        assert screen.desk.pane is Pane.MESSAGES
        assert [item.id for item in lines.items] == list(MENUS[Pane.MESSAGES])
        assert next(item.keys for item in lines.items if item.id == "message.archive") == "a"
        await click(pilot, at(lines, 3, list(MENUS[Pane.MESSAGES]).index("message.archive")))
        await settle(pilot)
        assert pilot.app.screen is screen
        assert place.mailbox_of(ids[4]) == "Archive"


async def test_the_menu_is_closed_by_escape_and_by_a_click_beside_it(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for pane in Pane:
            await click(pilot, at(screen.query_one(f"#{pane.value}"), 5, 6), button=3)
            await settle(pilot)
            assert [item.id for item in menu(pilot).query_one(MenuLines).items] == list(MENUS[pane])
            if pane is Pane.PREVIEW:
                await pilot.press("escape")
            else:
                await click(pilot, Offset(139, 0))
            await settle(pilot)
            assert pilot.app.screen is screen
        assert len(place.ids("INBOX")) == 12


@pytest.mark.parametrize("size", [(140, 40), (50, 12), (20, 5)])
async def test_the_menu_opens_by_command_and_stays_on_the_screen(
    place: Place, make_app: MakeApp, size: tuple[int, int]
) -> None:
    ids = place.ids("INBOX")
    async with make_app(place).run_test(size=size) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for id_ in ("cursor.bottom", "menu.open"):
            screen.action_run_command(id_)
        await settle(pilot)
        box = menu(pilot).query_one("#box").region
        assert Region(0, 0, *size).contains_region(box)
        assert box.area > 0
        await pilot.press("down", "down", "enter")
        await settle(pilot)
        assert MENUS[Pane.MESSAGES][2] == "message.delete"
        assert place.mailbox_of(ids[11]) == "Trash"


@given(st.integers(1, 20), st.integers(0, 60), st.integers(0, 199), st.integers(0, 59))
def test_a_menu_lies_on_the_screen_and_not_over_the_pointer(count: int, length: int, x: int, y: int) -> None:
    items = [MenuItem("x", "t" * length, "k")] * count
    for screen in (Size(200, 60), Size(80, 24), Size(20, 5)):
        place = Offset(min(x, screen.width - 1), min(y, screen.height - 1))
        region = menu_region(items, "", place, screen)
        assert screen.region.contains_region(region)
        if screen.height >= 2 * (count + 2) and screen.width >= 100:
            assert not region.contains_point(place)


def test_menus_offer_commands_of_their_context() -> None:
    for pane, ids in MENUS.items():
        for id_ in ids:
            assert {CONTEXTS[pane], CONTEXTS[pane].EVERYWHERE} & set(COMMANDS[id_].contexts), id_
        assert len(set(ids)) == len(ids)
