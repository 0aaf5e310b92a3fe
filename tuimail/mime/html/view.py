"""What a page of HTML looks like to a reader: values only, which cross from the worker's process as MessagePack."""

from __future__ import annotations

import msgspec

from tuimail.mime.lines import StyledLine
from tuimail.mime.view import Link


class HtmlImage(msgspec.Struct, frozen=True):
    """An image that the page shows, and nothing loaded. `source`: a URL (http, https), or `cid:` and a Content-ID.

    `shown`: the span of kind "image" that stands in its place, "" where nothing does. `width` and `height` in pixels as
    the page says them, 0 where it does not.
    """

    source: str
    shown: str = ""
    width: int = 0
    height: int = 0


class HtmlView(msgspec.Struct, frozen=True):
    """A page as lines; see `MessageView` for what the fields mean, which are named alike.

    `remote_images`: URLs, each once; `trackers`: the host of every image too small to be seen; `note`: why the page
    is shown as bare text, empty where it is not.
    """

    lines: tuple[StyledLine, ...] = ()
    links: tuple[Link, ...] = ()
    remote_images: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()
    hidden: int = 0
    images: tuple[HtmlImage, ...] = ()
    note: str = ""
