"""Who may use the page: whoever knows the token, from the page's own origin, under this machine's own name.

    GET /?token=…  ──► cookie, and on to /      the token leaves the address bar
    everything else: the cookie                 HttpOnly, SameSite=Strict
    the WebSocket: the cookie, and the Origin   no page of another server can open it
    all of it: the Host header                  a name that leads to 127.0.0.1 (DNS rebinding) is no way in

Knows headers and secrets, and no web server.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

ADDRESS = "127.0.0.1"
_SECRET_OCTETS = 32


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_OCTETS)


@dataclass(frozen=True)
class Guard:
    """The secrets of one run of the server on `port`: the token is shown to the user, the cookie's value to nobody."""

    port: int
    token: str = field(default_factory=_new_secret, repr=False)
    cookie: str = field(default_factory=_new_secret, repr=False)

    @property
    def cookie_name(self) -> str:
        """Cookies of a host are shared by its ports: each server has a name of its own."""
        return f"tuimail-{self.port}"

    @property
    def url(self) -> str:
        """What the user opens."""
        return f"http://{ADDRESS}:{self.port}/?token={self.token}"

    def knows_host(self, host: str | None) -> bool:
        """Whether a Host header names this server (RFC 9110, section 7.2)."""
        names = (ADDRESS, "localhost")
        known = {f"{name}:{self.port}" for name in names} | ({*names} if self.port == 80 else set())
        return host is not None and host.lower() in known

    def is_own_origin(self, origin: str | None, host: str | None) -> bool:
        """Whether an Origin header (RFC 6454, section 7) is that of the page under the name it was asked for by."""
        return self.knows_host(host) and origin is not None and origin.lower() == f"http://{host}".lower()

    def is_token(self, value: str | None) -> bool:
        """Whether that is the token; takes as long for any wrong one."""
        return _is_same(value, self.token)

    def is_cookie(self, value: str | None) -> bool:
        """Whether that is the cookie's value."""
        return _is_same(value, self.cookie)


def _is_same(given: str | None, secret: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
