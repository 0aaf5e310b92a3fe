"""Push of messages of our own: APPEND from bodies.db (RFC 9051, section 6.3.12), so few at a time that memory is flat.

An APPEND that an earlier try may have done is looked for in the target first, see `replay`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from tuimail.engine.context import EngineContext
from tuimail.engine.outcomes import Outcomes
from tuimail.engine.outgoing import take
from tuimail.engine.plan import group_intents
from tuimail.engine.replay import Place, bind_at
from tuimail.engine.tasks import run_all
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import AccountId, IntentId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.store import bodies, crossing, local, mailboxes, messages, read
from tuimail.store.journal import Intent

if TYPE_CHECKING:
    from tuimail.store.database import Connection

AT_ONCE_OCTETS = 4 << 20
AT_ONCE_MESSAGES = 50
"""Bounds of what is on its way together; one message may be larger."""
IN_MEMORY_OCTETS = 1 << 20
NO_BODY = "Its text is not here any more."
TARGET_GONE = "The mailbox to put it in is gone."


class Appender:
    """Appends messages over one session; no mailbox needs to be selected for it."""

    def __init__(self, context: EngineContext, account_id: AccountId, session: ImapSession, outcomes: Outcomes) -> None:
        self._context = context
        self._account_id = account_id
        self._session = session
        self._outcomes = outcomes

    async def send(self, intents: Sequence[Intent]) -> None:
        """Append these, pipelined in portions; what is refused stops no other.

        Raises:
            ConnectionLost, ProtocolError: intents on their way stay `sent`, and are looked into next time.
        """
        portion: list[Intent] = []
        size = 0
        for intent in intents:
            if portion and (size + intent.size_octets > AT_ONCE_OCTETS or len(portion) >= AT_ONCE_MESSAGES):
                await self._send(portion)
                portion, size = [], 0
            portion.append(intent)
            size += intent.size_octets
        if portion:
            await self._send(portion)

    async def _send(self, intents: Sequence[Intent]) -> None:
        # Taken portion by portion: what has not left yet needs not be looked for after a crash.
        taken = await take(self._context, self._account_id, intents)
        await run_all(*(self._outcomes.guarded(group_intents([one])[0], self._append(one)) for one in taken))

    async def _append(self, intent: Intent) -> None:
        target = None
        if intent.target_id is not None:
            target = await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=intent.target_id))
        if target is None or target.server_name is None or intent.copy_id is None:
            raise ServerRefused(TARGET_GONE, text=TARGET_GONE)
        flags = await self._context.read(partial(messages.base_flags_of, id_=intent.copy_id))
        with await self._context.in_body_thread(partial(self._load, intent.copy_id)) as file:
            if (size_octets := file.tell()) != intent.size_octets:
                # Some servers tell a size that is not that of the octets which they give: by theirs, a replay would
                # not find the message.
                resize = partial(messages.set_size, id_=intent.copy_id, size_octets=size_octets)
                await self._context.write(resize, durable=True)
            told = await self._session.append(target.server_name, file, flags=flags, internal_date=intent.internal_date)
        place = None if told is None else Place(told.uid_validity, told.uid)
        appended = partial(_appended, intent=intent, id_=intent.copy_id, target=target, place=place)
        await self._outcomes.done([intent], partial(appended, now=self._context.now()))
        self._outcomes.touch(target.id)

    def _load(self, id_: MessageId) -> BinaryIO:
        """The message's octets as a file, in memory while it is small.

        Raises:
            ServerRefused: they are not here.
        """
        store = self._context.store
        place = store.mail.read(partial(read.body_place, id_=id_))
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_OCTETS)  # noqa: SIM115 - the caller closes it
        if place is not None and place.body_id is not None:
            body_id = place.body_id

            def copy(connection: Connection) -> None:
                for chunk in bodies.iterate_body(connection, body_id):
                    file.write(chunk)

            store.bodies.read(copy)
        if not file.tell():
            file.close()
            raise ServerRefused(NO_BODY, text=NO_BODY)
        return cast(BinaryIO, file)


def _appended(
    connection: Connection, intent: Intent, id_: MessageId, target: Mailbox, place: Place | None, now: int
) -> None:
    bind_at(connection, id_, target, place)
    finish(connection, [intent.id], now=now)


def finish(connection: Connection, ids: Sequence[IntentId], *, now: int) -> None:
    """These have been done; what was moved here from another account leaves that one."""
    crossing.finish(connection, ids, now=now)
    local.carry_out(connection, now=now)
