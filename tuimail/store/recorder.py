"""What every change of the user is made of: messages as they are seen, and a recorder of intents and undo items."""

from __future__ import annotations

import enum
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


class ChangeKind(enum.StrEnum):
    """What undo and redo make of a change; the values are stored."""

    DONE = "done"
    """By the user's hand: undo takes it back."""
    UNDO = "undo"
    REDO = "redo"
    """What an undo had taken back, done again: undo takes it back."""
    ASIDE = "aside"
    """Not what the user means by undo, such as a message that counts as seen because it was opened."""


KEEP = "keep"
"""The undo item of a deletion for good: it is withdrawn."""
TOLD_EVERY = 500
"""After so many messages that are dealt with one by one, `Progress` is told."""
UNCOPY = "uncopy"
"""The undo item of a copy, whose original's id is the argument: it is withdrawn, or deleted."""

Progress = Callable[[int], None]
"""Told how many messages a long change has dealt with so far; called in the thread that writes."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a call did: a title for people ("2 messages moved to Archive"), and what it touched.

    `left_ids`: messages that are seen no more because others of `message_ids` have taken their place. `rules`: names of
    rules that the file of rules is to have, or to lose (see `rule_edits`).
    """

    id: ChangeId
    title: str
    message_ids: tuple[MessageId, ...]
    mailbox_ids: tuple[MailboxId, ...] = ()
    left_ids: tuple[MessageId, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed."""
        return not (self.message_ids or self.mailbox_ids or self.rules)


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

    def __init__(
        self,
        connection: Connection,
        *,
        now: int,
        kind: ChangeKind = ChangeKind.DONE,
        progress: Progress | None = None,
    ) -> None:
        self._connection = connection
        self.now = now
        self._progress = progress
        self._messages: dict[MessageId, None] = {}
        self._mailboxes: dict[MailboxId, None] = {}
        self._left: dict[MessageId, None] = {}
        self._rules: dict[str, None] = {}
        self.id = ChangeId(
            connection.execute(
                "INSERT INTO changes (title, created_at, kind) VALUES ('', ?, ?) RETURNING id", (now, kind.value)
            ).get
        )

    def intend(self, intents: Sequence[NewIntent]) -> None:
        """Write intents of this change."""
        journal.add_intents(self._connection, self.id, intents, now=self.now)

    def touch(self, id_: MessageId) -> None:
        """The change is about this message."""
        self._messages[id_] = None
        if self._progress is not None and len(self._messages) % TOLD_EVERY == 0:
            self._progress(len(self._messages))

    def touch_all(self, ids: Iterable[MessageId]) -> None:
        """The change is about these messages; whoever waits for it is told how far it has come."""
        self._messages.update(dict.fromkeys(ids))
        if self._progress is not None:
            self._progress(len(self._messages))

    def leave(self, id_: MessageId) -> None:
        """This message is seen no more: another one has taken its place."""
        self._left[id_] = None

    def touch_mailbox(self, id_: MailboxId) -> None:
        """The change is about this mailbox."""
        self._mailboxes[id_] = None

    def touch_rule(self, name: str) -> None:
        """The change is about the rule of that name."""
        self._rules[name] = None

    def can_undo_by(
        self, id_: MessageId | None, action: str, argument: str = "", mailbox_id: MailboxId | None = None
    ) -> None:
        """What undo does, the last one first (`reverting`); without a message it is about the mailbox."""
        self._connection.execute(
            "INSERT INTO undo_items (change_id, message_id, action, argument, mailbox_id) VALUES (?, ?, ?, ?, ?)",
            (self.id, id_, action, argument, mailbox_id),
        )

    def end(self, describe: Callable[[str], str]) -> Change:
        """The change; one that touched nothing leaves no trace. `describe` is given `2 messages` to make the title.

        What it intends in accounts whose mailboxes live here is carried out by now.
        """
        title = describe(counted(len(self._messages), "message"))
        if self._messages or self._mailboxes or self._rules:
            self._connection.execute("UPDATE changes SET title = ? WHERE id = ?", (title, self.id))
        else:
            self._connection.execute("DELETE FROM changes WHERE id = ?", (self.id,))
        local.carry_out(self._connection, now=self.now)
        return Change(
            self.id, title, tuple(self._messages), tuple(self._mailboxes), tuple(self._left), tuple(self._rules)
        )


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
