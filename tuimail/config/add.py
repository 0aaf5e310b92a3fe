"""Writes a new account into config.toml: behind what is there, which stays as its owner left it, octet for octet.

Only what differs from a default is written, so that the file says what its owner chose. What could not be read again is
not written. There is no key for a password.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from tuimail.config import toml_text
from tuimail.config.edit import edit_file, make_file
from tuimail.config.load import decode_config, default_port
from tuimail.config.schema import Account
from tuimail.model.errors import ConfigError


def add_account(path: Path, name: str, account: Account) -> None:
    """Write `account` as `[accounts.NAME]`; the file and its directory are made if they are missing (0600, 0700).

    Raises:
        ConfigError: the file has that account, cannot be read, understood or replaced, or would say what the schema
            does not know; it is unchanged then.
    """
    is_new = make_file(path)
    try:
        edit_file(path, lambda text: _with_account(text, path, name, account))
    except BaseException:
        # Unless another has written to it meanwhile.
        if is_new and not path.read_bytes():
            path.unlink()
        raise


def _with_account(text: str, path: Path, name: str, account: Account) -> str:
    import tomlkit

    wanted = toml_text.parse(text)
    accounts = wanted.setdefault("accounts", {})
    if not isinstance(accounts, dict):
        raise ConfigError(f"{path}: `accounts` must be a table, with one table for each account.")
    if name in accounts:
        raise ConfigError(f"{path}: there is an account {name!r} already.", hint="Choose another name.")
    accounts[name] = settings(account)
    decode_config(wanted, path)
    block = tomlkit.dumps({"accounts": {name: settings(account)}}).removeprefix("[accounts]\n")
    before = text if not text or text.endswith("\n") else text + "\n"
    edited = f"{before}\n{block}" if before.strip() else f"{before}{block}"
    # `accounts = { … }` takes no table of its own behind it: there the document is edited as a whole.
    return edited if _says(edited, wanted) else _with_key(text, name, account)


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return toml_text.parse(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _with_key(text: str, name: str, account: Account) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    table = document.setdefault("accounts", {})
    table[name] = settings(account)
    return tomlkit.dumps(document)


def settings(account: Account) -> dict[str, Any]:
    """What the file has to say for `account`: no default, no port that follows, no user name that is the address."""
    table: dict[str, Any] = msgspec.to_builtins(account)
    for kind in ("imap", "pop3", "smtp"):
        server = getattr(account, kind)
        if server is None:
            table.pop(kind, None)
            continue
        if server.port == default_port(kind, server.security):
            table[kind].pop("port", None)
        if server.username == account.address:
            table[kind].pop("username", None)
    return table
