"""What the server no longer has: marked as missing, judged at the end of a pass, then removed here or held.

    bound ──VANISHED, a complete listing, gone from LIST──► missing ──`judge`──┬─► vanished   (see `tombstones`)
      ▲                                                        │               └─► held: intents of the kind `remove`
      └──── found again, in this mailbox or in another ────────┴───────────────────────┤
                                          `accept` ─► vanished in the next pass        └─ `refuse` ─► put back

A missing message is still shown. Its mark is committed before the cursor of its mailbox moves on, and only a judgement
takes it away: a pass that was cut, a restart and any later pass come to the same removals, and never to half of them.

A removal counts as a loss unless the user asked for it, or another mailbox of the account has the message (another
client moved it). Losses are held when they are more than both the count and the share of the limit

- in one mailbox, together with what is held of it already, of the messages known in it; Trash and Junk are there to be
  emptied and are left to the second rule;
- in all other mailboxes together, of the messages known in the account: then all that the pass lost is held.

Nothing here talks to a server.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.config.schema import DeletionLimit
from tuimail.model.ids import AccountId, ChangeId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.uid_set import UidSet
from tuimail.model.units import counted
from tuimail.store import journal, messages
from tuimail.store.database import rows
from tuimail.store.identity import join_moved
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.mailbox_facts import MAILBOX_GONE, fail_led_into
from tuimail.store.renames import void
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

EMPTIED_USES = frozenset({SpecialUse.TRASH.value, SpecialUse.JUNK.value})

_LIVES_ELSEWHERE = (
    "EXISTS (SELECT 1 FROM messages o WHERE o.message_id = m.message_id AND m.message_id <> ''"
    " AND o.account_id = m.account_id AND o.size_octets = m.size_octets AND o.id <> m.id"
    " AND o.base_mailbox_id IS NOT NULL AND o.missing_at IS NULL AND NOT o.hidden)"
)
_ASKED_FOR = (
    "(m.hidden OR EXISTS (SELECT 1 FROM intents e WHERE e.message_id = m.id AND e.kind = 'expunge'"
    " AND e.state <> 'failed') OR EXISTS (SELECT 1 FROM intents e WHERE e.copy_id = m.id AND e.state <> 'failed'))"
)
"""The user deletes it, or an open intent puts it there (again)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a judgement did in one mailbox: how many messages vanished from it, and how many were held anew."""

    mailbox_id: MailboxId
    name: str
    vanished: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judgement did, by mailbox."""

    outcomes: tuple[Outcome, ...] = ()

    @property
    def vanished(self) -> int:
        """How many messages vanished."""
        return sum(outcome.vanished for outcome in self.outcomes)

    @property
    def held(self) -> int:
        """How many messages were held anew."""
        return sum(outcome.held for outcome in self.outcomes)


@dataclass(slots=True)
class _Missing:
    """What is missing of one mailbox and not judged yet: losses, and what is none."""

    mailbox_id: MailboxId
    name: str
    special_use: str | None
    lost: list[MessageId]
    no_loss: list[MessageId]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a pass would do about a mailbox that lost `lost` of `total` messages: remove some, hold some."""

    mailbox_id: MailboxId
    name: str
    lost: int
    total: int
    vanishing: int
    held: int


def is_too_much(lost: int, total: int, limit: DeletionLimit) -> bool:
    """Whether `lost` of `total` messages are more than both the count and the share of the limit."""
    return lost > limit.count and lost > limit.share * total


def miss(connection: Connection, mailbox_id: MailboxId, uids: UidSet, *, now: int) -> int:
    """The server no longer has these UIDs in the mailbox. Returns how many messages are missing by it.

    A message that we are moving at this moment is only unbound: the answer to the move says where it is.
    """
    missed = 0
    for id_ in messages.ids_of_uids(connection, mailbox_id, uids).values():
        if _is_moving(connection, id_):
            connection.execute("UPDATE messages SET uid = NULL WHERE id = ?", (id_,))
        elif not join_moved(connection, id_):
            _mark(connection, id_, now)
            missed += 1
    return missed


def miss_unbound(
    connection: Connection, mailbox_id: MailboxId, ids: Iterable[MessageId] | None = None, *, now: int
) -> int:
    """After a complete pull: those of `ids` that are thought to be in the mailbox and have no UID are missing.

    `ids` had none before the pull began: what a push has moved here since is not among them; None stands for all.
    A message on its way out of the mailbox is left to the answer to its move. Returns how many are missing by it.
    """
    unbound = set(messages.unbound_in(connection, mailbox_id))
    gone = [id_ for id_ in (unbound if ids is None else ids) if id_ in unbound and not _is_moving(connection, id_)]
    gone = [id_ for id_ in gone if not join_moved(connection, id_)]
    for id_ in gone:
        _mark(connection, id_, now)
    return len(gone)


def miss_mailbox(connection: Connection, mailbox_id: MailboxId, *, now: int) -> int:
    """The server no longer has the mailbox: all that was in it is missing, and changes that led into it fail.

    Returns how many messages are missing by it. The mailbox stays until `drop_mailbox`.
    """
    connection.execute(
        "UPDATE intents SET state = 'failed', last_reply = ? WHERE mailbox_id = ? AND kind = 'create_mailbox'"
        " AND state <> 'failed'",
        (MAILBOX_GONE, mailbox_id),
    )
    fail_led_into(connection, mailbox_id, now=now)
    gone = rows(connection, "SELECT id FROM messages WHERE base_mailbox_id = ? AND missing_at IS NULL", (mailbox_id,))
    lost = [MessageId(id_) for (id_,) in gone if not join_moved(connection, MessageId(id_))]
    for id_ in lost:
        _mark(connection, id_, now)
    if rows(connection, "SELECT 1 FROM mailboxes WHERE id = ? AND uid_validity IS NOT NULL", (mailbox_id,)):
        void(connection, mailbox_id)
    return len(lost)


def _is_moving(connection: Connection, id_: MessageId) -> bool:
    return bool(
        rows(connection, "SELECT 1 FROM intents WHERE message_id = ? AND state = 'sent' AND kind = 'move'", (id_,))
    )


def _mark(connection: Connection, id_: MessageId, now: int) -> None:
    connection.execute(
        "UPDATE messages SET uid = NULL, mod_seq = NULL, missing_at = coalesce(missing_at, ?) WHERE id = ?", (now, id_)
    )


def judge(
    connection: Connection,
    account_id: AccountId,
    limit: DeletionLimit,
    *,
    now: int,
    scope: Collection[MailboxId] | None = None,
) -> Verdict:
    """Remove what is missing from the account, or hold it when that is more than `limit`.

    `scope` are the mailboxes to decide about (None: all of the account); what is missing from the others counts, but
    waits for the end of the pass that looks at them.
    """
    undecided = _undecided(connection, account_id)
    too_much = {one.mailbox_id for one in undecided if _is_too_much_for_one(connection, one, limit)}
    others = sum(len(one.lost) for one in undecided if one.mailbox_id not in too_much)
    if others > limit.count and is_too_much(others, _known_in_account(connection, account_id), limit):
        too_much = {one.mailbox_id for one in undecided}
    outcomes = []
    for missing in undecided:
        if scope is not None and missing.mailbox_id not in scope:
            continue
        if missing.lost and missing.mailbox_id in too_much:
            _hold(connection, account_id, missing, now=now)
            vanished, held = missing.no_loss, len(missing.lost)
        else:
            vanished, held = missing.no_loss + missing.lost, 0
        outcomes.append(Outcome(missing.mailbox_id, missing.name, vanish(connection, vanished, now=now), held))
    return Verdict(tuple(outcomes))


def _undecided(connection: Connection, account_id: AccountId) -> list[_Missing]:
    """What is missing and not held, and of what is held that which is no loss any more."""
    found: dict[MailboxId, _Missing] = {}
    for id_, mailbox_id, name, special_use, is_no_loss in rows(
        connection,
        "SELECT id, mailbox_id, name, special_use, is_no_loss"
        " FROM (SELECT m.id, b.id AS mailbox_id, b.name, b.special_use,"
        f" {_ASKED_FOR} OR {_LIVES_ELSEWHERE} AS is_no_loss,"
        " EXISTS (SELECT 1 FROM intents r WHERE r.message_id = m.id AND r.kind = 'remove') AS is_held"
        " FROM messages m JOIN mailboxes b ON b.id = m.base_mailbox_id"
        " WHERE m.missing_at IS NOT NULL AND m.account_id = ?) WHERE is_no_loss OR NOT is_held",
        (account_id,),
    ):
        missing = found.setdefault(MailboxId(mailbox_id), _Missing(MailboxId(mailbox_id), name, special_use, [], []))
        (missing.no_loss if is_no_loss else missing.lost).append(MessageId(id_))
    return list(found.values())


def _is_too_much_for_one(connection: Connection, missing: _Missing, limit: DeletionLimit) -> bool:
    if not missing.lost or missing.special_use in EMPTIED_USES:
        return False
    lost = len(missing.lost) + _held_in(connection, missing.mailbox_id)
    return lost > limit.count and is_too_much(lost, known_in(connection, missing.mailbox_id), limit)


def _known_in_account(connection: Connection, account_id: AccountId) -> int:
    return int(
        connection.execute(
            "SELECT count(*) FROM messages WHERE account_id = ? AND base_mailbox_id IS NOT NULL AND NOT hidden",
            (account_id,),
        ).get
    )


def known_in(connection: Connection, mailbox_id: MailboxId) -> int:
    """How many messages are known in the mailbox, with those that are missing."""
    # Two counts, because each has an index of its own.
    ((count,),) = rows(
        connection,
        "SELECT (SELECT count(*) FROM messages WHERE base_mailbox_id = ?1 AND uid IS NOT NULL)"
        " + (SELECT count(*) FROM messages WHERE base_mailbox_id = ?1 AND uid IS NULL)",
        (mailbox_id,),
    )
    return int(count)


def _held_in(connection: Connection, mailbox_id: MailboxId) -> int:
    return int(
        connection.execute("SELECT count(*) FROM intents WHERE kind = 'remove' AND mailbox_id = ?", (mailbox_id,)).get
    )


def _hold(connection: Connection, account_id: AccountId, missing: _Missing, *, now: int) -> None:
    """The removals become intents that ask; those of one mailbox are one operation until it is answered."""
    standing = connection.execute(
        "SELECT op FROM intents WHERE kind = 'remove' AND mailbox_id = ? AND state = 'held' LIMIT 1",
        (missing.mailbox_id,),
    ).get
    lost = len(missing.lost) + _held_in(connection, missing.mailbox_id)
    total = known_in(connection, missing.mailbox_id)
    title = f"{lost:,} of {counted(total, 'message')} of {missing.name} are gone from the server"
    change_id = ChangeId(
        connection.execute(
            "INSERT INTO changes (title, created_at, kind) VALUES (?, ?, 'aside') RETURNING id", (title, now)
        ).get
    )
    intents = [
        NewIntent(IntentKind.REMOVE, account_id, message_id=id_, mailbox_id=missing.mailbox_id) for id_ in missing.lost
    ]
    journal.add_intents(connection, change_id, intents, now=now)
    connection.execute(
        "UPDATE intents SET state = 'held', op = coalesce(?, op) WHERE change_id = ?", (standing, change_id)
    )
    connection.execute(
        "UPDATE intents SET last_reply = ? WHERE kind = 'remove' AND mailbox_id = ? AND state = 'held'",
        (f"{title}. Nothing was removed here.", missing.mailbox_id),
    )


def foresee(
    connection: Connection,
    account_id: AccountId,
    limit: DeletionLimit,
    gone: Mapping[MailboxId, UidSet | None],
    *,
    now: int,
) -> list[Foreseen]:
    """What `judge` would do if the server had lost these UIDs (None: the whole mailbox). Leaves no trace."""
    connection.execute("SAVEPOINT foresee")
    try:
        lost = {
            id_: miss_mailbox(connection, id_, now=now) if uids is None else miss(connection, id_, uids, now=now)
            for id_, uids in gone.items()
        }
        totals = {id_: known_in(connection, id_) for id_ in gone}
        return [
            Foreseen(one.mailbox_id, one.name, lost[one.mailbox_id], totals[one.mailbox_id], one.vanished, one.held)
            for one in judge(connection, account_id, limit, now=now, scope=gone.keys()).outcomes
        ]
    finally:
        connection.execute("ROLLBACK TO foresee")
        connection.execute("RELEASE foresee")


def vanish(connection: Connection, ids: Iterable[MessageId], *, now: int) -> int:
    """These are gone here too, and nobody is asked about them any more. Returns how many vanished.

    One that is to be copied or put there by an intent that is still open is what that intent stands for, as before.
    """
    ids = list(ids)
    these = json.dumps(ids)
    connection.execute(
        "DELETE FROM intents WHERE message_id IN (SELECT value FROM json_each(?)) AND kind = 'remove'", (these,)
    )
    awaited = {
        MessageId(id_)
        for (id_,) in rows(
            connection,
            "SELECT copy_id FROM intents WHERE copy_id IN (SELECT value FROM json_each(?)) AND state <> 'failed'",
            (these,),
        )
    }
    connection.executemany(
        "UPDATE messages SET base_mailbox_id = NULL, uid = NULL, mod_seq = NULL, missing_at = NULL WHERE id = ?",
        ((id_,) for id_ in awaited),
    )
    refresh_views(connection, awaited)
    gone = [id_ for id_ in ids if id_ not in awaited]
    messages.vanish(connection, gone, now=now)
    return len(gone)


def drop_mailbox(connection: Connection, mailbox_id: MailboxId) -> bool:
    """Forget a mailbox that is gone from the server, if it has no messages any more. Returns whether it had none."""
    if rows(connection, "SELECT 1 FROM messages WHERE base_mailbox_id = ? LIMIT 1", (mailbox_id,)):
        return False
    seen = rows(connection, "SELECT id FROM messages WHERE mailbox_id = ?", (mailbox_id,))
    refresh_views(connection, [MessageId(id_) for (id_,) in seen])
    connection.execute("UPDATE messages SET mailbox_id = NULL WHERE mailbox_id = ?", (mailbox_id,))
    connection.execute("DELETE FROM mailboxes WHERE id = ?", (mailbox_id,))
    return True
