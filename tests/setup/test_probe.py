"""What servers offer, from what they say of themselves; nobody logs in."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot
from tuimail.config.schema import ImapServer, Pop3Server, Server, SmtpServer
from tuimail.model.errors import CertificateUntrusted, ConnectionLost, ProtocolError
from tuimail.model.server import Security
from tuimail.setup.discovery.probe import Offer, probe, protocol_of, ways_in
from tuimail.setup.discovery.provider import Way

PASSWORD, OAUTH2 = Way.PASSWORD, Way.OAUTH2


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(tls=True, pop3=True) as running:
        yield running


@pytest.fixture
def trust(dovecot: Dovecot) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(dovecot.ca_file))


@pytest.mark.parametrize(
    ("protocol", "capabilities", "ways"),
    [
        ("imap", ("IMAP4REV1",), (PASSWORD,)),
        ("imap", ("IMAP4REV1", "LOGINDISABLED"), ()),
        ("imap", ("IMAP4REV1", "LOGINDISABLED", "AUTH=PLAIN"), (PASSWORD,)),
        ("imap", ("IMAP4REV1", "LOGINDISABLED", "AUTH=XOAUTH2"), (OAUTH2,)),
        ("imap", ("IMAP4REV1", "AUTH=OAUTHBEARER"), (PASSWORD, OAUTH2)),
        ("pop3", (), (PASSWORD,)),
        ("pop3", ("TOP", "USER"), (PASSWORD,)),
        ("pop3", ("TOP", "SASL PLAIN XOAUTH2"), (PASSWORD, OAUTH2)),
        ("pop3", ("TOP", "SASL XOAUTH2"), (OAUTH2,)),
        ("pop3", ("TOP",), ()),
        ("smtp", ("PIPELINING", "AUTH PLAIN LOGIN"), (PASSWORD,)),
        ("smtp", ("AUTH XOAUTH2",), (OAUTH2,)),
        ("smtp", ("SIZE 100",), (PASSWORD,)),
    ],
)
def test_capabilities_decide_who_gets_in(protocol: str, capabilities: tuple[str, ...], ways: tuple[Way, ...]) -> None:
    assert ways_in(protocol, capabilities) == ways


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (Offer("", ("AUTH=XOAUTH2", "LOGINDISABLED"), (OAUTH2,)), "OAuth 2.0 only"),
        (Offer("", ("LOGINDISABLED",), ()), "LOGINDISABLED"),
        (Offer("", ("AUTH=GSSAPI",), ()), "no way to log in"),
        (Offer("", (), (PASSWORD,)), "^$"),
    ],
)
def test_why_a_password_is_of_no_use_is_said(offer: Offer, words: str) -> None:
    assert re.search(words, offer.why_no_password)


async def test_a_server_is_asked_over_each_protection(dovecot: Dovecot, trust: ssl.SSLContext) -> None:
    servers: list[Server] = [
        ImapServer(host="localhost", port=dovecot.tls_port),
        ImapServer(host="localhost", port=dovecot.port, security=Security.STARTTLS),
        Pop3Server(host="localhost", port=dovecot.pops_port),
        Pop3Server(host="localhost", port=dovecot.pop3_port, security=Security.STARTTLS),
    ]
    assert [protocol_of(server) for server in servers] == ["imap", "imap", "pop3", "pop3"]
    for server in servers:
        offer = await probe(server, trust)
        assert offer.ways == (PASSWORD,)
        assert offer.greeting


async def test_a_server_that_takes_no_password_in_clear_is_told() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n")
        heard.append(await reader.readline())
        writer.write(b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nC1 OK done\r\n")
        heard.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        offer = await probe(ImapServer(host="127.0.0.1", port=port, security=Security.NONE), None)
    assert offer.ways == ()
    assert "LOGINDISABLED" in offer.why_no_password
    assert heard[0] == b"C1 CAPABILITY\r\n"


async def test_a_certificate_that_nobody_vouches_for_is_told_apart(dovecot: Dovecot) -> None:
    with pytest.raises(CertificateUntrusted):
        await probe(ImapServer(host="localhost", port=dovecot.tls_port), ssl.create_default_context())


async def test_the_wrong_protocol_is_told(dovecot: Dovecot, trust: ssl.SSLContext) -> None:
    with pytest.raises(ProtocolError, match="greets with"):
        await probe(SmtpServer(host="localhost", port=dovecot.tls_port), trust)
    with pytest.raises(ConnectionLost, match="does not speak TLS"):
        await probe(ImapServer(host="localhost", port=dovecot.port), trust)
    assert not [line for line in dovecot.log().splitlines() if "auth failed" in line]
