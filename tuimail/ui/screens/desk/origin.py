"""What commands need around a sender: details of a message, and leaving its list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId

if TYPE_CHECKING:
    from tuimail.mime.origin.unsubscribe import Unsubscribe
    from tuimail.setup.fetching import Fetcher
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.desk.body import BodyDesk
    from tuimail.ui.session import Session

_NOT_HERE = "This message is not here yet."
_FORM = "application/x-www-form-urlencoded"


class OriginDesk:
    """`selected` are the messages that a command is about; `copy` puts a text into the clipboard."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        body: BodyDesk,
        *,
        selected: Callable[[], list[MessageId]],
        copy: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._session = session
        self._screen = screen
        self._selected = selected
        self._body = body
        self._copy = copy

    @cached_property
    def fetcher(self) -> Fetcher:
        """Who asks hosts that messages name."""
        from tuimail.setup.fetching import Fetcher

        return Fetcher()

    async def show_details(self) -> None:
        """Show who the message is from, and all else that is known of it."""
        id_ = self._one()
        if id_ is None:
            return
        from tuimail.ui.details import load_details
        from tuimail.ui.screens.details import DetailsScreen

        session = self._session
        load = partial(load_details, id_=id_, renderer=session.views, origins=session.origins, secrecy=session.secrecy)
        try:
            sections = await session.render(load)
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        if sections is None:
            self._screen.say(_NOT_HERE)
        else:
            await self._screen.app.push_screen_wait(DetailsScreen(sections))

    async def unsubscribe(self) -> None:
        """Let the user leave the list that the message came from, in one of the ways that it names."""
        id_ = self._one()
        if id_ is None:
            return
        try:
            found = await self._session.render(partial(self._session.origins.load, id_=id_))
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        if found is None:
            self._screen.say(_NOT_HERE)
            return
        message, origin = found
        if origin.unsubscribe is None:
            self._screen.say("This message names no list to leave.")
            return
        from tuimail.ui.screens.unsubscribe import UnsubscribeScreen

        sender = message.envelope.from_[0].label if message.envelope.from_ else ""
        question = UnsubscribeScreen(origin.unsubscribe, sender)
        chosen: str | None = await self._screen.app.push_screen_wait(question)
        if chosen is not None:
            await self._leave(origin.unsubscribe, chosen)

    async def _leave(self, way: Unsubscribe, chosen: str) -> None:
        if chosen == "page":
            from tuimail.mime.view import Link

            await self._body.links.ask(Link(way.pages[0]))
        elif chosen == "address":
            await self._copy(way.mail_to, "the list's address")
        else:
            await self._request(way.one_click)

    async def _request(self, url: str) -> None:
        """One POST (RFC 8058, section 3.1), whose answer is told as it is."""
        from tuimail.mime.origin.unsubscribe import ONE_CLICK

        self._screen.say("Asking to be taken off the list…")
        try:
            answer = await self.fetcher.post(url, ONE_CLICK, content_type=_FORM)
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        host = one_line(answer.host)
        if 200 <= answer.status < 300:
            self._screen.say(f"{host} has taken the request: you should be off the list.", seconds=8.0)
        else:
            words = f"{host} has not taken the request (status {answer.status}). Try its page."
            self._screen.say(words, severity="warning", seconds=8.0)

    def _one(self) -> MessageId | None:
        ids = self._selected()
        if len(ids) > 1:
            self._screen.say("This is about one message at a time: clear the marks, or unfold the thread.")
            return None
        return ids[0] if ids else None
