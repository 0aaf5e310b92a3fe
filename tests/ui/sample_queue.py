"""A queue with a bit of everything in it."""

from __future__ import annotations

from tests.ui.sample_store import NOW, Place
from tuimail.config.schema import DeletionLimit
from tuimail.model.ids import OperationId
from tuimail.model.uid_set import UidSet
from tuimail.store import changes, journal, mailboxes, readiness, removals
from tuimail.store.database import Connection
from tuimail.store.mailboxes import MirrorState

LOW = DeletionLimit(count=3, share=0.25)


def lose(place: Place, mailbox: str, *uids: int) -> None:
    """A pass finds that the server no longer has these: too many to remove unasked."""

    def write(connection: Connection) -> None:
        mailbox_id = place.mailbox_ids[mailbox]
        pulled = MirrorState(1, 999, None, 12, 1)
        mailboxes.save_mirror_state(connection, mailbox_id, pulled, synced_at=NOW)
        removals.miss(connection, mailbox_id, UidSet.of(uids), now=NOW)
        removals.judge(connection, place.account_id, LOW, now=NOW)

    place.store.mail.write(write, durable=False)


def fill_queue(place: Place) -> None:
    """One change that the server refused, one that it puts off, one that waits, one held, and a removal that asks."""
    ids = place.ids("INBOX")

    def write(connection: Connection) -> None:
        changes.move(connection, ids[9:11], place.mailbox_ids["Work"], now=NOW - 3600)
        changes.change_flags(connection, ids[8:9], add=["\\Flagged"], now=NOW - 600)
        changes.change_flags(connection, ids[6:7], add=["\\Seen"], now=NOW - 60)
        changes.move(connection, ids[11:], place.mailbox_ids["Archive"], now=NOW - 30)
        ready = readiness.ready_intents(connection, place.account_id, now=NOW)
        journal.mark_sent(connection, [intent.id for intent in ready])
        moved, moved_too, flagged, *others = [intent.id for intent in ready]
        journal.fail(connection, [moved, moved_too], "[OVERQUOTA] Quota exceeded (mailbox for user is full)")
        journal.retry_later(connection, [flagged], "[INUSE] Mailbox is locked", next_try_at=NOW + 120)
        journal.retry_later(connection, others, "", next_try_at=0)
        journal.hold(connection, [OperationId(others[-1])])

    place.store.mail.write(write, durable=False)
    lose(place, "INBOX", 1, 2, 3, 4, 5, 6)
