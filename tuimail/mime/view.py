"""What a message looks like to a reader, free of any widget: its body as lines, and all that is said around it.

    octets ──parse──► parts ──render──► MessageView          see `render`
                                  └──► pages of HTML go through `worker`

Every string here is sanitised. Nothing here was loaded from anywhere but the message itself.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Literal

import msgspec

from tuimail.mime.lines import StyledLine

if TYPE_CHECKING:
    from tuimail.mime.kinds.invitation import Invitation


class Shape(enum.StrEnum):
    """How a body is shown. AUTO chooses text or HTML by what they say."""

    AUTO = "auto"
    TEXT = "text"
    HTML = "html"
    SOURCE = "source"
    HEADERS = "headers"


class ViewOptions(msgspec.Struct, frozen=True):
    """What the reader wants: `width` in cells, for what depends on it (tables of HTML).

    `charset` takes the place of what text parts say of themselves; empty: they are believed. `max_octets` of each text
    part are shown, 0 for a first portion that is fast at any size.
    """

    shape: Shape = Shape.AUTO
    width: int = 80
    charset: str = ""
    max_octets: int = 0


class Link(msgspec.Struct, frozen=True):
    """A link of the message: `target` is http, https or mailto in printable ASCII, `text` what the message calls it.

    `warning`: why the target may not be what the text says; empty where nothing speaks against it.
    """

    target: str
    text: str = ""
    warning: str = ""


class ShownPart(msgspec.Struct, frozen=True):
    """A part that can be saved or opened: `section` names it, `size_octets` is what it has decoded.

    `inline` parts (pictures of an HTML body, signatures) are not what people call attachments. `depth`: how many
    messages it lies within. `is_here`: its octets are in the store.
    """

    section: str
    content_type: str
    file_name: str
    size_octets: int
    inline: bool = False
    depth: int = 0
    is_here: bool = True
    content_id: str = ""


class Notice(msgspec.Struct, frozen=True):
    """One plain line above the body; `detail` is for those who ask."""

    kind: Literal["warning", "note", "good"]
    text: str
    detail: tuple[str, ...] = ()


class MessageView(msgspec.Struct, frozen=True):
    """A message ready to be shown.

    `shape` is what was chosen, `shapes` what there is. `lines` belong to the body alone; `links` are numbered from 1 in
    the order of the body. `remote_images` and `trackers` were not loaded; `hidden` elements of HTML were left out.
    `has_more`: text parts go on after what is shown. `charset`: of the first text part, as it was decoded.
    `invitation`: what the calendar part that is shown says.
    """

    lines: tuple[StyledLine, ...] = ()
    links: tuple[Link, ...] = ()
    parts: tuple[ShownPart, ...] = ()
    notices: tuple[Notice, ...] = ()
    shape: Shape = Shape.TEXT
    shapes: tuple[Shape, ...] = ()
    remote_images: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()
    hidden: int = 0
    has_more: bool = False
    charset: str = ""
    invitation: Invitation | None = None

    @property
    def text(self) -> str:
        """The body as plain text, a line feed after each line."""
        return "".join(f"{line.written}\n" for line in self.lines)
