"""Rows on their way from the router to whoever asked for them, and the count that makes the wire pause.

    router ── put, flush ──► RowStream ── Rows (async for) ──► caller
                                 └── on_change: the wire looks whether to pause or resume reading

A stream ends normally only after the tagged OK of all its commands. One that nobody reads any more (`abandon`) takes
and drops the rest of its rows, so that the connection stays usable.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from tuimail.imap.responses import BodySink, FetchRow
from tuimail.model.errors import StoreError, TuimailError
from tuimail.model.uid_set import UidSet

HIGH_OCTETS = 1 << 20
LOW_OCTETS = 1 << 18
_ROW_OCTETS = 400

OpenBody = Callable[[int, int], BodySink]


class Spool:
    """A sink in a temporary file, for a body whose UID the server tells only after it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size_octets = 0

    def write(self, chunk: bytes) -> None:
        """Append the chunk to the file."""
        self._file.write(chunk)
        self.size_octets += len(chunk)

    def finish(self) -> None:
        """All is there."""

    def abort(self) -> None:
        """Drop the file."""
        self._file.close()

    def pour_into(self, sink: BodySink) -> None:
        """Copy the octets to `sink` in pieces, finish it and drop the file."""
        self._file.seek(0)
        while chunk := self._file.read(1 << 18):
            sink.write(chunk)
        sink.finish()
        self._file.close()


class Discard:
    """A sink for octets that nobody waits for any more."""

    def write(self, chunk: bytes) -> None:
        """Drop the chunk."""

    def finish(self) -> None:
        """Nothing to do."""

    def abort(self) -> None:
        """Nothing to do."""


class RowStream:
    """The rows of one fetch: `uids` that were asked for (None: any) and the item that marks a row as an answer.

    `needs` is the name of the `FetchRow` field that such a row must have. `open_body` makes the sink for a large
    body; `over_octets` is what large means. `parts_left` counts the commands that have not ended. `epoch` says which
    selected mailbox it is about (see `Scheduler`); -1 until it is sent.
    """

    def __init__(
        self,
        uids: UidSet | None,
        needs: str,
        on_change: Callable[[], None],
        *,
        open_body: OpenBody | None = None,
        over_octets: int = 1 << 20,
    ) -> None:
        self.uids = uids
        self.open_body = open_body
        self.over_octets = over_octets
        self.abandoned = False
        self.finished = False
        self.parts_left = 0
        self.epoch = -1
        self.queued_octets = 0
        self.reader: asyncio.Task[object] | None = asyncio.current_task()
        self._needs = needs
        self._on_change = on_change
        self._low = 1
        self._high = 0
        self._batch: list[FetchRow] = []
        self._batch_octets = 0
        self._queue: deque[tuple[list[FetchRow], int]] = deque()
        self._error: TuimailError | None = None
        self._waiter: asyncio.Future[None] | None = None

    def accepts(self, row: FetchRow) -> bool:
        """Whether the row answers this fetch."""
        if getattr(row, self._needs) is None and not (self._needs == "body" and row.sink is not None):
            return False
        return self.asked_for(row.uid)

    def asked_for(self, uid: int) -> bool:
        """Whether the fetch was about this UID."""
        if self.uids is None or self._low <= uid <= self._high:
            return uid > 0
        index = self.uids.range_index(uid)
        if index < 0:
            return False
        self._low, self._high = self.uids.ranges[index]
        return True

    def put(self, row: FetchRow) -> None:
        """Take a row; it is handed over with the next `flush`."""
        if self.abandoned or self.finished:
            return
        self._batch.append(row)
        self._batch_octets += _ROW_OCTETS + len(row.header or b"") + len(row.body or b"") + len(row.structure or b"")

    def flush(self) -> None:
        """Hand over what was put since the last flush."""
        if not self._batch:
            return
        if not self.abandoned:
            self._queue.append((self._batch, self._batch_octets))
            self.queued_octets += self._batch_octets
            self._wake()
        self._batch, self._batch_octets = [], 0

    def finish(self, error: TuimailError | None) -> None:
        """No more rows: all commands ended well, or `error` is what ended them."""
        if self.finished:
            return
        self.flush()
        self.finished = True
        self._error = error
        self._wake()

    def end_part(self, refused: TuimailError | None) -> None:
        """One of the fetch's commands ended, well or `refused`; the first refusal or the last end is the stream's."""
        self.parts_left -= 1
        if refused is not None or self.parts_left == 0:
            self.finish(refused)

    def abandon(self) -> None:
        """Nobody reads on: the rest is dropped as it comes."""
        if self.abandoned:
            return
        self.abandoned = True
        self._queue.clear()
        self._batch, self._batch_octets = [], 0
        self.queued_octets = 0
        self._on_change()

    async def next(self) -> list[FetchRow] | None:
        """The next rows, None after the last.

        Raises:
            ServerRefused: a command ended with NO or BAD.
            ConnectionLost: the connection ended before the commands did; also `TimedOut`, `ProtocolError`.
            TuimailError: the fetch was given up, by `abandon` or because an earlier call was cancelled.
        """
        self.reader = asyncio.current_task()
        while not self._queue:
            if self.abandoned:
                raise TuimailError("This fetch was given up before its end.")
            if self.finished:
                if self._error is not None:
                    raise copy_of(self._error)
                return None
            await self._wait()
        rows, octets = self._queue.popleft()
        self.queued_octets -= octets
        self._on_change()
        return rows

    @property
    def is_awaited(self) -> bool:
        """Whether the reader waits for rows now."""
        return self._waiter is not None

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        self._on_change()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self.abandon()
            raise
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class GuardedSink:
    """A caller's sink: when it fails, its fetch ends with that error, and the connection goes on without it."""

    def __init__(self, stream: RowStream, inner: BodySink) -> None:
        self.inner = inner
        self._stream = stream
        self._failed = False

    def write(self, chunk: bytes) -> None:
        """Pass the chunk on, unless the sink has failed."""
        self._guard(lambda: self.inner.write(chunk))

    def finish(self) -> None:
        """Finish the sink, unless it has failed."""
        self._guard(self.inner.finish)

    def abort(self) -> None:
        """Abort the sink, unless it has failed."""
        self._guard(self.inner.abort)

    def _guard(self, act: Callable[[], object]) -> None:
        if self._failed:
            return
        try:
            act()
        except TuimailError as error:
            self._fail(error)
        except OSError as error:
            self._fail(
                StoreError(f"A message could not be stored: {error.strerror or error}.", hint="Is the disk full?")
            )

    def _fail(self, error: TuimailError) -> None:
        self._failed = True
        self._stream.finish(error)
        self.inner.abort()


class Rows:
    """What `fetch` gives: an asynchronous iterator over lists of rows, in the order in which they arrive."""

    def __init__(self, stream: RowStream) -> None:
        self._stream = stream

    def __aiter__(self) -> Rows:
        return self

    async def __anext__(self) -> list[FetchRow]:
        rows = await self._stream.next()
        if rows is None:
            raise StopAsyncIteration
        return rows

    async def aclose(self) -> None:
        """Stop reading; the rest of the rows is dropped as it comes."""
        self._stream.abandon()

    def __del__(self) -> None:
        self._stream.abandon()


def copy_of(error: TuimailError) -> TuimailError:
    """A fresh error with the same content, so that each waiter raises one with a traceback of its own."""
    fresh = type(error)(error.message, hint=error.hint)
    fresh.__dict__.update(error.__dict__)
    return fresh
