"""Keeps the preview with the list's cursor: told of it, and before a command asks which message is being read.

Keys come faster than the list's news: what the next key is about must not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tuimail.model.ids import MessageId
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.desk.changing import ChangeDesk
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.widgets.message_list.widget import MessageList


class FollowDesk:
    """`is_reopened` says whether a message is shown only because it was open in the last run."""

    def __init__(
        self,
        screen: CommandScreen[None],
        messages: MessageList,
        reader: MessageReader,
        changing: ChangeDesk,
        *,
        is_reading: Callable[[], bool],
        is_reopened: Callable[[MessageId], bool],
    ) -> None:
        self._screen = screen
        self._messages = messages
        self._reader = reader
        self._changing = changing
        self._is_reading = is_reading
        self._is_reopened = is_reopened
        self._followed: MessageId | None = None

    def catch_up(self) -> None:
        """Show the message that the list has come to; one that another hand took away while it is read stays."""
        current, shown, is_reading = self._messages.told_id, self._reader.message_id, self._is_reading()
        if current == self._followed:
            return
        self._followed = current
        if is_reading and shown is not None and shown != current and self._changing.was_taken_away(shown):
            self._reader.mark_vanished()
            return
        self._reader.show(current, at_once=is_reading)
        if is_reading and current is not None and not self._is_reopened(current):
            self._screen.submit(partial(self._changing.mark_seen, current))
