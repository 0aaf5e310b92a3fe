"""Finds an account's password: its command, the environment, the keyring, or by asking. Never the file.

The first source that has one serves, and says so: `Secret.source` is what `account show` prints. A secret is in no
`repr`, no log, no argument list and no message of an error.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

from tuimail.config import logs
from tuimail.config.schema import Server
from tuimail.model.errors import AuthError

COMMAND_TIMEOUT_S = 60
"""A password manager may ask its owner to unlock it; it does not take longer than a person."""
KEYRING_SERVICE = "tuimail"
_KEYRINGS = ("keyring.backends.SecretService", "keyring.backends.libsecret", "keyring.backends.kwallet",
             "keyring.backends.macOS", "keyring.backends.Windows", "keyring.backends.chainer")  # fmt: skip
"""Only keyrings that a desktop protects: others ask on the terminal behind the screen, or keep plain text."""

Prompt = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Secret:
    """A password and where it came from, in words. A process that holds one keeps it out of its log."""

    value: str = field(repr=False)
    source: str

    def __post_init__(self) -> None:
        logs.keep_out(self.value)


def variable_name(account: str) -> str:
    """The environment variable that may hold the password of `account`."""
    return "TUIMAIL_PASSWORD_" + re.sub(r"[^A-Za-z0-9]", "_", account).upper()


def find_secret(account: str, server: Server, *, prompt: Prompt | None = None) -> Secret:
    """The password for `server` of `account`; `prompt` asks a person with the text it is given.

    Raises:
        AuthError: no source has one, or the command failed.
    """
    if server.password_command:
        return Secret(
            _from_command(account, server.password_command), f"password_command ({server.password_command[0]})"
        )
    variable = variable_name(account)
    if value := os.environ.get(variable):
        return Secret(value, f"environment variable {variable}")
    if value := from_keyring(account, server.username):
        return Secret(value, "keyring")
    if prompt is not None and (value := prompt(f"Password of {server.username} at {server.host}")):
        return Secret(value, "asked for")
    raise AuthError(
        f"There is no password for account {account}.",
        hint=f"Set `password_command` in the configuration, or the variable {variable}, or store one in the keyring.",
    )


def describe_source(account: str, server: Server) -> str:
    """Which source would serve, in words; no secret is read but the keyring's, and nothing is run."""
    return _source(account, server) or "none: asked for on a terminal"


def has_source(account: str, server: Server) -> bool:
    """Whether `find_secret` has somewhere to look without a prompt; nothing is run."""
    return bool(_source(account, server))


def _source(account: str, server: Server) -> str:
    if server.password_command:
        return f"password_command ({server.password_command[0]})"
    if os.environ.get(variable_name(account)):
        return f"environment variable {variable_name(account)}"
    if from_keyring(account, server.username):
        return "keyring"
    return ""


def _from_command(account: str, command: tuple[str, ...]) -> str:
    where = f"The password_command of account {account}"
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_TIMEOUT_S, check=False
        )
    except FileNotFoundError as error:
        raise AuthError(f"{where} names a program that is not there: {command[0]}.", hint="Correct it.") from error
    except OSError as error:
        raise AuthError(f"{where} could not be started: {error.strerror}.", hint="Correct it.") from error
    except subprocess.TimeoutExpired:
        # `from None`: the original carries what the program printed so far.
        raise AuthError(f"{where} did not end within {COMMAND_TIMEOUT_S} s.", hint="Run it by hand.") from None
    if done.returncode != 0:
        raise AuthError(f"{where} ended with status {done.returncode}.", hint="Run it by hand to see why.")
    value = done.stdout.decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
    if not value:
        raise AuthError(f"{where} printed no password.", hint="Its first line must be the password.")
    return value


def from_keyring(account: str, username: str) -> str | None:
    """The password in the desktop's keyring, or None: where no real keyring runs, that is no error."""
    import keyring
    import keyring.errors

    try:
        chosen = keyring.get_keyring()
        for backend in getattr(chosen, "backends", [chosen]):
            if type(backend).__module__.startswith(_KEYRINGS):
                value = backend.get_password(KEYRING_SERVICE, f"{account}:{username}")
                if value:
                    return str(value)
        return None
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return None
