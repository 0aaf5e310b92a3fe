"""What commands on mail remember from one to the next, and the settings that they go by."""

from __future__ import annotations

from tuimail.config.schema import ArchiveBy
from tuimail.ui.commands.desk import Action
from tuimail.ui.session import Session


class TriageDesk:
    """`last_action` is what `.` repeats."""

    def __init__(self, session: Session) -> None:
        self.last_action: Action | None = None
        self._session = session

    @property
    def archive_by(self) -> ArchiveBy:
        """Whether the archive has a mailbox for each year or month."""
        return self._session.config.triage.archive_by
