"""The last defence before the terminal: whatever a widget was given, no control character leaves the screen.

Text is sanitised where it enters the model; this filter looks at every segment just before output and mends what
came another way. The check costs nothing for printable text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from tuimail.mime.sanitize import one_line

if TYPE_CHECKING:
    from textual.color import Color

_SAFE_URL = re.compile(r"(?:https?://|mailto:)[!-~]{1,2000}")


def is_safe_url(url: str) -> bool:
    """Whether an address may go to the terminal as a link (OSC 8): printable ASCII, and a scheme that is harmless."""
    return _SAFE_URL.fullmatch(url) is not None


class Backstop(LineFilter):
    """Replaces control and bidirectional characters, removes links that are not plain addresses."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments if they are safe, else mended ones."""
        if all(_is_safe(segment) for segment in segments):
            return segments
        return [_mended(segment) for segment in segments]


def _is_safe(segment: Segment) -> bool:
    text, style, control = segment
    if control:
        return True
    return (text.isprintable() or one_line(text) == text) and (
        style is None or style.link is None or is_safe_url(style.link)
    )


def _mended(segment: Segment) -> Segment:
    text, style, control = segment
    if control:
        return segment
    if style is not None and style.link is not None and not is_safe_url(style.link):
        style = style.update_link(None)
    return Segment(one_line(text), style)
