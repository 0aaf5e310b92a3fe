"""Accounts that log in with tokens, against Dovecot, which asks the tests' authorisation server about each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.engine.conftest import NO_PENALTY, PASSWORD
from tests.engine.proxy import Proxy
from tests.engine.watching import is_idle, names, settled, status, watching
from tests.engine.world import ACCOUNT, Mirror, Other, eventually
from tests.keyrings import Keyring, install
from tests.servers.authorisation import AuthorisationServer
from tests.servers.dovecot import Dovecot
from tests.servers.tokens import OFFERED, token_dovecots
from tuimail.config.secrets import Secret
from tuimail.config.trace_pipe import TraceReader
from tuimail.engine.trace import Redaction
from tuimail.model import sasl
from tuimail.model.trace_line import Speaker
from tuimail.store import accounts
from tuimail.store.accounts import AccountState

_users = count(1)


@dataclass
class World:
    """One account: its user has a mailbox on `dovecot`, behind `proxy`, and tokens of `authorisation` in `keyring`."""

    authorisation: AuthorisationServer
    dovecot: Dovecot
    keyring: Keyring
    mirror: Mirror
    other: Other
    proxy: Proxy

    @property
    def token(self) -> str:
        return str(self._document()["access_token"])

    def issue(self) -> str:
        """Put new tokens into the keyring, as a log-in does."""
        found = self.authorisation.issue()
        document = {**found, "token_url": f"{self.authorisation.url}/token", "expires_at": None, "renew_at": None}
        self.keyring.kept["tuimail-oauth", f"{ACCOUNT}:{self.mirror.user}"] = json.dumps(document)
        return str(found["access_token"])

    def expire(self) -> None:
        """The time of the access token is over, there and here."""
        self.authorisation.withdraw_access()
        document = {**self._document(), "expires_at": 1.0, "renew_at": 1.0}
        self.keyring.kept["tuimail-oauth", f"{ACCOUNT}:{self.mirror.user}"] = json.dumps(document)

    def has_logged_in_by(self, mechanism: str) -> bool:
        """Whether Dovecot says so of the account."""
        return self.dovecot.has_logged(f"user=<{self.mirror.user}>, method={mechanism}")

    def was_refused(self) -> bool:
        """Whether Dovecot says that it has refused a log-in of the account."""
        of_account = f"user=<{self.mirror.user}>, method="
        return any("auth failed" in line for line in self.dovecot.log().splitlines() if of_account in line)

    def _document(self) -> dict[str, object]:
        found = json.loads(self.keyring.kept["tuimail-oauth", f"{ACCOUNT}:{self.mirror.user}"])
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def authorisation() -> Iterator[AuthorisationServer]:
    with AuthorisationServer() as running:
        yield running


@pytest.fixture(scope="module")
def dovecots(authorisation: AuthorisationServer) -> Iterator[dict[str, Dovecot]]:
    with token_dovecots(authorisation, NO_PENALTY, password_of_all=PASSWORD) as running:
        yield running


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    authorisation: AuthorisationServer,
    dovecots: dict[str, Dovecot],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[World]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    dovecot, user = dovecots[getattr(request, "param", "OAUTHBEARER")], f"oauth{next(_users)}"
    authorisation.user = user
    authorisation.token_requests.clear()
    settings = {"auth": "oauth2", "oauth2": authorisation.table()}
    with Proxy(dovecot.port) as proxy:
        mirror = Mirror(tmp_path / "data", proxy.port, user, "", settings=settings)
        other = Other(dovecot.port, user, PASSWORD)
        keyring = Keyring()
        install(monkeypatch, keyring)
        made = World(authorisation, dovecot, keyring, mirror, other, proxy)
        made.issue()
        yield made
        other.close()
        mirror.store.close()


@pytest.mark.parametrize("world", OFFERED, indirect=True)
def test_a_pass_by_token(world: World, request: pytest.FixtureRequest) -> None:
    world.other.fill("INBOX", ["first"])
    world.mirror.sync_ok()
    assert names(world.mirror) == {"first"}
    mechanism = request.node.callspec.params["world"]
    assert world.has_logged_in_by(mechanism)
    assert world.authorisation.token_requests == []


@pytest.mark.parametrize("world", OFFERED, indirect=True)
def test_a_token_that_was_withdrawn_is_renewed_within_the_pass(world: World) -> None:
    old = world.token
    world.authorisation.withdraw_access()
    world.mirror.sync_ok()
    assert world.token != old
    assert [form["grant_type"] for form in world.authorisation.token_requests] == ["refresh_token"]


def test_a_pass_whose_log_in_has_ended_says_what_to_do(world: World) -> None:
    world.authorisation.withdraw()
    report = world.mirror.sync()
    assert not report.ok
    assert report.error.endswith("(invalid_grant: withdrawn). Run `tuimail account login work`.")


def test_a_token_for_somebody_else_is_refused_twice_and_no_more(world: World) -> None:
    world.authorisation.user = "somebody-else"
    report = world.mirror.sync()
    assert not report.ok
    assert "refused the log-in of" in report.error
    assert report.error.endswith("Run `tuimail account login work`.")
    assert len(world.authorisation.token_requests) == 1


@pytest.mark.parametrize("way", ["expired", "withdrawn"])
async def test_a_token_that_ends_while_the_account_is_watched(world: World, way: str) -> None:
    async with watching(world.mirror) as watch:
        await settled(world.mirror)
        old = world.token
        if way == "expired":
            world.expire()
        else:
            world.authorisation.withdraw_access()
        world.proxy.cut_all()
        await eventually(lambda: not is_idle(world.mirror), "the connection is lost")
        watch.refresh()
        await settled(world.mirror)
        assert world.token != old
        world.other.fill("INBOX", ["after"])
        await eventually(lambda: names(world.mirror) == {"after"}, "news arrive again")
    assert len(world.authorisation.token_requests) == 1
    if way == "withdrawn":
        await eventually(world.was_refused, "a word about the old token")
    assert world.was_refused() == (way == "withdrawn")


async def test_a_log_in_that_ended_fails_the_account_until_a_new_one(world: World) -> None:
    world.authorisation.withdraw()
    async with watching(world.mirror):

        def has_failed() -> bool:
            found = status(world.mirror)
            return found is not None and found.state is AccountState.FAILED

        await eventually(has_failed, "the account has failed")
        found = status(world.mirror)
        assert found is not None
        assert "takes the log-in of account work for ended" in found.error
        assert found.error.endswith("Run `tuimail account login work`.")
        assert len(world.authorisation.token_requests) == 1
        world.issue()
        world.mirror.write(partial(accounts.ask_for_pass, account_id=found.id))
        await settled(world.mirror)


def test_a_password_is_not_asked_for_and_no_token_is_traced(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_password(_account: str, _server: object) -> Secret:
        raise AssertionError("a password was asked for")

    caplog.set_level("DEBUG")
    monkeypatch.setattr(world.mirror, "secret_of", no_password, raising=False)
    old = world.token
    world.authorisation.withdraw_access()
    with TraceReader(world.mirror.store.data_dir) as reader:
        world.mirror.sync_ok()
        lines = []
        while batch := reader.read():
            lines += batch
    text = "\n".join(line.text for line in lines)
    assert "AUTHENTICATE (secret)" in text
    for token in (old, world.token):
        for piece in (token, *(piece.decode() for piece in sasl.pieces(token.encode()))):
            assert piece not in text
            assert piece not in caplog.text


@pytest.mark.parametrize("mechanism", OFFERED)
def test_what_a_server_repeats_of_a_log_in_by_token_is_not_traced(mechanism: str) -> None:
    token = "a-token-of-ada"
    redaction = Redaction("ada", token)
    redaction.logged_in()
    message = sasl.encoded(sasl.token_message(mechanism, "ada", "imap.example.org", 993, token))
    for line in (b"* OK I heard " + message, b"* OK I heard " + token.encode()):
        assert redaction.clean(Speaker.SERVER, line) == b"(not shown: it repeats the password)"
    assert redaction.clean(Speaker.SERVER, b"* OK I heard nothing") == b"* OK I heard nothing"
