"""The parts of a message as a list shows them: what each is, and whether it is here, coming, or was refused."""

from __future__ import annotations

import msgspec

from tuimail.mime.sanitize import one_line
from tuimail.mime.view import ShownPart
from tuimail.model.units import short_size

NO_NAME = "(no name)"


class AttachmentRow(msgspec.Struct, frozen=True):
    """A part. `percent`: how much of it has come while it is waited for, None while it is not; `problem`: why not."""

    part: ShownPart
    percent: int | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """What the message calls it."""
        return one_line(self.part.file_name) or NO_NAME

    @property
    def state(self) -> str:
        """Where it is, in a word or two; nothing for a part that is here."""
        if self.part.is_here:
            return ""
        if self.problem:
            return "refused"
        if self.percent is not None:
            return f"{self.percent} %" if self.percent else "coming…"
        return "not here yet"

    @property
    def about(self) -> str:
        """Type, size, and where it is."""
        size = short_size(self.part.size_octets)
        return "  ".join(filter(None, (one_line(self.part.content_type), size, self.state)))


class AttachmentRows(msgspec.Struct, frozen=True):
    """`rows` are attachments first, then what else has a name or is a picture.

    `has_text`: the message is here to be read; `problem`: why nothing of it is.
    """

    rows: tuple[AttachmentRow, ...] = ()
    has_text: bool = True
    problem: str = ""

    @property
    def attachments(self) -> tuple[AttachmentRow, ...]:
        """Those that people call attachments."""
        return tuple(row for row in self.rows if not row.part.inline)


def is_listed(part: ShownPart) -> bool:
    """Whether it is more than another form of the text."""
    return not part.inline or bool(part.file_name) or not part.content_type.startswith(("text/", "message/"))


def is_picture(part: ShownPart) -> bool:
    """Whether it may be one that can be drawn, by what is said of it."""
    kind = part.content_type.lower()
    if kind == "application/octet-stream":
        return part.file_name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".webp"))
    return kind.startswith("image/")
