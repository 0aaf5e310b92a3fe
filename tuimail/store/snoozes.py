"""Snoozing: a message leaves for the mailbox of snoozed ones and comes back, unseen, when its time has come.

    where it was ──snooze──► Snoozed ──wake, or the user──► where it was, else the inbox
         ▲                      │ moved out by any hand: it stays there, and is snoozed no more
         └────────undo──────────┘

The mailbox is one of the account, so that other clients see what is in it; the time stands here alone (`snooze_rows`).
Both moves are ordinary changes: they wait in the journal while the server cannot be reached. Waking and forgetting the
time are one transaction, so that of several processes one wakes a message, and that once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.moments import spoken_moment
from tuimail.store import changes, mailboxes, snooze_rows, target_mailbox
from tuimail.store.recorder import Change, ChangeKind, Progress, Recorder, Target, targets_of
from tuimail.store.snooze_rows import Snooze

if TYPE_CHECKING:
    from tuimail.store.database import Connection

WOKEN_KEPT_S = 86_400
"""For so long it is remembered that a message came back by itself: whoever tells of news looks more often."""


def snooze(
    connection: Connection, ids: Sequence[MessageId], until: int, *, now: int, progress: Progress | None = None
) -> Change:
    """Put messages away until a time; both in seconds since 1970 UTC. One that is snoozed gets the new time.

    Raises:
        ConfigError: that time has passed.
    """
    if until <= now:
        raise ConfigError("That time has passed already.", hint="Choose a later one.")
    recorder = Recorder(connection, now=now, progress=progress)
    by_account: dict[AccountId, list[Target]] = {}
    for target in targets_of(connection, ids):
        if target.mailbox_id is not None:
            by_account.setdefault(target.account_id, []).append(target)
    for account_id, targets in by_account.items():
        held_id = target_mailbox.special_mailbox(connection, recorder, account_id, SpecialUse.SNOOZED)
        homes = {target.id: _home_for(connection, target, held_id) for target in targets}
        changes.move_each(connection, recorder, list(homes), held_id)
        for id_, home_id in homes.items():
            snooze_rows.put(connection, recorder, id_, until, home_id, held_id)
    return recorder.end(lambda messages: f"{messages} snoozed until {spoken_moment(until, now)}")


def _home_for(connection: Connection, target: Target, held_id: MailboxId) -> MailboxId | None:
    """Where the message is to go back to: where it is now, or where it was before it was snoozed the first time."""
    if target.mailbox_id != held_id:
        return target.mailbox_id
    before = snooze_rows.read_row(connection, target.id)
    return None if before is None else before.home_id


def unsnooze(connection: Connection, ids: Sequence[MessageId], *, now: int, progress: Progress | None = None) -> Change:
    """Wake messages now, by the user's hand; of `ids`, what is not in a mailbox of snoozed ones is left alone."""
    recorder = Recorder(connection, now=now, progress=progress)
    held = {one.message_id: one for one in snooze_rows.list_snoozed(connection)}
    woken = [held.get(target.id) or _timeless(target) for target in targets_of(connection, ids)]
    _wake(connection, recorder, [one for one in woken if one.message_id in held or _is_held(connection, one)])
    return recorder.end(lambda messages: f"{messages} woken")


def _timeless(target: Target) -> Snooze:
    """One that another client has put among the snoozed ones."""
    return Snooze(target.id, 0, None, target.mailbox_id, target.account_id)


def _is_held(connection: Connection, one: Snooze) -> bool:
    mailbox = None if one.held_id is None else mailboxes.read_mailbox(connection, one.held_id)
    return mailbox is not None and mailbox.special_use is SpecialUse.SNOOZED


def wake_due(connection: Connection, *, now: int) -> Change | None:
    """Bring back the messages whose time has come (`now` in seconds), on top of lists; None when there are none.

    Nothing that the user did: undo leaves it out. What has been put elsewhere by another hand is forgotten.
    """
    snooze_rows.drop_lost(connection)
    due = snooze_rows.list_snoozed(connection, due_by=now)
    if not due:
        return None
    recorder = Recorder(connection, now=now, kind=ChangeKind.ASIDE)
    _wake(connection, recorder, due)
    # In lists it stands where mail of now does; what the message itself says of its date is in its envelope.
    connection.executemany("UPDATE messages SET date = ? WHERE id = ?", ((now, one.message_id) for one in due))
    connection.execute("DELETE FROM woken WHERE woken_at < ?", (now - WOKEN_KEPT_S,))
    connection.executemany(
        "INSERT OR REPLACE INTO woken (message_id, woken_at) VALUES (?, ?)", ((one.message_id, now) for one in due)
    )
    return recorder.end(lambda messages: f"{messages} woken")


def _wake(connection: Connection, recorder: Recorder, snoozed: Iterable[Snooze]) -> None:
    """Move each back to where it was, unseen, as a part of the change."""
    by_home: dict[MailboxId, list[MessageId]] = {}
    for one in snoozed:
        home_id = _home_of(connection, one)
        snooze_rows.forget(connection, recorder, one.message_id)
        if home_id is not None:
            by_home.setdefault(home_id, []).append(one.message_id)
    for home_id, ids in by_home.items():
        changes.move_each(connection, recorder, ids, home_id)
        changes.set_flag(connection, recorder, ids, "\\Seen", on=False)


def _home_of(connection: Connection, one: Snooze) -> MailboxId | None:
    """The mailbox that it came from if that is still there, else the inbox."""
    home = None if one.home_id is None else mailboxes.read_mailbox(connection, one.home_id)
    if home is not None and not home.gone and home.selectable and home.special_use is not SpecialUse.SNOOZED:
        return home.id
    return mailboxes.find_special(connection, one.account_id, SpecialUse.INBOX)


def mailboxes_of(connection: Connection, ids: Sequence[MessageId]) -> list[MailboxId]:
    """The mailboxes that these messages are seen in."""
    found = {target.mailbox_id for target in targets_of(connection, ids)}
    return sorted(one for one in found if one is not None)
