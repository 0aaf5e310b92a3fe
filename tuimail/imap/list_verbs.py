"""Verbs that tell which mailboxes there are, and how they stand: LIST and STATUS (RFC 9051, 6.3.9 and 6.3.11)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from functools import partial

from tuimail.imap.names import decode_mailbox, encode_mailbox, mailbox_argument
from tuimail.imap.responses import ListData, MailboxStatus, StatusData
from tuimail.imap.results import ListedMailbox
from tuimail.imap.router import status_of
from tuimail.imap.scheduler import Part, Request
from tuimail.imap.server_verbs import ServerVerbs, parts_of
from tuimail.model.errors import ProtocolError, ServerRefused
from tuimail.model.mailbox import SpecialUse

_NOT_SELECTABLE = frozenset({"\\noselect", "\\nonexistent"})


class ListVerbs(ServerVerbs):
    """The part of a session that lists mailboxes."""

    async def list_mailboxes(self, *, status: bool = True) -> list[ListedMailbox]:
        """All mailboxes, in one round trip where LIST-EXTENDED, LIST-STATUS and SPECIAL-USE are offered.

        Raises:
            ServerRefused: LIST was refused. A refused STATUS leaves that mailbox without numbers.
        """
        return await self._spare(
            ("OBJECTID", "LIST-STATUS", "SPECIAL-USE", "LIST-EXTENDED", "CONDSTORE"), partial(self._list, status=status)
        )

    async def _list(self, *, status: bool) -> list[ListedMailbox]:
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
        selectable = [item.wire_name for item in listed if _selectable(item)]
        if status and "STATUS" in " ".join(options) and selectable and not told:
            self.link.faults.blame("LIST-STATUS", "LIST … RETURN (STATUS …) came without any STATUS")
            options = []
        if status and "STATUS" not in " ".join(options):
            told = await self._ask_statuses(selectable)
        by_name = {decode_mailbox(name): numbers for name, numbers in told.items()}
        return list({m.name: m for m in (_listed(item, subscribed, by_name) for item in listed)}.values())

    async def _ask_statuses(self, wire_names: Iterable[bytes]) -> dict[bytes, MailboxStatus]:
        """STATUS of each, pipelined; those that are refused are left out."""
        requests = {name: self._status_request(decode_mailbox(name)) for name in wire_names}
        futures = [self.link.submit(request) for request in requests.values()]
        answers = [await future for future in futures]
        if answers and all(answer.kind == "BAD" for answer in answers):
            # What is asked for is not understood, though it is offered: one of them tells which item it is.
            before = self._status_items()
            names = list(requests)
            with contextlib.suppress(ServerRefused):
                await self.status(decode_mailbox(names[0]))
            return await self._ask_statuses(names) if self._status_items() != before else {}
        return {
            name: status_of(item)
            for name, request in requests.items()
            for item in request.items
            if isinstance(item, StatusData)
        }

    async def find_mailbox(self, name: str) -> ListedMailbox | None:
        """The one mailbox called `name`, as LIST tells it now; None: there is none (RFC 9051, section 6.3.9)."""
        # A name with a wildcard in it lists others too.
        parts = parts_of("LIST", '""', mailbox_argument(name))
        request = Request("LIST", parts, conflict="LIST", wants=frozenset({ListData}))
        await self.link.run(request, f"look for the mailbox {name}")
        found = [_listed(item, set(), {}) for item in request.items if isinstance(item, ListData)]
        wanted = decode_mailbox(encode_mailbox(name))
        return next((one for one in found if one.name == wanted and not _is_nonexistent(one)), None)

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
        items = "MESSAGES UIDNEXT UIDVALIDITY UNSEEN"
        items += " HIGHESTMODSEQ" if self.capabilities.condstore else ""
        return items + (" MAILBOXID" if self.capabilities.has("OBJECTID") else "")

    async def status(self, name: str) -> MailboxStatus:
        """STATUS of one mailbox (RFC 9051, section 6.3.11).

        Raises:
            ServerRefused: no such mailbox, or no right to look.
        """
        return await self._spare(("OBJECTID", "CONDSTORE"), partial(self._status, name))

    async def _status(self, name: str) -> MailboxStatus:
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


def _has(item: ListData, attribute: str) -> bool:
    return any(name.lower() == attribute for name in item.attributes)


def _is_nonexistent(mailbox: ListedMailbox) -> bool:
    return any(name.lower() == "\\nonexistent" for name in mailbox.attributes)


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
