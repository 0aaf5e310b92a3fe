"""Putting messages away into the archive: one mailbox, or one below it for each year or month of their dates.

    Archive            Archive/2026            Archive/2026/11

The delimiter is the account's; where it has none, or the archive can hold no mailboxes, the period follows a blank.
Dates are those that lists are ordered by, in local time. Mailboxes that are missing are made, as a part of the change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.config.schema import ArchiveBy
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes, mailboxes, target_mailbox
from tuimail.store.database import rows
from tuimail.store.recorder import Change, Progress, Recorder

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_MOST_NAMED = 3
_PERIODS = {ArchiveBy.YEAR: "%Y", ArchiveBy.MONTH: "%Y/%m"}


def archive(
    connection: Connection,
    ids: Sequence[MessageId],
    by: ArchiveBy,
    *,
    now: int,
    progress: Progress | None = None,
) -> Change:
    """Move messages to their account's archive; one that is missing is made."""
    recorder = Recorder(connection, now=now, progress=progress)
    names = archive_each(connection, recorder, ids, by)
    places = " and ".join(names) if len(names) <= _MOST_NAMED else f"{len(names)} mailboxes of the archive"
    return recorder.end(lambda messages: f"{messages} moved to {places or 'Archive'}")


def archive_each(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], by: ArchiveBy) -> list[str]:
    """The same, as a part of a change; returns the names of the mailboxes that they were moved to."""
    names: dict[str, None] = {}
    for account_id, own in changes.by_account(connection, ids).items():
        archive_id = target_mailbox.special_mailbox(connection, recorder, account_id, SpecialUse.ARCHIVE)
        for period, some in _by_period(connection, own, by):
            target_id = _mailbox_for(connection, recorder, account_id, archive_id, period)
            names[changes.move_each(connection, recorder, some, target_id)] = None
    return list(names)


def _by_period(
    connection: Connection, ids: Sequence[MessageId], by: ArchiveBy
) -> list[tuple[tuple[str, ...], list[MessageId]]]:
    """The messages by the levels below the archive that they go to, in the order of the first of each."""
    if by is ArchiveBy.NOTHING:
        return [((), list(ids))]
    groups: dict[str, list[MessageId]] = {}
    for id_, period in rows(
        connection,
        "SELECT m.id, strftime(?2, m.date, 'unixepoch', 'localtime') FROM json_each(?1) j CROSS JOIN messages m"
        " ON m.id = j.value ORDER BY j.key",
        (json.dumps(ids), _PERIODS[by]),
    ):
        # A date that no calendar has goes into the archive itself.
        groups.setdefault(period or "", []).append(MessageId(id_))
    return [(tuple(filter(None, period.split("/"))), own) for period, own in groups.items()]


def _mailbox_for(
    connection: Connection, recorder: Recorder, account_id: AccountId, archive_id: MailboxId, period: tuple[str, ...]
) -> MailboxId:
    archive = mailboxes.read_mailbox(connection, archive_id)
    if not period or archive is None:
        return archive_id
    can_hold = archive.delimiter and "\\noinferiors" not in {one.lower() for one in archive.attributes}
    flat = f"{archive.name} {'-'.join(period)}"
    name = archive.delimiter.join([archive.name, *period]) if can_hold else flat
    return target_mailbox.named_mailbox(connection, recorder, account_id, name)


def is_in_archive(connection: Connection, mailbox_id: MailboxId) -> bool:
    """Whether the mailbox is its account's archive or lies below it."""
    return bool(
        rows(
            connection,
            "SELECT 1 FROM mailboxes m JOIN mailboxes a ON a.account_id = m.account_id AND a.special_use = ?2"
            " WHERE m.id = ?1 AND (m.id = a.id OR a.delimiter <> ''"
            " AND substr(m.name, 1, length(a.name) + 1) = a.name || a.delimiter)",
            (mailbox_id, SpecialUse.ARCHIVE.value),
        )
    )
