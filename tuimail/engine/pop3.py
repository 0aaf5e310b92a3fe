"""One POP3 account: what a pass over it is made of. Its mailboxes live in the store (`store.local`).

The same steps serve a single pass (`run`) and a watch (`pop3_watch`); see `pop3_pass` for what a pass does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tuimail.engine.context import EngineContext, StatusBoard
from tuimail.engine.pop3_connect import pop3_server, pop3_session
from tuimail.engine.pop3_pass import Pop3Pass, read_listing
from tuimail.engine.pop3_plan import Listed, Plan, make_plan
from tuimail.engine.pop3_thread import Pop3Thread, pop3_thread
from tuimail.engine.purge import purge
from tuimail.engine.report import AccountReport
from tuimail.model.ids import AccountId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Protocol
from tuimail.model.units import counted, short_size
from tuimail.pop3.session import Pop3Session
from tuimail.store import accounts, ledger, mailboxes


class Pop3Sync:
    """The steps of syncing one POP3 account. `report` counts what they did since it was last replaced."""

    def __init__(self, context: EngineContext, name: str, account_id: AccountId) -> None:
        self.context = context
        self.name = name
        self.id = account_id
        self.report = AccountReport()
        self.status = StatusBoard(context, account_id, name)
        self._broken: set[str] = set()

    @classmethod
    async def open(cls, context: EngineContext, name: str) -> Pop3Sync:
        """The account called `name`; its row and its mailboxes are made if it is new."""
        ensure = partial(accounts.ensure_account, name=name, protocol=Protocol.POP3)
        return cls(context, name, await context.write(ensure, durable=True))

    async def full_pass(self, only: Sequence[str] = ()) -> None:
        """One pass: afterwards all that the server has is here, and gone from there if the settings say so.

        `only` names mailboxes; as the server knows of INBOX alone, a pass that is not about it does nothing.

        Raises:
            ConfigError: a name of `only` is no mailbox's.
            AuthError, ConnectionLost, ProtocolError, ServerRefused: what was stored until then stays, and nothing
                counts as deleted that was not confirmed.
        """
        found = [
            await self.context.read(partial(mailboxes.find_mailbox, account_id=self.id, name=name)) for name in only
        ]
        if only and not any(mailbox.special_use is SpecialUse.INBOX for mailbox in found):
            return
        async with pop3_thread() as thread, pop3_session(self.context, self.name, thread) as session:
            session.counters.round_trips = 0
            try:
                await self._run(thread, session)
            finally:
                self.report.bytes_in += session.counters.bytes_in
                self.report.bytes_out += session.counters.bytes_out
                self.report.round_trips += session.counters.round_trips
        await purge(self.context)

    async def _run(self, thread: Pop3Thread, session: Pop3Session) -> None:
        listing = await thread.run(partial(read_listing, session))
        plan = await self._plan(listing)
        # A message at which the connection breaks every time keeps none of the others back.
        put_off = 0
        if others := [fetch for fetch in plan.fetch if fetch.listed.uidl not in self._broken]:
            put_off = len(plan.fetch) - len(others)
            plan.fetch = others
        steps = Pop3Pass(self.context, self.id, self.status, self.report, thread, session)
        try:
            await steps.run(plan)
        finally:
            self._broken |= {steps.broke_at} - {""}
        if put_off and not self.report.error:
            self.report.error = f"The connection broke at {counted(put_off, 'message')}: the next pass tries again."

    async def rehearsed(self) -> AccountReport:
        """The report of a pass that only plans; nothing is written on either side.

        Raises:
            AuthError, ConnectionLost, ProtocolError, ServerRefused: the server could not be asked.
        """
        async with pop3_thread() as thread, pop3_session(self.context, self.name, thread) as session:
            plan = await self._plan(await thread.run(partial(read_listing, session)))
            await thread.run(session.quit)
        self.report.plan = _described(plan)
        return self.report

    async def _plan(self, listing: Sequence[Listed]) -> Plan:
        known = await self.context.read(partial(ledger.load, account_id=self.id))
        leave = pop3_server(self.context.config, self.name).leave_on_server
        return make_plan(listing, known, leave=leave, now=self.context.now())

    async def count_queue(self) -> None:
        """Nothing of a local account waits in the journal."""


def _described(plan: Plan) -> list[str]:
    lines = []
    if new := [fetch for fetch in plan.fetch if not fetch.may_be]:
        octets = sum(fetch.listed.size_octets for fetch in new)
        lines.append(f"fetch: {counted(len(new), 'new message')} ({short_size(octets)})")
    if doubtful := len(plan.fetch) - len(new):
        lines.append(f"fetch: {counted(doubtful, 'message')} that may be here already, to compare")
    going = len(plan.delete)
    if going:
        lines.append(f"delete: {counted(going, 'message')} that {'is' if going == 1 else 'are'} here, from the server")
    if new and plan.leave is False:
        lines.append(f"delete: {counted(len(new), 'new message')} from the server, once stored here")
    return lines
