from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runner import Bench, fill
from tuimail.cli.commands.serve import TERMINAL_NAME, app_command, app_environment
from tuimail.cli.session import Session
from tuimail.web.server import listen

PATIENCE_S = 60


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return fill(tmp_path)


def test_it_prints_its_address_once_and_ends_with_ctrl_c(bench: Bench) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tuimail", "--config", bench.config, "--data-dir", bench.data, "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": str(bench.root)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    address = process.stdout.readline()
    assert address.startswith("http://127.0.0.1:")
    assert "token=" in address
    assert "Ctrl-C ends it" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    token = address.strip().rpartition("=")[2]
    assert not [path for path in bench.root.rglob("*.log*") if token in path.read_text("utf-8")]


def test_a_port_in_use_is_told_in_a_sentence(bench: Bench) -> None:
    with listen(0) as listening:
        result = bench.run("serve", "--port", str(listening.getsockname()[1]))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "is in use. Name another with --port" in result.stderr


def test_a_wrong_configuration_is_told_before_there_is_a_page(bench: Bench) -> None:
    bench.config.write_text("nonsense = 1\n", "utf-8")
    result = bench.run("serve")
    assert result.exit_code == 2
    assert "nonsense" in result.stderr


def test_the_app_in_a_tab_gets_the_same_places_and_the_page_s_terminal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session()
    session.config_file, session.data_dir = bench.config, bench.data
    command = app_command(session, is_demo=False)
    assert command[:3] == [sys.executable, "-m", "tuimail"]
    assert command[3:] == ["--data-dir", str(bench.data), "--config", str(bench.config)]
    assert app_command(session, is_demo=True)[-1] == "demo"
    monkeypatch.setenv("TMUX", "/tmp/x")
    monkeypatch.setenv("SSH_TTY", "/dev/pts/9")
    monkeypatch.setenv("TERM", "dumb")
    environment = app_environment()
    assert (environment["TERM"], environment["TERM_PROGRAM"]) == ("xterm-256color", TERMINAL_NAME)
    assert not {"TMUX", "SSH_TTY"} & set(environment)
