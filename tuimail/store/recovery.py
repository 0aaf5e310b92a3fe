"""Putting messages back on the server that it no longer has: out of their tombstones, or instead of removing them.

    tombstone, or missing ──► local: shown in its mailbox again ──APPEND──► bound, under the id that it always had

The octets are those that were fetched, flags and date of arrival are kept. Withdrawn before it was sent, a message is
a tombstone (again).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.store import mailboxes, target_mailbox
from tuimail.store.database import rows
from tuimail.store.journal import KEPT, IntentKind, NewIntent
from tuimail.store.recorder import Change, Recorder
from tuimail.store.tombstones import Tombstone, find_tombstone
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def restore(connection: Connection, dead: Sequence[Tombstone], mailbox: str | None = None, *, now: int) -> Change:
    """Put these back where each was last, or all into `mailbox` (a name or a special use); one undo for all.

    Raises:
        ConfigError: there is no such mailbox (any more), a message has no body here, or is back already. Then nothing
            is changed.
    """
    recorder = Recorder(connection, now=now)
    by_place: dict[tuple[AccountId, str], list[MessageId]] = {}
    for one in dead:
        if find_tombstone(connection, one.id) is None:
            raise ConfigError(
                f"Message {one.id} is not among what vanished any more.",
                hint="`tuimail recover list` says which ones can be restored.",
            )
        if not one.has_body:
            raise ConfigError(
                f"The body of message {one.id} was never fetched: it cannot be put back.",
                hint="Leave it out; `tuimail recover list` says which ones can be restored.",
            )
        by_place.setdefault((one.account_id, mailbox or one.message.mailbox), []).append(one.id)
    for (account_id, name), ids in by_place.items():
        target_id = _place(connection, account_id, name, ids[0])
        target_mailbox.required_target(connection, recorder, target_id)
        put_back(connection, recorder, ids, target_id)
        for id_ in ids:
            recorder.can_undo_by(id_, IntentKind.EXPUNGE, KEPT)
    return recorder.end(lambda messages: f"{messages} put back")


def _place(connection: Connection, account_id: AccountId, name: str, id_: MessageId) -> MailboxId:
    try:
        return mailboxes.find_mailbox(connection, account_id, name).id
    except ConfigError as error:
        raise ConfigError(
            f"Message {id_} was in the mailbox {name!r}, which is gone." if name else f"Message {id_}: {error.message}",
            hint="Say with --mailbox where to put it.",
        ) from error


def put_back(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], target_id: MailboxId) -> None:
    """Append these, whose bodies are here, to the mailbox, as a part of the change."""
    for id_ in ids:
        connection.execute("DELETE FROM intents WHERE message_id = ? AND kind = 'remove'", (id_,))
        connection.execute(
            "UPDATE messages SET last_mailbox = coalesce((SELECT name FROM mailboxes WHERE id = base_mailbox_id),"
            " last_mailbox), base_mailbox_id = NULL, uid = NULL, mod_seq = NULL, missing_at = NULL,"
            " vanished_at = NULL WHERE id = ?",
            (id_,),
        )
        recorder.touch(id_)
    ((account_id,),) = rows(connection, "SELECT account_id FROM mailboxes WHERE id = ?", (target_id,))
    kind = IntentKind.APPEND
    recorder.intend([NewIntent(kind, AccountId(account_id), copy_id=id_, target_id=target_id) for id_ in ids])
    refresh_views(connection, ids)
