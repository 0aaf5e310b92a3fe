"""What happens to messages that are new in an inbox: rules act on them, and those of muted threads count as seen.

It happens in the transaction that stores them: a message that a rule moves is never seen in the inbox, and whatever
breaks, it was dealt with once or is still to come. The changes wait in the journal like those of the user, and go to
the server with the next push. A first sync, and one after a mailbox was numbered anew, bring nothing new.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.config.paths import current_paths, rules_path
from tuimail.config.rules import Rule, RuleBook, load_rules
from tuimail.config.schema import ArchiveBy
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store import rule_edits, rules
from tuimail.store.recorder import Change

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

Stamp = tuple[int, int] | None


class Arrivals:
    """The rules of one engine, read again when their file has changed. Used by the threads that write to the store.

    `archive_by`: whether the archive is divided. `path`: the file of rules; None: that beside the configuration of this
    process.
    """

    def __init__(self, archive_by: ArchiveBy = ArchiveBy.NOTHING, path: Path | None = None) -> None:
        self._archive_by = archive_by
        self._path = path
        self._stamp: Stamp | tuple[()] = ()
        self._book = RuleBook()

    def apply(
        self, connection: Connection, mailbox_id: MailboxId, ids: Sequence[MessageId], *, now: int
    ) -> Change | None:
        """Deal with messages that the transaction of `connection` has just stored in an inbox (`now` in seconds)."""
        if not ids:
            return None
        change = rules.apply_to_new(
            connection, mailbox_id, ids, self._rules(connection), archive_by=self._archive_by, now=now
        )
        if change is not None:
            log.info("%s", change.title)
        return change

    def _rules(self, connection: Connection) -> Sequence[Rule]:
        if self._path is None:
            self._path = rules_path(current_paths().config)
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp, self._book = stamp, load_rules(self._path)
            for problem in self._book.problems:
                log.warning("%s", problem)
        return rule_edits.in_force(self._book, rule_edits.pending(connection), self._path).active


def _stamp(path: Path) -> Stamp:
    """What differs after a file was written; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
