"""The images of one page: what stands in their place, where they would come from, and which only watch the reader.

An image of `TRACKER_PIXELS` or less is no picture: it tells its host that the message was opened. Backgrounds and
`srcset` are not looked at: nothing of ours would ever load them.
"""

from __future__ import annotations

from tuimail.mime.html.look import Look, attribute, pixels
from tuimail.mime.html.paper import cleaned
from tuimail.mime.html.targets import host_of, safe_target
from tuimail.mime.html.view import HtmlImage

TRACKER_PIXELS = 3
"""Wide and high: nobody sees it."""
LARGE_PIXELS = 100
"""Wide and high: an image whose size is worth telling."""
MAX_IMAGES = 2000
"""Images that are remembered; each is a line of its own at most."""
MAX_TRACKERS = 200
"""Hosts that are named."""
MAX_ALT_CHARACTERS = 300
"""Of what stands in an image's place."""
MAX_NAME_CHARACTERS = 40
"""Of a file name that stands there."""


class ImageBook:
    """What one page's images were."""

    def __init__(self) -> None:
        self.trackers: list[str] = []
        self.images: list[HtmlImage] = []
        self._remote: dict[str, None] = {}

    @property
    def remote(self) -> tuple[str, ...]:
        """URLs of images that would be loaded, each once."""
        return tuple(self._remote)

    def see(self, attributes: str, look: Look, *, hidden: bool) -> tuple[str, bool]:
        """An image: what stands in its place ("" for nothing), and whether that is only said where it is a link."""
        width = _pixels(attributes, "width", look.width)
        height = _pixels(attributes, "height", look.height)
        source = attribute(attributes, "src").strip()
        target = safe_target(source)
        if hidden or (0 <= width <= TRACKER_PIXELS) or (0 <= height <= TRACKER_PIXELS):
            if target and (hidden or (width <= TRACKER_PIXELS and height <= TRACKER_PIXELS)):
                self._track(host_of(target))
            return "", False
        embedded = source[:4].lower() == "cid:"
        if not target.startswith("http") and not embedded:
            target = ""
        alt = " ".join(cleaned(attribute(attributes, "alt")[: 4 * MAX_ALT_CHARACTERS]).split())[:MAX_ALT_CHARACTERS]
        kept = cleaned(source[:MAX_ALT_CHARACTERS]) if embedded else target
        shown = alt or _name(kept, width, height, decorative=' alt="' in attributes and not embedded)
        if shown and width >= LARGE_PIXELS and height >= LARGE_PIXELS:
            shown = f"{shown} {width:.0f}×{height:.0f}"
        if shown:
            shown = f"[{shown}]"
        if kept and len(self.images) < MAX_IMAGES:
            if target:
                self._remote[target] = None
            self.images.append(HtmlImage(kept, shown, max(0, int(width)), max(0, int(height))))
        return shown, not shown

    def _track(self, host: str) -> None:
        if len(self.trackers) < MAX_TRACKERS:
            self.trackers.append(host)


def _pixels(attributes: str, name: str, styled: float) -> float:
    said = attribute(attributes, name)
    length = pixels(said) if said else -1
    return min(styled if styled >= 0 else length, 99_999)


def _name(source: str, width: float, height: float, *, decorative: bool) -> str:
    """What an image without words is called; "" for one that says nothing."""
    if not source or (decorative and not (width >= LARGE_PIXELS and height >= LARGE_PIXELS)):
        return ""
    if source[:4].lower() == "cid:":
        name = source[4:].partition("@")[0]
    else:
        name = source.partition("?")[0].rpartition("/")[2] if source.count("/") > 2 else ""
    return name if 0 < len(name) <= MAX_NAME_CHARACTERS and "." in name else "image"
