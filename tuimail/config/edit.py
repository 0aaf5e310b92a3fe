"""Edits config.toml as its owner left it: comments, order and blank lines stay, the file is replaced in one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from tuimail.config import toml_text
from tuimail.model.errors import ConfigError

Value = str | bool | int | float | list[str]
"""What a key of the file may be given."""
_ACCOUNTS = "accounts"
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def remove_account(path: Path, name: str) -> None:
    """Take the table `[accounts.NAME]` with all tables in it out of the file.

    Comments before the next table are taken for that table's, and stay.

    Raises:
        ConfigError: the file cannot be read, understood or replaced, or has no such account; it is unchanged then.
    """

    def edit(text: str) -> str:
        wanted = toml_text.parse(text)
        if name not in wanted.get("accounts", {}):
            raise ConfigError(f"{path}: there is no account {name!r} to remove.")
        del wanted["accounts"][name]
        edited = _without_tables(text, name)
        # Dotted keys and inline tables are not cut out by lines: there the document is edited as a whole.
        return edited if _says(edited, wanted) else _without_key(text, name)

    edit_file(path, edit)


def set_key(path: Path, keys: Sequence[str], value: Value | None) -> None:
    """Give the key `keys[-1]` of the table at `keys[:-1]` a value; None takes it out.

    A table of settings that is missing is made. Of an account's tables only the last level may be missing.

    Raises:
        ConfigError: the file cannot be read, understood or replaced, or has no such table; it is unchanged then.
    """
    edit_file(path, lambda text: with_value(text, keys, value, path))


def with_value(text: str, keys: Sequence[str], value: Value | None, path: Path) -> str:
    """The file's `text` with that value; see `set_key`. `path` is for messages.

    Raises:
        ConfigError: there is no such table.
        tomllib.TOMLDecodeError: the text is not TOML.
    """
    wanted = toml_text.parse(text)
    setting: Value | dict[str, Value] | None = value
    *place, key = keys
    if value is not None and _table(wanted, place) is None:
        if place[0] not in wanted and place[0] != _ACCOUNTS:
            return _with_table(text, place, key, value)
        setting = {key: value}
        *place, key = place
    table = _table(wanted, place)
    if table is None and value is None and keys[0] != _ACCOUNTS:
        return text
    if table is None:
        raise ConfigError(f"{path}: there is no table [{'.'.join(place)}].")
    is_new = key not in table
    if setting is None:
        table.pop(key, None)
    else:
        table[key] = setting
    # A new key goes behind the table's last one, before comments that speak of what follows.
    new = f"{_key(key)} = {_toml(setting)}" if is_new and setting is not None else ""
    edited = _with_line(text, place, new) if new else text
    return edited if _says(edited, wanted) else _with_key(text, place, key, setting)


def make_file(path: Path) -> bool:
    """Make an empty file, and its directory (0600, 0700), where there is none; whether there was none.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be made: {error.strerror}.", hint="Check that its directory is yours."
        ) from None
    return True


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


def _with_table(text: str, place: Sequence[str], key: str, value: Value) -> str:
    """`text` with a new table at its end."""
    before = text if not text or text.endswith("\n") else text + "\n"
    header = ".".join(map(_key, place))
    return f"{before}{chr(10) if before.strip() else ''}[{header}]\n{_key(key)} = {_toml(value)}\n"


def _key(name: str) -> str:
    """The name as a key of the file: in quotes where it needs them."""
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _with_key(text: str, place: Sequence[str], key: str, value: Value | dict[str, Value] | None) -> str:
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


def _toml(value: Value | dict[str, Value]) -> str:
    import tomlkit

    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return tomlkit.item(value).as_string()


def _header(line: str) -> dict[str, Any] | None:
    """The document that consists of this table header alone; None for a line that is none."""
    if not line.lstrip().startswith("["):
        return None
    try:
        return toml_text.parse(line)
    except tomllib.TOMLDecodeError:
        return None


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        found = toml_text.parse(text)
    except tomllib.TOMLDecodeError:
        return False
    return {_ACCOUNTS: {}, **found} == {_ACCOUNTS: {}, **wanted}


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
