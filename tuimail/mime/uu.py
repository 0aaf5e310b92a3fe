"""Files inside the text of a message, as mailers sent them before MIME: uuencode and yEnc.

    begin 644 boat.jpg          =ybegin line=128 size=4096 name=boat.jpg
    M_]C_X``02D9)1@``…          =ypart begin=1 end=4096            (of a file in pieces)
    `                           …8-bit octets, each moved by 42…
    end                         =yend size=4096

A line of prose may begin with "begin" as well: only lines whose length is what their first octet says are taken for a
file. One pass, linear. Nothing is decoded that nobody asked for.
"""

from __future__ import annotations

import binascii
import re

import msgspec

from tuimail.mime.sanitize import safe_file_name
from tuimail.mime.words import raw_text

MAX_FILES = 200
"""Files in one text; posts to news groups had some dozens."""
MAX_CANDIDATES = 20_000
"""Places that say "begin"; each costs a look."""

_UU_FILE = re.compile(
    rb"begin[ \t]+[0-7]{3,4}[ \t]+([^\r\n]{1,255})\r?\n((?:[ -`]{1,90}\r?\n)*+)(?:end[ \t]*(?=\r?$))?", re.MULTILINE
)
_Y_FILE = re.compile(rb"=ybegin ([^\r\n]{1,400})\r?\n(?:=ypart [^\r\n]{0,200}\r?\n)?")
_Y_NAME = re.compile(rb"name=(.+)")
_Y_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_Y_SHIFTED = bytes((octet - 42) & 255 for octet in range(256))
_LENGTH_FIRST = 0x20
_LINE_FEED = 0x0A
_MOST_BEYOND = 5


class EncodedFile(msgspec.Struct, frozen=True):
    """A file in a text: `text[start:end]` is all of it, `text[data_start:data_end]` what is encoded.

    `name` is safe; `size_octets` is what it has decoded.
    """

    name: str
    encoding: str
    start: int
    end: int
    data_start: int
    data_end: int
    size_octets: int = 0


def find_files(text: bytes) -> list[EncodedFile]:
    """The files in `text` (without its transfer encoding), in order, at most `MAX_FILES`. Never raises."""
    found: list[EncodedFile] = []
    position, candidates = 0, 0
    last_end = text.rfind(b"\n=yend ")  # a search for an end that is not there goes over all of the text
    while len(found) < MAX_FILES and candidates < MAX_CANDIDATES and (at := text.find(b"begin ", position)) >= 0:
        candidates += 1
        file = _uu_file(text, at) or (_y_file(text, at - 2) if at < last_end else None)
        if file is not None:
            found.append(file)
        position = file.end if file else at + 6
    return found


def decode_file(text: bytes, file: EncodedFile) -> bytes:
    """What `file` of `text` holds; of damaged lines what can be had. Never raises."""
    data = text[file.data_start : file.data_end]
    if file.encoding == "yenc":
        joined = data.replace(b"\r", b"").replace(b"\n", b"")
        return _Y_ESCAPE.sub(_y_escaped, joined).translate(_Y_SHIFTED)
    return decode_uu_lines(data)


def decode_uu_lines(data: bytes) -> bytes:
    """The octets of the lines between "begin" and "end"; a line that is none is left out."""
    return b"".join(map(_uu_line, data.split(b"\n")))


def _uu_file(text: bytes, at: int) -> EncodedFile | None:
    match = _UU_FILE.match(text, at) if at == 0 or text[at - 1] == _LINE_FEED else None
    if match is None or not _is_uu(match[2]):
        return None
    name = safe_file_name(raw_text(match[1].strip()))
    size = sum((line[0] - _LENGTH_FIRST) & 63 for line in match[2].split(b"\n") if line)
    return EncodedFile(name, "uuencode", at, match.end(), match.start(2), match.end(2), size)


def _y_file(text: bytes, at: int) -> EncodedFile | None:
    match = _Y_FILE.match(text, at) if at == 0 or (at > 0 and text[at - 1] == _LINE_FEED) else None
    name = _Y_NAME.search(match[1]) if match else None
    if match is None or name is None:
        return None
    end = text.find(b"\n=yend ", match.end() - 1)
    if end < 0:
        return None
    past = text.find(b"\n", end + 1)
    safe = safe_file_name(raw_text(name[1].strip(b' "')))
    start, end = match.end(), max(match.end(), end)
    size = end - start - sum(text.count(octet, start, end) for octet in (b"\r", b"\n", b"="))
    return EncodedFile(safe, "yenc", at, len(text) if past < 0 else past, start, end, size)


def _is_uu(data: bytes) -> bool:
    """Whether the first line is as long as it says; some encoders add a checksum."""
    line = data.partition(b"\n")[0].rstrip(b"\r")
    if not line:
        return False
    says = (((line[0] - _LENGTH_FIRST) & 63) * 4 + 2) // 3
    return 0 < says <= len(line) - 1 <= says + _MOST_BEYOND


def _y_escaped(found: re.Match[bytes]) -> bytes:
    return bytes([(found[1][0] - 64) & 255])


def _uu_line(line: bytes) -> bytes:
    line = line.rstrip(b"\r")
    if not line or not 0x20 <= line[0] <= 0x60:
        return b""  # the first octet is the length: anything else is not uuencoded
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders add octets (a checksum) after what the length says.
        length = (line[0] - _LENGTH_FIRST) & 63
        try:
            return binascii.a2b_uu(line[: (length * 4 + 5) // 3])
        except binascii.Error:
            return b""
