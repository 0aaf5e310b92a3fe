"""A picture's file made into what a canvas shows: decoded for the room that there is, written in one of three ways.

Blocks, and belongs into a thread. Knows no screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.segment import Segment

from tuimail.config.schema import Pictures
from tuimail.ui import graphics
from tuimail.ui.widgets.picture_canvas import Graphics

if TYPE_CHECKING:
    from tuimail.mime.pictures.decoder import PictureDecoder

SIXEL_LINES = 6
"""Dots of a row of sixels: a picture whose height is no multiple would reach below its room."""


class Prepared(msgspec.Struct, frozen=True):
    """A picture to show: as lines, or as the terminal's own graphics; else `problem`, as the end of a sentence."""

    lines: list[list[Segment]] = msgspec.field(default_factory=list)
    graphics: Graphics | None = None
    is_animated: bool = False
    problem: str = ""


def prepare(
    decoder: PictureDecoder,
    octets: bytes,
    way: Pictures,
    room: tuple[int, int],
    cell: tuple[int, int] | None,
) -> Prepared:
    """The picture in this file, for a room of so many cells; `cell`: the size of one in pixels, where it is known."""
    if way is Pictures.SIXEL and cell is not None:
        return _as_sixels(decoder, octets, room, cell)
    if way is Pictures.KITTY:
        return _as_kitty(decoder, octets, room, cell or graphics.USUAL_CELL)
    # Without the size of a cell, sixels might reach anywhere.
    decoded = decoder.decode(octets, room[0], room[1] * 2)
    if decoded.problem:
        return Prepared(problem=decoded.problem)
    from tuimail.ui.models.half_blocks import half_blocks

    return Prepared(half_blocks(decoded.pixels, decoded.width, decoded.height), is_animated=decoded.is_animated)


def _as_sixels(decoder: PictureDecoder, octets: bytes, room: tuple[int, int], cell: tuple[int, int]) -> Prepared:
    height = room[1] * cell[1]
    decoded = decoder.decode(octets, room[0] * cell[0], max(1, height - height % SIXEL_LINES))
    sixels = "" if decoded.problem else decoder.sixels(decoded)
    if not sixels:
        return Prepared(problem=decoded.problem or "it could not be written as sixels")
    columns, lines = -(-decoded.width // cell[0]), -(-decoded.height // cell[1])
    made = Graphics(columns, lines, lambda x, y: graphics.sixels_at(x, y, sixels))
    return Prepared(graphics=made, is_animated=decoded.is_animated)


def _as_kitty(decoder: PictureDecoder, octets: bytes, room: tuple[int, int], cell: tuple[int, int]) -> Prepared:
    decoded = decoder.decode(octets, room[0] * cell[0], room[1] * cell[1])
    if decoded.problem:
        return Prepared(problem=decoded.problem)
    columns, lines = -(-decoded.width // cell[0]), -(-decoded.height // cell[1])
    made = Graphics(
        columns,
        lines,
        lambda x, y: graphics.kitty_at(x, y, columns, lines),
        send=graphics.kitty_sent(decoded.pixels, decoded.width, decoded.height),
        hide=graphics.kitty_hidden(),
        forget=graphics.kitty_forgotten(),
    )
    return Prepared(graphics=made, is_animated=decoded.is_animated)
