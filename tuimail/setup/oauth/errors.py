"""Error codes of authorization servers in plain words (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5)."""

from __future__ import annotations

from tuimail.model.errors import AuthError, ConfigError, ConnectionLost, TuimailError
from tuimail.setup.oauth.http import Answer

SKEW_S = 300.0
"""Clocks that differ by more are worth a word when a log-in is refused."""
_PASSING = frozenset({"temporarily_unavailable", "server_error"})
_CLIENT = frozenset({"invalid_client", "unauthorized_client"})


def login_hint(account: str) -> str:
    """What to do when only a new log-in helps."""
    return f"Run `tuimail account login {account}`."


def refused_in_browser(title: str, code: str, description: str, account: str) -> TuimailError:
    """The error for a redirect that brings an error instead of a code."""
    if code == "access_denied":
        return AuthError(f"The log-in at {title} was turned down{_quote('', description)}.", hint=login_hint(account))
    return _by_code(title, code, description, account) or AuthError(
        f"{title} refused the log-in{_quote(code, description)}.", hint=login_hint(account)
    )


def refused_code(title: str, answer: Answer, account: str) -> TuimailError:
    """The error for a code, of a redirect or of a device, that brought no tokens."""
    code = answer.error
    if code == "access_denied":
        return AuthError(f"The log-in at {title} was turned down.", hint=login_hint(account))
    if code == "expired_token":
        return AuthError(f"Nobody agreed at {title} before the code ran out.", hint=login_hint(account))
    if code == "invalid_grant":
        return AuthError(
            f"{title} did not accept the code of the log-in{_quote(code, answer.description)}: "
            "it was used before, or is too old.",
            hint=login_hint(account) + _skew_words(answer),
        )
    return _by_code(title, code, answer.description, account) or AuthError(
        f"{title} refused the log-in{_quote(code, answer.description)}.", hint=login_hint(account)
    )


def refused_refresh(title: str, answer: Answer, account: str) -> TuimailError:
    """The error for a refresh token that brought no access token."""
    code = answer.error
    if code == "invalid_grant":
        return AuthError(
            f"{title} takes the log-in of account {account} for ended{_quote(code, answer.description)}.",
            hint=login_hint(account) + _skew_words(answer),
        )
    return _by_code(title, code, answer.description, account) or AuthError(
        f"{title} gave account {account} no new token{_quote(code, answer.description)}.", hint=login_hint(account)
    )


def _by_code(title: str, code: str, description: str, account: str) -> TuimailError | None:
    table = f"[accounts.{account}.oauth2]"
    if code in _PASSING:
        return ConnectionLost(
            f"{title} cannot serve the log-in now{_quote(code, description)}.", hint="Try again later."
        )
    if code in _CLIENT:
        return ConfigError(
            f"{title} does not accept tuimail's client id{_quote(code, description)}.",
            hint=f"Check `client_id` and `client_secret` in {table}.",
        )
    if code == "invalid_scope":
        return ConfigError(
            f"{title} does not know the scopes that were asked for{_quote(code, description)}.",
            hint=f"Check `scopes` in {table}, and what the client id is registered for.",
        )
    return None


def _quote(code: str, description: str) -> str:
    words = ": ".join(filter(None, (code, description.rstrip("."))))
    return f" ({words})" if words else ""


def _skew_words(answer: Answer) -> str:
    if abs(answer.clock_skew_s) < SKEW_S:
        return ""
    minutes = round(abs(answer.clock_skew_s) / 60)
    direction = "ahead of" if answer.clock_skew_s > 0 else "behind"
    return f" The clock of this machine is {minutes} minutes {direction} the server's: set it first."
