"""Commands on their way out: strict order, any number in flight, literals, and commands that need the line alone.

    submit ─► waiting ─► sending (parts; may stop at a literal until "+", or while the transport is full) ─► in flight
                                                                                     tagged response ─► future

IDLE is in flight like any command, but as soon as another one waits, DONE is sent. Knows nothing of sockets: it is
given a function that writes octets.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from tuimail.imap.names import Literal
from tuimail.imap.responses import Continuation, Data, Event, Tagged
from tuimail.imap.stream import RowStream, copy_of
from tuimail.model.errors import ServerRefused, TuimailError
from tuimail.model.uid_set import UidSet

log = logging.getLogger(__name__)
_CHUNK = 1 << 16
_OPENING = frozenset({"SELECT", "EXAMINE"})


@dataclass(slots=True)
class WireCounters:
    """What went over one connection. A round trip is a wait for the server with nothing already on its way."""

    octets_in: int = 0
    octets_out: int = 0
    round_trips: int = 0
    commands: int = 0

    @property
    def bytes_in(self) -> int:
        """Octets received, before any decompression."""
        return self.octets_in

    @property
    def bytes_out(self) -> int:
        """Octets sent, after any compression."""
        return self.octets_out


@dataclass(slots=True)
class FileLiteral:
    """A literal of `size_octets` that is read from a file while it is sent."""

    file: BinaryIO
    size_octets: int


Part = bytes | Literal | FileLiteral


@dataclass(slots=True, eq=False)
class Request:
    """One command: its parts without tag and CRLF, what it wants to see, and how it ended.

    `alone_before`: nothing may be in flight when it is sent. `alone_after`: nothing is sent until it ends.
    `conflict`: not sent while another request with the same word is in flight, because answers carry no tag.
    `wants`: types of untagged data that are collected in `items`, for requests about UIDs only those in `uids`.
    `mailbox`: the one that it selects, or the only one whose STATUS it wants. `lists_all`: a search for every UID.
    `answer`: what to send for a continuation. `secret`: never traced. `epoch`: see `Scheduler`.
    """

    name: str
    parts: tuple[Part, ...]
    tag: str = ""
    alone_before: bool = False
    alone_after: bool = False
    conflict: str = ""
    wants: frozenset[type] = frozenset()
    uids: UidSet | None = None
    items: list[Data | Event] = field(default_factory=list)
    stream: RowStream | None = None
    answer: Callable[[Continuation], bytes | None] | None = None
    secret: bool = False
    is_idle: bool = False
    yields_line: bool = True
    mailbox: str | None = None
    lists_all: bool = False
    epoch: int = 0
    future: asyncio.Future[Tagged] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    task: asyncio.Task[object] | None = None
    idling: bool = False
    done_sent: bool = False

    def __post_init__(self) -> None:
        self.future.add_done_callback(_retrieve)


def _retrieve(future: asyncio.Future[Tagged]) -> None:
    if not future.cancelled():
        future.exception()


class Scheduler:
    """The send queue and the table of commands in flight of one connection.

    `selecting` is the SELECT or EXAMINE under way, `selected` the name of the mailbox that is open ("" for none). Each
    of these commands begins an epoch: what the server tells belongs to `epoch`, that of the command it works on now.
    """

    def __init__(
        self,
        write: Callable[[bytes], None],
        new_tag: Callable[[], str],
        *,
        on_change: Callable[[], None],
    ) -> None:
        self.counters = WireCounters()
        self.in_flight: dict[str, Request] = {}
        self.selecting: Request | None = None
        self.selected = ""
        self.epoch = 0
        self._newest_epoch = 0
        self.trace: Callable[[str, bytes], None] | None = None
        self.nonsync_limit = -1
        self.paused = False
        self.on_failure: Callable[[TuimailError], None] | None = None
        self._write = write
        self._new_tag = new_tag
        self._on_change = on_change
        self._waiting: deque[Request] = deque()
        self._sending: Request | None = None
        self._parts: deque[Part] = deque()
        self._file_left = 0
        self._needs_continuation = False
        self._error: TuimailError | None = None

    def submit(self, request: Request) -> asyncio.Future[Tagged]:
        """Send the request as soon as its turn comes; at once if nothing is in its way.

        The future ends with the tagged response whatever its kind, or with the error that ended the connection.
        """
        request.task = asyncio.current_task()
        if self._error is not None:
            request.future.set_exception(copy_of(self._error))
            if request.stream is not None:
                request.stream.finish(copy_of(self._error))
            return request.future
        self._waiting.append(request)
        self.pump()
        self._on_change()
        return request.future

    def pump(self) -> None:
        """Send what may be sent."""
        while self._error is None and not self.paused:
            if self._sending is not None:
                if not self._send_parts():
                    return
                continue
            request = self._next()
            if request is None or not self._may_send(request):
                return
            self._waiting.remove(request)
            self._begin(request)

    def tagged(self, response: Tagged) -> Request | None:
        """A command ended: the request, or None for a tag that is not ours."""
        request = self.in_flight.pop(response.tag, None)
        if request is None:
            log.warning("ignored a tagged response for a command that is not in flight")
            return None
        if request is self._sending and self._needs_continuation:
            self._sending, self._needs_continuation = None, False
            self._parts.clear()
        self._advance()
        if request.name in _OPENING:
            self.selected = request.mailbox or "" if response.kind == "OK" else ""
        elif response.kind == "OK" and request.name in {"CLOSE", "UNSELECT"}:
            self.selected = ""
        if not request.future.done():
            request.future.set_result(response)
        return request

    def continuation(self, response: Continuation) -> None:
        """A `+` came: go on with a literal, tell IDLE it is on, or answer a challenge."""
        if self._sending is not None and self._needs_continuation:
            self._needs_continuation = False
            self.pump()
            return
        for request in self.in_flight.values():
            if request.is_idle:
                request.idling = True
                if request.answer is not None:
                    request.answer(response)
                self.pump()
                return
            if request.answer is not None:
                answer = request.answer(response)
                if answer is not None:
                    self._out(answer + b"\r\n", b"(secret)")
                return
        log.info("ignored a continuation that nobody waits for")

    def end_idle(self) -> None:
        """Send DONE if an IDLE is on and has not been ended yet."""
        for request in self.in_flight.values():
            if request.is_idle and not request.done_sent:
                request.done_sent = True
                self._out(b"DONE\r\n", b"DONE")
                self._on_change()
                return

    def fail(self, error: TuimailError) -> None:
        """The connection is over: everyone who waits is told."""
        if self._error is not None:
            return
        self._error = error
        requests = [*self.in_flight.values(), *self._waiting]
        self.in_flight.clear()
        self._waiting.clear()
        self._sending, self.selecting = None, None
        self._parts.clear()
        for request in requests:
            if not request.future.done():
                request.future.set_exception(copy_of(error))
            if request.stream is not None:
                request.stream.finish(copy_of(error))

    def expects_answer(self) -> bool:
        """Whether the server owes us something: anything in flight but an IDLE that is on."""
        return any(not (request.idling and not request.done_sent) for request in self.in_flight.values())

    def has_waiter(self, task: asyncio.Task[object] | None) -> bool:
        """Whether `task` waits for a command that is no stream."""
        return task is not None and any(request.task is task for request in self._waited_for())

    def has_waiters(self) -> bool:
        """Whether anyone waits for a command that is no stream."""
        return any(True for _ in self._waited_for())

    def _waited_for(self) -> Iterator[Request]:
        for request in (*self.in_flight.values(), *self._waiting):
            if request.stream is None and not request.is_idle and not request.future.done():
                yield request

    def _next(self) -> Request | None:
        """The first in the queue that is still wanted; an IDLE that makes room lets all others pass."""
        while self._waiting and self._waiting[0].future.cancelled():
            self._waiting.popleft()
        for request in self._waiting:
            if not (request.is_idle and request.yields_line) and not request.future.cancelled():
                return request
        return self._waiting[0] if self._waiting else None

    def _may_send(self, request: Request) -> bool:
        for other in self.in_flight.values():
            if other.is_idle:
                if other.yields_line and other.idling and not other.done_sent:
                    self.end_idle()
                return False
            if other.alone_after or (request.conflict and other.conflict == request.conflict):
                return False
        return not (request.alone_before and self.in_flight)

    def _begin(self, request: Request) -> None:
        request.tag = request.tag or self._new_tag()
        if not request.is_idle:
            self.counters.commands += 1
            if not self.in_flight:
                self.counters.round_trips += 1
        self._newest_epoch += request.name in _OPENING
        request.epoch = self._newest_epoch
        if request.stream is not None:
            request.stream.epoch = request.epoch
        self.in_flight[request.tag] = request
        self._advance()
        self._sending = request
        self._parts.extend((request.tag.encode("ascii") + b" ", *request.parts, b"\r\n"))

    def _advance(self) -> None:
        """Which command is the server working on? One that opens a mailbox is not overtaken by those behind it."""
        first = next(iter(self.in_flight.values()), None)
        self.selecting = first if first is not None and first.name in _OPENING else None
        self.epoch = self._newest_epoch if first is None else first.epoch

    def _send_parts(self) -> bool:
        """Write parts of the current request; False when it has to wait."""
        line: list[bytes] = []
        while self._parts:
            part = self._parts[0]
            if isinstance(part, bytes):
                line.append(part)
                self._parts.popleft()
                continue
            if self._send_literal(part, line):
                continue
            return False
        if line:
            self._send_line(b"".join(line))
        self._sending = None
        return True

    def _send_literal(self, part: Literal | FileLiteral, line: list[bytes]) -> bool:
        """Announce a literal, or write as much of it as the transport takes; False when it has to wait."""
        size = len(part.octets) if isinstance(part, Literal) else part.size_octets
        if line:
            waits = size > self.nonsync_limit
            self._send_line(b"".join((*line, b"{%d%s}\r\n" % (size, b"" if waits else b"+"))))
            line.clear()
            self._file_left = size
            if waits:
                self.counters.round_trips += 1
                self._needs_continuation = True
        if self._needs_continuation or self.paused:
            return False
        if isinstance(part, Literal):
            self._write(part.octets)
            self._parts.popleft()
            return True
        return self._send_file(part)

    def _send_file(self, part: FileLiteral) -> bool:
        while self._file_left:
            if self.paused:
                return False
            try:
                chunk = part.file.read(min(_CHUNK, self._file_left))
            except (OSError, ValueError) as error:
                chunk, reason = b"", str(error)
            else:
                reason = "the file is shorter than announced"
            if not chunk:
                self._give_up(f"A message could not be read while it was sent: {reason}.")
                return False
            self._file_left -= len(chunk)
            self._write(chunk)
        self._parts.popleft()
        return True

    def _give_up(self, message: str) -> None:
        if self.on_failure is not None:
            self.on_failure(TuimailError(message))

    def _send_line(self, octets: bytes) -> None:
        request = self._sending
        if request is not None and request.secret:
            self._out(octets, f"{request.tag} {request.name} (secret)".encode())
        else:
            self._out(octets, octets.rstrip(b"\r\n"))

    def _out(self, octets: bytes, shown: bytes) -> None:
        if self.trace is not None and shown:
            self.trace("C", shown)
        self._write(octets)


def refusal(host: str, what: str, response: Tagged) -> ServerRefused:
    """The error for a tagged NO or BAD; `what` completes "refused to …"."""
    code = response.code
    said = response.text or code.name or response.kind
    return ServerRefused(
        f"{host} refused to {what}: {said}",
        kind=response.kind,
        code=code.name,
        text=response.text,
        hint={"OVERQUOTA": "The mailbox is full.", "INUSE": "Another client has it open: try again."}.get(
            code.name, ""
        ),
    )
