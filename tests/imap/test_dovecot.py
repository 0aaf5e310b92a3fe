"""The session's verbs against a real server."""

from __future__ import annotations

import asyncio
import io
import itertools
import ssl
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.servers.dovecot import HOST, Dovecot
from tuimail.imap.responses import Bye, Closed, Event, Exists, Expunged, FetchRow, FlagsChanged, Vanished
from tuimail.imap.results import CopyUid, FetchItems, KnownState
from tuimail.imap.session import ImapSession, Timeouts, open_session
from tuimail.imap.stream import Rows
from tuimail.model.errors import AuthError, ConnectionLost, ServerRefused
from tuimail.model.flags import Flags
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Credentials, Security
from tuimail.model.uid_set import UidSet

LOGIN = Credentials("ada", "correct horse")
names = (f"box {number}" for number in itertools.count())


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot({"ada": "correct horse", "zoë": 'pä"ss\\'}, tls=True) as server:
        yield server


@pytest.fixture(scope="module")
def simple() -> Iterator[Dovecot]:
    """A server as old as the protocol's first extensions."""
    with Dovecot(capability="IMAP4rev1 UNSELECT IDLE") as server:
        yield server


async def connect(server: Dovecot, events: list[Event] | None = None) -> ImapSession:
    on_event = None if events is None else events.append
    return await open_session(HOST, server.port, Security.NONE, LOGIN, tls_context=None, on_event=on_event)


@pytest.fixture
async def session(dovecot: Dovecot) -> AsyncIterator[ImapSession]:
    opened = await connect(dovecot)
    yield opened
    await opened.logout()


async def fill(session: ImapSession, count: int, *, size: int = 10) -> str:
    """A new selected mailbox with `count` messages whose bodies have `size` octets."""
    name = next(names)
    await session.create(name)
    message = b"Subject: %d\r\nFrom: Bob <bob@example.org>\r\n\r\n" + b"x" * size
    await asyncio.gather(*(session.append(name, message % number) for number in range(1, count + 1)))
    await session.select(name)
    return name


async def rows_of(rows: Rows) -> list[FetchRow]:
    return [row async for batch in rows for row in batch]


@pytest.mark.parametrize("security", list(Security))
async def test_every_security(dovecot: Dovecot, security: Security) -> None:
    context = ssl.create_default_context(cafile=str(dovecot.ca_file))
    port = dovecot.tls_port if security is Security.TLS else dovecot.port
    session = await open_session(HOST, port, security, LOGIN, tls_context=context)
    await session.noop()
    assert session.capabilities.has("uidplus")
    assert session.counters.commands == (2 if security is not Security.STARTTLS else 4)
    await session.logout()
    assert "Logged out" in str(session.closed.result())


async def test_names_and_secrets_beyond_ascii(dovecot: Dovecot) -> None:
    session = await open_session(HOST, dovecot.port, Security.NONE, Credentials("zoë", 'pä"ss\\'), tls_context=None)
    await session.logout()


async def test_a_wrong_password(dovecot: Dovecot) -> None:
    with pytest.raises(AuthError, match="refused the log-in of ada") as caught:
        await open_session(HOST, dovecot.port, Security.NONE, Credentials("ada", "wr0ng"), tls_context=None)
    assert "wr0ng" not in repr(caught.value) + str(caught.value)


async def test_a_certificate_that_is_not_trusted(dovecot: Dovecot) -> None:
    for security, port in ((Security.TLS, dovecot.tls_port), (Security.STARTTLS, dovecot.port)):
        with pytest.raises(ConnectionLost, match=r"certificate .* not trusted"):
            await open_session(HOST, port, security, LOGIN, tls_context=ssl.create_default_context())


async def test_tls_on_the_plain_port(dovecot: Dovecot) -> None:
    with pytest.raises(ConnectionLost, match="does not speak TLS"):
        await open_session(HOST, dovecot.port, Security.TLS, LOGIN, tls_context=ssl.create_default_context())


async def test_plain_on_the_tls_port(dovecot: Dovecot) -> None:
    with pytest.raises(ConnectionLost, match=r'speaks TLS\. Set security = "tls"'):
        await open_session(
            HOST, dovecot.tls_port, Security.NONE, LOGIN, tls_context=None, timeouts=Timeouts(connect_s=0.3)
        )


@pytest.mark.parametrize("compressed", [False, True])
async def test_compression_changes_nothing(dovecot: Dovecot, compressed: bool) -> None:
    context = ssl.create_default_context(cafile=str(dovecot.ca_file))
    session = await open_session(HOST, dovecot.tls_port, Security.TLS, LOGIN, tls_context=context)
    if compressed:
        assert await session.compress()
    await fill(session, 30, size=300_000)
    rows = await rows_of(session.fetch_bodies(UidSet.span(1, 30)))
    assert sorted((row.uid, len(row.body or b"")) for row in rows) == [
        (uid, 300_042 + len(str(uid))) for uid in range(1, 31)
    ]
    assert (session.counters.octets_in < 3_000_000) == compressed
    await session.logout()


async def test_list_in_one_round_trip(session: ImapSession) -> None:
    await session.create("Entwürfe & mehr/Älter")
    before = session.counters.round_trips
    enabled, listed = await asyncio.gather(session.enable("QRESYNC", "X-UNKNOWN"), session.list_mailboxes())
    assert session.counters.round_trips == before + 1
    assert "QRESYNC" in enabled
    by_name = {mailbox.name: mailbox for mailbox in listed}
    assert by_name["INBOX"].special_use is SpecialUse.INBOX
    assert by_name["Trash"].special_use is SpecialUse.TRASH
    assert by_name["Trash"].subscribed
    deep = by_name["Entwürfe & mehr/Älter"]
    assert (deep.delimiter, deep.selectable, deep.subscribed) == ("/", True, False)
    assert deep.status is not None
    assert (deep.status.messages, deep.status.uid_next) == (0, 1)
    assert deep.status.highest_mod_seq == 1


async def test_list_of_a_simple_server(simple: Dovecot) -> None:
    session = await connect(simple)
    await session.create("plain")
    listed = {mailbox.name: mailbox for mailbox in await session.list_mailboxes()}
    assert listed["Trash"].subscribed
    assert not listed["plain"].subscribed
    assert listed["plain"].status is not None
    assert listed["plain"].status.messages == 0
    assert listed["plain"].status.highest_mod_seq is None
    await session.logout()


async def test_mailbox_verbs(session: ImapSession) -> None:
    name, other = next(names), next(names)
    await session.create(name)
    with pytest.raises(ServerRefused) as caught:
        await session.create(name)
    assert caught.value.code == "ALREADYEXISTS"
    await session.subscribe(name)
    assert {m.name: m.subscribed for m in await session.list_mailboxes(status=False)}[name]
    await session.unsubscribe(name)
    await session.rename(name, other)
    assert (await session.status(other)).messages == 0
    await session.delete(other)
    with pytest.raises(ServerRefused, match="refused to open"):
        await session.select(other)
    await session.noop()


async def test_select_and_examine(session: ImapSession) -> None:
    name = await fill(session, 3)
    selected = await session.select(name)
    assert (selected.exists, selected.uid_next, selected.read_only, selected.keywords_allowed) == (3, 4, False, True)
    assert (await session.select(name, read_only=True)).read_only
    await session.check()
    await session.unselect()
    with pytest.raises(ServerRefused):
        await session.search_uids()
    await session.select(name)
    await session.close_mailbox()


async def test_qresync(dovecot: Dovecot, session: ImapSession) -> None:
    await session.enable("QRESYNC")
    name = await fill(session, 10)
    first = await session.select(name)
    await session.unselect()
    assert first.highest_mod_seq is not None
    other = await connect(dovecot)
    await other.select(name)
    await other.store_flags(UidSet.of([2, 3]), add=["\\Deleted"])
    await other.expunge_uids(UidSet.of([2, 3]))
    await other.store_flags(UidSet.of([5]), add=["\\Flagged"])
    await other.logout()
    known = KnownState(first.uid_validity, first.highest_mod_seq, UidSet.span(1, 10))
    again = await session.select(name, known=known)
    assert again.qresync_applied
    assert again.vanished == UidSet.of([2, 3])
    assert [(row.uid, row.flags) for row in again.changed] == [(5, Flags.of(["\\Flagged"]))]
    wrong = await session.select(name, known=KnownState(first.uid_validity + 1, 1))
    assert not wrong.qresync_applied


async def test_changed_since(dovecot: Dovecot) -> None:
    events: list[Event] = []
    session = await connect(dovecot, events)
    await session.enable("QRESYNC")
    name = await fill(session, 5)
    before = (await session.select(name)).highest_mod_seq
    assert before is not None
    await session.store_flags(UidSet.of([1, 4]), add=["\\Seen"])
    await session.store_flags(UidSet.of([4]), add=["\\Deleted"])
    assert await session.expunge_uids(UidSet.of([4, 5])) == UidSet.of([4])
    events.clear()
    rows = await rows_of(session.fetch("1:*", FetchItems.FLAGS, changed_since=before, vanished=True))
    assert [row.uid for row in rows] == [1]
    assert Vanished(UidSet.of([4]), earlier=True) in events
    await session.logout()


async def test_fetch_metadata(session: ImapSession) -> None:
    await fill(session, 20)
    rows = await rows_of(session.fetch(UidSet.span(5, 9), FetchItems.METADATA))
    assert [row.uid for row in rows] == [5, 6, 7, 8, 9]
    assert rows[0].header == b"Subject: 5\r\nFrom: Bob <bob@example.org>\r\n\r\n"
    assert rows[0].size_octets == len(rows[0].header) + 10
    assert all(row.structure and row.mod_seq and row.internal_date for row in rows)
    assert await rows_of(session.fetch(UidSet(), FetchItems.FLAGS)) == []


async def test_pipelined_fetches_get_their_own_rows(session: ImapSession) -> None:
    await fill(session, 60, size=20_000)
    fetches = [session.fetch_bodies(UidSet.span(low, low + 9)) for low in range(1, 61, 10)]
    fetches.append(session.fetch("1:*", FetchItems.FLAGS))
    results = await asyncio.gather(*map(rows_of, fetches))
    for index, rows in enumerate(results[:-1]):
        assert sorted(row.uid for row in rows) == list(range(index * 10 + 1, index * 10 + 11))
    assert sorted(row.uid for row in results[-1]) == list(range(1, 61))


async def test_scattered_uids_take_several_commands(session: ImapSession) -> None:
    await fill(session, 3)
    scattered = UidSet.of([*range(1, 4), *range(1_000_000, 1_004_000, 2)])
    before = session.counters.round_trips
    assert [row.uid for row in await rows_of(session.fetch(scattered, FetchItems.FLAGS))] == [1, 2, 3]
    assert session.counters.round_trips == before + 1


async def test_leaving_a_fetch_early(session: ImapSession) -> None:
    await fill(session, 40, size=200_000)
    async for rows in session.fetch_bodies(UidSet.span(1, 40)):
        assert rows
        break
    assert await session.search_uids() == UidSet.span(1, 40)
    reader = asyncio.create_task(rows_of(session.fetch_bodies(UidSet.span(1, 40))))
    await asyncio.sleep(0)
    reader.cancel()
    await asyncio.wait({reader})
    assert len(await rows_of(session.fetch("1:*", FetchItems.FLAGS))) == 40


async def test_two_fetches_read_one_after_the_other_by_one_task(session: ImapSession) -> None:
    await fill(session, 20, size=200_000)
    first = session.fetch_bodies(UidSet.span(1, 20))
    second = session.fetch("1:*", FetchItems.FLAGS)
    assert len(await rows_of(second)) == 20
    assert len(await rows_of(first)) == 20


async def test_verbs_inside_a_fetch_loop(session: ImapSession) -> None:
    """The reader of many rows may use other verbs between two lists, although reading pauses when it lags."""
    await fill(session, 40, size=200_000)
    seen = 0
    async for rows in session.fetch_bodies(UidSet.span(1, 40)):
        seen += len(rows)
        await session.store_flags(UidSet.of([row.uid for row in rows]), add=["\\Seen"])
    assert seen == 40


async def test_a_reader_that_lags_pauses_the_wire(session: ImapSession) -> None:
    await fill(session, 40, size=200_000)
    rows = session.fetch_bodies(UidSet.span(1, 40))
    first = await anext(rows)
    await session.link.paused.wait()
    assert session.counters.octets_in < 6_000_000
    assert len(first) + len(await rows_of(rows)) == 40


class Sink:
    def __init__(self, uid: int, size_octets: int) -> None:
        self.uid, self.size_octets = uid, size_octets
        self.pieces: list[bytes] = []
        self.finished = False

    def write(self, chunk: bytes) -> None:
        self.pieces.append(chunk)

    def finish(self) -> None:
        self.finished = True

    def abort(self) -> None:
        self.pieces.clear()


async def test_large_bodies_are_streamed(session: ImapSession) -> None:
    name = await fill(session, 1)
    large = b"Subject: large\r\n\r\n" + b"0123456789abcde\n" * 200_000
    await session.append(name, io.BytesIO(large))
    small, big = await rows_of(session.fetch_bodies(UidSet.of([1, 2]), sink=Sink))
    assert small.body is not None
    assert isinstance(big.sink, Sink)
    assert (big.uid, big.sink.uid, big.sink.size_octets, big.sink.finished) == (
        2,
        2,
        len(big.sink.pieces[0]) + sum(map(len, big.sink.pieces[1:])),
        True,
    )
    assert b"".join(big.sink.pieces).replace(b"\r\n", b"\n") == large.replace(b"\r\n", b"\n")
    assert max(map(len, big.sink.pieces)) <= 1 << 18


async def test_search(session: ImapSession, simple: Dovecot) -> None:
    old = await connect(simple)
    for one in (session, old):
        await fill(one, 5)
        found = await asyncio.gather(one.search_uids(), one.search_uids("SUBJECT 3"), one.search_uids("UID 9"))
        assert [str(uids) for uids in found] == ["1:5", "3", ""]
    await old.logout()


async def test_store(session: ImapSession) -> None:
    await fill(session, 4)
    result = await session.store_flags(UidSet.span(1, 3), add=["\\Seen", "$Todo"], remove=["\\Flagged"])
    assert set(result.mod_seqs) == {1, 2, 3}
    highest = max(result.mod_seqs.values())
    await session.store_flags(UidSet.of([2]), add=["\\Answered"])
    guarded = await session.store_flags(UidSet.span(1, 3), remove=["$Todo"], unchanged_since=highest)
    assert guarded.modified == UidSet.of([2])
    flags = {row.uid: row.flags for row in await rows_of(session.fetch("1:*", FetchItems.FLAGS))}
    assert flags[1] == Flags.of(["\\Seen"])
    assert flags[2] == Flags.of(["\\Seen", "\\Answered", "$Todo"])
    assert flags[4] == Flags()


async def test_copy_and_move(session: ImapSession) -> None:
    await fill(session, 6)
    target = next(names)
    with pytest.raises(ServerRefused) as caught:
        await session.move(UidSet.span(1, 2), target)
    assert caught.value.code == "TRYCREATE"
    await session.create(target)
    validity = (await session.status(target)).uid_validity
    assert validity is not None
    moved, copied, also = await asyncio.gather(
        session.move(UidSet.of([2, 5]), target),
        session.copy(UidSet.of([1, 3]), target),
        session.move(UidSet.of([6]), target),
    )
    assert moved == CopyUid(validity, (2, 5), (1, 2))
    assert copied == CopyUid(validity, (1, 3), (3, 4))
    assert also == CopyUid(validity, (6,), (5,))
    assert await session.search_uids() == UidSet.of([1, 3, 4])


async def test_what_a_simple_server_cannot(simple: Dovecot) -> None:
    session = await connect(simple)
    name = await fill(session, 2)
    with pytest.raises(ServerRefused, match="does not offer MOVE"):
        await session.move(UidSet.of([1]), "Trash")
    with pytest.raises(ServerRefused, match="does not offer UIDPLUS"):
        await session.expunge_uids(UidSet.of([1]))
    assert await session.identify({"name": "tuimail"}) == {}
    assert not await session.compress()
    assert await session.enable("QRESYNC") == frozenset()
    assert (await session.select(name)).exists == 2
    await session.unselect()
    await session.logout()


async def test_append(session: ImapSession) -> None:
    name = next(names)
    await session.create(name)
    message = b"Subject: nul-free\r\n\r\n{5}\r\n)\r\n"
    told = await asyncio.gather(
        session.append(name, message, flags=Flags.of(["\\Seen", "Work"]), internal_date=1_000_000_000),
        session.append(name, io.BytesIO(b"Subject: b\r\n\r\n" + b"y" * 300_000)),
        session.append(name, b"Subject: c\r\n\r\n"),
    )
    assert [one and one.uid for one in told] == [1, 2, 3]
    await session.select(name)
    rows = await rows_of(session.fetch(UidSet.span(1, 3), "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]"))
    assert (rows[0].body, rows[0].internal_date) == (message, 1_000_000_000)
    assert rows[0].flags == Flags.of(["\\Seen", "Work"])
    assert rows[1].size_octets == 300_014
    with pytest.raises(ServerRefused):
        await session.append("no such mailbox", message)


async def test_append_by_asking_first(simple: Dovecot) -> None:
    session = await connect(simple)
    name = next(names)
    await session.create(name)
    messages = [b"Subject: %d\r\n\r\n" % number + b"z" * number * 1000 for number in range(1, 6)]
    await asyncio.gather(*(session.append(name, message) for message in messages))
    with pytest.raises(ServerRefused):
        await session.append("no such mailbox", messages[0])
    await session.select(name)
    rows = await rows_of(session.fetch_bodies(UidSet.span(1, 5)))
    assert [row.body for row in rows] == messages
    await session.logout()


async def test_idle_brings_news_and_makes_room(dovecot: Dovecot, session: ImapSession) -> None:
    name = await fill(session, 2)
    other = await connect(dovecot)
    async with session.idle() as events:
        await other.append(name, b"Subject: new\r\n\r\n")
        assert await anext(events) == Exists(3)
        assert await session.search_uids() == UidSet.span(1, 3)
        await other.select(name)
        await other.store_flags(UidSet.of([3]), add=["\\Deleted"])
        await other.expunge_uids(UidSet.of([3]))
        async for event in events:
            if isinstance(event, Expunged):
                assert event == Expunged(3, 3)
                break
    assert await session.search_uids() == UidSet.span(1, 2)
    await other.logout()


async def test_idle_renews_itself(dovecot: Dovecot) -> None:
    lines: list[bytes] = []
    renewed = asyncio.Event()

    def trace(_: str, line: bytes) -> None:
        lines.append(line)
        if lines.count(b"DONE") == 3:
            renewed.set()

    session = await open_session(HOST, dovecot.port, Security.NONE, LOGIN, tls_context=None, trace=trace)
    await session.select("INBOX")
    async with session.idle(renew_s=0.01):
        await renewed.wait()
    await session.noop()
    assert not any(b"correct horse" in line or b"AGFkYQ" in line for line in lines)
    await session.logout()


async def test_cancelling_idle_sends_done(session: ImapSession) -> None:
    await fill(session, 1)
    on = asyncio.Event()

    async def watch() -> None:
        async with session.idle() as events:
            on.set()
            await anext(events)

    task = asyncio.create_task(watch())
    await on.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert not session.link.scheduler.in_flight


async def test_unsolicited_flags_carry_the_uid_that_was_seen_before(dovecot: Dovecot) -> None:
    """Without QRESYNC the server names the message by its sequence number only."""
    events: list[Event] = []
    session = await connect(dovecot, events)
    name = await fill(session, 3)
    await session.client.uid("store", "1", "+FLAGS.SILENT", "(\\Deleted)")
    await session.expunge_uids(UidSet.of([1]))
    await session.select(name)
    await rows_of(session.fetch("1:*", FetchItems.FLAGS))
    other = await connect(dovecot)
    await other.select(name)
    await other.store_flags(UidSet.of([3]), add=["\\Flagged"])
    events.clear()
    await session.noop()
    assert [(event.uid, event.seq) for event in events if isinstance(event, FlagsChanged)] == [(3, 2)]
    await other.logout()
    await session.logout()


async def test_a_server_that_stops_is_known_at_once() -> None:
    with Dovecot() as server:
        session = await connect(server)
        await session.select("INBOX")
        async with asyncio.timeout(30), session.idle() as events:
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            with pytest.raises(ConnectionLost):
                await anext(event async for event in events if not isinstance(event, Bye | Closed))
            await stopping
        assert isinstance(await session.closed, ConnectionLost)
        with pytest.raises(ConnectionLost, match="refused the connection"):
            await connect(server)
        await asyncio.to_thread(server.start)
        again = await connect(server)
        await again.logout()


async def test_the_public_api_of_aioimaplib_on_the_same_connection(session: ImapSession) -> None:
    name = await fill(session, 3)
    client = session.client
    ours, theirs = await asyncio.gather(session.search_uids(), client.uid("fetch", "2:3", "(FLAGS BODY.PEEK[TEXT])"))
    assert str(ours) == "1:3"
    assert theirs.result == "OK"
    assert theirs.lines[0].startswith(b"2 FETCH (UID 2 FLAGS (")
    assert theirs.lines[1] == bytearray(b"x" * 10)
    assert client.get_state() == "SELECTED"
    assert client.has_capability("UIDPLUS")
    assert (await client.select(f'"{name}"')).result == "OK"
    assert b"3 EXISTS" in (await client.select(f'"{name}"')).lines
    assert [line for line in (await client.list('""', "Trash")).lines if b"Trash" in line]
    assert (await client.append(b"Subject: d\r\n\r\n", f'"{name}"')).result == "OK"
    waiter = await client.idle_start(5)
    assert client.has_pending_idle()
    client.idle_done()
    await waiter
    assert (await client.close()).result == "OK"
    assert not session.link.parser.keep_raw


async def test_counters(session: ImapSession) -> None:
    before = session.counters.round_trips, session.counters.commands
    await asyncio.gather(*(session.status("INBOX") for _ in range(5)))
    assert (session.counters.round_trips, session.counters.commands) == (before[0] + 1, before[1] + 5)
    assert session.counters.bytes_in > 0
    assert session.counters.bytes_out > 0


async def test_namespace_and_id(session: ImapSession) -> None:
    told = await session.namespace()
    assert told is not None
    assert told.personal == (("", "/"),)
    assert (await session.identify({"name": "tuimail"}))["name"] == "Dovecot"
    assert session.server_id["name"] == "Dovecot"
