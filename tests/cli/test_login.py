"""`tuimail account login`: at the provider, then at the mail server; by browser, by paste, by device."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.cli.runner import Bench
from tests.cli.terminal import Terminal
from tests.keyrings import Keyring, install
from tests.servers.authorisation import AuthorisationServer
from tests.servers.dovecot import Dovecot
from tuimail.config.vault import Vault
from tuimail.store import accounts
from tuimail.store.store import Store

MASTER = "battery staple"
KEY = ("tuimail-oauth", "work:ada")


@pytest.fixture(scope="module")
def authorisation() -> Iterator[AuthorisationServer]:
    with AuthorisationServer() as running:
        yield running


@pytest.fixture(scope="module")
def dovecot(authorisation: AuthorisationServer) -> Iterator[Dovecot]:
    settings = "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n"
    with Dovecot(pop3=True, introspection_url=f"{authorisation.url}/introspect", settings=settings) as running:
        yield running


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    made = Keyring()
    install(monkeypatch, made)
    return made


@pytest.fixture
def tokens(bench: Bench, authorisation: AuthorisationServer, dovecot: Dovecot) -> Iterator[Bench]:
    """The bench, its account `work` at the tests' servers."""
    configure(bench, authorisation, "imap", dovecot.port)
    yield bench
    authorisation.user, authorisation.denies = "ada", False


def configure(bench: Bench, authorisation: AuthorisationServer, kind: str, port: int, **own: Any) -> None:
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in authorisation.table(**own).items())
    bench.config.write_text(
        f'[accounts.work]\naddress = "ada@example.org"\n[accounts.work.oauth2]\n{table}'
        f'[accounts.work.{kind}]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nusername = "ada"\n'
        f'auth = "oauth2"\n[accounts.home.imap]\nhost = "127.0.0.1"\nsecurity = "none"\nusername = "ada-home"\n'
    )


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, authorisation: AuthorisationServer) -> list[str]:
    """A browser that opens, and whose owner agrees; what it was shown."""
    shown: list[str] = []

    def show(url: str) -> None:
        shown.append(url)
        threading.Thread(target=authorisation.visit, args=(url,)).start()

    monkeypatch.setattr("tuimail.setup.oauth.access.open_browser", show)
    monkeypatch.setattr("tuimail.setup.oauth.access.has_browser", lambda: True)
    return shown


def test_by_browser(tokens: Bench, keyring: Keyring, browser: list[str]) -> None:
    result = tokens.ok("account", "login", "work", "--json")
    document = json.loads(result.stdout)
    assert (document["account"], document["username"], document["kept_in"]) == ("work", "ada", "keyring")
    assert document["lasts"] is True
    assert browser[0] in result.stderr
    assert "Log in at 127.0.0.1 in your browser" in result.stderr
    assert "Logged in at 127.0.0.1 as ada." in result.stderr
    kept = json.loads(keyring.kept[KEY])
    for secret in (kept["access_token"], kept["refresh_token"]):
        assert secret not in result.output
        assert secret not in (tokens.root.parent / "state" / "tuimail" / "tuimail.log").read_text()
    shown = tokens.json("account", "show", "work")
    assert shown["imap"]["password_from"] == "keyring"
    assert shown["imap"]["oauth2_client_id"] == "a-client"
    with closing(Store(tokens.data)) as store:
        assert store.mail.read(lambda c: accounts.passes(c, accounts.find_account(c, "work") or 0)) == (1, 0)  # type: ignore[arg-type]  # there is one
    report = tokens.json("sync", "work")
    assert report["ok"], report


def test_by_device(tokens: Bench, keyring: Keyring, authorisation: AuthorisationServer) -> None:
    authorisation.device_answers = ["authorization_pending"]
    result = tokens.ok("account", "login", "work", "--device")
    assert f"{authorisation.url}/activate" in result.stderr
    assert "Code: WDJB-MJHT" in result.stderr
    assert result.stdout == ""
    assert json.loads(keyring.kept[KEY])["access_token"] in authorisation.access


def test_a_pop3_account(
    tokens: Bench, keyring: Keyring, authorisation: AuthorisationServer, dovecot: Dovecot, browser: list[str]
) -> None:
    configure(tokens, authorisation, "pop3", dovecot.pop3_port)
    assert "Logged in at 127.0.0.1 as ada." in tokens.ok("account", "login", "work").stderr


def test_no_browser_is_opened_where_none_is_wanted(
    tokens: Bench, keyring: Keyring, authorisation: AuthorisationServer, browser: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("tuimail.setup.oauth.flow.PERSON_TIMEOUT_S", 0.05)
    result = tokens.run("account", "login", "work", "--no-browser")
    assert result.exit_code == 1
    assert "Nobody logged in at 127.0.0.1" in result.stderr
    assert f"{authorisation.url}/authorize?" in result.stderr
    assert browser == []


def test_a_person_who_says_no(
    tokens: Bench, keyring: Keyring, authorisation: AuthorisationServer, browser: list[str]
) -> None:
    authorisation.denies = True
    result = tokens.run("account", "login", "work")
    assert result.exit_code == 1
    assert "tuimail: The log-in at 127.0.0.1 was turned down. Run `tuimail account login work`." in result.stderr
    assert keyring.kept == {}


def test_somebody_else_at_the_browser(
    tokens: Bench, keyring: Keyring, authorisation: AuthorisationServer, browser: list[str]
) -> None:
    authorisation.user = "bo"
    result = tokens.run("account", "login", "work")
    assert result.exit_code == 1
    assert "refused the log-in of ada" in result.stderr
    assert "Logged in" not in result.stderr


def test_an_account_that_has_no_tokens_to_get(tokens: Bench) -> None:
    result = tokens.run("account", "login", "home")
    assert result.exit_code == 2
    assert 'Account home logs in with a password. Set auth = "oauth2" in [accounts.home.imap].' in result.stderr


def test_without_a_place_for_tokens(tokens: Bench, browser: list[str]) -> None:
    result = tokens.run("account", "login", "work")
    assert result.exit_code == 1
    assert "Nothing can keep the tokens of account work." in result.stderr
    assert browser == []


def test_help_asks_for_nothing(tokens: Bench) -> None:
    assert "--device" in tokens.ok("account", "login", "--help").stdout


def test_a_person_at_a_terminal_without_keyring_and_browser(tokens: Bench, authorisation: AuthorisationServer) -> None:
    """The browser is on another machine: the address that it ends on is pasted, after one that does not fit."""
    with closing(Terminal(tokens, "account", "login", "work", "--no-browser")) as terminal:
        terminal.answer(r"Keep the tokens in the encrypted file", "y")
        terminal.answer(r"New master password", MASTER)
        terminal.answer(r"Repeat for confirmation", MASTER)
        terminal.answer(r"Waiting for you", "https://elsewhere.example/?code=a&state=b")
        found = re.search(r"(http://127\S+/authorize\?\S+)", terminal.seen_before)
        assert found is not None
        terminal.answer(r"This is not the address of this log-in", authorisation.address_after(found[1]))
        assert terminal.end() == 0
        assert "The tokens of account work are kept: encrypted file." in terminal.seen
        assert "Logged in at 127.0.0.1 as ada." in terminal.seen
    made = Vault(tokens.data / "secrets.enc")
    made.open(MASTER)
    (value,) = made.read().values()
    old = json.loads(value)["access_token"]
    assert old in authorisation.access
    # From then on the file is all that is needed, also for a token that was withdrawn.
    authorisation.withdraw_access()
    with closing(Terminal(tokens, "sync", "work")) as terminal:
        terminal.answer(r"Master password of the encrypted file", MASTER)
        assert terminal.end() == 0
    (value,) = made.read().values()
    assert json.loads(value)["access_token"] in set(authorisation.access) - {old}


def test_ctrl_c_ends_the_wait_at_once(tokens: Bench, authorisation: AuthorisationServer) -> None:
    with closing(Terminal(tokens, "account", "login", "work", "--no-browser")) as terminal:
        terminal.answer(r"Keep the tokens in the encrypted file", "y")
        terminal.answer(r"New master password", MASTER)
        terminal.answer(r"Repeat for confirmation", MASTER)
        terminal.wait_for(r"Waiting for you")
        terminal.interrupt()
        assert terminal.end() == 130
        assert "Interrupted" in terminal.seen
        assert "Traceback" not in terminal.seen


def test_the_browsers_process_gets_the_address_and_no_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """`BROWSER` is a program of the test's: it writes down what it was given, and the password if it has it."""
    script, note = tmp_path / "browser", tmp_path / "note"
    script.write_text(
        f"#!/bin/sh\nif [ -t 0 ] || [ -t 1 ]; then echo tty; fi > {note}.part\n"
        f'echo "$1$TUIMAIL_PASSWORD_WORK" >> {note}.part\n'
    )
    script.write_text(script.read_text() + f"mv {note}.part {note}\n")
    script.chmod(0o755)
    program = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom tuimail.setup.oauth import access\n"
        "async def main():\n"
        "    access.open_browser(sys.argv[1])\n"
        "    await asyncio.gather(*access._browsing)\n"
        "asyncio.run(main())\n"
    )
    monkeypatch.setenv("BROWSER", str(script))
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", "a password that is no browser's business")
    url = f"https://login.example.org/?{urllib.parse.urlencode({'a': 'b c'})}&d=e"
    subprocess.run([sys.executable, "-c", program, url], check=True, timeout=60)
    assert note.read_text() == f"{url}\n"
