"""A mirror whose limit of removals few messages exceed."""

from __future__ import annotations

import msgspec
import pytest

from tests.engine.world import Mirror
from tuimail.config.schema import Config, DeletionLimit, Sync
from tuimail.model.ids import OperationId
from tuimail.store import held
from tuimail.store.held import Answer
from tuimail.store.journal import QueuedOperation

ON_EVERYTHING = pytest.mark.parametrize("place", ["everything", "condstore", "uidplus", "bare"], indirect=True)
PAST = 1_700_000_000
"""A date of arrival that servers believe."""
LOW = DeletionLimit(count=4, share=0.25)


class Limited(Mirror):
    """A mirror with a limit that few messages exceed."""

    limit = LOW

    @property
    def config(self) -> Config:
        return msgspec.structs.replace(super().config, sync=Sync(deletion_limit=self.limit))

    def restarted(self) -> Limited:
        """The same data directory in another process's hands."""
        self.store.close()
        return type(self)(self.directory, self.port, self.user, self.password, self.offline)

    def held(self) -> list[QueuedOperation]:
        return [operation for operation in self.queue() if operation.kind == "remove"]

    def accept(self, op: OperationId) -> Answer:
        return self.write(lambda connection: held.accept(connection, op))
