"""What the user does to mail: view, journal, counters and undo record in one transaction.

Each function here is run by `Database.write(..., durable=True)`: when it returns, the change survives a loss of
power, and the screen may show it. Nothing here talks to a server.

Changes that cancel each other before the server heard of them leave no intent behind: a flag set and cleared, a
message moved away and back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.flags import is_flag_name
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse, spoken
from tuimail.store import bulk, crossing, crossing_changes, inserting, snooze_rows, target_mailbox
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.recorder import KEEP, UNCOPY, Change, ChangeKind, Progress, Recorder, targets_of
from tuimail.store.target_mailbox import NewMailbox
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def change_flags(
    connection: Connection,
    ids: Sequence[MessageId],
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    now: int,
    by_hand: bool = True,
    progress: Progress | None = None,
) -> Change:
    """Set and clear flags (wire names). Messages that have them so already are left alone.

    What did not happen `by_hand`, such as a message that counts as seen because it was opened, is not what the
    user means by undo, and is left out of it.

    Raises:
        ConfigError: a name that can be no flag.
    """
    add, remove = list(add), list(remove)
    for name in [*add, *remove]:
        if not is_flag_name(name):
            raise ConfigError(
                f"{name[:60]!a} cannot be a flag.", hint="A keyword is ASCII without spaces, quotes and brackets."
            )
    kind = ChangeKind.DONE if by_hand else ChangeKind.ASIDE
    recorder = Recorder(connection, now=now, kind=kind, progress=progress)
    wanted = [(name, True) for name in add] + [(name, False) for name in remove]
    for name, on in wanted:
        set_flag(connection, recorder, ids, name, on=on)
    words = " and ".join(_words_for(name, on=on) for name, on in wanted)
    return recorder.end(lambda messages: f"{messages} {words}")


_FLAG_WORDS = {
    "\\seen": ("marked as seen", "marked as unseen"),
    "\\flagged": ("flagged", "unflagged"),
    "\\answered": ("marked as answered", "marked as not answered"),
    "\\draft": ("marked as draft", "marked as no draft"),
    "\\deleted": ("marked as deleted", "marked as not deleted"),
}


def _words_for(name: str, *, on: bool) -> str:
    set_, cleared = _FLAG_WORDS.get(name.lower(), (f"tagged {name}", f"freed of the tag {name}"))
    return set_ if on else cleared


def set_flag(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], name: str, *, on: bool) -> None:
    """Set or clear a flag, as a part of the change; an opposite intent that was not sent is withdrawn."""
    kind, opposite = IntentKind.ADD_FLAG, IntentKind.REMOVE_FLAG
    if not on:
        kind, opposite = opposite, kind
    intents = []
    for target in targets_of(connection, bulk.set_flag(connection, recorder, ids, name, on=on)):
        if target.flags.has(name) == on:
            continue
        connection.execute(
            "DELETE FROM intents WHERE message_id = ? AND lower(argument) = lower(?)"
            " AND (kind = ? AND state IN ('waiting', 'held') OR kind IN ('add_flag', 'remove_flag')"
            " AND state = 'failed')",
            (target.id, name, opposite.value),
        )
        refresh_views(connection, [target.id])
        recorder.touch(target.id)
        recorder.can_undo_by(target.id, (IntentKind.REMOVE_FLAG if on else IntentKind.ADD_FLAG).value, name)
        if targets_of(connection, [target.id])[0].flags.has(name) != on:
            intents.append(NewIntent(kind, target.account_id, target.id, None, target.mailbox_id, None, name))
    recorder.intend(intents)
    refresh_views(connection, [intent.message_id for intent in intents if intent.message_id is not None])


def move(
    connection: Connection,
    ids: Sequence[MessageId],
    target_id: MailboxId | NewMailbox,
    *,
    now: int,
    progress: Progress | None = None,
) -> Change:
    """Move messages to a mailbox, of their account or of another, or one that is made for them.

    Raises:
        ConfigError: the mailbox is gone, or holds no messages.
    """
    recorder = Recorder(connection, now=now, progress=progress)
    target_id = target_mailbox.resolved(connection, recorder, target_id)
    mailbox = target_mailbox.required_target(connection, recorder, target_id)
    own, others = _by_account(connection, ids, mailbox)
    move_each(connection, recorder, own, target_id)
    crossing_changes.carry_each(connection, recorder, others, mailbox, moves=True)
    return recorder.end(lambda messages: f"{messages} moved to {_place(mailbox, others)}")


def _by_account(
    connection: Connection, ids: Sequence[MessageId], mailbox: Mailbox
) -> tuple[list[MessageId], list[MessageId]]:
    """Those of the mailbox's account, and those of others."""
    groups = by_account(connection, ids)
    own = groups.pop(mailbox.account_id, [])
    return own, [id_ for others in groups.values() for id_ in others]


def by_account(connection: Connection, ids: Sequence[MessageId]) -> dict[AccountId, list[MessageId]]:
    """Those of the messages that exist, by the account that they are in."""
    groups: dict[AccountId, list[MessageId]] = {}
    for id_, account_id in rows(
        connection,
        "SELECT m.id, m.account_id FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value"
        " WHERE m.vanished_at IS NULL ORDER BY j.key",
        (json.dumps(list(dict.fromkeys(ids))),),
    ):
        groups.setdefault(AccountId(account_id), []).append(MessageId(id_))
    return groups


def _place(mailbox: Mailbox, others: Sequence[MessageId]) -> str:
    name = spoken(mailbox.name)
    return f"{name} ({mailbox.account})" if others else name


def move_to_use(
    connection: Connection,
    ids: Sequence[MessageId],
    use: SpecialUse,
    *,
    now: int,
    progress: Progress | None = None,
) -> Change:
    """Move messages to their account's mailbox for `use` (archive, junk, trash); one that is missing is made."""
    recorder = Recorder(connection, now=now, progress=progress)
    name = move_each_to_use(connection, recorder, ids, use)
    return recorder.end(lambda messages: f"{messages} moved to {name}")


def move_each_to_use(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], use: SpecialUse) -> str:
    """Move messages to their account's mailbox for `use`, as a part of the change; returns the mailboxes' names."""
    names = [
        move_each(connection, recorder, own, target_mailbox.special_mailbox(connection, recorder, account_id, use))
        for account_id, own in by_account(connection, ids).items()
    ]
    return " and ".join(dict.fromkeys(names)) or use.value


def move_each(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], target_id: MailboxId) -> str:
    """Move messages to a mailbox of their account, as a part of the change; returns the mailbox's name.

    Raises:
        ConfigError: as `move`.
    """
    mailbox = target_mailbox.required_target(connection, recorder, target_id)
    snooze_rows.forget_leaving(connection, recorder, ids, target_id)
    intents = []
    for target in targets_of(connection, bulk.move(connection, recorder, ids, target_id)):
        if target.mailbox_id == target_id or target.mailbox_id is None:
            continue
        crossing.forget_failed(connection, target.id)
        connection.execute(
            "DELETE FROM intents WHERE message_id = ?1 AND kind = 'move' AND (state = 'failed'"
            " OR state IN ('waiting', 'held') AND id = (SELECT max(id) FROM intents WHERE message_id = ?1))",
            (target.id,),
        )
        refresh_views(connection, [target.id])
        recorder.touch(target.id)
        recorder.can_undo_by(target.id, IntentKind.MOVE.value, mailbox_id=target.mailbox_id)
        now_in = targets_of(connection, [target.id])[0].mailbox_id
        if now_in != target_id:
            intents.append(NewIntent(IntentKind.MOVE, target.account_id, target.id, None, now_in, target_id))
    recorder.intend(intents)
    refresh_views(connection, [intent.message_id for intent in intents if intent.message_id is not None])
    return spoken(mailbox.name)


def copy(
    connection: Connection,
    ids: Sequence[MessageId],
    target_id: MailboxId | NewMailbox,
    *,
    now: int,
    progress: Progress | None = None,
) -> Change:
    """Copy messages to a mailbox, of their account or of another; each copy is a message of its own at once.

    Raises:
        ConfigError: the mailbox is gone, or holds no messages.
    """
    recorder = Recorder(connection, now=now, progress=progress)
    target_id = target_mailbox.resolved(connection, recorder, target_id)
    mailbox = target_mailbox.required_target(connection, recorder, target_id)
    own, others = _by_account(connection, ids, mailbox)
    intents = []
    for target in targets_of(connection, own):
        copy_id = inserting.insert_copy(connection, target.id)
        recorder.touch(copy_id)
        recorder.can_undo_by(copy_id, UNCOPY, str(target.id), target_id)
        intents.append(NewIntent(IntentKind.COPY, target.account_id, target.id, copy_id, target.mailbox_id, target_id))
    recorder.intend(intents)
    refresh_views(connection, [intent.copy_id for intent in intents if intent.copy_id is not None])
    crossing_changes.carry_each(connection, recorder, others, mailbox, moves=False)
    return recorder.end(lambda messages: f"{messages} copied to {_place(mailbox, others)}")


def expunge(connection: Connection, ids: Sequence[MessageId], *, now: int, progress: Progress | None = None) -> Change:
    """Delete messages for good: undo helps only until the server has heard of it."""
    recorder = Recorder(connection, now=now, progress=progress)
    expunge_each(connection, recorder, ids)
    return recorder.end(lambda messages: f"{messages} deleted for good")


def expunge_each(
    connection: Connection,
    recorder: Recorder,
    ids: Sequence[MessageId],
    argument: str = "",
    *,
    undo_by: str | None = KEEP,
) -> None:
    """Delete messages for good, as a part of the change; with the argument `KEPT`, on the server only."""
    intents = []
    for target in targets_of(connection, bulk.expunge(connection, recorder, ids, argument, undo_by)):
        recorder.touch(target.id)
        if undo_by is not None:
            recorder.can_undo_by(target.id, undo_by, argument, target.mailbox_id)
        intents.append(
            NewIntent(IntentKind.EXPUNGE, target.account_id, target.id, None, target.mailbox_id, None, argument)
        )
    recorder.intend(intents)
    refresh_views(connection, [intent.message_id for intent in intents if intent.message_id is not None])
