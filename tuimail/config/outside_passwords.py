"""Passwords from outside: what a program prints that the configuration names, or a variable of the environment.

No shell runs it, and nothing of what it printed is in an error.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import time

from tuimail.config.schema import Server
from tuimail.model.errors import AuthError

COMMAND_TIMEOUT_S = 60
"""A password manager may ask its owner to unlock it; it does not take longer than a person."""
MAX_OCTETS = 64 << 10
VARIABLE_PREFIX = "TUIMAIL_PASSWORD_"
"""Begins the names of environment variables that hold passwords; what follows is an account's name."""


def child_environment() -> dict[str, str]:
    """Our environment for programs that are not ours: without passwords."""
    return {name: value for name, value in os.environ.items() if not name.startswith(VARIABLE_PREFIX)}


def variable_name(account: str) -> str:
    """The environment variable that may hold the password of `account`."""
    return VARIABLE_PREFIX + re.sub(r"[^A-Za-z0-9]", "_", account).upper()


def first_source(account: str, server: Server) -> str:
    """The source that comes before all that is kept, in words: the command or the variable; "" where neither is set."""
    if server.password_command:
        return f"password_command ({server.password_command[0]})"
    if os.environ.get(variable_name(account)):
        return f"environment variable {variable_name(account)}"
    return ""


def run_password_command(account: str, command: tuple[str, ...]) -> str:
    """The first line that `command` prints.

    Raises:
        AuthError: it cannot be run, failed, printed nothing or without end, or did not end in time.
    """
    where = f"The password_command of account {account}"
    try:
        status, output = _run(command)
    except FileNotFoundError as error:
        raise AuthError(f"{where} names a program that is not there: {command[0]}.", hint="Correct it.") from error
    except (TimeoutError, subprocess.TimeoutExpired):
        raise AuthError(f"{where} did not end within {COMMAND_TIMEOUT_S} s.", hint="Run it by hand.") from None
    except OSError as error:
        raise AuthError(f"{where} could not be started: {error.strerror}.", hint="Correct it.") from error
    except ValueError as error:
        raise AuthError(f"{where} could not be started: {error}.", hint="Correct it.") from error
    if status != 0:
        raise AuthError(f"{where} ended with status {status}.", hint="Run it by hand to see why.")
    value = output.decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
    if not value or len(output) > MAX_OCTETS:
        printed = "no password" if not value else f"more than {MAX_OCTETS >> 10} KB"
        raise AuthError(f"{where} printed {printed}.", hint="Its first line must be the password.")
    return value


def _run(command: tuple[str, ...]) -> tuple[int, bytes]:
    """The program's status, and what it printed; one that prints too much is ended, with status 0.

    Raises:
        OSError, ValueError: it cannot be started.
        TimeoutError, subprocess.TimeoutExpired: it did not end in time.
    """
    until_s = time.monotonic() + COMMAND_TIMEOUT_S
    output = b""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
    ) as process:
        assert process.stdout is not None  # noqa: S101 - Popen was asked for the pipe
        ready = select.poll()
        ready.register(process.stdout)
        try:
            while len(output) <= MAX_OCTETS:
                if not ready.poll(max(0.0, until_s - time.monotonic()) * 1000):
                    raise TimeoutError
                if not (piece := os.read(process.stdout.fileno(), MAX_OCTETS)):
                    return process.wait(max(0.0, until_s - time.monotonic())), output
                output += piece
        finally:
            process.kill()
    return 0, output
