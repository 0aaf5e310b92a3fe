"""What every change of the user is made of: messages as they are seen, and a recorder of intents and undo items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, ChangeId, MailboxId, MessageId
from tuimail.model.units import counted
from tuimail.store import journal, local
from tuimail.store.journal import NewIntent

if TYPE_CHECKING:
    from tuimail.store.database import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """What a call did: a title for people ("2 messages moved to Archive"), and what it touched.

    `left_ids`: messages that are seen no more because others of `message_ids` have taken their place.
    """

    id: ChangeId
    title: str
    message_ids: tuple[MessageId, ...]
    mailbox_ids: tuple[MailboxId, ...] = ()
    left_ids: tuple[MessageId, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed."""
        return not (self.message_ids or self.mailbox_ids)


@dataclass(frozen=True, slots=True)
class Target:
    """A message as it is seen now, about to be changed."""

    id: MessageId
    account_id: AccountId
    mailbox_id: MailboxId | None
    flags: Flags
    base_mailbox_id: MailboxId | None


class Recorder:
    """Collects the intents and undo items of one change and writes them at its end. `now` is in seconds."""

    def __init__(self, connection: Connection, *, now: int, is_undo: bool = False) -> None:
        self._connection = connection
        self.now = now
        self._messages: dict[MessageId, None] = {}
        self._mailboxes: dict[MailboxId, None] = {}
        self._left: dict[MessageId, None] = {}
        self.id = ChangeId(
            connection.execute(
                "INSERT INTO changes (title, created_at, is_undo) VALUES ('', ?, ?) RETURNING id", (now, is_undo)
            ).get
        )

    def intend(self, intents: Sequence[NewIntent]) -> None:
        """Write intents of this change."""
        journal.add_intents(self._connection, self.id, intents, now=self.now)

    def touch(self, id_: MessageId) -> None:
        """The change is about this message."""
        self._messages[id_] = None

    def leave(self, id_: MessageId) -> None:
        """This message is seen no more: another one has taken its place."""
        self._left[id_] = None

    def touch_mailbox(self, id_: MailboxId) -> None:
        """The change is about this mailbox."""
        self._mailboxes[id_] = None

    def can_undo_by(
        self, id_: MessageId | None, action: str, argument: str = "", mailbox_id: MailboxId | None = None
    ) -> None:
        """What undo does, the last one first; without a message it is about the mailbox."""
        self._connection.execute(
            "INSERT INTO undo_items (change_id, message_id, action, argument, mailbox_id) VALUES (?, ?, ?, ?, ?)",
            (self.id, id_, action, argument, mailbox_id),
        )

    def end(self, describe: Callable[[str], str]) -> Change:
        """The change; one that touched nothing leaves no trace. `describe` is given `2 messages` to make the title.

        What it intends in accounts whose mailboxes live here is carried out by now.
        """
        title = describe(counted(len(self._messages), "message"))
        if self._messages or self._mailboxes:
            self._connection.execute("UPDATE changes SET title = ? WHERE id = ?", (title, self.id))
        else:
            self._connection.execute("DELETE FROM changes WHERE id = ?", (self.id,))
        local.carry_out(self._connection, now=self.now)
        return Change(self.id, title, tuple(self._messages), tuple(self._mailboxes), tuple(self._left))


def targets_of(connection: Connection, ids: Iterable[MessageId]) -> list[Target]:
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
            Target(
                id_,
                AccountId(account_id),
                None if mailbox_id is None else MailboxId(mailbox_id),
                Flags(flags, tuple(keywords.split())),
                None if base is None else MailboxId(base),
            )
        )
    return targets
