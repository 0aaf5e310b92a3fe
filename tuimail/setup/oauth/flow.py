"""The two ways to the first tokens of an account: through a browser, or with a code that is typed on another device.

    browser   page of the provider ─► redirect with a code ─► code + verifier ─► tokens      RFC 6749 4.1, 7636, 8252
    device    code shown here ─► a person types it there ─► asked again and again ─► tokens    RFC 8628

Each takes a person's time, tells its steps, and can be cancelled at any point. Tokens are kept by `oauth`, not here.
"""

from __future__ import annotations

import asyncio
import base64
import enum
import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tuimail.config.load import is_loopback
from tuimail.config.logs import keep_out
from tuimail.model.errors import AuthError, ConfigError, ConnectionLost, ProtocolError, TimedOut
from tuimail.setup.oauth.errors import login_hint, refused_code
from tuimail.setup.oauth.http import Answer, post_form
from tuimail.setup.oauth.redirect import NotOurRedirect, RedirectListener, code_in
from tuimail.setup.oauth.settings import OAuthSettings
from tuimail.setup.oauth.tokens import Tokens, tokens_in

log = logging.getLogger(__name__)

PERSON_TIMEOUT_S = 15 * 60.0
"""How long a person may take in the browser."""
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEFAULT_INTERVAL_S = 5.0
SLOW_DOWN_S = 5.0
"""RFC 8628, section 3.5: so much longer between two questions, each time the server says so."""
LONGEST_INTERVAL_S = 60.0


class StepKind(enum.Enum):
    """What a log-in is at."""

    BROWSER = enum.auto()
    CODE = enum.auto()
    AGAIN = enum.auto()
    ASKING = enum.auto()


@dataclass(frozen=True, slots=True)
class LoginStep:
    """A step, in words for the person who logs in.

    BROWSER: `url` is to be opened; the browser then comes back by itself, or, with `pastes`, its last address is to be
    pasted. CODE: `user_code` is to be typed at `url`. AGAIN: what was pasted does not fit. ASKING: the rest is done
    between us and the server.
    """

    kind: StepKind
    text: str
    url: str = ""
    user_code: str = ""
    pastes: bool = False


OnStep = Callable[[LoginStep], None]
Pasted = Callable[[], Awaitable[str]]
"""Waits for the next address that a person pastes."""
Pause = Callable[[float], Awaitable[None]]


async def by_browser(
    account: str,
    settings: OAuthSettings,
    *,
    on_step: OnStep,
    open_browser: Callable[[str], None] | None,
    pasted: Pasted | None,
) -> Tokens:
    """Tokens by way of a browser. `open_browser` must not block; `pasted` None: nobody can paste an address here.

    Raises:
        AuthError: the person or the provider said no, or the time ran out.
        ConfigError, ConnectionLost, ProtocolError: see `oauth_http.post_form`.
    """
    if not settings.authorization_url:
        raise ConfigError(
            f"{settings.title} has no page for a log-in in the browser.",
            hint=f"Use --device, or set `authorization_url` in [accounts.{account}.oauth2].",
        )
    if settings.is_pasted_back and pasted is None:
        raise ConfigError(
            f"A log-in at {settings.title} ends with an address that must be pasted, and nobody can paste one here.",
            hint="Run the command on a terminal.",
        )
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    keep_out(verifier)
    async with AsyncExitStack() as stack:
        listener: RedirectListener | None = None
        redirect_uri = settings.redirect
        if not settings.is_pasted_back:
            listener = RedirectListener(settings.redirect, state, settings.title, account)
            redirect_uri = (await stack.enter_async_context(listener)).redirect_uri
        url = authorization_address(settings, redirect_uri, state, verifier)
        on_step(_browser_step(settings, url, pastes=pasted is not None, must_paste=listener is None))
        if open_browser is not None:
            open_browser(url)

        ways = [] if listener is None else [listener.code()]
        if pasted is not None:
            ways.append(_pasted_code(pasted, state, settings, account, on_step))
        code = await _first_code(ways, settings, account)
    keep_out(code)
    on_step(LoginStep(StepKind.ASKING, f"Asking {settings.title} for the tokens…"))
    return await _redeem(account, settings, code, redirect_uri, verifier)


def authorization_address(settings: OAuthSettings, redirect_uri: str, state: str, verifier: str) -> str:
    """The page where a person agrees (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    fields = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(settings.scopes),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
        "code_challenge_method": "S256",
        **({"login_hint": settings.login_hint} if settings.login_hint else {}),
        **settings.extra,
    }
    joint = "&" if urlsplit(settings.authorization_url).query else "?"
    return f"{settings.authorization_url}{joint}{urlencode({name: value for name, value in fields.items() if value})}"


def _browser_step(settings: OAuthSettings, url: str, *, pastes: bool, must_paste: bool) -> LoginStep:
    text = f"Log in at {settings.title} in your browser, and agree."
    if must_paste:
        text += " It then fails to load a page of 127.0.0.1: copy the address of that page, and paste it here."
    elif pastes:
        text += " If the browser is on another machine, paste the address of the page that it ends on here."
    return LoginStep(StepKind.BROWSER, text, url=url, pastes=pastes)


async def _first_code(ways: Sequence[Coroutine[Any, Any, str]], settings: OAuthSettings, account: str) -> str:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, timeout=PERSON_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise AuthError(
                f"Nobody logged in at {settings.title} within {PERSON_TIMEOUT_S / 60:.0f} minutes.",
                hint=login_hint(account),
            )
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pasted_code(pasted: Pasted, state: str, settings: OAuthSettings, account: str, on_step: OnStep) -> str:
    while True:
        address = await pasted()
        try:
            return code_in(address, state, settings.title, account)
        except NotOurRedirect as error:
            on_step(LoginStep(StepKind.AGAIN, str(error), pastes=True))


async def _redeem(account: str, settings: OAuthSettings, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """RFC 6749, section 4.1.3; RFC 7636, section 4.5."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.client_id,
        "code_verifier": verifier,
    }
    answer = await _post(settings, settings.token_url, form)
    if answer.error:
        raise refused_code(settings.title, answer, account)
    return tokens_in(answer, settings)


async def _post(settings: OAuthSettings, url: str, form: dict[str, str]) -> Answer:
    if settings.client_secret:
        form["client_secret"] = settings.client_secret
    return await post_form(url, form, ca_file=settings.ca_file)


async def by_device(account: str, settings: OAuthSettings, *, on_step: OnStep, pause: Pause = asyncio.sleep) -> Tokens:
    """Tokens for a code that a person types on another device. `pause` waits between two questions, in seconds.

    Raises:
        AuthError: the person or the provider said no, or the time ran out.
        ConfigError: the provider has no device flow for mail.
        ConnectionLost, ProtocolError: see `oauth_http.post_form`.
    """
    if not settings.device_url:
        raise ConfigError(
            f"{settings.title} has no log-in by device for mail.",
            hint=f"Run `tuimail account login {account}` and open its address in any browser; on another machine, "
            "paste the address that the browser ends on.",
        )
    form = {"client_id": settings.client_id, "scope": " ".join(settings.scopes)}
    answer = await _post(settings, settings.device_url, form)
    if answer.error:
        raise refused_code(settings.title, answer, account)
    device_code, step = answer.text("device_code"), _code_step(answer, settings)
    keep_out(device_code)
    on_step(step)
    ends_s = time.monotonic() + min(answer.seconds("expires_in") or PERSON_TIMEOUT_S, PERSON_TIMEOUT_S)
    interval_s = answer.seconds("interval")
    return await _poll(
        account, settings, device_code, DEFAULT_INTERVAL_S if interval_s is None else interval_s, ends_s, pause
    )


def _code_step(answer: Answer, settings: OAuthSettings) -> LoginStep:
    """What a person is to do (RFC 8628, section 3.2; some servers write `verification_url`)."""
    url = answer.text("verification_uri") or answer.text("verification_url")
    user_code = answer.text("user_code")
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    except ValueError:
        is_safe = False
    if not (answer.text("device_code") and user_code and is_safe and (url + user_code).isprintable()):
        raise ProtocolError(f"{settings.title} answered the log-in by device without a code or an address.")
    text = f"Open the address in a browser on any device, log in at {settings.title}, and enter the code."
    return LoginStep(StepKind.CODE, text, url=url, user_code=user_code[:100])


async def _poll(
    account: str, settings: OAuthSettings, device_code: str, interval_s: float, ends_s: float, pause: Pause
) -> Tokens:
    """Ask until the person has agreed (RFC 8628, section 3.5)."""
    form = {"grant_type": DEVICE_GRANT, "device_code": device_code, "client_id": settings.client_id}
    while True:
        await pause(interval_s)
        try:
            answer = await _post(settings, settings.token_url, form)
        except TimedOut:
            # The same section: a connection that timed out doubles the interval.
            interval_s = min(max(1.0, interval_s) * 2, LONGEST_INTERVAL_S)
        except ConnectionLost as error:
            log.info("account %s: asked in vain whether the code was entered: %s", account, error)
        else:
            if not answer.error:
                return tokens_in(answer, settings)
            if answer.error == "slow_down":
                interval_s += SLOW_DOWN_S
            elif answer.error != "authorization_pending":
                raise refused_code(settings.title, answer, account)
        if time.monotonic() > ends_s:
            raise AuthError(f"Nobody agreed at {settings.title} before the code ran out.", hint=login_hint(account))
