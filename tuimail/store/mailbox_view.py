"""The view of an account's mailboxes: what the server has, with every open intent laid over it, in order.

`server_name` and `server_subscribed` are the base; `name`, `subscribed` and `gone` are derived here and nowhere else.
A mailbox that the server does not have is shown while an open intent says that it is to be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MessageId
from tuimail.store.database import rows
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MAILBOX_KINDS = ("create_mailbox", "rename_mailbox", "delete_mailbox", "subscribe", "unsubscribe")
"""Kinds of intents that are about a mailbox and not about messages."""
IS_MAILBOX_KIND = f"kind IN ({', '.join(repr(kind) for kind in MAILBOX_KINDS)})"
"""The same as SQL."""


@dataclass(slots=True)
class _View:
    name: str
    subscribed: bool
    gone: bool


def is_below(name: str, parent: str, delimiter: str) -> bool:
    """Whether `name` is `parent` or lies below it."""
    return name == parent or (bool(delimiter) and name.startswith(parent + delimiter))


def levels_of(name: str, delimiter: str) -> list[str]:
    """The name with those above it: `a/b/c`, `a/b`, `a`."""
    if not delimiter:
        return [name]
    parts = name.split(delimiter)
    return [delimiter.join(parts[:count]) for count in range(len(parts), 0, -1)]


def refresh_mailbox_views(connection: Connection, account_id: AccountId) -> None:
    """Derive the view of all mailboxes of the account anew; messages of one that comes or goes follow it."""
    found = rows(
        connection,
        "SELECT id, name, server_name, delimiter, subscribed, server_subscribed, gone FROM mailboxes"
        " WHERE account_id = ?",
        (account_id,),
    )
    delimiters = {id_: delimiter for id_, _, _, delimiter, *_ in found}
    before = {id_: _View(name, bool(subscribed), bool(gone)) for id_, name, _, _, subscribed, _, gone in found}
    views = {
        id_: _View(name if server_name is None else server_name, bool(server_subscribed), server_name is None)
        for id_, name, server_name, _, _, server_subscribed, _ in found
    }
    for kind, mailbox_id, argument in rows(
        connection,
        "SELECT kind, mailbox_id, argument FROM intents"
        f" WHERE account_id = ? AND {IS_MAILBOX_KIND} AND state <> 'failed' ORDER BY id",
        (account_id,),
    ):
        if mailbox_id in views:
            _lay_over(views, mailbox_id, kind, argument, delimiters[mailbox_id])
    for id_, view in views.items():
        if view != before[id_]:
            connection.execute(
                "UPDATE mailboxes SET name = ?, subscribed = ?, gone = ?, revision = revision + 1 WHERE id = ?",
                (view.name, view.subscribed, view.gone, id_),
            )
            if view.gone != before[id_].gone:
                _follow(connection, id_, gone=view.gone)


def _lay_over(views: dict[int, _View], mailbox_id: int, kind: str, argument: str, delimiter: str) -> None:
    view = views[mailbox_id]
    if kind == "create_mailbox":
        view.subscribed = True
        if view.gone:
            view.name, view.gone = argument, False
    elif kind == "rename_mailbox":
        old = view.name
        for other in views.values():
            if not other.gone and is_below(other.name, old, delimiter):
                other.name = argument + other.name[len(old) :]
    elif kind == "delete_mailbox":
        view.gone = True
    else:
        view.subscribed = kind == "subscribe"


def _follow(connection: Connection, mailbox_id: int, *, gone: bool) -> None:
    """Messages without open intents at once, the others each by its own."""
    if gone:
        connection.execute("UPDATE messages SET mailbox_id = NULL WHERE mailbox_id = ? AND pending = 0", (mailbox_id,))
    else:
        connection.execute(
            "UPDATE messages SET mailbox_id = base_mailbox_id WHERE base_mailbox_id = ? AND pending = 0"
            " AND NOT hidden AND vanished_at IS NULL",
            (mailbox_id,),
        )
    pending = rows(
        connection,
        "SELECT id FROM messages WHERE base_mailbox_id = ?1 AND pending > 0"
        " UNION SELECT coalesce(copy_id, message_id) FROM intents WHERE target_id = ?1 AND state <> 'failed'"
        " AND coalesce(copy_id, message_id) IS NOT NULL",
        (mailbox_id,),
    )
    refresh_views(connection, [MessageId(id_) for (id_,) in pending])
