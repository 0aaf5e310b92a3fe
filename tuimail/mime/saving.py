"""Writes attachments into directories of the user's: whole or not at all, under safe names, over nothing.

    octets ──► .tuimail-….part (O_EXCL, O_NOFOLLOW, 0600, synced) ──link──► name.pdf, name (2).pdf, …
                    └─ where there are no links ──► created exclusively and copied; removed if that fails

All of it happens relative to the opened directory: a name cannot lead out of it, and what somebody puts in its place
meanwhile is never followed. A file gets the permissions of the user's own umask only when all of it is there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from tuimail.mime.sanitize import one_line, safe_file_name
from tuimail.model.errors import SaveError
from tuimail.model.units import short_size

MAX_SAME_NAMES = 9999
"""So many files of one name in one directory are an accident, or an attack."""
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def save_file(directory: Path, name: str, octets: bytes) -> Path:
    """Write `octets` as a new file called about `name` (as a message has it) into a directory that is there.

    Gives the path. A name that is taken gets a number before its extension: "plan (2).pdf".

    Raises:
        SaveError: the directory is not there or not writable, or the disk is full: no file was left.
    """
    safe = safe_file_name(name)
    shown = one_line(str(directory))
    try:
        place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SaveError(
            f"{safe} was not saved: {_why_not(error)}: {shown}.", hint="Name a directory that is there."
        ) from error
    try:
        return directory / _save(place, safe, octets)
    except OSError as error:
        if error.errno in _FULL:
            needed = short_size(len(octets))
            raise SaveError(
                f"{safe} was not saved: there is no room for {needed} in {shown}.", hint="Free some, and try again."
            ) from error
        raise SaveError(
            f"{safe} was not saved in {shown}: {error.strerror or error}.", hint="Name another directory."
        ) from error
    finally:
        os.close(place)


def _why_not(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such directory"
    if isinstance(error, NotADirectoryError):
        return "this is no directory"
    return str(error.strerror or error)


def _save(place: int, name: str, octets: bytes) -> str:
    temporary = f".tuimail-{secrets.token_hex(8)}.part"
    try:
        _write(place, temporary, octets)
        saved = _link(place, temporary, name, octets)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=place)
    os.fsync(place)
    return saved


def _write(place: int, name: str, octets: bytes) -> None:
    """A new file with these octets, on the disk; readable for others only once it is whole."""
    file = os.open(name, _NEW, 0o600, dir_fd=place)
    try:
        view = memoryview(octets)
        while view:
            view = view[os.write(file, view[: 1 << 22]) :]
        os.fchmod(file, 0o666 & ~_umask())
        os.fsync(file)
    finally:
        os.close(file)


def _link(place: int, temporary: str, name: str, octets: bytes) -> str:
    """Give the file its name, or the first numbered one that is free."""
    for candidate in _names(name):
        try:
            os.link(temporary, candidate, src_dir_fd=place, dst_dir_fd=place, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # A file system without links (FAT, some network shares): what is created exclusively replaces nothing.
            try:
                _write_in_place(place, candidate, octets)
            except FileExistsError:
                continue
        return candidate
    raise OSError(errno.EEXIST, f"there are {MAX_SAME_NAMES} files of this name")


def _write_in_place(place: int, name: str, octets: bytes) -> None:
    try:
        _write(place, name, octets)
    except FileExistsError:
        raise
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=place)
        raise


def _names(name: str) -> Iterator[str]:
    yield name
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    for number in range(2, MAX_SAME_NAMES + 1):
        yield f"{stem} ({number}){dot}{extension}"


def _umask() -> int:
    """The process's umask: it can only be read by setting it, for that moment to the strictest."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
