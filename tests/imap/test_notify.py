"""NOTIFY: what a real server accepts and tells, and what others may answer; the system's watch over the connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.servers.dovecot import HOST, Dovecot
from tests.servers.fake import FakeServer, expect, logged_in, reply, send, wait_for
from tuimail.imap import keepalive
from tuimail.imap.parser import Parser
from tuimail.imap.responses import (
    Event,
    Exists,
    FlagsChanged,
    ListData,
    MailboxListed,
    MailboxStatus,
    NotificationsLost,
    Vanished,
)
from tuimail.imap.session import ImapSession, open_session
from tuimail.model.errors import ProtocolError, ServerRefused
from tuimail.model.server import Credentials, Security
from tuimail.model.uid_set import UidSet

LOGIN = Credentials("ada", "correct horse")
MESSAGE = b"Subject: news\r\n\r\nnews\r\n"
ASKED = r"NOTIFY SET STATUS \(selected-delayed \(MessageNew MessageExpunge FlagChange\)\) \(personal \("


class Told:
    """Events as they come."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()

    def put(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, found: Callable[[Event], bool]) -> Event:
        async with asyncio.timeout(20):
            while True:
                for event in self.events:
                    if found(event):
                        return event
                self._news.clear()
                await self._news.wait()

    async def of(self, expected: Event) -> None:
        await self.until(lambda event: event == expected)


async def connect(port: int, told: Told) -> ImapSession:
    return await open_session(HOST, port, Security.NONE, LOGIN, tls_context=None, on_event=told.put)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot({"ada": "correct horse"}) as server:
        yield server


@pytest.fixture
async def other(dovecot: Dovecot) -> AsyncIterator[ImapSession]:
    session = await connect(dovecot.port, Told())
    yield session
    await session.logout()


async def test_news_of_all_mailboxes(dovecot: Dovecot, other: ImapSession) -> None:
    told = Told()
    await other.create("Box")
    await other.append("INBOX", MESSAGE)
    session = await connect(dovecot.port, told)
    await session.enable("QRESYNC")
    await session.select("INBOX")
    by_name = {status.name: status for status in await session.notify()}
    assert {"Box", "Archive", "Sent"} <= set(by_name)
    assert (by_name["Box"].messages, by_name["Box"].uid_next, by_name["Box"].highest_mod_seq) == (0, 1, 1)
    async with session.idle(collect=False):
        await other.append("Box", MESSAGE)
        new = await told.until(lambda event: isinstance(event, MailboxStatus) and event.messages == 1)
        assert isinstance(new, MailboxStatus)
        assert (new.name, new.uid_next) == ("Box", 2)
        await other.select("Box")
        await other.store_flags(UidSet.of([1]), add=("\\Flagged",))
        await told.until(
            lambda event: isinstance(event, MailboxStatus) and (event.highest_mod_seq or 0) > (new.highest_mod_seq or 0)
        )
        await other.append("INBOX", MESSAGE)
        await told.of(Exists(2))
        await other.select("INBOX")
        await other.store_flags(UidSet.of([1]), add=("\\Deleted",))
        changed = await told.until(lambda event: isinstance(event, FlagsChanged) and "\\Deleted" in event.flags.names())
        assert isinstance(changed, FlagsChanged)
        assert changed.uid == 1
        await other.expunge_uids(UidSet.of([1]))
        await told.of(Vanished(UidSet.of([1]), earlier=False))
    session.abort()


async def test_names_and_subscriptions(dovecot: Dovecot, other: ImapSession) -> None:
    told = Told()
    session = await connect(dovecot.port, told)
    await session.select("INBOX")
    await session.notify()
    async with session.idle(collect=False):
        await other.create("Grün")
        await told.of(MailboxListed("Grün", exists=True, subscribed=False))
        await other.rename("Grün", "Blau")
        await told.of(MailboxListed("Blau", exists=True, subscribed=False, old_name="Grün"))
        await other.subscribe("Blau")
        await told.of(MailboxListed("Blau", exists=True, subscribed=True))
        await other.delete("Blau")
        await told.of(MailboxListed("Blau", exists=False, subscribed=False))
    session.abort()


async def test_a_server_that_tells_of_messages_alone() -> None:
    names = r"MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange\)\)"
    script = [
        *logged_in("NOTIFY"),
        expect(ASKED + names),
        reply("NO [BADEVENT (MessageNew MessageExpunge FlagChange)] not these"),
        expect(ASKED + r"MessageNew MessageExpunge FlagChange\)\)"),
        send('* STATUS "Box" (MESSAGES 3 UIDNEXT 9)'),
        send('* LIST (\\NoAccess) "/" Hidden'),
        reply("OK done"),
    ]
    told = Told()
    async with FakeServer(script) as fake:
        session = await connect(fake.port, told)
        assert await session.notify() == [MailboxStatus("Box", messages=3, uid_next=9)]
        session.abort()
    assert not [event for event in told.events if isinstance(event, MailboxListed)]


@pytest.mark.parametrize(
    "refusal", ["NO [NOTIFICATIONOVERFLOW] too many mailboxes", "BAD what?", "NO [BADEVENT (X)] no"]
)
async def test_refused(refusal: str) -> None:
    again = [expect("NOTIFY"), reply(refusal)] if "BADEVENT" in refusal else []
    async with FakeServer([*logged_in("NOTIFY"), expect("NOTIFY"), reply(refusal), *again]) as fake:
        session = await connect(fake.port, Told())
        with pytest.raises(ServerRefused, match="refused to tell of changes in all mailboxes"):
            await session.notify()
        session.abort()


async def test_not_offered() -> None:
    async with FakeServer(logged_in()) as fake:
        session = await connect(fake.port, Told())
        with pytest.raises(ServerRefused, match="does not offer NOTIFY"):
            await session.notify()
        session.abort()


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("* OK [NOTIFICATIONOVERFLOW] too much", NotificationsLost(ended=True)),
        ("* NO NOTIFY error, some events may have got lost", NotificationsLost(ended=False)),
        ('* LIST () "/" "new box"', MailboxListed("new box", exists=True, subscribed=False)),
        (
            '* list (\\SUBSCRIBED) NIL {3}\r\nnew ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" (old))',
            MailboxListed("new", exists=True, subscribed=True, old_name="old"),
        ),
        ('* LIST (\\NonExistent) "/" gone', MailboxListed("gone", exists=False, subscribed=False)),
        ("* STATUS Box (UNSEEN 4)", MailboxStatus("Box", unseen=4)),
    ],
)
async def test_what_is_told_unasked(line: str, event: Event) -> None:
    told, done = Told(), asyncio.Event()
    async with FakeServer([*logged_in(), expect("NOOP"), send(line), reply("OK"), wait_for(done)]) as fake:
        session = await connect(fake.port, told)
        await session.noop()
        assert told.events == [event]
        session.abort()
        done.set()


async def test_news_between_the_lines_of_a_listing() -> None:
    told = Told()
    script = [
        *logged_in(),
        expect("LIST"),
        send('* LIST () "/" INBOX'),
        send('* LIST () "/" new ("OLDNAME" (old))'),
        reply("OK"),
        expect("LSUB"),
        reply("OK"),
    ]
    async with FakeServer(script) as fake:
        session = await connect(fake.port, told)
        assert [one.name for one in await session.list_mailboxes(status=False)] == ["INBOX", "new"]
        await told.of(MailboxListed("new", exists=True, subscribed=False, old_name="old"))
        session.abort()


@pytest.mark.parametrize("extended", ['("OLDNAME")', '("OLDNAME" ())', '(("OLDNAME") (x))', "(NIL (OLDNAME))"])
def test_odd_extended_data_is_no_name(extended: str) -> None:
    (found,) = Parser().feed(f'* LIST () "/" box {extended}\r\n'.encode())
    assert found == ListData("LIST", (), "/", b"box", None)


def test_extended_data_that_is_none() -> None:
    with pytest.raises(ProtocolError):
        Parser().feed(b'* LIST () "/" box ("OLDNAME" ("x\r\n')


async def test_the_system_watches_over_connections() -> None:
    async with FakeServer(logged_in()) as fake:
        session = await connect(fake.port, Told())
        transport = session.link.transport
        assert transport is not None
        connection = transport.get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        known = [(name, value) for name, value in keepalive._OPTIONS if hasattr(socket, name)]
        assert known
        for name, value in known:
            assert connection.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value
        session.abort()
