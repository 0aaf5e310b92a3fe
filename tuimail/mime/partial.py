"""Messages of which only some parts were fetched: what to ask for, putting it together, and what is then shown of it.

    BODYSTRUCTURE ──plan_parts──► header, MIME headers, texts ──assemble──► frame ──fill──► octets to render

A frame is a message with nothing where the parts that were not fetched belong. It is made of what the server sent,
held against what our own parser sees in it, and never taken for the message itself: whoever needs that (signatures,
export, another account) needs all of its octets. What cannot be told apart safely is fetched whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tuimail.mime.headers import first_fields
from tuimail.mime.parameters import parameter_of, parse_parameters
from tuimail.mime.parse import MAX_BOUNDARY_OCTETS, MAX_DEPTH, Part, parse_message
from tuimail.mime.view import MessageView
from tuimail.model.body_structure import BodyPart

SMALL_OCTETS = 32 * 1024
"""A part up to this size (a signature, an invitation, a report) comes along: it costs less than another round trip."""
MAX_TEXT_OCTETS = 4 * 1024 * 1024
"""Of all that is fetched at once, for it is held in memory; a longer text comes with the whole message, streamed."""
MAX_LEAVES = 200
"""Each costs its MIME header; more are a digest, whose parts are small."""
LEAST_SAVED_OCTETS = 256 * 1024
"""Parts left out that are smaller than this together are not worth a second way."""

_SECURED = frozenset({"multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_LINE_OCTETS = 76
_CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class PartPlan:
    """What to fetch of a message to read it: sections (RFC 9051, section 6.4.5) of bodies and of MIME headers.

    `left`: what is not fetched now, with its size in octets as the server told it.
    """

    bodies: tuple[str, ...]
    headers: tuple[str, ...]
    left: dict[str, int]

    @property
    def sections(self) -> list[str]:
        """All of it, as FETCH names it."""
        return [*(f"{section}.MIME" for section in self.headers), *self.bodies]


class PartApart(msgspec.Struct, frozen=True):
    """A part that is empty in a frame: its size in octets, before its encoding is undone, and whether it is here."""

    size_octets: int
    is_here: bool


def plan_parts(structure: BodyPart) -> PartPlan | None:
    """What to fetch so that the message can be read; None: all of it, for parts would not do or would save nothing.

    What is signed or encrypted is checked as one piece, and so is fetched as one.
    """
    inner: list[str] = []
    leaves: list[BodyPart] = []
    stack = [(structure, 0)]
    while stack:
        part, depth = stack.pop()
        if part.content_type in _SECURED or depth >= MAX_DEPTH or len(leaves) > MAX_LEAVES:
            return None
        if part.content_type.startswith("multipart/") is not bool(part.children):
            return None
        if part is not structure:
            inner.append(part.section)
        if not part.children:
            leaves.append(part)
        stack += [(child, depth + 1) for child in reversed(part.children)]
    taken = [leaf for leaf in leaves if _is_taken(leaf)]
    left = {leaf.section: leaf.size_octets for leaf in leaves if not _is_taken(leaf)}
    saved = sum(left.values())
    if saved < LEAST_SAVED_OCTETS or sum(leaf.size_octets for leaf in taken) > min(saved, MAX_TEXT_OCTETS):
        return None
    return PartPlan(tuple(leaf.section for leaf in taken), tuple(inner), left)


def _is_taken(leaf: BodyPart) -> bool:
    return leaf.size_octets <= SMALL_OCTETS or (leaf.content_type.startswith("text/") and not leaf.is_attachment)


def assemble(structure: BodyPart, header: bytes, sections: Mapping[str, bytes]) -> bytes | None:
    """The frame of a message from its `header` and `sections` ("2.MIME": a part's header, "2": its content).

    None: the pieces do not fit `structure`, or our parser sees another message in them. Never raises.
    """
    out: list[bytes] = []
    if not _put(out, structure, header, sections):
        return None
    frame = b"".join(out)
    return frame if _agrees(parse_message(frame), structure, sections) else None


def _put(out: list[bytes], part: BodyPart, header: bytes, sections: Mapping[str, bytes]) -> bool:
    """Add the entity; depth is bounded by the plan. Returns whether that was possible."""
    ended = header.rstrip(_CRLF)
    out.append(ended + _CRLF + _CRLF if ended else _CRLF)
    if not part.children:
        out.append(sections.get(part.section, b""))
        return True
    _, parameters = parse_parameters(first_fields(header, frozenset({b"content-type"})).get(b"content-type", b""))
    boundary = parameter_of(parameters, "boundary").encode("utf-8", "replace").rstrip()
    if not 0 < len(boundary) <= MAX_BOUNDARY_OCTETS:
        return False
    for child in part.children:
        own = sections.get(f"{child.section}.MIME")
        out.append(b"--" + boundary + _CRLF)
        if own is None or not _put(out, child, own, sections):
            return False
        out.append(_CRLF)
    out.append(b"--" + boundary + b"--" + _CRLF)
    return True


def _agrees(seen: Part, told: BodyPart, sections: Mapping[str, bytes]) -> bool:
    """Whether the parts that we see are those that the server told of, each with the content that it sent."""
    stack = [(seen, told)]
    while stack:
        part, said = stack.pop()
        if part.content_type != said.content_type or part.section != said.section:
            return False
        if said.children:
            if len(part.children) != len(said.children):
                return False
            stack += zip(part.children, said.children, strict=True)
        elif part.body_end - part.body_start != len(sections.get(said.section, b"")):
            return False
    return True


def fill(frame: bytes, sections: Mapping[str, bytes]) -> bytes:
    """The frame with the content of these parts at their places; sections that it does not have are left out."""
    places = [(part.body_start, part.body_end, sections[part.section]) for part in _named(frame, sections)]
    out, position = [], 0
    for start, end, octets in sorted(places):
        out += [frame[position:start], octets]
        position = end
    return b"".join([*out, frame[position:]])


def find_part(frame: bytes, section: str) -> Part | None:
    """The part with this section: how it is encoded, and what it is called."""
    return next(iter(_named(frame, {section: b""})), None)


def _named(frame: bytes, sections: Mapping[str, bytes]) -> list[Part]:
    """In the order of the tree; a part within one that is named is part of it."""
    found: dict[str, Part] = {}
    stack = [parse_message(frame)]
    while stack:
        part = stack.pop()
        if part.section in sections and not part.content_type.startswith("multipart/"):
            found.setdefault(part.section, part)
        else:
            stack.extend(reversed(part.children))
    return list(found.values())


def covering(section: str, left: Mapping[str, object]) -> str | None:
    """The part of `left` that is, or holds, the part `section` of the message: "2" for "2.1"; None: none does."""
    numbers = section.split(".")
    for count in range(len(numbers), 0, -1):
        if (outer := ".".join(numbers[:count])) in left:
            return outer
    return None


def estimated_size(size_octets: int, encoding: str) -> int:
    """About how long a part of `size_octets` is without its transfer encoding, in octets."""
    return size_octets * _LINE_OCTETS // (_LINE_OCTETS + 2) * 3 // 4 if encoding == "base64" else size_octets


def with_parts_apart(view: MessageView, octets: bytes, apart: Mapping[str, PartApart]) -> MessageView:
    """What was rendered of `octets`, a frame, with the parts that it lacks told as what they are: size, here or not."""
    encodings = {part.section: part.encoding for part in _named(octets, dict.fromkeys(apart, b""))}
    shown = []
    for part in view.parts:
        outer = covering(part.section, apart)
        if outer is None:
            shown.append(part)
        elif outer == part.section:
            size = estimated_size(apart[outer].size_octets, encodings.get(outer, ""))
            shown.append(msgspec.structs.replace(part, size_octets=size, is_here=apart[outer].is_here))
    return msgspec.structs.replace(view, parts=tuple(shown))
