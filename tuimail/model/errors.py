"""The errors of tuimail: one root, and each says what happened, where, and what to do.

`str(error)` is fit for a user: one sentence or two, no secret, no control character.
"""

from __future__ import annotations

EXIT_FAILED = 1
EXIT_USAGE = 2


class TuimailError(Exception):
    """Root of every error that tuimail raises on purpose.

    `message` says what happened and where, `hint` what to do about it (may be empty).
    """

    exit_status = EXIT_FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(TuimailError):
    """The configuration, a secret or the command line is wrong: nothing was done."""

    exit_status = EXIT_USAGE


class StoreError(TuimailError):
    """The local store cannot be opened, read or written (locked, full, read-only, damaged)."""


class StoreCorrupt(StoreError):
    """The store file is damaged: it can be set aside and rebuilt from the server."""


class ProtocolError(TuimailError):
    """The server sent what the protocol does not allow, or more than our limits: the connection is over."""


class ServerRefused(TuimailError):
    """A tagged NO or BAD (RFC 9051, section 7.1): `kind` is "NO" or "BAD", `code` the response code's atom."""

    def __init__(self, message: str, *, kind: str = "NO", code: str = "", text: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.code = code
        self.text = text


class AuthError(TuimailError):
    """The server refused the log-in, or there is no secret to log in with: retrying will not help."""


class ConnectionLost(TuimailError):
    """The connection could not be made or is gone: a retry may help."""


class CertificateUntrusted(ConnectionLost):
    """Nothing that this machine trusts vouches for the server's certificate: nothing secret was sent."""


class CertificateChanged(TuimailError):
    """The server's certificate is not the pinned one: nothing was sent, and only its owner may say to go on."""


class TimedOut(ConnectionLost):
    """Nothing was heard from the server for too long."""


class ProgramFailed(TuimailError):
    """A program that tuimail runs is missing, did not end in time, wrote without end, or could not do it."""


class SaveError(TuimailError):
    """A file of the user's could not be written where it was asked for: nothing of it was left there."""
