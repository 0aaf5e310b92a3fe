"""What a list of messages can be ordered by."""

from __future__ import annotations

import enum


class SortKey(enum.StrEnum):
    """The values are kept in files."""

    DATE = "date"
    SENDER = "sender"
    RECIPIENT = "recipient"
    SUBJECT = "subject"
    SIZE = "size"
    UNSEEN = "unseen"

    @property
    def descends_first(self) -> bool:
        """Whether the order that people mean goes down: newest, largest, unseen first."""
        return self in {SortKey.DATE, SortKey.SIZE, SortKey.UNSEEN}
