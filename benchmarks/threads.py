"""Threads in the store: the first screen of them, their whole order, and that order made anew from nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.bench import Bench, median
from benchmarks.figures import Figure, Judged, Target
from benchmarks.stores import make_store
from tuimail.model.ids import MailboxId
from tuimail.store import mailboxes, read, thread_list
from tuimail.store.database import Connection
from tuimail.store.store import Store

_A_THREAD = 4
_FIRST = 500
_TIMES = 5


def measure(bench: Bench) -> Iterator[Figure]:
    """A mailbox of many messages, four to a thread, spread over its whole length."""
    count = bench.sizes.many
    directory = bench.new_directory()
    bench.say(f"a store of {count:,} messages in threads of {_A_THREAD}")
    make_store(directory, count)
    store = Store(directory)
    threads = count // _A_THREAD
    store.mail.write(
        lambda connection: connection.execute("UPDATE messages SET thread_id = id % ?", (threads,)), durable=False
    )
    (mailbox_id,) = [box.id for box in store.mail.read(mailboxes.list_mailboxes) if box.name == "INBOX"]
    flat = _seconds(store, partial(read.list_ids, mailbox_id=mailbox_id))
    first = _seconds(store, partial(thread_list.list_threads, mailbox_ids=(mailbox_id,), limit=_FIRST))
    whole = _seconds(store, partial(thread_list.list_threads, mailbox_ids=(mailbox_id,)))
    anew = _rebuild_seconds(store, mailbox_id)
    store.close()
    bench.drop(directory)
    note = f"{count:,} messages, {threads:,} threads"
    yield Figure(f"first {_FIRST} threads ({note})", "s", first, target=Target(Judged.VALUE, 0.05))
    yield Figure("whole order of threads", "s", whole, flat, "flat list", Target(Judged.VALUE, 2.0))
    yield Figure("the same, its index made from nothing", "s", anew, target=Target(Judged.VALUE, 2.0))


def _seconds(store: Store, read_it: Callable[[Connection], object]) -> float:
    times = []
    for _ in range(_TIMES):
        started_s = time.perf_counter()
        store.mail.read(read_it)
        times.append(time.perf_counter() - started_s)
    return median(times)


def _rebuild_seconds(store: Store, mailbox_id: MailboxId) -> float:
    started_s = time.perf_counter()
    store.mail.write(lambda connection: connection.execute("REINDEX messages_by_date"), durable=False)
    found = store.mail.read(partial(thread_list.list_threads, mailbox_ids=(mailbox_id,)))
    if not found.thread_ids:
        raise RuntimeError("there are no threads")
    return time.perf_counter() - started_s
