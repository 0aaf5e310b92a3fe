"""Messages of our own on their way into a mailbox: drafts, sent mail, imports.

    a body's id is taken ─► octets in bodies.db (durable) ─► row and intent in mail.db (durable, seen at once) ─► APPEND

A loss of power between the two leaves octets that nothing points to, never a message without octets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.errors import ConfigError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.message import NewMessage
from tuimail.store import bodies, inserting, target_mailbox
from tuimail.store.database import rows
from tuimail.store.journal import KEPT, IntentKind, NewIntent
from tuimail.store.recorder import Change, Recorder
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.store import Store


def append(store: Store, target_id: MailboxId, new: Sequence[NewMessage], *, now: int) -> Change:
    """Put messages into a mailbox: they are seen at once, and sent to the server later. One undo takes all back.

    Raises:
        ConfigError: the mailbox is gone, or holds no messages.
    """
    ids = store.mail.write(lambda connection: _reserve(connection, target_id, len(new)), durable=False)
    packed = [(id_, bodies.compress(one.octets)) for id_, one in zip(ids, new, strict=True)]

    def save_bodies(connection: Connection) -> None:
        for id_, chunks in packed:
            bodies.save_chunks(connection, id_, chunks)

    store.bodies.write(save_bodies, durable=True)
    return store.mail.write(lambda connection: _append(connection, target_id, ids, new, now=now), durable=True)


def _reserve(connection: Connection, target_id: MailboxId, count: int) -> list[MessageId]:
    if not rows(connection, "SELECT 1 FROM mailboxes WHERE id = ? AND NOT gone", (target_id,)):
        raise ConfigError("The mailbox to put messages into is gone.", hint="Choose another one.")
    return inserting.reserve_ids(connection, count)


def _append(
    connection: Connection, target_id: MailboxId, ids: Sequence[MessageId], new: Sequence[NewMessage], *, now: int
) -> Change:
    recorder = Recorder(connection, now=now)
    mailbox = target_mailbox.required_target(connection, recorder, target_id)
    for id_, one in zip(ids, new, strict=True):
        # Servers put an arrival in the future back to now; by ours the message is found again.
        inserting.insert(
            connection, mailbox.account_id, id_, msgspec.structs.replace(one, internal_date=min(one.internal_date, now))
        )
        recorder.touch(id_)
        recorder.can_undo_by(id_, IntentKind.EXPUNGE, KEPT)
    kind = IntentKind.APPEND
    recorder.intend([NewIntent(kind, mailbox.account_id, copy_id=id_, target_id=target_id) for id_ in ids])
    refresh_views(connection, ids)
    return recorder.end(lambda count: f"{count} put into {mailbox.name}")
