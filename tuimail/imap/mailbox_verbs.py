"""Verbs about mailboxes: list, status, select, create and the like (RFC 9051, section 6.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.link import Link
from tuimail.imap.names import Argument, decode_mailbox, encode_mailbox, mailbox_argument, quote
from tuimail.imap.responses import (
    Data,
    Event,
    ExistsData,
    FetchRow,
    FlagsData,
    IdData,
    ListData,
    MailboxStatus,
    NamesData,
    NamespaceData,
    Status,
    StatusData,
    VanishedData,
)
from tuimail.imap.results import KnownState, ListedMailbox, SelectedMailbox
from tuimail.imap.router import status_of
from tuimail.imap.scheduler import Part, Request
from tuimail.model.errors import ProtocolError
from tuimail.model.mailbox import SpecialUse
from tuimail.model.uid_set import UidSet

_NOT_SELECTABLE = frozenset({"\\noselect", "\\nonexistent"})
_SELECT_DATA = frozenset({ExistsData, FlagsData, Status, VanishedData, FetchRow})
_DIGITS = re.compile(rb"\d{1,19}")
_MAX_KNOWN_OCTETS = 6000


def parts_of(*pieces: str | Argument) -> tuple[Part, ...]:
    """A command's words with spaces between them."""
    parts: list[Part] = []
    for piece in pieces:
        if parts:
            parts.append(b" ")
        parts.append(piece.encode("ascii") if isinstance(piece, str) else piece)
    return tuple(parts)


class MailboxVerbs:
    """The part of a session that is about mailboxes."""

    link: Link
    server_id: dict[str, str]

    @property
    def capabilities(self) -> Capabilities:
        """What the server offers now."""
        return self.link.router.capabilities or Capabilities()

    @property
    def enabled(self) -> frozenset[str]:
        """The extensions that ENABLE turned on."""
        return self.link.router.enabled

    async def enable(self, *names: str) -> frozenset[str]:
        """ENABLE those of `names` that the server offers (RFC 5161); gives all that is on now."""
        wanted = [name.upper() for name in names if self.capabilities.has(name) and name.upper() not in self.enabled]
        if wanted and self.capabilities.has("ENABLE"):
            request = Request("ENABLE", parts_of("ENABLE", *wanted), wants=frozenset({NamesData}))
            await self.link.run(request, f"enable {' '.join(wanted)}")
        return self.enabled

    async def list_mailboxes(self, *, status: bool = True) -> list[ListedMailbox]:
        """All mailboxes, in one round trip where LIST-EXTENDED, LIST-STATUS and SPECIAL-USE are offered.

        Raises:
            ServerRefused: LIST was refused. A refused STATUS leaves that mailbox without numbers.
        """
        options = self._list_options(status=status)
        listing = Request("LIST", self._list_parts(options), wants=frozenset({ListData, StatusData}))
        requests = [listing]
        lsub = Request("LSUB", (b'LSUB "" "*"',), conflict="LSUB", wants=frozenset({ListData}))
        extended = "SUBSCRIBED" in options
        if not extended:
            requests.append(lsub)
        await self.link.run_all(requests, "list mailboxes")
        told = {item.wire_name: status_of(item) for item in listing.items if isinstance(item, StatusData)}
        subscribed = {
            decode_mailbox(item.wire_name)
            for item in (*listing.items, *lsub.items)
            if isinstance(item, ListData) and (item.kind == "LSUB" or _has(item, "\\subscribed"))
        }
        listed = [item for item in listing.items if isinstance(item, ListData) and item.kind == "LIST"]
        if status and "STATUS" not in " ".join(options):
            told = await self._ask_statuses(item.wire_name for item in listed if _selectable(item))
        by_name = {decode_mailbox(name): numbers for name, numbers in told.items()}
        return list({m.name: m for m in (_listed(item, subscribed, by_name) for item in listed)}.values())

    async def _ask_statuses(self, wire_names: Iterable[bytes]) -> dict[bytes, MailboxStatus]:
        """STATUS of each, pipelined; those that are refused are left out."""
        requests = {name: self._status_request(decode_mailbox(name)) for name in wire_names}
        futures = [self.link.submit(request) for request in requests.values()]
        for future in futures:
            await future
        return {
            name: status_of(item)
            for name, request in requests.items()
            for item in request.items
            if isinstance(item, StatusData)
        }

    def _list_options(self, *, status: bool) -> list[str]:
        if not self.capabilities.has("LIST-EXTENDED"):
            return []
        options = ["SPECIAL-USE"] if self.capabilities.has("SPECIAL-USE") else []
        options.append("SUBSCRIBED")
        if status and self.capabilities.has("LIST-STATUS"):
            options.append(f"STATUS ({self._status_items()})")
        return options

    def _list_parts(self, options: list[str]) -> tuple[Part, ...]:
        return parts_of("LIST", '""', '"*"', *([f"RETURN ({' '.join(options)})"] if options else []))

    def _status_items(self) -> str:
        return "MESSAGES UIDNEXT UIDVALIDITY UNSEEN" + (" HIGHESTMODSEQ" if self.capabilities.condstore else "")

    async def status(self, name: str) -> MailboxStatus:
        """STATUS of one mailbox (RFC 9051, section 6.3.11).

        Raises:
            ServerRefused: no such mailbox, or no right to look.
        """
        request = self._status_request(name)
        await self.link.run(request, f"tell the status of {name}")
        data = next((item for item in request.items if isinstance(item, StatusData)), None)
        if data is None:
            raise ProtocolError(f"{self.link.peer} answered STATUS of {name} without numbers.")
        return status_of(data)

    def _status_request(self, name: str) -> Request:
        return Request(
            "STATUS",
            parts_of("STATUS", mailbox_argument(name), f"({self._status_items()})"),
            wants=frozenset({StatusData}),
            mailbox=decode_mailbox(encode_mailbox(name)),
        )

    async def select(self, name: str, *, read_only: bool = False, known: KnownState | None = None) -> SelectedMailbox:
        """SELECT or EXAMINE; with QRESYNC on and `known`, brings all changes since in the same round trip.

        Raises:
            ServerRefused: no such mailbox; then none is selected.
        """
        verb = "EXAMINE" if read_only else "SELECT"
        known = known if "QRESYNC" in self.enabled else None
        parameter = ""
        if known is not None:
            uids = str(known.uids) if known.uids else ""
            uids = f" {uids}" if 0 < len(uids) <= _MAX_KNOWN_OCTETS else ""
            parameter = f" (QRESYNC ({known.uid_validity} {known.mod_seq}{uids}))"
        elif self.capabilities.condstore:
            parameter = " (CONDSTORE)"
        parts = (*parts_of(verb, mailbox_argument(name)), parameter.encode("ascii"))
        request = Request(verb, parts, alone_before=True, wants=_SELECT_DATA)
        response = await self.link.run(request, f"open {name}")
        read_only = read_only or response.code.name == "READ-ONLY"
        selected = _selected(name, request.items, read_only=read_only, known=known)
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

    async def create(self, name: str) -> None:
        """CREATE.

        Raises:
            ServerRefused: it exists (code ALREADYEXISTS), or may not be created.
        """
        await self._on_name("CREATE", name, f"create {name}")

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

    async def _on_name(self, verb: str, name: str, what: str) -> None:
        await self.link.run(Request(verb, parts_of(verb, mailbox_argument(name))), what)

    async def namespace(self) -> NamespaceData:
        """NAMESPACE (RFC 2342)."""
        request = Request("NAMESPACE", (b"NAMESPACE",), wants=frozenset({NamespaceData}))
        await self.link.run(request, "tell its namespaces")
        found = next((item for item in request.items if isinstance(item, NamespaceData)), None)
        return found or NamespaceData((), (), ())

    async def identify(self, fields: dict[str, str]) -> dict[str, str]:
        """ID (RFC 2971): tell who we are, learn who the server is; {} where ID is not offered."""
        if not self.capabilities.has("ID"):
            return {}
        arguments: list[str | Argument] = []
        for key, text in fields.items():
            arguments += [quote(key), quote(text)]
        parts: tuple[Part, ...] = (b"ID (", *parts_of(*arguments), b")") if fields else (b"ID NIL",)
        request = Request("ID", parts, wants=frozenset({IdData}))
        await self.link.run(request, "identify itself")
        self.server_id = next((item.fields for item in request.items if isinstance(item, IdData)), {})
        return self.server_id

    async def noop(self) -> None:
        """NOOP: a sign of life; news about the mailbox comes as events."""
        await self.link.run(Request("NOOP", (b"NOOP",)), "answer NOOP")

    async def check(self) -> None:
        """CHECK (RFC 3501, section 6.4.1); NOOP where the server has dropped it (IMAP4rev2 only)."""
        if self.capabilities.has("IMAP4REV1"):
            await self.link.run(Request("CHECK", (b"CHECK",)), "check the mailbox")
        else:
            await self.noop()


def _has(item: ListData, attribute: str) -> bool:
    return any(name.lower() == attribute for name in item.attributes)


def _selectable(item: ListData) -> bool:
    return not any(name.lower() in _NOT_SELECTABLE for name in item.attributes)


def _listed(item: ListData, subscribed: set[str], numbers: dict[str, MailboxStatus]) -> ListedMailbox:
    name = decode_mailbox(item.wire_name)
    uses = [SpecialUse.from_name(word) for word in item.attributes if word.startswith("\\")]
    special_use = SpecialUse.INBOX if name == "INBOX" else next((use for use in uses if use is not None), None)
    return ListedMailbox(
        name=name,
        wire_name=item.wire_name,
        delimiter=item.delimiter,
        attributes=item.attributes,
        special_use=special_use,
        subscribed=name in subscribed,
        selectable=_selectable(item),
        status=numbers.get(name),
    )


def _selected(name: str, items: list[Data | Event], *, read_only: bool, known: KnownState | None) -> SelectedMailbox:
    codes = {item.code.name: item.code.argument for item in items if isinstance(item, Status) and item.code.name}
    flags = codes.get("PERMANENTFLAGS")
    permanent = flags.decode("ascii", "replace").strip("() ").split() if flags is not None else _flags(items)
    uid_validity = _number(codes, "UIDVALIDITY") or 0
    mod_seq = _number(codes, "HIGHESTMODSEQ")
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
    )


def _flags(items: list[Data | Event]) -> list[str]:
    """Without PERMANENTFLAGS all flags are permanent (RFC 9051, section 6.3.2)."""
    return [name for item in items if isinstance(item, FlagsData) for name in item.names]


def _number(codes: dict[str, bytes], name: str) -> int | None:
    match = _DIGITS.fullmatch(codes.get(name, b"").strip())
    return int(match[0]) if match else None
