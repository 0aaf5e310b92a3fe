"""Push: carries the journal's intents out on the server, and records what came of each.

    ready intents ─► look into those an earlier try may have done (see `replay`)
                  ─► mark sent (durable) ─► one command a group, pipelined ─► OK: base and journal in one transaction
                                                                          └─► NO/BAD: alone, later, or failed for good

MOVE where the server has it (RFC 6851); else UID COPY, \\Deleted, and UID EXPUNGE (RFC 4315). Nothing here ever
sends a plain EXPUNGE: it would destroy what other clients marked. Without UIDPLUS the original stays on the server,
marked as deleted, and is hidden here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tuimail.engine.backoff import delay_s
from tuimail.engine.context import Advance, EngineContext
from tuimail.engine.plan import Group, group_intents
from tuimail.engine.replay import Place, Replay, is_uncertain
from tuimail.engine.report import AccountReport
from tuimail.engine.tasks import run_all
from tuimail.imap.results import CopyUid, SelectedMailbox
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ConfigError, ServerRefused
from tuimail.model.ids import AccountId, IntentId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.model.uid_set import UidSet
from tuimail.store import bodies, journal, mailboxes, messages
from tuimail.store.journal import Intent, IntentKind

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_ATTEMPTS = 6
"""Tries of an intent that the server puts off; with the backoff that is about a minute of asking."""
TRANSIENT_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED"})
"""Codes of a NO that say: try again (RFC 5530)."""
NOT_DONE = "The server left the message where it was."
NOT_KEPT = "The server does not keep this flag in this mailbox."
TARGET_GONE = "The mailbox to put it in is gone."


async def sendable(context: EngineContext, account_id: AccountId) -> list[Intent]:
    """The intents of the account that can go to the server now.

    A message whose UID is not known must be found by a pull first, unless an earlier try was about to move it.
    """
    ready = await context.read(partial(journal.ready_intents, account_id=account_id, now=context.now()))
    return [
        intent
        for intent in ready
        if intent.uid is not None or intent.kind is IntentKind.CREATE_MAILBOX or is_uncertain(intent)
    ]


class Pusher:
    """Pushes the intents of one account over one session; `touched` are the mailboxes that it changed."""

    def __init__(
        self,
        context: EngineContext,
        account_id: AccountId,
        session: ImapSession,
        report: AccountReport,
        advance: Advance,
    ) -> None:
        self._context = context
        self._account_id = account_id
        self._session = session
        self._report = report
        self._advance = advance
        self._replay = Replay(context, session)
        self._has_move = session.capabilities.has("MOVE")
        self._has_uidplus = session.capabilities.has("UIDPLUS")
        self._lost: list[Intent] = []
        self.touched: set[MailboxId] = set()

    async def push(self) -> None:
        """Send all intents whose time has come, until none is left that can go now.

        Raises:
            ConnectionLost, ProtocolError: intents on their way stay `sent`, and are looked into next time.
        """
        while True:
            ready = await sendable(self._context, self._account_id)
            if not ready:
                return
            await self._advance("sending changes", 0, len(ready))
            await self._send(ready)

    async def _send(self, ready: Sequence[Intent]) -> None:
        found: dict[IntentId, Place] = {}
        fresh: list[Intent] = []
        for intent in ready:
            repeatable = intent.kind is IntentKind.MOVE and self._has_move and intent.uid is not None
            if not is_uncertain(intent) or repeatable or await self._resolve(intent, found):
                fresh.append(intent)
        await self._context.write(partial(journal.mark_sent, ids=[intent.id for intent in fresh]), durable=True)
        by_mailbox: dict[MailboxId | None, list[Group]] = {}
        for group in group_intents(fresh):
            by_mailbox.setdefault(group.mailbox_id, []).append(group)
        for mailbox_id, own in by_mailbox.items():
            if mailbox_id is None:
                await run_all(*(self._guarded(group, self._create(group)) for group in own))
            elif selected := await self._selected(mailbox_id, own):
                there = await self._without_gone(mailbox_id, selected, own)
                # Started together and sent in this order: a mailbox's changes cost one round trip.
                await run_all(*(self._guarded(group, self._carry_out(group, selected, found)) for group in there))
        lost, self._lost = self._lost, []
        for intent in lost:
            await self._settle_lost(intent)

    async def _resolve(self, intent: Intent, found: dict[IntentId, Place]) -> bool:
        """Look for what an earlier try may have done. Returns whether there is something left to do."""
        target = await self._target(intent.target_id)
        if target is None:
            await self._context.write(partial(journal.fail, ids=[intent.id], reply=TARGET_GONE), durable=True)
            self._report.failed += 1
            return False
        try:
            place = await self._replay.find(intent, target)
        except ServerRefused as error:
            await self._refused(group_intents([intent])[0], error)
            return False
        if place is not None and (intent.kind is IntentKind.COPY or intent.uid is None):
            await self._settle(intent, target, place)
        elif place is not None:
            found[intent.id] = place
            return True
        elif intent.uid is None:
            await self._put_off(intent)
        return intent.uid is not None and place is None

    async def _put_off(self, intent: Intent) -> None:
        """Not done, and where the message is now is not known: a pull of the mailbox it was in finds out."""
        target = await self._target(intent.target_id)
        if intent.base_mailbox_id is None and target is not None:
            await self._settle(intent, target, None)
            return
        if intent.base_mailbox_id is not None:
            self._touch(intent.base_mailbox_id)
        if intent.attempts >= MAX_ATTEMPTS:
            await self._context.write(partial(journal.fail, ids=[intent.id], reply=NOT_DONE), durable=True)
            self._report.failed += 1
            return
        await self._context.write(partial(_postponed, intent=intent, now=self._context.now()))

    async def _settle_lost(self, intent: Intent) -> None:
        """A move that left out its message: done by an earlier try, or somebody else took the message away."""
        target = await self._target(intent.target_id)
        if target is None:
            return
        try:
            place = await self._replay.find(intent, target)
        except ServerRefused as error:
            await self._refused(group_intents([intent])[0], error)
            return
        await (self._put_off(intent) if place is None else self._settle(intent, target, place))

    async def _settle(self, intent: Intent, target: Mailbox, place: Place | None) -> None:
        record = partial(_settled, intent=intent, target=target, place=place, now=self._context.now())
        await self._done([intent], record)
        self._touch(target.id)

    async def _target(self, mailbox_id: MailboxId | None) -> Mailbox | None:
        if mailbox_id is None:
            return None
        return await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=mailbox_id))

    async def _selected(self, mailbox_id: MailboxId, groups: Sequence[Group]) -> SelectedMailbox | None:
        """Select the mailbox; None when that is refused, or its UIDs are no longer those we know."""
        mailbox = await self._target(mailbox_id)
        ids = [intent.id for group in groups for intent in group.intents]
        if mailbox is None:
            await self._context.write(
                partial(journal.fail, ids=ids, reply="The mailbox it was in is gone."), durable=True
            )
            self._report.failed += len(ids)
            return None
        try:
            selected = await self._session.select(mailbox.name)
        except ServerRefused as error:
            for group in groups:
                await self._refused(group, error)
            return None
        if selected.uid_validity != mailbox.uid_validity:
            await self._context.write(partial(_unbind, mailbox_id=mailbox_id, ids=ids, now=self._context.now()))
            self._touch(mailbox_id)
            return None
        return selected

    async def _without_gone(
        self, mailbox_id: MailboxId, selected: SelectedMailbox, groups: Sequence[Group]
    ) -> list[Group]:
        """The groups without messages that are no longer there: STORE and COPY of these would say OK and do nothing.

        Asked for only where the mailbox is not as the last pull left it. Those messages are looked for first: another
        client may have moved them.
        """
        mirror = await self._context.read(partial(mailboxes.mirror_state, mailbox_id=mailbox_id))
        if selected.uid_next and (mirror.uid_next, mirror.server_total) == (selected.uid_next, selected.exists):
            return list(groups)
        intents = [intent for group in groups for intent in group.intents]
        there = UidSet()
        for part in _uids(intents).command_parts():
            there |= await self._session.search_uids(f"UID {part}")
        gone = [intent for intent in intents if intent.uid not in there]
        if not gone:
            return list(groups)
        self._touch(mailbox_id)
        self._lost += [intent for intent in gone if intent.kind is IntentKind.MOVE]
        for intent in gone:
            if intent.kind is not IntentKind.MOVE:
                await self._put_off(intent)
        return group_intents([intent for intent in intents if intent.uid in there])

    async def _guarded(self, group: Group, work: Awaitable[None]) -> None:
        try:
            await work
        except ServerRefused as error:
            await self._refused(group, error)
        except ConfigError as error:
            # A name that no command can carry: it will not get better, and must not stop the others.
            await self._refused(group, ServerRefused(error.message, text=str(error)))

    async def _refused(self, group: Group, error: ServerRefused) -> None:
        """NO or BAD: a group is tried again one by one; one alone is put off or given up, by what the server says."""
        now = self._context.now()
        log.info("%s of %d refused: %s", group.kind.value, len(group.intents), error)
        reply = error.text or error.message
        ids = [intent.id for intent in group.intents]
        tries = group.intents[0].attempts + 1
        if len(ids) > 1:
            await self._context.write(partial(journal.retry_later, ids=ids, reply=reply, next_try_at=now))
        elif error.code in TRANSIENT_CODES and tries < MAX_ATTEMPTS:
            due = now + max(1, round(delay_s(tries)))
            await self._context.write(partial(journal.retry_later, ids=ids, reply=reply, next_try_at=due))
        else:
            await self._context.write(partial(journal.fail, ids=ids, reply=reply), durable=True)
            self._report.failed += len(ids)
        for mailbox_id in (group.mailbox_id, group.target_id):
            if mailbox_id is not None:
                self._context.hint_mailbox(mailbox_id)

    async def _create(self, group: Group) -> None:
        """CREATE and SUBSCRIBE in one round trip; a mailbox that is there already is as good as made."""
        name = group.argument
        created, subscribed = await asyncio.gather(
            self._session.create(name), self._session.subscribe(name), return_exceptions=True
        )
        for result in (created, subscribed):
            if isinstance(result, BaseException) and not isinstance(result, ServerRefused):
                raise result
        if isinstance(created, ServerRefused):
            try:
                await self._session.status(name)
            except ServerRefused:
                raise created from None
        await self._done(group.intents, partial(_created, intents=group.intents))

    async def _carry_out(self, group: Group, selected: SelectedMailbox, found: dict[IntentId, Place]) -> None:
        match group.kind:
            case IntentKind.ADD_FLAG | IntentKind.REMOVE_FLAG:
                await self._store_flag(group, selected)
            case IntentKind.COPY:
                await self._copy(group)
            case IntentKind.MOVE if self._has_move:
                await self._move(group)
            case IntentKind.MOVE:
                await self._move_by_copy(group, found)
            case _:
                await self._expunge(group)
        if group.mailbox_id is not None:
            self._touch(group.mailbox_id)

    async def _store_flag(self, group: Group, selected: SelectedMailbox) -> None:
        on = group.kind is IntentKind.ADD_FLAG
        if on and not _is_kept(group.argument, selected):
            # Some servers answer OK and forget it (RFC 9051, section 7.1, PERMANENTFLAGS).
            raise ServerRefused(NOT_KEPT, text=NOT_KEPT)
        names = (group.argument,)
        await self._session.store_flags(_uids(group.intents), add=names if on else (), remove=() if on else names)
        await self._done(group.intents, partial(_flagged, intents=group.intents, name=group.argument, on=on))

    async def _copy(self, group: Group) -> None:
        target = await self._required_target(group)
        placed = _places(await self._session.copy(_uids(group.intents), target.name))
        await self._done(group.intents, partial(_copied, intents=group.intents, target=target, placed=placed))
        self._touch(target.id)

    async def _move(self, group: Group) -> None:
        target = await self._required_target(group)
        answer = await self._session.move(_uids(group.intents), target.name)
        placed = _places(answer)
        # With UIDPLUS, a UID that COPYUID leaves out was not there to be moved.
        lost = [intent for intent in group.intents if self._has_uidplus and intent.uid not in placed]
        moved = [intent for intent in group.intents if intent not in lost]
        self._lost += lost
        await self._done(moved, partial(_moved, intents=moved, target=target, placed=placed, leave=False))
        self._touch(target.id)

    async def _move_by_copy(self, group: Group, found: dict[IntentId, Place]) -> None:
        target = await self._required_target(group)
        placed = {intent.uid: found[intent.id] for intent in group.intents if intent.id in found and intent.uid}
        fresh = [intent for intent in group.intents if intent.id not in found]
        if fresh:
            placed |= _places(await self._session.copy(_uids(fresh), target.name))
        await self._delete(_uids(group.intents))
        await self._done(
            group.intents,
            partial(_moved, intents=group.intents, target=target, placed=placed, leave=not self._has_uidplus),
        )
        self._touch(target.id)

    async def _delete(self, uids: UidSet) -> None:
        """Mark and remove. One after the other: what EXPUNGE does depends on what STORE did (RFC 9051, section 5.5)."""
        await self._session.store_flags(uids, add=("\\Deleted",))
        if self._has_uidplus:
            await self._session.expunge_uids(uids)
        else:
            log.warning("the server has no UID EXPUNGE: what is deleted stays there, marked, and is hidden here")

    async def _expunge(self, group: Group) -> None:
        await self._delete(_uids(group.intents))
        unused = await self._done(group.intents, partial(_expunged, intents=group.intents, gone=self._has_uidplus))
        await self._context.in_body_thread(partial(bodies.drop, self._context.store.bodies, unused))

    async def _required_target(self, group: Group) -> Mailbox:
        target = await self._target(group.target_id)
        if target is None:
            raise ServerRefused(TARGET_GONE, text=TARGET_GONE)
        return target

    def _touch(self, mailbox_id: MailboxId) -> None:
        self.touched.add(mailbox_id)
        self._context.hint_mailbox(mailbox_id)

    async def _done(self, intents: Sequence[Intent], record: Callable[[Connection], T]) -> T:
        """Record what the server did, and count it."""
        result = await self._context.write(record, durable=True)
        self._report.pushed += len(intents)
        return result


def _uids(intents: Sequence[Intent]) -> UidSet:
    return UidSet.of(intent.uid for intent in intents if intent.uid is not None)


def _places(answer: CopyUid | None) -> dict[int, Place]:
    if answer is None:
        return {}
    pairs = zip(answer.source, answer.destination, strict=True)
    return {source: Place(answer.uid_validity, destination) for source, destination in pairs}


def _is_kept(flag: str, selected: SelectedMailbox) -> bool:
    if any(flag.lower() == name.lower() for name in selected.permanent_flags):
        return True
    return selected.keywords_allowed and not flag.startswith("\\")


def _bind(connection: Connection, id_: MessageId, target: Mailbox, place: Place | None) -> None:
    """The message is in the target, at `place` if that is told in the numbering that we know the target by."""
    known = place is not None and mailboxes.takes_uids(connection, target.id, place.uid_validity)
    messages.bind(connection, id_, target.id, place.uid if place is not None and known else None)


def _ids(intents: Sequence[Intent]) -> list[IntentId]:
    return [intent.id for intent in intents]


def _message_ids(intents: Sequence[Intent]) -> list[MessageId]:
    return [intent.message_id for intent in intents if intent.message_id is not None]


def _flagged(connection: Connection, intents: Sequence[Intent], name: str, *, on: bool) -> None:
    messages.apply_flag(connection, _message_ids(intents), name, on=on)
    journal.finish(connection, _ids(intents))


def _copied(connection: Connection, intents: Sequence[Intent], target: Mailbox, placed: dict[int, Place]) -> None:
    for intent in intents:
        if intent.copy_id is not None:
            _bind(connection, intent.copy_id, target, placed.get(intent.uid or 0))
    journal.finish(connection, _ids(intents))


def _moved(
    connection: Connection, intents: Sequence[Intent], target: Mailbox, placed: dict[int, Place], *, leave: bool
) -> None:
    for intent in intents:
        if intent.message_id is not None:
            if leave:
                messages.leave_hidden(connection, intent.message_id)
            _bind(connection, intent.message_id, target, placed.get(intent.uid or 0))
    journal.finish(connection, _ids(intents))


def _expunged(connection: Connection, intents: Sequence[Intent], *, gone: bool) -> list[int]:
    """Returns the bodies that nothing points to any more."""
    journal.finish(connection, _ids(intents))
    if gone:
        return messages.remove(connection, _message_ids(intents))
    messages.hide(connection, _message_ids(intents))
    return []


def _created(connection: Connection, intents: Sequence[Intent]) -> None:
    for intent in intents:
        if intent.mailbox_id is not None:
            mailboxes.set_on_server(connection, intent.mailbox_id)
    journal.finish(connection, _ids(intents))


def _settled(connection: Connection, intent: Intent, target: Mailbox, place: Place | None, now: int) -> None:
    own = intent.copy_id if intent.kind is IntentKind.COPY else intent.message_id
    if own is not None:
        if place is not None:
            _bind(connection, own, target, place)
        else:
            messages.lose(connection, own, now=now)
    journal.finish(connection, [intent.id])


def _postponed(connection: Connection, intent: Intent, now: int) -> None:
    if intent.message_id is not None:
        messages.unbind(connection, intent.message_id)
    journal.retry_later(connection, [intent.id], NOT_DONE, next_try_at=now)


def _unbind(connection: Connection, mailbox_id: MailboxId, ids: Sequence[IntentId], now: int) -> None:
    messages.unbind_mailbox(connection, mailbox_id)
    journal.retry_later(connection, ids, "The server renumbered the mailbox.", next_try_at=now)
