"""The doctor, against healthy servers and those that have each illness once."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.servers.certificates import LOOPBACK, Issued, authority, issue
from tests.servers.dovecot import Dovecot
from tests.servers.fake import HOST, Conversation, FakeServer, Step, cut, expect, greet, hang, reply, send
from tests.servers.pymap_server import pymap_server
from tuimail.config.load import decode_config
from tuimail.config.schema import Config, Server
from tuimail.config.secrets import Secret
from tuimail.imap.capabilities import Capabilities
from tuimail.imap.results import Quota
from tuimail.model.errors import AuthError
from tuimail.setup.doctor import costs as doctor_costs
from tuimail.setup.doctor import imap as doctor_imap
from tuimail.setup.doctor import local as doctor_local
from tuimail.setup.doctor.checkup import Check, State, run_steps
from tuimail.setup.doctor.checkup import Step as CheckStep
from tuimail.setup.doctor.examine import Home, check_account
from tuimail.setup.oauth.tokens import Tokens
from tuimail.setup.tls import fingerprint_of
from tuimail.store import health
from tuimail.store.store import Store

PASSWORD = "correct horse"
ASKED = [expect("CAPABILITY"), send("* CAPABILITY IMAP4rev1"), reply("OK")]
QUOTA = """
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1M
  quota_rule2 = *:messages=10
}
protocol imap {
  mail_plugins = zlib imap_zlib quota imap_quota
}
"""


class Report(dict[str, Check]):
    """Checks by name."""

    def __init__(self, checks: list[Check]) -> None:
        super().__init__({check.name: check for check in checks})
        assert len(self) == len(checks), "names are unique"

    def states(self) -> dict[str, str]:
        return {name: check.state.value for name, check in self.items()}

    def failed(self) -> list[str]:
        return [name for name, check in self.items() if check.state is State.FAILED]


def config_of(kind: str = "imap", *, smtp: dict[str, Any] | None = None, **settings: Any) -> Config:
    server = {"host": HOST, "username": "ada", **settings}
    account: dict[str, Any] = {kind: server}
    if smtp is not None:
        account["smtp"] = {"host": HOST, "username": "ada", **smtp}
    return decode_config({"accounts": {"work": account}}, Path("/nowhere/config.toml"))


def secret_of(_account: str, _server: Server, password: str = PASSWORD) -> Secret:
    return Secret(password, "the test")


async def examined(config: Config, data: Path, password: str = PASSWORD, **options: Any) -> Report:
    home = Home(Path("/nowhere/config.toml"), data)
    told: list[Check] = []
    checks = await check_account(
        "work", config, home, secret_of=partial(secret_of, password=password), tell=told.append, **options
    )
    assert told == checks
    for check in checks:
        assert password not in f"{check.said} {check.fix} {check.details} {check.notes}"
        assert check.said
        assert check.fix or check.state is not State.FAILED, f"{check.name} says no way out"
    return Report(checks)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(tls=True, pop3=True, settings=QUOTA) as running:
        running.fill([b"Subject: one\r\n\r\nbody\r\n"] * 2)
        yield running


async def test_a_healthy_account(dovecot: Dovecot, tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.mail.ensure()
    store.bodies.ensure()
    store.close()
    config = config_of(host="localhost", port=dovecot.tls_port, ca_file=str(dovecot.ca_file))
    report = await examined(config, tmp_path / "data")
    assert report.failed() == []
    assert report.pop("smtp").state is State.SKIPPED
    assert set(report.states().values()) == {"ok"}
    assert list(report)[:7] == ["configuration", "secret", "dns", "tcp", "tls", "greeting", "log-in"]
    assert "the test" in report["secret"].said
    tls = report["tls"].details
    assert (tls["version"], tls["trusted_by"], tls["names"]) == ("TLSv1.3", "ca_file", ["localhost", "127.0.0.1"])
    assert tls["days_left"] in {29, 30}
    assert report["greeting"].said == "Dovecot (Debian) ready."
    assert set(report["capabilities"].details["missing"]) == {"OBJECTID"}
    assert "IDLE" in report["capabilities"].details["offered"]
    assert report["mailbox junk"].details == {"use": "\\Junk", "mailbox": "Junk", "source": "server"}
    quota = {one["resource"]: (one["used"], one["limit"]) for one in report["quota"].details["resources"]}
    assert quota["MESSAGE"] == (2, 10)
    assert quota["STORAGE"][1] == 1024
    assert report["clock"].details["newest_message"] <= time.time() + 1
    assert "whole" in report["store"].said


@pytest.mark.parametrize(("security", "port"), [("starttls", "port"), ("none", "port")])
async def test_other_ways_to_connect(dovecot: Dovecot, tmp_path: Path, security: str, port: str) -> None:
    pem = (dovecot.directory / "cert.pem").read_text()
    pin: dict[str, Any] = (
        {"tls_fingerprint": fingerprint_of(ssl.PEM_cert_to_DER_cert(pem))} if security == "starttls" else {}
    )
    report = await examined(config_of(port=getattr(dovecot, port), security=security, **pin), tmp_path)
    assert report.failed() == []
    assert ("the one that you pinned" in report["tls"].said) == (security == "starttls")
    assert report["store"].said == "not made yet"


async def test_a_pop3_account(dovecot: Dovecot, tmp_path: Path) -> None:
    config = config_of("pop3", host="localhost", port=dovecot.pops_port, security="tls", ca_file=str(dovecot.ca_file))
    report = await examined(config, tmp_path)
    assert report.failed() == []
    assert report["maildrop"].details["messages"] == 2
    assert report["maildrop"].said == f"2 messages, {report['maildrop'].details['octets']} B"
    assert {"UIDL", "TOP", "PIPELINING"} <= set(report["capabilities"].details["offered"])
    report = await examined(config_of("pop3", port=dovecot.pop3_port, security="none"), tmp_path, "wrong")
    assert report.failed() == ["log-in"]
    assert "refused" in report["log-in"].said


@pytest.mark.parametrize(
    ("kind", "capabilities", "missing", "notes"),
    [
        (
            "pop3",
            ["UIDL", "TOP", "EXPIRE 0", "LOGIN-DELAY 900"],
            {"PIPELINING", "STLS", "SASL", "RESP-CODES"},
            ["EXPIRE 0: The server deletes messages by itself", "set poll_minutes = 15"],
        ),
        (
            "pop3",
            ["UIDL", "TOP", f"EXPIRE {'9' * 5000}", f"LOGIN-DELAY {'9' * 5000}", ""],
            {"PIPELINING", "STLS", "SASL", "RESP-CODES"},
            [],
        ),
        ("pop3", ["USER", "EXPIRE 30"], {"UIDL", "TOP", "PIPELINING", "STLS", "SASL", "RESP-CODES"}, ["after 30 days"]),
    ],
)
async def test_what_a_pop3_server_lacks(
    tmp_path: Path, kind: str, capabilities: list[str], missing: set[str], notes: list[str]
) -> None:
    capa = [expect("CAPA"), *(send(line) for line in ["+OK", *capabilities, "."])]
    script = [send("+OK <1@pop.example> hello"), *capa, hang()]
    async with FakeServer(script) as fake:
        report = await examined(config_of(kind, port=fake.port, security="none"), tmp_path)
    check = report["capabilities"]
    assert set(check.details["missing"]) == missing
    assert (check.state is State.WARNING) == ("UIDL" in missing)
    for words in notes:
        assert any(words in note for note in check.notes)
    assert report.failed() == ["log-in"]


async def test_a_wrong_password_is_tried_once(tmp_path: Path) -> None:
    refused = [*greet("AUTH=PLAIN", "SASL-IR"), expect("AUTHENTICATE"), reply("NO [AUTHENTICATIONFAILED] wrong")]
    async with FakeServer([*greet("AUTH=PLAIN"), *ASKED], refused) as fake:
        report = await examined(config_of(port=fake.port, security="none"), tmp_path)
        assert [line for line in fake.commands if b"AUTHENTICATE" in line or b"LOGIN" in line][1:] == []
    assert report.failed() == ["log-in"]
    assert "password" in report["log-in"].fix
    assert report["quota"].said == "not looked at, because of: log-in"


async def test_no_secret(dovecot: Dovecot, tmp_path: Path) -> None:
    def nothing(_account: str, _server: Server) -> Secret:
        raise AuthError("There is no password.", hint="Store one.")

    config = config_of(port=dovecot.port, security="none")
    checks = await check_account("work", config, Home(tmp_path, tmp_path), secret_of=nothing)
    report = Report(checks)
    assert report.failed() == ["secret"]
    assert report["greeting"].state is State.OK
    assert report["log-in"].said == "not looked at, because of: secret"
    assert "before the log-in" in report["capabilities"].said


@pytest.mark.parametrize(
    ("expires_in_s", "refresh", "state", "words"),
    [
        (3630, "again", State.OK, "valid for 60 minutes, renewed by itself"),
        (3630, "", State.WARNING, "valid for 60 minutes, not renewable"),
        (None, "again", State.OK, "no end told, renewed by itself"),
    ],
)
async def test_how_long_a_token_lasts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expires_in_s: float | None,
    refresh: str,
    state: State,
    words: str,
) -> None:
    async def fresh(*_arguments: Any, **_options: Any) -> Tokens:
        ends = None if expires_in_s is None else time.time() + expires_in_s
        return Tokens(PASSWORD, refresh, "https://id.example/token", expires_at=ends)

    monkeypatch.setattr("tuimail.setup.oauth.tokens.fresh_tokens", fresh)
    endpoints = {"authorization_url": "https://id.example/auth", "token_url": "https://id.example/token"}
    oauth2 = {"client_id": "a client", "scopes": ["mail"], **endpoints}
    report = await examined(config_of(host="mail.nowhere.invalid", auth="oauth2", oauth2=oauth2), tmp_path)
    assert report.failed() == ["dns"]
    assert report["secret"].state is state
    assert words in report["secret"].said
    assert report["secret"].details["renewable"] == bool(refresh)


def certificate(case: str) -> Issued:
    return {
        "unknown": lambda: issue("Mail", issue("Nobody", is_authority=True), hosts=LOOPBACK),
        "self-signed": lambda: issue("Mail", hosts=LOOPBACK),
        "expired": lambda: issue("Mail", authority(), hosts=LOOPBACK, days=(-60, -30)),
        "elsewhere": lambda: issue("Mail", authority(), hosts=("mail.elsewhere.example",)),
        "soon": lambda: issue("Mail", authority(), hosts=LOOPBACK, days=(-60, 5.5)),
    }[case]()


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("unknown", "does not know the authority"),
        ("self-signed", "it is self-signed"),
        ("expired", "it has expired"),
        ("elsewhere", "for another host than localhost"),
    ],
)
async def test_certificates_that_are_not_trusted(tmp_path: Path, case: str, words: str) -> None:
    ca_file = str(authority().write(tmp_path / "ca.pem"))
    issued = certificate(case)
    async with FakeServer([hang()], [hang()], tls=issued.server_context(tmp_path)) as fake:
        report = await examined(config_of(host="localhost", port=fake.port, ca_file=ca_file), tmp_path)
        assert fake.commands == []
    assert report.failed() == ["tls"]
    check = report["tls"]
    assert words in check.said
    assert "tuimail account trust work" in check.fix
    assert check.details["fingerprint"] == fingerprint_of(issued.der)
    assert any(fingerprint_of(issued.der) in note for note in check.notes)
    assert report["log-in"].said == "not looked at, because of: tls"


async def test_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    ca_file = str(authority().write(tmp_path / "ca.pem"))
    tls = certificate("soon").server_context(tmp_path)
    async with FakeServer([*greet(), *ASKED], [send("* BYE"), cut()], tls=tls) as fake:
        config = config_of(host="localhost", port=fake.port, ca_file=ca_file)
        report = await examined(config, tmp_path)
    assert report.failed() == ["log-in"]
    assert report["tls"].state is State.WARNING
    assert "(5 days)" in report["tls"].said
    assert "renew" in report["tls"].fix


async def test_a_changed_pin(tmp_path: Path) -> None:
    pinned, shown = issue("A", hosts=LOOPBACK), issue("B", hosts=LOOPBACK)
    async with FakeServer([hang()], [hang()], tls=shown.server_context(tmp_path)) as fake:
        report = await examined(config_of(port=fake.port, tls_fingerprint=fingerprint_of(pinned.der)), tmp_path)
        assert fake.commands == []
    assert report.failed() == ["tls"]
    assert fingerprint_of(pinned.der) in report["tls"].said
    assert fingerprint_of(shown.der) in report["tls"].said
    assert "account trust work" in report["tls"].fix


@pytest.mark.parametrize(
    ("script", "security", "failed", "words"),
    [
        ([send("SSH-2.0-OpenSSH_9.2")], "none", "greeting", "greets with 'SSH-2.0-OpenSSH_9.2'"),
        ([send("+OK POP3 here")], "none", "greeting", "greets with '+OK POP3 here'"),
        ([send("* BYE too many")], "none", "greeting", "turned the connection away"),
        ([cut()], "none", "greeting", "closed the connection"),
        ([*greet(), expect("STARTTLS"), reply("BAD no")], "starttls", "tls", "does not offer STARTTLS"),
        ([*greet(), expect("STARTTLS"), send(b"T1 OK\r\n* OK me\r\n")], "starttls", "tls", "tampering"),
        ([send("* PREAUTH hello")], "starttls", "tls", "skipped the log-in"),
        ([send("* OK no TLS")], "tls", "tls", "does not speak TLS"),
    ],
)
async def test_servers_that_are_none(
    tmp_path: Path, script: list[Step], security: str, failed: str, words: str
) -> None:
    async with FakeServer(script) as fake:
        report = await examined(config_of(port=fake.port, security=security), tmp_path)
    assert report.failed() == [failed]
    assert words in report[failed].said
    assert report["log-in"].state is State.SKIPPED


async def test_ways_that_lead_nowhere(tmp_path: Path) -> None:
    report = await examined(config_of(host="mail.nowhere.invalid"), tmp_path)
    assert report.failed() == ["dns"]
    assert "is not known" in report["dns"].said
    assert report["log-in"].said == "not looked at, because of: dns"
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    report = await examined(config_of(port=port), tmp_path)
    assert report.failed() == ["tcp"]
    assert "refused the connection" in report["tcp"].said


async def test_localhost_that_is_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(_host: str, port: int, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", port))]

    monkeypatch.setattr("socket.getaddrinfo", elsewhere)
    report = await examined(config_of(host="localhost", security="none"), tmp_path)
    assert report.failed() == ["dns"]
    assert "192.0.2.7, which is not this machine" in report["dns"].said


async def test_mailboxes_by_name_by_choice_and_missing(tmp_path: Path) -> None:
    folders = ["INBOX", "Entwürfe", "Sent Items", "Old/Archiv", "Spam", "Pest"]
    with pymap_server(mailboxes=dict.fromkeys(folders)) as server:
        config = config_of(port=server.port, security="none", username=server.username, mailboxes={"junk": "Pest"})
        report = await examined(config, tmp_path, server.password)
        assert report.failed() == []
        assert report["mailbox sent"].details["source"] == "name"
        assert report["mailbox junk"].details == {"use": "\\Junk", "mailbox": "Pest", "source": "chosen"}
        assert report["mailbox trash"].state is State.WARNING
        assert "Trash is made when it is needed first" in report["mailbox trash"].said
        assert report["mailbox archive"].details["proposals"] == ["Old/Archiv"]
        assert "--map archive=Old/Archiv" in report["mailbox archive"].fix
        assert "--map drafts='Entwürfe'" in report["mailbox drafts"].fix
        missing = report["capabilities"].details["missing"]
        assert {"CONDSTORE", "QRESYNC", "SPECIAL-USE", "LIST-STATUS"} <= set(missing)
        assert report["capabilities"].state is State.WARNING
        config = config_of(port=server.port, security="none", username=server.username, mailboxes={"trash": "Gone"})
        report = await examined(config, tmp_path, server.password)
        assert report.failed() == ["mailbox trash"]
        assert "Gone, which the server does not have" in report["mailbox trash"].said


def test_the_price_of_each_lack() -> None:
    def missing(*names: str) -> set[str]:
        return {cost.name for cost in doctor_costs.lacking(doctor_costs.IMAP, Capabilities(names).has)}

    everything = {name for cost in doctor_costs.IMAP for name in cost.names}
    assert missing(*everything) == set()
    assert missing(*everything - {"MOVE"}) == {"MOVE"}
    assert "UIDPLUS or MOVE" in missing(*everything - {"MOVE", "UIDPLUS"})
    assert not {"UIDPLUS", "MOVE"} & missing(*everything - {"MOVE", "UIDPLUS"})
    assert "IDLE or NOTIFY" in missing()
    for cost in (*doctor_costs.IMAP, *doctor_costs.POP3):
        assert cost.words.endswith(".")


def test_quota_and_clock_that_are_worth_a_word() -> None:
    full = [Quota("", "STORAGE", 980, 1000), Quota("", "MESSAGE", 1, 1000), Quota("", "X", 5, 0)]
    check = doctor_imap.quota_check(full)
    assert (check.state, check.said) == (State.WARNING, "98% of 1 MiB used; 0% of 1,000 messages used")
    assert doctor_imap.quota_check([Quota("", "STORAGE", 5, 0)]).said == "no limit"
    assert doctor_imap.quota_check([]).state is State.OK
    now = 1_700_000_000
    assert doctor_imap.clock_check(now, now + 60).state is State.OK
    assert doctor_imap.clock_check(now, None).state is State.OK
    assert "60 minutes later" in doctor_imap.clock_check(now, now + 3600).said
    assert doctor_imap.clock_check(now, now + 3600).state is State.WARNING


SMTP_LINES = ["250-mail.example", "250-SIZE 1000", "250-AUTH PLAIN LOGIN", "250 PIPELINING"]


async def test_the_server_that_sends(dovecot: Dovecot, tmp_path: Path) -> None:
    async def look(script: list[Step], **smtp: Any) -> Report:
        async with FakeServer(script) as fake:
            settings = {"port": fake.port, "security": "none", **smtp}
            return await examined(config_of(port=dovecot.port, security="none", smtp=settings), tmp_path)

    hello = [send("220 mail.example"), expect("EHLO")]
    report = await look([*hello, *(send(line) for line in SMTP_LINES)])
    assert report.failed() == []
    assert report["smtp offers"].details["mechanisms"] == ["LOGIN", "PLAIN"]
    report = await look([*hello, send("250 mail.example")])
    assert report.failed() == ["smtp offers"]
    assert "no AUTH" in report["smtp offers"].said
    report = await look([*hello, send("250-mail.example\r\n250 AUTH XOAUTH2")])
    assert "by password" in report["smtp offers"].said
    assert "oauth2" in report["smtp offers"].fix
    report = await look([send("554 go away")])
    assert report.failed() == ["smtp greeting"]
    report = await look([send("220 mail"), expect("EHLO"), send("500 what")])
    assert report.failed() == ["smtp offers"]


def test_the_store_s_health(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = Store(data)
    store.mail.ensure()
    store.bodies.ensure()
    store.close()
    found = [health.examine(data / name, limit_s=10) for name in ("mail.db", "bodies.db")]
    good = [one for one in found if one is not None]
    assert [one.problems for one in good] == [(), ()]
    assert all(one.is_finished and one.schema == one.known_schema for one in good)
    assert doctor_local.store_check(data, good).state is State.OK
    assert health.examine(data / "other.db", limit_s=1) is None
    data.chmod(0o755)
    (data / "mail.db").chmod(0o644)
    readable = health.examine(data / "mail.db", limit_s=10)
    assert readable is not None
    check = doctor_local.store_check(data, [readable])
    assert (check.state, "chmod" in check.fix) == (State.WARNING, True)
    octets = bytearray((data / "mail.db").read_bytes())
    octets[4096 : 4096 * 3] = os.urandom(4096 * 2)
    (data / "mail.db").write_bytes(octets)
    damaged = health.examine(data / "mail.db", limit_s=10)
    assert damaged is not None
    check = doctor_local.store_check(data, [damaged])
    assert check.state is State.FAILED
    assert "store rebuild" in check.fix
    (data / "mail.db").write_bytes(b"no database" * 1000)
    none = health.examine(data / "mail.db", limit_s=10)
    assert none is not None
    assert none.problems
    assert health.free_octets(tmp_path / "not" / "made") > 0


async def test_a_check_ends_in_time_and_leaves_at_once(tmp_path: Path) -> None:
    arrived = asyncio.Event()

    async def arrive(_conversation: Conversation) -> None:
        arrived.set()

    async with FakeServer([hang()], [arrive, hang()]) as fake:
        report = await examined(config_of(port=fake.port, security="none"), tmp_path, total_s=0.3)
        assert report["greeting"].state is State.FAILED
        assert "nothing came of it" in report["greeting"].said
        assert "which are over" in report["store"].said
        task = asyncio.create_task(examined(config_of(port=fake.port, security="none"), tmp_path))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_an_unforeseen_error_ends_one_check_only() -> None:
    async def breaks() -> Check:
        raise ZeroDivisionError

    async def works() -> Check:
        return Check("b", State.OK, "fine")

    steps = [
        CheckStep("a", breaks),
        CheckStep("b", works),
        CheckStep("c", works, ("a",)),
        CheckStep("d", works, ("c",)),
    ]
    checks = await run_steps(steps, lambda _check: None, total_s=10)
    assert [check.state.value for check in checks] == ["failed", "ok", "skipped", "skipped"]
    assert checks[3].said == "not looked at, because of: a"
