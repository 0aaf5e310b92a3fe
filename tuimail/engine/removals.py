"""Removals at the end of a pass: judged against `deletion_limit`, told to the report, to screens and to the log.

What is judged and how stands in `store.removals`; this knows the configuration and whom to tell, and no server.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import EngineContext
from tuimail.engine.report import AccountReport
from tuimail.model.ids import AccountId, MailboxId
from tuimail.store import held, removals
from tuimail.store.removals import Verdict

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)


class Removals:
    """The removals of one account. `gone` are the mailboxes that the last complete LIST lacked."""

    def __init__(self, context: EngineContext, account_id: AccountId) -> None:
        self._context = context
        self._account_id = account_id
        self.gone: frozenset[MailboxId] = frozenset()

    def mailboxes_gone(self, connection: Connection, mailbox_ids: Collection[MailboxId], *, now: int) -> None:
        """A complete LIST lacks these: what was in them is missing; they stay until `judge` has nothing against it."""
        self.gone = frozenset(mailbox_ids)
        for mailbox_id in self.gone:
            removals.miss_mailbox(connection, mailbox_id, now=now)

    async def has_accepted(self) -> bool:
        """Whether `apply_accepted` has something to do."""
        return await self._context.read(partial(held.has_accepted, account_id=self._account_id))

    async def apply_accepted(self, report: AccountReport) -> None:
        """Remove what was held and the user has agreed to remove."""
        if await self.has_accepted():
            accepted = partial(held.apply_accepted, account_id=self._account_id, now=self._context.now())
            self._tell(await self._context.write(accepted, durable=True), report)

    async def judge(self, report: AccountReport, scope: Collection[MailboxId] | None = None) -> None:
        """Remove or hold what the pass found missing in the mailboxes of `scope`, or in all of the account (None)."""
        now = self._context.now()
        limit = self._context.config.sync.deletion_limit

        def write(connection: Connection) -> Verdict:
            verdict = removals.judge(connection, self._account_id, limit, now=now, scope=scope)
            for mailbox_id in self.gone if scope is None else ():
                removals.drop_mailbox(connection, mailbox_id)
            return verdict

        verdict = await self._context.write(write)
        self._tell(verdict, report)

    def _tell(self, verdict: Verdict, report: AccountReport) -> None:
        report.vanished += verdict.vanished
        for outcome in verdict.outcomes:
            if outcome.held:
                log.warning(
                    "mailbox %d: %d messages are gone from the server: held until the user answers",
                    outcome.mailbox_id,
                    outcome.held,
                )
            self._context.hint_mailbox(outcome.mailbox_id)
