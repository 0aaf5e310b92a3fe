"""What was typed wrong is quoted, and reaches no terminal as it is: it may come from a file or another program."""

from __future__ import annotations

import pytest

from tests.cli.runner import Bench

HOSTILE = "\x1b]0;PWNED\x07\x9b31m\u202e"


@pytest.mark.parametrize("words", [("archive", HOSTILE), (HOSTILE,), ("sync", f"--{HOSTILE}"), ("rules", HOSTILE)])
def test_no_control_character_is_quoted(bench: Bench, words: tuple[str, ...]) -> None:
    result = bench.run(*words)
    assert result.exit_code == 2
    assert "PWNED" in result.output
    assert not set(result.output) & {"\x1b", "\x07", "\x9b", "\u202e"}
