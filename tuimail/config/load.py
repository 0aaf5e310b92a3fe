"""Reads config.toml strictly: what is wrong is named by file, table and key, with what was expected.

An unknown key is an error that names the nearest known one: a typo never turns into a silent default.
"""

from __future__ import annotations

import difflib
import functools
import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_origin

import msgspec

from tuimail.config import toml_text
from tuimail.config.expected import describe
from tuimail.config.schema import Account, Config, OAuth2, Server
from tuimail.model.errors import ConfigError
from tuimail.model.server import CLEAR_TEXT_HINT, Security

S = TypeVar("S", bound=msgspec.Struct)

_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


def load_config(path: Path, *, must_exist: bool = False) -> Config:
    """The configuration in `path`; without such a file an empty one, unless it `must_exist`.

    Raises:
        ConfigError: the file is missing and must exist, cannot be read, is not TOML, or says something that the schema
            does not know.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        if must_exist:
            raise ConfigError(
                f"The configuration file {path} does not exist.",
                hint="Correct --config or the variable TUIMAIL_CONFIG, or make the file with `tuimail account add`.",
            ) from error
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    try:
        raw = toml_text.parse(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.", hint="Correct that line.") from error
    return decode_config(raw, path)


def decode_config(raw: dict[str, Any], path: Path) -> Config:
    """The configuration in a decoded TOML document; `path` is for messages and for files named relative to it."""
    _check_keys(raw, Config, path, "")
    accounts = raw.get("accounts", {})
    if not isinstance(accounts, dict):
        raise ConfigError(f"{path}: `accounts` must be a table, with one table for each account.")
    decoded = {name: _decode_account(name, table, path) for name, table in accounts.items()}
    rest = {key: value for key, value in raw.items() if key != "accounts"}
    config = _convert(rest, Config, path, "")
    return msgspec.structs.replace(config, accounts=decoded)


def is_account_name(name: str) -> bool:
    """Whether an account may be called so."""
    return _ACCOUNT_NAME.fullmatch(name) is not None


def _decode_account(name: str, table: object, path: Path) -> Account:
    where = f"accounts.{name}"
    if not is_account_name(name):
        raise ConfigError(
            f"{path}: {name!r} cannot be the name of an account.",
            hint="Use letters, digits, dots, dashes and underscores.",
        )
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: `{where}` must be a table.")
    account = _convert(table, Account, path, where)
    if account.imap is None and account.pop3 is None:
        raise ConfigError(f"{path}: [{where}] names no server.", hint=f"Add a table [{where}.imap] with a host.")
    if account.imap is not None and account.pop3 is not None:
        raise ConfigError(f"{path}: [{where}] has both an imap and a pop3 table.", hint="Keep one of them.")
    for kind in ("imap", "pop3", "smtp"):
        server = getattr(account, kind)
        if server is not None:
            account = msgspec.structs.replace(
                account, **{kind: _complete(server, account, path, f"{where}.{kind}", kind)}
            )
    return account


_PORTS = {
    ("imap", Security.TLS): 993, ("imap", Security.STARTTLS): 143, ("imap", Security.NONE): 143,
    ("pop3", Security.TLS): 995, ("pop3", Security.STARTTLS): 110, ("pop3", Security.NONE): 110,
    ("smtp", Security.TLS): 465, ("smtp", Security.STARTTLS): 587, ("smtp", Security.NONE): 25,
}  # fmt: skip


def default_port(kind: str, security: Security) -> int:
    """The port that `kind` ("imap", "pop3" or "smtp") has for this protection."""
    return _PORTS[kind, security]


def _complete(server: Server, account: Account, path: Path, where: str, kind: str) -> Server:
    """Fill in what follows from the rest, and refuse clear text where nobody asked for it by name."""
    if server.security is Security.NONE and not server.allow_cleartext and not is_loopback(server.host):
        raise ConfigError(
            f"{path}: [{where}] would send the password to {server.host} in clear text.",
            hint=CLEAR_TEXT_HINT,
        )
    username = server.username or account.address
    if not username:
        raise ConfigError(f"{path}: [{where}] has no `username`.", hint="Add it, or the account's `address`.")
    ca_file = str((path.parent / server.ca_file).expanduser()) if server.ca_file else ""
    if ca_file and not Path(ca_file).is_file():
        raise ConfigError(f"{path}: [{where}] `ca_file` names {ca_file}, which is not there.")
    if server.tls_fingerprint and fingerprint_octets(server.tls_fingerprint) is None:
        raise ConfigError(
            f"{path}: [{where}] `tls_fingerprint` is not a SHA-256 fingerprint.",
            hint='Write it as "sha256:" and 64 hexadecimal digits.',
        )
    return msgspec.structs.replace(
        server,
        username=username,
        ca_file=ca_file,
        port=server.port or _PORTS[kind, server.security],
        oauth2=_complete_oauth2(server.oauth2 or account.oauth2, path),
    )


def _complete_oauth2(oauth2: OAuth2 | None, path: Path) -> OAuth2 | None:
    if oauth2 is None or not oauth2.ca_file:
        return oauth2
    return msgspec.structs.replace(oauth2, ca_file=str((path.parent / oauth2.ca_file).expanduser()))


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name, without asking anyone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def fingerprint_octets(text: str) -> bytes | None:
    """The 32 octets of `sha256:` and hexadecimal digits (colons allowed), or None."""
    digits = text.lower().removeprefix("sha256:").replace(":", "")
    return bytes.fromhex(digits) if re.fullmatch(r"[0-9a-f]{64}", digits) else None


def convert_table(raw: dict[str, Any], struct: type[S], path: Path, where: str) -> S:
    """The struct that the table `where` of a file is.

    Raises:
        ConfigError: a key is unknown, a value wrong, or one is missing.
    """
    return _convert(raw, struct, path, where)


def _convert(raw: dict[str, Any], struct: type[S], path: Path, where: str) -> S:
    _check_keys(raw, struct, path, where)
    try:
        return msgspec.convert(raw, struct)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at ")
        # `$.imap.password_command[1]`: what is wrong in a list is told of the list.
        keys = re.findall(r"\.(\w+)", place)
        key = ".".join(filter(None, (where, *keys)))
        if match := re.search(r"missing required field `(\w+)`", what):
            raise ConfigError(f"{path}: [{key}] lacks `{match[1]}`.", hint="Add it.") from error
        raise ConfigError(f"{path}: `{key}`: {describe(struct, keys, raw)}.", hint="Correct that value.") from error


def _check_keys(raw: dict[str, Any], struct: Any, path: Path, where: str) -> None:
    """Every key of the table, and of the tables in it, is one that the schema knows."""
    fields = _fields_of(struct)
    for key, value in raw.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1, cutoff=0.5)
            table = f"table [{where}]" if where else "the file's top level"
            known = f"Did you mean `{near[0]}`?" if near else f"Known keys: {', '.join(sorted(fields))}."
            raise ConfigError(f"{path}: unknown key `{key}` in {table}.", hint=known)
        nested = _struct_of(fields[key].type)
        if nested is not None and isinstance(value, dict):
            _check_keys(value, nested, path, f"{where}.{key}" if where else key)


@functools.cache
def _fields_of(struct: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """By their names in the file: to read them from the annotations is what takes time."""
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


def _struct_of(kind: Any) -> type[msgspec.Struct] | None:
    if get_origin(kind) is dict:
        return None
    candidates = getattr(kind, "__args__", (kind,))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)
