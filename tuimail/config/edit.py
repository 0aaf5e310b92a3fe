"""Edits config.toml as its owner left it: comments, order and blank lines stay, the file is replaced in one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from tuimail.model.errors import ConfigError


def remove_account(path: Path, name: str) -> None:
    """Take the table `[accounts.NAME]` with all tables in it out of the file.

    Comments before the next table are taken for that table's, and stay.

    Raises:
        ConfigError: the file cannot be read, understood or replaced, or has no such account; it is unchanged then.
    """

    def edit(text: str) -> str:
        wanted = tomllib.loads(text)
        if name not in wanted.get("accounts", {}):
            raise ConfigError(f"{path}: there is no account {name!r} to remove.")
        del wanted["accounts"][name]
        edited = _without_tables(text, name)
        # Dotted keys and inline tables are not cut out by lines: there the document is edited as a whole.
        return edited if _says(edited, wanted) else _without_key(text, name)

    edit_file(path, edit)


def set_key(path: Path, keys: Sequence[str], value: str | None) -> None:
    """Give the key `keys[-1]` of the table at `keys[:-1]` a value; None takes it out.

    The table is in the file; only the last of its levels may be missing, and is made then.

    Raises:
        ConfigError: the file cannot be read, understood or replaced, or has no such table; it is unchanged then.
    """

    def edit(text: str) -> str:
        wanted = tomllib.loads(text)
        setting: str | dict[str, str] | None = value
        *place, key = keys
        if value is not None and _table(wanted, place) is None:
            setting = {key: value}
            *place, key = place
        table = _table(wanted, place)
        if table is None:
            raise ConfigError(f"{path}: there is no table [{'.'.join(place)}].")
        is_new = key not in table
        if setting is None:
            table.pop(key, None)
        else:
            table[key] = setting
        # A new key goes behind the table's last one, before comments that speak of what follows.
        edited = _with_line(text, place, f"{key} = {_toml(setting)}") if is_new and setting is not None else text
        return edited if _says(edited, wanted) else _with_key(text, place, key, setting)

    edit_file(path, edit)


def edit_file(path: Path, edit: Callable[[str], str]) -> None:
    """Let `edit` change the text of `path`, then replace the file with the result; its mode is kept.

    What another tuimail writes at the same time is not lost: one changes the file after the other.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or cannot be replaced; it is unchanged then.
    """
    # A link stays a link: people keep this file in a repository of their own.
    target = Path(os.path.realpath(path))
    try:
        with _alone(target.parent):
            _replace(target, edit(target.read_bytes().decode("utf-8")).encode("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.", hint="Correct that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be changed: {error}.", hint="Nothing was changed.") from error


def _without_tables(text: str, name: str) -> str:
    """`text` without the lines of `[accounts.NAME]` and of the tables in it, from each header to its last key."""
    kept: list[str] = []
    trailing: list[str] = []
    inside = False
    for line in text.split("\n"):
        header = _header(line)
        if header is not None:
            inside = name in header.get("accounts", {})
            if not inside:
                kept.extend(trailing)
            trailing = []
        if not inside:
            kept.append(line)
        elif not line.strip() or line.lstrip().startswith("#"):
            trailing.append(line)
        else:
            trailing = []
    return "\n".join([*kept, *trailing])


def _table(document: Any, place: Sequence[str]) -> dict[str, Any] | None:
    for name in place:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else None


def _with_line(text: str, place: Sequence[str], new: str) -> str:
    """`text` with a line behind the last key under the header of the table at `place`; unchanged if it has none."""
    lines = text.split("\n")
    end: int | None = None
    inside = False
    for number, line in enumerate(lines):
        header = _header(line)
        if header is not None:
            inside = _table(header, place) == {}
        if inside and line.strip() and not line.lstrip().startswith("#"):
            end = number
    if end is None:
        return text
    indent = lines[end][: len(lines[end]) - len(lines[end].lstrip())]
    return "\n".join([*lines[: end + 1], indent + new, *lines[end + 1 :]])


def _with_key(text: str, place: Sequence[str], key: str, value: str | dict[str, str] | None) -> str:
    import tomlkit

    document: Any = tomlkit.parse(text)
    table = document
    for name in place:
        table = table[name]
    if value is None:
        table.pop(key, None)
    elif isinstance(value, dict):
        table[key] = tomlkit.inline_table().append(*next(iter(value.items())))
    else:
        table[key] = value
    return tomlkit.dumps(document)


def _toml(value: str | dict[str, str]) -> str:
    import tomlkit

    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return tomlkit.item(value).as_string()


def _header(line: str) -> dict[str, Any] | None:
    """The document that consists of this table header alone; None for a line that is none."""
    if not line.lstrip().startswith("["):
        return None
    try:
        return tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return {"accounts": {}, **found} == wanted


def _without_key(text: str, name: str) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    accounts = document["accounts"]
    assert isinstance(accounts, MutableMapping)  # noqa: S101 - the caller has found the account in it
    del accounts[name]
    return tomlkit.dumps(document)


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the lock of the directory: the file itself is another one after each edit, and one beside it would stay."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Some network file systems lock no directories: there the last who writes wins.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, octets: bytes) -> None:
    """Write beside the file and rename over it: a reader sees the old or the new, and so does a loss of power."""
    mode = path.stat().st_mode & 0o7777
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
