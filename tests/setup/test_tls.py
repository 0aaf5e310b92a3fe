"""Whom a connection trusts: the system, a CA file, one pinned certificate; nobody else, and nothing before TLS 1.2."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.servers.certificates import LOOPBACK, Issued, authority, issue
from tests.servers.fake import HOST, Conversation, FakeServer, Step, cut, expect, hang, reply, send, start_tls
from tuimail.config.schema import ImapServer
from tuimail.model.errors import (
    CertificateChanged,
    CertificateUntrusted,
    ConfigError,
    ConnectionLost,
    ProtocolError,
    TimedOut,
    TuimailError,
)
from tuimail.model.server import Protocol, Security, is_loopback_address
from tuimail.setup.certificates import ServerCertificate, fetch_certificate, read_certificate
from tuimail.setup.tls import tls_context


def server(**settings: Any) -> ImapServer:
    return ImapServer(host="localhost", **settings)


def good() -> Issued:
    return issue("Mail", authority(), hosts=LOOPBACK)


def pin_of(issued: Issued) -> str:
    return "sha256:" + hashlib.sha256(issued.der).hexdigest()


async def shake(fake: FakeServer, context: ssl.SSLContext, host: str = "localhost") -> bytes:
    """A handshake by asyncio, a word to the server, and its answer."""
    reader, writer = await asyncio.open_connection(HOST, fake.port, ssl=context, server_hostname=host)
    writer.write(b"1 HELLO\r\n")
    answer = await reader.readline()
    writer.transport.abort()
    return answer


async def shake_blocking(fake: FakeServer, context: ssl.SSLContext, host: str = "localhost") -> bytes:
    """The same over a blocking socket, as poplib has it."""

    def run() -> bytes:
        with (
            socket.create_connection((HOST, fake.port), 10) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            secured.sendall(b"1 HELLO\r\n")
            return secured.recv(100)

    return await asyncio.to_thread(run)


HELLO = [expect("HELLO"), reply("OK")]
WAYS = [shake, shake_blocking]


@pytest.mark.parametrize("way", WAYS)
async def test_an_authority_of_ones_own(tmp_path: Path, way: Any) -> None:
    context = tls_context(server(ca_file=str(authority().write(tmp_path / "ca.pem"))))
    async with FakeServer(HELLO, HELLO, tls=good().server_context(tmp_path)) as fake:
        assert await way(fake, context) == b"1 OK\r\n"
        with pytest.raises(ssl.SSLCertVerificationError, match=r"[Hh]ostname"):
            await way(fake, context, "elsewhere.example")


@pytest.mark.parametrize("way", WAYS)
async def test_the_system_s_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Any) -> None:
    async with FakeServer(HELLO, HELLO, tls=good().server_context(tmp_path)) as fake:
        with pytest.raises(ssl.SSLCertVerificationError):
            await way(fake, tls_context(server()))
        monkeypatch.setenv("SSL_CERT_FILE", str(authority().write(tmp_path / "system.pem")))
        assert await way(fake, tls_context(server())) == b"1 OK\r\n"
        with pytest.raises(ssl.SSLCertVerificationError):
            await way(fake, tls_context(server()), "elsewhere.example")


@pytest.mark.parametrize("way", WAYS)
async def test_a_pinned_certificate_is_the_only_one(tmp_path: Path, way: Any) -> None:
    pinned = issue("Router", hosts=("router.example",), days=(-60, -30))
    context = tls_context(server(tls_fingerprint=pin_of(pinned)))
    async with FakeServer(HELLO, tls=pinned.server_context(tmp_path)) as fake:
        assert await way(fake, context) == b"1 OK\r\n"
    async with FakeServer(HELLO, HELLO, tls=good().server_context(tmp_path)) as fake:
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            await way(fake, context)
        assert isinstance(caught.value.__cause__, CertificateChanged)
        assert pin_of(pinned) in str(caught.value.__cause__)
        assert "account trust" in str(caught.value.__cause__)
        assert fake.commands == []


async def test_a_certificate_in_the_middle_or_the_server_s_own_may_be_named(tmp_path: Path) -> None:
    middle = issue("Middle", authority(), is_authority=True)
    leaf = issue("Mail", middle, hosts=LOOPBACK)
    itself = issue("Router", hosts=LOOPBACK)
    for named, shown in ((middle, leaf), (itself, itself)):
        context = tls_context(server(ca_file=str(named.write(tmp_path / "named.pem"))))
        async with FakeServer(HELLO, tls=shown.server_context(tmp_path)) as fake:
            assert await shake(fake, context) == b"1 OK\r\n"


def test_contexts_ask_for_tls_1_2_and_names(tmp_path: Path) -> None:
    ca_file = str(authority().write(tmp_path / "ca.pem"))
    for settings in ({}, {"ca_file": ca_file}, {"tls_fingerprint": "sha256:" + "ab" * 32}):
        assert tls_context(server(**settings)).minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls_context(server(ca_file=ca_file)).check_hostname
    assert tls_context(server()).check_hostname
    assert tls_context(server()).verify_mode is ssl.CERT_REQUIRED
    (tmp_path / "empty.pem").write_text("nothing here")
    with pytest.raises(ConfigError, match=r"empty\.pem cannot be used"):
        tls_context(server(ca_file=str(tmp_path / "empty.pem")))


async def test_tls_1_1_is_refused_in_plain_words(tmp_path: Path) -> None:
    old = good().server_context(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_server((HOST, 0)) as listener:
        shaking = asyncio.to_thread(_shake_in_vain, listener, old)
        asking = fetch_certificate("localhost", listener.getsockname()[1], Security.TLS, Protocol.IMAP)
        _, error = await asyncio.gather(shaking, asking, return_exceptions=True)
    assert isinstance(error, ConnectionLost)
    assert "tuimail speaks TLS 1.2 and newer" in str(error)


def _shake_in_vain(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Blocking: OpenSSL then tells the other side why."""
    plain, _ = listener.accept()
    with plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_side=True)


async def fetched(
    issued: Issued, directory: Path, host: str = "localhost", *, trusting: Issued | None = None
) -> ServerCertificate:
    context = None
    if trusting is not None:
        context = tls_context(server(ca_file=str(trusting.write(directory / "trusted.pem"))))
    async with FakeServer([hang()], [hang()], tls=issued.server_context(directory)) as fake:
        found = await fetch_certificate(host, fake.port, Security.TLS, Protocol.IMAP, context=context)
        assert fake.commands == []
    return found


@pytest.mark.parametrize(
    ("made", "trusting", "words"),
    [
        ("self-signed", None, "it is self-signed"),
        ("unknown", None, "does not know the authority"),
        ("expired", "authority", "it has expired"),
        ("early", "authority", "it is not valid yet"),
        ("elsewhere", "authority", "it is for another host than localhost"),
        ("good", "authority", ""),
    ],
)
async def test_what_is_wrong_with_a_certificate(tmp_path: Path, made: str, trusting: str | None, words: str) -> None:
    issued = {
        "self-signed": lambda: issue("Router", hosts=LOOPBACK),
        "unknown": good,
        "expired": lambda: issue("Old", authority(), hosts=LOOPBACK, days=(-60, -30)),
        "early": lambda: issue("Early", authority(), hosts=LOOPBACK, days=(30, 60)),
        "elsewhere": lambda: issue("Else", authority(), hosts=("mail.elsewhere.example",)),
        "good": good,
    }[made]()
    found = await fetched(issued, tmp_path, trusting=authority() if trusting else None)
    assert found.trusted == (words == "")
    assert words in found.problem
    assert found.problem.isprintable()
    assert found.der == issued.der
    assert found.fingerprint == pin_of(issued)
    assert found.subject == f"CN={issued.certificate.subject.rfc4514_string().removeprefix('CN=')}"
    assert found.names == (("mail.elsewhere.example",) if made == "elsewhere" else LOOPBACK)
    assert (found.not_after - found.not_before).days > 20


def upgrade(protocol: str, context: ssl.SSLContext) -> list[Step]:
    """What a server of each kind says up to the handshake."""
    scripts = {
        "imap": [send("* OK ready"), expect("^T1 STARTTLS\r\n$"), reply("OK go")],
        "pop3": [send("+OK ready"), expect("^STLS\r\n$"), send("+OK go")],
        "smtp": [send("220-mail\r\n220 ready"), expect("^EHLO "), send("250-mail\r\n250 STARTTLS"),
                 expect("^STARTTLS\r\n$"), send("220 go")],
    }  # fmt: skip
    return [*scripts[protocol], start_tls(context), hang()]


@pytest.mark.parametrize("protocol", ["imap", "pop3", "smtp"])
async def test_starttls_of_every_protocol(tmp_path: Path, protocol: str) -> None:
    issued = good()
    script = upgrade(protocol, issued.server_context(tmp_path))
    async with FakeServer(script, script) as fake:
        found = await fetch_certificate("localhost", fake.port, Security.STARTTLS, protocol)
        assert (found.der, found.trusted) == (issued.der, False)


def push(octets: bytes) -> Step:
    async def step(conversation: Conversation) -> None:
        conversation.writer.write(octets.replace(b"TAG", conversation.tag.encode()))

    return step


@pytest.mark.parametrize(
    ("protocol", "script", "error", "words"),
    [
        ("imap", [send("* OK hi"), expect("STARTTLS"), push(b"TAG OK go\r\n* OK me\r\n")], ProtocolError, "tampering"),
        ("pop3", [send("+OK hi"), expect("STLS"), push(b"+OK go\r\n+OK me\r\n")], ProtocolError, "tampering"),
        ("smtp", [send("220 hi"), expect("EHLO"), send("250 mail"), expect("STARTTLS"), push(b"220 go\r\n250 me\r\n")],
         ProtocolError, "tampering"),
        ("imap", [send("* PREAUTH hi")], ProtocolError, "skipped the log-in"),
        ("imap", [send("* OK hi"), expect("STARTTLS"), reply("BAD what")], ConnectionLost, "does not offer STARTTLS"),
        ("pop3", [send("+OK hi"), expect("STLS"), send("-ERR no")], ConnectionLost, "does not offer STLS"),
        ("imap", [send("* BYE full"), cut()], ConnectionLost, "turned the connection away"),
        ("imap", [send("SSH-2.0-OpenSSH_9.2")], ProtocolError, "not an IMAP server"),
        ("pop3", [send("* OK IMAP")], ProtocolError, "not a POP3 server"),
        ("smtp", [send("554 no"), cut()], ConnectionLost, "turned the connection away"),
        ("imap", [cut()], ConnectionLost, "closed the connection"),
        ("imap", [send(b"x" * 40_000)], ProtocolError, "more than"),
        ("imap", [send("* OK hi"), expect("STARTTLS"), push(b"* more\r\n" * 300)], ProtocolError, "without end"),
        ("imap", [send("* OK hi"), expect("STARTTLS"), reply("OK"), cut()], ConnectionLost, "closed the connection"),
    ],
)  # fmt: skip
async def test_beginnings_that_end_at_once(
    protocol: str, script: list[Step], error: type[TuimailError], words: str
) -> None:
    async with FakeServer(script) as fake:
        with pytest.raises(error, match=words) as caught:
            await fetch_certificate("localhost", fake.port, Security.STARTTLS, protocol)
        assert type(caught.value) is error
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("harm", ["version", "cut", "none"])
def test_a_certificate_that_cannot_be_read_is_said_in_words(harm: str) -> None:
    der = good().der
    # Version 3 is written as 2 (RFC 5280, section 4.1.2.1).
    version = b"\xa0\x03\x02\x01\x02"
    assert version in der
    harmed = {"version": der.replace(version, version[:-1] + b"\x2a"), "cut": der[:-9], "none": b""}[harm]
    with pytest.raises(ProtocolError, match="certificate cannot be read"):
        read_certificate(harmed)


async def test_ways_that_lead_nowhere() -> None:
    async with FakeServer([hang()], [hang()]) as fake:
        with pytest.raises(TimedOut, match=r"did not answer within 0\.2 seconds"):
            await fetch_certificate(HOST, fake.port, Security.STARTTLS, "imap", timeout_s=0.2)
        port = fake.port
    with pytest.raises(ConnectionLost, match=f"{HOST}:{port} refused the connection"):
        await fetch_certificate(HOST, port, Security.TLS, "imap")
    for host in ("no-such-host.invalid", "a..b", "x" * 70 + ".example"):
        with pytest.raises(ConnectionLost, match="is not known"):
            await fetch_certificate(host, 993, Security.TLS, "imap")
    async with FakeServer([send("* OK plain")]) as fake:
        with pytest.raises(ConnectionLost, match="does not speak TLS from the start"):
            await fetch_certificate(HOST, fake.port, Security.TLS, "imap")


def test_errors_have_a_kind_of_their_own() -> None:
    assert issubclass(CertificateUntrusted, ConnectionLost)
    assert not issubclass(CertificateChanged, ConnectionLost)


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::1%lo", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.0.2.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_which_addresses_are_this_machine(address: str, is_here: bool) -> None:
    assert is_loopback_address(address) == is_here
