"""Mailboxes of several accounts as one list: merged order, windows that join, and the plan that makes it quick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.world import EPOCH, LISTED, World, server_message
from tuimail.model.envelope import Envelope
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Protocol
from tuimail.model.server_message import ServerMessage
from tuimail.store import accounts, changes, local, mailboxes, messages, read, unified
from tuimail.store.database import Connection, rows
from tuimail.store.store import Store

ANYTIME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
arrivals = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=30)
"""Mailbox, and date: few dates, so that many messages have the same."""


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[Store, list[MailboxId]]]:
    """The INBOXes of three accounts."""
    store = Store(tmp_path / "data")

    def begin(connection: Connection) -> list[MailboxId]:
        return [
            mailboxes.save_listed(connection, accounts.ensure_account(connection, name), LISTED)[0]["INBOX"]
            for name in ("one", "two", "three")
        ]

    yield store, store.mail.write(begin, durable=False)
    store.close()


def insert(connection: Connection, mailbox_ids: Sequence[MailboxId], arrived: Sequence[tuple[int, int]]) -> None:
    connection.executemany(
        "INSERT INTO messages (account_id, mailbox_id, flags, base_mailbox_id, base_flags, date, internal_date,"
        " size_octets, subject, from_label, to_label, envelope, message_id)"
        " SELECT account_id, id, 0, id, 0, ?2, ?2, 1, '', '', '', x'7b7d', '' FROM mailboxes WHERE id = ?1",
        [(mailbox_ids[which], date) for which, date in arrived],
    )


def clear(connection: Connection) -> None:
    connection.execute("DELETE FROM messages")


def everything(connection: Connection) -> list[tuple[int, int, int]]:
    return [(date, id_, box) for id_, date, box in connection.execute("SELECT id, date, mailbox_id FROM messages")]


@given(arrived=arrivals, chosen=st.sets(st.integers(0, 2), min_size=1), limit=st.integers(0, 40))
@ANYTIME
def test_merged_order_is_the_sorted_order(
    three: tuple[Store, list[MailboxId]], arrived: list[tuple[int, int]], chosen: set[int], limit: int
) -> None:
    store, mailbox_ids = three
    store.mail.write(clear, durable=False)
    store.mail.write(lambda connection: insert(connection, mailbox_ids, arrived), durable=False)
    wanted = [mailbox_ids[which] for which in sorted(chosen)]
    expected = [id_ for _, id_, box in sorted(store.mail.read(everything), reverse=True) if box in wanted]
    assert list(store.mail.read(partial(unified.list_ids, mailbox_ids=wanted))) == expected
    assert list(store.mail.read(partial(unified.list_ids, mailbox_ids=wanted, limit=limit))) == expected[:limit]


@given(
    batches=st.lists(st.tuples(arrivals, st.lists(st.integers(0, 200), max_size=4)), min_size=1, max_size=6),
    size=st.integers(1, 7),
)
@ANYTIME
def test_windows_join_whatever_is_written_between_them(
    three: tuple[Store, list[MailboxId]], batches: list[tuple[list[tuple[int, int]], list[int]]], size: int
) -> None:
    """Each window is read in a snapshot of its own; between two, mail arrives and messages go."""
    store, mailbox_ids = three
    store.mail.write(clear, durable=False)
    (first, _), *later = batches
    store.mail.write(lambda connection: insert(connection, mailbox_ids, first), durable=False)
    stays = {id_ for _, id_, _ in store.mail.read(everything)}
    known = {id_: (date, id_) for date, id_, _ in store.mail.read(everything)}
    seen: list[int] = []
    after = unified.NEWEST
    while True:
        window = store.mail.read(partial(unified.read_window, mailbox_ids=mailbox_ids, after=after, limit=size))
        seen += window.ids
        after = window.last
        if len(window.ids) < size:
            break
        if later:
            arrived, gone = later.pop(0)
            store.mail.write(partial(insert, mailbox_ids=mailbox_ids, arrived=arrived), durable=False)
            known |= {id_: (date, id_) for date, id_, _ in store.mail.read(everything)}
            ids = sorted(known)
            leaving = {ids[number % len(ids)] for number in gone}
            stays -= leaving
            store.mail.write(
                lambda connection, leaving=leaving: connection.executemany(  # type: ignore[misc]
                    "DELETE FROM messages WHERE id = ?", [(id_,) for id_ in leaving]
                ),
                durable=False,
            )
    places = [known[id_] for id_ in seen]
    assert places == sorted(set(places), reverse=True)
    assert stays <= set(seen)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_window_sorts(three: tuple[Store, list[MailboxId]], count: int) -> None:
    """The index gives the order: SQLite merges ranges of it, and never sorts what the mailboxes have."""
    store, mailbox_ids = three
    plans: list[str] = []

    def explain(connection: Connection) -> None:
        def note(_cursor: object, sql: str, _bindings: object) -> bool:
            plans.append(sql)
            return True

        connection.exec_trace = note
        unified.read_window(connection, mailbox_ids[:count], limit=5)
        connection.exec_trace = None
        (sql,) = plans
        plans[:] = [
            row[3] for row in rows(connection, f"EXPLAIN QUERY PLAN {sql}", (*unified.NEWEST, 5, *mailbox_ids[:count]))
        ]

    store.mail.read(explain)
    assert sum("USING COVERING INDEX messages_by_date" in step for step in plans) == count
    assert sum(step == "MERGE (UNION ALL)" for step in plans) == count - 1
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN messages") for step in plans)


def test_only_uses_that_two_accounts_have_are_seen_together(three: tuple[Store, list[MailboxId]]) -> None:
    store, mailbox_ids = three

    def two_archives_of_one(connection: Connection) -> None:
        connection.execute("DELETE FROM mailboxes WHERE special_use = '\\Trash' AND account_id > 1")
        connection.execute("UPDATE mailboxes SET special_use = '\\Archive' WHERE name = 'Work' AND account_id = 1")
        connection.execute("UPDATE mailboxes SET special_use = '\\Archive' WHERE name = 'Groups' AND account_id = 2")

    store.mail.write(two_archives_of_one, durable=False)
    found = unified.unified_mailboxes(store.mail.read(mailboxes.list_mailboxes))
    # One account has the trash; the archive of the second holds no messages.
    assert {use: [box.id for box in boxes] for use, boxes in found.items()} == {
        SpecialUse.INBOX: [mailbox_ids[0], mailbox_ids[2], mailbox_ids[1]]
    }


def dated(uid: int, sent_at: int | None, internal_date: int) -> ServerMessage:
    one = server_message(uid)
    envelope = Envelope(f"Message {uid}", one.envelope.from_, message_id=f"<{uid}@example.org>", sent_at=sent_at)
    return ServerMessage(uid, one.flags, internal_date, 100, None, envelope, False)


def save(connection: Connection, mailbox_id: MailboxId, batch: Sequence[ServerMessage]) -> None:
    ((account_id,),) = rows(connection, "SELECT account_id FROM mailboxes WHERE id = ?", (mailbox_id,))
    messages.save_messages(connection, account_id, mailbox_id, batch)


def test_a_server_whose_clock_is_wrong_by_hours_does_not_push_its_mail_up_or_down(
    three: tuple[Store, list[MailboxId]],
) -> None:
    """The sender's date orders the list; a server's own clock only says what cannot be true."""
    store, mailbox_ids = three
    hour = 3600
    skews = (-7 * hour, 0, 9 * hour)

    def receive(connection: Connection) -> None:
        for place, (mailbox_id, skew) in enumerate(zip(mailbox_ids, skews, strict=True)):
            batch = [
                dated(uid, EPOCH + uid * 60 + place, EPOCH + uid * 60 + place + skew) for uid in range(place + 1, 10, 3)
            ]
            save(connection, mailbox_id, batch)

    store.mail.write(receive, durable=False)
    ids = store.mail.read(partial(unified.list_ids, mailbox_ids=mailbox_ids))
    found = store.mail.read(partial(read.read_messages, ids=ids))
    assert [message.envelope.subject for message in found] == [f"Message {uid}" for uid in range(9, 0, -1)]


def test_a_forged_date_does_not_stay_on_top_of_other_accounts(three: tuple[Store, list[MailboxId]]) -> None:
    store, mailbox_ids = three
    day = 86_400

    def receive(connection: Connection) -> None:
        for mailbox_id, one in zip(
            mailbox_ids, (dated(1, EPOCH + 400 * day, EPOCH), dated(2, None, EPOCH + 1)), strict=False
        ):
            save(connection, mailbox_id, [one])

    store.mail.write(receive, durable=False)
    ids = store.mail.read(partial(unified.list_ids, mailbox_ids=mailbox_ids))
    assert [m.envelope.subject for m in store.mail.read(partial(read.read_messages, ids=ids))] == [
        "Message 2",
        "Message 1",
    ]


def test_one_change_takes_each_message_to_its_own_account(world: World) -> None:
    (ours,) = world.save("INBOX", [server_message(1)])

    def add_pop3(connection: Connection) -> tuple[dict[SpecialUse, MailboxId], MessageId]:
        account_id = accounts.ensure_account(connection, "old", Protocol.POP3)
        boxes = local.ensure_mailboxes(connection, account_id)
        insert(connection, [boxes[SpecialUse.INBOX]], [(0, EPOCH)])
        return boxes, MessageId(connection.last_insert_rowid())

    boxes, theirs = world.write(add_pop3)
    change = world.write(partial(changes.move_to_use, ids=[ours, theirs], use=SpecialUse.ARCHIVE, now=EPOCH))
    view = world.view()
    assert view[theirs][0] == boxes[SpecialUse.ARCHIVE]
    assert view[ours][0] not in (None, *boxes.values())
    assert change.title == "2 messages moved to Archive"
