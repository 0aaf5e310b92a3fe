"""The wire log: it starts and ends with its watchers, and tells nothing secret."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.conftest import Place
from tests.engine.watching import settled, watching
from tests.engine.world import ACCOUNT, HOST, Mirror, Other, eventually
from tests.servers.fake import FakeServer, cut, expect, greet, reply, send
from tuimail.config.trace_pipe import TraceReader, TraceWriter, trace_directory
from tuimail.engine import trace as engine_trace
from tuimail.engine.connect import connect_imap
from tuimail.engine.context import EngineContext
from tuimail.engine.trace import Redaction, WireTrace
from tuimail.model.errors import TuimailError
from tuimail.model.trace_line import Speaker, TraceLine, visible

WATCHER = """
import sys, time
from pathlib import Path
from tuimail.config.trace_pipe import TraceReader
with TraceReader(Path(sys.argv[1])) as reader:
    print("ready", flush=True)
    reader.wait(60)
    print("heard", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_trace, "LOOK_S", 0.02)


def heard(reader: TraceReader) -> list[TraceLine]:
    """All that has come."""
    lines: list[TraceLine] = []
    while batch := reader.read():
        lines += batch
    return lines


def texts(lines: list[TraceLine], speaker: Speaker) -> list[str]:
    return [line.text.partition(" ")[2] for line in lines if line.speaker is speaker]


def test_a_pass_is_traced_from_its_log_in_on_without_secrets_or_content(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", ["a private subject"])
    with TraceReader(mirror.directory) as reader:
        mirror.sync_ok()
        lines = heard(reader)
    told = "\n".join(line.text for line in lines)
    client, server = texts(lines, Speaker.CLIENT), texts(lines, Speaker.SERVER)
    assert any(text.startswith("AUTHENTICATE (secret)") for text in client)
    assert any(text.startswith("LIST ") for text in client)
    assert any(text.startswith("UID FETCH ") for text in client)
    assert any("FETCH (UID 1 FLAGS (" in text and " octets)" in text for text in server)
    for secret in (mirror.password, base64.b64encode(mirror.password.encode()).decode()[:12], "private", "Ada Example"):
        assert secret not in told
    assert {line.account for line in lines} == {ACCOUNT}
    assert {line.process for line in lines} == {os.getpid()}
    fetches = [line for line in lines if "FETCH" in line.text]
    assert {line.mailbox for line in fetches} == {"INBOX"}
    assert {line.mailbox for line in lines if "LIST " in line.text} == {""}
    assert not any(line.left_out for line in lines)
    assert list(trace_directory(mirror.directory).iterdir()) == []


async def test_a_running_engine_begins_and_ends_with_its_watcher(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", [1])
    async with watching(mirror) as watch:
        await settled(mirror)
        assert not trace_directory(mirror.directory).exists()
        with TraceReader(mirror.directory) as reader:

            def told() -> bool:
                watch.refresh()
                return bool(heard(reader))

            await eventually(told, "a pass is heard of")
            mirror.flag([1], add=["\\Flagged"])
            lines: list[TraceLine] = []

            def pushed() -> bool:
                watch.wake()
                lines.extend(heard(reader))
                return any("UID STORE " in line.text for line in lines)

            await eventually(pushed, "the STORE is heard of")
            assert {line.mailbox for line in lines if "UID STORE " in line.text} == {"INBOX"}
            assert len({line.connection for line in lines if "UID STORE " in line.text}) == 1
        assert list(trace_directory(mirror.directory).iterdir()) == []


async def test_a_killed_watcher_ends_the_trace(mirror: Mirror) -> None:
    async with watching(mirror) as watch:
        await settled(mirror)
        watcher = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WATCHER, str(mirror.directory), stdout=asyncio.subprocess.PIPE
        )
        assert watcher.stdout is not None
        assert await watcher.stdout.readline() == b"ready\n"
        watch.refresh()
        assert await watcher.stdout.readline() == b"heard\n"
        watcher.send_signal(signal.SIGKILL)
        await watcher.wait()

        def forgotten() -> bool:
            return not list(trace_directory(mirror.directory).iterdir())

        await eventually(forgotten, "the pipe is removed")


def test_another_process_is_traced(mirror: Mirror, place: Place, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[accounts.work.imap]\nhost = "{HOST}"\nport = {place.port}\nsecurity = "none"\nusername = "{place.user}"\n'
    )
    environment = {**os.environ, "TUIMAIL_PASSWORD_WORK": place.password, "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tuimail", "--config", str(config), "--data-dir", str(mirror.directory), "sync"]
    with TraceReader(mirror.directory) as reader:
        subprocess.run(command, env=environment, check=True, capture_output=True)
        lines = heard(reader)
    assert any("LIST " in line.text for line in lines)
    assert os.getpid() not in {line.process for line in lines}
    assert place.password not in "\n".join(line.text for line in lines)


async def test_nothing_is_looked_at_while_nobody_watches(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(_line: bytes) -> bytes:
        raise AssertionError("a line was looked at")

    monkeypatch.setattr(engine_trace, "without_content", seen)
    report = await mirror.sync_async()
    assert report.ok, report.error
    assert not trace_directory(mirror.directory).exists()


def test_a_watcher_that_does_not_read_loses_lines_that_are_counted(tmp_path: Path) -> None:
    writer = TraceWriter(tmp_path)
    assert not writer.look()
    with TraceReader(tmp_path) as reader, TraceReader(tmp_path) as second:
        assert writer.look()
        line = TraceLine(1.0, 1, 1, "work", "INBOX", Speaker.SERVER, "x" * 500)
        for _ in range(5000):
            writer.write(line)
            writer.flush()
            heard(second)
        first = heard(reader)
        assert 0 < len(first) < 5000
        writer.write(line)
        writer.skip()
        writer.write(line)
        writer.flush()
        assert [one.left_out for one in heard(reader)] == [5000 - len(first), 1]
        assert [one.left_out for one in heard(second)] == [0, 1]
    writer.write(line)
    writer.flush()
    assert not writer.is_watched
    writer.close()


def test_what_is_no_pipe_is_left_alone(tmp_path: Path) -> None:
    directory = trace_directory(tmp_path)
    directory.mkdir()
    (directory / "1-a.pipe").write_bytes(b"precious")
    os.mkfifo(directory / "2-b.pipe")
    os.mkfifo(directory / ".3-c.pipe")
    (directory / "4-d.pipe").symlink_to(directory / "1-a.pipe")
    writer = TraceWriter(tmp_path)
    assert not writer.look()
    assert (directory / "1-a.pipe").read_bytes() == b"precious"
    assert sorted(path.name for path in directory.iterdir()) == [".3-c.pipe", "1-a.pipe", "4-d.pipe"]
    writer.close()


def test_pipes_are_the_owners_alone(tmp_path: Path) -> None:
    with TraceReader(tmp_path / "data"):
        directory = trace_directory(tmp_path / "data")
        (pipe,) = directory.iterdir()
        assert directory.stat().st_mode & 0o777 == 0o700
        assert directory.parent.stat().st_mode & 0o777 == 0o700
        assert pipe.stat().st_mode & 0o777 == 0o600


def test_a_place_where_no_pipe_can_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TuimailError, match="A pipe cannot be made"), TraceReader(tmp_path / "file"):
        pass


SECRETS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=4, max_size=40).map(
    lambda text: f"7x{text}Q9"
)
"""Any text, but never one that is part of what IMAP says anyway."""


@given(SECRETS, SECRETS, st.sampled_from(["* BAD {}", "{} BAD LOGIN {}", "{} NO {} is wrong", "+ {}", "* OK {}", "{}"]))
def test_a_server_that_repeats_the_password_is_not_repeated(user: str, password: str, form: str) -> None:
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    for in_login in (True, False):
        redaction = Redaction(user, password)
        if not in_login:
            redaction.logged_in()
        for repeated in (password, f'"{quoted}"', token, token.rstrip("=")):
            line = form.replace("{}", "A1", 1).format(repeated) if form.count("{}") == 2 else form.format(repeated)
            shown = redaction.clean(Speaker.SERVER, line.encode()).decode()
            assert repeated.strip('"') not in shown
            assert password not in shown


@given(
    SECRETS,
    st.sampled_from(["* BYE {}", "A1 NO [ALERT] {}", "* OK [X-{}] {}", "* {} EXISTS", "{}", "+ {}", "* LIST () {} x"]),
)
@settings(max_examples=40)
def test_no_password_comes_out_of_the_pipe(password: str, form: str) -> None:
    async def through_the_pipe() -> list[TraceLine]:
        board = WireTrace(Path(directory))
        trace = board.connection("work", "ada", password).trace
        assert trace is not None
        for _ in range(2):
            trace("C", b"A1 LOGIN (secret)")
            trace("S", form.replace("{}", password).encode())
        board.close()
        return heard(reader)

    with tempfile.TemporaryDirectory() as directory, TraceReader(Path(directory)) as reader:
        lines = asyncio.run(through_the_pipe())
    assert len(lines) == 4
    for line in lines:
        assert password not in line.text
        assert visible(password.encode()) not in line.text
        assert visible(password.encode()).encode() not in line.encode()


def test_a_short_password_is_looked_for_during_the_log_in_only() -> None:
    redaction = Redaction("ada", "ab")
    assert b"ab" not in redaction.clean(Speaker.SERVER, b"A1 NO ab is not the one")
    assert redaction.clean(Speaker.SERVER, b"* OK hello") == b"* OK hello"
    redaction.logged_in()
    assert redaction.clean(Speaker.SERVER, b"* OK able") == b"* OK able"


async def test_a_refused_log_in_shows_no_password(tmp_path: Path) -> None:
    secret = 'hunter2 \\ "quoted"'
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    script = [
        *greet(),
        expect("LOGIN"),
        send(f'* BAD "{quoted}" is no password'),
        send(f"* OK {secret}"),
        reply(f"NO {secret} is wrong"),
        cut(),
    ]
    async with FakeServer(script) as fake:
        mirror = Mirror(tmp_path / "data", fake.port, "ada", secret)
        with TraceReader(mirror.directory) as reader:
            report = await mirror.sync_async()
            lines = heard(reader)
        mirror.store.close()
    assert not report.ok
    assert texts(lines, Speaker.CLIENT) == ["LOGIN (secret)"]
    assert len(texts(lines, Speaker.SERVER)) == 4
    assert "hunter2" not in "".join(line.text for line in lines)


async def test_connections_are_numbered_and_closing_is_told(mirror: Mirror) -> None:
    context = EngineContext(mirror.store, mirror.config, mirror.secret_of)
    with TraceReader(mirror.directory) as reader:
        first, second = [await connect_imap(context, ACCOUNT) for _ in range(2)]
        await second.noop()
        first.abort()
        await second.logout()
        await asyncio.sleep(0)
        context.close()
        lines = heard(reader)
    assert {line.connection for line in lines} == {1, 2}
    assert [line.connection for line in lines if line.text.endswith(" NOOP")] == [2]
    assert [(line.connection, line.text.split(" ")[0]) for line in lines if line.speaker is Speaker.NOTE] == [
        (1, "The"),
        (2, "Logged"),
    ]


def test_a_trace_without_connections_has_no_timer(tmp_path: Path) -> None:
    board = WireTrace(tmp_path)
    assert board.connection("work", "ada", "secret").trace is None
    board.close()


async def test_a_flood_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_trace, "BURST_LINES", 100)
    monkeypatch.setattr(engine_trace, "LINES_A_S", 0)
    with TraceReader(tmp_path) as reader:
        board = WireTrace(tmp_path)
        trace = board.connection("work", "ada", "secret").trace
        assert trace is not None
        for number in range(150):
            trace("S", b"* %d EXISTS" % number)
        board._allowance = 1
        trace("S", b"* OK done")
        board.close()
        lines = heard(reader)
    assert [line.text for line in lines] == [*(f"* {number} EXISTS" for number in range(100)), "* OK done"]
    assert [line.left_out for line in lines] == [0] * 100 + [50]
