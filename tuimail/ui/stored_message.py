"""A message out of the store as octets to show, and its parts decoded: for all who show mail, on a screen or in lines.

    here whole     its octets                                  parts are found in them
    here in part   its frame, with small parts at their places  others are kept apart: here, or not yet

Runs in a background thread or in a command; knows neither a widget nor the engine.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tuimail.mime.partial import PartApart, covering, fill, find_part
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState
from tuimail.store import bodies, parts, read
from tuimail.store.parts import StoredPart

if TYPE_CHECKING:
    from tuimail.mime.parse import Part
    from tuimail.store.read import BodyPlace
    from tuimail.store.store import Store

FILL_OCTETS = 1 << 20
"""Larger parts are not put into what is rendered: no text is so long, and pictures are looked at one by one."""


class StoredMessage(msgspec.Struct, frozen=True):
    """`octets` are all there is to render. `apart`: the parts that are empty in them, by section.

    `is_whole`: these are the message's exact octets. Else what is rendered goes through
    `mime.partial.with_parts_apart`, and nothing is checked, quoted or sent on as the message itself.
    """

    octets: bytes
    apart: dict[str, PartApart]
    is_whole: bool


def load_stored(store: Store, place: BodyPlace) -> StoredMessage | None:
    """What is here of the message at `place`; None: nothing.

    Raises:
        StoreCorrupt: it cannot be read.
    """
    body_id = place.body_id
    if body_id is None or place.state is BodyState.NONE:
        return None
    if place.state is BodyState.FULL:
        octets = store.bodies.read(partial(bodies.load_body, body_id=body_id))
        return StoredMessage(octets, {}, True) if octets else None
    frame = store.bodies.read(partial(parts.load_frame, body_id=body_id))
    if frame is None:
        return None
    known = store.bodies.read(partial(parts.parts_here, body_id=body_id))
    filled = {}
    for section, part in known.items():
        if part.is_here and part.size_octets <= FILL_OCTETS:
            filled[section] = store.bodies.read(partial(parts.load_part, body_id=body_id, section=section)) or b""
    apart = {name: PartApart(one.size_octets, one.is_here) for name, one in known.items() if name not in filled}
    return StoredMessage(fill(frame, filled), apart, False)


def load_part(store: Store, id_: MessageId, section: str) -> bytes | None:
    """The decoded octets of one part of a message; None: they are not here, or it has no such part.

    Raises:
        StoreCorrupt: it cannot be read.
    """
    from tuimail.mime.shown_parts import content_of

    place = store.mail.read(partial(read.body_place, id_=id_))
    stored = None if place is None else load_stored(store, place)
    if place is None or place.body_id is None or stored is None:
        return None
    outer = covering(section, stored.apart)
    if outer is None:
        return content_of(stored.octets, section)
    body_id = place.body_id
    octets = store.bodies.read(partial(parts.load_part, body_id=body_id, section=outer))
    if octets is None:
        return None
    if outer == section:
        found = find_part(stored.octets, section)
        return None if found is None else _transfer_decoded(octets, found)
    # A part of what is itself a part (a message, a winmail.dat): that was fetched, and is looked into here.
    return content_of(fill(stored.octets, {outer: octets}), section)


def how_far(store: Store, id_: MessageId) -> dict[str, StoredPart]:
    """The parts of a message that its frame lacks, with how much of each has come, by section."""
    place = store.mail.read(partial(read.body_place, id_=id_))
    if place is None or place.body_id is None or place.state is not BodyState.PARTIAL:
        return {}
    return store.bodies.read(partial(parts.parts_here, body_id=place.body_id))


def _transfer_decoded(octets: bytes, part: Part) -> bytes:
    from tuimail.mime.transfer import decode_transfer

    return decode_transfer(octets, part.encoding)
