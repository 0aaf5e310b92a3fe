"""The process as a whole: exit status, streams, what it imports, and that it leaves no trace."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.cli.runner import Bench
from tuimail.cli.commands import account
from tuimail.cli.lazy import LazyGroup, Verb
from tuimail.cli.main import COMMANDS, cli
from tuimail.model.errors import EXIT_FAILED, EXIT_USAGE

HEAVY = ("textual", "keyring", "ssl", "asyncio", "aioimaplib", "pymap")
_IMPORTS = """
import sys
from tuimail.cli.main import cli
try:
    cli.main(sys.argv[1:], prog_name="tuimail")
except SystemExit as end:
    status = end.code
print(status, " ".join(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def _process(bench: Bench, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TUIMAIL_CONFIG": str(bench.config), "TUIMAIL_DATA_DIR": str(bench.data)}
    return subprocess.run(
        [sys.executable, "-m", "tuimail", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], (*HEAVY, "apsw", "rich", "msgspec")),
        (["--version"], (*HEAVY, "apsw", "rich")),
        (["locate", "config"], (*HEAVY, "apsw", "rich")),
        (["mailboxes", "--json"], HEAVY),
        (["messages", "--json"], HEAVY),
        (["show", "1"], HEAVY),
        (["flag", "1", "--seen"], HEAVY),
        (["archive", "1"], HEAVY),
        (["undo"], HEAVY),
        (["queue", "list"], HEAVY),
        (["trace", "--mailbox", "\\Nothing"], (*HEAVY, "prompt_toolkit")),
        (["console", "nobody"], (*HEAVY, "prompt_toolkit", "apsw")),
    ],
)
def test_a_command_imports_only_what_it_needs(bench: Bench, arguments: list[str], absent: tuple[str, ...]) -> None:
    options = ["--config", str(bench.config), "--data-dir", str(bench.data)]
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS, *options, *arguments], capture_output=True, text=True, check=True
    )
    _status, *imported = done.stderr.splitlines()[-1].split()
    assert "click" in imported
    assert not set(absent) & set(imported)


@pytest.mark.parametrize(("group", "table"), [((), COMMANDS), (("account",), account.COMMANDS)])
def test_the_help_lists_each_command_in_the_words_of_its_own(
    bench: Bench, group: tuple[str, ...], table: Mapping[str, tuple[str, str]]
) -> None:
    text = bench.ok(*group, "--help").stdout
    for name, (module, summary) in table.items():
        command = importlib.import_module(module).command
        assert command.name == name
        assert f"{name} " in text
        assert summary in text
        is_group = isinstance(command, click.Group)
        assert isinstance(command, Verb | LazyGroup) or (is_group and command.commands)
        assert not is_group or all(isinstance(one, Verb) for one in command.commands.values()), (
            "-v is understood behind every command"
        )
        assert bench.ok(*group, name, "--help").stdout.startswith("Usage: ")


def test_wrong_usage_names_what_is_near(bench: Bench) -> None:
    result = bench.run("mesages")
    assert result.exit_code == EXIT_USAGE
    assert "Did you mean 'messages'?" in result.stderr
    assert bench.run("messages", "--lmit", "3").exit_code == EXIT_USAGE
    assert bench.run("messages", "--data-dir", "x").exit_code == EXIT_USAGE


def test_results_go_to_stdout_and_words_to_stderr(bench: Bench) -> None:
    done = _process(bench, "messages", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)) == 8
    done = _process(bench, "show", "999")
    assert (done.returncode, done.stdout, done.stderr) == (EXIT_FAILED, "", "tuimail: There is no message 999.\n")


def test_a_configuration_with_a_typo_ends_with_status_2(bench: Bench) -> None:
    bench.config.write_text(bench.config.read_text().replace("username", "usernam", 1), "utf-8")
    done = _process(bench, "sync", "--json")
    assert (done.returncode, done.stdout) == (EXIT_USAGE, "")
    assert str(bench.config) in done.stderr
    assert "[accounts.work.imap]" in done.stderr
    assert "`username`" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_app_needs_a_terminal_and_an_account(bench: Bench) -> None:
    for arguments in ([], ["demo"]):
        done = _process(bench, *arguments)
        assert done.returncode == EXIT_USAGE
        assert "needs a terminal" in done.stderr


def test_no_account_says_what_to_do(bench: Bench) -> None:
    result = CliRunner().invoke(cli, ["--data-dir", str(bench.data), "sync"])
    assert result.exit_code == EXIT_USAGE
    sentence, *lines = result.stderr.splitlines()
    assert "No account is configured in " in sentence
    assert "tuimail demo" in sentence
    bench.config.write_text("\n".join(lines), "utf-8")
    assert [one["name"] for one in bench.json("account", "list")] == ["work"]


def test_a_configuration_that_was_named_must_be_there(bench: Bench) -> None:
    bench.config.unlink()
    for done in (_process(bench, "sync"), bench.run("sync")):
        assert f"The configuration file {bench.config} does not exist." in done.stderr
    assert bench.run("sync").exit_code == EXIT_USAGE


def test_verbose_names_the_log_before_and_behind_the_command(bench: Bench) -> None:
    for arguments in (["-v", "show", "999"], ["show", "999", "-v"]):
        result = bench.run(*arguments)
        assert result.exit_code == EXIT_FAILED
        assert "The log is " in result.stderr


def test_a_reader_that_leaves_early_is_no_error(bench: Bench) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "tuimail", "--config", str(bench.config), "--data-dir", str(bench.data), "messages"],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == ""
    assert done.returncode == EXIT_FAILED


def test_what_nobody_foresaw_goes_to_the_log_and_its_place_is_named(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_connection: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr("tuimail.store.journal.list_queue", fail)
    result = bench.run("queue", "list")
    assert result.exit_code == EXIT_FAILED
    assert "ZeroDivisionError" in result.stderr
    assert "a secret detail" not in result.output
    log = Path(result.stderr.rpartition("log: ")[2].strip())
    assert "a secret detail" in log.read_text("utf-8")


def test_a_data_directory_that_cannot_be_is_one_sentence(bench: Bench) -> None:
    result = bench.run("--data-dir", str(bench.config / "x"), "messages")
    assert result.exit_code == EXIT_FAILED
    assert "cannot be used" in result.stderr


def test_hostile_text_reaches_no_terminal(bench: Bench) -> None:
    result = bench.run("show", "999", "--part", "\x1b]0;x\x07")
    assert "\x1b" not in result.output
    result = bench.run("messages", "--account", "a\x1b[31mb")
    assert "\x1b" not in result.output


def test_the_command_line_ends_no_process_that_calls_it_as_a_function(bench: Bench) -> None:
    with pytest.raises(click.UsageError):
        cli.main(["messages", "--lmit"], standalone_mode=False)


def test_the_demo_syncs_from_its_own_server_and_leaves_nothing_behind(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    before = sorted(path.name for path in bench.root.iterdir())
    done = _process(bench, "demo", "--sync-only", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"]
    assert report["accounts"]["demo"]["new"] >= 200
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in bench.root.iterdir()) == before
    assert not (tmp_path / "state").exists()
