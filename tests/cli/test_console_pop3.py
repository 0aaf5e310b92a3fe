"""The console of a POP3 account, from standard input."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.fake_pop3 import HOST, PASSWORD, USER, FakePop3, letter
from tuimail.cli.console.pop3 import completions


@pytest.fixture
def fake() -> Iterator[FakePop3]:
    with FakePop3([letter("first", b"hello \x1b[31m\r\n"), letter("second")]) as running:
        yield running


def console(fake: FakePop3, root: Path, given: str, *options: str) -> subprocess.CompletedProcess[str]:
    config = root / "config.toml"
    config.write_text(
        f'[accounts.sea.pop3]\nhost = "{HOST}"\nport = {fake.port}\nsecurity = "none"\nusername = "{USER}"\n'
    )
    command = [sys.executable, "-m", "tuimail", "--config", str(config), "--data-dir", str(root / "data"), "console"]
    environment = {**os.environ, "XDG_STATE_HOME": str(root / "state"), "TUIMAIL_PASSWORD_SEA": PASSWORD}
    return subprocess.run(
        [*command, "sea", *options], input=given, capture_output=True, text=True, env=environment, timeout=60,
        check=False,
    )  # fmt: skip


def test_answers_are_shown_and_messages_by_their_size(fake: FakePop3, tmp_path: Path) -> None:
    done = console(fake, tmp_path, "stat\nUIDL\nretr 1\nliterals on\nTOP 1 1\nuser ada\nnonsense\n")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:7] == [
        "C: STAT",
        f"S: +OK 2 {sum(len(one.octets) for one in fake.letters)}",
        "C: UIDL",
        "S: +OK uids",
        "S:   1 uid-first",
        "S:   2 uid-second",
        "C: RETR 1",
    ]
    assert f"S: ({len(fake.letters[0].octets)} octets)" in done.stdout
    assert "S:   Subject: first" in done.stdout
    assert "\x1b" not in done.stdout
    assert "S: -ERR unknown command" in done.stdout
    assert "You are logged in already." in done.stderr


def test_only_a_quit_that_is_meant_deletes(fake: FakePop3, tmp_path: Path) -> None:
    refused = console(fake, tmp_path, "DELE 1\nQUIT\n")
    assert refused.returncode == 1
    assert "QUIT deletes 1 message for good: add --yes" in refused.stderr
    assert "Nothing was deleted" in refused.stderr
    assert len(fake.letters) == 2
    assert console(fake, tmp_path, "DELE 1\nRSET\nQUIT\n").returncode == 0
    assert len(fake.letters) == 2
    assert console(fake, tmp_path, "DELE 1\nQUIT\n", "--yes").returncode == 0
    assert [one.uid for one in fake.letters] == ["uid-second"]


def test_commands_are_completed() -> None:
    assert completions("re") == [(2, "RETR")]
    assert completions("TOP 1") == []


def test_a_list_of_nothing_is_no_line(tmp_path: Path) -> None:
    with FakePop3([]) as fake:
        done = console(fake, tmp_path, "LIST\n")
    first, *rest = done.stdout.splitlines()
    assert (first, len(rest)) == ("C: LIST", 1)
    assert rest[0].startswith("S: +OK")
