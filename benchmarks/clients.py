"""The programs that are compared, each as its user runs it: a configuration, a process, its wall and processor time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import PASSWORD
from tests.servers.dovecot import HOST

ACCOUNT = "bench"
ROOT = Path(__file__).parent.parent
_SCRIPT = Path(sys.executable).with_name("tuimail")
"""What its user runs, made when it was installed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end; times in seconds, processor time of all its threads."""

    wall_s: float
    cpu_s: float
    output: str


def run_process(
    command: list[str], environment: dict[str, str], log: Path, *, owner: tuple[int, int] | None = None
) -> Run:
    """Run to the end and measure; as another user and group (their ids), if that is asked for.

    Raises:
        RuntimeError: it failed; with the end of what it said on stderr.
    """
    os.sync()
    with log.open("wb") as errors:
        started_s = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT if owner is None else "/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            user=owner[0] if owner else None,
            group=owner[1] if owner else None,
            extra_groups=[] if owner else None,
        )
        assert process.stdout is not None
        with process.stdout as stdout:
            output = stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with status {process.returncode}: {log.read_text()[-2000:]}")
    return Run(wall_s, usage.ru_utime + usage.ru_stime, output.decode())


class Tuimail:
    """tuimail with one account and a data directory of its own, all below `directory`."""

    def __init__(self, directory: Path, port: int, user: str, *, offline: str = "all", protocol: str = "imap") -> None:
        self.directory = directory
        self.config = directory / "config.toml"
        self.data = directory / "data"
        self._user = user
        self._offline = offline
        self._protocol = protocol
        directory.mkdir(parents=True)
        self.configure(port)

    def configure(self, port: int) -> None:
        """Another way to the same server."""
        user = self._user
        self.config.write_text(
            f'[accounts.{ACCOUNT}]\naddress = "{user}@example.org"\noffline = "{self._offline}"\n'
            f'[accounts.{ACCOUNT}.{self._protocol}]\nhost = "{HOST}"\nport = {port}\nsecurity = "none"\n'
            f'username = "{user}"\n'
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes: nothing of the user's is read or written."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            f"TUIMAIL_PASSWORD_{ACCOUNT.upper()}": PASSWORD,
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line."""
        places = ["--config", str(self.config), "--data-dir", str(self.data)]
        return [str(_SCRIPT), *places, *arguments]

    def sync(self) -> tuple[Run, dict[str, Any]]:
        """`tuimail sync --json`, with the account's report.

        Raises:
            RuntimeError: it failed.
        """
        run = self.run("sync", "--json")
        report: dict[str, Any] = json.loads(run.output)["accounts"][ACCOUNT]
        return run, report

    def run(self, *arguments: str) -> Run:
        """Any command.

        Raises:
            RuntimeError: it failed.
        """
        return run_process(self.command(*arguments), self.environment, self.directory / "stderr")

    def read(self, *arguments: str) -> Any:
        """What a command with `--json` prints."""
        return json.loads(self.run(*arguments).output)

    def drive(self) -> dict[str, Any]:
        """The same pass under `engine_driver`, with what that measured inside the process."""
        command = [sys.executable, "-m", "benchmarks.engine_driver", str(self.config), str(self.data)]
        run = run_process(command, self.environment, self.directory / "stderr")
        told: dict[str, Any] = json.loads(run.output)
        return told


class Mbsync:
    """mbsync with its defaults and one channel into a Maildir below `directory`."""

    def __init__(self, directory: Path, port: int, user: str) -> None:
        self._directory = directory
        self._config = directory / "mbsyncrc"
        self._mail = directory / "mail"
        self._user = user
        self._mail.mkdir(parents=True)
        self.configure(port)

    def configure(self, port: int) -> None:
        """Another way to the same server."""
        self._config.write_text(
            f'IMAPAccount {ACCOUNT}\nHost {HOST}\nPort {port}\nUser {self._user}\nPass "{PASSWORD}"\nSSLType None\n\n'
            f"IMAPStore far\nAccount {ACCOUNT}\n\n"
            f"MaildirStore near\nPath {self._mail}/\nInbox {self._mail}/INBOX\nSubFolders Verbatim\n\n"
            f"Channel {ACCOUNT}\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSyncState *\n"
        )

    def sync(self) -> Run:
        """`mbsync -a`.

        Raises:
            RuntimeError: it failed.
        """
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._directory), "LANG": "C.UTF-8"}
        command = ["mbsync", "-q", "-c", str(self._config), "-a"]
        return run_process(command, environment, self._directory / "stderr")

    def count(self) -> int:
        """How many messages it has written."""
        return sum(1 for part in ("cur", "new") for _ in (self._mail / "INBOX" / part).iterdir())
