"""Verbs about messages of the selected mailbox: fetch, search, store, copy, move, expunge, append (RFC 9051, 6.4)."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO

from tuimail.imap.faults import NOT_TO_BLAME
from tuimail.imap.names import Literal, flag_argument, mailbox_argument, refuse_breaks
from tuimail.imap.responses import (
    BodySink,
    Expunged,
    ExpungeData,
    FetchRow,
    SearchData,
    Status,
    Unreadable,
    VanishedData,
)
from tuimail.imap.results import AppendUid, CopyUid, FetchItems, StoreResult
from tuimail.imap.scheduler import FileLiteral, Part, Request
from tuimail.imap.server_verbs import ServerVerbs, parts_of
from tuimail.imap.stream import Rows, RowStream
from tuimail.model.errors import ConfigError, ProtocolError, ServerRefused
from tuimail.model.flags import Flags
from tuimail.model.uid_set import UidSet

log = logging.getLogger(__name__)
_NO_FLAGS = Flags()
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_COPY_UID = re.compile(rb"(\d{1,10}) ([\d,:]+) ([\d,:]+)")
_APPEND_UID = re.compile(rb"(\d{1,10}) (\d{1,10})")
_NEEDS = (
    ("BODY.PEEK[]", "body"),
    ("BODY[]", "body"),
    ("HEADER", "header"),
    ("BODYSTRUCTURE", "structure"),
    ("[", "sections"),
    ("FLAGS", "flags"),
    ("INTERNALDATE", "internal_date"),
    ("RFC822.SIZE", "size_octets"),
)


class MessageVerbs(ServerVerbs):
    """The part of a session that is about messages. UIDs only: sequence numbers stay inside."""

    def fetch(
        self,
        uids: UidSet | str,
        items: FetchItems | str,
        *,
        changed_since: int | None = None,
        vanished: bool = False,
    ) -> Rows:
        """UID FETCH: lists of rows as they arrive; sent at once, before the first list is asked for.

        The iteration ends normally only after the tagged OK. Rows may come in any order, and one that another
        command brought for the same UID and items may come as well. UIDs that are gone come as `Vanished` events
        with `vanished` (needs QRESYNC). Leaving the iteration early keeps the connection usable.

        Raises (while iterating):
            ServerRefused: NO or BAD; the rows before it are facts all the same.
            ConnectionLost, TimedOut, ProtocolError: the connection is over.
        """
        text = self._items(items)
        refuse_breaks(text, "list of items")
        modifier = ""
        if changed_since is not None:
            modifier = f" (CHANGEDSINCE {changed_since}{' VANISHED' if vanished else ''})"
        return self._start_fetch(uids, f"({text}){modifier}", _needs(text))

    async def fetch_spared(
        self, uids: UidSet | str, items: FetchItems, *, changed_since: int | None = None
    ) -> AsyncIterator[list[FetchRow]]:
        """As `fetch`; where the server refuses an extension that it offers, the same again without it.

        Rows may then come twice, and without CONDSTORE those of messages that have not changed come too.

        Raises (while iterating): as `fetch` does.
        """
        try:
            async for rows in self.fetch(uids, items, changed_since=changed_since):
                yield rows
            return
        except ServerRefused as error:
            if error.kind != "BAD" and error.code in NOT_TO_BLAME:
                raise
            refused = error
        suspects = [name for name in ("OBJECTID", "CONDSTORE") if self._uses(name, items, changed_since)]
        # Again on one message, to learn which extension it is: the answer to all would be long.
        probe = uids.ranges[0][0] if isinstance(uids, UidSet) and uids else 1
        if not suspects or not await self._find_culprit(suspects, str(probe), items, changed_since, refused):
            raise refused
        since = changed_since if self.capabilities.condstore else None
        async for rows in self.fetch(uids, items, changed_since=since):
            yield rows

    def _uses(self, name: str, items: FetchItems, changed_since: int | None) -> bool:
        if name == "OBJECTID":
            return " EMAILID" in self._items(items)
        return changed_since is not None or " MODSEQ" in self._items(items)

    async def _find_culprit(
        self, suspects: Sequence[str], probe: str, items: FetchItems, changed_since: int | None, refused: ServerRefused
    ) -> bool:
        """Whether the fetch is taken without one of the extensions, which is blamed."""
        first = [refused]

        async def attempt() -> None:
            if first:
                raise first.pop()
            since = changed_since if self.capabilities.condstore else None
            async for _rows in self.fetch(probe, items, changed_since=since):
                pass

        try:
            await self.link.faults.spare(suspects, lambda _name: True, attempt)
        except ServerRefused:
            return False
        return True

    def _items(self, items: FetchItems | str) -> str:
        text = str(items)
        if isinstance(items, FetchItems) and self.link.router.keeps_mod_seqs and self.capabilities.condstore:
            text = text.replace("UID FLAGS", "UID FLAGS MODSEQ", 1)
        if items is FetchItems.METADATA and self.capabilities.has("OBJECTID"):
            text = text.replace("UID FLAGS", "UID FLAGS EMAILID", 1)
        return text

    def fetch_bodies(
        self,
        uids: UidSet,
        *,
        sink_threshold_octets: int = 1 << 20,
        sink: Callable[[int, int], BodySink] | None = None,
    ) -> Rows:
        """UID FETCH (UID BODY.PEEK[]): small bodies in `row.body`, larger ones streamed to `sink(uid, size_octets)`.

        A row whose body went to a sink comes after the sink was finished, with the sink in `row.sink`.
        Raises as `fetch` does.
        """
        return self._start_fetch(uids, "(UID BODY.PEEK[])", "body", open_body=sink, over_octets=sink_threshold_octets)

    def _start_fetch(
        self,
        uids: UidSet | str,
        rest: str,
        needs: str,
        *,
        open_body: Callable[[int, int], BodySink] | None = None,
        over_octets: int = 1 << 20,
    ) -> Rows:
        asked = uids if isinstance(uids, UidSet) else _asked(uids)
        stream = RowStream(asked, needs, self.link.look, open_body=open_body, over_octets=over_octets)
        sets = list(uids.command_parts()) if isinstance(uids, UidSet) else [uids]
        requests = [Request("FETCH", (f"UID FETCH {part} {rest}".encode("ascii"),), stream=stream) for part in sets]
        for request in requests:
            self.link.submit(request)
        if not requests:
            stream.finish(None)
        return Rows(stream)

    async def search_uids(self, criteria: str = "ALL") -> UidSet:
        """UID SEARCH, by ESEARCH where it is offered (RFC 4731). `criteria` is sent as it is.

        An extended search that is refused, or answered by something else, is repeated as a plain one.

        Raises:
            ServerRefused: NO or BAD.
            ConfigError: `criteria` contains a line break.
        """
        refuse_breaks(criteria, "search")
        found = await self.link.faults.spare(("ESEARCH",), self.capabilities.has, partial(self._search, criteria))
        if found is not None:
            return found
        plain = await self._search(criteria, extended=False)
        if plain:
            self.link.faults.blame("ESEARCH", "UID SEARCH RETURN (ALL) was not answered by ESEARCH … ALL")
        return plain or UidSet()

    async def _search(self, criteria: str, *, extended: bool | None = None) -> UidSet | None:
        """None for an extended search that did not get its answer."""
        extended = self.capabilities.has("ESEARCH") if extended is None else extended
        command = f"UID SEARCH {'RETURN (ALL) ' if extended else ''}{criteria}"
        if not command.isascii():
            raise ConfigError("A search sent to the server can hold ASCII characters only.")
        request = Request(
            "SEARCH",
            (command.encode("ascii"),),
            wants=frozenset({SearchData, Unreadable}),
            conflict="" if extended else "SEARCH",
            lists_all=criteria == "ALL",
        )
        await self.link.run(request, "search")
        answers = [item for item in request.items if isinstance(item, SearchData)]
        if extended and not any(item.tag == request.tag and item.by_uid and not item.lacks_all for item in answers):
            return None
        found = UidSet()
        for item in answers:
            found |= item.numbers
        return found

    async def store_flags(
        self,
        uids: UidSet,
        *,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        unchanged_since: int | None = None,
    ) -> StoreResult:
        """Add and remove flags by their wire names: +FLAGS.SILENT and -FLAGS.SILENT, pipelined.

        With `unchanged_since` (CONDSTORE), messages changed after that MODSEQ stay as they are: `modified`.

        Raises:
            ServerRefused: NO or BAD.
            ConfigError: a name that cannot be a flag.
        """
        modifier = f" (UNCHANGEDSINCE {unchanged_since})" if unchanged_since is not None else ""
        changes = [(sign, b" ".join(map(flag_argument, names))) for sign, names in (("+", add), ("-", remove))]
        requests = [
            Request(
                "STORE",
                (f"UID STORE {part}{modifier} {sign}FLAGS.SILENT (".encode("ascii") + names + b")",),
                wants=frozenset({FetchRow}),
                uids=uids,
            )
            for sign, names in changes
            if names
            for part in uids.command_parts()
        ]
        responses = await self.link.run_all(requests, "change flags")
        modified = UidSet()
        for response in responses:
            if response.code.name == "MODIFIED":
                modified |= UidSet.parse(response.code.argument)
        rows = {id(item): item for request in requests for item in request.items if isinstance(item, FetchRow)}
        return StoreResult(list(rows.values()), modified)

    async def copy(self, uids: UidSet, target: str) -> CopyUid | None:
        """UID COPY; None where the server does not tell the new UIDs.

        Raises:
            ServerRefused: no such mailbox (code TRYCREATE), or not allowed.
        """
        return await self._copy_or_move("COPY", uids, target)

    async def move(self, uids: UidSet, target: str) -> CopyUid | None:
        """UID MOVE (RFC 6851); None where the server does not tell the new UIDs.

        Raises:
            ServerRefused: MOVE is not offered, no such mailbox (TRYCREATE), or not allowed.
        """
        self._require("MOVE", "move messages in one step")
        return await self._copy_or_move("MOVE", uids, target)

    async def _copy_or_move(self, verb: str, uids: UidSet, target: str) -> CopyUid | None:
        mailbox = mailbox_argument(target)
        requests = [
            Request(verb, parts_of(f"UID {verb} {part}", mailbox), uids=UidSet.parse(part))
            for part in uids.command_parts()
        ]
        responses = await self.link.run_all(requests, f"{verb.lower()} messages to {target}")
        codes = [item.code for request in requests for item in request.items if isinstance(item, Status)]
        codes += [response.code for response in responses]
        found = [_copy_uid(code.argument, len(uids)) for code in codes if code.name == "COPYUID"]
        return _join(found, uids)

    async def expunge_uids(self, uids: UidSet) -> UidSet:
        """UID EXPUNGE (RFC 4315): remove those of `uids` that are marked \\Deleted; gives the UIDs told to be gone.

        Raises:
            ServerRefused: UIDPLUS is not offered (there is no plain EXPUNGE: it removes what others marked).
        """
        self._require("UIDPLUS", "remove single messages")
        requests = [
            Request(
                "EXPUNGE",
                (f"UID EXPUNGE {part}".encode("ascii"),),
                wants=frozenset({VanishedData, ExpungeData}),
                uids=uids,
            )
            for part in uids.command_parts()
        ]
        await self.link.run_all(requests, "remove messages")
        gone = UidSet()
        seen: list[int] = []
        for item in (item for request in requests for item in request.items):
            if isinstance(item, VanishedData):
                gone |= item.uids & uids
            elif isinstance(item, Expunged) and item.uid:
                seen.append(item.uid)
        return gone | UidSet.of(seen)

    async def append(
        self, name: str, octets: bytes | BinaryIO, *, flags: Flags = _NO_FLAGS, internal_date: int | None = None
    ) -> AppendUid | None:
        """APPEND one message; a file is read from its start while it is sent. `internal_date` in seconds since 1970.

        Gives its UID where the server tells it (UIDPLUS).

        Raises:
            ServerRefused: no such mailbox (code TRYCREATE), over quota, too big.
        """
        line = b" (" + b" ".join(flag_argument(flag) for flag in flags.names()) + b")"
        if internal_date is not None:
            line += b' "' + date_time(internal_date) + b'"'
        parts: tuple[Part, ...] = (*parts_of("APPEND", mailbox_argument(name)), line + b" ", _literal(octets))
        response = await self.link.run(Request("APPEND", parts), f"store a message in {name}")
        match = _APPEND_UID.fullmatch(response.code.argument) if response.code.name == "APPENDUID" else None
        return AppendUid(int(match[1]), int(match[2])) if match else None

    def _require(self, capability: str, what: str) -> None:
        if not self.capabilities.has(capability):
            raise ServerRefused(
                f"{self.link.peer} cannot {what}: it does not offer {capability}.", kind="NO", code="CANNOT"
            )


_FIRST_DATE_S = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
_LAST_DATE_S = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


def _needs(items: str) -> str:
    upper = items.upper()
    return next((needs for word, needs in _NEEDS if word in upper), "seq")


def _asked(uids: str) -> UidSet | None:
    """The set that a fetch asks for; None for one with a star, which has no end."""
    if not re.fullmatch(r"[\d*]+(:[\d*]+)?(,[\d*]+(:[\d*]+)?)*", uids):
        raise ConfigError(f"{uids[:60]!a} is no UID set.")
    return None if "*" in uids else UidSet.parse(uids)


def _literal(octets: bytes | BinaryIO) -> Literal | FileLiteral:
    if isinstance(octets, bytes | bytearray):
        return Literal(bytes(octets))
    size = octets.seek(0, io.SEEK_END)
    octets.seek(0)
    return FileLiteral(octets, size)


def date_time(seconds: int) -> bytes:
    """RFC 9051, `date-time`: years of four digits; what a server said that lies beyond them becomes the nearest."""
    at = datetime.fromtimestamp(min(max(seconds, _FIRST_DATE_S), _LAST_DATE_S), tz=UTC)
    return f"{at.day:02}-{_MONTHS[at.month - 1]}-{at.year:04} {at:%H:%M:%S} +0000".encode("ascii")


def _copy_uid(argument: bytes, most: int) -> CopyUid | None:
    """COPYUID with its pairs in order; None for one that makes no sense, which then counts as not told."""
    match = _COPY_UID.fullmatch(argument)
    if match is not None:
        try:
            source, destination = _ordered(match[2], most), _ordered(match[3], most)
        except ProtocolError:
            source, destination = (), (0,)
        if len(source) == len(destination):
            return CopyUid(int(match[1]), source, destination)
    log.warning("the server sent a COPYUID that makes no sense: %r", argument[:80])
    return None


def _ordered(octets: bytes, most: int) -> tuple[int, ...]:
    """The UIDs of a set in the order in which it lists them, at most `most`."""
    uids: list[int] = []
    for item in octets.split(b","):
        part = UidSet.parse(item)
        if len(uids) + len(part) > most:
            raise ProtocolError("The server sent more UIDs than it was asked about.")
        uids.extend(part)
    return tuple(uids)


def _join(found: list[CopyUid | None], asked: UidSet) -> CopyUid | None:
    told = [copied for copied in found if copied is not None]
    if not told:
        return None
    pairs = [pair for one in told for pair in zip(one.source, one.destination, strict=True) if pair[0] in asked]
    return CopyUid(told[0].uid_validity, tuple(a for a, _ in pairs), tuple(b for _, b in pairs))
