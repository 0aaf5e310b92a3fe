"""Tokens from then on: used while fresh, refreshed in time or when refused, by one process at a time, never lost."""

from __future__ import annotations

import asyncio
import email.utils
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.engine.world import config_for
from tests.servers.authorisation import AuthorisationServer
from tests.setup.oauth_world import ACCOUNT, KEY, USER, Keys, Person, kept, put, server_at
from tuimail.config.secrets import Secret
from tuimail.model.errors import AuthError, ConfigError, ConnectionLost, StoreError, TimedOut
from tuimail.model.server import Credentials
from tuimail.setup.login import enter, find_credentials
from tuimail.setup.oauth import tokens as oauth_tokens
from tuimail.setup.oauth.access import access_token, log_in
from tuimail.setup.oauth.tokens import TokenLock, Tokens

LATE = 1.0
"""A time of renewal that has long passed."""


pytestmark = pytest.mark.usefixtures("keyring")


def no_password(account: str, _server: object) -> Secret:
    raise AssertionError(f"a password of {account} was asked for")


async def test_a_fresh_token_costs_no_question(authorisation: AuthorisationServer, keyring: Keys) -> None:
    tokens = put(keyring, authorisation)
    credentials, source = await find_credentials(ACCOUNT, server_at(authorisation), no_password)
    assert credentials == Credentials(USER, tokens.access_token, is_token=True)
    assert source == "OAuth2"
    assert authorisation.token_requests == []


async def test_a_token_is_refreshed_ahead_of_its_end_and_kept_before_it_is_used(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    old = put(keyring, authorisation, renew_at=LATE)
    before: list[str] = []
    keyring.on_keep = lambda value: before.append(json.loads(value)["access_token"])
    token = await access_token(ACCOUNT, server_at(authorisation))
    assert before == [token]
    assert kept(keyring).access_token == token != old.access_token
    assert kept(keyring).refresh_token != old.refresh_token
    assert authorisation.token_requests[0]["refresh_token"] == old.refresh_token


async def test_a_token_that_cannot_be_kept_is_not_used_and_not_lost(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    old = put(keyring, authorisation, renew_at=LATE)
    keyring.fails = True
    for _ in range(2):
        with pytest.raises(AuthError, match="the test wants it so"):
            await access_token(ACCOUNT, server_at(authorisation))
    assert kept(keyring) == old
    keyring.fails = False
    token = await access_token(ACCOUNT, server_at(authorisation))
    assert kept(keyring).access_token == token != old.access_token
    assert kept(keyring).refresh_token in authorisation.refresh
    assert len(authorisation.token_requests) == 1


async def test_a_token_that_could_not_be_kept_gives_way_to_a_new_log_in(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    put(keyring, authorisation, renew_at=LATE)
    keyring.fails = True
    with pytest.raises(AuthError, match="the test wants it so"):
        await access_token(ACCOUNT, server_at(authorisation))
    keyring.fails = False
    new = put(keyring, authorisation, renew_at=LATE)
    await access_token(ACCOUNT, server_at(authorisation))
    assert authorisation.token_requests[-1]["refresh_token"] == new.refresh_token


async def test_a_server_that_keeps_the_refresh_token(authorisation: AuthorisationServer, keyring: Keys) -> None:
    authorisation.rotates = False
    old = put(keyring, authorisation, renew_at=LATE)
    await access_token(ACCOUNT, server_at(authorisation))
    assert kept(keyring).refresh_token == old.refresh_token


@pytest.mark.parametrize(("lifetime_s", "margin_s"), [(3600, 300), (100, 10)])
async def test_the_margin_is_five_minutes_or_a_tenth(
    authorisation: AuthorisationServer, keyring: Keys, lifetime_s: int, margin_s: int
) -> None:
    authorisation.expires_in = lifetime_s
    put(keyring, authorisation, renew_at=LATE)
    await access_token(ACCOUNT, server_at(authorisation))
    tokens = kept(keyring)
    assert tokens.expires_at is not None
    assert tokens.renew_at == pytest.approx(tokens.expires_at - margin_s)
    assert tokens.expires_at == pytest.approx(time.time() + lifetime_s, abs=60)


async def test_a_token_without_an_end_is_used_until_it_is_refused(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    authorisation.expires_in = None
    put(keyring, authorisation, renew_at=LATE)
    first = await access_token(ACCOUNT, server_at(authorisation))
    assert (kept(keyring).expires_at, kept(keyring).renew_at) == (None, None)
    assert await access_token(ACCOUNT, server_at(authorisation)) == first
    assert await access_token(ACCOUNT, server_at(authorisation), refused=first) != first


async def test_two_connections_refresh_once(authorisation: AuthorisationServer, keyring: Keys) -> None:
    put(keyring, authorisation, renew_at=LATE)
    server = server_at(authorisation)
    tokens = await asyncio.gather(*(access_token(ACCOUNT, server) for _ in range(5)))
    assert len(set(tokens)) == 1
    assert len(authorisation.token_requests) == 1


PROCESS = """
import asyncio, json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tuimail.config import keyrings
from tests.servers.authorisation import AuthorisationServer
from tests.setup.oauth_world import ACCOUNT, Keys, Person, server_at
from tuimail.setup.oauth.access import access_token, log_in

file, url = Path(sys.argv[2]), sys.argv[3]
keyrings.recall = lambda service, user: json.loads(file.read_text()).get(f"{service}/{user}")
def keep(service, user, value):
    # In one step, as a keyring does: the other process reads it at any moment.
    whole = file.with_suffix(f".{os.getpid()}")
    whole.write_text(json.dumps({f"{service}/{user}": value}))
    whole.replace(file)
keyrings.keep = keep
server = server_at(None, token_url=url + "/token", authorization_url=url + "/authorize", client_id="a-client")
print("ready", flush=True)
sys.stdin.readline()
print(asyncio.run(access_token(ACCOUNT, server)), flush=True)
"""


def test_two_processes_refresh_once(authorisation: AuthorisationServer, keyring: Keys, tmp_path: Path) -> None:
    """With rotation, a second use of the old refresh token would end the log-in."""
    put(keyring, authorisation, renew_at=LATE)
    file = tmp_path / "keyring.json"
    file.write_text(json.dumps({"/".join(KEY): keyring.kept[KEY]}))
    authorisation.hold = threading.Event()
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", PROCESS, root, str(file), authorisation.url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert authorisation.asked.wait(20)
    authorisation.hold.set()
    tokens = {process.communicate(timeout=30)[0].strip() for process in processes}
    assert len(tokens) == 1
    assert tokens <= set(authorisation.access)
    assert len(authorisation.token_requests) == 1


async def test_a_refresh_that_is_under_way_is_not_lost_when_its_caller_leaves(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    old = put(keyring, authorisation, renew_at=LATE)
    authorisation.hold = threading.Event()
    task = asyncio.create_task(access_token(ACCOUNT, server_at(authorisation)))
    assert await asyncio.to_thread(authorisation.asked.wait, 20)
    task.cancel()
    await asyncio.sleep(0)
    authorisation.hold.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kept(keyring).refresh_token != old.refresh_token
    assert kept(keyring).refresh_token in authorisation.refresh


async def test_a_log_in_that_was_withdrawn_asks_for_a_new_one(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    put(keyring, authorisation, renew_at=LATE)
    authorisation.withdraw()
    with pytest.raises(AuthError) as caught:
        await access_token(ACCOUNT, server_at(authorisation))
    assert str(caught.value) == (
        "127.0.0.1 takes the log-in of account work for ended (invalid_grant: withdrawn). "
        "Run `tuimail account login work`."
    )


@pytest.mark.parametrize(("off_s", "words"), [(-7200, "120 minutes ahead of"), (7200, "120 minutes behind")])
async def test_a_clock_that_is_wrong_is_told(
    authorisation: AuthorisationServer, keyring: Keys, off_s: int, words: str
) -> None:
    put(keyring, authorisation, renew_at=LATE)
    date = email.utils.formatdate(time.time() + off_s, usegmt=True)
    authorisation.error = (400, {"error": "invalid_grant"}, {"Date": date})
    with pytest.raises(AuthError, match=f"The clock of this machine is {words} the server's"):
        await access_token(ACCOUNT, server_at(authorisation))


async def test_an_unreachable_provider_matters_only_when_the_token_is_over(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    tokens = put(keyring, authorisation, renew_at=LATE)
    server = server_at(authorisation)
    authorisation.error = (503, {}, {})
    assert await access_token(ACCOUNT, server) == tokens.access_token
    with pytest.raises(ConnectionLost, match="cannot serve the log-in now"):
        await access_token(ACCOUNT, server, refused=tokens.access_token)
    put(keyring, authorisation, renew_at=LATE, expires_at=LATE)
    with pytest.raises(ConnectionLost, match="cannot serve the log-in now"):
        await access_token(ACCOUNT, server)


async def test_without_a_refresh_token_the_log_in_ends_with_the_access_token(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    tokens = put(keyring, authorisation, renew_at=LATE, refresh_token="")
    assert await access_token(ACCOUNT, server_at(authorisation)) == tokens.access_token
    put(keyring, authorisation, renew_at=LATE, expires_at=LATE, refresh_token="")
    with pytest.raises(AuthError, match=r"has ended\. Run `tuimail account login work`"):
        await access_token(ACCOUNT, server_at(authorisation))
    assert authorisation.token_requests == []


@pytest.mark.parametrize("document", ["", "no JSON", "[]", '{"access_token": 5}', '{"access_token": "a"}'])
async def test_what_is_kept_may_be_anything(authorisation: AuthorisationServer, keyring: Keys, document: str) -> None:
    keyring.kept[KEY] = document
    with pytest.raises(AuthError, match=r"not logged in at 127.0.0.1 as ada\. Run `tuimail account login work`"):
        await access_token(ACCOUNT, server_at(authorisation))


async def test_tokens_are_shown_to_nobody_but_who_gave_them(authorisation: AuthorisationServer, keyring: Keys) -> None:
    put(keyring, authorisation, renew_at=LATE)
    with AuthorisationServer() as another:
        with pytest.raises(AuthError, match="is not logged in"):
            await access_token(ACCOUNT, server_at(another))
        assert another.token_requests == []


async def test_a_refused_token_is_renewed_and_tried_once_more(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    old = put(keyring, authorisation)
    shown: list[str] = []

    async def picky(credentials: Credentials) -> str:
        shown.append(credentials.secret)
        if credentials.secret == old.access_token:
            raise AuthError("The server refused the log-in of ada.")
        return "in"

    assert await enter(ACCOUNT, server_at(authorisation), no_password, picky) == "in"
    assert shown == [old.access_token, kept(keyring).access_token]


async def test_a_token_that_is_refused_twice_is_not_tried_again(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    put(keyring, authorisation)
    shown: list[str] = []

    async def refuse(credentials: Credentials) -> str:
        shown.append(credentials.secret)
        raise AuthError("The server refused the log-in of ada.", hint="Something else.")

    with pytest.raises(AuthError) as caught:
        await enter(ACCOUNT, server_at(authorisation), no_password, refuse)
    assert str(caught.value) == (
        "Account work: The server refused the log-in of ada. Run `tuimail account login work`."
    )
    assert len(shown) == 2


async def test_a_refused_password_is_tried_once(authorisation: AuthorisationServer) -> None:
    server = config_for(1, USER).accounts[ACCOUNT].imap
    assert server is not None
    shown: list[str] = []

    async def refuse(credentials: Credentials) -> str:
        shown.append(credentials.secret)
        raise AuthError("Refused.", hint="Look.")

    with pytest.raises(AuthError, match=r"Account work: Refused\. \(password from: the test\) Look\."):
        await enter(ACCOUNT, server, lambda _account, _server: Secret("pw", "the test"), refuse)
    assert shown == ["pw"]


async def test_the_lock_is_waited_for_and_its_wait_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with TokenLock(ACCOUNT, USER):
        monkeypatch.setattr(oauth_tokens, "LOCK_TIMEOUT_S", 0.01)
        with pytest.raises(TimedOut, match="Another tuimail has been renewing"):
            async with TokenLock(ACCOUNT, USER):
                raise AssertionError("two hold the lock")
    async with TokenLock(ACCOUNT, USER):
        pass
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    with pytest.raises(StoreError, match="cannot be made"):
        async with TokenLock(ACCOUNT, USER):
            raise AssertionError("there is no such lock")


@pytest.mark.parametrize("way", ["refresh", "log-in"])
async def test_tokens_are_written_under_the_lock(
    authorisation: AuthorisationServer, keyring: Keys, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(oauth_tokens, "LOCK_TIMEOUT_S", 0.0)
    put(keyring, authorisation, renew_at=LATE)
    found: list[str] = []

    async def take() -> None:
        async with TokenLock(ACCOUNT, USER):
            found.append("free")

    def try_to_take(_value: str) -> None:
        try:
            asyncio.run(take())
        except TimedOut:
            found.append("taken")

    keyring.on_keep = try_to_take
    if way == "refresh":
        await access_token(ACCOUNT, server_at(authorisation))
    else:
        await log_in(ACCOUNT, server_at(authorisation), on_step=Person(authorisation.visit).see)
    assert found == ["taken"]


def test_tokens_survive_being_written_down() -> None:
    tokens = Tokens("access", "refresh", "https://login.example.org/token", 2.5, None)
    assert Tokens.decode(tokens.encode()) == tokens


async def test_an_account_without_a_client_id_is_told_where_to_get_one() -> None:
    with pytest.raises(ConfigError, match=r"no `client_id` for OAuth2 at Google\. docs/oauth2\.md says how"):
        await access_token(ACCOUNT, server_at(None, host="imap.gmail.com"))
