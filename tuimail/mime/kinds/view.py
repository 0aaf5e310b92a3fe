"""What a part of a known kind looks like to a reader: lines, and what was found in it."""

from __future__ import annotations

import msgspec

from tuimail.mime.kinds.invitation import Invitation
from tuimail.mime.lines import StyledLine
from tuimail.mime.view import Notice, ShownPart


class KindView(msgspec.Struct, frozen=True):
    """A part told in words; every string is sanitised, but for `html`.

    `html` is the source of a body that whoever has a renderer shows below the lines, "" where there is none. `parts`
    lie within the part, as those of winmail.dat do; `kind.files_within` gives what they hold. `messages`: the octets of
    those that are mail, by their section.
    """

    lines: tuple[StyledLine, ...] = ()
    notices: tuple[Notice, ...] = ()
    parts: tuple[ShownPart, ...] = ()
    html: str = ""
    invitation: Invitation | None = None
    messages: dict[str, bytes] = {}
