"""`tuimail trace`: what another process says on the wire, narrowed, in colour on a terminal, safe to print."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.runner import Bench
from tests.ui.hostile import FORBIDDEN_OCTETS, SUBJECTS
from tuimail.cli.commands import trace as trace_command
from tuimail.config.trace_pipe import TraceWriter, trace_directory
from tuimail.demo.server import DemoServer
from tuimail.model.trace_line import Speaker, TraceLine

PATIENCE_S = 30.0


def line(text: str, speaker: Speaker = Speaker.SERVER, *, account: str = "work", mailbox: str = "") -> TraceLine:
    return TraceLine(1_767_261_600.25, 4711, 1, account, mailbox, speaker, text)


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(bench: Bench) -> Iterator[Start]:
    """Starts `tuimail trace`, and waits until it watches."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*options: str, stdout: int = subprocess.PIPE, **variables: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tuimail", "--config", str(bench.config), "--data-dir", str(bench.data)]
        environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | variables
        process = subprocess.Popen(
            [*command, "trace", *options], stdout=stdout, stderr=subprocess.PIPE, env=environment
        )
        started.append(process)
        assert process.stderr is not None
        assert b"Watching" in process.stderr.readline()
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def speak(bench: Bench, lines: Sequence[TraceLine]) -> None:
    writer = TraceWriter(bench.data)
    assert writer.look()
    for one in lines:
        writer.write(one)
    writer.close()


def interrupted(process: subprocess.Popen[bytes], *, after: int) -> list[str]:
    """The first lines that it prints, and its end by Ctrl-C."""
    assert process.stdout is not None
    told = [process.stdout.readline().decode().rstrip("\n") for _ in range(after)]
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 130
    return told


LINES = (
    line("A1 LOGIN (secret)", Speaker.CLIENT),
    line("A1 OK done"),
    line("B1 NOOP", Speaker.CLIENT, account="home"),
    line("* 3 EXISTS", mailbox="INBOX"),
    line("* 4 EXISTS", mailbox="Archive"),
    line("closed", Speaker.NOTE),
)


def test_lines_show_who_spoke_where(bench: Bench, start: Start) -> None:
    process = start(TZ="UTC")
    speak(bench, LINES)
    assert interrupted(process, after=6) == [
        "10:00:00.250 work #1 C: A1 LOGIN (secret)",
        "10:00:00.250 work #1 S: A1 OK done",
        "10:00:00.250 home #1 C: B1 NOOP",
        "10:00:00.250 work #1 INBOX S: * 3 EXISTS",
        "10:00:00.250 work #1 Archive S: * 4 EXISTS",
        "10:00:00.250 work #1 -: closed",
    ]
    assert list(trace_directory(bench.data).iterdir()) == []


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (("home",), ["B1 NOOP"]),
        (("work", "--mailbox", "Archive"), ["* 4 EXISTS"]),
        (("--mailbox", "inbox"), ["* 3 EXISTS"]),
        (("--mailbox", "\\archive"), ["* 4 EXISTS"]),
    ],
)
def test_lines_are_narrowed(bench: Bench, start: Start, options: tuple[str, ...], texts: list[str]) -> None:
    process = start("--json", *options)
    speak(bench, LINES)
    assert [json.loads(one)["text"] for one in interrupted(process, after=len(texts))] == texts


def test_json_is_an_object_a_line(bench: Bench, start: Start) -> None:
    process = start("--json", "work")
    speak(bench, LINES[:1])
    assert [json.loads(one) for one in interrupted(process, after=1)] == [
        {
            "time": "2026-01-01T10:00:00.250Z",
            "account": "work",
            "process": 4711,
            "connection": 1,
            "mailbox": None,
            "speaker": "client",
            "text": "A1 LOGIN (secret)",
        }
    ]


def test_without_follow_silence_is_the_end(bench: Bench, start: Start) -> None:
    process = start("--no-follow", "work")
    speak(bench, LINES[:2])
    out, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert out.decode().count("\n") == 2
    assert errors == b""


def test_lines_that_were_lost_are_told(bench: Bench, start: Start) -> None:
    process = start("work")
    lost = TraceLine(1.0, 1, 1, "work", "", Speaker.SERVER, "x", 12)
    speak(bench, [lost])
    assert process.stderr is not None
    assert b"12 lines came faster than they could be shown" in process.stderr.readline()
    interrupted(process, after=1)


def test_hostile_lines_reach_no_terminal(bench: Bench, start: Start) -> None:
    process = start()
    speak(bench, [line(subject, mailbox=subject) for subject in SUBJECTS])
    told = "\n".join(interrupted(process, after=len(SUBJECTS))).encode()
    assert b"ALERT" in told
    assert not [octets for octets in FORBIDDEN_OCTETS if octets in told]


@pytest.mark.parametrize(("variables", "in_color"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_that_want_it(
    bench: Bench, start: Start, variables: dict[str, str], in_color: bool
) -> None:
    main, terminal = pty.openpty()
    process = start("work", stdout=terminal, **variables)
    os.close(terminal)
    speak(bench, LINES[:2])
    seen = b""
    deadline = time.monotonic() + PATIENCE_S
    while seen.count(b"\n") < 2:
        assert time.monotonic() < deadline
        if select.select([main], [], [], 0.5)[0]:
            seen += os.read(main, 4096)
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE_S)
    os.close(main)
    assert (b"\x1b[31mC: A1 LOGIN (secret)\x1b[0m" in seen) is in_color
    assert (b"\x1b[94mS: A1 OK done\x1b[0m" in seen) is in_color
    assert (b"\x1b" in seen) is in_color


def test_a_sync_that_is_started_while_someone_watches(
    bench: Bench, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DemoServer.start() as server:
        bench.config.write_text(
            f'[accounts.work.imap]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "none"\n'
            f'username = "{server.username}"\n'
        )
        monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", server.password)
        process = start("--no-follow", "--mailbox", "INBOX", "work")
        assert bench.json("sync")["ok"]
        out, _ = process.communicate(timeout=PATIENCE_S)
    assert b" INBOX C: " in out
    assert b"UID FETCH" in out
    assert server.password.encode() not in out
    assert b" octets)" in out
    assert b"Subject" not in out


def test_wrong_names_are_told(bench: Bench) -> None:
    result = bench.run("trace", "wrok")
    assert result.exit_code == 2
    assert "Did you mean 'work'?" in result.stderr
    result = bench.run("trace", "--mailbox", "\\Nothing")
    assert result.exit_code == 2
    assert "No mailbox is known for \\Nothing." in result.stderr


def test_a_data_directory_without_pipes_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_command, "SILENCE_S", 0.01)
    Path(trace_directory(bench.data)).write_bytes(b"")
    result = bench.run("trace", "--no-follow")
    assert result.exit_code == 1
    assert "A pipe cannot be made" in result.stderr
