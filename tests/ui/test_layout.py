"""The panes: where the model puts them, and how the screen follows keys, mouse and the terminal's size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.geometry import Region, Size
from textual.pilot import Pilot

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, settle, toasts, until
from tests.ui.sample_store import Place
from tuimail.config.schema import Config, Layout, Ui
from tuimail.ui.commands.desk import Pane
from tuimail.ui.kept import KeptLayout
from tuimail.ui.models.pane_model import PaneModel, Separator, automatic_form
from tuimail.ui.screens import resize_storm

FORMS = st.sampled_from(Layout)
SHARES = st.one_of(st.just(0.0), st.floats(-2, 3))
KEPT = st.builds(
    KeptLayout,
    layout=st.one_of(st.none(), FORMS),
    hides_mailboxes=st.booleans(),
    hides_preview=st.booleans(),
    tree_wide=SHARES,
    tree_tall=SHARES,
    list_wide=SHARES,
    list_tall=SHARES,
)


def run(pilot: Pilot[None], *ids: str) -> None:
    """Run commands by their names."""
    for id_ in ids:
        main_screen(pilot).action_run_command(id_)


def regions(pilot: Pilot[None]) -> dict[Pane, Region]:
    """Where panes stand on the screen."""
    screen = main_screen(pilot)
    widgets = {Pane.MAILBOXES: screen.mailboxes, Pane.MESSAGES: screen.messages, Pane.PREVIEW: screen.preview}
    return {pane: widget.region for pane, widget in widgets.items() if widget.display}


@given(KEPT, FORMS, st.sampled_from(Pane), st.integers(1, 300), st.integers(1, 100))
def test_panes_and_separators_fill_the_area_and_none_is_empty(
    kept: KeptLayout, configured: Layout, pane: Pane, columns: int, lines: int
) -> None:
    model = PaneModel(kept, configured)
    model.pane = pane
    plan = model.plan(columns, lines)
    parts = [*plan.panes.values(), *plan.separators.values()]
    assert plan.panes[pane].area > 0
    assert all(part.area > 0 for part in parts)
    assert sum(part.area for part in parts) == columns * lines
    assert not any(one.overlaps(other) for place, one in enumerate(parts) for other in parts[place + 1 :])
    assert all(Region(0, 0, columns, lines).contains_region(part) for part in parts)


@given(KEPT, st.sampled_from(Separator), st.integers(-50, 400), st.integers(60, 300), st.integers(12, 100))
def test_a_separator_goes_where_it_is_put_or_as_far_as_it_can(
    kept: KeptLayout, separator: Separator, place: int, columns: int, lines: int
) -> None:
    model = PaneModel(kept, Layout.AUTO)
    before = model.plan(columns, lines)
    model.move_separator(separator, place, columns, lines)
    after = model.plan(columns, lines)
    assert after.form is before.form
    if separator in after.separators:
        region = after.separators[separator]
        is_row = separator is Separator.LIST and after.form is Layout.TALL
        assert 0 < (region.y if is_row else region.x) < (lines if is_row else columns)
        if min(pane.width for pane in after.panes.values()) > 16 and min(p.height for p in after.panes.values()) > 3:
            assert (region.y if is_row else region.x) == place


@pytest.mark.parametrize(
    ("columns", "lines", "form"),
    [
        (240, 58, Layout.WIDE),
        (200, 18, Layout.WIDE),
        (120, 40, Layout.WIDE),
        (119, 40, Layout.TALL),
        (80, 22, Layout.TALL),
        (110, 10, Layout.WIDE),
        (90, 10, Layout.NARROW),
        (79, 40, Layout.NARROW),
        (50, 10, Layout.NARROW),
        (20, 4, Layout.NARROW),
    ],
)
def test_the_form_follows_columns_and_lines(columns: int, lines: int, form: Layout) -> None:
    assert automatic_form(columns, lines) is form
    assert PaneModel(KeptLayout(), Layout.AUTO).form(columns, lines) is form


@pytest.mark.parametrize(
    ("wanted", "columns", "lines", "form"),
    [
        (Layout.WIDE, 80, 22, Layout.WIDE),
        (Layout.WIDE, 75, 22, Layout.TALL),
        (Layout.WIDE, 44, 22, Layout.NARROW),
        (Layout.TALL, 240, 10, Layout.WIDE),
        (Layout.TALL, 60, 10, Layout.NARROW),
        (Layout.TALL, 200, 50, Layout.TALL),
        (Layout.NARROW, 240, 60, Layout.NARROW),
    ],
)
def test_a_form_without_room_gives_way_and_comes_back(wanted: Layout, columns: int, lines: int, form: Layout) -> None:
    model = PaneModel(KeptLayout(), wanted)
    assert model.form(columns, lines) is form
    assert model.form(240, 60) is wanted


def test_a_hidden_pane_comes_while_it_has_the_focus() -> None:
    model = PaneModel(KeptLayout(hides_mailboxes=True, hides_preview=True), Layout.WIDE)
    assert model.plan(140, 38).panes == {Pane.MESSAGES: Region(0, 0, 140, 38)}
    model.pane = Pane.PREVIEW
    assert set(model.plan(140, 38).panes) == {Pane.MESSAGES, Pane.PREVIEW}
    model.borrowed = Pane.MAILBOXES
    assert set(model.plan(140, 38).panes) == set(Pane)


def test_sizes_are_shares() -> None:
    model = PaneModel(KeptLayout(), Layout.WIDE)
    model.move_separator(Separator.TREE, 28, 140, 38)
    model.move_separator(Separator.LIST, 28 + 1 + 37, 140, 38)
    assert [region.width for region in model.plan(140, 38).panes.values()] == [28, 37, 73]
    assert [region.width for region in model.plan(280, 38).panes.values()] == [56, 75, 147]
    model.reset()
    assert model.kept == KeptLayout()


def test_keys_resize_the_pane_with_the_focus() -> None:
    model = PaneModel(KeptLayout(), Layout.TALL)
    lines = model.plan(100, 30).panes[Pane.MESSAGES].height
    assert model.resize(1, 100, 30)
    assert model.plan(100, 30).panes[Pane.MESSAGES].height == lines + 2
    model.pane = Pane.PREVIEW
    assert model.resize(1, 100, 30)
    assert model.plan(100, 30).panes[Pane.MESSAGES].height == lines
    model.pane = Pane.MAILBOXES
    columns = model.plan(100, 30).panes[Pane.MAILBOXES].width
    assert model.resize(-2, 100, 30)
    assert model.plan(100, 30).panes[Pane.MAILBOXES].width == columns - 8
    model.kept.layout, model.kept.configured = Layout.NARROW, Layout.TALL
    assert not model.resize(1, 100, 30)


def test_what_is_written_after_a_key_counts() -> None:
    kept = KeptLayout()
    PaneModel(kept, Layout.AUTO).choose(Layout.TALL)
    assert PaneModel(kept, Layout.AUTO).wanted is Layout.TALL
    assert PaneModel(kept, Layout.WIDE).wanted is Layout.WIDE


@pytest.mark.parametrize(
    "size", [(240, 60), (200, 20), (140, 40), (80, 24), (50, 12), (20, 5), (10, 3), (4, 2), (1, 1)]
)
async def test_every_size_can_be_used(place: Place, make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app(place).run_test(size=size) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for id_ in ("cursor.down", "message.open", "pane.back", "pane.back", "pane.next", "layout.wide", "layout.tall"):
            run(pilot, id_)
            await pilot.pause()
            assert screen.panes.plan.panes[screen.desk.pane].area > 0
            assert regions(pilot)[screen.desk.pane].area > 0
        await settle(pilot)
        assert screen.messages.current_id == place.ids("INBOX")[1]


async def test_a_low_terminal_spares_its_lines(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        for height, shown in ((10, (True, True)), (5, (True, False)), (3, (False, False)), (24, (True, True))):
            await pilot.resize_terminal(40, height)
            await settle(pilot)
            assert (screen.status_line.display, screen.key_line.display) == shown
            assert screen.messages.size.height == height - sum(shown)


async def test_layouts_by_command_are_laid_out_at_once(place: Place, make_app: MakeApp) -> None:
    app = make_app(place)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        wide = regions(pilot)
        run(pilot, "layout.tall")
        await settle(pilot)
        tall = regions(pilot)
        assert tall[Pane.PREVIEW].y > tall[Pane.MESSAGES].y == 0
        run(pilot, "layout.narrow")
        await settle(pilot)
        assert regions(pilot) == {Pane.MESSAGES: Region(0, 0, 140, 38)}
        run(pilot, "layout.auto")
        await settle(pilot)
        assert regions(pilot) == wide
        assert not toasts(pilot)
        await pilot.resize_terminal(50, 20)
        run(pilot, "layout.wide")
        await settle(pilot)
        assert toasts(pilot) == ["The layout is wide wherever there is room for it."]
    app.session.close()
    async with make_app(place).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert main_screen(pilot).panes.plan.form is Layout.WIDE


async def test_hidden_panes_come_when_they_are_gone_to(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        run(pilot, "layout.mailboxes", "layout.preview")
        await settle(pilot)
        assert set(regions(pilot)) == {Pane.MESSAGES}
        run(pilot, "message.open")
        await settle(pilot)
        assert set(regions(pilot)) == {Pane.MESSAGES, Pane.PREVIEW}
        assert screen.preview.has_focus
        run(pilot, "pane.back")
        await settle(pilot)
        assert set(regions(pilot)) == {Pane.MESSAGES}
        run(pilot, "pane.back")
        await settle(pilot)
        assert set(regions(pilot)) == {Pane.MAILBOXES, Pane.MESSAGES}
        run(pilot, "layout.mailboxes", "pane.next", "pane.next")
        await settle(pilot)
        assert screen.desk.pane is Pane.MAILBOXES
        run(pilot, "layout.mailboxes")
        await settle(pilot)
        assert (screen.desk.pane, screen.messages.has_focus) == (Pane.MESSAGES, True)


async def test_the_setting_is_followed_while_the_app_runs(place: Place, make_app: MakeApp) -> None:
    app = make_app(place, config=Config(ui=Ui(layout=Layout.WIDE)))
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        app.session.replace_config(Config(ui=Ui(layout=Layout.TALL)))
        await settle(pilot)
        assert main_screen(pilot).panes.plan.form is Layout.TALL


async def test_separators_point_at_the_pane_with_the_focus(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        tree, list_ = (screen.query_one(f"#{one.value}") for one in Separator)

        def shown() -> list[str]:
            lines = screen.panes.query("SeparatorLine").results()
            return ["".join(sorted(set(line.signs))) for line in lines if line.display]  # type: ignore[attr-defined]

        assert shown() == ["▐", "▌"]
        run(pilot, "pane.mailboxes")
        await settle(pilot)
        assert shown() == ["▌", "│"]
        run(pilot, "pane.preview")
        await settle(pilot)
        assert shown() == ["│", "▐"]
        run(pilot, "layout.tall")
        await settle(pilot)
        assert shown() == ["│▐", "▄"]
        assert tree.render_line(0).text == "│"
        assert list_.render_line(0).text == "▄" * list_.size.width


async def test_many_changes_of_size_end_in_one_layout(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        run(pilot, "cursor.bottom")
        await settle(pilot)
        monkeypatch.setattr(resize_storm, "RESIZE_REST_S", 1000.0)
        monkeypatch.setattr(resize_storm, "LONGEST_WAIT_S", 0.05)
        widths: list[int] = []
        fit_to = screen.panes.fit_to

        def fit(columns: int, lines: int) -> None:
            widths.append(columns)
            fit_to(columns, lines)

        monkeypatch.setattr(screen.panes, "fit_to", fit)
        for width in range(139, 91, -1):
            screen.post_message(events.Resize(Size(width, 20), Size(width, 20)))
        await pilot.resize_terminal(91, 20)
        await until(pilot, lambda: screen.panes.size.width == 91)
        await settle(pilot)
        assert set(widths) <= {139, 92, 91}
        list_ = screen.messages
        top, height = list_.scroll_offset.y, list_.size.height
        assert list_.cursor == 11
        assert top <= 11 < top + height
