"""What the message list asks the store about threads; each question is one that a key press can wait for.

The modules of the store that answer are loaded with the first list of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.model.ids import MailboxId, MessageId
from tuimail.store import unified
from tuimail.ui.session import Session

if TYPE_CHECKING:
    from tuimail.store.thread_list import Member, ThreadRow


class ThreadSource:
    """`mailbox_ids` in all its methods are the mailboxes that are listed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, thread_ids: Sequence[int], mailbox_ids: Sequence[MailboxId]) -> dict[int, ThreadRow]:
        """What a row tells of each thread."""
        from tuimail.store.thread_list import list_thread_rows

        return self._session.read(partial(list_thread_rows, thread_ids=thread_ids, mailbox_ids=mailbox_ids))

    def messages(self, thread_ids: Sequence[int], mailbox_ids: Sequence[MailboxId]) -> dict[int, list[int]]:
        """The messages of each thread that are listed, newest first."""
        from tuimail.store.sorting import list_thread_messages

        return self._session.read(partial(list_thread_messages, thread_ids=thread_ids, mailbox_ids=mailbox_ids))

    def members(self, thread_id: int, mailbox_ids: Sequence[MailboxId]) -> list[Member]:
        """All messages of a thread, as its tree has them."""
        from tuimail.store.thread_list import list_members

        return self._session.read(partial(list_members, thread_id=thread_id, mailbox_ids=mailbox_ids))

    def threads_of(self, ids: Sequence[int]) -> dict[MessageId, int]:
        """The threads of messages."""
        from tuimail.store.thread_list import thread_ids_of

        return self._session.read(partial(thread_ids_of, ids=ids))

    def all_messages(self, mailbox_ids: Sequence[MailboxId]) -> Sequence[int]:
        """Every message that is listed."""
        return self._session.read(partial(unified.list_ids, mailbox_ids=mailbox_ids))
