"""What holds within an element of a page for all that it holds, until something in it says otherwise."""

from __future__ import annotations

import msgspec

from tuimail.mime.lines import SpanKind


class State(msgspec.Struct, frozen=True, gc=False):
    """`kind` None: as text looks there; `emphasis`: bits; `target` of the link around, `link` its number once it has
    one; `tiny`: text is too small to be read.
    """

    kind: SpanKind | None = None
    emphasis: int = 0
    target: str = ""
    link: int = 0
    tiny: bool = False
