"""The settings screen: keys change config.toml and what is on the screen."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.ui.conftest import MakeApp
from tests.ui.driving import press, press_into_dialog, settle, toasts, until
from tests.ui.sample_store import Place
from tuimail.config.load import load_config
from tuimail.config.schema import Glyphs
from tuimail.ui.app import TuimailApp
from tuimail.ui.looks import glyphs
from tuimail.ui.screens.setting_dialogs import TypeValue
from tuimail.ui.screens.settings import SettingsScreen
from tuimail.ui.screens.theme_picker import ThemePicker
from tuimail.ui.widgets.settings_list import SettingsList

TEXT = """\
# mine
[accounts.home]
address = "sam@example.net"  # me
imap.host = "imap.example.net"

[ui]
theme = "tuimail-dark"  # dark
"""


@pytest.fixture(autouse=True)
def _plain_again() -> Iterator[None]:
    yield
    glyphs.use(Glyphs.PLAIN)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text(TEXT)
    return made


@pytest.fixture
def app(place: Place, make_app: MakeApp, path: Path) -> TuimailApp:
    made = make_app(place, config=load_config(path))
    made.session.config_path = path
    return made


def said(path: Path) -> dict[str, dict[str, object]]:
    document: dict[str, dict[str, object]] = tomllib.loads(text_of(path))
    return document


def text_of(path: Path) -> str:
    return path.read_text()


def write(path: Path, text: str) -> None:
    path.write_text(text)


async def go_to(pilot: Pilot[None], name: str) -> SettingsList:
    if not isinstance(pilot.app.screen, SettingsScreen):
        await press(pilot, "comma")
    settings = pilot.app.screen.query_one(SettingsList)
    settings.cursor = next(index for index, row in enumerate(settings.rows) if row.setting.name == name)
    await pilot.pause()
    return settings


def said_of(app: TuimailApp) -> tuple[bool, int]:
    config = app.session.config
    return config.ui.threads, config.sync.poll_minutes


def detail(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#detail", Static).render())


async def test_switches_choices_and_numbers_are_written_and_taken_back(app: TuimailApp, path: Path) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "notify.bell")
        await press(pilot, "space")
        assert said(path)["notify"] == {"bell": True}
        assert app.session.config.notify.bell
        await go_to(pilot, "ui.dates")
        await press(pilot, "right")
        assert said(path)["ui"]["dates"] == "absolute"
        await go_to(pilot, "sync.poll_minutes")
        await press(pilot, "left", "left")
        assert app.session.config.sync.poll_minutes == 3
        await press(pilot, "backspace")
        assert app.session.config.sync.poll_minutes == 5
        assert "poll_minutes" not in said(path).get("sync", {})
        await press(pilot, "u", "u", "u", "u")
        assert "dates" not in said(path)["ui"]
        assert "# dark" in text_of(path)
        await press(pilot, "u")
        assert text_of(path) == TEXT
        await press(pilot, "u")
        assert "There is nothing to undo." in toasts(pilot)
        await press(pilot, "escape")
        assert app.screen is app.main_screen


async def test_what_is_typed_is_checked_where_it_is_typed(app: TuimailApp, path: Path) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "snooze.morning")
        await press_into_dialog(pilot, "enter")
        assert isinstance(app.screen, TypeValue)
        app.screen.query_one(Input).value = "8 o'clock"
        await press_into_dialog(pilot, "enter")
        assert 'expected a time of day such as "08:00"' in str(app.screen.query_one("#fault", Static).render())
        assert text_of(path) == TEXT
        app.screen.query_one(Input).value = "07:15"
        await press(pilot, "enter")
        assert said(path)["snooze"] == {"morning": "07:15"}


async def test_columns_are_chosen_and_ordered(app: TuimailApp, path: Path) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "ui.columns")
        await press_into_dialog(pilot, "enter", "space", "j", "J", "enter")
        await settle(pilot)
        assert said(path)["ui"]["columns"] == ["from", "account", "subject", "keywords", "attachment", "date", "size"]


async def test_a_theme_is_looked_at_kept_or_not(app: TuimailApp, path: Path) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "ui.theme")
        await press_into_dialog(pilot, "enter", *"paper")
        assert isinstance(app.screen, ThemePicker)
        await until(pilot, lambda: app.theme == "tuimail-paper")
        await press(pilot, "escape")
        assert app.theme == "tuimail-dark"
        assert text_of(path) == TEXT
        await press_into_dialog(pilot, "enter", *"paper")
        await press(pilot, "enter")
        assert app.theme == "tuimail-paper"
        assert text_of(path) == TEXT.replace("tuimail-dark", "tuimail-paper")
        await press(pilot, "u")
        assert app.theme == "tuimail-dark"


async def test_words_narrow_the_list(app: TuimailApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        settings = await go_to(pilot, "ui.theme")
        await press(pilot, "slash", *"bell", "enter")
        assert [row.setting.name for row in settings.rows] == ["notify.bell"]
        assert settings.has_focus
        await press(pilot, "slash", "escape")
        assert len(settings.rows) > 15


async def test_a_file_with_faults_is_told_in_place(app: TuimailApp, path: Path) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "ui.threads")
        write(path, TEXT + "[sync]\npoll_minutes = 0\n")
        await press(pilot, "space")
        assert "expected a whole number from 1 to 1440, found 0" in detail(pilot)
        assert said_of(app) == (False, 5)
        write(path, TEXT + "[sync]\npoll_minutes = 9\n")
        await press(pilot, "space")
        assert said_of(app) == (True, 9)


async def test_signs_and_accounts_show_at_once(app: TuimailApp, path: Path) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await go_to(pilot, "ui.glyphs")
        await press(pilot, "right")
        await press(pilot, "escape")
        tree = app.main_screen.mailboxes
        assert "\uf01c" in "".join(tree.render_line(1).text)
        assert "\uf01c" in "".join(
            segment.text for line in range(3) for segment in app.main_screen._compositor.render_strips()[line]
        )
        await go_to(pilot, "accounts.home.hidden")
        await press(pilot, "space")
        await press(pilot, "escape")
        assert tree.line_count == 0


async def test_a_saved_search_is_kept_and_taken_out(app: TuimailApp, path: Path) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "comma")
        await press_into_dialog(pilot, "n", *"Bills", "enter")
        app.screen.query_one(Input).value = "from:billing larger:100k"
        await press(pilot, "enter")
        assert said(path)["searches"] == {"Bills": "from:billing larger:100k"}
        await press(pilot, "x")
        assert app.session.config.searches == {}
