"""One POP3 account: what a pass over it is made of. Its mailboxes live in the store (`store.local`).

The same steps serve a single pass (`run`) and a watch (`pop3_watch`); see `pop3_pass` for what a pass does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from tuimail.engine.contacts import catch_up_contacts
from tuimail.engine.context import EngineContext, StatusBoard
from tuimail.engine.pop3_connect import pop3_server, pop3_session
from tuimail.engine.pop3_pass import Pop3Pass, read_listing
from tuimail.engine.pop3_plan import Listed, Plan, make_plan
from tuimail.engine.pop3_thread import Pop3Thread, pop3_thread
from tuimail.engine.purge import purge
from tuimail.engine.report import AccountReport
from tuimail.mime.headers import envelope_of
from tuimail.model.errors import AuthError, ConnectionLost, ProtocolError, ServerRefused, TuimailError
from tuimail.model.ids import AccountId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Protocol
from tuimail.model.units import counted, short_size
from tuimail.pop3.session import Pop3Session
from tuimail.store import accounts, ledger, mailboxes

log = logging.getLogger(__name__)

TITLE_LENGTH = 60
"""So many characters of a subject and of a sender names a message that does not come."""


class Pop3Sync:
    """The steps of syncing one POP3 account. `report` counts what they did since it was last replaced."""

    def __init__(self, context: EngineContext, name: str, account_id: AccountId) -> None:
        self.context = context
        self.name = name
        self.id = account_id
        self.report = AccountReport()
        self.status = StatusBoard(context, account_id, name)

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
        if await self._session(with_broken=False):
            # What the first session has done is confirmed by now: nothing of it is lost if this one breaks.
            try:
                await self._session(with_broken=True)
            except (ConnectionLost, ProtocolError, ServerRefused) as error:
                self._fail(f"{error} Messages at which the connection broke before wait for the next pass.")
        await purge(self.context)
        await catch_up_contacts(self.context)

    async def _session(self, *, with_broken: bool) -> bool:
        """One session. Returns whether messages were put off to the next because connections broke at them."""
        async with pop3_thread() as thread, pop3_session(self.context, self.name, thread) as session:
            session.counters.round_trips = 0
            try:
                return await self._run(thread, session, with_broken=with_broken)
            finally:
                self.report.bytes_in += session.counters.bytes_in
                self.report.bytes_out += session.counters.bytes_out
                self.report.round_trips += session.counters.round_trips

    async def _run(self, thread: Pop3Thread, session: Pop3Session, *, with_broken: bool) -> bool:
        listing = await thread.run(partial(read_listing, session))
        plan = await self._plan(listing)
        broken = await self._broken(plan)
        others = [fetch for fetch in plan.fetch if fetch.listed.uidl not in broken]
        put_off = len(plan.fetch) - len(others)
        if with_broken or not (others or plan.delete):
            # The one that was tried last comes last: each has its turn, whatever becomes of the others.
            turns = {uidl: turn for turn, uidl in enumerate(broken, 1)}
            plan.fetch.sort(key=lambda fetch: turns.get(fetch.listed.uidl, 0))
            put_off = 0
        else:
            plan.fetch = others
        steps = Pop3Pass(self.context, self.id, self.status, self.report, thread, session)
        try:
            await steps.run(plan)
        except (ConnectionLost, ProtocolError) as error:
            if uidl := steps.broke_at:
                broke = partial(ledger.set_broken, account_id=self.id, uidl=uidl, now=self.context.now())
                await self.context.write(broke)
            if uidl not in broken:
                raise
            listed = next(fetch.listed for fetch in plan.fetch if fetch.listed.uidl == uidl)
            self._fail(await self._describe(session.peer, listed, broken[uidl], error))
        return put_off > 0

    async def _broken(self, plan: Plan) -> dict[str, str]:
        """Messages to fetch at which the connection broke, with their titles; others are forgotten."""
        broken = await self.context.read(partial(ledger.broken, account_id=self.id))
        wanted = {fetch.listed.uidl for fetch in plan.fetch}
        if over := broken.keys() - wanted:
            await self.context.write(partial(ledger.forget_broken, account_id=self.id, uidls=over))
        return {uidl: title for uidl, title in broken.items() if uidl in wanted}

    def _fail(self, what: str) -> None:
        self.report.ok = False
        self.report.error = f"{self.report.error} {what}".lstrip()

    async def _describe(self, peer: str, listed: Listed, title: str, error: TuimailError) -> str:
        """What to tell the user of a message at which the connection broke again."""
        if not title:
            try:
                async with pop3_thread() as thread, pop3_session(self.context, self.name, thread) as session:
                    title = await thread.run(partial(_title_of, session, listed.uidl))
            except (AuthError, ConnectionLost, ProtocolError, ServerRefused) as problem:
                log.info("account %s: no header of the message that does not come: %s", self.name, problem)
            await self.context.write(partial(ledger.set_title, account_id=self.id, uidl=listed.uidl, title=title))
        name = f"{title or f'its unique id is {listed.uidl.strip()}'}, {short_size(listed.size_octets)}"
        return (
            f"The connection to {peer} broke again at message {listed.number} ({name}): all others are fetched without"
            " it, and the next pass tries it again. If it never comes, read it with the provider's web mail and delete"
            f" it there. The cause: {error}"
        )

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


def _title_of(session: Pop3Session, uidl: str) -> str:
    """Subject and sender of the message with this unique id; "" if the server does not tell."""
    number = next((one.number for one in read_listing(session) if one.uidl == uidl), None)
    if number is None or not session.capabilities.may_have("TOP"):
        return ""
    envelope = envelope_of(session.top(number))
    sender = ", ".join(one.label for one in envelope.from_)
    return f"{envelope.subject[:TITLE_LENGTH]!r} from {sender[:TITLE_LENGTH] or 'nobody'}"


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
