"""The session against a scripted server: every verb, every way to fail."""

from __future__ import annotations

import base64
import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.dovecot import make_certificate
from tests.servers.fake_pop3 import (
    CAPABILITIES,
    HOST,
    PASSWORD,
    USER,
    FakePop3,
    Letter,
    Twist,
    cut,
    end_after,
    hang,
    instead,
    letter,
    refuse,
)
from tuimail.model.errors import (
    AuthError,
    ConfigError,
    ConnectionLost,
    ProtocolError,
    ServerRefused,
    TimedOut,
    TuimailError,
)
from tuimail.model.server import Credentials, Security
from tuimail.pop3 import client as pop3_client
from tuimail.pop3 import session as pop3_session
from tuimail.pop3.connect import CAPABILITIES_OCTETS
from tuimail.pop3.lifeline import Lifeline
from tuimail.pop3.session import Pop3Session, open_pop3, probe_pop3

TIMESTAMP = b"<1896.697170952@pop.example.org>"
HARD = [
    letter("dots", b".\r\n..\r\n.dot\r\nx\r\n.\r\n"),
    letter("eight bit", b"caf\xe9 \xff\x00 \x80\r\n"),
    letter("long", b"y" * 300_000 + b"\r\n"),
    Letter("uid-bare", b"no header, no break at all: " + b"\nlone feeds\n.\n\r\n"),
    Letter("uid-empty", b"\r\n"),
    Letter("uid-dot", b".\r\n"),
]


def entered(fake: FakePop3, secret: str = PASSWORD, *, is_token: bool = False, **options: object) -> Pop3Session:
    credentials = Credentials(USER, secret, is_token)
    return open_pop3(HOST, fake.port, Security.NONE, credentials, tls_context=None, timeout_s=10, **options)  # type: ignore[arg-type]


@pytest.fixture
def fake() -> Iterator[FakePop3]:
    with FakePop3(HARD) as running:
        yield running


@pytest.mark.parametrize("pipelining", [True, False])
def test_octets_arrive_as_they_were(pipelining: bool) -> None:
    names = [name for name in CAPABILITIES if pipelining or name != "PIPELINING"]
    with FakePop3(HARD, capabilities=names) as fake:
        session = entered(fake)
        sizes, uids = session.list_all()
        assert sizes == {number: len(one.octets) for number, one in enumerate(HARD, 1)}
        assert uids == {number: one.uid for number, one in enumerate(HARD, 1)}
        found = [(one.number, b"".join(one.pieces)) for one in session.retrieve_each(list(sizes))]
        assert found == [(number, one.octets) for number, one in enumerate(HARD, 1)]
        assert session.retrieve(2) == HARD[1].octets
        assert session.stat() == (len(HARD), sum(len(one.octets) for one in HARD))
        session.quit()


def test_pipelining_saves_round_trips() -> None:
    letters = [letter(number) for number in range(200)]
    trips = {}
    for names in (CAPABILITIES, tuple(name for name in CAPABILITIES if name != "PIPELINING")):
        with FakePop3(letters, capabilities=names) as fake:
            session = entered(fake)
            before = session.counters.round_trips
            assert sum(1 for one in session.retrieve_each(range(1, 201)) for _ in one.pieces) == 200
            trips[names] = session.counters.round_trips - before
            session.quit()
    assert list(trips.values()) == [1, 200]


def test_a_large_message_comes_in_pieces(fake: FakePop3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_session, "HELD_OCTETS", 1000)
    session = entered(fake)
    for one, sent in zip(session.retrieve_each(range(1, len(HARD) + 1)), HARD, strict=True):
        pieces = list(one.pieces)
        assert b"".join(pieces) == sent.octets
        if len(sent.octets) > 200_000:
            assert len(pieces) > 1
    session.quit()


def test_a_message_without_end_is_not_taken(fake: FakePop3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_session, "HELD_OCTETS", 10_000)
    monkeypatch.setattr(pop3_client, "MESSAGE_OCTETS", 20_000)
    monkeypatch.setattr(pop3_client, "_READ_OCTETS", 4096)
    session = entered(fake)
    with pytest.raises(ProtocolError, match="a message of more than 20,000 octets"):
        session.retrieve(3)


def test_pieces_that_nobody_took_are_passed_over(fake: FakePop3) -> None:
    session = entered(fake)
    assert [one.number for one in session.retrieve_each([1, 2, 3])] == [1, 2, 3]
    session.noop()
    session.quit()


def test_deleted_with_quit_alone(fake: FakePop3) -> None:
    session = entered(fake)
    session.delete(1)
    session.reset()
    assert session.delete_each([2, 3]) == {}
    assert len(fake.letters) == len(HARD)
    session.quit()
    assert [one.uid for one in fake.letters] == [HARD[0].uid, *(one.uid for one in HARD[3:])]


def test_nothing_is_deleted_by_close_or_abort(fake: FakePop3) -> None:
    for end in (Pop3Session.close, Pop3Session.abort):
        session = entered(fake)
        session.delete(1)
        end(session)
    assert len(fake.letters) == len(HARD)


def test_refusals_name_the_message() -> None:
    with FakePop3(HARD, twists=[refuse("(RETR|DELE|TOP) 2", "[SYS/PERM] it is \x1b[31mbroken")]) as fake:
        session = entered(fake)
        with pytest.raises(ServerRefused, match=r"refused to give out message 2: it is \?\[31mbroken") as raised:
            session.retrieve(2)
        assert raised.value.code == "SYS/PERM"
        found = {one.number: one.refused is None for one in session.retrieve_each([1, 2, 3])}
        assert found == {1: True, 2: False, 3: True}
        assert list(session.delete_each([1, 2, 3])) == [2]
        with pytest.raises(ServerRefused, match="header of message 2"):
            session.top(2)
        assert session.top(1).startswith(b"From: Ada Example")
        session.quit()


def test_a_refused_quit_is_told() -> None:
    with FakePop3(HARD, twists=[refuse("QUIT", "some deleted messages not removed")]) as fake:
        session = entered(fake)
        session.delete(1)
        with pytest.raises(ServerRefused, match="some deleted messages not removed"):
            session.quit()


@pytest.mark.parametrize(
    ("verb", "octets"),
    [
        ("LIST", b"+OK\r\n1 2\r\nx y\r\n.\r\n"),
        ("LIST", b"+OK\r\n1 2\r\n1 3\r\n.\r\n"),
        ("UIDL", b"+OK\r\n1 a\r\n1 b\r\n.\r\n"),
        ("UIDL", b"+OK\r\nnonsense\r\n.\r\n"),
        ("LIST", b"* LIST is IMAP\r\n"),
        ("STAT", b"+OK many\r\n"),
        ("LIST", b"+OK " + b"x" * 70_000 + b"\r\n"),
    ],
)
def test_nonsense_is_a_protocol_error(verb: str, octets: bytes) -> None:
    with FakePop3(HARD, twists=[instead(verb, octets)]) as fake:
        session = entered(fake)
        with pytest.raises(ProtocolError):
            session.stat() if verb == "STAT" else session.list_all()
        session.close()


def test_an_endless_listing_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_session, "LISTING_OCTETS", 10_000)
    with FakePop3(HARD, twists=[instead("UIDL", b"+OK\r\n" + b"1 a\r\n" * 10_000)]) as fake:
        session = entered(fake)
        with pytest.raises(ProtocolError, match="more than 10,000 octets"):
            session.list_all()
        session.close()


def test_uids_are_optional_and_may_be_empty() -> None:
    with FakePop3(HARD, capabilities=["TOP"]) as fake:
        session = entered(fake)
        assert session.list_all()[1] is None
        session.quit()
    with FakePop3(
        HARD, capabilities=None, twists=[instead("UIDL", b"+OK\r\n1 \r\n2  spaced \r\n3 %b\r\n.\r\n" % (b"x" * 2000))]
    ) as fake:
        session = entered(fake)
        assert session.list_uids() == {1: "", 2: "spaced", 3: ""}
        session.quit()


@pytest.mark.parametrize("command", ["CAPA", "USER", "PASS", "LIST", "UIDL", "RETR", "DELE", "QUIT"])
def test_a_connection_that_ends_is_told(command: str) -> None:
    def everything(server: FakePop3) -> None:
        session = entered(server)
        session.list_all()
        session.retrieve(3)
        session.delete(3)
        session.quit()

    with FakePop3(HARD, twists=[cut(command, after=5)]) as fake, pytest.raises(ConnectionLost, match="closed"):
        everything(fake)


def test_a_server_that_talks_on_and_on_does_not_hold_the_log_in_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_client, "ENTER_S", -1.0)
    with FakePop3() as fake, pytest.raises(TimedOut, match="did not get through with the log-in"):
        entered(fake)


def test_a_session_may_take_longer_than_its_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakePop3(HARD) as fake:
        session = entered(fake)
        later = SimpleNamespace(monotonic=lambda: time.monotonic() + 10 * pop3_client.ENTER_S)
        monkeypatch.setattr(pop3_client, "time", later)
        assert session.retrieve(1) == HARD[0].octets
        session.quit()


def test_more_messages_than_can_be_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_session, "MOST_MESSAGES", len(HARD) - 1)
    with FakePop3(HARD) as fake:
        session = entered(fake)
        with pytest.raises(ProtocolError, match="lists 6 messages, which is more than can be"):
            session.list_all()


def test_silence_ends() -> None:
    with FakePop3(HARD, twists=[hang("RETR 3", after=1000)]) as fake:
        session = open_pop3(
            HOST, fake.port, Security.NONE, Credentials(USER, PASSWORD), tls_context=None, timeout_s=0.2
        )
        with pytest.raises(TimedOut, match=r"has not answered for 0\.2 seconds"):
            session.retrieve(3)
        session.close()


def test_another_thread_can_end_it() -> None:
    with FakePop3(HARD, twists=[hang("RETR 3", after=1000)]) as fake:
        session = entered(fake)
        heard: list[TuimailError] = []

        def wait() -> None:
            try:
                session.retrieve(3)
            except TuimailError as error:
                heard.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        session.abort()
        thread.join(10)
        assert str(heard[0]) == "The connection was given up."
        session.close()


def test_what_was_given_up_before_is_not_begun(fake: FakePop3) -> None:
    lifeline = Lifeline()
    lifeline.cut()
    with pytest.raises(ConnectionLost):
        entered(fake, lifeline=lifeline)


def test_a_wrong_password_is_for_good(fake: FakePop3) -> None:
    with pytest.raises(AuthError, match="refused the log-in of ada: wrong user name or password") as raised:
        entered(fake, "a wrong one")
    assert "a wrong one" not in str(raised.value)


@pytest.mark.parametrize("words", ["[IN-USE] locked", "[LOGIN-DELAY] wait", "[SYS/TEMP] later", "maildrop is locked"])
def test_a_log_in_may_be_refused_for_now(words: str) -> None:
    with FakePop3(twists=[refuse("PASS", words)]) as fake, pytest.raises(ConnectionLost, match="now"):
        entered(fake)


@pytest.mark.parametrize(
    "words",
    [
        "[AUTH] maildrop busy",
        "[SYS/PERM] no",
        "account locked",
        "",
        "Authentication failed, please try again",
        "Invalid user name or password. Try again.",
        "mailbox temporarily locked: too many wrong passwords",
    ],
)
def test_other_refusals_of_a_log_in_are_for_good(words: str) -> None:
    with FakePop3(twists=[refuse("PASS", words)]) as fake, pytest.raises(AuthError):
        entered(fake)


@pytest.mark.parametrize("words", [f"wrong: {PASSWORD}", f"wrong: PASS {PASSWORD}", "[SYS/TEMP] not now: " + PASSWORD])
def test_a_server_that_repeats_the_password_is_not_quoted(words: str) -> None:
    with FakePop3(twists=[refuse("PASS", words)]) as fake, pytest.raises(TuimailError) as raised:
        entered(fake)
    assert PASSWORD not in str(raised.value)
    nonsense = instead("PASS", f"?? {PASSWORD}\r\n".encode())
    with FakePop3(twists=[nonsense]) as fake, pytest.raises(ProtocolError, match="did not answer the log-in") as caught:
        entered(fake)
    assert PASSWORD not in str(caught.value)


def test_capabilities_are_not_read_without_end() -> None:
    endless = b"+OK\r\n" + b"X\r\n" * (CAPABILITIES_OCTETS // 3 + 100_000) + b".\r\n"
    with FakePop3(twists=[instead("CAPA", endless)]) as fake, pytest.raises(ProtocolError, match="more than 65,536"):
        entered(fake)


def test_how_lines_end_is_not_taken_from_what_was_said_in_clear(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    trust = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    octets = b"Subject: x\r\n\r\none\n.\ntwo\r\n"
    in_clear = Twist("CAPA", lambda _answer: b"+OK\nSTLS\n.\n", times=1)
    capabilities = [*CAPABILITIES, "STLS"]
    with FakePop3(
        [Letter("a", octets)], capabilities=capabilities, greeting=b"+OK ready\n", starttls=tls, twists=[in_clear]
    ) as fake:
        credentials = Credentials(USER, PASSWORD)
        session = open_pop3("localhost", fake.port, Security.STARTTLS, credentials, tls_context=trust, timeout_s=5)
        assert session.retrieve(1) == octets
        session.quit()


def test_apop_is_preferred_in_clear_text() -> None:
    with FakePop3(HARD, greeting=b"+OK ready " + TIMESTAMP + b"\r\n") as fake:
        entered(fake).quit()
        assert fake.verbs()[:2] == ["CAPA", "APOP"]
        assert PASSWORD not in " ".join(fake.commands)


def test_apop_that_is_refused_is_followed_by_the_password() -> None:
    with FakePop3(HARD, greeting=b"+OK " + TIMESTAMP + b"\r\n", twists=[refuse("APOP", "unknown command")]) as fake:
        entered(fake).quit()
        assert fake.verbs()[:4] == ["CAPA", "APOP", "USER", "PASS"]


@pytest.mark.parametrize("malformed", [b"<no at sign>", b"<>", b"<a@b c>", b"<a\xff@example.org>", b"<@>"])
def test_a_malformed_timestamp_is_none(malformed: bytes) -> None:
    with FakePop3(HARD, greeting=b"+OK " + malformed + b"\r\n") as fake:
        entered(fake).quit()
        assert "APOP" not in fake.verbs()


def test_plain_is_preferred_to_user_and_pass() -> None:
    with FakePop3(HARD, capabilities=[*CAPABILITIES, "SASL PLAIN"], twists=[instead("AUTH", b"+OK\r\n")]) as fake:
        entered(fake).quit()
        assert fake.commands[1] == "AUTH PLAIN " + base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()


def test_a_long_password_follows_its_command() -> None:
    long = "p" * 300
    twists = [instead("^AUTH PLAIN$", b"+ \r\n"), instead("^[A-Za-z0-9+/=]{300,}$", b"+OK\r\n")]
    with FakePop3(capabilities=[*CAPABILITIES, "SASL PLAIN"], twists=twists) as fake:
        entered(fake, long).quit()
        assert base64.b64decode(fake.commands[2]) == f"\0{USER}\0{long}".encode()


@pytest.mark.parametrize(
    ("offered", "wanted"),
    [("XOAUTH2", b"user=ada\x01auth=Bearer token\x01\x01"), ("XOAUTH2 OAUTHBEARER", b"n,a=ada,\x01host=127.0.0.1")],
)
def test_tokens(offered: str, wanted: bytes) -> None:
    with FakePop3(capabilities=[*CAPABILITIES, f"SASL {offered}"], twists=[instead("AUTH", b"+OK\r\n")]) as fake:
        entered(fake, "token", is_token=True).quit()
        assert base64.b64decode(fake.commands[1].split()[2]).startswith(wanted)


def test_a_refused_token_says_why() -> None:
    challenge = base64.b64encode(b'{"status":"401","scope":"mail"}')
    twists = [instead("AUTH", b"+ " + challenge + b"\r\n"), instead("^$", b"-ERR no\r\n")]
    with (
        FakePop3(capabilities=["SASL XOAUTH2"], twists=twists) as fake,
        pytest.raises(AuthError, match="status 401, scope mail"),
    ):
        entered(fake, "token", is_token=True)


def test_a_token_needs_a_mechanism(fake: FakePop3) -> None:
    with pytest.raises(AuthError, match="takes no access tokens"):
        entered(fake, "token", is_token=True)


def test_line_breaks_do_not_get_into_commands(fake: FakePop3) -> None:
    with pytest.raises(AuthError, match="line break"):
        entered(fake, "secret\r\nDELE 1")
    assert fake.verbs() == ["CAPA"]


def test_without_capa_the_old_commands_are_tried() -> None:
    with FakePop3(HARD, capabilities=None) as fake:
        session = entered(fake)
        assert len(session.list_all()[1] or {}) == len(HARD)
        assert session.top(1)
        session.quit()
        assert fake.verbs() == ["CAPA", "USER", "PASS", "CAPA", "LIST", "UIDL", "TOP", "QUIT"]


def test_the_password_stays_on_this_machine(fake: FakePop3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.pop3.client.Pop3Client.peer_address", "192.0.2.1")
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1"):
        entered(fake)
    assert fake.commands == []
    entered(fake, allow_cleartext=True).quit()


def test_a_refused_connection_is_told() -> None:
    with FakePop3(greeting=b"-ERR too many of you\r\n") as fake, pytest.raises(ConnectionLost, match="too many of you"):
        entered(fake)


def test_another_protocol_is_told() -> None:
    with FakePop3(greeting=b"* OK IMAP4rev1\r\n") as fake, pytest.raises(ProtocolError, match="a POP3 server"):
        entered(fake)


def test_nobody_listens() -> None:
    with FakePop3() as fake:
        port = fake.port
    with pytest.raises(ConnectionLost, match="refused the connection"):
        open_pop3(HOST, port, Security.NONE, Credentials(USER, PASSWORD), tls_context=None)


def test_the_trace_has_no_secrets_and_no_content() -> None:
    lines: list[tuple[str, bytes]] = []
    names = [*CAPABILITIES, "SASL PLAIN"]
    for twists in ([], [refuse("AUTH")]):
        with FakePop3(HARD, capabilities=names if twists else CAPABILITIES, twists=twists) as fake:
            try:
                session = entered(fake, trace=lambda speaker, line: lines.append((speaker, line)))
            except AuthError:
                continue
            session.list_all()
            session.retrieve(1)
            session.quit()
    told = b"\n".join(line for _, line in lines)
    assert PASSWORD.encode() not in told
    assert base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()) not in told
    assert b"Ada Example" not in told
    assert ("C", b"PASS (secret)") in lines
    assert ("C", b"AUTH PLAIN (secret)") in lines
    assert ("C", b"RETR 1") in lines
    assert ("S", b"(%d octets)" % len(HARD[0].octets)) in lines


def test_a_probe_says_what_is_offered_and_logs_nobody_in() -> None:
    with FakePop3(greeting=b"+OK hello \x1b " + TIMESTAMP + b"\r\n") as fake:
        greeting = probe_pop3(HOST, fake.port, Security.NONE, None)
        assert greeting.has_apop
        assert greeting.text == f"hello ? {TIMESTAMP.decode()}"
        assert greeting.capabilities.has("PIPELINING")
        assert fake.verbs() == ["CAPA", "QUIT"]


WORDS = [b"+OK", b"-ERR", b" 1 2", b"\r\n", b".\r\n", b"\n", b"1 a\r\n", b"9" * 5000, b"+ ", b"[IN-USE]", b"\xff"]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=6)), max_size=12).map(b"".join))
def test_whatever_a_server_says_is_an_answer_or_an_error_of_ours(octets: bytes) -> None:
    def everything(server: FakePop3) -> None:
        session = entered(server)
        session.list_all()
        list(session.retrieve_each([1, 2]))
        session.delete_each([1, 2])
        session.quit()

    for pattern in ("CAPA", "PASS", "LIST", "RETR", "DELE"):
        with FakePop3(HARD, twists=[Twist(pattern, partial(end_after, octets), early=True)]) as fake:
            with contextlib.suppress(TuimailError):
                everything(fake)
            assert len(fake.letters) == len(HARD)


def test_a_host_that_is_none() -> None:
    with pytest.raises(ConnectionLost, match="not known"):
        open_pop3("x" * 70 + ".example", 110, Security.NONE, Credentials(USER, PASSWORD), tls_context=None)
