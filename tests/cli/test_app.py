"""Opening the app: what it is given, and what is closed after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.runner import Bench
from tuimail.model.errors import TuimailError


class FakeLink:
    """Stands for the engine's process; notes what it is made of."""

    events: list[Any] = []  # noqa: RUF012 - emptied by the fixture

    @classmethod
    def for_data_dir(cls, config: Path, data_dir: Path, secrets: Mapping[str, str]) -> FakeLink:
        cls.events.append((config, data_dir, dict(secrets)))
        return cls()

    def close(self) -> None:
        self.events.append("close")


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    FakeLink.events = []
    monkeypatch.setattr("tuimail.ui.link.EngineLink", FakeLink)
    for module in ("app", "passwords"):
        monkeypatch.setattr(f"tuimail.cli.{module}.is_terminal", lambda _stream: True)
    return FakeLink.events


def test_passwords_are_asked_before_the_screen_and_handed_to_the_engine(
    bench: Bench, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.ui.app.run", lambda *_arguments, **_more: events.append("run"))
    result = bench.run(given="typed-17\n")
    assert result.exit_code == 0
    assert events == [(bench.config, bench.data, {"home": "typed-17"}), "run"]
    assert "typed-17" not in result.output


def test_the_engine_ends_with_a_screen_that_fails(
    bench: Bench, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_app: object) -> None:
        raise TuimailError("The screen could not be drawn.")

    monkeypatch.setattr("tuimail.ui.app.TuimailApp.run", fail)
    result = bench.run(given="\n")
    assert result.exit_code == 1
    assert "could not be drawn" in result.stderr
    assert events[0] == (bench.config, bench.data, {})
    assert events[1:] == ["close"]


@pytest.mark.parametrize(
    ("term", "encoding", "told"),
    [
        ("dumb", "utf-8", "calls itself dumb (TERM=dumb): it cannot draw the app"),
        ("xterm", "ascii", "The app draws in UTF-8, and this locale says ascii"),
        ("xterm", "iso-8859-15", "LC_ALL=C.UTF-8"),
    ],
)
def test_a_terminal_that_cannot_show_the_app_is_told(
    bench: Bench, events: list[Any], monkeypatch: pytest.MonkeyPatch, term: str, encoding: str, told: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("tuimail.cli.app.sys", SimpleNamespace(stdin=None, stdout=SimpleNamespace(encoding=encoding)))
    result = bench.run()
    assert result.exit_code == 2
    assert told in result.stderr.replace("\n", " ")
    assert events == []


def test_a_damaged_store_is_told_before_anything_is_drawn(bench: Bench, events: list[Any]) -> None:
    (bench.data / "mail.db").write_bytes(b"no database" * 1000)
    result = bench.run(given="\n")
    assert result.exit_code == 1
    assert "tuimail store rebuild" in result.stderr
    assert events == []


def test_without_an_account_the_app_begins_with_setting_one_up(
    bench: Bench, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("tuimail.ui.app.run", lambda *_arguments, **more: given.update(more))
    bench.config.write_text("# nothing yet\n", "utf-8")
    assert bench.run().exit_code == 0
    assert (given["adds_account"], given["config_path"]) == (True, bench.config)
    bench.config.write_text('[accounts.a]\naddress = "a@example.org"\nimap.host = "127.0.0.1"\n', "utf-8")
    assert bench.run(given="\n").exit_code == 0
    assert given["adds_account"] is False


def test_a_configuration_that_was_named_and_is_not_there_is_made_in_the_app(
    bench: Bench, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("tuimail.ui.app.run", lambda *_arguments, **more: given.update(more))
    bench.config.unlink()
    assert bench.run().exit_code == 0
    assert (given["adds_account"], given["config_path"]) == (True, bench.config)
    assert bench.run("account", "list").exit_code == 2
