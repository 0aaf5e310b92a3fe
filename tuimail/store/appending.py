"""Messages of our own on their way into a mailbox: drafts, sent mail, imports.

    a body's id is taken ─► octets in bodies.db (durable) ─► row and intent in mail.db (durable, seen at once) ─► APPEND

A loss of power between the two leaves octets that nothing points to, never a message without octets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.message import NewMessage
from tuimail.store import bodies, changes, inserting, target_mailbox
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

    def reserve(connection: Connection) -> list[MessageId]:
        if not rows(connection, "SELECT 1 FROM mailboxes WHERE id = ? AND NOT gone", (target_id,)):
            raise ConfigError("The mailbox to put messages into is gone.", hint="Choose another one.")
        return inserting.reserve_ids(connection, len(new))

    ids = store.mail.write(reserve, durable=False)
    _save_bodies(store, ids, new)
    return store.mail.write(
        lambda connection: _append(connection, lambda _recorder: target_id, ids, new, now=now), durable=True
    )


def append_to_use(
    store: Store,
    account_id: AccountId,
    use: SpecialUse,
    new: Sequence[NewMessage],
    *,
    now: int,
    title: str,
    replaces: Sequence[MessageId] = (),
) -> Change:
    """Put messages into the account's mailbox for `use`, which is made if it is missing; the rest as `append`.

    The messages that they replace go to the trash in the same change. `title` is what undo calls it.
    """
    ids = store.mail.write(lambda connection: inserting.reserve_ids(connection, len(new)), durable=False)
    _save_bodies(store, ids, new)

    def put(connection: Connection) -> Change:
        def place(recorder: Recorder) -> MailboxId:
            changes.move_each_to_use(connection, recorder, replaces, SpecialUse.TRASH)
            return target_mailbox.special_mailbox(connection, recorder, account_id, use)

        return _append(connection, place, ids, new, now=now, title=title)

    return store.mail.write(put, durable=True)


def _save_bodies(store: Store, ids: Sequence[MessageId], new: Sequence[NewMessage]) -> None:
    packed = [(id_, bodies.compress(one.octets)) for id_, one in zip(ids, new, strict=True)]

    def save_bodies(connection: Connection) -> None:
        for id_, chunks in packed:
            bodies.save_chunks(connection, id_, chunks)

    store.bodies.write(save_bodies, durable=True)


def _append(
    connection: Connection,
    place: Callable[[Recorder], MailboxId],
    ids: Sequence[MessageId],
    new: Sequence[NewMessage],
    *,
    now: int,
    title: str = "",
) -> Change:
    recorder = Recorder(connection, now=now)
    target_id = place(recorder)
    mailbox: Mailbox = target_mailbox.required_target(connection, recorder, target_id)
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
    return recorder.end(lambda messages: title or f"{messages} put into {mailbox.name}")
