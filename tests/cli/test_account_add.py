"""`tuimail account add`: by options alone, on a terminal, and against a server with TLS of a private authority."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.runner import CONFIG, Bench
from tests.cli.terminal import Terminal
from tests.keyrings import Keyring, install
from tests.servers.dovecot import Dovecot
from tests.setup.wizard_world import CANDIDATE, IMAP, PASSWORD, POP3, SMTP, WizardWorld
from tuimail.cli.main import cli
from tuimail.config.load import load_config
from tuimail.config.schema import ImapServer
from tuimail.model.errors import ConnectionLost
from tuimail.setup.discovery.discover import Discovery
from tuimail.setup.discovery.probe import Offer
from tuimail.setup.discovery.provider import Way

LETTER = (
    b"From: Bo <bo@example.net>\r\nTo: ada@example.org\r\nSubject: Hello\r\nMessage-ID: <1@example.net>\r\n\r\nHi\r\n"
)
USER, SECRET = "ada@example.org", "correct horse"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> WizardWorld:
    """No network: servers are found, and take the password."""
    made = WizardWorld()
    monkeypatch.setattr("tuimail.cli.accounts.conversation.Tools", made.tools)
    return made


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    made = Keyring()
    install(monkeypatch, made)
    return made


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(users={USER: SECRET}, tls=True, pop3=True) as running:
        running.fill([LETTER])
        yield running


def add(bench: Bench, *options: str, given: str | None = None) -> Result:
    return bench.run("account", "add", *options, given=given)


def test_address_and_password_are_enough(bench: Bench, world: WizardWorld, keyring: Keyring) -> None:
    result = add(bench, "--address", "Ada <ada@example.org>", "--password-stdin", "--json", given=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "name": "example",
        "address": "ada@example.org",
        "protocol": "imap",
        "servers": {
            "imap": _shown(IMAP.host, 993, "tls"),
            "smtp": _shown(SMTP.host, 587, "starttls"),
        },
        "messages": 12,
        "kept_in": "keyring",
        "sending": None,
        "config": str(bench.config),
    }
    assert keyring.kept == {("tuimail", "example:ada@example.org"): PASSWORD}
    assert "Found (autoconfig of example.org)" in result.stderr
    assert PASSWORD not in result.output
    assert world.account.display_name == "Ada"


def _shown(host: str, port: int, security: str) -> dict[str, object]:
    place = {"host": host, "port": port, "security": security, "username": "ada@example.org"}
    return {**place, "auth": "password", "tls_fingerprint": None}


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ([], 2, "--address is missing"),
        (["--address", "ada"], 2, "is no mail address"),
        (["work", "--address", USER], 2, "already"),
        (["--address", USER, "--no-discovery"], 2, "--imap-host is missing"),
        (["--address", USER, "--no-discovery", "--protocol", "pop3"], 2, "--pop3-host is missing"),
        (["--address", USER], 2, "--password-stdin or --password-command, or set TUIMAIL_PASSWORD_EXAMPLE"),
        (["--address", USER, "--oauth2"], 2, "--client-id is missing"),
        (["--address", USER, "--imap-host", "a", "--pop3-host", "b"], 2, "two ways"),
        (["--address", USER, "--protocol", "pop3", "--imap-host", "a"], 2, "do not go together"),
        (["--address", USER, "--imap-host", "h", "--imap-security", "none"], 2, "in clear text"),
        (["--address", USER, "--leave-on-server", "never"], 2, "neither yes, no, nor a number of days"),
        (["--address", USER, "--tls-fingerprint", "sha256:12"], 2, "no SHA-256"),
        (["--address", USER, "--password-command", "false"], 1, "The command failed"),
        (["--address", USER, "--keep", "paper"], 2, "'paper'"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    bench: Bench, world: WizardWorld, options: list[str], status: int, words: str
) -> None:
    result = add(bench, *options)
    assert result.exit_code == status
    assert words in result.stderr
    assert world.written == []


def test_where_nothing_keeps_the_password_nothing_is_written(bench: Bench, world: WizardWorld) -> None:
    result = add(bench, "--address", USER, "--password-stdin", given=PASSWORD)
    assert result.exit_code == 1
    assert "no keyring" in result.stderr
    assert "--keep file or ask" in result.stderr
    assert world.written == []
    result = add(bench, "--address", USER, "--password-stdin", "--keep", "ask", given=PASSWORD)
    assert result.exit_code == 0
    assert "asked for at each start" in result.stdout


def test_a_variable_may_hold_the_password(bench: Bench, world: WizardWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_EXAMPLE", PASSWORD)
    result = add(bench, "--address", USER)
    assert result.exit_code == 0, result.output
    assert "environment variable TUIMAIL_PASSWORD_EXAMPLE" in result.stdout
    assert world.kept == []


def test_what_was_found_elsewhere_needs_a_yes(bench: Bench, world: WizardWorld) -> None:
    world.discovery = Discovery((replace(CANDIDATE, asks="DNS says elsewhere."),))
    options = ["--address", USER, "--password-command", "pass show mail"]
    result = add(bench, *options)
    assert result.exit_code == 2
    assert "DNS says elsewhere. If your provider says the same, add --yes." in result.stderr
    assert add(bench, *options, "--yes").exit_code == 0
    assert world.account.imap is not None
    assert world.account.imap.password_command == ("pass", "show", "mail")


def test_yes_trusts_no_certificate(bench: Bench, world: WizardWorld) -> None:
    world.untrusted = {IMAP.host}
    result = add(bench, "--address", USER, "--password-stdin", "--yes", given=PASSWORD)
    assert result.exit_code == 1
    assert "--tls-fingerprint sha256:0123456789abcdef" in result.stderr
    assert "CN=Example Authority" in result.stderr
    assert world.logins == []


def test_every_server_can_be_named(bench: Bench, world: WizardWorld, keyring: Keyring) -> None:
    options = ["--imap-host", "mail.example.org", "--imap-port", "1143", "--imap-security", "starttls"]
    options += ["--smtp-host", "out.example.org:2525", "--username", "ada", "--display-name", "Ada Quill"]
    result = add(bench, "post", "--address", USER, *options, "--password-stdin", given=PASSWORD)
    assert result.exit_code == 0, result.output
    account = world.account
    assert account.imap is not None
    assert account.smtp is not None
    assert (account.imap.host, account.imap.port, account.imap.security.value) == ("mail.example.org", 1143, "starttls")
    assert (account.smtp.host, account.smtp.port, account.smtp.username) == ("out.example.org", 2525, "ada")
    assert account.display_name == "Ada Quill"
    assert world.written[0][1] == "post"
    assert keyring.kept == {("tuimail", "post:ada"): PASSWORD}


def test_a_pop3_account_by_options(bench: Bench, world: WizardWorld, keyring: Keyring) -> None:
    world.discovery = Discovery((replace(CANDIDATE, incoming=POP3),))
    options = ["--protocol", "pop3", "--leave-on-server", "30", "--password-stdin"]
    assert add(bench, "--address", USER, *options, given=PASSWORD).exit_code == 0
    assert world.account.pop3 is not None
    assert world.account.pop3.leave_on_server == 30


def test_a_server_that_takes_no_password_is_told_before_one_is_asked_for(bench: Bench, world: WizardWorld) -> None:
    world.looks = {IMAP.host: Offer("", ("LOGINDISABLED",), ())}
    result = add(bench, "--address", USER)
    assert result.exit_code == 1
    assert "LOGINDISABLED" in result.stderr


class Person:
    """Answers what is asked, each by a part of the question; what is not foreseen fails the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        monkeypatch.setattr("tuimail.cli.passwords.is_terminal", lambda _stream: True)
        monkeypatch.setattr("click.prompt", self._answer)

    def _answer(self, question: str, *, default: str = "", **_more: object) -> str:
        self.asked.append(question)
        assert self.answers, question
        part, answer = self.answers.pop(0)
        assert part in question
        return answer or default


def test_a_person_corrects_each_answer(
    bench: Bench, world: WizardWorld, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_imap = world.discovery
    world.looks = {"imap.wrong.example": ConnectionLost("Nobody is there.", hint="Check it.")}
    person = Person(
        monkeypatch,
        ("Mail address", "ada"),
        ("Mail address", USER),
        ("Name of the account", "work"),
        ("Name of the account", "<"),
        ("Mail address", ""),
        ("Name of the account", "post"),
        ("Your name", "Ada"),
        ("Protocol", "i"),
        ("Use these servers", "no"),
        ("IMAP server", "imap.wrong.example"),
        ("Protection", ""),
        ("Port", ""),
        ("Server that sends", ""),
        ("IMAP server", IMAP.host),
        ("Protection", "x"),
        ("Protection", "tls"),
        ("Port", ""),
        ("Server that sends", ""),
        ("User name", ""),
        ("Password of", "wrong"),
        ("User name", ""),
        ("Password of", PASSWORD),
    )
    result = add(bench)
    assert result.exit_code == 0, result.output
    assert person.answers == []
    assert only_imap.candidates
    for words in ("'ada' is no mail address", "already", "Nobody is there. Check it.", "Answer with one of", "refused"):
        assert words in result.stderr
    assert world.account.imap == IMAP
    assert world.account.smtp is None
    assert keyring.kept == {("tuimail", "post:ada@example.org"): PASSWORD}


def test_a_person_looks_at_a_certificate(
    bench: Bench, world: WizardWorld, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.untrusted = {IMAP.host}
    Person(
        monkeypatch,
        ("Name of", ""),
        ("Your name", ""),
        ("Protocol", ""),
        ("Use these servers", "yes"),
        ("Trust this certificate", "yes"),
        ("User name", ""),
        ("Password of", PASSWORD),
    )
    result = add(bench, "--address", USER)
    assert result.exit_code == 0, result.output
    assert "SHA-256:   0123456789abcdef" in result.stderr
    assert world.account.imap is not None
    assert world.account.imap.tls_fingerprint == "sha256:" + "0123456789abcdef" * 4


def test_a_search_is_stopped_by_a_person_who_knows(
    bench: Bench, world: WizardWorld, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_arguments: object) -> Discovery:
        raise KeyboardInterrupt

    monkeypatch.setattr("tuimail.cli.accounts.conversation.Tools", lambda: replace(world.tools(), discover=interrupted))
    options = ["post", "--address", USER, "--display-name", "", "--protocol", "imap"]
    assert add(bench, *options).exit_code == 130
    Person(
        monkeypatch,
        ("IMAP server", IMAP.host),
        ("Protection", ""),
        ("Port", ""),
        ("Server that sends", ""),
        ("User name", ""),
        ("Password of", PASSWORD),
    )
    assert add(bench, *options).exit_code == 0
    assert world.account.imap == IMAP
    assert keyring.kept


def test_a_person_who_answers_nonsense_for_ever_is_none(
    bench: Bench, world: WizardWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.cli.passwords.is_terminal", lambda _stream: True)
    monkeypatch.setattr("click.prompt", lambda *_arguments, **_more: "nonsense")
    result = add(bench)
    assert result.exit_code == 2
    assert "is no mail address" in result.stderr


def test_a_way_in_is_chosen_where_there_are_two(
    bench: Bench, world: WizardWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.looks = {IMAP.host: Offer("", ("AUTH=XOAUTH2",), (Way.PASSWORD, Way.OAUTH2))}
    Person(monkeypatch, ("Log in by", "oauth2"), ("Client id", "id-1"))
    imap = ["--imap-host", IMAP.host, "--imap-security", "tls", "--imap-port", "993"]
    smtp = ["--smtp-host", SMTP.host, "--smtp-security", "tls", "--smtp-port", "465"]
    result = add(bench, "post", "--address", USER, "--display-name", "", *imap, *smtp)
    assert result.exit_code == 0, result.output
    assert world.account.oauth2 is not None
    assert world.account.oauth2.client_id == "id-1"


def test_from_an_empty_home_to_a_listed_inbox(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home" / name.lower()))
    options = ["--imap-host", "localhost", "--imap-port", str(dovecot.tls_port), "--ca-file", str(dovecot.ca_file)]
    monkeypatch.setenv("TUIMAIL_PASSWORD_EXAMPLE", SECRET)
    result = CliRunner().invoke(cli, ["account", "add", "--address", USER, *options])
    assert result.exit_code == 0, result.output
    assert "1 message in the inbox" in result.stdout
    assert CliRunner().invoke(cli, ["sync"]).exit_code == 0
    listed = json.loads(CliRunner().invoke(cli, ["messages", "--json"]).stdout)
    assert [one["subject"] for one in listed] == ["Hello"]
    written = tmp_path / "home" / "config" / "tuimail" / "config.toml"
    assert SECRET not in written.read_text("utf-8")


def test_a_person_at_a_terminal_sets_up_an_account(bench: Bench, dovecot: Dovecot) -> None:
    bench.config.write_text("# mine\n", "utf-8")
    person = Terminal(bench, "account", "add", "--no-discovery")
    try:
        person.answer("Mail address", USER)
        person.answer("Name of the account here", "")
        person.answer("Your name", "Ada")
        person.answer("Protocol", "imap")
        person.answer("IMAP server", "localhost")
        person.answer("Protection", "")
        person.answer("Port", str(dovecot.tls_port))
        person.answer("Server that sends", "")
        person.answer("Trust this certificate", "y")
        person.answer("User name", "")
        person.answer("Password of", "wrong")
        person.answer("User name", "")
        person.answer("Password of", SECRET)
        person.answer("Keep it in", "ask")
        assert person.end() == 0
        seen = person.seen_before + person.seen
    finally:
        person.close()
    assert "refused the log-in" in seen
    assert SECRET not in seen
    account = load_config(bench.config).accounts["example"]
    assert isinstance(account.imap, ImapServer)
    assert account.imap.tls_fingerprint.startswith("sha256:")
    assert bench.config.read_text("utf-8").startswith("# mine\n")


def test_pop3_against_a_server(bench: Bench, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_POST", SECRET)
    options = ["--pop3-host", "localhost", "--pop3-port", str(dovecot.pop3_port), "--pop3-security", "starttls"]
    result = add(
        bench, "post", "--address", USER, *options, "--ca-file", str(dovecot.ca_file), "--leave-on-server", "yes"
    )
    assert result.exit_code == 0, result.output
    assert "1 message in the inbox" in result.stdout
    account = load_config(bench.config).accounts["post"]
    assert account.pop3 is not None
    assert account.pop3.leave_on_server is True
    assert bench.config.read_text("utf-8").startswith(CONFIG)
