"""The subjects of the desk that concern the message which is read: each is loaded when it is first asked for.

The app starts without them, and most of them are asked for by a key that few messages need.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimail.model.ids import MessageId
    from tuimail.ui.models.attachment_rows import AttachmentRow
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.desk.attachments import AttachDesk
    from tuimail.ui.screens.desk.body import BodyDesk
    from tuimail.ui.screens.desk.changing import ChangeDesk
    from tuimail.ui.screens.desk.clip import ClipDesk
    from tuimail.ui.screens.desk.invitations import InvitationDesk
    from tuimail.ui.screens.desk.origin import OriginDesk
    from tuimail.ui.screens.desk.pictures import PicturesDesk
    from tuimail.ui.screens.desk.secrecy import SecrecyDesk
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session
    from tuimail.ui.widgets.preview.widget import Preview


class LazyDesk:
    """A base of the desk, which sets what is named here."""

    session: Session
    screen: CommandScreen[None]
    preview: Preview
    reader: MessageReader
    changing: ChangeDesk
    clip: ClipDesk

    @cached_property
    def body(self) -> BodyDesk:
        """What can be done with the text."""
        from tuimail.ui.screens.desk.body import BodyDesk

        return BodyDesk(self.session, self.screen, self.preview, self.reader, copy=self.clip.copy)

    @cached_property
    def attachments(self) -> AttachDesk:
        """Parts that can be saved."""
        from tuimail.ui.screens.desk.attachments import AttachDesk

        return AttachDesk(self.session, self.screen, selected=self.changing.selected, look_at=self._look_at_part)

    async def _look_at_part(self, id_: MessageId, row: AttachmentRow) -> None:
        # Each of the two subjects needs the other.
        await self.pictures.look_at_part(id_, row)

    @cached_property
    def invitations(self) -> InvitationDesk:
        """Invitations."""
        from tuimail.ui.screens.desk.invitations import InvitationDesk

        return InvitationDesk(self.session, self.screen, self.changing, selected=self.changing.selected)

    @cached_property
    def origin(self) -> OriginDesk:
        """Who it is from."""
        from tuimail.ui.screens.desk.origin import OriginDesk

        return OriginDesk(self.session, self.screen, self.body, selected=self.changing.selected, copy=self.clip.copy)

    @cached_property
    def pictures(self) -> PicturesDesk:
        """Pictures that it has elsewhere."""
        from tuimail.ui.screens.desk.pictures import PicturesDesk

        return PicturesDesk(self.session, self.screen, self.reader, self.origin, self.attachments)

    @cached_property
    def secrecy(self) -> SecrecyDesk:
        """What is signed or encrypted."""
        from tuimail.ui.screens.desk.secrecy import SecrecyDesk

        return SecrecyDesk(self.session, self.screen, self.reader)
