"""Push of what concerns mailboxes: create, rename, delete, subscribe (RFC 9051, sections 6.3.4 to 6.3.8).

Replay: before an intent that an earlier try may have carried out is sent again, the server is asked whether it was; and
where it refuses, whether things are as they are to be anyway. A mailbox that is there is as good as made, one that is
gone as good as deleted, and a rename is done when the old name is gone and the new one there.

    delete:  EXAMINE ─► nothing left ─────────────────────────────────────────► DELETE
                    └─► messages that we do not know yet ─► fetched, moved to the trash by the journal ─► again
                    └─► messages that could not be moved ─► kept, with all that is in it
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine import convert
from tuimail.engine.context import EngineContext
from tuimail.engine.outcomes import Outcomes
from tuimail.engine.outgoing import take
from tuimail.engine.plan import group_intents
from tuimail.engine.tasks import run_all
from tuimail.imap.results import METADATA
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.model.server_message import ServerMessage
from tuimail.model.uid_set import UidSet
from tuimail.model.units import counted
from tuimail.store import journal, mailbox_facts, mailboxes, messages
from tuimail.store.journal import WITH_MESSAGES, Intent, IntentKind
from tuimail.store.mailbox_facts import MAILBOX_GONE

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

LEFT_MESSAGES = "New messages came into the mailbox: they are moved first."


class MailboxPusher:
    """Carries out intents about mailboxes over one session, which it leaves in whatever mailbox."""

    def __init__(self, context: EngineContext, account_id: AccountId, session: ImapSession, outcomes: Outcomes) -> None:
        self._context = context
        self._account_id = account_id
        self._session = session
        self._outcomes = outcomes

    async def send(self, intents: Sequence[Intent]) -> None:
        """Carry out these, of which none depends on another; what needs no mailbox opened is pipelined.

        Raises:
            ConnectionLost, ProtocolError: intents on their way stay `sent`, and are looked into next time.
        """
        taken = await take(self._context, self._account_id, intents)
        alone = [intent for intent in taken if intent.kind is IntentKind.DELETE_MAILBOX]
        await run_all(*(self._guarded(intent) for intent in taken if intent not in alone))
        for intent in alone:
            await self._guarded(intent)

    async def _guarded(self, intent: Intent) -> None:
        await self._outcomes.guarded(group_intents([intent])[0], self._carry_out(intent))

    async def _carry_out(self, intent: Intent) -> None:
        mailbox = await self._mailbox(intent.mailbox_id)
        if mailbox is None or (mailbox.server_name is None and intent.kind in _NEED_A_MAILBOX):
            raise ServerRefused(MAILBOX_GONE, text=MAILBOX_GONE)
        match intent.kind:
            case IntentKind.CREATE_MAILBOX:
                await self._create(intent, mailbox)
            case IntentKind.RENAME_MAILBOX:
                await self._rename(intent, mailbox)
            case IntentKind.DELETE_MAILBOX:
                await self._delete(intent, mailbox)
            case _:
                await self._subscribe(intent, mailbox)
        self._context.hint_mailbox(mailbox.id)

    async def _mailbox(self, mailbox_id: MailboxId | None) -> Mailbox | None:
        if mailbox_id is None:
            return None
        return await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=mailbox_id))

    async def _create(self, intent: Intent, mailbox: Mailbox) -> None:
        """CREATE and SUBSCRIBE in one round trip."""
        name = intent.argument
        created, *_ = await _each(self._session.create(name), self._session.subscribe(name))
        if isinstance(created, ServerRefused):
            there = await self._session.find_mailbox(name)
            if there is None or not there.selectable:
                raise created
        await self._outcomes.done([intent], partial(_created, intent=intent, mailbox_id=mailbox.id))
        self._outcomes.touch(mailbox.id)

    async def _rename(self, intent: Intent, mailbox: Mailbox) -> None:
        old, new = mailbox.name_on_server, intent.argument
        if old != new and not (intent.state == "sent" and await self._is_renamed(mailbox, new)):
            try:
                await self._session.rename(old, new)
            except ServerRefused:
                if not await self._is_renamed(mailbox, new):
                    raise
        # Subscriptions are by name and stay behind (RFC 9051, section 6.3.6).
        family = await self._context.read(partial(mailbox_facts.names_from, mailbox_id=mailbox.id))
        followed = [name for name, subscribed in family if subscribed]
        await _each(
            *(self._session.subscribe(new + name[len(old) :]) for name in followed),
            *(self._session.unsubscribe(name) for name in followed if old != new),
        )
        record = partial(_renamed, intent=intent, mailbox_id=mailbox.id, now=self._context.now())
        await self._outcomes.done([intent], record)

    async def _is_renamed(self, mailbox: Mailbox, new: str) -> bool:
        """Whether the old name is gone and the new one there. Another mailbox of ours with that name proves nothing."""
        known = await self._context.read(partial(mailboxes.on_server, account_id=mailbox.account_id))
        if known.get(new, mailbox.id) != mailbox.id:
            return False
        source = await self._session.find_mailbox(mailbox.name_on_server)
        if source is not None and source.selectable == mailbox.selectable:
            return False
        return await self._session.find_mailbox(new) is not None

    async def _subscribe(self, intent: Intent, mailbox: Mailbox) -> None:
        on = intent.kind is IntentKind.SUBSCRIBE
        verb = self._session.subscribe if on else self._session.unsubscribe
        await verb(mailbox.name_on_server)
        await self._outcomes.done([intent], partial(_subscribed, intent=intent, mailbox_id=mailbox.id, on=on))

    async def _delete(self, intent: Intent, mailbox: Mailbox) -> None:
        name = mailbox.name_on_server
        if mailbox.server_name is not None and not await self._is_deleted(intent, mailbox):
            if mailbox.selectable and intent.argument != WITH_MESSAGES and not await self._is_empty(intent, mailbox):
                return
            # Some servers refuse to delete, or hang up on, a mailbox that is open.
            with contextlib.suppress(ServerRefused):
                await self._session.unselect()
            try:
                await self._session.delete(name)
            except ServerRefused:
                if await self._is_there(mailbox):
                    raise
            await _each(self._session.unsubscribe(name))
        record = partial(_deleted, intent=intent, mailbox_id=mailbox.id, now=self._context.now())
        await self._outcomes.done([intent], record)

    async def _is_deleted(self, intent: Intent, mailbox: Mailbox) -> bool:
        return intent.state == "sent" and not await self._is_there(mailbox)

    async def _is_there(self, mailbox: Mailbox) -> bool:
        """Whether the server has the mailbox; a bare level above others is all that can be left of a deleted one."""
        found = await self._session.find_mailbox(mailbox.name_on_server)
        family = await self._context.read(partial(mailbox_facts.names_from, mailbox_id=mailbox.id))
        return found is not None and (found.selectable or len(family) == 1)

    async def _is_empty(self, intent: Intent, mailbox: Mailbox) -> bool:
        """Whether nothing is in the mailbox that would be lost with it; if something is, it is seen to."""
        try:
            selected = await self._session.select(mailbox.name_on_server, read_only=True)
        except ServerRefused:
            if await self._is_there(mailbox):
                raise
            return True
        if not selected.exists:
            return True
        if not await self._context.write(
            partial(mailboxes.takes_uids, mailbox_id=mailbox.id, uid_validity=selected.uid_validity)
        ):
            await self._context.write(partial(messages.unbind_mailbox, mailbox_id=mailbox.id))
            self._outcomes.touch(mailbox.id)
            await self._put_off(intent, later_s=1)
            return False
        uids = await self._session.search_uids()
        stayed, unknown = await self._context.read(partial(mailbox_facts.left_in, mailbox_id=mailbox.id, uids=uids))
        count = len(stayed) + len(unknown)
        if not count:
            return True
        if stayed or intent.target_id is None:
            text = f"{counted(count, 'message')} in it would be lost. Nothing was deleted."
            raise ServerRefused(text, text=text)
        await self._take_along(intent, mailbox, unknown)
        return False

    async def _take_along(self, intent: Intent, mailbox: Mailbox, unknown: UidSet) -> None:
        """Messages that came after the last pull become known, and are moved like the others."""
        found: list[ServerMessage] = []
        async for rows in self._session.fetch(unknown, METADATA):
            found += convert.server_messages(rows)

        def save(connection: Connection) -> None:
            messages.save_messages(connection, mailbox.account_id, mailbox.id, found)
            uids = UidSet.of(message.uid for message in found)
            ids: list[MessageId] = list(messages.ids_of_uids(connection, mailbox.id, uids).values())
            mailbox_facts.move_left(connection, intent.id, ids, now=self._context.now())

        await self._context.write(save, durable=True)
        await self._put_off(intent, later_s=0)

    async def _put_off(self, intent: Intent, *, later_s: int) -> None:
        due = self._context.now() + later_s
        await self._context.write(partial(journal.retry_later, ids=[intent.id], reply=LEFT_MESSAGES, next_try_at=due))


_NEED_A_MAILBOX = frozenset({IntentKind.RENAME_MAILBOX, IntentKind.SUBSCRIBE, IntentKind.UNSUBSCRIBE})


async def _each(*work: Awaitable[object]) -> list[object]:
    """Results and refusals of commands that go out together; any other error is raised."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, ServerRefused):
            raise result
    return list(results)


def _created(connection: Connection, intent: Intent, mailbox_id: MailboxId) -> None:
    mailboxes.set_on_server(connection, mailbox_id, intent.argument)
    journal.finish(connection, [intent.id])


def _renamed(connection: Connection, intent: Intent, mailbox_id: MailboxId, now: int) -> None:
    mailbox_facts.record_renamed(connection, mailbox_id, intent.argument, now=now)
    journal.finish(connection, [intent.id])


def _subscribed(connection: Connection, intent: Intent, mailbox_id: MailboxId, *, on: bool) -> None:
    mailbox_facts.record_subscribed(connection, mailbox_id, on=on)
    journal.finish(connection, [intent.id])


def _deleted(connection: Connection, intent: Intent, mailbox_id: MailboxId, now: int) -> None:
    mailbox_facts.record_deleted(connection, mailbox_id, now=now)
    journal.finish(connection, [intent.id])
