"""What the wizard does to the world: networks, keyrings, the file. Tests put others in their place."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.config.add import add_account
from tuimail.config.schema import Account, ImapServer, Pop3Server, Server
from tuimail.model.errors import AuthError
from tuimail.model.server import Credentials, Protocol, Security
from tuimail.setup.certificates import ServerCertificate, fetch_certificate
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.discovery.address import TypedAddress
from tuimail.setup.discovery.discover import Discovery, OnStep, Sources, discover
from tuimail.setup.discovery.probe import Offer, probe, protocol_of
from tuimail.setup.tls import tls_context
from tuimail.setup.wizard.entering import Entered, enter_once

if TYPE_CHECKING:
    from tuimail.setup.oauth.access import LoggedIn, LoginStep


class Keep(enum.StrEnum):
    """Where a password stays; the values are those of `--keep`."""

    KEYRING = "keyring"
    FILE = "file"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class OAuthAnswers:
    """How a person is shown an OAuth 2.0 log-in and answers it; see `oauth.log_in`."""

    on_step: Callable[[LoginStep], None]
    device: bool = False
    open_browser: Callable[[str], None] | None = None
    pasted: Callable[[], Awaitable[str]] | None = None


async def _discover(address: TypedAddress, protocol: Protocol, on_step: OnStep | None) -> Discovery:
    return await discover(address, protocol, sources=Sources(), on_step=on_step)


async def _look(server: Server) -> Offer:
    context = None if server.security is Security.NONE else await in_daemon_thread(lambda: tls_context(server), "trust")
    return await probe(server, context)


async def _certificate(server: Server) -> ServerCertificate:
    context = await in_daemon_thread(lambda: tls_context(server), "trust")
    return await fetch_certificate(server.host, server.port, server.security, protocol_of(server), context=context)


async def _run_command(account: str, command: tuple[str, ...]) -> str:
    from tuimail.config.outside_passwords import run_password_command

    return await in_daemon_thread(lambda: run_password_command(account, command), "password_command")


async def _keep(account: str, username: str, secret: str, where: Keep, master: str) -> str:
    from tuimail.config.secrets import Place, keep_secret

    def keep() -> str:
        if where is Keep.FILE:
            open_vault(master)
        return keep_secret(account, username, secret, place=Place(where.value))

    return await in_daemon_thread(keep, f"keep the password of {account}")


async def _forget(account: str, username: str) -> None:
    from tuimail.config.secrets import forget_secrets

    await in_daemon_thread(lambda: forget_secrets(account, username), f"forget what was kept for {account}")


def open_vault(master: str) -> None:
    """Open the encrypted file with its master password, or make it; one that is open stays so.

    Raises:
        AuthError: the master password is wrong. ConfigError: it is too short, or the file cannot be used.
    """
    from tuimail.config.secrets import vault
    from tuimail.config.vault import VaultState

    state = vault().state
    if state is VaultState.OPEN:
        return
    if not master:
        raise AuthError("The encrypted file needs its master password.", hint="Type it.")
    if state is VaultState.NONE:
        vault().make(master)
    else:
        vault().open(master)


async def _oauth(account: str, server: Server, answers: OAuthAnswers) -> LoggedIn:
    from tuimail.setup.oauth.access import log_in

    return await log_in(
        account,
        server,
        on_step=answers.on_step,
        device=answers.device,
        open_browser=answers.open_browser,
        pasted=answers.pasted,
    )


@dataclass(frozen=True, slots=True)
class Tools:
    """One function for each thing that the wizard does outside itself; what they raise is in their own modules."""

    discover: Callable[[TypedAddress, Protocol, OnStep | None], Awaitable[Discovery]] = _discover
    look: Callable[[Server], Awaitable[Offer]] = _look
    certificate: Callable[[Server], Awaitable[ServerCertificate]] = _certificate
    enter: Callable[[ImapServer | Pop3Server, Credentials], Awaitable[Entered]] = enter_once
    run_command: Callable[[str, tuple[str, ...]], Awaitable[str]] = _run_command
    oauth: Callable[[str, Server, OAuthAnswers], Awaitable[LoggedIn]] = _oauth
    keep: Callable[[str, str, str, Keep, str], Awaitable[str]] = _keep
    forget: Callable[[str, str], Awaitable[None]] = _forget
    write: Callable[[Path, str, Account], None] = field(default=add_account)
