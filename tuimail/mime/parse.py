"""The parts of a message, found by offsets: nothing is copied, only the fields that say what is what are decoded.

One pass over the lines that begin with "--" keeps a stack of open multiparts; a delimiter closes what is nested deeper
(RFC 2046, section 5.1.2). Any octets give a tree. Time is linear, and past a limit the rest is one part.
Turning a part's content into text is not done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tuimail.mime.headers import MAX_BLOCK_OCTETS, first_fields
from tuimail.mime.parameters import Parameters, file_name_of, parameter_of, parse_parameters
from tuimail.mime.transfer import decode_transfer
from tuimail.mime.words import clean_line, raw_text
from tuimail.model.body_structure import BodyPart, transfer_encoding

MAX_DEPTH = 40
"""Forwarded mail nests two levels at a time; twenty forwards of forwards are still opened."""
MAX_PARTS = 2000
"""Digests of busy lists have some hundred."""
MAX_BOUNDARY_OCTETS = 512
"""RFC 2046 allows 70; some mailers exceed it, none by this much."""
MAX_PREAMBLE_OCTETS = 4096
"""In which a boundary is looked for that the header does not name, or names wrongly."""
MAX_DELIMITER_CANDIDATES = 200_000
"""Lines that begin with "--"; each costs a look at the open boundaries."""

_DELIMITER = re.compile(rb"\n--([^\r\n]{0,514})")
_SEEMS_DELIMITER = re.compile(rb"\n--([!-~](?:[ -~]{0,68}[!-~])?)[ \t]*+\r?\n(?=[Cc]ontent-|\r?\n)")
_HEADER_STOP = re.compile(rb"\n(?:\r?\n|--([^\r\n]{0,514}))")
_NO_FIELD = re.compile(rb"^(?![!-9;-~]{1,200}+[ \t]*+:|[ \t]|>?From )[^\r\n]", re.MULTILINE)
_EMPTY_LINE = re.compile(rb"\r?\n")
IDENTITY_ENCODINGS = frozenset({"7bit", "8bit", "binary", ""})
"""Encodings that leave the octets as they are (RFC 2045, section 6.2)."""
MESSAGES = frozenset({"message/rfc822", "message/global"})
"""Types of parts that hold a message (RFC 2046, section 5.2.1; RFC 6532, section 3.7)."""
_FIELDS = frozenset({b"content-type", b"content-transfer-encoding", b"content-disposition", b"content-id"})
_OF_MESSAGES = frozenset({b"from", b"subject", b"date"})
_MESSAGE = "message/rfc822"
_HALF_A_TYPE = frozenset({"multipart", "multipart/"})
_TYPE = re.compile(r"[a-z0-9!#$&^_.+*'-]{1,127}/[a-z0-9!#$&^_.+*'-]{1,127}")


@dataclass(frozen=True, slots=True)
class Part(BodyPart):
    """A `BodyPart` with its place in the octets: `octets[header_start:header_end]`, `octets[body_start:body_end]`.

    The message inside a message/rfc822 part is its only child; where that is a multipart, its section is "N.TEXT".
    `file_name` is decoded and safe, `charset` lower case as labelled (may be empty). `is_closed`: false for a multipart
    whose closing delimiter is missing, as that of a message that was cut. `past_limit`: a limit of this module ended
    the scan here, and the part's content is not split any further.
    """

    children: tuple[Part, ...] = ()
    header_start: int = 0
    header_end: int = 0
    body_start: int = 0
    body_end: int = 0
    charset: str = ""
    file_name: str = ""
    is_closed: bool = True
    past_limit: bool = False

    @property
    def is_encoded_message(self) -> bool:
        """Whether it holds a message in an encoding, which RFC 2046 (section 5.2.1) forbids and some mailers do."""
        return self.content_type in MESSAGES and self.encoding not in IDENTITY_ENCODINGS

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in order."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


@dataclass(slots=True)
class _Draft:
    """A part under construction: `end` is known when a delimiter or the end of its parent is met."""

    start: int
    header_end: int
    body_start: int
    header: dict[bytes, bytes]
    default_type: str
    end: int = -1
    boundary: bytes = b""
    children: list[_Draft] = field(default_factory=list)
    content_type: str = ""
    parameters: Parameters = ()
    is_closed: bool = False
    past_limit: bool = False

    def __post_init__(self) -> None:
        value = self.header.get(b"content-type", b"")
        self.content_type, self.parameters = parse_parameters(value)
        if "," in self.content_type:
            self.content_type, self.parameters = parse_parameters(value.replace(b",", b";", 1))
        if self.content_type in _HALF_A_TYPE:
            self.content_type = "multipart/mixed"
        elif _TYPE.fullmatch(self.content_type) is None:
            self.content_type = self.default_type
        if self.content_type.startswith("multipart/"):
            octets = parameter_of(self.parameters, "boundary").encode("utf-8", "replace").rstrip()
            if 0 < len(octets) <= MAX_BOUNDARY_OCTETS:
                self.boundary = octets

    @property
    def is_message(self) -> bool:
        return self.content_type in MESSAGES and self.encoding in IDENTITY_ENCODINGS

    @property
    def encoding(self) -> str:
        return transfer_encoding(parse_parameters(self.header.get(b"content-transfer-encoding", b""))[0])


def parse_message(octets: bytes | memoryview) -> Part:
    """The tree of the message in `octets` (a whole one, header first). Never raises."""
    view = bytes(octets) if isinstance(octets, memoryview) else octets
    if b"\n" not in view:
        view = view.replace(b"\r", b"\n")  # lines of a kind that no mail has any more: their places are the same
    return _freeze(_Scanner(view).scan(), "", is_root=True)


def decode_part(octets: bytes | memoryview, part: Part) -> bytes:
    """The content of `part` of the message in `octets`, without its transfer encoding. Never raises."""
    return decode_transfer(bytes(octets[part.body_start : part.body_end]), part.encoding)


class _Scanner:
    """Walks over the octets once; `_open` holds the parts that have not ended, outermost first."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._open: list[_Draft] = []
        self._boundaries: dict[bytes, list[int]] = {}  # the depths where each is open, the deepest last
        self._count = 0

    def scan(self) -> _Draft:
        root, position = self._begin(0, "text/plain")
        candidates = 0
        while self._boundaries and candidates < MAX_DELIMITER_CANDIDATES:
            found = _DELIMITER.search(self._octets, position)
            if found is None:
                break
            candidates += 1
            position = found.end()
            depth = self._depth_of(found[1])
            if depth is None:
                continue
            self._close_below(depth, found.start())
            if _is_closing(found[1], self._open[depth].boundary):
                self._forget(depth)
                continue
            if self._count >= MAX_PARTS:
                self._rest(found.end())
                break
            parent = self._open[depth]
            default = _MESSAGE if parent.content_type == "multipart/digest" else "text/plain"
            child, position = self._begin(self._next_line(found.end()), default)
            parent.children.append(child)
        if candidates >= MAX_DELIMITER_CANDIDATES and self._boundaries:
            self._open[-1].past_limit = True
        self._close_below(-1, len(self._octets))
        return root

    def _begin(self, start: int, default_type: str) -> tuple[_Draft, int]:
        """Opens the part at `start` and the messages in it; returns the part and where to look for delimiters."""
        outer: _Draft | None = None
        first: _Draft | None = None
        while True:
            draft = self._read_header(start, default_type)
            self._count += 1
            if outer is not None:
                outer.children.append(draft)
            elif start == 0 and draft.content_type.startswith("multipart/"):
                self._find_boundary(draft)
            first = first or draft
            self._open.append(draft)
            if draft.boundary and len(self._open) > MAX_DEPTH:
                draft.past_limit = True
            elif draft.boundary:
                self._boundaries.setdefault(draft.boundary, []).append(len(self._open) - 1)
            if draft.is_message and (len(self._open) >= MAX_DEPTH or self._count >= MAX_PARTS):
                draft.past_limit = True
            if not draft.is_message or draft.past_limit:
                # The line feed before the body may be that of the first delimiter.
                return first, max(draft.body_start - 1, start - 1, 0)
            outer, start, default_type = draft, draft.body_start, "text/plain"

    def _find_boundary(self, root: _Draft) -> None:
        """Where no line has the boundary that the header names, or it names none: that which lines seem to have."""
        octets = self._octets
        if root.boundary and octets.find(b"--" + root.boundary, root.body_start) >= 0:
            return
        seen = _SEEMS_DELIMITER.search(octets, max(root.body_start - 1, 0), root.body_start + MAX_PREAMBLE_OCTETS)
        if seen and octets.find(b"\n--" + seen[1], seen.end()) >= 0:
            root.boundary = seen[1]

    def _read_header(self, start: int, default_type: str) -> _Draft:
        header_end, body_start = self._header_end(start)
        block = bytes(self._octets[start : min(header_end, start + MAX_BLOCK_OCTETS)])
        draft = _Draft(start, header_end, body_start, first_fields(block, _FIELDS), default_type)
        is_labelled = b"content-type" in draft.header and draft.content_type in MESSAGES
        if default_type == _MESSAGE and not is_labelled and first_fields(block, _OF_MESSAGES):
            # A digest whose parts begin with the header of their message: their own, empty as always, is missing.
            return _Draft(start, start, start, {}, default_type)
        return draft

    def _header_end(self, start: int) -> tuple[int, int]:
        """Where the header at `start` ends and where its body begins; a delimiter inside ends both."""
        octets = self._octets
        if empty := _EMPTY_LINE.match(octets, start):
            return start, empty.end()
        if start and _NO_FIELD.match(octets, start):
            return start, start  # a part that forgot its header, and the empty line with it
        position = start - 1 if start and octets[start - 1] == 0x0A else start
        while found := _HEADER_STOP.search(octets, position):
            if found[1] is None:
                return found.start() + 1, found.end()
            if self._depth_of(found[1]) is not None:
                return self._end_without_empty_line(start, found.start() + 1)
            position = found.end()
        return self._end_without_empty_line(start, len(octets))

    def _end_without_empty_line(self, start: int, end: int) -> tuple[int, int]:
        """The header goes on to `end`, or to a line that can be no part of one: a body that begins at once."""
        line = _NO_FIELD.search(self._octets, start, min(end, start + MAX_BLOCK_OCTETS))
        return (line.start(), line.start()) if line else (end, end)

    def _depth_of(self, line: bytes | memoryview) -> int | None:
        """The depth of the open multipart that a line after "--" delimits, or None."""
        text = bytes(line).rstrip(b" \t")
        depths = self._boundaries.get(text)
        if depths is None and text.endswith(b"--"):
            depths = self._boundaries.get(text[:-2])
        return depths[-1] if depths else None

    def _close_below(self, depth: int, end: int) -> None:
        if 0 < end < len(self._octets) and self._octets[end - 1] == 0x0D:
            end -= 1
        while len(self._open) > depth + 1:
            draft = self._open.pop()
            draft.end = max(end, draft.body_start)
            self._drop_boundary(draft, len(self._open))

    def _forget(self, depth: int) -> None:
        """After the closing delimiter what follows is an epilogue: only outer boundaries count."""
        self._open[depth].is_closed = True
        self._drop_boundary(self._open[depth], depth)

    def _drop_boundary(self, draft: _Draft, depth: int) -> None:
        depths = self._boundaries.get(draft.boundary, [])
        if depth in depths:
            depths.remove(depth)
        if not depths:
            self._boundaries.pop(draft.boundary, None)

    def _next_line(self, position: int) -> int:
        """The start of the next line, from the end of a delimiter (its tail may be longer than what was matched)."""
        octets = self._octets
        if bytes(octets[position : position + 2]) == b"\r\n":
            return position + 2
        return min(position + 1, len(octets))

    def _rest(self, start: int) -> None:
        """Everything from `start` on becomes one raw part of the innermost open multipart."""
        position = self._next_line(start)
        self._open[-1].children.append(_Draft(position, position, position, {}, "application/octet-stream"))
        self._open[-1].children[-1].past_limit = True
        self._open.append(self._open[-1].children[-1])


def _is_closing(line: bytes | memoryview, boundary: bytes) -> bool:
    return bytes(line).rstrip(b" \t") != boundary


def _freeze(draft: _Draft, section: str, *, is_root: bool = False) -> Part:
    """The finished part. `section` is its own number, or the enclosing message's for the root of a message."""
    is_multipart = draft.content_type.startswith("multipart/")
    prefix = f"{section}." if section else ""
    if is_multipart:
        children = tuple(_freeze(child, f"{prefix}{number}") for number, child in enumerate(draft.children, 1))
        if is_root and section:
            section = f"{section}.TEXT"
    else:
        if is_root:
            section = f"{prefix}1"
        children = tuple(_freeze(child, section, is_root=True) for child in draft.children)
    return _part(draft, section, children)


def _part(draft: _Draft, section: str, children: tuple[Part, ...]) -> Part:
    disposition, disposition_parameters = parse_parameters(draft.header.get(b"content-disposition", b""))
    structure = BodyPart("", draft.content_type, draft.parameters, disposition_parameters=disposition_parameters)
    end = max(draft.end, draft.body_start)
    return Part(
        section=section,
        content_type=draft.content_type,
        parameters=draft.parameters,
        encoding=draft.encoding,
        size_octets=end - draft.body_start,
        disposition=disposition,
        disposition_parameters=disposition_parameters,
        content_id=clean_line(raw_text(draft.header.get(b"content-id", b""))),
        children=children,
        header_start=draft.start,
        header_end=draft.header_end,
        body_start=draft.body_start,
        body_end=end,
        charset=parameter_of(draft.parameters, "charset").lower(),
        file_name=file_name_of(structure),
        is_closed=draft.is_closed or not draft.boundary,
        past_limit=draft.past_limit,
    )
