"""Fixtures of the screen's tests: a store with mail, a clock that stands, an app on both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.album import Album
from tests.ui.sample_store import NOW, Place, Sample, deliver, make_place, plain
from tuimail.config.schema import Account, Config, ImapServer, Ui
from tuimail.ui.app import TuimailApp
from tuimail.ui.link import EngineLink
from tuimail.ui.screens import key_dispatch, message_reader, resize_storm, theme_picker
from tuimail.ui.screens.desk import opening
from tuimail.ui.session import Session

CONFIG = Config(
    accounts={"home": Account(address="sam@example.net", imap=ImapServer(host="imap.example.net"))},
    ui=Ui(theme="tuimail-dark"),
)
MakeApp = Callable[..., TuimailApp]


@pytest.fixture(autouse=True)
def _steady_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    # With sixteen colours the app takes a theme for these.
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    # The cursor's rest before something is loaded is for people.
    monkeypatch.setattr(message_reader, "DEBOUNCE_S", 0.001)
    monkeypatch.setattr(opening, "OPEN_AFTER_S", 0.001)
    monkeypatch.setattr(theme_picker, "PREVIEW_AFTER_S", 0.001)
    monkeypatch.setattr(key_dispatch, "HOLD_S", 0.001)
    monkeypatch.setattr(resize_storm, "RESIZE_REST_S", 0.0)
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Twelve messages in INBOX, newest first; every third is unseen, from the newest on."""
    made = make_place(tmp_path / "data")
    samples = [
        Sample(plain(f"Letter {number}", number=number), 600 * number, () if number % 3 == 0 else ("\\Seen",))
        for number in range(12)
    ]
    deliver(made, "INBOX", samples)
    yield made
    made.store.close()


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[MakeApp]:
    """Makes the app on a place."""
    sessions: list[Session] = []

    def make(place: Place, *, config: Config = CONFIG, link: EngineLink | None = None, notice: str = "") -> TuimailApp:
        config_path = Path("/home/sam/.config/tuimail/config.toml")
        session = Session(place.store, config, link, config_path=config_path, clock=lambda: NOW)
        sessions.append(session)
        app = TuimailApp(session, notice=notice)
        app.animation_level = "none"
        return app

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def album(subtests: pytest.Subtests, tmp_path: Path, request: pytest.FixtureRequest) -> Album:
    """Compares, or approves with `--update-pictures`."""
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    return Album(subtests, drawn, approves=bool(request.config.getoption("update_pictures")))
