"""Pictures of the message that is read: those that it has elsewhere (question, loading, list), and the viewer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuimail.config.schema import Pictures, RemoteImages
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.units import counted
from tuimail.store import picture_senders
from tuimail.ui.commands.keys_in_use import key_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuimail.mime.view import MessageView
    from tuimail.model.ids import MessageId
    from tuimail.ui.graphics import Ability
    from tuimail.ui.models.attachment_rows import AttachmentRow
    from tuimail.ui.pictures import Picture
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.desk.attachments import AttachDesk
    from tuimail.ui.screens.desk.origin import OriginDesk
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session
    from tuimail.ui.viewed_pictures import ViewedPicture


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
        self._loaded: tuple[MessageId | None, tuple[Picture, ...]] = None, ()
        self._ability: Ability | None = None

    async def look(self) -> None:
        """Show the pictures that the message brought, and those that were loaded for it."""
        id_ = self._reader.message_id
        if id_ is None:
            return
        try:
            pictures = await self._pictures_of(id_)
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        if pictures:
            await self._view(pictures, 0)
            return
        reading = self._reader.reading
        has_others = reading is not None and reading.view is not None and reading.view.remote_images
        more = f" {key_for('message.pictures')} loads those that it has elsewhere." if has_others else ""
        self._screen.say(f"This message brought no pictures.{more}")

    async def look_at_part(self, id_: MessageId, row: AttachmentRow) -> None:
        """Show the pictures that the message brought, from this one on."""
        pictures = await self._pictures_of(id_)
        first = next((at for at, one in enumerate(pictures) if one.section == row.part.section), 0)
        if pictures:
            await self._view(pictures, first)

    async def _pictures_of(self, id_: MessageId) -> list[ViewedPicture]:
        from tuimail.ui.models.attachment_rows import is_picture
        from tuimail.ui.viewed_pictures import LoadedPicture, PartPicture

        attached = self._attachments.attached
        rows = await attached.rows(id_)
        found: list[ViewedPicture] = []
        if rows is not None:
            found += [PartPicture(attached, id_, row) for row in rows.rows if is_picture(row.part)]
        of, loaded = self._loaded
        if of == id_:
            found += [LoadedPicture(attached, picture) for picture in loaded if picture.size is not None]
        return found

    async def _view(self, pictures: Sequence[ViewedPicture], first: int) -> None:
        from tuimail.config.outside_passwords import child_environment
        from tuimail.mime.pictures.decoder import PictureDecoder
        from tuimail.ui import graphics
        from tuimail.ui.screens.picture_viewer import PictureViewer

        app, terminal = self._screen.app, self._session.terminal
        driver, environment = app._driver, terminal.environment
        setting = self._session.config.reading.pictures
        asks = setting is Pictures.AUTO and self._ability is None and not graphics.is_remote(environment)
        if asks:
            self._ability = await graphics.ask(driver, environment)
        colors = app.console.color_system
        decision = graphics.decide(setting, environment, self._ability or graphics.Ability(), colors=colors)
        viewer = PictureViewer(
            pictures,
            first,
            decision,
            PictureDecoder(environment=child_environment()),
            cell=graphics.cell_size(driver),
            draw=terminal.draw,
            ask_directory=self._attachments.ask_directory,
        )
        await app.push_screen_wait(viewer)

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
        self._loaded = self._reader.message_id, pictures
        allowed = sender if self._is_allowed(sender) else ""
        screen = PicturesScreen(pictures, self._open, self._look_at, allowed)
        forgets: bool | None = await self._screen.app.push_screen_wait(screen)
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

    async def _look_at(self, picture: Picture) -> None:
        """All that came, from this one on."""
        from tuimail.ui.viewed_pictures import LoadedPicture

        came = [one for one in self._loaded[1] if one.size is not None]
        await self._view([LoadedPicture(self._attachments.attached, one) for one in came], came.index(picture))

    async def _open(self, picture: Picture) -> None:
        from tuimail.ui.viewed_pictures import LoadedPicture

        try:
            program = await LoadedPicture(self._attachments.attached, picture).open()
        except TuimailError as error:
            self._screen.tell_error(error)
        else:
            self._screen.say(f"Given to {program}: {picture.name}")


def _host(url: str) -> str:
    try:
        return one_line(urlsplit(url).hostname or "")
    except ValueError:
        return ""
