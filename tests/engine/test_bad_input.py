"""What servers, networks and other clients do to us: one clear sentence each, and no other account is touched."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import NO_PENALTY, PASSWORD, Place
from tests.engine.proxy import Proxy
from tests.engine.world import ACCOUNT, HOST, Mirror, Other, assert_same, config_for, mail
from tests.servers.dovecot import Dovecot
from tests.servers.fake import FakeServer, Step, cut, expect, greet, hang, logged_in, reply, send
from tuimail.config.schema import Config, Server
from tuimail.config.secrets import Secret
from tuimail.engine import connect
from tuimail.engine.report import AccountReport
from tuimail.engine.run import sync_once
from tuimail.imap.connect import Timeouts
from tuimail.imap.session import open_session
from tuimail.store.store import Store


def assert_clear(report: AccountReport, *words: str) -> None:
    """A failed report in a sentence or two, for people."""
    assert not report.ok
    for word in words:
        assert word.lower() in report.error.lower(), report.error
    assert "Traceback" not in report.error
    assert "unexpected" not in report.error, report.error
    assert "\n" not in report.error
    assert 20 < len(report.error) < 400
    assert report.error.rstrip().endswith((".", ")", "?")), report.error


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    short = partial(open_session, timeouts=Timeouts(connect_s=1.0, silence_s=1.0))
    monkeypatch.setattr(connect, "open_session", short)


async def sync(store: Store, config: Config, password: str = PASSWORD) -> AccountReport:
    def secret_of(_account: str, _server: Server) -> Secret:
        return Secret(password, "the test")

    return (await sync_once(store, config, [ACCOUNT], secret_of=secret_of))[ACCOUNT]


async def test_a_wrong_password(store: Store, place: Place) -> None:
    report = await sync(store, config_for(place.port, place.user), "nonsense")
    assert_clear(report, "password", ACCOUNT)
    assert "nonsense" not in report.error


async def test_an_unknown_host(store: Store) -> None:
    config = config_for(143, "ada", host="no-such-host.invalid", allow_cleartext=True)
    assert_clear(await sync(store, config), "no-such-host.invalid")


async def test_a_refused_port(store: Store) -> None:
    with socket.create_server((HOST, 0)) as closed:
        port = closed.getsockname()[1]
    assert_clear(await sync(store, config_for(port, "ada")), HOST, str(port))


async def test_a_server_that_never_answers(store: Store) -> None:
    with socket.create_server((HOST, 0)) as silent:
        assert_clear(await sync(store, config_for(silent.getsockname()[1], "ada")), HOST)


SCRIPTS: dict[str, Sequence[Step]] = {
    "closes": [cut()],
    "says goodbye": [send("* BYE Too many connections"), cut()],
    "garbage": [send(b"\x00\xff\xfe garbage \x80\r\n" * 20)],
    "another protocol": [send("HTTP/1.1 400 Bad Request\r\n\r\n")],
    "endless line": [send(b"* OK " + b"x" * 3_000_000)],
    "closes after greeting": [*greet(), expect("LOGIN"), cut()],
    "hangs at log-in": [*greet(), hang()],
    "closes after log-in": [*logged_in(), expect("LIST"), cut()],
    "hangs at list": [*logged_in(), hang()],
    "garbage at list": [*logged_in(), expect("LIST"), send("* LIST ((((( NIL\r\n* LIST )\r\n"), reply("OK")],
    "no to list": [*logged_in(), expect("LIST"), reply("NO [UNAVAILABLE] Come back later"), hang()],
    "bad to list": [*logged_in(), expect("LIST"), reply("BAD What?"), hang()],
    "huge literal": [*logged_in(), expect("LIST"), send(b"* LIST () {99999999999}\r\nx")],
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
async def test_servers_that_misbehave(store: Store, script: Sequence[Step]) -> None:
    async with FakeServer(script) as fake:
        assert_clear(await sync(store, config_for(fake.port, "ada")))


async def test_what_breaks_one_account_touches_no_other(store: Store, place: Place) -> None:
    from tuimail.config.load import decode_config

    def table(port: int) -> dict[str, Any]:
        server = {"host": HOST, "port": port, "security": "none", "username": place.user}
        return {"address": "a@example.org", "imap": server}

    with socket.create_server((HOST, 0)) as closed:
        port = closed.getsockname()[1]
    async with FakeServer([hang()]) as fake:
        config = decode_config(
            {"accounts": {"good": table(place.port), "gone": table(port), "stuck": table(fake.port)}}, Path("/x")
        )
        place.other().fill("INBOX", [1])
        reports = await sync_once(
            store, config, ["good", "gone", "stuck"], secret_of=lambda *_: Secret(PASSWORD, "the test")
        )
    assert reports["good"].ok
    assert reports["good"].new == 1
    assert_clear(reports["gone"], str(port))
    assert_clear(reports["stuck"], str(fake.port))


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(users={"ada": PASSWORD}, tls=True, settings=NO_PENALTY) as running:
        yield running


OTHER_AUTHORITY = """\
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUC71aYrzJkWn9YZUZN0OjeQqegi0wCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPQW5vdGhlciBUZXN0IENBMCAXDTI2MTEyMjA1NTc1M1oYDzIx
MjYxMDI5MDU1NzUzWjAaMRgwFgYDVQQDDA9Bbm90aGVyIFRlc3QgQ0EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASubHoL1fD60c5dnrZLly+0vfnqAwCJUBM4XWfG
ednfsxtj2OsLikquvZu2CaTQRqA7Mn9WaLgDz1uczvx8LEC8o2MwYTAdBgNVHQ4E
FgQUTusIFv/g7AZruiccbGgUF49x+oQwHwYDVR0jBBgwFoAUTusIFv/g7AZruicc
bGgUF49x+oQwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZI
zj0EAwIDSAAwRQIgPgeZgcjJfOA4mxkYQfgZxIs3HZ+RtxtD8LtiPgmi67oCIQCU
KFh4OdmZXtDD3ukL0DSVfMR5eaIOhNM30ZfMiLitLA==
-----END CERTIFICATE-----
"""


def fingerprint(dovecot: Dovecot) -> str:
    certificate = ssl.PEM_cert_to_DER_cert((dovecot.directory / "cert.pem").read_text())
    return "sha256:" + hashlib.sha256(certificate).hexdigest()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_certificates(store: Store, dovecot: Dovecot, tmp_path: Path, security: str) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    other_authority = tmp_path / "other.pem"
    other_authority.write_text(OTHER_AUTHORITY)

    async def attempt(**options: str) -> AccountReport:
        return await sync(store, config_for(port, "ada", security=security, **options))

    assert_clear(await attempt(), "certificate")
    assert_clear(await attempt(ca_file=str(other_authority)), "certificate")
    assert (await attempt(ca_file=str(dovecot.ca_file))).ok
    assert (await attempt(tls_fingerprint=fingerprint(dovecot))).ok
    wrong = await attempt(tls_fingerprint="sha256:" + "ab" * 32)
    assert_clear(wrong, "certificate", fingerprint(dovecot).removeprefix("sha256:"))
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    assert_clear(await attempt(ca_file=str(broken)), "broken.pem")


async def test_tls_on_a_plain_port_and_the_reverse(store: Store, dovecot: Dovecot, place: Place) -> None:
    ca_file = str(dovecot.ca_file)
    assert_clear(await sync(store, config_for(dovecot.port, "ada", security="tls", ca_file=ca_file)), "TLS")
    assert_clear(await sync(store, config_for(dovecot.tls_port, "ada")), HOST)
    # No STARTTLS where it is required: nothing is sent in the clear.
    with Proxy(place.port) as proxy:
        assert_clear(await sync(store, config_for(proxy.port, place.user, security="starttls")), "STARTTLS")
        assert not [line for line in proxy.sent if b"AUTHENTICATE" in line or b"LOGIN" in line]


MESSAGES: dict[str, bytes] = {
    "one line break": b"\r\n",
    "no header": b"\r\nOnly a body.\r\n",
    "no body": b"Subject: nothing more\r\n\r\n",
    "no final line break": b"Subject: cut\r\n\r\nThe end",
    "header only": b"Subject: no empty line",
    "8-bit header": "Subject: Größe \xff\r\nFrom: Žofie <z@example.org>\r\n\r\nText ü\r\n".encode("latin-1", "replace"),
    "utf-8 header": "Subject: Größe 日本語\r\nFrom: Žofie <z@example.org>\r\n\r\nText ü\r\n".encode(),
    "control characters": b"Subject: \x1b[31mred\x07\x01\r\nFrom: \x1b]0;x\x07 <a@b.example>\r\n\r\n\x1b[2J\r\n",
    "long line": b"Subject: " + b"long " * 20_000 + b"\r\n\r\n" + b"y" * 200_000 + b"\r\n",
    "many headers": b"".join(b"X-%d: v\r\n" % n for n in range(5000)) + b"Subject: many\r\n\r\n",
    "many addresses": b"To: " + b", ".join(b"p%d@example.org" % n for n in range(3000)) + b"\r\n\r\n.\r\n",
    "bad date": b"Date: Foo, 99 Bar 99999 99:99:99 +9999\r\nSubject: when\r\n\r\n",
    "ancient date": b"Date: Mon, 1 Jan 0001 00:00:00 +0000\r\nSubject: when\r\n\r\n",
    "nested parts": b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    + b"".join(b"--a\r\nContent-Type: multipart/mixed; boundary=a%d\r\n\r\n" % n for n in range(60)),
    "bare line feeds": b"Subject: bare\n\nbody\nbody\n",
    "message-id of bytes": b'Message-ID: <"quo\\"te" \xe4 {5}@example.org>\r\nSubject: id\r\n\r\n',
    "huge message-id": b"Message-ID: <" + b"m" * 5000 + b"@example.org>\r\nSubject: id\r\n\r\n",
}


def test_messages_of_every_make_arrive_and_move(mirror: Mirror, other: Other) -> None:
    for octets in MESSAGES.values():
        other.append("INBOX", octets)
    mirror.sync_ok()
    assert_same(mirror, other)
    ids = [message.id for message in mirror.messages()]
    from tuimail.store import changes

    target, junk = mirror.mailbox_id("Archive"), mirror.mailbox_id("Junk")
    mirror.write(lambda c: changes.copy(c, ids, junk, now=1))
    mirror.write(lambda c: changes.move(c, ids, target, now=1))
    mirror.sync_ok()
    assert mirror.queue() == []
    assert_same(mirror, other)
    assert len(mirror.messages("Archive")) == len(MESSAGES)


@pytest.mark.parametrize("place", ["everything", "bare"], indirect=True)
def test_a_message_with_nul_and_one_of_nothing(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    """What Dovecot itself does not store, put into its answers."""
    other.append("INBOX", b"Subject: zero\r\n\r\nNUL here: @.\r\n")
    other.append("INBOX", mail("other"))

    def rewrite(octets: bytes) -> bytes:
        octets = octets.replace(b"NUL here: @", b"NUL here: \0").replace(b"Subject: zero", b"Subject: \0ero")
        return octets.replace(b"{%d}\r\n%b" % (len(mail("other")), mail("other")), b"{0}\r\n")

    from tests.engine.proxy import Plan

    proxy.play(Plan(rewrite=rewrite))
    proxied.sync_ok()
    assert len(proxied.messages()) == 2
    assert proxied.octets_of(proxied.id_of("other")) == b""
    (zero,) = [message for message in proxied.messages() if message.envelope.subject != "other"]
    assert b"NUL here: \0." in (proxied.octets_of(zero.id) or b"")


KEYWORDS = [
    "$Forwarded",
    "$MDNSent",
    "NonJunk",
    "a",
    "x" * 50,
    "with.dot",
    "semi;colon",
    "a=b",
    "#hash",
    "~tilde",
    "[x",
]


@pytest.mark.parametrize("place", ["everything", "uidplus", "bare"], indirect=True)
def test_keywords_of_every_make(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", range(len(KEYWORDS) + 1))
    mirror.sync_ok()
    for number, keyword in enumerate(KEYWORDS):
        mirror.flag([number], add=[keyword])
    other.flag("INBOX", [len(KEYWORDS)], "+", " ".join(KEYWORDS))
    report = mirror.sync_ok()
    assert report.failed == 0
    assert_same(mirror, other)
    mirror.flag([len(KEYWORDS)], remove=KEYWORDS)
    mirror.sync_ok()
    assert_same(mirror, other)
    assert mirror.message(len(KEYWORDS)).flags.names() == []


def test_keywords_differing_in_case_only_are_one(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", [1], "Project")
    mirror.sync_ok()
    mirror.flag([1], add=["PROJECT", "\\Flagged"])
    mirror.sync_ok()
    assert_same(mirror, other)


NAMES = [
    'with "quotes"', "back\\slash", "Ümläute", "R&D", "&", "&-", "日本語/メール", "100%", "star*", "x" * 200,
    " leading", "trailing ",
    "two  spaces", "(paren)", "{5}", "{5+}", "[brackets]", "a.b.c", "inbox.sub", "Inbox2", "NIL",
    "emoji \U0001f600", "tilde~x", "comma, semicolon;", "'single'", "\xe9 and e\u0301",
]  # fmt: skip


@pytest.mark.parametrize("place", ["everything", "bare"], indirect=True)
def test_mailbox_names_of_every_make(mirror: Mirror, other: Other) -> None:
    for name in NAMES:
        other.create(name)
        other.append(name, mail(f"in {name.encode('ascii', 'backslashreplace').decode()[:40]}"))
    other.fill("INBOX", range(len(NAMES)))
    mirror.sync_ok()
    assert_same(mirror, other, with_deleted=False)
    assert set(NAMES) <= set(mirror.mailboxes())
    for number, name in enumerate(NAMES):
        mirror.move([number], name)
    assert mirror.sync_ok().failed == 0
    assert_same(mirror, other, with_deleted=False)
    assert {message.envelope.subject for message in mirror.messages("R&D")} == {"in R&D", str(NAMES.index("R&D"))}


def test_an_inbox_by_any_case(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    from tests.engine.proxy import Plan

    other.fill("INBOX", [1])
    proxy.play(
        Plan(
            rewrite=lambda octets: octets.replace(b'"/" INBOX', b'"/" Inbox').replace(b"STATUS INBOX", b"STATUS inbox")
        )
    )
    proxied.sync_ok()
    assert proxied.message(1).mailbox == "INBOX"
    proxy.play()
    proxied.sync_ok()
    assert_same(proxied, other)


def test_an_unusable_data_directory_is_told(place: Place, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a directory")
    mirror = place.mirror(tmp_path / "data")
    assert_clear(mirror.sync(), "data")
