"""Passwords on the command line: kept, changed, forgotten, asked for on a terminal and never without one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.cli.runner import Bench
from tests.cli.terminal import Terminal
from tests.keyrings import Keyring, Raising, install
from tuimail.cli.passwords import ask_missing
from tuimail.config import sealing
from tuimail.config.load import load_config
from tuimail.config.sealing import SecretId
from tuimail.config.vault import Vault

PASSWORD = "correct-horse-17"
MASTER = "battery staple"
HOME = SecretId("home", "ada-home", "password")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """A keyring that works."""
    made = Keyring()
    install(monkeypatch, made)
    return made


@pytest.fixture
def vault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """The encrypted file of the bench, empty, as another process made it."""
    monkeypatch.setattr(sealing, "LOG2_N", 4)
    monkeypatch.setattr(sealing, "LOG2_N_BOUNDS", range(4, 20))
    made = Vault(bench.data / "secrets.enc")
    made.make(MASTER)
    return made


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody at a terminal, who types these answers."""
    answers: list[str] = []

    def type_one(_question: str, **_more: object) -> str:
        return answers.pop(0)

    monkeypatch.setattr("tuimail.cli.passwords.is_terminal", lambda _stream: True)
    monkeypatch.setattr("click.prompt", type_one)
    return answers


def test_a_piped_password_goes_to_the_keyring_and_is_changed_there(bench: Bench, keyring: Keyring) -> None:
    for value in ("old", PASSWORD):
        result = bench.run("account", "password", "home", "--password-stdin", given=f"{value}\nsecond line\n")
        assert result.exit_code == 0
        assert result.stdout == "The password of account home is kept: keyring.\n"
    assert keyring.kept == {("tuimail", "home:ada-home"): PASSWORD}
    assert bench.json("account", "show", "home")["imap"]["password_from"] == "keyring"
    assert PASSWORD not in bench.ok("account", "show", "home").output


def test_a_source_that_comes_first_is_named(bench: Bench, keyring: Keyring) -> None:
    result = bench.run("account", "password", "work", "--password-stdin", given=PASSWORD)
    assert "comes first: password_command (printf)" in result.stderr
    assert keyring.kept == {("tuimail", "work:ada"): PASSWORD}


def test_nothing_is_asked_without_a_terminal(bench: Bench, vault: Vault) -> None:
    result = bench.run("account", "password", "home", given=PASSWORD)
    assert result.exit_code == 2
    assert "no terminal" in result.stderr
    result = bench.run("account", "password", "home", "--password-stdin", "--keep", "file", given=PASSWORD)
    assert result.exit_code == 1
    assert "The encrypted file is locked" in result.stderr
    assert ask_missing(load_config(bench.config), ["home"]) == {}
    assert vault.read() == {}


def test_without_a_keyring_the_ways_out_are_named(bench: Bench) -> None:
    result = bench.run("account", "password", "home", "--password-stdin", given=PASSWORD)
    assert result.exit_code == 1
    for words in ("no keyring on this machine", "encrypted file", "password_command", "TUIMAIL_PASSWORD_HOME"):
        assert words in result.stderr
    result = bench.run("account", "password", "home", "--password-stdin", "--keep", "keyring", given=PASSWORD)
    assert result.exit_code == 1
    assert PASSWORD not in result.output


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (["hime", "--password-stdin"], PASSWORD, "Did you mean 'home'?"),
        (["home", "--password-stdin"], "\n", "no password on the first line"),
        (["home", "--password-stdin", "--keep", "ask"], PASSWORD, "keeps no password"),
        (["home", "--keep", "paper"], PASSWORD, "'paper'"),
    ],
)
def test_wrong_usage(bench: Bench, arguments: list[str], given: str, words: str) -> None:
    result = bench.run("account", "password", *arguments, given=given)
    assert result.exit_code == 2
    assert words in result.stderr


def test_an_account_with_tokens_has_no_password(bench: Bench) -> None:
    bench.config.write_text(
        bench.config.read_text("utf-8").replace('"ada-home"', '"ada-home"\nauth = "oauth2"'), "utf-8"
    )
    result = bench.run("account", "password", "home", "--password-stdin", given=PASSWORD)
    assert result.exit_code == 2
    assert "tuimail account login home" in result.stderr


def test_a_person_opens_the_encrypted_file(bench: Bench, vault: Vault, person: list[str]) -> None:
    person += [PASSWORD, "battery stable", MASTER]
    result = bench.run("account", "password", "home", "--keep", "file")
    assert result.exit_code == 0, result.output
    assert "This is not the master password" in result.stderr
    assert result.stdout == "The password of account home is kept: encrypted file.\n"
    assert vault.read() == {HOME: PASSWORD}
    assert PASSWORD not in result.output
    assert MASTER not in result.output


def test_a_new_encrypted_file_is_offered_where_there_is_no_keyring(
    bench: Bench, person: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LOG2_N", 4)
    monkeypatch.setattr(sealing, "LOG2_N_BOUNDS", range(4, 20))
    person += [PASSWORD, MASTER]
    result = bench.run("account", "password", "home", given="y\n")
    assert result.exit_code == 0, result.output
    assert "no keyring on this machine. Keep the password in the encrypted file" in result.stderr
    assert "cannot be recovered" in result.stderr
    made = Vault(bench.data / "secrets.enc")
    made.open(MASTER)
    assert made.read() == {HOME: PASSWORD}
    person += [PASSWORD]
    other = bench.data.parent / "elsewhere"
    result = bench.run("--data-dir", str(other), "account", "password", "home", given="n\n")
    assert result.exit_code == 1
    assert "Nothing can keep" in result.stderr
    assert "It is asked for at each start" in result.stderr
    assert "tuimail account password" not in result.stderr


@pytest.mark.parametrize("command", ["sync", "check"])
def test_without_a_terminal_a_locked_file_is_the_reason(bench: Bench, vault: Vault, command: str) -> None:
    vault.update(lambda secrets: secrets.update({HOME: PASSWORD}))
    result = bench.run(*(["account"] if command == "check" else []), command, "home")
    assert result.exit_code == 1
    assert "The encrypted file is locked." in result.output
    assert "Run it on a terminal, or open the app: its master password is asked for there." in result.output
    assert "tuimail account password" not in result.output


def test_keeping_nothing_forgets_what_was_kept(bench: Bench, vault: Vault, keyring: Keyring, person: list[str]) -> None:
    vault.update(lambda secrets: secrets.update({HOME: PASSWORD}))
    keyring.set_password("tuimail", "home:ada-home", PASSWORD)
    person += [MASTER]
    result = bench.run("account", "password", "home", "--keep", "ask")
    assert result.exit_code == 0, result.output
    assert (keyring.kept, vault.read()) == ({}, {})


def test_removing_an_account_forgets_its_secrets(bench: Bench, keyring: Keyring) -> None:
    keyring.set_password("tuimail", "home:ada-home", PASSWORD)
    keyring.set_password("tuimail-oauth", "home:ada-home", "{}")
    keyring.set_password("tuimail", "work:ada", "stays")
    bench.ok("account", "remove", "home", "--yes")
    assert keyring.kept == {("tuimail", "work:ada"): "stays"}


def test_what_cannot_be_forgotten_is_told(bench: Bench, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.update(lambda secrets: secrets.update({HOME: PASSWORD}))
    install(monkeypatch, Raising(RuntimeError("locked")))
    result = bench.run("account", "remove", "home", "--yes")
    assert result.exit_code == 0
    assert "A secret of account home may still be kept." in result.stderr
    assert "The keyring failed: RuntimeError, locked. The encrypted file is locked." in result.stderr
    assert [one["name"] for one in bench.json("account", "list")] == ["work"]


def test_show_tells_that_the_file_is_locked(bench: Bench, vault: Vault) -> None:
    assert vault.path.exists()
    assert bench.json("account", "show", "home")["imap"]["password_from"] == "encrypted file (locked)"


def test_the_start_asks_for_the_master_password_first_and_once(
    bench: Bench, vault: Vault, person: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    vault.update(lambda secrets: secrets.update({HOME: PASSWORD}))
    bench.run("account", "list")
    config = load_config(bench.config)
    person += [MASTER]
    assert ask_missing(config, ["work", "home"]) == {}
    assert person == []
    assert ask_missing(config, ["work", "home"]) == {}
    assert "keyring" not in capsys.readouterr().err


def test_who_leaves_the_file_locked_is_asked_for_the_password(
    bench: Bench, vault: Vault, person: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    vault.update(lambda secrets: secrets.update({HOME: "other"}))
    bench.run("account", "list")
    person += ["", PASSWORD]
    assert ask_missing(load_config(bench.config), ["work", "home"]) == {"home": PASSWORD}
    told = capsys.readouterr().err
    assert told.count("There is no keyring on this machine. The encrypted file is locked.") == 1
    assert "tuimail account password home" in told


@pytest.fixture
def terminal(bench: Bench) -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def make(*arguments: str) -> Terminal:
        made.append(Terminal(bench, *arguments))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_real_terminal_shows_nothing_of_what_is_typed(bench: Bench, terminal: Callable[..., Terminal]) -> None:
    first = terminal("account", "password", "home", "--keep", "file")
    first.answer(r"Password of ada-home at 127\.0\.0\.1 \(account home\)", PASSWORD)
    first.answer(r"New master password", MASTER)
    first.answer(r"Repeat for confirmation", MASTER)
    assert first.end() == 0
    assert "The password of account home is kept: encrypted file." in first.seen
    made = Vault(bench.data / "secrets.enc")
    made.open(MASTER)
    assert made.read() == {HOME: PASSWORD}
    # The next start finds it there: the server is not, but the password is asked for no more.
    second = terminal("sync", "home")
    second.answer(r"Master password of the encrypted file", MASTER)
    assert second.end() == 1
    assert "127.0.0.1:1" in second.seen
    for text in (first.seen_before, first.seen, second.seen_before, second.seen):
        assert PASSWORD not in text
        assert MASTER not in text


def test_where_passwords_come_from_outside_nothing_that_keeps_them_is_loaded(bench: Bench) -> None:
    bench.config.write_text(
        "[accounts.home]\naddress = 'ada@example.org'\n"
        "[accounts.home.imap]\nhost = '127.0.0.1'\nusername = 'ada'\nsecurity = 'none'\n"
    )
    program = (
        "import sys, pathlib; from tuimail.cli import passwords; from tuimail.config.load import load_config;"
        "from tuimail.ui.link import EngineLink;"
        "passwords.is_terminal = lambda _stream: True;"
        f"path = pathlib.Path({str(bench.config)!r}); config = load_config(path);"
        "print(passwords.ask_missing(config, config.accounts));"
        "EngineLink.for_data_dir(path, path.parent, {})._line_of_secrets();"
        "print('tuimail.config.secrets' in sys.modules)"
    )
    environment = {**os.environ, "TUIMAIL_PASSWORD_HOME": PASSWORD}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["{}", "False"]
