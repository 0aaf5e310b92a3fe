"""What keeps passwords off a wire that others can read or write to: STARTTLS, certificates, clear text."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.servers.certificates import LOOPBACK, authority, issue
from tests.servers.fake import HOST, Conversation, FakeServer, Step, cut, expect, greet, reply, send, start_tls
from tuimail.imap.session import ImapSession, Timeouts, open_session
from tuimail.model.errors import CertificateChanged, CertificateUntrusted, ConfigError, ConnectionLost, ProtocolError
from tuimail.model.server import Credentials, Security

LOGIN = Credentials("ada", "s3cret")
QUICK = Timeouts(connect_s=5, silence_s=5)


@pytest.fixture
def trusted(tmp_path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority().write(tmp_path / "ca.pem"))
    return context


@pytest.fixture
def shown(tmp_path: Path) -> ssl.SSLContext:
    return issue("Mail", authority(), hosts=LOOPBACK).server_context(tmp_path)


async def connect(
    fake: FakeServer, security: Security, context: ssl.SSLContext | None, host: str = HOST, *, allow: bool = False
) -> ImapSession:
    return await open_session(
        host, fake.port, security, LOGIN, tls_context=context, timeouts=QUICK, allow_cleartext=allow
    )


async def test_what_was_said_before_starttls_counts_for_nothing(trusted: ssl.SSLContext, shown: ssl.SSLContext) -> None:
    lies = [
        *greet("STARTTLS", "AUTH=PLAIN", "QRESYNC"),
        expect("STARTTLS"),
        send("* ENABLED QRESYNC"),
        send("* CAPABILITY IMAP4rev1 QRESYNC"),
        reply("OK [CAPABILITY IMAP4rev1 MOVE] go"),
        start_tls(shown),
    ]
    truth = [
        expect("CAPABILITY"),
        send("* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN"),
        reply("OK"),
        expect("AUTHENTICATE PLAIN\r\n"),
        send("+ "),
        expect("AGFkYQBzM2NyZXQ="),
    ]

    async with FakeServer([*lies, *truth, _reply_to_authenticate(), expect("CAPABILITY"), *_idle()]) as fake:
        session = await connect(fake, Security.STARTTLS, trusted)
        assert sorted(session.capabilities_offered) == ["IDLE", "IMAP4REV1"]
        assert session.enabled == frozenset()
        session.abort()


def _reply_to_authenticate() -> Step:
    async def step(conversation: Conversation) -> None:
        tag = conversation.commands[-2].split(b" ")[0].decode()
        conversation.writer.write(f"{tag} OK in\r\n".encode())

    return step


def _idle() -> list[Step]:
    return [send("* CAPABILITY IMAP4rev1 IDLE"), reply("OK")]


async def test_a_greeting_without_starttls_in_it_is_asked_again_and_not_believed_blindly() -> None:
    asked = [send("* OK hello"), expect("CAPABILITY"), send("* CAPABILITY IMAP4rev1 AUTH=PLAIN"), reply("OK")]
    async with FakeServer(asked) as fake:
        with pytest.raises(ConnectionLost, match="does not offer STARTTLS"):
            await connect(fake, Security.STARTTLS, None)
        assert not [line for line in fake.commands if b"LOGIN" in line or b"AUTHENTICATE" in line]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("unknown", "does not know the authority"),
        ("self-signed", "it is self-signed"),
        ("expired", "it has expired"),
        ("elsewhere", "another host than localhost"),
    ],
)
async def test_a_certificate_that_is_not_trusted_gets_a_sentence(
    tmp_path: Path, trusted: ssl.SSLContext, security: Security, case: str, words: str
) -> None:
    issued = {
        "unknown": lambda: issue("Mail", issue("Nobody", is_authority=True), hosts=LOOPBACK),
        "self-signed": lambda: issue("Mail", hosts=LOOPBACK),
        "expired": lambda: issue("Mail", authority(), hosts=LOOPBACK, days=(-9, -2)),
        "elsewhere": lambda: issue("Mail", authority(), hosts=("mail.example",)),
    }[case]()
    context = issued.server_context(tmp_path)
    if security is Security.TLS:
        fake = FakeServer([cut()], tls=context)
    else:
        fake = FakeServer([*greet("STARTTLS"), expect("STARTTLS"), reply("OK"), start_tls(context)])
    async with fake:
        with pytest.raises(CertificateUntrusted, match=words) as caught:
            await connect(fake, security, trusted, "localhost")
        assert "account trust" in str(caught.value)
        assert not [line for line in fake.commands if b"STARTTLS" not in line]


async def test_a_context_that_has_its_own_reason_is_heard(tmp_path: Path, shown: ssl.SSLContext) -> None:
    reason = CertificateChanged("The certificate has changed.", hint="Ask.")

    class Wary(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            raise ssl.SSLCertVerificationError(1, "no") from reason

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.sslobject_class = Wary
    async with FakeServer([cut()], tls=shown) as fake:
        with pytest.raises(CertificateChanged) as caught:
            await connect(fake, Security.TLS, context)
        assert caught.value is reason
        assert fake.commands == []


async def test_no_password_leaves_this_machine_in_clear_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.imap.connect.is_loopback_address", lambda _address: False)
    logged_in = [*greet(), expect("LOGIN"), reply("OK [CAPABILITY IMAP4rev1] in")]
    async with FakeServer(greet(), logged_in) as fake:
        with pytest.raises(ConfigError, match=r"localhost is 127\.0\.0\.1, which is not this machine") as caught:
            await connect(fake, Security.NONE, None, "localhost")
        assert "allow_cleartext" in str(caught.value)
        assert fake.commands == []
        session = await connect(fake, Security.NONE, None, "localhost", allow=True)
        session.abort()
        assert len(fake.commands) == 1


async def test_octets_in_front_of_the_handshake_end_the_connection_in_every_form() -> None:
    for more in (b"* OK me\r\n", b"x", b"\r\n", b"\x16\x03\x01"):

        def push(octets: bytes = more) -> Step:
            async def step(conversation: Conversation) -> None:
                conversation.writer.write(f"{conversation.tag} OK go\r\n".encode() + octets)

            return step

        async with FakeServer([*greet("STARTTLS"), expect("STARTTLS"), push()]) as fake:
            with pytest.raises(ProtocolError, match="in clear after STARTTLS"):
                await connect(fake, Security.STARTTLS, None)
            assert len(fake.commands) == 1


async def test_a_host_that_is_no_name() -> None:
    with pytest.raises(ConnectionLost, match="it is no host name"):
        await open_session("a..b", 993, Security.TLS, LOGIN, tls_context=None, timeouts=QUICK)
