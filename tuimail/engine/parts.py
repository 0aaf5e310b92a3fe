"""Fetches single parts of messages, over a session that belongs to the caller.

    open    EXAMINE ─► BODYSTRUCTURE, header ─► MIME headers, texts ─► frame: bodies.db (durable) ─► mail.db: in part
    bring   EXAMINE ─► MIME header as in the frame? ─► piece, piece, … ─► the part is here: bodies.db (durable)

Pieces of a megabyte (RFC 9051, section 6.4.5, partial fetch) are stored as they come: an interrupted part goes on where
it stopped, and what the user wants meanwhile comes between two of them. Whatever the server says that does not fit
together (a structure unlike the parts, sections that are not there, other sizes than it told) ends in `Unfit`: the
message is then fetched whole. Nothing that comes in parts is ever taken for the whole message.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from tuimail.imap.structure import parse_body_structure
from tuimail.mime.partial import PartPlan, assemble, find_part, plan_parts
from tuimail.model.errors import ProtocolError, ServerRefused
from tuimail.model.hints import Hint, HintKind
from tuimail.model.uid_set import UidSet
from tuimail.store import mailboxes, parts
from tuimail.store.parts import PIECE_OCTETS, StoredPart

if TYPE_CHECKING:
    from tuimail.engine.bodies import Wanted
    from tuimail.engine.context import EngineContext
    from tuimail.imap.session import ImapSession
    from tuimail.model.body_structure import BodyPart
    from tuimail.model.ids import MailboxId

log = logging.getLogger(__name__)

SNIPPET_OCTETS = 64 * 1024
"""Of a frame: its text comes first, behind a header that may be long."""


class Unfit(Exception):
    """This message is not to be had by parts; the text says why."""


class PartFetcher:
    """Leaves the session in whatever mailbox came last.

    `leave` is asked between pieces whether to stop for now; `on_piece` is awaited after each that was stored.
    """

    def __init__(
        self,
        context: EngineContext,
        session: ImapSession,
        *,
        leave: Callable[[], bool] = lambda: False,
        on_piece: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._context = context
        self._session = session
        self._leave = leave
        self._tell_piece = on_piece
        self._selected: MailboxId | None = None

    async def open(self, one: Wanted) -> None:
        """Fetch what is needed to read the message, and store it as its frame.

        Raises:
            Unfit: it is to be fetched whole.
            ConnectionLost, ProtocolError: nothing was stored.
        """
        await self._select(one)
        told = await self._sections(one, "UID BODYSTRUCTURE BODY.PEEK[HEADER]")
        structure, plan = _planned(told.get("BODYSTRUCTURE"))
        header = told.get("HEADER")
        if header is None:
            raise Unfit("the server did not give its header")
        found: dict[str, bytes] = {}
        if plan.sections:
            found = await self._sections(one, " ".join(["UID", *(f"BODY.PEEK[{name}]" for name in plan.sections)]))
        sizes = {leaf.section: leaf.size_octets for leaf in structure.leaves()}
        for section in plan.bodies:
            if len(found.get(section, b"")) != sizes[section]:
                raise Unfit(f"part {section} has not the size that the server told")
        frame = assemble(structure, header, found)
        if frame is None:
            raise Unfit("its parts are not as its structure says")
        await self._save_frame(one, frame, plan)

    async def bring(self, one: Wanted, body_id: int, wanted: StoredPart) -> bool:
        """Fetch a part whose frame is here, from where it stopped. Returns whether all of it is here now.

        Raises:
            Unfit: the server has something else in its place: the message is to be fetched whole.
            ConnectionLost, ProtocolError: the pieces that came stay.
        """
        await self._select(one)
        await self._verify(one, body_id, wanted.section)
        offset = wanted.came_octets
        while offset < wanted.size_octets:
            due = min(PIECE_OCTETS, wanted.size_octets - offset)
            # One octet more than the last piece should have shows a part that is longer than was told.
            asked = due + (offset + due == wanted.size_octets)
            name = wanted.section
            came = (await self._sections(one, f"UID BODY.PEEK[{name}]<{offset}.{asked}>")).get(name, b"")
            if len(came) != due:
                raise Unfit(f"part {name} has not the size that the server told")
            number = offset // PIECE_OCTETS
            if not await self._write(
                partial(parts.add_piece, body_id=body_id, section=name, number=number, octets=came)
            ):
                return True
            offset += due
            if self._tell_piece is not None:
                await self._tell_piece()
            if offset < wanted.size_octets and self._leave():
                return False
        await self._write(partial(parts.finish_part, body_id=body_id, section=wanted.section), durable=True)
        return True

    async def _select(self, one: Wanted) -> None:
        """Open the mailbox, if its UIDs are the ones that we know."""
        if one.mailbox_id == self._selected:
            return
        self._selected = None
        mailbox = await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=one.mailbox_id))
        if mailbox is None:
            raise Unfit("its mailbox is gone")
        selected = await self._session.select(mailbox.name_on_server, read_only=True)
        if selected.uid_validity != mailbox.uid_validity:
            raise Unfit("the server has numbered its mailbox anew")
        self._selected = one.mailbox_id

    async def _sections(self, one: Wanted, items: str) -> dict[str, bytes]:
        """What the server gives of these items for the message, by section; HEADER and BODYSTRUCTURE by name."""
        found: dict[str, bytes] = {}
        try:
            async for rows in self._session.fetch(UidSet.of([one.uid]), items):
                for row in rows:
                    if row.uid != one.uid:
                        continue
                    found |= row.sections or {}
                    if row.header is not None:
                        found["HEADER"] = row.header
                    if row.structure is not None:
                        found["BODYSTRUCTURE"] = row.structure
        except ServerRefused as error:
            raise Unfit(f"the server refused: {error.message}") from error
        return {name.upper() if name.isascii() else name: bytes(octets) for name, octets in found.items()}

    async def _verify(self, one: Wanted, body_id: int, section: str) -> None:
        """The part is the one that the frame speaks of: it has the same MIME header, octet by octet."""
        frame = await self._context.in_body_thread(
            lambda: self._context.store.bodies.read(partial(parts.load_frame, body_id=body_id))
        )
        known = None if frame is None else find_part(frame, section)
        if frame is None or known is None:
            raise Unfit("its frame is not here")
        if known.header_start == 0:
            return  # the message is this part: its header was the message's own
        came = (await self._sections(one, f"UID BODY.PEEK[{section}.MIME]")).get(f"{section}.MIME", b"")
        if came.rstrip(b"\r\n") != frame[known.header_start : known.header_end].rstrip(b"\r\n"):
            raise Unfit(f"part {section} is not what it was")

    async def _save_frame(self, one: Wanted, frame: bytes, plan: PartPlan) -> None:
        from tuimail.mime.snippets import snippet_of

        await self._write(partial(parts.save_frame, body_id=one.id, frame=frame, left=plan.left), durable=True)
        snippet = snippet_of(frame[:SNIPPET_OCTETS])
        await self._context.write(partial(parts.point_to_frame, id_=one.id, snippet=snippet))
        self._context.hint(Hint(HintKind.BODY, one.id))

    async def _write(self, function: Callable[..., object], *, durable: bool = False) -> bool:
        """Run it in bodies.db; its result, as a truth."""
        bodies = self._context.store.bodies
        return bool(await self._context.in_body_thread(lambda: bodies.write(function, durable=durable)))


def _planned(raw: bytes | None) -> tuple[BodyPart, PartPlan]:
    if raw is None:
        raise Unfit("the server did not tell its structure")
    try:
        structure = parse_body_structure(raw)
    except ProtocolError as error:
        raise Unfit(f"its structure cannot be read: {error.message}") from error
    plan = plan_parts(structure)
    if plan is None:
        raise Unfit("it is fetched whole")
    return structure, plan
