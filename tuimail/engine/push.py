"""Push: carries the journal's intents out on the server, and records what came of each.

    sendable ─► look into those an earlier try may have done (see `replay`)
             ─► take: marked sent, durably ─► one command a group, pipelined
                                              ├─► OK: base and journal in one transaction
                                              └─► NO/BAD: alone, later, or failed for good

MOVE where the server has it (RFC 6851); else UID COPY, \\Deleted, and UID EXPUNGE (RFC 4315). Nothing here ever
sends a plain EXPUNGE: it would destroy what other clients marked. Without UIDPLUS the original stays on the server,
marked as deleted, and is hidden here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import Advance, EngineContext
from tuimail.engine.outcomes import MAX_ATTEMPTS, Outcomes
from tuimail.engine.outgoing import sendable, take
from tuimail.engine.plan import Group, group_intents
from tuimail.engine.push_append import TARGET_GONE, Appender, finish
from tuimail.engine.push_mailboxes import MailboxPusher
from tuimail.engine.replay import Place, Replay, bind_at, is_uncertain
from tuimail.engine.report import AccountReport
from tuimail.engine.tasks import run_all
from tuimail.imap.results import CopyUid, SelectedMailbox
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import AccountId, IntentId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.model.uid_set import UidSet
from tuimail.store import bodies, journal, junking, mailboxes, messages, removals
from tuimail.store.journal import Intent, IntentKind
from tuimail.store.view import TAKEN_BACK

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

NOT_DONE = "The server left the message where it was."
NOT_TOLD = "The server did not say where it put the copy."
NOT_KEPT = "The server does not keep this flag in this mailbox."
NOT_DELETABLE = "The server lets nothing be removed from this mailbox."


class Pusher:
    """Pushes the intents of one account over one session; `touched` are the mailboxes that it changed.

    `names` is held while mailboxes get or lose names: nobody saves a LIST meanwhile that was asked for before.
    """

    def __init__(
        self,
        context: EngineContext,
        account_id: AccountId,
        session: ImapSession,
        report: AccountReport,
        advance: Advance,
        names: asyncio.Lock,
    ) -> None:
        self._context = context
        self._account_id = account_id
        self._session = session
        self._report = report
        self._advance = advance
        self._names = names
        self._outcomes = Outcomes(context, report)
        self._replay = Replay(context, session)
        self._has_move = session.capabilities.has("MOVE")
        self._has_uidplus = session.capabilities.has("UIDPLUS")
        self._lost: list[Intent] = []

    @property
    def touched(self) -> set[MailboxId]:
        """The mailboxes that are no longer as the last pull left them."""
        return self._outcomes.touched

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
            if about_mailboxes := [intent for intent in ready if intent.kind.is_about_mailbox]:
                # First, and then another look: names change by it, and what waited for them may go.
                pusher = MailboxPusher(self._context, self._account_id, self._session, self._outcomes)
                async with self._names:
                    await pusher.send(about_mailboxes)
            else:
                await self._send(ready)

    async def _send(self, ready: Sequence[Intent]) -> None:
        found: dict[IntentId, Place] = {}
        fresh: list[Intent] = []
        for intent in ready:
            if intent.kind is IntentKind.APPEND and intent.has_copy:
                await self._record_done(intent)
                continue
            repeatable = intent.kind is IntentKind.MOVE and self._has_move and intent.uid is not None
            if not is_uncertain(intent) or repeatable or await self._resolve(intent, found):
                fresh.append(intent)
        appends = [intent for intent in fresh if intent.kind is IntentKind.APPEND]
        fresh = [intent for intent in fresh if intent.kind is not IntentKind.APPEND]
        fresh = await take(self._context, self._account_id, fresh)
        by_mailbox: dict[MailboxId | None, list[Group]] = {}
        for group in group_intents(fresh):
            by_mailbox.setdefault(group.mailbox_id, []).append(group)
        for mailbox_id, own in by_mailbox.items():
            if mailbox_id is not None and (selected := await self._selected(mailbox_id, own)):
                there = await self._without_gone(mailbox_id, selected, own)
                while there:
                    # Started together and sent in this order: a mailbox's changes cost one round trip.
                    guarded = self._outcomes.guarded
                    await run_all(*(guarded(group, self._carry_out(group, selected, found)) for group in there))
                    there = await self._next_in(mailbox_id)
        await Appender(self._context, self._account_id, self._session, self._outcomes).send(appends)
        lost, self._lost = self._lost, []
        for intent in lost:
            await self._settle_lost(intent)

    async def _next_in(self, mailbox_id: MailboxId) -> list[Group]:
        """While the mailbox is open: what waited in it for what has just been done."""
        ready = await sendable(self._context, self._account_id)
        intents = [one for one in ready if one.base_mailbox_id == mailbox_id and one.state == "waiting"]
        return group_intents(await take(self._context, self._account_id, intents))

    async def _resolve(self, intent: Intent, found: dict[IntentId, Place]) -> bool:
        """Look for what an earlier try may have done. Returns whether there is something left to do."""
        target = await self._target(intent.target_id)
        if target is None:
            await self._outcomes.failed([intent.id], TARGET_GONE)
            return False
        if intent.has_copy:
            await self._record_done(intent)
            return False
        try:
            place = await self._replay.find(intent, target)
        except ServerRefused as error:
            await self._outcomes.refused_alone(intent, error)
            return False
        if intent.kind is IntentKind.APPEND and place is None:
            return not await self._is_over(intent)
        if place is not None and (intent.kind is IntentKind.COPY or intent.uid is None):
            await self._settle(intent, target, place)
        elif place is not None:
            found[intent.id] = place
            return True
        elif intent.uid is None:
            await self._put_off(intent)
        return intent.uid is not None and place is None

    async def _record_done(self, intent: Intent) -> None:
        await self._outcomes.done([intent], partial(finish, ids=[intent.id], now=self._context.now()))

    async def _is_over(self, intent: Intent) -> bool:
        """Whether the user has taken it back, so that what was not done is not tried again."""
        if intent.argument == TAKEN_BACK:
            await self._context.write(partial(journal.fail, ids=[intent.id], reply=""), durable=True)
        return intent.argument == TAKEN_BACK

    async def _put_off(self, intent: Intent) -> None:
        """Not done, and where the message is now is not known: a pull of the mailbox it was in finds out."""
        target = await self._target(intent.target_id)
        if intent.base_mailbox_id is None and target is not None:
            await self._settle(intent, target, None)
            return
        if intent.base_mailbox_id is not None:
            self._outcomes.touch(intent.base_mailbox_id)
        if intent.attempts >= MAX_ATTEMPTS:
            await self._outcomes.failed([intent.id], NOT_DONE)
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
            await self._outcomes.refused_alone(intent, error)
            return
        await (self._put_off(intent) if place is None else self._settle(intent, target, place))

    async def _settle(self, intent: Intent, target: Mailbox, place: Place | None) -> None:
        record = partial(_settled, intent=intent, target=target, place=place, now=self._context.now())
        await self._outcomes.done([intent], record)
        self._outcomes.touch(target.id)

    async def _target(self, mailbox_id: MailboxId | None) -> Mailbox | None:
        if mailbox_id is None:
            return None
        return await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=mailbox_id))

    async def _selected(self, mailbox_id: MailboxId, groups: Sequence[Group]) -> SelectedMailbox | None:
        """Select the mailbox; None when that is refused, or its UIDs are no longer those we know."""
        mailbox = await self._target(mailbox_id)
        ids = [intent.id for group in groups for intent in group.intents]
        if mailbox is None:
            await self._outcomes.failed(ids, "The mailbox it was in is gone.")
            return None
        try:
            selected = await self._session.select(mailbox.name_on_server)
        except ServerRefused as error:
            for group in groups:
                await self._outcomes.refused(group, error)
            return None
        if selected.uid_validity != mailbox.uid_validity:
            await self._context.write(partial(_unbind, mailbox_id=mailbox_id, ids=ids, now=self._context.now()))
            self._outcomes.touch(mailbox_id)
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
        self._outcomes.touch(mailbox_id)
        self._lost += [intent for intent in gone if intent.kind is IntentKind.MOVE]
        for intent in gone:
            if intent.kind is not IntentKind.MOVE:
                await self._put_off(intent)
        return group_intents([intent for intent in intents if intent.uid in there])

    async def _carry_out(self, group: Group, selected: SelectedMailbox, found: dict[IntentId, Place]) -> None:
        match group.kind:
            case IntentKind.ADD_FLAG | IntentKind.REMOVE_FLAG:
                await self._store_flag(group, selected)
            case IntentKind.COPY:
                await self._copy(group)
            case IntentKind.MOVE if self._has_move:
                await self._move(group, selected)
            case IntentKind.MOVE:
                await self._move_by_copy(group, selected, found)
            case _:
                await self._expunge(group, selected)
        if group.mailbox_id is not None:
            self._outcomes.touch(group.mailbox_id)

    async def _store_flag(self, group: Group, selected: SelectedMailbox) -> None:
        on = group.kind is IntentKind.ADD_FLAG
        if on and group.argument in junking.KEYWORDS and not _is_kept(group.argument, selected):
            # Said by the mailbox that the message is in as well: nothing is lost where it cannot be said.
            await self._outcomes.done(group.intents, partial(journal.finish, ids=_ids(group.intents)))
            return
        if on and not _is_kept(group.argument, selected):
            # Some servers answer OK and forget it (RFC 9051, section 7.1, PERMANENTFLAGS).
            raise ServerRefused(NOT_KEPT, text=NOT_KEPT)
        names = (group.argument,)
        await self._session.store_flags(_uids(group.intents), add=names if on else (), remove=() if on else names)
        await self._outcomes.done(group.intents, partial(_flagged, intents=group.intents, name=group.argument, on=on))

    async def _copy(self, group: Group) -> None:
        target = await self._required_target(group)
        placed = _places(await self._session.copy(_uids(group.intents), target.name_on_server))
        await self._outcomes.done(group.intents, partial(_copied, intents=group.intents, target=target, placed=placed))
        self._outcomes.touch(target.id)

    async def _move(self, group: Group, selected: SelectedMailbox) -> None:
        target = await self._required_target(group)
        try:
            answer = await self._session.move(_uids(group.intents), target.name_on_server)
        except ServerRefused as error:
            if error.kind != "BAD":
                raise
            # Offered, and not understood: nothing was done.
            await self._move_by_copy(group, selected, {})
            self._session.blame("MOVE", f"UID MOVE: BAD {error.text}")
            self._has_move = False
            return
        placed = _places(answer)
        # With UIDPLUS, a UID that COPYUID leaves out was not there to be moved.
        lost = [intent for intent in group.intents if self._has_uidplus and intent.uid not in placed]
        moved = [intent for intent in group.intents if intent not in lost]
        self._lost += lost
        await self._outcomes.done(moved, partial(_moved, intents=moved, target=target, placed=placed, leave=False))
        self._outcomes.touch(target.id)

    async def _move_by_copy(self, group: Group, selected: SelectedMailbox, found: dict[IntentId, Place]) -> None:
        _require_deletable(selected)
        target = await self._required_target(group)
        placed = {intent.uid: found[intent.id] for intent in group.intents if intent.id in found and intent.uid}
        fresh = [intent for intent in group.intents if intent.id not in found]
        if again := [intent for intent in fresh if intent.attempts or intent.state == "sent"]:
            # An earlier try may have marked the original: a copy of it would be marked as well (RFC 9051, 6.4.7).
            await self._session.store_flags(_uids(again), remove=("\\Deleted",))
        if fresh:
            placed |= _places(await self._session.copy(_uids(fresh), target.name_on_server))
        self._outcomes.touch(target.id)
        # With UIDPLUS, a copy that COPYUID leaves out may not be there: it is looked for before the original goes.
        untold = [intent for intent in fresh if self._has_uidplus and intent.uid not in placed]
        copied = [intent for intent in group.intents if intent not in untold]
        if untold:
            await self._look_again(untold)
        if not copied:
            return
        try:
            await self._delete(_uids(copied))
        except ServerRefused as error:
            with contextlib.suppress(ServerRefused):
                await self._session.store_flags(_uids(copied), remove=("\\Deleted",))
            await self._outcomes.refused(replace(group, intents=tuple(copied)), error, half_done=True)
            return
        await self._outcomes.done(
            copied, partial(_moved, intents=copied, target=target, placed=placed, leave=not self._has_uidplus)
        )

    async def _look_again(self, intents: Sequence[Intent]) -> None:
        """Perhaps done: the next try looks first, and copies again what is not there."""
        tired = [intent.id for intent in intents if intent.attempts + 1 >= MAX_ATTEMPTS]
        others = [intent.id for intent in intents if intent.id not in tired]
        again = partial(journal.retry_later, ids=others, reply=NOT_TOLD, half_done=True)
        await self._context.write(partial(again, next_try_at=self._context.now()))
        if tired:
            await self._outcomes.failed(tired, NOT_TOLD)

    async def _delete(self, uids: UidSet) -> None:
        """Mark and remove. One after the other: what EXPUNGE does depends on what STORE did (RFC 9051, section 5.5)."""
        await self._session.store_flags(uids, add=("\\Deleted",))
        if self._has_uidplus:
            await self._session.expunge_uids(uids)
        else:
            log.warning("the server has no UID EXPUNGE: what is deleted stays there, marked, and is hidden here")

    async def _expunge(self, group: Group, selected: SelectedMailbox) -> None:
        _require_deletable(selected)
        await self._delete(_uids(group.intents))
        unused = await self._outcomes.done(
            group.intents,
            partial(_expunged, intents=group.intents, gone=self._has_uidplus, now=self._context.now()),
        )
        await self._context.in_body_thread(partial(bodies.drop, self._context.store.bodies, unused))

    async def _required_target(self, group: Group) -> Mailbox:
        target = await self._target(group.target_id)
        if target is None:
            raise ServerRefused(TARGET_GONE, text=TARGET_GONE)
        return target


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


def _require_deletable(selected: SelectedMailbox) -> None:
    """Where \\Deleted is not kept, such as in a read-only mailbox, some servers answer OK to EXPUNGE and do nothing.

    Raises:
        ServerRefused: nothing can be removed from the mailbox.
    """
    if not _is_kept("\\Deleted", selected):
        raise ServerRefused(NOT_DELETABLE, text=NOT_DELETABLE)


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
            bind_at(connection, intent.copy_id, target, placed.get(intent.uid or 0))
    journal.finish(connection, _ids(intents))


def _moved(
    connection: Connection, intents: Sequence[Intent], target: Mailbox, placed: dict[int, Place], *, leave: bool
) -> None:
    for intent in intents:
        if intent.message_id is not None:
            if leave:
                messages.leave_hidden(connection, intent.message_id)
            bind_at(connection, intent.message_id, target, placed.get(intent.uid or 0))
    journal.finish(connection, _ids(intents))


def _expunged(connection: Connection, intents: Sequence[Intent], *, gone: bool, now: int) -> list[int]:
    """Returns the bodies that nothing points to any more."""
    journal.finish(connection, _ids(intents))
    if gone and all(intent.argument == journal.KEPT for intent in intents):
        removals.vanish(connection, _message_ids(intents), now=now)
        return []
    if gone:
        return messages.remove(connection, _message_ids(intents))
    messages.hide(connection, _message_ids(intents))
    return []


def _settled(connection: Connection, intent: Intent, target: Mailbox, place: Place | None, now: int) -> None:
    own = intent.copy_id or intent.message_id
    if own is not None:
        if place is not None:
            bind_at(connection, own, target, place)
        else:
            messages.lose(connection, own, now=now)
    finish(connection, [intent.id], now=now)


def _postponed(connection: Connection, intent: Intent, now: int) -> None:
    if intent.message_id is not None:
        messages.unbind(connection, intent.message_id)
    journal.retry_later(connection, [intent.id], NOT_DONE, next_try_at=now)


def _unbind(connection: Connection, mailbox_id: MailboxId, ids: Sequence[IntentId], now: int) -> None:
    messages.unbind_mailbox(connection, mailbox_id)
    journal.retry_later(connection, ids, "The server renumbered the mailbox.", next_try_at=now)
