"""The parts of a message that can be saved or opened, and what each of them holds.

1.2      a part as IMAP numbers it (RFC 9051, section 6.4.5)
1.2.3    where 1.2 is a text or a winmail.dat: the third file inside it, which no server knows of
1.2.3.4  where 1.2 is a message in an encoding: its part 3.4; where 1.2.3 is a message in a winmail.dat: its part 4
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from tuimail.mime.parse import MESSAGES, Part, decode_part, parse_message
from tuimail.mime.texts import files_in
from tuimail.mime.uu import decode_file
from tuimail.mime.view import ShownPart


def list_parts(
    octets: bytes, root: Part, *, read: Collection[str], inside: Mapping[str, Sequence[ShownPart]]
) -> tuple[ShownPart, ...]:
    """All leaves and messages in the order of the message, without the texts that are `read` and have no name.

    `inside`: the parts that lie within a part, by its section, their depth counted from there; these are what a person
    wants, not the winmail.dat.
    """
    found: list[ShownPart] = []
    wrappers = root.wrappers
    for part, depth in _with_depth(root):
        if not part.content_type.startswith("multipart/") and (part.section not in read or _has_own_name(part)):
            is_wrapper = part.section in inside and not part.content_type.startswith(("text/", "message/"))
            is_told = part.section in read or is_wrapper
            inline = is_told or part.section in wrappers or not part.is_attachment
            found.append(_shown_part(octets, part, depth, inline=inline))
        found += [msgspec.structs.replace(one, depth=one.depth + depth) for one in inside.get(part.section, ())]
    return tuple(found)


def content_of(octets: bytes, section: str) -> bytes | None:
    """What the part with this section holds, its transfer encoding undone; None when there is no such part."""
    parts = {part.section: part for part in parse_message(octets).walk()}
    if section in parts:
        return decode_part(octets, parts[section])
    leaf = next((one for one in parts.values() if not one.children and section.startswith(f"{one.section}.")), None)
    if leaf is None:
        return None
    rest = section.removeprefix(f"{leaf.section}.")
    if leaf.is_encoded_message:
        return content_of(decode_part(octets, leaf), rest)
    number, _, within = rest.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= 6):
        return None
    if leaf.content_type.startswith("text/"):
        content, files = files_in(octets, leaf)
        return decode_file(content, files[int(number) - 1]) if 0 < int(number) <= len(files) and not within else None
    from tuimail.mime.kinds.kind import files_within

    held = files_within(leaf, octets)
    file = held[int(number) - 1] if 0 < int(number) <= len(held) else None
    if file is None or not within:
        return None if file is None else file.octets
    return content_of(file.octets, within) if file.content_type in MESSAGES else None


def decoded_size(octets: bytes, part: Part) -> int:
    """The octets of the part's content, counted for base64 and as sent for all else."""
    if part.encoding != "base64":
        return part.size_octets
    start, end = part.body_start, part.body_end
    letters = part.size_octets - octets.count(b"\n", start, end) - octets.count(b"\r", start, end)
    return max(0, letters * 3 // 4 - octets.count(b"=", max(start, end - 4), end))


def _with_depth(root: Part) -> Iterator[tuple[Part, int]]:
    stack = [(root, 0)]
    while stack:
        part, depth = stack.pop()
        yield part, depth
        below = depth + 1 if part.content_type.startswith("message/") else depth
        stack += [(child, below) for child in reversed(part.children)]


def _has_own_name(part: Part) -> bool:
    return bool(part.file_name) and part.disposition == "inline"


def _shown_part(octets: bytes, part: Part, depth: int, *, inline: bool) -> ShownPart:
    return ShownPart(
        section=part.section,
        content_type=part.content_type,
        file_name=part.file_name,
        size_octets=decoded_size(octets, part),
        inline=inline,
        depth=depth,
        content_id=part.content_id,
    )
