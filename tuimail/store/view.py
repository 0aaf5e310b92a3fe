"""The view of a message: its base with every open intent laid over it, in order. Derived here and nowhere else.

A message in a mailbox that is gone from the view is not seen either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection


MOVED = "moved"
"""The argument of an APPEND that brings a message from another account, which it then leaves (see `crossing`)."""
TAKEN_BACK = "taken back"
"""The argument of one that the user has undone while it was on its way: what has arrived by it is deleted there."""


def refresh_views(connection: Connection, ids: Iterable[MessageId]) -> None:
    """Derive the view of these messages anew: the base, then every open intent in its order."""
    for id_ in ids:
        row = connection.execute(
            "SELECT mailbox_id, flags, keywords, base_mailbox_id, base_flags, base_keywords, hidden, vanished_at"
            " FROM messages WHERE id = ?",
            (id_,),
        ).fetchone()
        if row is None:
            continue
        *old, base_mailbox_id, base_flags, base_keywords, hidden, vanished_at = row
        mailbox_id = None if hidden or vanished_at is not None else base_mailbox_id
        flags = Flags(base_flags, tuple(base_keywords.split()))
        for kind, target_id, argument, copy_id in rows(
            connection,
            "SELECT kind, target_id, argument, copy_id FROM intents"
            " WHERE (message_id = ?1 OR copy_id = ?1) AND state <> 'failed' ORDER BY id",
            (id_,),
        ):
            if copy_id == id_:
                is_to_be = mailbox_id is None and argument != TAKEN_BACK
                mailbox_id = target_id if is_to_be else mailbox_id
            elif copy_id is not None:
                mailbox_id = None if kind == "append" and argument == MOVED else mailbox_id
            elif kind == "add_flag":
                flags = flags.with_flag(argument)
            elif kind == "remove_flag":
                flags = flags.without_flag(argument)
            elif kind == "move" and vanished_at is None:
                mailbox_id = target_id
            elif kind == "expunge":
                mailbox_id = None
        if mailbox_id is not None and connection.execute("SELECT gone FROM mailboxes WHERE id = ?", (mailbox_id,)).get:
            mailbox_id = None
        view = [mailbox_id, flags.system, " ".join(flags.keywords)]
        if view != old:
            connection.execute("UPDATE messages SET mailbox_id = ?, flags = ?, keywords = ? WHERE id = ?", (*view, id_))
