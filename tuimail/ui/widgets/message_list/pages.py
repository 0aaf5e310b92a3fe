"""The rows of a message list as the store has them, read by the page as they come into sight; the last few are kept.

Knows the model's index and functions that read, no widget.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.message import MessageRow
from tuimail.ui.widgets.message_list.threaded import ThreadedModel

if TYPE_CHECKING:
    from tuimail.store.thread_list import Member, ThreadRow

LoadRows = Callable[[Sequence[int]], dict[MessageId, MessageRow]]
PAGE_ROWS = 128
_THREADS_A_PAGE = 32
"""What a thread tells takes a query of its own."""
_CACHED_PAGES = 24


class Threads(Protocol):
    """What a list asks about threads: see `tuimail.ui.models.thread_source`."""

    def rows(self, thread_ids: Sequence[int], mailbox_ids: Sequence[MailboxId]) -> dict[int, ThreadRow]:
        """What a row tells of each thread."""

    def messages(self, thread_ids: Sequence[int], mailbox_ids: Sequence[MailboxId]) -> dict[int, list[int]]:
        """The messages of each thread that are listed, newest first."""

    def members(self, thread_id: int, mailbox_ids: Sequence[MailboxId]) -> list[Member]:
        """All messages of a thread, as its tree has them."""

    def threads_of(self, ids: Sequence[int]) -> dict[MessageId, int]:
        """The threads of messages."""

    def all_messages(self, mailbox_ids: Sequence[MailboxId]) -> Sequence[int]:
        """Every message that is listed."""


class Page(msgspec.Struct):
    """Rows by the message that they show, and what there is to tell of threads."""

    rows: dict[MessageId, MessageRow]
    threads: dict[int, ThreadRow] = msgspec.field(default_factory=dict)
    messages: dict[int, list[int]] = msgspec.field(default_factory=dict)


class Pages:
    """`mailbox_ids` are the mailboxes that are listed; `source` is None where threads are never shown."""

    def __init__(self, load_rows: LoadRows, source: Threads | None) -> None:
        self.mailbox_ids: frozenset[MailboxId] = frozenset()
        self.model = ThreadedModel(
            messages_in=self.messages_in, thread_of=self._thread_of, all_messages=self._all_messages
        )
        self.load_rows = load_rows
        self._source = source
        self._pages: OrderedDict[int, Page] = OrderedDict()

    def forget(self) -> None:
        """Rows may be other than they were."""
        self._pages.clear()

    def row(self, index: int) -> MessageRow | None:
        """The message that a row shows; None when it has left since the index was read."""
        return self._page(index).rows.get(MessageId(self.model.ids[index]))

    def thread(self, index: int) -> ThreadRow | None:
        """What there is to tell of the row's thread; None in a list of messages."""
        thread_id = self.model.thread_at(index)
        return None if thread_id is None else self._page(index).threads.get(thread_id)

    def seen_row(self, id_: int) -> MessageRow | None:
        """A message as it was when it was read last, if it still is remembered."""
        found = (page.rows.get(MessageId(id_)) for page in self._pages.values())
        return next(filter(None, found), None)

    def messages_in(self, thread_id: int) -> Sequence[int]:
        """The thread's messages that are listed, newest first."""
        for page in self._pages.values():
            if thread_id in page.messages:
                return page.messages[thread_id]
        return self.remaining([thread_id]).get(thread_id, ())

    def remaining(self, thread_ids: Collection[int]) -> dict[int, list[int]]:
        """The messages of these threads that are listed by now."""
        if self._source is None or not thread_ids:
            return {}
        return self._source.messages(list(thread_ids), list(self.mailbox_ids))

    def threads_of(self, ids: Sequence[int]) -> set[int]:
        """The threads of messages, wherever these are by now."""
        return set() if self._source is None else set(self._source.threads_of(ids).values())

    def holds(self, id_: int) -> bool:
        """Whether the message is in the list, be it in a folded thread."""
        if self.model.find(id_) is not None:
            return True
        return self.model.is_threaded and any(id_ in own for own in self.remaining(self.threads_of([id_])).values())

    def members(self, thread_id: int) -> list[Member]:
        """All messages of a thread, as its tree has them."""
        return [] if self._source is None else self._source.members(thread_id, list(self.mailbox_ids))

    def _thread_of(self, id_: int) -> int:
        return next(iter(self.threads_of([id_])), 0)

    def _all_messages(self) -> Sequence[int]:
        return () if self._source is None else self._source.all_messages(list(self.mailbox_ids))

    def _page(self, index: int) -> Page:
        size = _THREADS_A_PAGE if self.model.is_threaded else PAGE_ROWS
        number = index // size
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = self._read(number * size, min((number + 1) * size, len(self.model)))
            if len(self._pages) > _CACHED_PAGES:
                self._pages.popitem(last=False)
        return page

    def _read(self, first: int, behind: int) -> Page:
        model = self.model
        page = Page(self.load_rows(model.ids[first:behind]))
        if model.is_threaded and self._source is not None:
            threads = dict.fromkeys(filter(None, map(model.thread_at, range(first, behind))))
            viewed = list(self.mailbox_ids)
            page.threads = self._source.rows(list(threads), viewed)
            page.messages = self._source.messages(list(threads), viewed)
        return page
