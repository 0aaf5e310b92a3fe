"""Where each response goes: to the command that asked, to a stream of rows, or out as an event.

Rows belong to whoever asked for that UID and those items, whichever command is running: servers interleave the
answers of pipelined FETCHes. All facts about the selected mailbox that nobody asked for become events.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable
from typing import BinaryIO, cast

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.names import decode_mailbox
from tuimail.imap.responses import (
    Alert,
    BodySink,
    Bye,
    Continuation,
    Data,
    Event,
    Exists,
    ExistsData,
    Expunged,
    ExpungeData,
    FetchRow,
    FlagsChanged,
    FlagsData,
    HeldLiteral,
    IdData,
    ListData,
    LiteralHead,
    MailboxListed,
    MailboxStatus,
    Missed,
    NamesData,
    NamespaceData,
    NotificationsLost,
    OtherData,
    SearchData,
    Status,
    StatusData,
    Tagged,
    Unreadable,
    Vanished,
    VanishedData,
)
from tuimail.imap.scheduler import Request, Scheduler
from tuimail.imap.sequence import SequenceMap
from tuimail.imap.stream import Discard, GuardedSink, RowStream, Spool
from tuimail.model.errors import ServerRefused, TuimailError

log = logging.getLogger(__name__)
_FIRST_SOURCE = re.compile(rb"\d{1,10} (\d{1,10})\b")
Listener = Callable[[Event], None]


class Router:
    """Sorts the responses of one connection. `on_greeting` gets the first status response of all."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.streams: list[RowStream] = []
        self.listeners: list[Listener] = []
        self.capabilities: Capabilities | None = None
        self.enabled: frozenset[str] = frozenset()
        self.sequence = SequenceMap()
        self.keeps_mod_seqs = False
        self.bye = ""
        self.on_greeting: Callable[[Status], None] | None = None
        self.on_tagged: Callable[[Request, Tagged], None] | None = None
        self.refuse: Callable[[Request, Tagged], ServerRefused] | None = None
        self._handlers: dict[type, Callable[..., None]] = {
            Tagged: self._tagged,
            Status: self._status,
            Continuation: scheduler.continuation,
            ExistsData: self._exists,
            ExpungeData: self._expunge,
            VanishedData: self._vanished,
            NamesData: self._names,
            StatusData: self._mailbox_status,
            SearchData: self._search,
            FlagsData: self._collect,
            ListData: self._listed,
            IdData: self._collect,
            NamespaceData: self._collect,
            Unreadable: self._unreadable,
            OtherData: self._collect,
        }

    def route(self, responses: list[Data]) -> None:
        """Hand on the responses, in order."""
        for response in responses:
            if type(response) is FetchRow:
                self._row(response)
            else:
                self._handlers[type(response)](response)
        for stream in self.streams:
            stream.flush()

    def emit(self, event: Event) -> None:
        """Tell every listener."""
        for listener in tuple(self.listeners):
            listener(event)

    def open_sink(self, head: LiteralHead) -> BodySink:
        """Where a literal goes that is too large to hold."""
        epoch = self.scheduler.epoch
        for stream in self.streams:
            if stream.epoch != epoch or stream.open_body is None or (head.uid and not stream.asked_for(head.uid)):
                continue
            if stream.abandoned:
                return Discard()
            if head.section or head.size_octets <= stream.over_octets:
                return HeldLiteral()
            if head.uid:
                return GuardedSink(stream, stream.open_body(head.uid, head.size_octets))
            return Spool(cast(BinaryIO, tempfile.TemporaryFile(prefix="tuimail-")))
        if self.streams and all(stream.abandoned for stream in self.streams):
            return Discard()
        return HeldLiteral()

    def _row(self, row: FetchRow) -> None:
        if "QRESYNC" not in self.enabled:
            if row.uid:
                self.sequence.learn(row.seq, row.uid)
            else:
                row.uid = self.sequence.uid(row.seq)
        selecting = self.scheduler.selecting
        if selecting is not None:
            selecting.items.append(row)
            return
        taken = False
        epoch = self.scheduler.epoch
        for stream in self.streams:
            if stream.epoch == epoch and stream.accepts(row):
                taken = True
                self._settle_sink(row, stream)
                stream.put(row)
        for request in self.scheduler.in_flight.values():
            if request.epoch != epoch:
                break
            if FetchRow in request.wants and request.uids is not None and row.uid in request.uids:
                request.items.append(row)
                taken = True
        if not taken and row.flags is not None:
            self.emit(FlagsChanged(row.uid or None, row.seq, row.flags, row.mod_seq))

    def _settle_sink(self, row: FetchRow, stream: RowStream) -> None:
        """Give the row the caller's own sink, filled, in place of what stood in for it."""
        if isinstance(row.sink, Spool) and not stream.abandoned and stream.open_body is not None:
            guarded = GuardedSink(stream, stream.open_body(row.uid, row.sink.size_octets))
            row.sink.pour_into(guarded)
            row.sink = guarded
        if isinstance(row.sink, GuardedSink):
            row.sink = row.sink.inner

    def _tagged(self, response: Tagged) -> None:
        for stream in self.streams:
            stream.flush()
        if response.code.name == "CAPABILITY":
            self._set_capabilities(response.code.argument)
        request = self.scheduler.tagged(response)
        if request is None:
            return
        if request.stream is not None:
            self._end_part(request, response)
        if response.code.name == "ALERT":
            self.emit(Alert(response.text))
        if self.on_tagged is not None:
            self.on_tagged(request, response)
        self.scheduler.pump()

    def _end_part(self, request: Request, response: Tagged) -> None:
        """One command of a stream ended; rows of its other commands still come and are still taken."""
        stream = request.stream
        if stream is None:
            return
        refused: TuimailError | None = None
        if response.kind != "OK" and self.refuse is not None:
            refused = self.refuse(request, response)
        stream.end_part(refused)
        if stream.parts_left == 0:
            self.streams.remove(stream)

    def _status(self, response: Status) -> None:
        if self.on_greeting is not None:
            greet, self.on_greeting = self.on_greeting, None
            if response.code.name == "CAPABILITY":
                self._set_capabilities(response.code.argument)
            greet(response)
            return
        if response.kind == "BYE":
            self.bye = response.text or "no reason given"
            self.emit(Bye(response.text))
        elif response.code.name == "ALERT":
            self.emit(Alert(response.text))
        elif response.code.name == "CAPABILITY":
            self._set_capabilities(response.code.argument)
        elif response.code.name == "CLOSED" and self.scheduler.selecting is not None:
            self.scheduler.selecting.items.clear()  # all before it was about the mailbox selected until now
            self.sequence.clear()
        elif response.code.name == "COPYUID":
            self._copy_uid(response)
            return
        elif response.code.name == "NOTIFICATIONOVERFLOW":
            self.emit(NotificationsLost(ended=True))
        elif response.kind == "NO" and response.text.startswith("NOTIFY "):
            # Dovecot's way to say that it could not tell some of the news, and goes on telling others.
            self.emit(NotificationsLost(ended=False))
        self._collect(response)

    def _copy_uid(self, response: Status) -> None:
        """The new UIDs of a MOVE, which come before its end: for the one that asked about the first of them."""
        match = _FIRST_SOURCE.match(response.code.argument)
        uid = int(match[1]) if match else 0
        for request in self.scheduler.in_flight.values():
            if request.name in {"MOVE", "COPY"} and request.uids is not None and uid in request.uids:
                request.items.append(response)
                return

    def _set_capabilities(self, argument: bytes) -> None:
        self.capabilities = Capabilities(argument.decode("ascii", "replace").split())

    def _exists(self, response: ExistsData) -> None:
        if self.scheduler.selecting is not None:
            self.sequence.clear()
        if "QRESYNC" not in self.enabled:
            self.sequence.resize(response.count)
        if self.scheduler.selecting is not None:
            self._collect(response)
        else:
            self.emit(Exists(response.count))

    def _expunge(self, response: ExpungeData) -> None:
        for stream in self.streams:
            stream.flush()
        uid = self.sequence.expunge(response.seq)
        request = self._taker(ExpungeData)
        if request is not None and uid and request.uids is not None and uid in request.uids:
            request.items.append(Expunged(response.seq, uid))
        self.emit(Expunged(response.seq, uid or None))

    def _vanished(self, response: VanishedData) -> None:
        if self.scheduler.selecting is not None:
            self._collect(response)
            return
        if "QRESYNC" not in self.enabled and not response.earlier:
            self.sequence.remove(response.uids)
        request = self._taker(VanishedData)
        if request is not None:
            request.items.append(response)
        self.emit(Vanished(response.uids, response.earlier))

    def _unreadable(self, response: Unreadable) -> None:
        """Whoever waits for that kind is told; what was about the selected mailbox may be news that is lost."""
        if self.scheduler.selecting is not None and response.kind == "VANISHED":
            self.scheduler.selecting.items.append(response)
            return
        self._collect(response)
        if response.kind == "VANISHED":
            self.emit(Missed())

    def _names(self, response: NamesData) -> None:
        if response.kind == "CAPABILITY":
            self.capabilities = Capabilities(response.words)
        else:
            self.enabled |= frozenset(response.words)
        self._collect(response)

    def _mailbox_status(self, response: StatusData) -> None:
        name = decode_mailbox(response.wire_name)
        for request in self.scheduler.in_flight.values():
            if StatusData in request.wants and request.mailbox in {None, name}:
                request.items.append(response)
                return
        self.emit(status_of(response, _told_name(response.wire_name)))

    def _listed(self, response: ListData) -> None:
        """An answer to LIST, or news of a mailbox, or both: news may come between the lines of an answer."""
        asked = self._taker(ListData)
        if asked is not None:
            asked.items.append(response)
        if response.kind == "LIST" and (asked is None or response.old_wire_name is not None):
            self.emit(listed_of(response))

    def _search(self, response: SearchData) -> None:
        request = self.scheduler.in_flight.get(response.tag) if response.tag else self._taker(SearchData)
        if request is None:
            return
        request.items.append(response)
        if request.lists_all and response.by_uid:
            # At this very place in the stream: a moment later a message may have gone, and another come.
            self.sequence.learn_all(response.numbers)

    def _collect(self, response: Data) -> None:
        request = self._taker(type(response))
        if request is not None:
            request.items.append(response)

    def _taker(self, kind: type) -> Request | None:
        epoch = self.scheduler.epoch
        for request in self.scheduler.in_flight.values():
            if request.epoch == epoch and kind in request.wants:
                return request
        return None


def listed_of(response: ListData) -> MailboxListed:
    """An untagged LIST that nobody asked for, under our names."""
    attributes = {name.lower() for name in response.attributes}
    old = response.old_wire_name
    return MailboxListed(
        name=_told_name(response.wire_name),
        exists="\\nonexistent" not in attributes,
        subscribed="\\subscribed" in attributes,
        old_name="" if old is None else _told_name(old),
    )


def _told_name(octets: bytes) -> str:
    """A name in a notification: some servers (Dovecot 2.3) put UTF-8 here whatever was enabled."""
    try:
        return decode_mailbox(octets) if octets.isascii() else octets.decode("utf-8")
    except UnicodeDecodeError:
        return decode_mailbox(octets)


def status_of(response: StatusData, name: str | None = None) -> MailboxStatus:
    """The numbers of a STATUS response under our names; a HIGHESTMODSEQ of 0 means that there is none."""
    numbers = response.numbers
    return MailboxStatus(
        name=decode_mailbox(response.wire_name) if name is None else name,
        messages=numbers.get("MESSAGES"),
        uid_next=numbers.get("UIDNEXT"),
        uid_validity=numbers.get("UIDVALIDITY"),
        unseen=numbers.get("UNSEEN"),
        highest_mod_seq=numbers.get("HIGHESTMODSEQ") or None,
        mailbox_id=response.mailbox_id,
    )
