"""The session against Dovecot, and everything about TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.fake_pop3 import CAPABILITIES, HOST, PASSWORD, USER, FakePop3, letter
from tuimail.model.errors import AuthError, ConnectionLost, ProtocolError, ServerRefused
from tuimail.model.server import Credentials, Security
from tuimail.pop3.session import Pop3Session, open_pop3, probe_pop3

LETTERS = [letter(number, b"".join(b".%d\r\n" % line for line in range(number))).octets for number in range(40)]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(users={USER: PASSWORD, "bo": PASSWORD, "cy": PASSWORD}, pop3=True, tls=True) as running:
        running.fill(LETTERS, user=USER)
        yield running


def context_of(dovecot: Dovecot) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(dovecot.ca_file))


def entered(dovecot: Dovecot, security: Security, user: str = USER, password: str = PASSWORD) -> Pop3Session:
    port = dovecot.pops_port if security is Security.TLS else dovecot.pop3_port
    return open_pop3(HOST, port, security, Credentials(user, password), tls_context=context_of(dovecot))


@pytest.mark.parametrize("security", list(Security))
def test_everything_arrives_whatever_the_security(dovecot: Dovecot, security: Security) -> None:
    session = entered(dovecot, security)
    sizes, uids = session.list_all()
    assert list(sizes.values()) == [len(octets) for octets in LETTERS]
    assert len(set((uids or {}).values())) == len(LETTERS)
    assert [b"".join(one.pieces) for one in session.retrieve_each(list(sizes))] == LETTERS
    assert session.top(3, 1) == LETTERS[2][: LETTERS[2].index(b"\r\n\r\n") + 4] + b".0\r\n"
    session.noop()
    session.quit()


def test_unique_ids_stay_and_numbers_do_not(dovecot: Dovecot) -> None:
    dovecot.fill(LETTERS[:3], user="bo")
    session = entered(dovecot, Security.TLS, "bo")
    before = session.list_uids() or {}
    session.delete(1)
    session.quit()
    session = entered(dovecot, Security.TLS, "bo")
    assert session.list_uids() == {1: before[2], 2: before[3]}
    with pytest.raises(ServerRefused):
        session.retrieve(3)
    session.quit()


def test_a_wrong_password(dovecot: Dovecot) -> None:
    with pytest.raises(AuthError):
        entered(dovecot, Security.TLS, "cy", "wrong")


def test_an_authority_that_nobody_knows(dovecot: Dovecot) -> None:
    for port, security in ((dovecot.pops_port, Security.TLS), (dovecot.pop3_port, Security.STARTTLS)):
        with pytest.raises(ConnectionLost, match="not trusted"):
            probe_pop3(HOST, port, security, ssl.create_default_context())


def test_tls_where_there_is_none(dovecot: Dovecot) -> None:
    with pytest.raises(ConnectionLost, match="does not speak TLS from the start"):
        probe_pop3(HOST, dovecot.pop3_port, Security.TLS, context_of(dovecot))


def test_no_tls_where_there_is_nothing_else(dovecot: Dovecot) -> None:
    with pytest.raises(ConnectionLost, match=rf"Port {dovecot.pops_port} of {HOST} speaks TLS"):
        probe_pop3(HOST, dovecot.pops_port, Security.NONE, None, timeout_s=0.3)


def test_a_probe_sees_what_is_offered_inside_tls(dovecot: Dovecot) -> None:
    clear = probe_pop3(HOST, dovecot.pop3_port, Security.NONE, None)
    secure = probe_pop3(HOST, dovecot.pop3_port, Security.STARTTLS, context_of(dovecot))
    assert clear.capabilities.has("STLS")
    assert not secure.capabilities.has("STLS")
    assert "PLAIN" in secure.capabilities.mechanisms


def test_without_stls_no_password_is_sent() -> None:
    with FakePop3() as fake, pytest.raises(ConnectionLost, match="does not offer STLS"):
        open_pop3(HOST, fake.port, Security.STARTTLS, Credentials(USER, PASSWORD), tls_context=None)
    assert fake.verbs() == ["CAPA"]


def test_what_is_said_before_the_handshake_ends_the_connection() -> None:
    never = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with (
        FakePop3(capabilities=[*CAPABILITIES, "STLS"], starttls=never, after_stls=b"+OK\r\nUSER\r\n.\r\n") as fake,
        pytest.raises(ProtocolError, match="tampering"),
    ):
        open_pop3(HOST, fake.port, Security.STARTTLS, Credentials(USER, PASSWORD), tls_context=None)
    assert fake.verbs() == ["CAPA", "STLS"]


def test_capabilities_count_only_from_inside_tls(dovecot: Dovecot) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(dovecot.directory / "cert.pem", dovecot.directory / "key.pem")
    with FakePop3(capabilities=[*CAPABILITIES, "STLS"], starttls=context) as fake:
        open_pop3(
            HOST, fake.port, Security.STARTTLS, Credentials(USER, PASSWORD), tls_context=context_of(dovecot)
        ).quit()
        assert fake.verbs() == ["CAPA", "STLS", "CAPA", "USER", "PASS", "QUIT"]
