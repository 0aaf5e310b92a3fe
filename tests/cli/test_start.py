"""The entry point: what opens the app at once, and that the rest is the command line's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.cli.runner import Bench
from tuimail.cli import app, start
from tuimail.cli.main import cli
from tuimail.cli.session import Session
from tuimail.model.errors import ConfigError


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        ([], {}),
        (["--config", "c.toml"], {"config_file": Path("c.toml")}),
        (["--data-dir", "d", "--config", "-c"], {"data_dir": Path("d"), "config_file": Path("-c")}),
        (["--config", "first", "--config", "second"], {"config_file": Path("second")}),
        (["--config"], None),
        (["--config=c.toml"], None),
        (["--data-dir", "d", "-v"], None),
        (["--config", "c.toml", "sync", "--json"], None),
        (["--help"], None),
    ],
)
def test_what_opens_the_app_without_the_command_line(arguments: list[str], places: dict[str, Path] | None) -> None:
    assert start.places_of(arguments) == places


@pytest.mark.parametrize("arguments", [[], ["--config", "{0}"], ["--data-dir", "{1}", "--config", "{0}"]])
def test_it_is_what_the_command_line_would_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    words = [argument.format(bench.config, bench.data) for argument in arguments]
    opened: list[tuple[Path | None, Path | None]] = []
    monkeypatch.setattr(app, "open_app", lambda session: opened.append((session.config_file, session.data_dir)))
    monkeypatch.setattr(sys, "argv", ["tuimail", *words])
    with pytest.raises(SystemExit) as ended:
        start.main()
    with pytest.raises(SystemExit) as parsed:
        cli.main(words, prog_name="tuimail")
    assert ended.value.code == parsed.value.code == 0
    assert opened[0] == opened[1]


def test_errors_become_words_and_a_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_session: Session) -> None:
        raise ConfigError("It is \x1b[31mwrong.", hint="Mend it.")

    monkeypatch.setattr(app, "open_app", fail)
    monkeypatch.setattr(sys, "argv", ["tuimail"])
    with pytest.raises(SystemExit) as ended:
        start.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "It is" in told
    assert "Mend it." in told
    assert "\x1b" not in told


def test_a_shell_that_completes_is_answered_by_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, "_TUIMAIL_COMPLETE": "bash_source"})
    monkeypatch.setattr(sys, "argv", ["tuimail"])
    with pytest.raises(SystemExit):
        start.main()
    assert "_TUIMAIL_COMPLETE" in capsys.readouterr().out
