"""What the user does to mail: view, journal, counters and undo record in one transaction.

Each function here is run by `Database.write(..., durable=True)`: when it returns, the change survives a loss of
power, and the screen may show it. Nothing here talks to a server.

Changes that cancel each other before the server heard of them leave no intent behind: a flag set and cleared, a
message moved away and back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuimail.model.errors import ConfigError
from tuimail.model.flags import Flags, is_flag_name
from tuimail.model.ids import AccountId, ChangeId, IntentId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import journal, mailboxes
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """What a call did: a title for people ("2 messages moved to Archive"), and the messages that it touched."""

    id: ChangeId
    title: str
    message_ids: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class _Target:
    """A message as it is seen now, about to be changed."""

    id: MessageId
    account_id: AccountId
    mailbox_id: MailboxId | None
    flags: Flags
    base_mailbox_id: MailboxId | None


class _Recorder:
    """Collects the intents and undo items of one change and writes them at its end."""

    def __init__(self, connection: Connection, title: str, *, now: int, is_undo: bool = False) -> None:
        self._connection = connection
        self._now = now
        self._touched: dict[MessageId, None] = {}
        self.id = ChangeId(
            connection.execute(
                "INSERT INTO changes (title, created_at, is_undo) VALUES (?, ?, ?) RETURNING id", (title, now, is_undo)
            ).get
        )

    def intend(self, intents: Sequence[NewIntent]) -> None:
        journal.add_intents(self._connection, self.id, intents, now=self._now)

    def touch(self, id_: MessageId) -> None:
        self._touched[id_] = None

    def can_undo_by(self, id_: MessageId, action: str, argument: str = "", mailbox_id: MailboxId | None = None) -> None:
        self._connection.execute(
            "INSERT INTO undo_items (change_id, message_id, action, argument, mailbox_id) VALUES (?, ?, ?, ?, ?)",
            (self.id, id_, action, argument, mailbox_id),
        )

    def end(self, describe: Callable[[str], str]) -> Change:
        count = len(self._touched)
        title = describe("1 message" if count == 1 else f"{count} messages")
        if count:
            self._connection.execute("UPDATE changes SET title = ? WHERE id = ?", (title, self.id))
        else:
            self._connection.execute("DELETE FROM changes WHERE id = ?", (self.id,))
        return Change(self.id, title, tuple(self._touched))


def change_flags(
    connection: Connection,
    ids: Sequence[MessageId],
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    now: int,
    by_hand: bool = True,
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
    recorder = _Recorder(connection, "", now=now, is_undo=not by_hand)
    wanted = [(name, True) for name in add] + [(name, False) for name in remove]
    for name, on in wanted:
        _set_flag(connection, recorder, ids, name, on=on)
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


def _set_flag(connection: Connection, recorder: _Recorder, ids: Sequence[MessageId], name: str, *, on: bool) -> None:
    kind, opposite = IntentKind.ADD_FLAG, IntentKind.REMOVE_FLAG
    if not on:
        kind, opposite = opposite, kind
    intents = []
    for target in _targets(connection, ids):
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
        if _targets(connection, [target.id])[0].flags.has(name) != on:
            intents.append(NewIntent(kind, target.account_id, target.id, None, target.mailbox_id, None, name))
    recorder.intend(intents)
    refresh_views(connection, [intent.message_id for intent in intents if intent.message_id is not None])


def move(connection: Connection, ids: Sequence[MessageId], target_id: MailboxId, *, now: int) -> Change:
    """Move messages to a mailbox of their account.

    Raises:
        ConfigError: a message is of another account than the mailbox, or the mailbox holds no messages.
    """
    recorder = _Recorder(connection, "", now=now)
    name = _move(connection, recorder, ids, target_id)
    return recorder.end(lambda messages: f"{messages} moved to {name}")


def move_to_use(connection: Connection, ids: Sequence[MessageId], use: SpecialUse, *, now: int) -> Change:
    """Move messages to their account's mailbox for `use` (archive, junk, trash); one that is missing is made."""
    recorder = _Recorder(connection, "", now=now)
    by_account: dict[AccountId, list[MessageId]] = {}
    for target in _targets(connection, ids):
        by_account.setdefault(target.account_id, []).append(target.id)
    names = [
        _move(connection, recorder, own, _special_mailbox(connection, recorder, account_id, use))
        for account_id, own in by_account.items()
    ]
    name = names[0] if names else use.value
    return recorder.end(lambda messages: f"{messages} moved to {name}")


def _special_mailbox(connection: Connection, recorder: _Recorder, account_id: AccountId, use: SpecialUse) -> MailboxId:
    found = mailboxes.find_special(connection, account_id, use)
    if found is not None:
        _make_again(connection, recorder, found)
        return found
    name = _new_name(connection, account_id, use)
    made = mailboxes.add_local(connection, account_id, name, use)
    recorder.intend([NewIntent(IntentKind.CREATE_MAILBOX, account_id, mailbox_id=made, argument=name)])
    return made


def _make_again(connection: Connection, recorder: _Recorder, mailbox_id: MailboxId) -> None:
    """A mailbox that the server refused to make is asked for again by the next change that needs it."""
    refused = rows(
        connection,
        "DELETE FROM intents WHERE mailbox_id = ?1 AND kind = 'create_mailbox' AND state = 'failed'"
        " AND EXISTS (SELECT 1 FROM mailboxes WHERE id = ?1 AND NOT on_server) RETURNING account_id, argument",
        (mailbox_id,),
    )
    recorder.intend(
        [
            NewIntent(IntentKind.CREATE_MAILBOX, AccountId(account_id), mailbox_id=mailbox_id, argument=name)
            for account_id, name in refused
        ]
    )


def _new_name(connection: Connection, account_id: AccountId, use: SpecialUse) -> str:
    """A free name below the server's personal namespace; an unselectable mailbox may sit on the plain one."""
    prefix = connection.execute("SELECT namespace_prefix FROM accounts WHERE id = ?", (account_id,)).get or ""
    taken = {mailbox.name.casefold() for mailbox in mailboxes.list_mailboxes(connection, account_id)}
    plain = prefix + mailboxes.NEW_NAMES[use]
    name, number = plain, 2
    while name.casefold() in taken:
        name, number = f"{plain} {number}", number + 1
    return name


def _move(connection: Connection, recorder: _Recorder, ids: Sequence[MessageId], target_id: MailboxId) -> str:
    mailbox = mailboxes.read_mailbox(connection, target_id)
    if mailbox is None:
        raise ConfigError("The mailbox to move to is gone.", hint="Choose another one.")
    _check_holds_messages(mailbox.name, mailbox.selectable)
    _make_again(connection, recorder, target_id)
    intents = []
    for target in _targets(connection, ids):
        _check_same_account(target, mailbox.account_id, mailbox.name)
        if target.mailbox_id == target_id or target.mailbox_id is None:
            continue
        connection.execute(
            "DELETE FROM intents WHERE message_id = ?1 AND kind = 'move' AND (state = 'failed'"
            " OR state IN ('waiting', 'held') AND id = (SELECT max(id) FROM intents WHERE message_id = ?1))",
            (target.id,),
        )
        refresh_views(connection, [target.id])
        recorder.touch(target.id)
        recorder.can_undo_by(target.id, IntentKind.MOVE.value, mailbox_id=target.mailbox_id)
        now_in = _targets(connection, [target.id])[0].mailbox_id
        if now_in != target_id:
            intents.append(NewIntent(IntentKind.MOVE, target.account_id, target.id, None, now_in, target_id))
    recorder.intend(intents)
    refresh_views(connection, [intent.message_id for intent in intents if intent.message_id is not None])
    return mailbox.name


def copy(connection: Connection, ids: Sequence[MessageId], target_id: MailboxId, *, now: int) -> Change:
    """Copy messages to a mailbox of their account; each copy is a message of its own at once.

    Raises:
        ConfigError: a message is of another account than the mailbox, or the mailbox holds no messages.
    """
    mailbox = mailboxes.read_mailbox(connection, target_id)
    if mailbox is None:
        raise ConfigError("The mailbox to copy to is gone.", hint="Choose another one.")
    _check_holds_messages(mailbox.name, mailbox.selectable)
    recorder = _Recorder(connection, "", now=now)
    _make_again(connection, recorder, target_id)
    intents = []
    for target in _targets(connection, ids):
        _check_same_account(target, mailbox.account_id, mailbox.name)
        copy_id = MessageId(
            connection.execute(
                "INSERT INTO messages (account_id, mailbox_id, flags, keywords, base_flags, base_keywords, date,"
                " internal_date, size_octets, subject, from_label, to_label, envelope, message_id, thread_id,"
                " has_attachments, snippet, body, body_id)"
                " SELECT account_id, NULL, flags, keywords, flags, keywords, date, internal_date, size_octets,"
                " subject, from_label, to_label, envelope, message_id, thread_id, has_attachments, snippet, body,"
                " body_id FROM messages WHERE id = ? RETURNING id",
                (target.id,),
            ).get
        )
        recorder.touch(copy_id)
        recorder.can_undo_by(copy_id, IntentKind.EXPUNGE.value)
        intents.append(NewIntent(IntentKind.COPY, target.account_id, target.id, copy_id, target.mailbox_id, target_id))
    recorder.intend(intents)
    refresh_views(connection, [intent.copy_id for intent in intents if intent.copy_id is not None])
    return recorder.end(lambda messages: f"{messages} copied to {mailbox.name}")


def expunge(connection: Connection, ids: Sequence[MessageId], *, now: int) -> Change:
    """Delete messages for good: undo helps only until the server has heard of it."""
    recorder = _Recorder(connection, "", now=now)
    _expunge(connection, recorder, ids)
    return recorder.end(lambda messages: f"{messages} deleted for good")


def _expunge(connection: Connection, recorder: _Recorder, ids: Sequence[MessageId]) -> None:
    intents = []
    for target in _targets(connection, ids):
        recorder.touch(target.id)
        recorder.can_undo_by(target.id, "keep")
        intents.append(NewIntent(IntentKind.EXPUNGE, target.account_id, target.id, None, target.mailbox_id))
    recorder.intend(intents)
    refresh_views(connection, [intent.message_id for intent in intents if intent.message_id is not None])


def undo(connection: Connection, *, now: int) -> Change | None:
    """Take back the user's last change that was not taken back yet; None when there is none.

    What the server has not heard of is withdrawn; what it has done is reversed by new intents. A deletion for
    good that the server has carried out touches no message, and the title says so.
    """
    row = connection.execute(
        "SELECT id, title FROM changes WHERE NOT is_undo AND undone_at IS NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    change_id, title = row
    recorder = _Recorder(connection, "", now=now, is_undo=True)
    items = rows(
        connection,
        "SELECT message_id, action, argument, mailbox_id FROM undo_items WHERE change_id = ? ORDER BY id DESC",
        (change_id,),
    )
    connection.execute("UPDATE changes SET undone_at = ? WHERE id = ?", (now, change_id))
    for (action, argument, mailbox_id), ids in _grouped(items):
        if action == IntentKind.MOVE:
            if mailboxes.read_mailbox(connection, mailbox_id) is not None:
                _move(connection, recorder, ids, mailbox_id)
        elif action == IntentKind.EXPUNGE:
            _uncopy(connection, recorder, ids)
        elif action == "keep":
            _keep(connection, recorder, ids)
        else:
            _set_flag(connection, recorder, ids, argument, on=action == IntentKind.ADD_FLAG)
    undone = recorder.end(lambda _messages: f"Undone: {title}")
    if not undone.message_ids:
        return Change(undone.id, f"Cannot be undone any more: {title}", ())
    return undone


def _uncopy(connection: Connection, recorder: _Recorder, ids: Sequence[MessageId]) -> None:
    """Withdraw copies that the server has not heard of; the others are deleted there."""
    copied = []
    for id_ in ids:
        waiting = connection.execute("SELECT id FROM intents WHERE copy_id = ? AND state <> 'sent'", (id_,)).get
        if waiting is None:
            copied.append(id_)
        else:
            recorder.touch(id_)
            journal.withdraw(connection, IntentId(waiting), id_)
    _expunge(connection, recorder, copied)


def _keep(connection: Connection, recorder: _Recorder, ids: Sequence[MessageId]) -> None:
    for id_ in ids:
        if rows(
            connection,
            "DELETE FROM intents WHERE message_id = ? AND kind = 'expunge' AND state <> 'sent' RETURNING id",
            (id_,),
        ):
            recorder.touch(id_)
    refresh_views(connection, ids)


def _grouped(
    items: Iterable[tuple[Any, ...]],
) -> list[tuple[tuple[str, str, MailboxId], list[MessageId]]]:
    """Runs of undo items that are alike, in their order."""
    groups: list[tuple[tuple[str, str, MailboxId], list[MessageId]]] = []
    for message_id, action, argument, mailbox_id in items:
        key = (action, argument, MailboxId(mailbox_id or 0))
        if not groups or groups[-1][0] != key:
            groups.append((key, []))
        groups[-1][1].append(MessageId(message_id))
    return groups


def _targets(connection: Connection, ids: Iterable[MessageId]) -> list[_Target]:
    """Those of `ids` that exist and can be seen, in their order."""
    targets = []
    for id_ in dict.fromkeys(ids):
        row = connection.execute(
            "SELECT account_id, mailbox_id, flags, keywords, base_mailbox_id FROM messages"
            " WHERE id = ? AND vanished_at IS NULL",
            (id_,),
        ).fetchone()
        if row is None:
            continue
        account_id, mailbox_id, flags, keywords, base = row
        targets.append(
            _Target(
                id_,
                AccountId(account_id),
                None if mailbox_id is None else MailboxId(mailbox_id),
                Flags(flags, tuple(keywords.split())),
                None if base is None else MailboxId(base),
            )
        )
    return targets


def _check_holds_messages(name: str, selectable: bool) -> None:
    if not selectable:
        raise ConfigError(f"The mailbox {name!r} holds no messages, only other mailboxes.", hint="Choose another one.")


def _check_same_account(target: _Target, account_id: AccountId, name: str) -> None:
    if target.account_id != account_id:
        raise ConfigError(
            f"Message {target.id} is of another account than the mailbox {name!r}.",
            hint="Choose a mailbox of the same account.",
        )
