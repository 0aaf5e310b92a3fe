"""POP3 with access tokens, against Dovecot, which asks the tests' authorisation server about each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.engine.conftest import NO_PENALTY, PASSWORD
from tests.engine.world import mail
from tests.keyrings import Keyring, install
from tests.servers.authorisation import AuthorisationServer
from tests.servers.dovecot import Dovecot
from tests.servers.tokens import OFFERED, token_dovecots
from tuimail.config.load import decode_config
from tuimail.config.schema import Server
from tuimail.config.secrets import Secret
from tuimail.engine.run import sync_once
from tuimail.model import sasl
from tuimail.model.errors import AuthError
from tuimail.model.server import Credentials, Security
from tuimail.pop3.session import Pop3Session, open_pop3
from tuimail.store import read
from tuimail.store.store import Store


@pytest.fixture(scope="module")
def authorisation() -> Iterator[AuthorisationServer]:
    with AuthorisationServer() as running:
        yield running


@pytest.fixture(scope="module")
def dovecots(authorisation: AuthorisationServer) -> Iterator[dict[str, Dovecot]]:
    with token_dovecots(authorisation, NO_PENALTY, users={"ada": PASSWORD}, pop3=True) as running:
        yield running


def open_with(dovecot: Dovecot, token: str, traced: list[bytes]) -> Pop3Session:
    return open_pop3(
        "127.0.0.1",
        dovecot.pop3_port,
        Security.NONE,
        Credentials("ada", token, is_token=True),
        tls_context=None,
        trace=lambda _direction, line: traced.append(line),
    )


@pytest.mark.parametrize("mechanism", OFFERED)
@pytest.mark.parametrize("padding", [0, 3000])
def test_a_token_opens_the_maildrop(
    authorisation: AuthorisationServer, dovecots: dict[str, Dovecot], mechanism: str, padding: int
) -> None:
    authorisation.padding = padding
    token, traced = str(authorisation.issue()["access_token"]), list[bytes]()
    authorisation.padding = 0
    session = open_with(dovecots[mechanism], token, traced)
    assert session.stat()[0] >= 0
    session.quit()
    assert dovecots[mechanism].has_logged(f"method={mechanism}")
    told = b"\n".join(traced)
    for piece in (token.encode(), *sasl.pieces(token.encode())):
        assert piece not in told


@pytest.mark.parametrize("mechanism", OFFERED)
def test_a_token_that_is_not_valid_is_refused(dovecots: dict[str, Dovecot], mechanism: str) -> None:
    with pytest.raises(AuthError, match="refused"):
        open_with(dovecots[mechanism], "a-token-of-nobody", [])


async def test_the_engine_renews_a_token_that_is_refused(
    authorisation: AuthorisationServer,
    dovecots: dict[str, Dovecot],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    keyring = Keyring()
    install(monkeypatch, keyring)
    found = authorisation.issue()
    authorisation.withdraw_access()
    document = {**found, "token_url": f"{authorisation.url}/token", "expires_at": None, "renew_at": None}
    keyring.kept["tuimail-oauth", "work:ada"] = json.dumps(document)
    dovecot = dovecots["XOAUTH2"]
    dovecot.fill([mail("first")])
    server = {"host": "127.0.0.1", "port": dovecot.pop3_port, "security": "none", "username": "ada", "auth": "oauth2"}
    account = {"address": "ada@example.org", "pop3": server, "oauth2": authorisation.table()}
    config = decode_config({"accounts": {"work": account}}, tmp_path / "config.toml")

    def no_password(_account: str, _server: Server) -> Secret:
        raise AssertionError("a password was asked for")

    with closing(Store(tmp_path / "data")) as store:
        report = (await sync_once(store, config, ["work"], secret_of=no_password))["work"]
        assert report.ok, report.error
        assert [message.envelope.subject for message in store.mail.read(read.list_messages)] == ["first"]
        authorisation.withdraw()
        report = (await sync_once(store, config, ["work"], secret_of=no_password))["work"]
    assert not report.ok
    assert report.error.endswith("Run `tuimail account login work`.")
    assert len(authorisation.token_requests) == 2
