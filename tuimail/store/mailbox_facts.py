"""What the server did to mailboxes on the user's behalf, recorded as base; the view follows when the intent ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, ChangeId, IntentId, MailboxId, MessageId
from tuimail.model.uid_set import UidSet
from tuimail.store import journal, messages
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.mailbox_view import is_below, refresh_mailbox_views
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection


MAILBOX_GONE = "The mailbox is gone from the server."


def names_from(connection: Connection, mailbox_id: MailboxId) -> list[tuple[str, bool]]:
    """The server's names of the mailbox and of those below it, and whether they are subscribed to there."""
    return [(name, bool(subscribed)) for _, name, subscribed in _family(connection, mailbox_id)]


def _family(connection: Connection, mailbox_id: MailboxId) -> list[tuple[MailboxId, str, bool]]:
    found = rows(connection, "SELECT account_id, server_name, delimiter FROM mailboxes WHERE id = ?", (mailbox_id,))
    if not found or found[0][1] is None:
        return []
    account_id, top, delimiter = found[0]
    known = rows(
        connection,
        "SELECT id, server_name, server_subscribed FROM mailboxes WHERE account_id = ? AND server_name IS NOT NULL",
        (account_id,),
    )
    return [(MailboxId(id_), name, bool(on)) for id_, name, on in known if is_below(name, top, delimiter)]


def record_renamed(connection: Connection, mailbox_id: MailboxId, name: str, *, now: int) -> None:
    """The server calls the mailbox `name` now, and those below it accordingly.

    A row that stood under such a name stood for nothing: the server would have refused.
    """
    family = _family(connection, mailbox_id)
    if not family:
        return
    old = rows(connection, "SELECT server_name FROM mailboxes WHERE id = ?", (mailbox_id,))[0][0]
    if old == name:
        return
    own = {id_ for id_, _, _ in family}
    for id_, former, _ in family:
        new = name + former[len(old) :]
        for (stale,) in rows(
            connection,
            "SELECT id FROM mailboxes WHERE server_name = ? AND id <> ?"
            " AND account_id = (SELECT account_id FROM mailboxes WHERE id = ?)",
            (new, id_, id_),
        ):
            if stale not in own:
                record_deleted(connection, MailboxId(stale), now=now)
        connection.execute("UPDATE mailboxes SET server_name = NULL WHERE id = ?", (id_,))
    for id_, former, _ in family:
        new = name + former[len(old) :]
        connection.execute("UPDATE mailboxes SET server_name = ?, revision = revision + 1 WHERE id = ?", (new, id_))


def record_subscribed(connection: Connection, mailbox_id: MailboxId, *, on: bool) -> None:
    """The server has the mailbox on its list of subscriptions, or not."""
    connection.execute("UPDATE mailboxes SET server_subscribed = ? WHERE id = ?", (on, mailbox_id))


def record_deleted(connection: Connection, mailbox_id: MailboxId, *, now: int) -> None:
    """The server no longer has the mailbox. Its row stays, without a base, so that it can be made again.

    What stood for messages that were left there marked as deleted goes; any other message counts as vanished. Changes
    that lead into it fail, unless it is to be made again.
    """
    connection.execute("DELETE FROM messages WHERE base_mailbox_id = ? AND hidden", (mailbox_id,))
    lost = rows(connection, "SELECT id FROM messages WHERE base_mailbox_id = ?", (mailbox_id,))
    messages.vanish(connection, [MessageId(id_) for (id_,) in lost], now=now)
    connection.execute(
        "UPDATE mailboxes SET server_name = NULL, server_subscribed = 0, server_id = '', uid_validity = NULL,"
        " uid_next = NULL, highest_mod_seq = NULL, server_total = NULL, first_uid = NULL, synced_at = NULL,"
        " revision = revision + 1 WHERE id = ?",
        (mailbox_id,),
    )
    if not rows(
        connection,
        "SELECT 1 FROM intents WHERE mailbox_id = ? AND kind = 'create_mailbox' AND state <> 'failed'",
        (mailbox_id,),
    ):
        fail_led_into(connection, mailbox_id, now=now)


def fail_led_into(connection: Connection, mailbox_id: MailboxId, *, now: int) -> None:
    """The server no longer has the mailbox: open changes that lead into it fail, in any state."""
    led_here = rows(
        connection,
        "SELECT id, change_id, account_id, message_id, mailbox_id, kind = 'move' AND state = 'sent' FROM intents"
        " WHERE target_id = ? AND state <> 'failed'",
        (mailbox_id,),
    )
    journal.fail(connection, [IntentId(id_) for id_, *_ in led_here], MAILBOX_GONE)
    half_done = [one for _, *one, is_half_done in led_here if is_half_done]
    for change_id, account_id, message_id, source_id in half_done:
        # Marked as deleted already, perhaps, when the link broke: it stays, and nobody must expunge it.
        mark = NewIntent(IntentKind.REMOVE_FLAG, account_id, message_id, None, source_id, None, "\\Deleted")
        journal.add_intents(connection, change_id, [mark], now=now)
    refresh_views(connection, {MessageId(message_id) for _, _, message_id, _ in half_done})


def settle_gone(
    connection: Connection, account_id: AccountId, gone: Collection[MailboxId], listed: Collection[str], *, now: int
) -> None:
    """Before a complete LIST is saved: of the mailboxes that it lacks, those that we renamed or deleted ourselves.

    The process may have died, or the answer be lost, after the server did it.
    """
    for mailbox_id, kind, name in rows(
        connection,
        "SELECT mailbox_id, kind, argument FROM intents WHERE account_id = ? AND state <> 'failed'"
        " AND kind IN ('rename_mailbox', 'delete_mailbox') ORDER BY id",
        (account_id,),
    ):
        if mailbox_id not in gone:
            continue
        if kind == IntentKind.DELETE_MAILBOX:
            record_deleted(connection, mailbox_id, now=now)
        elif name in listed and not rows(
            connection, "SELECT 1 FROM mailboxes WHERE account_id = ? AND server_name = ?", (account_id, name)
        ):
            record_renamed(connection, mailbox_id, name, now=now)
    refresh_mailbox_views(connection, account_id)


def left_in(connection: Connection, mailbox_id: MailboxId, uids: UidSet) -> tuple[list[MessageId], UidSet]:
    """Of the UIDs that the server has in the mailbox: the messages known here that did not leave it, and the UIDs of
    those not known. Messages that stay there marked as deleted because they cannot be removed one by one count as gone.
    """
    known = {
        uid: (MessageId(id_), bool(hidden))
        for id_, uid, hidden in rows(
            connection,
            "SELECT id, uid, hidden FROM messages WHERE base_mailbox_id = ? AND uid IS NOT NULL",
            (mailbox_id,),
        )
    }
    stayed = [known[uid][0] for uid in uids if uid in known and not known[uid][1]]
    return stayed, UidSet.of(uid for uid in uids if uid not in known)


def move_left(connection: Connection, intent_id: int, ids: Iterable[MessageId], *, now: int) -> None:
    """Messages that turned up in a mailbox about to be deleted go where its others went, as a part of that change."""
    ((change_id, account_id, mailbox_id, target_id),) = rows(
        connection, "SELECT change_id, account_id, mailbox_id, target_id FROM intents WHERE id = ?", (intent_id,)
    )
    ids = list(ids)
    kind = IntentKind.MOVE
    intents = [NewIntent(kind, AccountId(account_id), id_, None, mailbox_id, target_id) for id_ in ids]
    journal.add_intents(connection, ChangeId(change_id), intents, now=now)
    # Before the item that makes the mailbox again: undo begins with the last.
    connection.executemany(
        "INSERT INTO undo_items (id, change_id, message_id, action, mailbox_id)"
        " VALUES ((SELECT min(id) - 1 FROM undo_items), ?, ?, 'move', ?)",
        ((change_id, id_, mailbox_id) for id_ in ids),
    )
    refresh_views(connection, ids)
