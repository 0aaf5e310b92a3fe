"""The user's changes on the main screen: what they are about, writing them, and where the cursor goes then.

A change is written in the background, shown at once, and the engine is told. One of very many messages says how far it
has come, and the list is read again instead of looking for each of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.config.schema import After
from tuimail.model.errors import TuimailError
from tuimail.model.hints import HintKind
from tuimail.model.ids import MessageId
from tuimail.store import read
from tuimail.ui.commands.desk import Pane
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.list_reader import ListReader
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from tuimail.store.recorder import Change
    from tuimail.store.store import Store

MANY = 2000
"""Changes of so many messages tell how far they have come."""
TELL_EVERY_S = 0.5
_AT_ONCE = 500


class _Progress:
    """How many messages have been dealt with; written by the thread that writes the change."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, done: int) -> None:
        self.done = done


class ChangeDesk:
    """`pane` and `show_pane` are the panes'; `look_soon` shows the store when the last look is old enough.

    `catch_up` brings the preview to the list's cursor.
    """

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        messages: MessageList,
        reader: MessageReader,
        lists: ListReader,
        *,
        pane: Callable[[], Pane],
        show_pane: Callable[[Pane], None],
        look_soon: Callable[[], None],
        catch_up: Callable[[], None],
    ) -> None:
        self._session = session
        self._screen = screen
        self._messages = messages
        self._reader = reader
        self._lists = lists
        self._pane = pane
        self._show_pane = show_pane
        self._look_soon = look_soon
        self._catch_up = catch_up
        self._own_changes: frozenset[MessageId] = frozenset()

    def selected(self, count: int | None = None) -> list[MessageId]:
        """See `commands.desk.Desk.selected`."""
        self._messages.model.pin()
        self._catch_up()
        is_reading = self._pane() is Pane.PREVIEW
        if is_reading and self._reader.has_vanished:
            onward = f"{key_for('message.next')} goes to the next one"
            self._say(f"This message is no longer in this mailbox. {onward}.", severity="warning")
            return []
        if count is not None:
            ids = self._from_cursor(count)
        elif is_reading:
            ids = [self._reader.message_id] if self._reader.message_id is not None else []
        else:
            ids = [MessageId(id_) for id_ in self._messages.model.selected()]
        if not ids:
            self._say("No message is selected.", severity="warning")
        return ids

    def _from_cursor(self, count: int) -> list[MessageId]:
        """The messages of so many rows, from the current one on."""
        model = self._messages.model
        rows = range(model.cursor, min(len(model), model.cursor + count))
        return [MessageId(id_) for id_ in dict.fromkeys(id_ for row in rows for id_ in model.messages_of(row))]

    async def any_lacks_flag(self, ids: Sequence[MessageId], flag: str) -> bool:
        """Whether a message lacks the flag."""
        function = partial(read.any_lacks_flag, ids=ids, flag=flag)
        return self._session.read(function) if len(ids) <= _AT_ONCE else await self._session.read_later(function)

    async def change(
        self,
        function: Callable[..., Change | None],
        *,
        ids: Sequence[MessageId] = (),
        announce: bool = True,
        follow: bool = False,
        leaves: bool = False,
        none: str = "There is nothing to undo.",
    ) -> bool:
        """See `commands.desk.Desk.change`."""
        try:
            change = await self._write(function, len(ids), tells=follow or len(ids) >= MANY)
        except TuimailError as error:
            self._screen.tell_error(error)
            return False
        if change is None:
            self._say(none)
            return False
        if change.is_empty and ids:
            self._say(self._why_nothing(ids, change.title))
            return False
        self._written(change, follow=follow, leaves=leaves, told=change.title if announce else "")
        return True

    async def put(self, function: Callable[[Store], Change], *, told: str) -> bool:
        """Write a change that brings messages of the user's own with it; `told` says what came of it."""
        try:
            change = await self._session.write_message(function)
        except TuimailError as error:
            self._screen.tell_error(error)
            return False
        self._written(change, follow=False, leaves=False, told=told)
        return True

    def _written(self, change: Change, *, follow: bool, leaves: bool, told: str) -> None:
        self._show(change, follow=follow, leaves=leaves)
        self._session.send(HintKind.JOURNAL)
        self._look_soon()
        if told:
            self._say(told)

    async def _write(self, function: Callable[..., Change | None], total: int, *, tells: bool) -> Change | None:
        """Run the change; one that takes its time says how far it is."""
        if not tells:
            return await self._session.write(function)
        telling = asyncio.create_task(self._tell_progress(progress := _Progress(), total))
        try:
            return await self._session.write(partial(function, progress=progress))
        finally:
            telling.cancel()

    async def _tell_progress(self, progress: _Progress, total: int) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            if progress.done:
                whole = f" of {total:,}" if total else ""
                self._say(f"{progress.done:,}{whole} messages…")

    def _show(self, change: Change, *, follow: bool, leaves: bool) -> None:
        touched = (*change.message_ids, *change.left_ids)
        self._own_changes = frozenset(touched)
        if not change.message_ids:
            return
        if leaves:
            self._step_aside(self._own_changes)
        if len(touched) >= MANY:
            self._lists.many_changed(touched[:_AT_ONCE] if follow else ())
            return
        self._lists.messages_changed(touched, follow=follow)
        if leaves and self._session.config.triage.after is After.NEXT:
            # A search shows messages wherever they are: one that stays in it is dealt with all the same.
            self._step(After.NEXT, self._own_changes)
        # While it is known whose hand took a message away.
        self._catch_up()

    def _step_aside(self, leaving: Collection[MessageId]) -> None:
        """Before messages leave the list, and its cursor falls to the next: where the settings want it instead."""
        after, model = self._session.config.triage.after, self._messages.model
        if model.cursor_id is None or model.cursor_id not in leaving:
            return
        if after is After.STAY and self._pane() is Pane.PREVIEW:
            self._show_pane(Pane.MESSAGES)
        elif after is After.PREVIOUS:
            row = next((row for row in range(model.cursor - 1, -1, -1) if model.ids[row] not in leaving), None)
            if row is not None:
                self._messages.go_to(row)

    def step_after_change(self, ids: Collection[MessageId], *, moves_on: bool = True) -> None:
        """See `commands.desk.Desk.step_after_change`."""
        after, model = self._session.config.triage.after, self._messages.model
        if self._pane() is Pane.PREVIEW:
            return
        if model.clear_marks():
            self._messages.marks_changed()
        elif moves_on and after is not After.STAY:
            self._step(after, set(ids))

    def _step(self, after: After, changed: Collection[MessageId]) -> None:
        """If the cursor is on one of these messages, go to the next row that has none of them."""
        model = self._messages.model
        if model.cursor_id is None or model.cursor_id not in changed:
            return
        rows = range(model.cursor + 1, len(model)) if after is After.NEXT else range(model.cursor - 1, -1, -1)
        row = next((row for row in rows if not any(id_ in changed for id_ in model.messages_of(row))), None)
        if row is not None:
            self._messages.go_to(row)

    def was_taken_away(self, id_: MessageId) -> bool:
        """Whether the message left the list by another hand than the user's here."""
        return id_ not in self._own_changes and not self._messages.pages.holds(id_)

    async def mark_seen(self, id_: MessageId) -> None:
        """The message has been opened."""
        from tuimail.store import changes

        if await self.any_lacks_flag([id_], "\\Seen"):
            now = int(self._session.clock())
            await self.change(
                partial(changes.change_flags, ids=[id_], add=["\\Seen"], now=now, by_hand=False), announce=False
            )

    def _why_nothing(self, ids: Sequence[MessageId], title: str) -> str:
        some = list(ids[:_AT_ONCE])
        if self._session.read(partial(read.list_rows, ids=some)):
            return already(title)
        if len(ids) == 1:
            return "This message is gone: it was deleted or moved elsewhere meanwhile."
        return "These messages are gone: they were deleted or moved elsewhere meanwhile."

    def _say(self, text: str, *, severity: SeverityLevel = "information") -> None:
        self._screen.say(text, severity=severity)


def already(title: str) -> str:
    """What is said of a change that found nothing to do, by its title: such as "0 messages flagged"."""
    for nothing in ("0 messages ", "0 threads "):
        if title.startswith(nothing):
            words = title.removeprefix(nothing)
            there = words.removeprefix("moved to ")
            return f"Already {words}." if there == words else f"Already in {there}."
    return f"Nothing to change: {title}."
