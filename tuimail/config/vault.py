"""The encrypted file: how it is read and written so that nobody else can, and two processes do not lose each other's.

    no file ──make──► open ◄──open── locked
                       └──(another process sealed it with another master password)──► locked

Reading needs no lock, for a write puts a whole new file in place of the old one. A writer holds the lock beside it,
reads again what is there, and changes that.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tuimail.config.logs import keep_out
from tuimail.config.sealing import Secrets, VaultKey, find_key, fits, new_key, seal, unseal
from tuimail.model.errors import AuthError, ConfigError

MAX_OCTETS = 1 << 20
LOCK_WAIT_S = 20.0
_LOCK_RETRY_S = 0.02
SHORTEST_MASTER = 8


class VaultState(enum.Enum):
    """What this process can do with the file."""

    NONE = enum.auto()
    LOCKED = enum.auto()
    OPEN = enum.auto()


LOCKED_HINT = "Run it on a terminal, or open the app: its master password is asked for there."


class VaultLocked(AuthError):
    """The encrypted file is there, and nobody has given its master password yet."""


class Vault:
    """The encrypted file at `path`; the key is held in memory, by this process only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key: VaultKey | None = None

    @property
    def state(self) -> VaultState:
        """NONE where there is no file, else whether our key was made for the file that is there.

        Raises:
            ConfigError: the file is not safe to use.
        """
        sealed = self._load()
        if sealed is None:
            return VaultState.NONE
        return VaultState.OPEN if self._key is not None and fits(self._key, sealed) else VaultState.LOCKED

    def make(self, master: str) -> None:
        """Make the file, empty. Takes half a second.

        Raises:
            ConfigError: the master password is too short, the file is there already, or cannot be written.
        """
        if len(master) < SHORTEST_MASTER:
            raise ConfigError(f"A master password has {SHORTEST_MASTER} characters or more.")
        key = new_key(master)
        with self._locked():
            if os.path.lexists(self.path):
                raise ConfigError(f"{self.path} is there already.", hint="Open it with its own master password.")
            self._write(seal({}, key))
        self._remember(key)

    def open(self, master: str) -> None:
        """Hold the key from now on. Takes half a second.

        Raises:
            WrongMasterPassword: it does not open the file.
            ConfigError: there is no file, or it is damaged or not safe to use.
        """
        sealed = self._load()
        if sealed is None:
            raise ConfigError(f"There is no encrypted file at {self.path}.")
        key = find_key(master, sealed)
        unseal(sealed, key)
        self._remember(key)

    def read(self) -> Secrets:
        """All secrets; none where there is no file.

        Raises:
            VaultLocked: it is not open.
            ConfigError: the file is damaged or not safe to use.
        """
        sealed = self._load()
        return {} if sealed is None else unseal(sealed, self._fitting_key(sealed))

    def update(self, change: Callable[[Secrets], None]) -> None:
        """Change the secrets, whatever other processes write at the same time; durable when this returns.

        Raises:
            VaultLocked: it is not open.
            ConfigError: there is no file, it is not safe to use, or cannot be written.
        """
        with self._locked():
            sealed = self._load()
            if sealed is None:
                raise ConfigError(f"There is no encrypted file at {self.path}.")
            key = self._fitting_key(sealed)
            secrets = unseal(sealed, key)
            change(secrets)
            self._write(seal(secrets, key))

    def hand_over(self) -> str:
        """The key for a child of ours, who holds it with `take_over`; "" while we have none."""
        return "" if self._key is None else self._key.encode()

    def take_over(self, handed: str) -> None:
        """Hold the key that our parent handed us.

        Raises:
            ValueError: it is none.
        """
        self._remember(VaultKey.decode(handed))

    def _remember(self, key: VaultKey) -> None:
        keep_out(key.encode())
        self._key = key

    def _fitting_key(self, sealed: bytes) -> VaultKey:
        if self._key is None or not fits(self._key, sealed):
            raise VaultLocked("The encrypted file is locked.", hint=LOCKED_HINT)
        return self._key

    def _load(self) -> bytes | None:
        """What stands in the file; None where there is none."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.EMLINK}:
                raise _unsafe(self.path, "is a symbolic link", "Put the file itself there.") from error
            raise _failed("be read", self.path, error) from error
        try:
            _check_owner(self.path, os.fstat(descriptor))
            octets = _read_all(descriptor)
        except OSError as error:
            raise _failed("be read", self.path, error) from error
        finally:
            os.close(descriptor)
        if len(octets) > MAX_OCTETS:
            raise _unsafe(self.path, f"is larger than {MAX_OCTETS >> 20} MiB", "Move it away.")
        return octets

    def _write(self, octets: bytes) -> None:
        directory = self.path.parent
        try:
            # Made for its owner alone (0600), under a name that nobody can foresee.
            descriptor, name = tempfile.mkstemp(dir=directory, prefix=f".{self.path.name}.")
        except OSError as error:
            raise _failed("be written", self.path, error) from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(self.path)
            _sync_directory(directory)
        except OSError as error:
            Path(name).unlink(missing_ok=True)
            raise _failed("be written", self.path, error) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.path.with_name(f"{self.path.name}.lock")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _failed("be written", self.path, error) from error
        try:
            _wait_for(descriptor, lock)
            yield
        finally:
            os.close(descriptor)


def _wait_for(descriptor: int, lock: Path) -> None:
    until_s = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until_s:
                raise ConfigError(f"Another process has held {lock} for {LOCK_WAIT_S:.0f} s.") from None
            time.sleep(_LOCK_RETRY_S)
        else:
            return


def _read_all(descriptor: int) -> bytes:
    """What the file holds; of one that is too large, enough to show it."""
    octets = b""
    while len(octets) <= MAX_OCTETS and (more := os.read(descriptor, MAX_OCTETS + 1)):
        octets += more
    return octets


def _check_owner(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _unsafe(path, "is not a file", "Move it away.")
    if found.st_uid != os.geteuid():
        raise _unsafe(path, f"belongs to another user ({found.st_uid})", "Make it yours, if you trust what is in it.")
    if found.st_mode & 0o077:
        raise _unsafe(path, f"can be read by others (mode {found.st_mode & 0o777:o})", f"Run `chmod 600 {path}`.")


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unsafe(path: Path, why: str, hint: str) -> ConfigError:
    return ConfigError(f"The encrypted file {path} {why}: it is not used.", hint=hint)


def _failed(what: str, path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"The encrypted file {path} cannot {what}: {error.strerror}.", hint="Check that its directory is yours."
    )
