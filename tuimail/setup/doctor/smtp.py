"""Looks at the server that sends: the way to it, and whether it lets anyone log in there. Nothing is submitted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuimail.config.schema import AuthMethod
from tuimail.setup import hello
from tuimail.setup.doctor.checkup import Check, State, Step
from tuimail.setup.doctor.reach import Reach

if TYPE_CHECKING:
    from tuimail.config.schema import SmtpServer

PREFIX = "smtp "
_PASSWORDS = frozenset({"PLAIN", "LOGIN"})
_TOKENS = frozenset({"XOAUTH2", "OAUTHBEARER"})


class SmtpCheckup:
    """The steps of one submission server; None: the account has none."""

    def __init__(self, account: str, server: SmtpServer | None) -> None:
        self._server = server
        self._reach = None if server is None else Reach(account, server, hello.SMTP, PREFIX)

    def steps(self) -> list[Step]:
        """All of them."""
        if self._server is None or self._reach is None:
            return [Step("smtp", _none)]
        offers = partial(_offers, self._server, self._reach)
        return [*self._reach.steps(), Step(f"{PREFIX}offers", offers, (self._reach.name_of("greeting"),))]

    def close(self) -> None:
        """Close the connection."""
        if self._reach is not None:
            self._reach.close()


async def _none() -> Check:
    return Check("smtp", State.SKIPPED, "the configuration names no server to send with")


async def _offers(server: SmtpServer, reach: Reach) -> Check:
    name = f"{PREFIX}offers"
    lines = await hello.ask_capabilities(reach.open_dialogue(), hello.SMTP)
    mechanisms = sorted({word for line in lines if line.startswith("AUTH ") for word in line.split()[1:]})
    details = {"offered": list(lines), "mechanisms": mechanisms}
    wanted = _PASSWORDS if server.auth is AuthMethod.PASSWORD else _TOKENS
    if not mechanisms:
        fix = 'Set security = "starttls" or "tls" and the port for it: 587 or 465.'
        return Check(name, State.FAILED, "no log-in on this connection (no AUTH)", fix, details)
    said = f"AUTH {' '.join(mechanisms)}; " + ", ".join(line for line in lines if not line.startswith("AUTH"))
    if wanted.isdisjoint(mechanisms):
        way = "by password" if wanted is _PASSWORDS else "by OAuth2"
        fix = 'Set auth = "oauth2".' if wanted is _PASSWORDS and not _TOKENS.isdisjoint(mechanisms) else ""
        return Check(name, State.FAILED, f"no log-in {way}: {said}", fix, details)
    return Check(name, State.OK, said, details=details)
