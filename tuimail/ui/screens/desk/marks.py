"""Marks of the message list: which messages the next command is about.

What has to read the store is done in the background, as is what touches each of a million rows: meanwhile the screen
says so and stays alive. Marks go to what the list had when they were asked for; what arrives is not marked.
"""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from tuimail.model.errors import TuimailError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.units import counted
from tuimail.store import read, unified
from tuimail.ui.commands.desk import Movement
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.ui.models.listing import Listing

Find = Callable[["Connection"], Collection[int]]
_QUICK = 20_000
"""Lists up to this long are dealt with at once."""
_PIECE = 10_000


class MarksDesk:
    """`listing` is what the list shows."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        messages: MessageList,
        *,
        listing: Callable[[], Listing | None],
    ) -> None:
        self._session = session
        self._screen = screen
        self._messages = messages
        self._listing = listing

    def toggle(self, count: int = 1) -> None:
        """Mark or unmark so many rows from the current one on, and move on."""
        for _ in range(min(count, len(self._messages.model))):
            self._messages.model.toggle_mark()
            before = self._messages.cursor
            self._messages.move_cursor(Movement.DOWN)
            if self._messages.cursor == before:
                break
        self._messages.marks_changed()

    def toggle_range(self) -> None:
        """Begin a range here, or mark all up to here."""
        self._messages.model.toggle_range()
        self._messages.marks_changed()

    def clear(self) -> None:
        """Unmark all."""
        self._messages.model.clear_marks()
        self._messages.marks_changed()

    async def mark_all(self) -> None:
        """Mark all that the list shows, in threads also what is folded away."""
        await self._mark(self._all_of())

    async def invert(self) -> None:
        """Mark what is not marked, and nothing else."""
        marked = self._messages.model.marked
        find_all = self._all_of()
        await self._mark(lambda connection: _set_of(find_all(connection)) - marked, anew=True)

    async def mark_thread(self) -> None:
        """Mark the messages of the current one's thread."""
        current = self._messages.current_id
        if current is not None:
            await self._mark(partial(_ids_of_thread, id_=current, mailbox_ids=self._mailbox_ids()))

    async def mark_sender(self) -> None:
        """Mark what the current message's sender sent."""
        current = self._messages.current_id
        if current is not None:
            await self._mark(self._within_list(partial(_ids_of_sender, id_=current, mailbox_ids=self._mailbox_ids())))

    def mark_unseen(self) -> Awaitable[None]:
        """Mark what has not been seen."""
        return self.mark_found("is:unseen")

    async def mark_found(self, text: str) -> None:
        """Mark what a search finds in the list."""
        await self._mark(self._within_list(partial(_ids_found, text=text, mailbox_ids=self._mailbox_ids())))

    async def ask(self) -> None:
        """Let the user say what to mark."""
        from tuimail.ui.screens.ask_query import AskQuery

        typed: str | None = await self._screen.app.push_screen_wait(AskQuery("Mark by search", "", done="mark"))
        if typed is not None:
            await self.mark_found(typed)

    def _mailbox_ids(self) -> tuple[MailboxId, ...]:
        listing = self._listing()
        return () if listing is None else listing.mailbox_ids

    def _all_of(self) -> Find:
        """Finds all messages of the list; its rows alone do not say which, where they are threads."""
        ids = self._messages.model.ids[:]
        if self._messages.model.is_threaded:
            return partial(unified.list_ids, mailbox_ids=self._mailbox_ids())
        return lambda _connection: ids

    def _within_list(self, find: Find) -> Find:
        """Of what is found, what the list shows: a search shows less than its mailboxes have."""
        model = self._messages.model
        if model.is_threaded:
            return find
        ids = model.ids[:]
        return lambda connection: _set_of(ids) & set(find(connection))

    async def _mark(self, find: Find, *, anew: bool = False) -> None:
        """Mark what `find` finds, run in the background; `anew`: and nothing else."""
        if len(self._messages.model) > _QUICK:
            self._screen.say("Looking for what to mark…")
        listing, before = self._listing(), self._messages.model.marked

        def marked(connection: Connection) -> set[int]:
            found = _set_of(find(connection))
            return found if anew or not before else found | before

        try:
            after = await self._session.read_later(marked)
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        now = self._listing()
        if listing is None or now is None or now.key != listing.key:
            return
        model = self._messages.model
        model.marked = after
        self._messages.marks_changed()
        self._screen.say(f"{counted(len(after), 'message')} marked")


def _set_of(ids: Collection[int]) -> set[int]:
    """A set, made in pieces: the screen's thread gets its turns while one of a million is made."""
    if isinstance(ids, set):
        return ids
    values = ids if isinstance(ids, array) else array("q", ids)
    found: set[int] = set()
    for start in range(0, len(values), _PIECE):
        found.update(values[start : start + _PIECE])
    return found


def _ids_found(connection: Connection, text: str, mailbox_ids: tuple[MailboxId, ...]) -> Collection[int]:
    from tuimail.store import query

    return query.list_ids(connection, query.parse(text), mailbox_ids=mailbox_ids)


def _ids_of_sender(connection: Connection, id_: MessageId, mailbox_ids: tuple[MailboxId, ...]) -> Collection[int]:
    from tuimail.store import query

    message = read.read_message(connection, id_)
    senders = () if message is None else message.envelope.from_
    return query.list_from(connection, senders[0].address, mailbox_ids) if senders else [id_]


def _ids_of_thread(connection: Connection, id_: MessageId, mailbox_ids: tuple[MailboxId, ...]) -> Collection[int]:
    from tuimail.store import thread_list

    thread_id = thread_list.thread_ids_of(connection, [id_]).get(id_)
    members = [] if thread_id is None else thread_list.list_members(connection, thread_id, mailbox_ids)
    return [member.id for member in members if member.in_view]
