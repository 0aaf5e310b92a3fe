"""Junk, and what was taken for it: the keywords `$Junk` and `$NotJunk` (RFC 9051, section 2.3.2) and the mailbox.

Both in one change, which one undo takes back. Servers and other programs learn from the keywords.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes, mailboxes
from tuimail.store.recorder import Change, Progress, Recorder

if TYPE_CHECKING:
    from tuimail.store.database import Connection

JUNK = "$Junk"
NOT_JUNK = "$NotJunk"
KEYWORDS = frozenset({JUNK, NOT_JUNK})


def junk(connection: Connection, ids: Sequence[MessageId], *, now: int, progress: Progress | None = None) -> Change:
    """Mark messages as junk and move them to their account's mailbox for it; one that is missing is made."""
    recorder = Recorder(connection, now=now, progress=progress)
    changes.set_flag(connection, recorder, ids, NOT_JUNK, on=False)
    changes.set_flag(connection, recorder, ids, JUNK, on=True)
    name = changes.move_each_to_use(connection, recorder, ids, SpecialUse.JUNK)
    return recorder.end(lambda messages: f"{messages} moved to {name}")


def not_junk(connection: Connection, ids: Sequence[MessageId], *, now: int, progress: Progress | None = None) -> Change:
    """Mark messages as no junk and move them to their account's inbox.

    Raises:
        ConfigError: an account has no inbox here yet.
    """
    recorder = Recorder(connection, now=now, progress=progress)
    changes.set_flag(connection, recorder, ids, JUNK, on=False)
    changes.set_flag(connection, recorder, ids, NOT_JUNK, on=True)
    for account_id, own in changes.by_account(connection, ids).items():
        inbox_id = mailboxes.find_special(connection, account_id, SpecialUse.INBOX)
        if inbox_id is None:
            raise ConfigError("The account's inbox is not known yet.", hint="Sync once, then try again.")
        changes.move_each(connection, recorder, own, inbox_id)
    return recorder.end(lambda messages: f"{messages} moved to the inbox: not junk")
