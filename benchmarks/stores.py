"""A store with as many messages as wanted, made without a server: a few rows, the others copied by SQL."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path

from benchmarks import mail
from benchmarks.rows import make_mailbox
from tuimail.mime.headers import envelope_of
from tuimail.model.flags import Flags
from tuimail.model.server_message import ServerMessage
from tuimail.store import messages
from tuimail.store.database import Connection
from tuimail.store.store import Store

_REAL = 500
_AT_ONCE = 100_000

_COPY = """
    INSERT INTO messages (account_id, mailbox_id, flags, keywords, base_mailbox_id, uid, base_flags, base_keywords,
        mod_seq, date, internal_date, size_octets, subject, from_label, to_label, envelope, message_id, thread_id,
        has_attachments)
    WITH RECURSIVE copies(number) AS (SELECT ?1 UNION ALL SELECT number + 1 FROM copies WHERE number + 1 < ?2)
    SELECT account_id, mailbox_id, flags, keywords, base_mailbox_id, number, base_flags, base_keywords,
        mod_seq, ?3 + number * 600, ?3 + number * 600, size_octets, subject, from_label, to_label, envelope,
        '<' || number || '.copy@example.net>', number, has_attachments
    FROM copies JOIN messages ON uid = number % ?4 + 1 AND base_mailbox_id = ?5
"""


def make_store(directory: Path, count: int) -> None:
    """A store of one account, whose INBOX has `count` messages without bodies."""
    store = Store(directory)
    account_id, mailbox_id = make_mailbox(store)
    batch = [
        ServerMessage(
            uid=uid,
            flags=Flags.of(one.flags.split()),
            internal_date=one.internal_date,
            size_octets=len(one.octets),
            mod_seq=uid,
            envelope=envelope_of(one.octets.partition(b"\r\n\r\n")[0]),
            has_attachments=uid % 50 == 0,
        )
        for uid, one in enumerate(mail.small(min(_REAL, count)), start=1)
    ]
    save = partial(messages.save_messages, account_id=account_id, mailbox_id=mailbox_id, batch=batch)
    store.mail.write(save, durable=False)

    def copy(connection: Connection, start: int, end: int) -> None:
        connection.execute(_COPY, (start, end, mail.FIRST_AT, len(batch), mailbox_id))

    for start, end in itertools.pairwise([*range(len(batch) + 1, count + 1, _AT_ONCE), count + 1]):
        store.mail.write(partial(copy, start=start, end=end), durable=False)
    total = store.mail.read(lambda connection: connection.execute("SELECT total FROM mailboxes").get)
    store.close()
    if total != count:
        raise RuntimeError(f"the store has {total} messages, not {count}")
