"""Pictures as the viewer needs them: parts of a message, or loaded from elsewhere. Knows no screen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tuimail.mime.view import ShownPart

if TYPE_CHECKING:
    from tuimail.model.ids import MessageId
    from tuimail.ui.attached import Attached
    from tuimail.ui.models.attachment_rows import AttachmentRow
    from tuimail.ui.pictures import Picture


class ViewedPicture(Protocol):
    """One picture; what its methods do may raise `TuimailError`s."""

    @property
    def name(self) -> str:
        """What its file is called; sanitised."""

    @property
    def section(self) -> str:
        """Which part of the message it is; "": none."""

    @property
    def about(self) -> str:
        """What is said of it: type and size."""

    async def octets(self) -> bytes:
        """Its file."""

    async def open(self) -> str:
        """Give it to a program. Returns the program's name."""

    async def save(self, directory: Path) -> Path:
        """Write it as a new file."""


class PartPicture:
    """A part of a message, which is fetched where it is not here."""

    def __init__(self, attached: Attached, id_: MessageId, row: AttachmentRow) -> None:
        self._attached = attached
        self._id = id_
        self._row = row

    @property
    def name(self) -> str:
        """What the message calls it."""
        return self._row.name

    @property
    def section(self) -> str:
        """Which part it is."""
        return self._row.part.section

    @property
    def about(self) -> str:
        """Type and size."""
        return self._row.about

    async def octets(self) -> bytes:
        """What the part holds."""
        return await self._attached.octets(self._id, self._row.part)

    async def open(self) -> str:
        """Give it to the program for its type."""
        return await self._attached.open(self._id, self._row.part)

    async def save(self, directory: Path) -> Path:
        """Write it as a new file."""
        return await self._attached.save(self._id, self._row.part, directory)


class LoadedPicture:
    """One that came from elsewhere, and is in memory alone."""

    section = ""

    def __init__(self, attached: Attached, picture: Picture) -> None:
        self._attached = attached
        self._picture = picture

    @property
    def name(self) -> str:
        """What its address calls it."""
        return self._picture.name

    @property
    def about(self) -> str:
        """What it is, and the host that it came from."""
        return f"{self._picture.about}, from {self._picture.host}"

    async def octets(self) -> bytes:
        """What came."""
        return self._picture.octets

    async def open(self) -> str:
        """Give it to the program for its type."""
        size = self._picture.size
        part = ShownPart("", "" if size is None else size.kind, self._picture.name, len(self._picture.octets))
        return await self._attached.open_octets(part, self._picture.octets)

    async def save(self, directory: Path) -> Path:
        """Write it as a new file."""
        from tuimail.mime.saving import save_file

        return await asyncio.to_thread(save_file, directory, self._picture.name, self._picture.octets)
