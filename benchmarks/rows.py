"""Metadata rows from the wire: our parsed rows beside a bare read of what the same command brings."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from functools import partial

from benchmarks import mail
from benchmarks.bench import Bench, median
from benchmarks.figures import Figure, Judged, Target
from benchmarks.servers import PASSWORD, ROWS, BareConnection
from tests.servers.dovecot import HOST
from tuimail.engine import convert
from tuimail.engine.pull import WRITE_ROWS
from tuimail.imap.responses import FetchRow
from tuimail.imap.results import METADATA
from tuimail.imap.session import ImapSession, open_session
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Credentials, Security
from tuimail.model.uid_set import UidSet
from tuimail.store import accounts, mailboxes, messages
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.store import Store

_ROUNDS_FACTOR = 3
"""Rounds are short here: more of them."""


def measure(bench: Bench) -> Iterator[Figure]:
    """The METADATA of many short messages."""
    count = bench.sizes.rows
    bench.say(f"server: {count:,} short messages")
    bench.server.fill(ROWS, mail.small(count))
    command = asyncio.run(_command(bench.server.port, count))
    _bare(bench, command)
    ours, peer, envelopes, stored = [], [], [], []
    octets = 0
    for number in range(1, bench.sizes.rounds * _ROUNDS_FACTOR + 1):
        bench.say(f"metadata rows, round {number}")
        ours.append(asyncio.run(_rows(bench, count)))
        seconds, octets = _bare(bench, command)
        peer.append(seconds)
        envelopes.append(asyncio.run(_envelopes(bench, count)))
        stored.append(asyncio.run(_stored(bench, count)))
    bare = median(peer)
    note = f"{count:,} messages, {octets / 1e6:.1f} MB"
    target = Target(Judged.RATIO, 2.5)
    yield Figure(f"metadata rows, parsed ({note})", "s", median(ours), bare, "bare socket", target)
    yield Figure("metadata rows with decoded envelopes", "s", median(envelopes), bare, "bare socket")
    yield Figure("metadata rows with envelopes, in the store", "s", median(stored), bare, "bare socket")


def _bare(bench: Bench, command: bytes) -> tuple[float, int]:
    with BareConnection(bench.server.port, ROWS) as connection:
        connection.run(b"EXAMINE INBOX")
        started_s = time.perf_counter()
        octets = connection.run(command)
        return time.perf_counter() - started_s, octets


async def _open(port: int) -> ImapSession:
    session = await open_session(HOST, port, Security.NONE, Credentials(ROWS, PASSWORD), tls_context=None)
    await session.select("INBOX", read_only=True)
    return session


async def _command(port: int, count: int) -> bytes:
    """The command that a session sends for all rows, without its tag; Dovecot's cache is filled by it as well."""
    sent: list[bytes] = []

    def trace(direction: str, line: bytes) -> None:
        if direction == "C":
            sent.append(line)

    session = await open_session(HOST, port, Security.NONE, Credentials(ROWS, PASSWORD), tls_context=None, trace=trace)
    await session.select("INBOX", read_only=True)
    async for _ in session.fetch(UidSet.span(1, count), METADATA):
        pass
    session.abort()
    found = [match[1] for line in sent if (match := re.search(rb"(UID FETCH .*\))", line))]
    if len(found) != 1:
        raise RuntimeError(f"expected one FETCH, saw {found}")
    return found[0]


async def _rows(bench: Bench, count: int) -> float:
    session = await _open(bench.server.port)
    started_s = time.perf_counter()
    got = 0
    async for rows in session.fetch(UidSet.span(1, count), METADATA):
        got += len(rows)
    return _end(session, started_s, got, count)


async def _envelopes(bench: Bench, count: int) -> float:
    session = await _open(bench.server.port)
    started_s = time.perf_counter()
    got = 0
    async for rows in session.fetch(UidSet.span(1, count), METADATA):
        got += len(convert.server_messages(rows))
    return _end(session, started_s, got, count)


async def _stored(bench: Bench, count: int) -> float:
    """Everything in one thread, in the engine's batches: what the work costs, not how well it is spread."""
    directory = bench.new_directory()
    store = Store(directory)
    account_id, mailbox_id = make_mailbox(store)
    session = await _open(bench.server.port)
    started_s = time.perf_counter()
    got = 0
    async for rows in session.fetch(UidSet.span(1, count), METADATA):
        got += _save(store, account_id, mailbox_id, rows)
    seconds = _end(session, started_s, got, count)
    store.close()
    bench.drop(directory)
    return seconds


def _save(store: Store, account_id: AccountId, mailbox_id: MailboxId, rows: list[FetchRow]) -> int:
    found = convert.server_messages(rows)
    new = 0
    for start in range(0, len(found), WRITE_ROWS):
        batch = found[start : start + WRITE_ROWS]
        save = partial(messages.save_messages, account_id=account_id, mailbox_id=mailbox_id, batch=batch)
        new += store.mail.write(save, durable=False).new
    return new


def _end(session: ImapSession, started_s: float, got: int, count: int) -> float:
    seconds = time.perf_counter() - started_s
    session.abort()
    if got != count:
        raise RuntimeError(f"{got} rows of {count}")
    return seconds


def make_mailbox(store: Store, account: str = "bench") -> tuple[AccountId, MailboxId]:
    """An account with an empty INBOX in a new store."""
    account_id = store.mail.write(partial(accounts.ensure_account, name=account), durable=False)
    inbox = ListedFacts("INBOX", "/", (), SpecialUse.INBOX, subscribed=True, selectable=True)
    ids, _gone = store.mail.write(
        lambda connection: mailboxes.save_listed(connection, account_id, [inbox]), durable=False
    )
    return account_id, ids["INBOX"]
