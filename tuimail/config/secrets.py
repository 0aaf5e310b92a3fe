"""Finds and keeps what an account logs in with: a password, or the tokens of OAuth 2.0. Never in the configuration.

    find      password_command ─► environment ─► keyring ─► encrypted file, when open ─► a prompt
    keep      keyring, where one works ─► encrypted file, when open

The first source that has one serves, and says so: `Secret.source` is what `account show` prints. A secret is in no
`repr`, no log, no argument list and no message of an error. Nothing here asks by itself: `prompt` does, and whoever
opens the encrypted file of this process (`vault`). Calls may wait for a locked keyring as long as
`keyrings.CALL_TIMEOUT_S`: never make one on a screen's loop.
"""

from __future__ import annotations

import enum
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from tuimail.config import keyrings, logs
from tuimail.config.keyrings import KeyringFailed, NoKeyring
from tuimail.config.outside_passwords import first_source, run_password_command, variable_name
from tuimail.config.paths import current_paths
from tuimail.config.schema import AuthMethod, Server
from tuimail.config.sealing import SecretId, Secrets
from tuimail.config.vault import LOCKED_HINT, Vault, VaultLocked, VaultState
from tuimail.model.errors import AuthError, ConfigError, TuimailError

log = logging.getLogger(__name__)

Prompt = Callable[[str], str]


class SecretKind(enum.StrEnum):
    """What is kept; the values stand in the encrypted file. OAUTH is a JSON document with the tokens."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    OAUTH = "oauth"


PROMPT = "prompt"
"""The source of a password that a person has just typed."""
KEYRING_SERVICES = {SecretKind.PASSWORD: "tuimail", SecretKind.OAUTH: "tuimail-oauth"}


class Place(enum.StrEnum):
    """Where we can keep a secret; the values are words for people, and for `--keep`."""

    KEYRING = "keyring"
    FILE = "file"

    @property
    def words(self) -> str:
        """The place as a source."""
        return "keyring" if self is Place.KEYRING else "encrypted file"


@dataclass(frozen=True, slots=True)
class Secret:
    """A password and where it came from, in words. A process that holds one keeps it out of its log."""

    value: str = field(repr=False)
    source: str

    def __post_init__(self) -> None:
        logs.keep_out(self.value)


class _Current:
    """The encrypted file of this process: one, whoever asks for it."""

    vault: Vault | None = None


def vault() -> Vault:
    """The encrypted file of this process; once opened it stays so."""
    path = current_paths().vault
    if _Current.vault is None or _Current.vault.path != path:
        _Current.vault = Vault(path)
    return _Current.vault


def find_secret(account: str, server: Server, *, prompt: Prompt | None = None) -> Secret:
    """The password for `server` of `account`; `prompt` asks a person with the text it is given.

    Raises:
        AuthError: no source has one, or the command failed.
        ConfigError: the encrypted file is damaged or not safe to use.
    """
    if server.password_command:
        return Secret(run_password_command(account, server.password_command), first_source(account, server))
    if value := os.environ.get(variable_name(account)):
        return Secret(value, first_source(account, server))
    kept = _recall(account, server.username, SecretKind.PASSWORD)
    if kept.value:
        return Secret(kept.value, kept.source)
    if prompt is not None and (value := prompt(f"Password of {server.username} at {server.host}")):
        return Secret(value, PROMPT)
    hint = LOCKED_HINT if kept.is_locked else ways_out(account)
    raise AuthError(f"There is no password for account {account}.{kept.faults}", hint=hint)


def recall_secret(account: str, username: str, *, kind: SecretKind = SecretKind.PASSWORD) -> str | None:
    """What is kept for `username` of `account`, or None.

    Raises:
        AuthError: nothing was found, but a keyring failed or the encrypted file is locked: it may be there.
        ConfigError: the encrypted file is damaged or not safe to use.
    """
    kept = _recall(account, username, kind)
    if kept.value:
        return Secret(kept.value, kept.source).value
    if kept.faults:
        hint = LOCKED_HINT if kept.is_locked else "Unlock the keyring and try again."
        raise AuthError(f"What account {account} logs in with cannot be read.{kept.faults}", hint=hint)
    return None


def keep_secret(
    account: str, username: str, value: str, *, kind: SecretKind = SecretKind.PASSWORD, place: Place | None = None
) -> str:
    """Keep `value` for `username` of `account`: in `place`, else in the keyring, else in the encrypted file if it is
    open. Returns where, in words. What another place keeps for the same user is forgotten, as far as it can be.

    Raises:
        AuthError: nothing can keep it, or `place` cannot.
        ConfigError: the encrypted file is damaged or not safe to use.
    """
    logs.keep_out(value)
    id_ = SecretId(account, username, kind)
    if place is not Place.FILE:
        try:
            keyrings.keep(KEYRING_SERVICES[kind], _keyring_user(id_), value)
        except (NoKeyring, KeyringFailed) as error:
            if place is Place.KEYRING or not _vault_is(VaultState.OPEN):
                hint = ways_out(account) if kind is SecretKind.PASSWORD else tokens_way(account)
                raise AuthError(
                    f"Nothing can keep the secret of account {account}. {error.message}", hint=hint
                ) from None
        else:
            _forget_in_vault(id_)
            return Place.KEYRING.words
    vault().update(lambda secrets: secrets.__setitem__(id_, value))
    _forget_in_keyring(id_)
    return Place.FILE.words


def _forget_in_vault(id_: SecretId) -> None:
    try:
        if _vault_is(VaultState.OPEN):
            vault().update(lambda secrets: _drop(secrets, id_))
    except ConfigError as error:
        log.warning("account %s: an older secret may be left: %s", id_.account, error.message)


def _forget_in_keyring(id_: SecretId) -> None:
    """The keyring is asked before the encrypted file: what is older there would hide what is new here."""
    try:
        keyrings.forget(KEYRING_SERVICES[SecretKind(id_.kind)], _keyring_user(id_))
    except NoKeyring:
        return
    except KeyringFailed as error:
        log.warning("account %s: an older secret may be left: %s", id_.account, error.message)


def forget_secrets(account: str, username: str) -> None:
    """Forget all that is kept for `username` of `account`.

    Raises:
        AuthError: something may be left, in a keyring that failed or in the encrypted file, which is locked.
        ConfigError: the encrypted file is damaged or not safe to use.
    """
    ids = [SecretId(account, username, kind) for kind in SecretKind]
    left = ""
    try:
        for id_ in ids:
            keyrings.forget(KEYRING_SERVICES[SecretKind(id_.kind)], _keyring_user(id_))
    except NoKeyring:
        pass
    except KeyringFailed as error:
        left = f" {error.message}"
    match vault().state:
        case VaultState.LOCKED:
            left += " The encrypted file is locked."
        case VaultState.OPEN if any(id_ in vault().read() for id_ in ids):
            vault().update(lambda secrets: _drop(secrets, *ids))
    if left:
        raise AuthError(f"A secret of account {account} may still be kept.{left}", hint="Unlock it and try again.")


def describe_source(account: str, server: Server) -> str:
    """Which source would serve, in words; no secret is read but what is kept, and nothing is run."""
    if found := look_up(account, server).source:
        return found
    try:
        if _vault_is(VaultState.LOCKED):
            return f"{Place.FILE.words} (locked)"
    except ConfigError:
        # The command that needs it says why.
        return f"{Place.FILE.words} (not safe to use)"
    if server.auth is AuthMethod.OAUTH2:
        return f"none: run `tuimail account login {account}`"
    return "none: asked for on a terminal"


def has_source(account: str, server: Server) -> bool:
    """Whether `find_secret` has somewhere to look without a prompt; nothing is run."""
    return bool(look_up(account, server).source)


@dataclass(frozen=True, slots=True)
class LookUp:
    """The source that would serve, "" for none; `why` says which keyring or file could not be asked."""

    source: str
    why: str = ""


def look_up(account: str, server: Server) -> LookUp:
    """Which source would serve, without a prompt; nothing is run."""
    is_password = server.auth is AuthMethod.PASSWORD
    if is_password and (first := first_source(account, server)):
        return LookUp(first)
    try:
        kept = _recall(account, server.username, SecretKind.PASSWORD if is_password else SecretKind.OAUTH)
    except TuimailError as error:
        return LookUp("", str(error))
    return LookUp(kept.source, f"{kept.no_keyring}{kept.faults}".strip())


def ways_out(account: str) -> str:
    """What a person can do where no source has a password."""
    return (
        f"`tuimail account password {account}` keeps one, in the keyring or in an encrypted file; or"
        f" {ways_without_keeping(account)}."
    )


def ways_without_keeping(account: str) -> str:
    """What else a person can do, who wants tuimail to keep no password: the end of a sentence."""
    return f"set `password_command` in the configuration, or the variable {variable_name(account)}"


def tokens_way(account: str) -> str:
    """What a person can do where nothing keeps tokens."""
    return f"They need a keyring, or the encrypted file that `tuimail account login {account}` offers on a terminal."


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the keyring or the encrypted file has; `faults` says in sentences which of them could not be asked.

    `is_locked`: the file is one of them, and opens with its master password.
    """

    value: str = field(default="", repr=False)
    source: str = ""
    faults: str = ""
    no_keyring: str = ""
    is_locked: bool = False


def _recall(account: str, username: str, kind: SecretKind) -> _Kept:
    id_, faults, no_keyring = SecretId(account, username, kind), "", ""
    try:
        if value := keyrings.recall(KEYRING_SERVICES[kind], _keyring_user(id_)):
            return _Kept(value, Place.KEYRING.words)
    except NoKeyring as error:
        no_keyring = error.message
    except KeyringFailed as error:
        log.info("account %s: %s", account, error.message)
        faults = f" {error.message}"
    try:
        if value := vault().read().get(id_):
            return _Kept(value, Place.FILE.words)
    except VaultLocked as error:
        return _Kept(faults=f"{faults} {error.message}", no_keyring=no_keyring, is_locked=True)
    return _Kept(faults=faults, no_keyring=no_keyring)


def _vault_is(state: VaultState) -> bool:
    return vault().state is state


def _keyring_user(id_: SecretId) -> str:
    return f"{id_.account}:{id_.username}"


def _drop(secrets: Secrets, *ids: SecretId) -> None:
    for id_ in ids:
        secrets.pop(id_, None)
