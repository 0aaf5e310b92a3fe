"""Verbs about one mailbox: select, create, rename and the like (RFC 9051, section 6.3)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial

from tuimail.imap.list_verbs import ListVerbs
from tuimail.imap.names import mailbox_argument
from tuimail.imap.responses import (
    Data,
    Event,
    ExistsData,
    FetchRow,
    FlagsData,
    Status,
    Tagged,
    Unreadable,
    VanishedData,
)
from tuimail.imap.results import KnownState, SelectedMailbox
from tuimail.imap.scheduler import Request, refusal
from tuimail.imap.server_verbs import parts_of
from tuimail.imap.tokens import object_id
from tuimail.model.errors import ServerRefused
from tuimail.model.uid_set import UidSet

_SELECT_DATA = frozenset({ExistsData, FlagsData, Status, VanishedData, FetchRow})
_DIGITS = re.compile(rb"\d{1,19}")
_MAX_KNOWN_OCTETS = 6000


class Opening:
    """A SELECT or EXAMINE on its way."""

    def __init__(self, request: Request, answer: Callable[[], Awaitable[SelectedMailbox]]) -> None:
        self._request = request
        self._answer = answer

    @property
    def epoch(self) -> int:
        """The epoch that it began; see `Scheduler`."""
        return self._request.epoch

    async def answer(self) -> SelectedMailbox:
        """What the server says.

        Raises:
            ServerRefused: no such mailbox; then none is selected.
        """
        return await self._answer()


class MailboxVerbs(ListVerbs):
    """The part of a session that opens mailboxes, and makes, renames and removes them."""

    async def select(self, name: str, *, read_only: bool = False, known: KnownState | None = None) -> SelectedMailbox:
        """SELECT or EXAMINE; with QRESYNC on and `known`, brings all changes since in the same round trip.

        Raises:
            ServerRefused: no such mailbox; then none is selected.
        """
        attempt = partial(self._select, name, read_only=read_only, known=known)
        return await self._spare(("QRESYNC", "CONDSTORE"), attempt)

    async def _select(self, name: str, *, read_only: bool, known: KnownState | None) -> SelectedMailbox:
        return await self._opening(name, read_only=read_only, known=known, alone=True).answer()

    def open_ahead(self, name: str, *, read_only: bool = False, known: KnownState | None = None) -> Opening:
        """SELECT or EXAMINE, sent now, behind what is in flight.

        Commands submitted after it are about this mailbox, whenever their answers come (RFC 9051, section 5.5). When
        it is refused, no mailbox is selected, and they are refused too.
        """
        return self._opening(name, read_only=read_only, known=known, alone=False)

    def _opening(self, name: str, *, read_only: bool, known: KnownState | None, alone: bool) -> Opening:
        verb = "EXAMINE" if read_only else "SELECT"
        known = known if "QRESYNC" in self.enabled and self.capabilities.has("QRESYNC") else None
        parameter = ""
        if known is not None:
            uids = str(known.uids) if known.uids else ""
            uids = f" {uids}" if 0 < len(uids) <= _MAX_KNOWN_OCTETS else ""
            parameter = f" (QRESYNC ({known.uid_validity} {known.mod_seq}{uids}))"
        elif self.capabilities.condstore:
            parameter = " (CONDSTORE)"
        parts = (*parts_of(verb, mailbox_argument(name)), parameter.encode("ascii"))
        request = Request(verb, parts, alone_before=alone, wants=_SELECT_DATA, mailbox=name)
        # Asked ahead of the answer, a FETCH must know whether there are modification sequences.
        self.link.router.keeps_mod_seqs = known is not None
        sent = self.link.submit(request)
        return Opening(request, partial(self._opened, name, request, sent, read_only=read_only, known=known))

    async def _opened(
        self,
        name: str,
        request: Request,
        sent: asyncio.Future[Tagged],
        *,
        read_only: bool,
        known: KnownState | None,
    ) -> SelectedMailbox:
        response = await sent
        if response.kind != "OK":
            raise refusal(self.link.peer, f"open {name}", response)
        read_only = read_only or response.code.name == "READ-ONLY"
        if any(isinstance(item, Unreadable) for item in request.items):
            self.link.faults.blame("QRESYNC", "a VANISHED response that cannot be read")
            known = None
        selected = _selected(
            name, request.items, read_only=read_only, known=known, has_mod_seqs=self.capabilities.condstore
        )
        if not selected.uid_validity or not any(isinstance(item, ExistsData) for item in request.items):
            # Both are required (RFC 9051, section 6.3.2): without them, nothing is known of what was opened.
            raise ServerRefused(f"{self.link.peer} opened {name} without saying what is in it.", code="SERVERBUG")
        self.link.router.keeps_mod_seqs = selected.highest_mod_seq is not None
        return selected

    async def unselect(self) -> None:
        """Leave the mailbox without removing anything: UNSELECT (RFC 3691), or EXAMINE of a name that cannot be."""
        if self.capabilities.has("UNSELECT"):
            await self.link.run(Request("UNSELECT", (b"UNSELECT",), alone_before=True), "leave the mailbox")
        else:
            request = Request("EXAMINE", (b'EXAMINE "tuimail: no such mailbox"',), alone_before=True)
            await self.link.submit(request)
        self.link.router.sequence.clear()

    async def close_mailbox(self) -> None:
        """CLOSE: leave the mailbox and remove what is marked \\Deleted, unless it was opened read-only."""
        await self.link.run(Request("CLOSE", (b"CLOSE",), alone_before=True), "close the mailbox")
        self.link.router.sequence.clear()

    async def create(self, name: str) -> str:
        """CREATE; gives the MAILBOXID where the server tells it (RFC 8474), else "".

        Raises:
            ServerRefused: it exists (code ALREADYEXISTS), or may not be created.
        """
        response = await self._on_name("CREATE", name, f"create {name}")
        return _object_id({response.code.name: response.code.argument})

    async def delete(self, name: str) -> None:
        """DELETE the mailbox with all its messages."""
        await self._on_name("DELETE", name, f"delete the mailbox {name}")

    async def rename(self, name: str, new_name: str) -> None:
        """RENAME, children included."""
        parts = parts_of("RENAME", mailbox_argument(name), mailbox_argument(new_name))
        await self.link.run(Request("RENAME", parts), f"rename {name} to {new_name}")

    async def subscribe(self, name: str) -> None:
        """SUBSCRIBE."""
        await self._on_name("SUBSCRIBE", name, f"subscribe to {name}")

    async def unsubscribe(self, name: str) -> None:
        """UNSUBSCRIBE."""
        await self._on_name("UNSUBSCRIBE", name, f"unsubscribe from {name}")

    async def _on_name(self, verb: str, name: str, what: str) -> Tagged:
        return await self.link.run(Request(verb, parts_of(verb, mailbox_argument(name))), what)


def _selected(
    name: str, items: list[Data | Event], *, read_only: bool, known: KnownState | None, has_mod_seqs: bool
) -> SelectedMailbox:
    codes = {item.code.name: item.code.argument for item in items if isinstance(item, Status) and item.code.name}
    flags = codes.get("PERMANENTFLAGS")
    permanent = flags.decode("ascii", "replace").strip("() ").split() if flags is not None else _flags(items)
    uid_validity = _number(codes, "UIDVALIDITY") or 0
    # Some servers tell one and offer no CONDSTORE to go with it.
    mod_seq = _number(codes, "HIGHESTMODSEQ") if has_mod_seqs else None
    vanished = [item.uids for item in items if isinstance(item, VanishedData)]
    gone = UidSet(())
    for uids in vanished:
        gone |= uids
    applied = known is not None and uid_validity == known.uid_validity and mod_seq is not None
    return SelectedMailbox(
        name=name,
        exists=next((item.count for item in reversed(items) if isinstance(item, ExistsData)), 0),
        uid_validity=uid_validity,
        uid_next=_number(codes, "UIDNEXT"),
        highest_mod_seq=mod_seq or None,
        read_only=read_only,
        permanent_flags=tuple(name for name in permanent if name != "\\*"),
        keywords_allowed="\\*" in permanent,
        vanished=gone,
        changed=[item for item in items if isinstance(item, FetchRow)],
        qresync_applied=applied,
        mailbox_id=_object_id(codes),
    )


def _flags(items: list[Data | Event]) -> list[str]:
    """Without PERMANENTFLAGS all flags are permanent (RFC 9051, section 6.3.2)."""
    return [name for item in items if isinstance(item, FlagsData) for name in item.names]


def _object_id(codes: dict[str, bytes]) -> str:
    """The MAILBOXID among the response codes, "" if there is none."""
    argument = codes.get("MAILBOXID", b"").strip()
    return object_id(argument[1:-1]) or "" if argument.startswith(b"(") and argument.endswith(b")") else ""


def _number(codes: dict[str, bytes], name: str) -> int | None:
    match = _DIGITS.fullmatch(codes.get(name, b"").strip())
    return int(match[0]) if match else None
