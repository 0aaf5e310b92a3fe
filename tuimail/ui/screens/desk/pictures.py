"""Loading the pictures that a message has elsewhere: the question, the loading, the list of what came."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuimail.config.schema import RemoteImages
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.units import counted
from tuimail.store import picture_senders

if TYPE_CHECKING:
    from tuimail.mime.view import MessageView
    from tuimail.ui.pictures import Picture
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.desk.attachments import AttachDesk
    from tuimail.ui.screens.desk.origin import OriginDesk
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session


class PicturesDesk:
    """Asks hosts through the fetcher of `origin`, and opens what came as attachments are opened."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        reader: MessageReader,
        origin: OriginDesk,
        attachments: AttachDesk,
    ) -> None:
        self._session = session
        self._screen = screen
        self._reader = reader
        self._origin = origin
        self._attachments = attachments

    async def load(self) -> None:
        """Load the pictures of the message that is read, if the user still wants it."""
        reading = self._reader.reading
        view = None if reading is None else reading.view
        if reading is None or view is None or not view.remote_images:
            self._screen.say("This message has no pictures elsewhere." if view else "This message is not here yet.")
        elif self._session.config.reading.remote_images is RemoteImages.NEVER:
            self._screen.say("Pictures are not loaded: `reading.remote_images` is “never” in the settings.")
        else:
            try:
                await self._load(view)
            except TuimailError as error:
                self._screen.tell_error(error)

    async def _load(self, view: MessageView) -> None:
        sender = await self._sure_sender()
        if not self._is_allowed(sender) and not await self._may_load(view, sender):
            return
        from tuimail.ui.pictures import MOST_PICTURES, load_pictures
        from tuimail.ui.screens.pictures import PicturesScreen

        urls = view.remote_images[:MOST_PICTURES]
        self._screen.say(f"Loading {counted(len(urls), 'picture')}…", seconds=60)
        pictures = await load_pictures(self._origin.fetcher, urls)
        self._screen.app.clear_notifications()
        allowed = sender if self._is_allowed(sender) else ""
        forgets: bool | None = await self._screen.app.push_screen_wait(PicturesScreen(pictures, self._open, allowed))
        if forgets:
            await self._session.write(partial(picture_senders.forget, address=sender))
            self._screen.say(f"Pictures of {one_line(sender)} are loaded after a question again.")

    def _is_allowed(self, sender: str) -> bool:
        return bool(sender) and self._session.read(partial(picture_senders.is_allowed, address=sender))

    async def _sure_sender(self) -> str:
        """The address of the message's sender, where its domain answers for it; else ""."""
        id_ = self._reader.message_id
        if id_ is None:
            return ""
        found = await self._session.render(partial(self._session.origins.load, id_=id_))
        if found is None or found[1].authentication.word != "verified" or not found[0].envelope.from_:
            return ""
        return found[0].envelope.from_[0].address

    async def _may_load(self, view: MessageView, sender: str) -> bool:
        from tuimail.ui.screens.pictures import PicturesQuestion

        question = PicturesQuestion([_host(url) for url in view.remote_images], sender)
        answer: str | None = await self._screen.app.push_screen_wait(question)
        if answer == "always":
            now = int(self._session.clock())
            await self._session.write(partial(picture_senders.allow, address=sender, now=now))
        return answer is not None

    async def _open(self, picture: Picture) -> None:
        from tuimail.mime.view import ShownPart

        kind = "" if picture.size is None else picture.size.kind
        part = ShownPart("", kind, picture.name, len(picture.octets))
        try:
            program = await self._attachments.attached.open_octets(part, picture.octets)
        except TuimailError as error:
            self._screen.tell_error(error)
        else:
            self._screen.say(f"Given to {program}: {picture.name}")


def _host(url: str) -> str:
    try:
        return one_line(urlsplit(url).hostname or "")
    except ValueError:
        return ""
