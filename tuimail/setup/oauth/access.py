"""OAuth 2.0 log-ins, as the rest of tuimail sees them: a person logs in once, and tokens are there from then on.

    log_in          a person, a browser or another device ─► tokens, kept
    access_token    what a mail server is entered with now, refreshed when its end is near or a server refused it

Own code over `http.client` (RFC 6749, 7636, 8252, 8628): no password of the provider ever passes through here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tuimail.config.outside_passwords import child_environment
from tuimail.model.errors import AuthError
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.oauth.errors import login_hint
from tuimail.setup.oauth.flow import LoginStep, OnStep, Pasted, Pause, StepKind, by_browser, by_device
from tuimail.setup.oauth.settings import provider_of, settings_of
from tuimail.setup.oauth.tokens import TokenLock, Tokens, check_place, fresh_tokens, keep

if TYPE_CHECKING:
    from tuimail.config.schema import Server

__all__ = [
    "LoggedIn",
    "LoginStep",
    "OnStep",
    "Pasted",
    "StepKind",
    "access_token",
    "has_browser",
    "log_in",
    "open_browser",
    "provider_of",
]

log = logging.getLogger(__name__)

BROWSER_TIMEOUT_S = 30.0
_browsing: set[asyncio.Task[None]] = set()
"""asyncio itself holds tasks weakly."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`kept_in`: where the tokens are, in words. `lasts`: whether they can be refreshed."""

    tokens: Tokens = field(repr=False)
    kept_in: str

    @property
    def lasts(self) -> bool:
        """Whether the log-in goes on when the access token has expired."""
        return bool(self.tokens.refresh_token)


async def log_in(
    account: str,
    server: Server,
    *,
    on_step: OnStep,
    device: bool = False,
    open_browser: Callable[[str], None] | None = None,
    pasted: Pasted | None = None,
    pause: Pause = asyncio.sleep,
) -> LoggedIn:
    """Let a person log in for `account`, and keep the tokens. The account need not be in the configuration yet.

    `on_step` hears what the person is to do and what is being done. `device`: with a code, on another device.
    `open_browser` shows an address and does not block (see the function of that name); None: the person opens it.
    `pasted` waits for the next address that the person pastes; None: that is not possible here. `pause` waits for so
    many seconds. Cancel it at any time: nothing is kept before the end.

    Raises:
        AuthError: the person or the provider said no, or took too long, or no place keeps the tokens.
        ConfigError: provider or client id are missing or wrong.
        ConnectionLost, ProtocolError: the provider cannot be reached or trusted, or answered nonsense.
    """
    settings = settings_of(account, server)
    await check_place(account)
    if device:
        tokens = await by_device(account, settings, on_step=on_step, pause=pause)
    else:
        tokens = await by_browser(account, settings, on_step=on_step, open_browser=open_browser, pasted=pasted)
    # A refresh that is under way elsewhere would put its tokens in the place of these.
    async with TokenLock(account, server.username):
        kept_in = await keep(account, server.username, tokens)
    log.info("account %s: logged in at %s, tokens kept in: %s", account, settings.title, kept_in)
    return LoggedIn(tokens, kept_in)


async def access_token(account: str, server: Server, *, refused: str = "") -> str:
    """The access token to enter `server` with now; one that the server has `refused` is replaced.

    Raises:
        AuthError: nobody has logged in, or the log-in has ended: `tuimail account login` helps.
        ConfigError: provider or client id are missing or wrong.
        ConnectionLost: the provider cannot be reached, and there is no valid token.
    """
    settings = settings_of(account, server)
    tokens = await fresh_tokens(account, server.username, settings, refused=refused)
    if tokens.access_token == refused:
        raise AuthError(
            f"{settings.title} gave account {account} the token again that {server.host} refused.",
            hint=login_hint(account),
        )
    return tokens.access_token


def open_browser(url: str) -> None:
    """Show `url` in the user's browser; returns at once, and says nothing of how that went.

    A process of its own, without a terminal: no browser draws over the screen, or waits for its keys.
    """

    def run() -> None:
        try:
            subprocess.run(
                [sys.executable, "-m", "webbrowser", url],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=child_environment(),
                timeout=BROWSER_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.info("the browser was not opened: %s", type(error).__name__)

    task = asyncio.ensure_future(in_daemon_thread(run, "browser"))
    _browsing.add(task)
    task.add_done_callback(_browsing.discard)


def has_browser() -> bool:
    """Whether a browser of this machine can be expected to show up before the person who types here."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    names = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in names)
