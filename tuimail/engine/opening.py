"""What a user waits for: messages to be read, and single parts of them.

    a message up to `whole_up_to_kb` ──────────────────────────► fetched whole
    a larger one ─► its header and texts ─► shown ─► parts, each when it is wanted
                          └─ not to be had by parts ─► fetched whole

Parts that are wanted stand in the store (`store.part_wants`), so that they come after a restart too; messages come back
by themselves, for a screen that shows one asks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tuimail.engine.bodies import BodyFetcher, Wanted
from tuimail.engine.parts import PartFetcher, Unfit
from tuimail.mime.partial import covering
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ServerRefused
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId, MessageId
from tuimail.model.message import BodyState
from tuimail.store import part_wants, parts, read
from tuimail.store.part_wants import WHOLE, PartWant

if TYPE_CHECKING:
    from tuimail.engine.context import EngineContext
    from tuimail.imap.session import ImapSession
    from tuimail.store.read import BodyPlace

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_TRIES = 3
"""A part at which the connection breaks each time is not asked for a fourth time unless the user wants it again."""
_GONE = "The server does not have this message any more."
_BREAKS = "The connection broke each time it was fetched."
_NOT_GIVEN = "The server did not give it."


class Opener:
    """Works for one account over one session, which it leaves in whatever mailbox came last."""

    def __init__(
        self,
        context: EngineContext,
        account_id: AccountId,
        session: ImapSession,
        leave: Callable[[], bool] = lambda: False,
    ) -> None:
        self._context = context
        self._account_id = account_id
        self._session = session
        self._leave = leave

    async def open_messages(self, ids: Sequence[MessageId]) -> None:
        """Fetch what is needed to read these messages, where it is not here.

        Raises:
            ConnectionLost, ProtocolError: what came until then stays.
        """
        whole = []
        for id_ in ids:
            place = await self._place(id_)
            if place is None or place.state is BodyState.FULL or await self._has_frame(place):
                continue
            one = _wanted(id_, place)
            if one is not None and not await self._open(one):
                whole.append(one)
        await self._fetch_whole(whole)

    async def bring_wanted(self) -> list[MessageId]:
        """Fetch the parts that wait in the store. Returns the messages that they belong to."""
        wants = await self._context.read(partial(part_wants.list_wanted, account_id=self._account_id))
        for want in wants:
            if want.tries >= MAX_TRIES:
                await self._refuse(want, _BREAKS)
                continue
            await self._context.write(partial(part_wants.count_try, want=want))
            try:
                problem = await self.bring(want.message_id, want.section)
            except ServerRefused as error:
                problem = one_line(str(error))
            if problem is None:
                await self._tell_piece(want.message_id, want.section)
                return [one.message_id for one in wants]
            await (self._refuse(want, problem) if problem else self._settle(want))
        return [want.message_id for want in wants]

    async def bring(self, id_: MessageId, section: str) -> str | None:
        """Fetch one part, or with the section "" all, of a message. Returns why it is not here now, "" if it is.

        None: it was left for later.

        Raises:
            ConnectionLost, ProtocolError: what came until then stays.
        """
        place = await self._place(id_)
        if place is None:
            return _GONE
        if place.state is BodyState.FULL:
            return ""
        one = _wanted(id_, place)
        if one is None:
            return _GONE
        if section == WHOLE or not (await self._has_frame(place) or await self._open(one)):
            return await self._bring_whole(one)
        return await self._bring_part(one, section)

    async def _bring_part(self, one: Wanted, section: str) -> str | None:
        place = await self._place(one.id)
        body_id = None if place is None else place.body_id
        if body_id is None:
            return _GONE
        left = await self._read_bodies(partial(parts.parts_here, body_id=body_id))
        outer = covering(section, left)
        if outer is None or left[outer].is_here:
            return ""
        try:
            on_piece = partial(self._tell_piece, one.id, section)
            fetcher = PartFetcher(self._context, self._session, leave=self._leave, on_piece=on_piece)
            came = await fetcher.bring(one, body_id, left[outer])
        except Unfit as unfit:
            log.info("message %d: part %s: %s", one.id, outer, unfit)
            return await self._bring_whole(one)
        return "" if came else None

    async def _bring_whole(self, one: Wanted) -> str:
        await self._fetch_whole([one])
        place = await self._place(one.id)
        return "" if place is not None and place.state is BodyState.FULL else _NOT_GIVEN

    async def _open(self, one: Wanted) -> bool:
        """Fetch the message's frame, if it is large; whether it is here now."""
        if one.size_octets <= self._context.config.sync.whole_up_to_kb * 1024:
            return False
        try:
            await PartFetcher(self._context, self._session).open(one)
        except (Unfit, ServerRefused) as error:
            log.info("message %d: %s", one.id, error)
            return False
        return True

    async def _fetch_whole(self, wanted: Sequence[Wanted]) -> None:
        if wanted:
            await BodyFetcher(self._context, self._account_id, self._session).fetch(wanted)

    async def _place(self, id_: MessageId) -> BodyPlace | None:
        """Where the message's octets are; None: it is not in this account (any more)."""
        place = await self._context.read(partial(read.body_place, id_=id_))
        return place if place is not None and place.account_id == self._account_id else None

    async def _has_frame(self, place: BodyPlace) -> bool:
        body_id = place.body_id
        if place.state is not BodyState.PARTIAL or body_id is None:
            return False
        # Rows and octets are in two files: what one promises the other may have lost.
        return await self._read_bodies(partial(parts.has_frame, body_id=body_id))

    async def _read_bodies(self, function: Callable[..., T]) -> T:
        bodies = self._context.store.bodies
        return await self._context.in_body_thread(lambda: bodies.read(function))

    async def _tell_piece(self, id_: MessageId, section: str) -> None:
        """A try that gets on is none that failed; a screen may show how far it is."""
        await self._context.write(partial(part_wants.forget_tries, id_=id_, section=section))
        self._context.hint(Hint(HintKind.BODY, id_))

    async def _settle(self, want: PartWant) -> None:
        await self._context.write(partial(part_wants.settle_want, id_=want.message_id, section=want.section))
        self._context.hint(Hint(HintKind.BODY, want.message_id))

    async def _refuse(self, want: PartWant, problem: str) -> None:
        await self._context.write(
            partial(part_wants.refuse_want, id_=want.message_id, section=want.section, problem=problem)
        )
        self._context.hint(Hint(HintKind.BODY, want.message_id))


def _wanted(id_: MessageId, place: BodyPlace) -> Wanted | None:
    """Where it is on the server; None: nowhere, as far as is known."""
    if place.base_mailbox_id is None or place.uid is None:
        return None
    return Wanted(place.base_mailbox_id, place.uid, id_, place.size_octets)
