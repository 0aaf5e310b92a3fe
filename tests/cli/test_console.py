"""The console against Dovecot: commands from standard input, and from a person at a terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from asyncio.subprocess import PIPE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.dovecot import HOST, Dovecot
from tests.servers.fake import FakeServer, cut, expect, logged_in, reply, send, wait_for

PASSWORD = "zq correct horse"
PATIENCE_S = 30.0
USERS = [f"user{number}" for number in range(20)]
users = iter(USERS)
LISTING = [expect("LIST"), send('* LIST () "/" INBOX'), reply("OK"), expect("LSUB"), reply("OK")]
_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-B]|[=>78])")


@dataclass
class Desk:
    """An account on the server, with a configuration and places of its own."""

    root: Path
    server: Dovecot
    user: str

    @property
    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "tuimail", "--config", str(self.root / "config.toml")),
            *("--data-dir", str(self.root / "data")),
        ]

    @property
    def environment(self) -> dict[str, str]:
        wanted = {"XDG_STATE_HOME": str(self.root / "state"), "TUIMAIL_PASSWORD_SEA": PASSWORD}
        terminal = {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        return {**os.environ, **wanted, **terminal}

    def run(self, commands: str | bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
        octets = commands.encode() if isinstance(commands, str) else commands
        command = [*self.command, "console", "sea", *options]
        return subprocess.run(
            command, input=octets, capture_output=True, env=self.environment, timeout=PATIENCE_S * 2, check=False
        )

    def names(self, mailbox: str = "INBOX") -> int:
        client = self.server.client(self.user)
        client.select(mailbox)
        count = len(client.search(None, "ALL")[1][0].split())
        client.logout()
        return count


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with Dovecot(dict.fromkeys(USERS, PASSWORD)) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, server: Dovecot) -> Desk:
    user = next(users)
    _write_config(tmp_path, server.port, user)
    client = server.client(user)
    for name in ("Entw&APw-rfe", "R&-D"):
        client.create(f'"{name}"')
    client.append("INBOX", "(\\Flagged)", "", b"Subject: first\r\n\r\nbody\x1b]0;x\x07\r\n")
    client.logout()
    return Desk(tmp_path, server, user)


def _write_config(root: Path, port: int, user: str) -> None:
    (root / "config.toml").write_text(
        f'[accounts.sea.imap]\nhost = "{HOST}"\nport = {port}\nsecurity = "none"\nusername = "{user}"\n'
    )


def test_commands_from_standard_input(desk: Desk) -> None:
    note = desk.root / "note.eml"
    note.write_bytes(b"Subject: note\r\n\r\nhello\r\n")
    done = desk.run(
        "SELECT inbox\n"
        "FETCH 1 (UID FLAGS BODY.PEEK[])\r\n"
        "LITERALS ON\n"
        "FETCH 1 BODY.PEEK[TEXT]\n"
        'LIST "" Entw*\n'
        "STATUS Entwürfe (MESSAGES)\n"
        "SELECT R&D\n"
        f"APPEND INBOX (\\Seen) <{note}\n"
        'UID SEARCH SUBJECT "Grüße"\n'
        "HELP\n"
        "NOOP"
    )
    out = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "\n    FLAGS (\\Flagged" in out
    assert "\n    BODY[] (" in out
    assert "\n        | body\u241b]0;x\u2407\n" in out
    assert "\x1b" not in out
    assert 'S: * LIST (\\HasNoChildren) "/" Entwürfe\n' in out
    assert "S: * STATUS Entwürfe (MESSAGES 0)\n" in out
    assert re.search(r'C: \S+ SELECT "R&-D"\n', out)
    assert re.search(r"S: \S+ OK .*Append completed", out)
    assert re.search(r"C: \S+ UID SEARCH SUBJECT \(7 octets\)\n", out)
    assert "Names of mailboxes are typed as you read them" in out
    assert out.index(" LOGOUT\n") < out.index("S: * BYE")
    assert desk.names() == 2
    assert PASSWORD not in out + done.stderr.decode()
    assert not (desk.root / "state" / "tuimail" / "console-history").exists()


def test_what_goes_wrong_is_told_and_the_session_goes_on(desk: Desk) -> None:
    done = desk.run(
        'SELECT "nope\nSELECT nope\nBOGUS\nLOGIN ada zq\n'
        "APPEND INBOX </nowhere/file\nAPPEND INBOX </\nAPPEND INBOX <~nobody-here/a\nSELECT INBOX\n"
    )
    assert done.returncode == 1
    errors = done.stderr.decode()
    assert "tuimail: A quoted string has no end." in errors
    assert "/nowhere/file cannot be read: No such file or directory." in errors
    assert "tuimail: / cannot be sent: it is no file." in errors
    assert "~nobody-here/a cannot be read: there is no such user." in errors
    assert "logged in already" in errors
    assert "zq" not in errors + done.stdout.decode()
    assert "Traceback" not in errors
    assert "[READ-WRITE]" in done.stdout.decode()


def test_what_destroys_needs_a_yes(desk: Desk) -> None:
    marks = "SELECT INBOX\nSTORE 1 +FLAGS (\\Deleted)\n"
    done = desk.run(f"{marks}EXPUNGE\nUID EXPUNGE 1:*\nCLOSE\nDELETE INBOX\n")
    assert done.returncode == 1
    assert done.stderr.decode().count("add --yes") == 4
    assert desk.names() == 1
    done = desk.run(f"{marks}EXPUNGE\n", "--yes")
    assert done.returncode == 0
    assert "S: * 1 EXPUNGE" in done.stdout.decode()
    assert desk.names() == 0


def test_idle_ends_with_a_line_and_compression_can_be_turned_on(desk: Desk) -> None:
    done = desk.run("SELECT INBOX\nIDLE\n\nCOMPRESS\nNOOP\nIDLE\n")
    out = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert out.count("S: + idling") == 2
    assert out.count("C: DONE") == 2
    assert re.search(r"COMPRESS DEFLATE.*S: \S+ OK.*NOOP\n", out, re.DOTALL)


async def test_a_server_that_goes_away_is_one_sentence(desk: Desk) -> None:
    script = [*logged_in(), *LISTING, expect("NOOP"), reply("OK"), cut()]
    async with FakeServer(script) as fake:
        _write_config(desk.root, fake.port, desk.user)
        process = await asyncio.create_subprocess_exec(
            *(*desk.command, "console", "sea"), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=desk.environment
        )
        assert process.stdin is not None
        process.stdin.write(b"NOOP\n")
        # Its input stays open: only the server's leaving ends it.
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 1
        out, errors = await process.communicate()
    assert b" NOOP\n" in out
    assert b"closed the connection" in errors
    assert b"Traceback" not in errors


def test_an_unknown_account_and_a_wrong_password_are_sentences(desk: Desk) -> None:
    done = subprocess.run([*desk.command, "console", "see"], capture_output=True, env=desk.environment, check=False)
    assert done.returncode == 2
    assert b"Did you mean 'sea'?" in done.stderr
    wrong = {**desk.environment, "TUIMAIL_PASSWORD_SEA": "not the one"}
    done = subprocess.run([*desk.command, "console", "sea"], capture_output=True, env=wrong, check=False)
    assert done.returncode == 1
    assert b"refused the log-in" in done.stderr
    assert b"not the one" not in done.stderr


class Terminal:
    """A person at a terminal of 100 columns, in front of the console."""

    def __init__(self, desk: Desk) -> None:
        self._main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self._process = subprocess.Popen(
            [*desk.command, "console", "sea"],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=desk.environment,
            start_new_session=True,
        )
        os.close(terminal)
        self._seen = b""

    def wait_for(self, *patterns: str) -> str:
        """Read until the patterns have come, one after the other; gives what came since the last call."""
        deadline = time.monotonic() + PATIENCE_S
        told = ""
        for pattern in patterns:
            while (found := re.search(pattern, self._text(), re.DOTALL)) is None:
                assert time.monotonic() < deadline, f"no {pattern!r} in {self._text()!r}"
                if select.select([self._main], [], [], 0.5)[0]:
                    self._seen += os.read(self._main, 65536)
            told += self._text()[: found.end()]
            self._seen = self._text()[found.end() :].encode()
        return told

    def _text(self) -> str:
        return _ESCAPES.sub(b"", self._seen).decode("utf-8", "replace")

    def type(self, keys: str) -> None:
        os.write(self._main, keys.encode())

    def interrupt(self) -> None:
        os.killpg(self._process.pid, signal.SIGINT)

    def end(self) -> int:
        """Read what is left; gives the status."""
        while True:
            try:
                if not os.read(self._main, 65536):
                    break
            except OSError:
                break
        return self._process.wait(PATIENCE_S)

    def close(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._main)


@pytest.fixture
def terminal(desk: Desk) -> Iterator[Terminal]:
    made = Terminal(desk)
    yield made
    made.close()


def _history(desk: Desk) -> Sequence[str]:
    return (desk.root / "state" / "tuimail" / "console-history").read_text().splitlines()


def test_a_person_at_a_terminal(desk: Desk, terminal: Terminal) -> None:
    terminal.wait_for("HELP tells", "sea>")
    terminal.type("sel\t")
    terminal.wait_for("SELECT")
    terminal.type(" ent\t")
    terminal.wait_for("Entwürfe")
    terminal.type("\r")
    terminal.wait_for('SELECT "Entw&APw-rfe"', "OK .READ-WRITE", "sea Entwürfe>")
    terminal.type("EXPUNGE\r")
    terminal.wait_for(r"Do it\? .y/N.")
    terminal.type("n\r")
    terminal.wait_for("sea Entwürfe>")
    terminal.type("LOGIN ada zqsecret\r")
    terminal.wait_for("logged in already", "sea Entwürfe>")
    terminal.type(f"SEARCH TEXT {PASSWORD}\r")
    terminal.wait_for("(OK|BAD)", "sea Entwürfe>")
    terminal.type("IDLE\r")
    terminal.wait_for("idling, Enter ends>")
    client = desk.server.client(desk.user)
    client.append('"Entw&APw-rfe"', "", "", b"Subject: new\r\n\r\n")
    terminal.wait_for(r"S: \* \d+ EXISTS")
    client.logout()
    terminal.type("\r")
    terminal.wait_for("Idle completed", "sea Entwürfe>")
    terminal.type("half a line\x03")
    # Behind what was given up: the prompt before it may be drawn once more.
    terminal.wait_for("half a line", "sea Entwürfe>")
    terminal.type("\x04")
    terminal.wait_for("BYE")
    assert terminal.end() == 0
    assert _history(desk) == ["SELECT Entwürfe", "EXPUNGE", "IDLE"]
    assert (desk.root / "state" / "tuimail" / "console-history").stat().st_mode & 0o777 == 0o600


async def test_a_running_command_can_be_given_up(desk: Desk) -> None:
    go_on = asyncio.Event()
    script = [
        *logged_in(),
        *LISTING,
        expect("SEARCH"),
        wait_for(go_on),
        send("* SEARCH 1 2 3"),
        reply("OK found late"),
        expect("NOOP"),
        reply("OK nothing"),
        expect("LOGOUT"),
        reply("OK bye"),
    ]
    async with FakeServer(script) as fake:
        _write_config(desk.root, fake.port, desk.user)
        terminal = Terminal(desk)
        try:
            await asyncio.to_thread(terminal.wait_for, "sea>")
            terminal.type("SEARCH TEXT x\r")
            await asyncio.to_thread(terminal.wait_for, "C: [^ ]+ SEARCH TEXT x")
            terminal.interrupt()
            await asyncio.to_thread(terminal.wait_for, "Given up", "sea>")
            terminal.type("NOOP\r")
            await asyncio.to_thread(terminal.wait_for, "C: [^ ]+ NOOP")
            go_on.set()
            told = await asyncio.to_thread(terminal.wait_for, "OK nothing")
            assert "SEARCH 1 2 3" not in told
            assert "found late" not in told
            terminal.type("LOGOUT\r")
            assert await asyncio.to_thread(terminal.end) == 0
        finally:
            terminal.close()
