"""A POP3 account on the command line: sync, lists, deletion here and there, push."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.servers.fake_pop3 import HOST, PASSWORD, USER, FakePop3, letter
from tuimail.cli.main import cli


@pytest.fixture
def fake() -> Iterator[FakePop3]:
    with FakePop3([letter("first"), letter("second")]) as running:
        yield running


@pytest.fixture
def root(fake: FakePop3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUIMAIL_PASSWORD_OLD", PASSWORD)
    (tmp_path / "config.toml").write_text(
        f'[accounts.old.pop3]\nhost = "{HOST}"\nport = {fake.port}\nsecurity = "none"\nusername = "{USER}"\n'
        "leave_on_server = true\n"
    )
    return tmp_path


def run(root: Path, *arguments: str) -> str:
    options = ["--config", str(root / "config.toml"), "--data-dir", str(root / "data")]
    result = CliRunner().invoke(cli, [*options, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def told(root: Path, *arguments: str) -> Any:
    return json.loads(run(root, *arguments, "--json"))


def test_mail_comes_is_listed_and_deleted_on_both_sides(fake: FakePop3, root: Path) -> None:
    assert run(root, "sync", "--dry-run").startswith("old: fetch: 2 new messages")
    report = told(root, "sync")["accounts"]["old"]
    assert (report["ok"], report["new"], report["mailboxes"]) == (True, 2, 1)
    assert report["bytes_in"] > 0
    assert run(root, "sync").startswith("old: nothing new")
    listed = {message["subject"]: message for message in told(root, "messages")}
    assert listed["first"]["body"] == "full"
    assert {box["name"] for box in told(root, "mailboxes", "old")} >= {"INBOX", "Sent", "Trash"}
    run(root, "delete", str(listed["first"]["id"]))
    assert len(fake.letters) == 2
    run(root, "delete", str(listed["second"]["id"]), "--sync")
    assert fake.letters == []
    assert told(root, "queue", "list") == []


def test_undo_keeps_mail_on_the_server(fake: FakePop3, root: Path) -> None:
    run(root, "sync")
    run(root, "delete", str(told(root, "messages")[0]["id"]))
    run(root, "undo")
    run(root, "sync")
    assert len(fake.letters) == 2
