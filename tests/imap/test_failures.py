"""What real servers will not do on demand: cut, hang, refuse, lie. Played by the scripted server."""

from __future__ import annotations

import asyncio
import logging
import ssl

import pytest

from tests.servers.fake import (
    HOST,
    Conversation,
    FakeServer,
    Step,
    cut,
    expect,
    greet,
    hang,
    logged_in,
    reply,
    send,
    wait_for,
)
from tuimail.imap import connect as connect_module
from tuimail.imap.responses import Alert, Bye, Closed, Event, Expunged, FetchRow, FlagsChanged, MailboxStatus
from tuimail.imap.results import FetchItems, KnownState
from tuimail.imap.session import ImapSession, Timeouts, open_session
from tuimail.imap.tokens import Limits
from tuimail.model.errors import (
    AuthError,
    ConfigError,
    ConnectionLost,
    ProtocolError,
    ServerRefused,
    StoreError,
    TimedOut,
)
from tuimail.model.flags import Flags
from tuimail.model.server import Credentials, Security
from tuimail.model.uid_set import UidSet

LOGIN = Credentials("ada", "s3cret")
QUICK = Timeouts(connect_s=0.3, silence_s=0.2)
SELECTED = [expect("SELECT"), send("* 3 EXISTS"), send("* OK [UIDVALIDITY 7] ok"), reply("OK [READ-WRITE] selected")]


async def connect(
    fake: FakeServer,
    *,
    security: Security = Security.NONE,
    timeouts: Timeouts = QUICK,
    events: list[Event] | None = None,
    limits: Limits | None = None,
) -> ImapSession:
    return await open_session(
        HOST,
        fake.port,
        security,
        LOGIN,
        tls_context=ssl.create_default_context(),
        timeouts=timeouts,
        limits=limits or Limits(),
        on_event=None if events is None else events.append,
    )


async def rows_of(session: ImapSession, uids: str = "1:*") -> list[FetchRow]:
    return [row async for batch in session.fetch(uids, FetchItems.FLAGS) for row in batch]


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        (
            [send("* BYE too many connections"), cut()],
            ConnectionLost,
            "turned the connection away: too many connections",
        ),
        ([send("* NO go away"), cut()], ConnectionLost, "turned the connection away"),
        ([send("SSH-2.0-OpenSSH_9.2")], ProtocolError, "not IMAP.* is 127.0.0.1:.* an IMAP server"),
        ([send("* BYE \x1b]0;x\x07" + "y" * 500), cut()], ConnectionLost, "turned the connection away: ]0;x y+"),
        ([cut()], ConnectionLost, "closed the connection before its greeting"),
        ([hang()], TimedOut, "sent no greeting"),
        ([*greet(), expect("LOGIN"), hang()], TimedOut, "did not answer the log-in"),
        ([*greet(), expect("LOGIN"), cut()], ConnectionLost, "during the log-in"),
        ([*greet(), expect("LOGIN"), send("* BYE later"), cut()], ConnectionLost, "during the log-in: later"),
        ([*greet(), expect("LOGIN"), reply("NO wrong")], AuthError, "refused the log-in of ada: wrong"),
        ([*greet(), expect("LOGIN"), reply("NO [UNAVAILABLE] busy")], ConnectionLost, "cannot take the log-in now"),
        ([*greet("LOGINDISABLED")], AuthError, "allows no log-in by password"),
        ([send("* OK hi"), expect("CAPABILITY"), reply("BAD what?")], ServerRefused, "tell its capabilities"),
    ],
)
async def test_bad_beginnings(script: list[Step], error: type[Exception], words: str) -> None:
    async with FakeServer(script) as fake:
        with pytest.raises(error, match=words) as caught:
            await connect(fake)
        assert type(caught.value) is error
        assert "s3cret" not in str(caught.value)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 500


async def test_a_server_that_talks_on_and_on_does_not_hold_the_log_in_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def chatter(conversation: Conversation) -> None:
        while not conversation.writer.is_closing():
            conversation.writer.write(b"* OK wait\r\n" * 10)
            await conversation.writer.drain()
            await asyncio.sleep(0.01)

    monkeypatch.setattr(connect_module, "ENTER_S", 0.2)
    async with FakeServer([*greet(), expect("LOGIN"), chatter]) as fake:
        with pytest.raises(TimedOut, match="did not get through with the log-in"):
            await connect(fake)


async def test_an_unknown_host() -> None:
    with pytest.raises(ConnectionLost, match=r"host no-such-host\.invalid is not known"):
        await open_session("no-such-host.invalid", 993, Security.NONE, LOGIN, tls_context=None, timeouts=QUICK)


@pytest.mark.parametrize("host", ["a..b", "a\0b", "x" * 70 + ".test"])
async def test_what_is_no_host_name(host: str) -> None:
    with pytest.raises(ConnectionLost, match="is not known"):
        await open_session(host, 993, Security.NONE, LOGIN, tls_context=None, timeouts=QUICK)


async def test_a_refused_port() -> None:
    async with FakeServer([]) as fake:
        port = fake.port
    with pytest.raises(ConnectionLost, match=f"{port} refused the connection"):
        await open_session(HOST, port, Security.TLS, LOGIN, tls_context=None, timeouts=QUICK)


async def test_no_starttls_means_no_password() -> None:
    async with FakeServer(greet("AUTH=PLAIN")) as fake:
        with pytest.raises(ConnectionLost, match="does not offer STARTTLS"):
            await connect(fake, security=Security.STARTTLS)
        assert fake.commands == []


async def test_octets_after_starttls_are_an_attack() -> None:
    async with FakeServer([*greet("STARTTLS"), expect("STARTTLS"), _reply_and_more()]) as fake:
        with pytest.raises(ProtocolError, match="sent data in clear after STARTTLS"):
            await connect(fake, security=Security.STARTTLS)
        assert len(fake.commands) == 1


def _reply_and_more() -> Step:
    async def step(conversation: Conversation) -> None:
        tag = conversation.tag
        conversation.writer.write(f"{tag} OK go\r\n* OK injected\r\n".encode())

    return step


async def test_starttls_refused() -> None:
    async with FakeServer([*greet("STARTTLS"), expect("STARTTLS"), reply("NO not today")]) as fake:
        with pytest.raises(ServerRefused, match="refused to start TLS"):
            await connect(fake, security=Security.STARTTLS)


async def test_preauth_before_tls_is_an_attack() -> None:
    async with FakeServer([send("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello")]) as fake:
        with pytest.raises(ConnectionLost, match="skipped the log-in before TLS"):
            await connect(fake, security=Security.STARTTLS)
        assert fake.commands == []


async def test_preauth_without_tls_skips_the_log_in() -> None:
    script = [send("* PREAUTH hi"), expect("CAPABILITY"), send("* CAPABILITY IMAP4rev1 IDLE"), reply("OK")]
    async with FakeServer(script) as fake:
        session = await connect(fake)
        assert session.capabilities.has("idle")
        session.abort()


async def test_authenticate_without_initial_response() -> None:
    script = [*greet("AUTH=PLAIN"), expect("AUTHENTICATE PLAIN\r\n"), send("+ "), expect("AGFkYQBzM2NyZXQ=")]
    tagged = [_tagged_by_first("OK [CAPABILITY IMAP4rev1] in")]
    async with FakeServer([*script, *tagged]) as fake:
        session = await connect(fake)
        session.abort()
        assert len(fake.commands) == 2


def _tagged_by_first(text: str) -> Step:
    async def step(conversation: Conversation) -> None:
        tag = conversation.commands[0].split(b" ")[0].decode()
        conversation.writer.write(f"{tag} {text}\r\n".encode())

    return step


async def test_authenticate_that_is_not_understood_falls_back_to_login() -> None:
    script = [*greet("AUTH=PLAIN", "SASL-IR"), expect("AUTHENTICATE PLAIN AGFkYQBzM2NyZXQ="), reply("BAD eh")]
    async with FakeServer([*script, expect('LOGIN "ada" "s3cret"'), reply("OK [CAPABILITY IMAP4rev1] in")]) as fake:
        session = await connect(fake)
        session.abort()


async def test_a_cut_in_the_middle_of_a_literal_tells_everyone_at_once() -> None:
    script = [*logged_in(), *SELECTED, expect("FETCH"), send(b"* 1 FETCH (UID 1 BODY[] {100}\r\nabc"), cut()]
    events: list[Event] = []
    async with FakeServer(script) as fake:
        session = await connect(fake, events=events, timeouts=Timeouts())
        await session.select("INBOX")
        fetch = session.fetch_bodies(UidSet.of([1]))
        results = await asyncio.gather(
            anext(fetch), session.noop(), session.search_uids(), session.closed, return_exceptions=True
        )
        assert [type(result) for result in results] == [ConnectionLost] * 4
        assert len({id(result) for result in results}) == 4
        assert isinstance(events[-1], Closed)
        with pytest.raises(ConnectionLost):
            await session.noop()
        with pytest.raises(ConnectionLost):
            await rows_of(session)


async def test_rows_before_a_cut_are_handed_over_and_then_the_error() -> None:
    script = [*logged_in(), *SELECTED, expect("FETCH"), send("* 1 FETCH (UID 4 FLAGS (\\Seen))"), cut()]
    async with FakeServer(script) as fake:
        session = await connect(fake)
        await session.select("INBOX")
        fetch = session.fetch("1:*", FetchItems.FLAGS)
        assert [row.uid for row in await anext(fetch)] == [4]
        with pytest.raises(ConnectionLost):
            await anext(fetch)


async def test_a_refused_fetch_does_not_end_normally() -> None:
    refused = [expect("FETCH"), send("* 1 FETCH (UID 4 FLAGS ())"), reply("NO [EXPUNGEISSUED] some are gone")]
    async with FakeServer([*logged_in(), *SELECTED, *refused, expect("NOOP"), reply("OK")]) as fake:
        session = await connect(fake)
        await session.select("INBOX")
        with pytest.raises(ServerRefused, match="some are gone") as caught:
            await rows_of(session)
        assert (caught.value.kind, caught.value.code) == ("NO", "EXPUNGEISSUED")
        await session.noop()
        session.abort()


async def test_silence_ends_the_connection() -> None:
    async with FakeServer([*logged_in(), expect("NOOP"), hang()]) as fake:
        session = await connect(fake)
        with pytest.raises(TimedOut, match=r"did not answer for 0\.2 seconds"):
            await session.noop()
        assert isinstance(await session.closed, TimedOut)


async def test_a_slow_server_is_not_silent() -> None:
    async with FakeServer(
        [*logged_in(), *SELECTED, expect("FETCH"), send("* 1 FETCH (UID 4 FLAGS ())", slowly=True), reply("OK")]
    ) as fake:
        session = await connect(fake)
        await session.select("INBOX")
        assert [row.uid for row in await rows_of(session)] == [4]
        session.abort()


async def test_nothing_to_wait_for_is_no_silence() -> None:
    event = asyncio.Event()
    async with FakeServer([*logged_in("IDLE"), *SELECTED, expect("IDLE"), send("+ ok"), wait_for(event)]) as fake:
        session = await connect(fake, timeouts=Timeouts(silence_s=0.05))
        await session.select("INBOX")
        async with session.idle():
            await asyncio.wait({session.closed}, timeout=0.2)
            assert not session.closed.done()
            session.abort()
        event.set()


async def test_bye_during_idle_is_told_at_once() -> None:
    events: list[Event] = []
    async with FakeServer(
        [*logged_in("IDLE"), *SELECTED, expect("IDLE"), send("+ ok"), send("* BYE going down"), cut()]
    ) as fake:
        session = await connect(fake, events=events)
        await session.select("INBOX")
        async with session.idle() as news:
            assert await anext(news) == Bye("going down")
            assert isinstance(await anext(news), Closed)
            with pytest.raises(ConnectionLost, match="going down"):
                await anext(news)
    assert Bye("going down") in events


async def test_idle_refused() -> None:
    async with FakeServer(
        [*logged_in("IDLE"), expect("IDLE"), reply("NO not now"), expect("NOOP"), reply("OK")]
    ) as fake:
        session = await connect(fake)
        with pytest.raises(ServerRefused, match="refused to watch"):
            await session.idle().__aenter__()
        await session.noop()
        session.abort()


async def test_garbage_ends_the_connection() -> None:
    async with FakeServer([*logged_in(), expect("NOOP"), send("* 1 FETCH (UID x"), hang()]) as fake:
        session = await connect(fake)
        with pytest.raises(ProtocolError):
            await session.noop()
        assert isinstance(session.closed.result(), ProtocolError)


async def test_more_than_the_limits_ends_the_connection() -> None:
    async with FakeServer([*logged_in(), expect("NOOP"), send(b"* OK " + b"x" * 5000), hang()]) as fake:
        session = await connect(fake, limits=Limits(line_octets=1000))
        with pytest.raises(ProtocolError, match="line of more than 1000 octets"):
            await session.noop()


async def test_an_unknown_tag_is_ignored(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeServer([*logged_in(), expect("NOOP"), send("ZZZ99 OK what"), reply("OK")]) as fake:
        session = await connect(fake)
        with caplog.at_level(logging.WARNING):
            await session.noop()
        session.abort()
    assert "not in flight" in caplog.text


async def test_many_lines_in_one_read() -> None:
    lines = b"".join(b"* %d FETCH (UID %d FLAGS ())\r\n" % (n, n) for n in range(1, 50_001))
    async with FakeServer([*logged_in(), *SELECTED, expect("FETCH"), send(lines), reply("OK")]) as fake:
        session = await connect(fake, timeouts=Timeouts())
        await session.select("INBOX")
        assert [row.uid for row in await rows_of(session)] == list(range(1, 50_001))
        session.abort()


async def test_events_nobody_asked_for() -> None:
    events: list[Event] = []
    news = [
        send("* 2 FETCH (FLAGS (\\Seen))"),
        send("* 2 EXPUNGE"),
        send('* STATUS "Other" (MESSAGES 4)'),
        send("* OK [ALERT] disk \x1b[31mfull"),
        send("* 9 FETCH (BODY[] {3}\r\nabc)"),
    ]
    known = [expect("FETCH"), *(send(f"* {n} FETCH (UID {n + 10} FLAGS ())") for n in (1, 2, 3)), reply("OK")]
    async with FakeServer([*logged_in(), *SELECTED, *known, expect("NOOP"), *news, reply("OK")]) as fake:
        session = await connect(fake, events=events)
        await session.select("INBOX")
        await rows_of(session)
        await session.noop()
        session.abort()
    assert events[:4] == [
        FlagsChanged(12, 2, Flags.of(["\\Seen"]), None),
        Expunged(2, 12),
        MailboxStatus("Other", messages=4),
        Alert("disk  [31mfull"),
    ]


async def test_what_came_before_closed_is_about_the_old_mailbox() -> None:
    again = [
        expect(r"SELECT .*QRESYNC \(7 5\)"),
        send("* VANISHED 4"),
        send("* OK [CLOSED] bye"),
        send("* 2 EXISTS"),
        send("* OK [UIDVALIDITY 7] ok"),
        send("* OK [HIGHESTMODSEQ 9] ok"),
        send("* VANISHED (EARLIER) 1:2"),
        reply("OK"),
    ]
    enable = [expect("ENABLE"), send("* ENABLED QRESYNC"), reply("OK")]
    async with FakeServer([*logged_in("ENABLE", "QRESYNC"), *enable, *SELECTED, *again]) as fake:
        session = await connect(fake)
        await session.enable("QRESYNC")
        await session.select("INBOX")
        selected = await session.select("Other", known=KnownState(7, 5))
        assert (selected.exists, str(selected.vanished), selected.qresync_applied) == (2, "1:2", True)
        session.abort()


async def test_no_modseq() -> None:
    numbers = [send("* 0 EXISTS"), send("* OK [UIDVALIDITY 7] ok"), send("* OK [NOMODSEQ] none")]
    told = [expect("SELECT"), *numbers, reply("OK [READ-ONLY] ok")]
    async with FakeServer([*logged_in("CONDSTORE"), *told]) as fake:
        session = await connect(fake)
        selected = await session.select("INBOX")
        assert (selected.highest_mod_seq, selected.read_only) == (None, True)
        session.abort()


async def test_a_refused_literal_is_not_sent() -> None:
    script = [*logged_in(), expect("APPEND", grant=False), reply("NO [OVERQUOTA] full"), expect("NOOP"), reply("OK")]
    async with FakeServer(script) as fake:
        session = await connect(fake)
        with pytest.raises(ServerRefused, match="mailbox is full") as caught:
            await session.append("INBOX", b"Subject: x\r\n\r\n")
        assert caught.value.code == "OVERQUOTA"
        await session.noop()
        session.abort()


async def test_literal_minus_asks_for_large_ones_only() -> None:
    large = b"x" * 5000
    script = [*logged_in("LITERAL-"), expect(r"\{2\+\}\r\nab"), reply("OK"), expect(r"\{5000\}\r\nxxx"), reply("OK")]
    async with FakeServer(script) as fake:
        session = await connect(fake)
        await session.append("INBOX", b"ab")
        await session.append("INBOX", large)
        session.abort()


async def test_a_body_told_before_its_uid_reaches_its_sink() -> None:
    body = b"y" * 3_000_000
    answer = [send(b"* 1 FETCH (BODY[] {%d}\r\n" % len(body) + body + b" UID 11)\r\n"), reply("OK")]
    written: list[bytes] = []

    class Sink:
        def write(self, chunk: bytes) -> None:
            written.append(chunk)

        def finish(self) -> None:
            written.append(b"!")

        def abort(self) -> None:
            written.clear()

    async with FakeServer([*logged_in(), *SELECTED, expect("FETCH"), *answer]) as fake:
        session = await connect(fake, timeouts=Timeouts())
        await session.select("INBOX")
        asked: list[tuple[int, int]] = []

        def open_sink(uid: int, size_octets: int) -> Sink:
            asked.append((uid, size_octets))
            return Sink()

        rows = [row async for batch in session.fetch_bodies(UidSet.of([11]), sink=open_sink) for row in batch]
        assert asked == [(11, 3_000_000)]
        assert b"".join(written) == body + b"!"
        assert [row.uid for row in rows] == [11]
        session.abort()


async def test_a_sink_that_fails_fails_its_fetch_only() -> None:
    class Full:
        def write(self, chunk: bytes) -> None:
            raise OSError(28, "No space left on device")

        def finish(self) -> None:
            raise AssertionError("it was not all written")

        def abort(self) -> None:
            """Nothing was written."""

    answer = [send(b"* 1 FETCH (UID 11 BODY[] {2000000}\r\n" + bytes(2_000_000) + b")\r\n"), reply("OK")]
    async with FakeServer([*logged_in(), *SELECTED, expect("FETCH"), *answer, expect("NOOP"), reply("OK")]) as fake:
        session = await connect(fake, timeouts=Timeouts())
        await session.select("INBOX")
        with pytest.raises(StoreError, match="No space left"):
            await anext(session.fetch_bodies(UidSet.of([11]), sink=lambda _uid, _size: Full()))
        await session.noop()
        session.abort()


async def test_a_mailbox_without_mod_seqs_is_not_asked_for_them() -> None:
    numbers = [send("* 1 EXISTS"), send("* OK [UIDVALIDITY 7] ok"), send("* OK [NOMODSEQ] none")]
    told = [expect("SELECT"), *numbers, reply("OK ok")]
    fetch = [expect(r"FETCH 1:\* \(UID FLAGS\)"), send("* 1 FETCH (UID 3 FLAGS ())"), reply("OK")]
    async with FakeServer([*logged_in("CONDSTORE"), *told, *fetch]) as fake:
        session = await connect(fake)
        await session.select("INBOX")
        assert [row.uid for row in await rows_of(session)] == [3]
        session.abort()


async def test_uids_of_one_mailbox_are_not_taken_for_those_of_the_next() -> None:
    events: list[Event] = []
    known = [expect("FETCH"), send("* 2 FETCH (UID 12 FLAGS ())"), reply("OK")]
    news = [expect("NOOP"), send("* 2 EXPUNGE"), reply("OK")]
    async with FakeServer([*logged_in(), *SELECTED, *known, *SELECTED, *news]) as fake:
        session = await connect(fake, events=events)
        await session.select("INBOX")
        rows = session.fetch("1:*", FetchItems.FLAGS)
        await session.select("Other")
        assert [row.uid for row in await anext(rows)] == [12]
        await session.noop()
        session.abort()
    assert events[0] == Expunged(2, None)


async def test_a_password_with_a_line_break_is_in_no_message() -> None:
    async with FakeServer(greet()) as fake:
        with pytest.raises(AuthError, match="line break") as caught:
            await open_session(HOST, fake.port, Security.NONE, Credentials("ada", "s3c\nret"), tls_context=None)
        assert "s3c" not in repr(caught.value)


async def test_a_lying_copyuid_counts_as_not_told(caplog: pytest.LogCaptureFixture) -> None:
    codes = ["5 1:2 7", "5 1:4294967295 1:4294967295", "5 x y", ""]
    steps = [step for code in codes for step in (expect("COPY"), reply(f"OK [COPYUID {code}] done"))]
    async with FakeServer([*logged_in("UIDPLUS"), *SELECTED, *steps]) as fake:
        session = await connect(fake)
        await session.select("INBOX")
        with caplog.at_level(logging.WARNING):
            assert [await session.copy(UidSet.of([1, 2]), "X") for _ in codes] == [None] * 4
        session.abort()
    assert "makes no sense" in caplog.text


async def test_line_breaks_are_refused_before_the_wire() -> None:
    async with FakeServer(logged_in()) as fake:
        session = await connect(fake)
        bad = "a\r\nX1 DELETE b"
        for verb in (session.select(bad), session.search_uids(bad), session.append(bad, b""), session.create(bad)):
            with pytest.raises(ConfigError):
                await verb
        with pytest.raises(ConfigError):
            await session.store_flags(UidSet.of([1]), add=[bad])
        with pytest.raises(ConfigError):
            session.fetch(bad, FetchItems.FLAGS)
        session.abort()
        assert len(fake.commands) == 1


async def test_a_failed_tls_handshake_in_starttls() -> None:
    async def answer_hello(conversation: Conversation) -> None:
        await conversation.reader.read(100)
        conversation.writer.write(b"this is no TLS\r\n")

    async with FakeServer([*greet("STARTTLS"), expect("STARTTLS"), reply("OK go"), answer_hello]) as fake:
        with pytest.raises(ConnectionLost, match="TLS"):
            await connect(fake, security=Security.STARTTLS)


async def test_searches_without_esearch_do_not_overlap() -> None:
    steps = [
        expect("SEARCH SEEN"),
        send("* SEARCH 1 2"),
        reply("OK"),
        expect("SEARCH UNSEEN"),
        send("* SEARCH 3"),
        reply("OK"),
    ]
    async with FakeServer([*logged_in(), *SELECTED, *steps]) as fake:
        session = await connect(fake)
        await session.select("INBOX")
        found = await asyncio.gather(session.search_uids("SEEN"), session.search_uids("UNSEEN"))
        assert [str(uids) for uids in found] == ["1:2", "3"]
        session.abort()
