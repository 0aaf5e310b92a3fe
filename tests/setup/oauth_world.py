"""What the tests of OAuth act with: an account at the tests' authorisation server, and a person with a browser."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.keyrings import Keyring
from tests.servers.authorisation import AuthorisationServer
from tuimail.config.load import decode_config
from tuimail.config.schema import Server
from tuimail.setup.oauth.access import LoginStep, StepKind
from tuimail.setup.oauth.tokens import Tokens

ACCOUNT = "work"
USER = "ada"
KEY = ("tuimail-oauth", f"{ACCOUNT}:{USER}")


class Keys(Keyring):
    """`fails`: nothing can be kept. `on_keep` hears what is kept, before it is."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = False
        self.on_keep: Callable[[str], None] = lambda _value: None

    def set_password(self, service: str, user: str, value: str) -> None:
        if self.fails:
            raise RuntimeError("the test wants it so")
        self.on_keep(value)
        super().set_password(service, user, value)


def server_at(authorisation: AuthorisationServer | None, *, host: str = "127.0.0.1", **own: Any) -> Server:
    """An IMAP server whose tokens come from `authorisation`."""
    table = authorisation.table(**own) if authorisation is not None else own
    imap = {"host": host, "security": "none", "allow_cleartext": True, "username": USER, "auth": "oauth2"}
    raw = {"accounts": {ACCOUNT: {"address": "ada@example.org", "oauth2": table, "imap": imap}}}
    found = decode_config(raw, Path("/nowhere/config.toml")).accounts[ACCOUNT].imap
    assert found is not None
    return found


def kept(keyring: Keys) -> Tokens:
    """What the keyring has."""
    found = Tokens.decode(keyring.kept[KEY])
    assert found is not None
    return found


def put(keyring: Keys, authorisation: AuthorisationServer, **changes: Any) -> Tokens:
    """Let the keyring have tokens that the server has just given; `changes` to their JSON document."""
    answer = authorisation.issue()
    document = {
        "access_token": answer["access_token"],
        "refresh_token": answer["refresh_token"],
        "token_url": f"{authorisation.url}/token",
        "expires_at": time.time() + 3600,
        "renew_at": time.time() + 3300,
        **changes,
    }
    keyring.kept[KEY] = json.dumps(document)
    return kept(keyring)


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclass
class Person:
    """Sees the steps of a log-in; `browse` is what the person's browser does with an address."""

    browse: Callable[[str], object] = lambda _url: None
    steps: list[LoginStep] = field(default_factory=list)
    visits: list[asyncio.Task[object]] = field(default_factory=list)

    def see(self, step: LoginStep) -> None:
        self.steps.append(step)
        if step.kind is StepKind.BROWSER:
            self.visits.append(asyncio.ensure_future(asyncio.to_thread(self.browse, step.url)))

    @property
    def kinds(self) -> list[StepKind]:
        return [step.kind for step in self.steps]

    async def seen(self) -> list[object]:
        """What the browser showed, in order."""
        return await asyncio.gather(*self.visits)
