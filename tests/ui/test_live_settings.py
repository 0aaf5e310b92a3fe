"""Settings that change while the app runs: who is told, and when the engine is behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.driving import press, press_into_dialog, settle, toasts
from tests.ui.sample_store import NOW, Place
from tuimail.config.load import load_config
from tuimail.config.schema import Config
from tuimail.model.errors import ConfigError
from tuimail.ui.link import EngineLink
from tuimail.ui.live_settings import LiveSettings
from tuimail.ui.screens.theme_picker import ThemeChoice, matching
from tuimail.ui.session import Session

TEXT = '[accounts.home]\naddress = "sam@example.net"\nimap.host = "imap.example.net"\n'


@pytest.fixture
def session(place: Place, tmp_path: Path) -> Iterator[Session]:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    link = cast("EngineLink", object())
    made = Session(place.store, load_config(path), link, config_path=path, clock=lambda: NOW)
    yield made
    made.close()


async def test_watchers_are_told_what_was_before(session: Session) -> None:
    seen: list[tuple[bool, bool]] = []

    def watch(before: Config) -> None:
        seen.append((before.ui.threads, session.config.ui.threads))

    session.watch_config(watch)
    live = LiveSettings(session)
    await live.change(("ui", "threads"), True)
    assert await live.undo() == "ui.threads"
    assert await live.undo() == ""
    assert seen == [(False, True), (True, False)]
    # What was written here is no change by another hand.
    assert not session.config_has_changed()


async def test_what_is_refused_changes_nothing(session: Session) -> None:
    live, before = LiveSettings(session), session.config
    with pytest.raises(ConfigError, match="poll_minutes"):
        await live.change(("sync", "poll_minutes"), 0)
    assert session.config is before
    assert load_config(session.config_path) == before
    assert await live.undo() == ""


async def test_the_engine_is_behind_what_it_reads_at_its_start(session: Session) -> None:
    live = LiveSettings(session)
    await live.change(("ui", "threads"), True)
    await live.change(("accounts", "home", "color"), "teal")
    assert not live.engine_is_behind()
    await live.change(("sync", "poll_minutes"), 9)
    assert live.engine_is_behind()
    assert not live.engine_is_behind()
    await live.change(("accounts", "home", "offline"), "90d")
    await live.undo()
    assert not live.engine_is_behind()


async def test_accounts_are_arranged_anew(session: Session) -> None:
    live, before = LiveSettings(session), session.arrangement
    await live.change(("notify", "bell"), True)
    assert session.arrangement == before
    await live.change(("accounts", "home", "hidden"), True)
    assert session.arrangement > before


def test_themes_are_found_by_name_and_by_kind() -> None:
    choices = [ThemeChoice("night", "dark"), ThemeChoice("day", "light"), ThemeChoice("darling", "light")]
    assert matching(choices, " ") == choices
    assert {one.name for one in matching(choices, "light")} == {"day", "darling"}
    assert {one.name for one in matching(choices, "dar")} == {"night", "darling"}
    assert matching(choices, "xyz") == []


async def test_a_theme_is_chosen_by_its_name_in_the_palette(place: Place, make_app: MakeApp, session: Session) -> None:
    app = make_app(place, config=session.config)
    app.session.config_path = session.config_path
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "ctrl+p", *"theme: paper")
        await settle(pilot)
        await press(pilot, "enter")
        assert app.theme == "tuimail-paper"
        assert load_config(session.config_path).ui.theme == "tuimail-paper"
        assert "Theme tuimail-paper is kept." in toasts(pilot)
