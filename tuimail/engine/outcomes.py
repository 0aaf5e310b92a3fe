"""What came of intents on their way: recorded in the store, counted in the report, told to screens.

Shared by all that push: messages, mailboxes, appended messages.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tuimail.engine.backoff import delay_s
from tuimail.engine.context import EngineContext
from tuimail.engine.plan import Group, group_intents
from tuimail.engine.report import AccountReport
from tuimail.model.errors import ConfigError, ServerRefused
from tuimail.model.ids import IntentId, MailboxId
from tuimail.store import journal
from tuimail.store.journal import Intent

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_ATTEMPTS = 6
"""Tries of an intent that the server puts off; with the backoff that is about a minute of asking."""
TRANSIENT_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED"})
"""Codes of a NO that say: try again (RFC 5530)."""


class Outcomes:
    """`touched` are the mailboxes that were changed on the server: a pull brings them up to date."""

    def __init__(self, context: EngineContext, report: AccountReport) -> None:
        self._context = context
        self._report = report
        self.touched: set[MailboxId] = set()

    def touch(self, mailbox_id: MailboxId) -> None:
        """The mailbox is no longer as the last pull left it."""
        self.touched.add(mailbox_id)
        self._context.hint_mailbox(mailbox_id)

    async def done(self, intents: Sequence[Intent], record: Callable[[Connection], T]) -> T:
        """Record what the server did, and count it."""
        result = await self._context.write(record, durable=True)
        self._report.pushed += len(intents)
        return result

    async def failed(self, ids: Sequence[IntentId], reply: str) -> None:
        """Given up for good: rolled back, and left in the queue with `reply`."""
        await self._context.write(partial(journal.fail, ids=ids, reply=reply), durable=True)
        self._report.failed += len(ids)

    async def guarded(self, group: Group, work: Awaitable[None]) -> None:
        """Carry out a group; what is refused is recorded, and stops no other."""
        try:
            await work
        except ServerRefused as error:
            await self.refused(group, error)
        except ConfigError as error:
            # A name that no command can carry: it will not get better, and must not stop the others.
            await self.refused(group, ServerRefused(error.message, text=str(error)))

    async def refused_alone(self, intent: Intent, error: ServerRefused) -> None:
        """NO or BAD to one intent."""
        await self.refused(group_intents([intent])[0], error)

    async def refused(self, group: Group, error: ServerRefused, *, half_done: bool = False) -> None:
        """NO or BAD: a group is tried again one by one; one alone is put off or given up, by what the server says.

        `half_done`: something was done before that, which the next try has to look for.
        """
        now = self._context.now()
        log.info("%s of %d refused: %s", group.kind.value, len(group.intents), error)
        reply = error.text or error.message
        ids = [intent.id for intent in group.intents]
        tries = group.intents[0].attempts + 1
        later = partial(journal.retry_later, ids=ids, reply=reply, half_done=half_done)
        if len(ids) > 1 and (tries < MAX_ATTEMPTS or not half_done):
            await self._context.write(partial(later, next_try_at=now))
        elif error.code in TRANSIENT_CODES and tries < MAX_ATTEMPTS:
            await self._context.write(partial(later, next_try_at=now + max(1, round(delay_s(tries)))))
        else:
            await self.failed(ids, reply)
        for mailbox_id in (group.mailbox_id, group.target_id, group.intents[0].mailbox_id):
            if mailbox_id is not None:
                self._context.hint_mailbox(mailbox_id)
