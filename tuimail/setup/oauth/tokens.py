"""The tokens of an account: where they are kept, and how they are renewed.

    kept ──(fresh)──► used          kept ──(about to expire, or refused)──► refreshed ──► kept again ──► used

Tokens are one JSON document in the keyring or the encrypted file, as a password would be. A server may give a new
refresh token with each access token and take the old one for stolen from then on (RFC 9700, section 4.14.2). So a
refresh happens under a lock that all processes of the user share, begins by looking whether somebody else was faster,
and its result is kept before it is used.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import logging
import os
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tuimail.config.logs import keep_out
from tuimail.model.errors import AuthError, ConnectionLost, ProtocolError, StoreError, TimedOut
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.oauth.errors import login_hint, refused_refresh
from tuimail.setup.oauth.http import Answer, post_form

if TYPE_CHECKING:
    from tuimail.setup.oauth.settings import OAuthSettings

log = logging.getLogger(__name__)

MARGIN_S = 300.0
"""So long before its end a token is renewed, but not before nine tenths of its time are over."""
LOCK_RETRY_S = 0.05
LOCK_TIMEOUT_S = 60.0
"""Longer than a refresh of another process can take."""
FAREWELL_S = 5.0
"""How long an end of the program waits for a refresh that is under way: its result may be the only valid token."""
_unkept: dict[tuple[str, str], tuple[Tokens, Tokens]] = {}
"""By account and user name, what a keyring did not take: the tokens that it has, and those that replaced them. The
server may know the old ones no more; a keyring that was locked is unlocked sooner or later."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a log-in brought. Times are seconds since 1970; None where the server told no end.

    `token_url` is who gave them: they are shown to nobody else.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str
    expires_at: float | None = None
    renew_at: float | None = None

    def __post_init__(self) -> None:
        keep_out(self.access_token)
        keep_out(self.refresh_token)

    def is_fresh(self, now: float) -> bool:
        """Whether they need no renewal yet."""
        return self.renew_at is None or now < self.renew_at

    def is_valid(self, now: float) -> bool:
        """Whether the access token has not expired, as far as we know."""
        return self.expires_at is None or now < self.expires_at

    def encode(self) -> str:
        """As one JSON document."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "token_url": self.token_url,
                "expires_at": self.expires_at,
                "renew_at": self.renew_at,
            }
        )

    @classmethod
    def decode(cls, text: str) -> Tokens | None:
        """From a JSON document; None if it is none of ours."""
        try:
            document = json.loads(text)
            times = [document[name] for name in ("expires_at", "renew_at")]
            words = [document[name] for name in ("access_token", "refresh_token", "token_url")]
        except (ValueError, TypeError, KeyError):
            return None
        if not all(isinstance(word, str) for word in words):
            return None
        if not all(value is None or isinstance(value, int | float) for value in times):
            return None
        return cls(*words, *times)


def tokens_in(answer: Answer, settings: OAuthSettings, *, refresh_token: str = "") -> Tokens:
    """The tokens of a successful answer; where it brings no new refresh token, `refresh_token` goes on to serve.

    Raises:
        ProtocolError: there is no access token, or not one that mail servers take.
    """
    access_token = answer.text("access_token")
    kind = answer.text("token_type")
    if not access_token or kind.lower() not in {"bearer", ""}:
        raise ProtocolError(f"{settings.title} answered the log-in without a bearer token.")
    refresh_token = answer.text("refresh_token") or refresh_token
    if not all(token.isascii() and token.isprintable() for token in (access_token, refresh_token)):
        # RFC 6749, appendix A.12: nothing else can be shown to a server.
        raise ProtocolError(f"{settings.title} answered the log-in with a token that cannot be one.")
    lifetime_s = answer.seconds("expires_in")
    expires_at = renew_at = None
    if lifetime_s is not None:
        expires_at = time.time() + lifetime_s
        renew_at = expires_at - min(MARGIN_S, lifetime_s / 10)
    return Tokens(access_token, refresh_token, settings.token_url, expires_at, renew_at)


async def check_place(account: str) -> None:
    """Make sure that tokens can be kept, before a person goes to the trouble of getting them.

    Raises:
        AuthError: no keyring works here, and the encrypted file is not open.
    """
    from tuimail.config.keyrings import why_none
    from tuimail.config.secrets import tokens_way, vault
    from tuimail.config.vault import VaultState

    fault = await in_daemon_thread(why_none, "keyring")
    if fault and vault().state is not VaultState.OPEN:
        raise AuthError(
            f"Nothing can keep the tokens of account {account}. {fault}",
            hint=tokens_way(account),
        )


async def keep(account: str, username: str, tokens: Tokens) -> str:
    """Keep the tokens; the words for where.

    Raises:
        AuthError: there is no place for secrets on this machine.
    """
    from tuimail.config.secrets import SecretKind, keep_secret

    # The program does not end before this has: it may be the only valid token.
    return await asyncio.to_thread(keep_secret, account, username, tokens.encode(), kind=SecretKind.OAUTH)


async def recall(account: str, username: str, settings: OAuthSettings) -> Tokens:
    """The tokens that were kept.

    Raises:
        AuthError: there are none, or they are another provider's.
    """
    from tuimail.config.secrets import SecretKind, recall_secret

    recalled = partial(recall_secret, account, username, kind=SecretKind.OAUTH)
    text = await in_daemon_thread(recalled, f"tokens of {account}")
    tokens = Tokens.decode(text) if text else None
    if tokens is None or tokens.token_url != settings.token_url:
        raise AuthError(
            f"Account {account} is not logged in at {settings.title} as {username}.", hint=login_hint(account)
        )
    return tokens


async def fresh_tokens(account: str, username: str, settings: OAuthSettings, *, refused: str = "") -> Tokens:
    """Tokens to log in with now, refreshed first if they are about to expire, or if their access token is `refused`.

    Raises:
        AuthError: there are none, or they cannot be refreshed: only a new log-in of a person helps.
        ConnectionLost: the provider cannot be reached, and there is no valid token.
        ConfigError: the provider does not know the client.
    """
    tokens = await recall(account, username, settings)
    if tokens.is_fresh(time.time()) and tokens.access_token != refused:
        return tokens
    async with TokenLock(account, username):
        # Another process, or another connection of this one, may have refreshed meanwhile.
        tokens = await _recall_newest(account, username, settings)
        now = time.time()
        if tokens.is_fresh(now) and tokens.access_token != refused:
            return tokens
        if not tokens.refresh_token:
            if tokens.is_valid(now) and tokens.access_token != refused:
                return tokens
            raise AuthError(f"The log-in of account {account} at {settings.title} has ended.", hint=login_hint(account))
        try:
            return await _to_its_end(_refresh(account, username, settings, tokens))
        except ConnectionLost as error:
            if tokens.access_token == refused or not tokens.is_valid(now):
                raise
            log.info("account %s: the token was not refreshed ahead of time: %s", account, error)
            return tokens


async def _recall_newest(account: str, username: str, settings: OAuthSettings) -> Tokens:
    """The tokens that were kept, or those that a keyring would not take before, if it takes them now."""
    tokens = await recall(account, username, settings)
    replaced, newer = _unkept.get((account, username), (None, tokens))
    if tokens == replaced:
        await keep(account, username, newer)
        tokens = newer
    _unkept.pop((account, username), None)
    return tokens


async def _refresh(account: str, username: str, settings: OAuthSettings, tokens: Tokens) -> Tokens:
    """RFC 6749, section 6."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens.refresh_token,
        "client_id": settings.client_id,
    }
    if settings.client_secret:
        form["client_secret"] = settings.client_secret
    answer = await post_form(settings.token_url, form, ca_file=settings.ca_file)
    if answer.error:
        raise refused_refresh(settings.title, answer, account)
    fresh = tokens_in(answer, settings, refresh_token=tokens.refresh_token)
    _unkept[account, username] = (tokens, fresh)
    await keep(account, username, fresh)
    del _unkept[account, username]
    log.info("account %s: the token was refreshed", account)
    return fresh


async def _to_its_end(work: Coroutine[Any, Any, Tokens]) -> Tokens:
    """Do the work; a caller who is cancelled meanwhile leaves only after it, or after `FAREWELL_S`."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait({task}, timeout=FAREWELL_S)
        if not done:
            task.cancel()
        elif (error := task.exception()) is not None:
            log.info("the refresh that was under way ended: %s", error)
        raise


class TokenLock:
    """`async with TokenLock(...)`: one refresh at a time for the tokens of an account, over all processes of the user.

    The lock file is in the directory for states, not beside the mail: tokens belong to the user, not to a store.
    """

    def __init__(self, account: str, username: str) -> None:
        from tuimail.config.paths import current_paths

        name = hashlib.sha256(f"{account}:{username}".encode()).hexdigest()[:32]
        self._path: Path = current_paths().log.parent / "locks" / f"oauth-{name}.lock"
        self._account = account
        self._descriptor = -1

    async def __aenter__(self) -> TokenLock:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise StoreError(
                f"The lock {self._path} cannot be made: {error.strerror}.", hint="Check that its directory is yours."
            ) from error
        try:
            await self._acquire()
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    async def _acquire(self) -> None:
        deadline_s = time.monotonic() + LOCK_TIMEOUT_S
        while not self._try():
            if time.monotonic() > deadline_s:
                raise TimedOut(f"Another tuimail has been renewing the token of {self._account} for too long.")
            await asyncio.sleep(LOCK_RETRY_S)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
