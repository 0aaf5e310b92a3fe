"""Looks at what an account needs on this machine: its settings, the source of its secret, the store's files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuimail.config.schema import AuthMethod
from tuimail.model.units import counted, short_size
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.doctor.checkup import Check, State, Step
from tuimail.setup.login import find_credentials
from tuimail.store import health
from tuimail.store.store import FILE_NAMES

if TYPE_CHECKING:
    from tuimail.config.schema import Account, Server
    from tuimail.setup.login import SecretOf

STORE_S = 15.0
"""So long a file's pages are looked at, at most: large stores take minutes."""
LITTLE_OCTETS = 1 << 30
TINY_OCTETS = 50 << 20


@dataclass(frozen=True, slots=True)
class Home:
    """Where tuimail lives: its configuration and its data."""

    config: Path
    data: Path


class LocalCheckup:
    """The steps that need no network, and the secret's."""

    def __init__(self, account: str, settings: Account, server: Server, secret_of: SecretOf, home: Home) -> None:
        self._account = account
        self._settings = settings
        self._server = server
        self._secret_of = secret_of
        self._home = home

    def first(self) -> list[Step]:
        """What comes before the network."""
        # A password manager may ask its owner first.
        return [
            Step("configuration", self._configuration),
            Step("secret", self._secret, timeout_s=75),
        ]

    def last(self) -> list[Step]:
        """What comes after it."""
        return [Step("store", self._store, timeout_s=2 * STORE_S + 10), Step("disk", self._disk)]

    async def _configuration(self) -> Check:
        server = self._server
        said = f"{self._settings.protocol.value.upper()}, {server.host}:{server.port}, security {server.security.value}"
        details: dict[str, Any] = {
            "file": str(self._home.config),
            "protocol": self._settings.protocol.value,
            "host": server.host,
            "port": server.port,
            "security": server.security.value,
            "smtp": self._settings.smtp is not None,
        }
        return Check("configuration", State.OK, said, details=details)

    async def _secret(self) -> Check:
        if self._server.auth is AuthMethod.OAUTH2:
            return await self._tokens()
        _, source = await find_credentials(self._account, self._server, self._secret_of)
        return Check("secret", State.OK, f"password from: {source}", details={"method": "password", "source": source})

    async def _tokens(self) -> Check:
        from tuimail.setup.oauth.settings import settings_of
        from tuimail.setup.oauth.tokens import fresh_tokens

        settings = settings_of(self._account, self._server)
        tokens = await fresh_tokens(self._account, self._server.username, settings)
        left_s = None if tokens.expires_at is None else int(tokens.expires_at - time.time())
        details = {
            "method": "oauth2",
            "source": settings.title,
            "expires_in_seconds": left_s,
            "renewable": bool(tokens.refresh_token),
        }
        ends = "no end told" if left_s is None else f"valid for {counted(max(left_s, 0) // 60, 'minute')}"
        if not tokens.refresh_token:
            fix = f"Run `tuimail account login {self._account}` when it ends."
            return Check("secret", State.WARNING, f"token of {settings.title}, {ends}, not renewable", fix, details)
        return Check("secret", State.OK, f"token of {settings.title}, {ends}, renewed by itself", details=details)

    async def _store(self) -> Check:
        found = []
        for name in FILE_NAMES:
            one = await in_daemon_thread(_look(self._home.data / name), f"check {name}")
            if one is not None:
                found.append(one)
        if not found:
            return Check("store", State.OK, "not made yet", details={"directory": str(self._home.data), "files": []})
        return store_check(self._home.data, found)

    async def _disk(self) -> Check:
        free = health.free_octets(self._home.data)
        details = {"directory": str(self._home.data), "free_octets": free}
        said = f"{free / 2**30:,.1f} GiB free"
        if free < LITTLE_OCTETS:
            state = State.FAILED if free < TINY_OCTETS else State.WARNING
            return Check("disk", state, said, f"Make room where {self._home.data} is.", details)
        return Check("disk", State.OK, said, details=details)


def store_check(directory: Path, found: list[health.FileHealth]) -> Check:
    """The files together: the worst of them decides."""
    files = [
        {
            "name": one.name,
            "octets": one.size_octets,
            "schema": one.schema,
            "problems": list(one.problems),
            "finished": one.is_finished,
        }
        for one in found
    ]
    details = {"directory": str(directory), "files": files}
    damaged = [one for one in found if one.problems]
    newer = [one for one in found if one.schema > one.known_schema]
    exposed = [one.name for one in found if one.mode & 0o077]
    sizes = ", ".join(f"{one.name} {short_size(one.size_octets)}" for one in found)
    if damaged:
        said = f"damaged: {'; '.join(f'{one.name}: {one.problems[0]}' for one in damaged)}"
        fix = "Run `tuimail store rebuild`: it sets the files aside, and the mail is fetched again."
        return Check("store", State.FAILED, said, fix, details)
    if newer:
        said = f"written by a newer tuimail (schema {newer[0].schema}, this one knows {newer[0].known_schema})"
        return Check("store", State.FAILED, said, "Install the newer version again.", details)
    if exposed or directory.stat().st_mode & 0o077:
        said = f"other users of this machine can read it ({', '.join(exposed) or directory})"
        return Check("store", State.WARNING, said, f"Run `chmod -R go= {directory}`.", details)
    if not all(one.is_finished for one in found):
        return Check("store", State.OK, f"{sizes}; too large to look at all of it here, no damage seen", "", details)
    return Check("store", State.OK, f"{sizes}; whole", details=details)


def _look(path: Path) -> Callable[[], health.FileHealth | None]:
    return lambda: health.examine(path, limit_s=STORE_S)
