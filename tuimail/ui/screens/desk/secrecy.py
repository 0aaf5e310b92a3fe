"""Signed and encrypted messages on the desk: signatures are checked as a message is shown, a command decrypts.

shown ──► checking ──► shown with what is known          no key is asked for
command ──► waiting for gpg (esc stops) ──► decrypted    until another message is read
"""

from __future__ import annotations

import asyncio
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tuimail.model.errors import TuimailError
from tuimail.ui.background import Background
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.secrecy import Wait, may_be_secured, open_stored

if TYPE_CHECKING:
    from tuimail.crypto.opening import Opening
    from tuimail.crypto.secured import Secured
    from tuimail.model.ids import MessageId
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session

TOLD_AFTER_S = 0.4
"""What takes longer is waiting for a person, or for a card."""


class SecrecyDesk:
    """See `commands.desk.SecrecyView`."""

    def __init__(self, session: Session, screen: CommandScreen[None], reader: MessageReader) -> None:
        self._session = session
        self._screen = screen
        self._reader = reader
        self._id: MessageId | None = None
        self._is_asked = False
        self._wait: Wait | None = None
        self._is_opening = False
        self._opens_next = False

    @cached_property
    def _opener(self) -> Background:
        """A thread that waits for programs; with the first message that needs it."""
        opener = Background("opener")
        self._session.at_close(self._end)
        return opener

    def _end(self) -> None:
        self._stop()
        self._opener.finish()
        self._opener.join(1.0)

    def message_shown(self) -> None:
        """A message has come to be shown: what is known of another one is forgotten, its signatures are checked."""
        reading = self._reader.reading
        id_ = None if reading is None else reading.message.id
        if id_ != self._id:
            self._stop()
            self._session.secrecy.forget()
            self._id, self._is_asked = id_, False
        if id_ is None or self._is_asked or reading is None or reading.view is None:
            return
        if may_be_secured(reading.view):
            self._is_asked = True
            self._screen.start_task(self._open(id_, None))

    def decrypt(self) -> None:
        """Open what is encrypted in the message that is read; keys go on doing what they do meanwhile."""
        from tuimail.crypto.opening import Opening

        id_ = self._id
        found = None if id_ is None else self._session.secrecy.secured(id_)
        if self._wait is not None:
            # It is being looked into, or opened: what is closed then is opened next.
            self._opens_next = True
        elif id_ is None or found is None or not found.can_open:
            self._screen.say("Nothing in this message is encrypted, or all of it is decrypted.")
        else:
            self._screen.start_task(self._open(id_, Opening.PARTS))

    def give_up(self) -> bool:
        """Stop waiting for gpg and whoever it asks. Returns whether anything was waited for."""
        is_opening = self._wait is not None and self._is_opening
        if is_opening:
            self._stop()
        return is_opening

    def _stop(self) -> None:
        wait, self._wait, self._opens_next = self._wait, None, False
        if wait is not None:
            wait.stop()

    async def _open(self, id_: MessageId, opening: Opening | None) -> None:
        """None: look at it, and open nothing."""
        wait = self._wait = Wait()
        self._is_opening = opening is not None
        work = partial(open_stored, self._session.store, id_, opening, self._session.config, lambda: wait.is_stopped)
        pending = asyncio.ensure_future(self._opener.run(work))
        try:
            done, _ = await asyncio.wait([pending], timeout=TOLD_AFTER_S)
            if not done and opening is not None:
                self._screen.say(f"Waiting for gpg… {key_for('pane.back')} stops waiting.")
            secured = await pending
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        finally:
            if self._wait is wait:
                self._wait = None
        self._take(id_, secured, wait, was_opening=opening is not None)

    def _take(self, id_: MessageId, secured: Secured | None, wait: Wait, *, was_opening: bool) -> None:
        if secured is None or wait.is_stopped or id_ != self._id:
            return
        self._session.secrecy.hold(id_, secured, f"{key_for('preview.decrypt')} decrypts it.")
        self._reader.choose(self._reader.choices)
        opens_next, self._opens_next = self._opens_next, False
        if opens_next and not was_opening:
            self.decrypt()
