"""TOML that nobody would write: each reader of a file says so in its own words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tuimail.config import toml_text
from tuimail.config.load import load_config
from tuimail.config.rules import load_rules, remove_rule
from tuimail.model.errors import ConfigError

ABSURD = {
    "lists": f"a = {'[' * 100_000}",
    "tables": f"a = {'{b=' * 20_000}",
    "dotted": f"{'.'.join(['a'] * 3_000)} = 1",
    "digits": f"a = {'9' * 6_000}",
    "bounded": f"a = {'[' * toml_text.MOST_LEVELS}{']' * toml_text.MOST_LEVELS}",
}


@pytest.mark.parametrize("text", ABSURD.values(), ids=ABSURD)
def test_what_nobody_would_write_is_an_error_of_toml(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        toml_text.parse(text)


@pytest.mark.parametrize("text", ABSURD.values(), ids=ABSURD)
def test_files_of_rules_and_settings_say_what_is_wrong(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text)
    (problem,) = load_rules(path).problems
    assert "is not valid TOML" in problem
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config(path)
    with pytest.raises(ConfigError):
        remove_rule(path, "x")
    assert path.read_text() == text


def test_a_document_of_ours_is_read_as_it_is() -> None:
    text = '[a.b.c]\nd = [[1, 2], {e = "f"}]\n'
    assert toml_text.parse(text) == tomllib.loads(text)


def test_a_rule_that_is_no_list_has_no_names(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("rule = 5.0\n")
    with pytest.raises(ConfigError, match="there is no rule 'x'"):
        remove_rule(path, "x")
