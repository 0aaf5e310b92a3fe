"""`sync`: what the engine is asked for, and what is told of its reports."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.cli.runner import Bench
from tuimail.config.schema import Config
from tuimail.engine.locks import AccountLock
from tuimail.engine.report import AccountReport, Progress
from tuimail.model.errors import AuthError
from tuimail.store.store import Store

Reports = dict[str, AccountReport]
KEYS = [
    "ok", "error", "mailboxes", "new", "changed", "vanished", "pushed", "failed", "held", "bytes_in", "bytes_out",
    "round_trips", "seconds",
]  # fmt: skip


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stands for the engine: records how it was called, and returns the reports that the test put in."""
    recorded: list[dict[str, Any]] = []

    async def sync_once(_store: Store, _config: Config, names: Sequence[str], **more: Any) -> Reports:
        recorded.append({"names": list(names), **more})
        more["on_progress"](Progress("work", "metadata [/]", 1, 2))
        return {name: AccountReport(new=3, mailboxes=4, seconds=0.25, plan=["move 1"]) for name in names}

    monkeypatch.setattr("tuimail.engine.run.sync_once", sync_once)
    return recorded


def _returning(reports: Reports) -> Callable[..., Any]:
    async def sync_once(*_arguments: Any, **_more: Any) -> Reports:
        return reports

    return sync_once


def test_all_accounts_as_json(bench: Bench, calls: list[dict[str, Any]]) -> None:
    found = bench.json("sync")
    assert found["ok"] is True
    assert list(found["accounts"]) == ["work", "home"]
    assert list(found["accounts"]["work"]) == KEYS
    assert found["accounts"]["work"]["seconds"] == 0.25
    assert calls[0]["names"] == ["work", "home"]
    assert (calls[0]["mailboxes"], calls[0]["wait"], calls[0]["dry_run"]) == ((), True, False)


def test_options_reach_the_engine(bench: Bench, calls: list[dict[str, Any]]) -> None:
    found = bench.json("sync", "work", "--mailbox", "INBOX", "--mailbox", "Work", "--no-wait", "--dry-run")
    assert calls[0]["names"] == ["work"]
    assert (calls[0]["mailboxes"], calls[0]["wait"], calls[0]["dry_run"]) == (("INBOX", "Work"), False, True)
    assert found["accounts"]["work"]["plan"] == ["move 1"]


def test_text_says_what_happened(bench: Bench, calls: list[dict[str, Any]]) -> None:
    result = bench.ok("sync", "work")
    assert (result.stdout, result.stderr) == ("work: 3 new messages (4 mailboxes, 0.2 s)\n", "")
    assert bench.ok("sync", "work", "--dry-run").stdout == "work: move 1\n"
    assert len(calls) == 2


def test_an_account_that_fails_is_named_and_the_status_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = {"work": AccountReport(ok=False, error="No\x1broute. Check it."), "home": AccountReport(failed=2)}
    monkeypatch.setattr("tuimail.engine.run.sync_once", _returning(reports))
    result = bench.run("sync", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["ok"] is False
    assert "Account work: No␛route. Check it." in result.stderr
    assert "refused 2 changes" in result.stderr


def test_a_pass_is_told_in_messages_and_changes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    home = AccountReport(new=1, changed=2, vanished=1, pushed=1, held=3, mailboxes=1, seconds=1.5)
    monkeypatch.setattr("tuimail.engine.run.sync_once", _returning({"work": AccountReport(seconds=1), "home": home}))
    assert bench.ok("sync").stdout.splitlines() == [
        "work: nothing new",
        "home: 1 new message, 2 changed messages, 1 removed message, 1 sent change, 3 held changes (1 mailbox, 1.5 s)",
    ]


def test_an_error_that_names_its_account_is_told_as_it_is(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = {
        "work": AccountReport(ok=False, error="There is no password for account work."),
        "home": AccountReport(ok=False, error="No route to account home2."),
    }
    monkeypatch.setattr("tuimail.engine.run.sync_once", _returning(reports))
    assert bench.run("sync").stderr.splitlines() == [
        "tuimail: There is no password for account work.",
        "tuimail: Account home: No route to account home2.",
    ]


def test_a_sync_beside_another_says_that_it_asks_that_one(bench: Bench, calls: list[dict[str, Any]]) -> None:
    lock = AccountLock(bench.data, "work")
    assert lock.try_acquire()
    told = bench.ok("sync").stderr
    quiet = bench.ok("sync", "--no-wait").stderr + bench.ok("sync", "--dry-run").stderr
    lock.release()
    assert told == f"Account work is being synced by another tuimail (process {os.getpid()}): asking it for a pass…\n"
    assert quiet == ""
    assert len(calls) == 3


def test_a_watch_reports_each_pass_as_a_line_until_it_is_interrupted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sync_watch(*_arguments: Any, on_report: Callable[[str, AccountReport], None], **_more: Any) -> None:
        on_report("work", AccountReport(new=1))
        on_report("work", AccountReport(ok=False, error="Away."))
        raise KeyboardInterrupt

    monkeypatch.setattr("tuimail.engine.run.sync_watch", sync_watch)
    result = bench.run("sync", "--watch", "--json")
    assert result.exit_code == 130
    assert [json.loads(line)["ok"] for line in result.stdout.splitlines()] == [True, False]
    assert bench.run("sync", "--watch", "--dry-run").exit_code == 2


def test_passwords_are_asked_for_on_a_terminal_only_where_there_is_no_other_source(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, str] = {}

    async def sync_once(_store: Store, config: Config, names: Sequence[str], **more: Any) -> Reports:
        for name in names:
            server = config.accounts[name].imap
            assert server is not None
            try:
                found[name] = more["secret_of"](name, server).value
            except AuthError as error:
                found[name] = str(error)
        return {name: AccountReport() for name in names}

    monkeypatch.setattr("tuimail.engine.run.sync_once", sync_once)
    bench.ok("sync")
    assert found["work"] == "opensesame"
    assert found["home"].startswith("There is no password for account home.")
    monkeypatch.setattr("tuimail.cli.passwords.is_terminal", lambda _stream: True)
    result = bench.run("sync", given="typed-17\n")
    assert (result.exit_code, found) == (0, {"work": "opensesame", "home": "typed-17"})
    assert "Password of ada-home at 127.0.0.1 (account home)" in result.stderr
    assert "typed-17" not in result.output
    assert "ada at" not in result.stderr


def test_progress_is_drawn_on_a_terminal_and_takes_no_text_for_markup(
    bench: Bench, calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.cli.progress.is_terminal", lambda stream: stream is sys.stderr)
    result = bench.ok("sync", "work", "--json")
    assert json.loads(result.stdout)["ok"] is True
    assert calls[0]["names"] == ["work"]


def test_no_server_there_is_one_sentence(bench: Bench) -> None:
    result = bench.run("sync", "work", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)["accounts"]["work"]
    assert found["ok"] is False
    assert found["error"]
    assert "Traceback" not in result.output
    assert "opensesame" not in result.output
