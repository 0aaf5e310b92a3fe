"""Builds messages as exact octets: CRLF line ends, encoded headers, MIME parts.

Owns the wire form only (RFC 5322, 2045 to 2049, 3676) and knows no sample text. It does not use `email.message`, whose
output varies between Python versions: a sample has the same octets everywhere.
"""

from __future__ import annotations

import base64
import quopri
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from tuimail.model.address import Address

HEADER_LINE_LENGTH = 76
FLOWED_LINE_LENGTH = 70
ENCODED_WORD_OCTETS = 42
Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
Q_CHARSETS = frozenset({"iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1252"})
ADDRESS_SPECIALS = frozenset('()<>[]:;@\\,."')


@dataclass(frozen=True, slots=True)
class SampleMessage:
    """A message and where it lies on the server. `flags` are as on the wire."""

    mailbox: str
    octets: bytes
    flags: tuple[str, ...]
    internal_date: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A MIME entity: its own Content-* fields, each a whole line or several with CRLF, and its encoded body."""

    fields: bytes
    body: bytes

    @property
    def octets(self) -> bytes:
        """The entity as it stands inside a multipart."""
        return self.fields + b"\r\n" + self.body


def field(name: str, value: str, charset: str = "utf-8") -> bytes:
    """A header field with an unstructured value, encoded where it is not printable ASCII (RFC 2047), and folded."""
    words = value.split(" ") if _is_plain(value) else encoded_words(value, charset)
    return _folded(name, words)


def address_field(name: str, addresses: Iterable[Address], charset: str = "utf-8") -> bytes:
    """A header field with addresses (RFC 5322, section 3.4)."""
    words: list[str] = []
    for address in addresses:
        words += [*_display_name(address.name, charset), f"<{address.address}>" if address.name else address.address]
        words[-1] += ","
    return _folded(name, [*words[:-1], words[-1].removesuffix(",")])


def date_field(when: datetime) -> bytes:
    """The Date field of an aware `when`, in its own zone."""
    return _folded("Date", [format_datetime(when)])


def encoded_words(text: str, charset: str) -> list[str]:
    """`text` as RFC 2047 encoded words, none longer than 75 characters and none with half a character in it."""
    chunks: list[str] = [""]
    for char in text:
        if len((chunks[-1] + char).encode(charset)) > ENCODED_WORD_OCTETS // (2 if charset in Q_CHARSETS else 1):
            chunks.append("")
        chunks[-1] += char
    return [_encoded_word(chunk.encode(charset), charset) for chunk in chunks]


def text_part(
    text: str, *, subtype: str = "plain", charset: str = "utf-8", encoding: str = "", flowed: bool = False
) -> Part:
    """A text part. `encoding` is 7bit, 8bit, quoted-printable or base64; empty chooses 7bit or quoted-printable.

    With `flowed` the paragraphs get soft line ends (RFC 3676).
    """
    octets = (_flowed(text) if flowed else text).encode(charset)
    encoding = encoding or ("7bit" if octets.isascii() else "quoted-printable")
    label = "us-ascii" if charset == "utf-8" and octets.isascii() else charset
    content_type = f"text/{subtype}; charset={label}" + ("; format=flowed" if flowed else "")
    fields = field("Content-Type", content_type) + field("Content-Transfer-Encoding", encoding)
    return Part(fields, _encoded(crlf(octets) if encoding == "base64" else octets, encoding))


def file_part(
    content_type: str, octets: bytes, *, filename: str = "", content_id: str = "", parameters: str = ""
) -> Part:
    """An attachment, or with `content_id` an inline file that HTML refers to. File names may hold any character."""
    disposition = "inline" if content_id else "attachment"
    fields = _folded("Content-Type", [f"{content_type}{';' if parameters else ''}", *parameters.split()])
    fields += field("Content-Transfer-Encoding", "base64")
    fields += _folded("Content-Disposition", [f"{disposition};", *_filename_parameter(filename)])
    if content_id:
        fields += field("Content-ID", f"<{content_id}>")
    return Part(fields, _encoded(octets, "base64"))


def multipart(subtype: str, parts: Sequence[Part], boundary: str, *, parameters: str = "", preamble: str = "") -> Part:
    """A multipart entity (RFC 2046, section 5.1)."""
    content_type = [f"multipart/{subtype};", f'boundary="{boundary}"{";" if parameters else ""}', *parameters.split()]
    delimiter = f"--{boundary}".encode()
    lead = crlf(preamble.encode()) + b"\r\n" if preamble else b""
    inner = b"".join(delimiter + b"\r\n" + part.octets + b"\r\n" for part in parts)
    return Part(_folded("Content-Type", content_type), lead + inner + delimiter + b"--\r\n")


def message_part(message: bytes, description: str = "") -> Part:
    """A message inside a message (RFC 2046, section 5.2.1)."""
    fields = field("Content-Type", "message/rfc822")
    return Part(fields + (field("Content-Description", description) if description else b""), message)


def message(fields: Iterable[bytes], content: Part) -> bytes:
    """A whole message: the header `fields`, then `content`."""
    return b"".join(fields) + b"MIME-Version: 1.0\r\n" + content.octets


def plain_fields(fields: Mapping[str, str]) -> bytes:
    """Several unstructured header fields."""
    return b"".join(field(name, value) for name, value in fields.items())


def crlf(octets: bytes) -> bytes:
    """`octets` with every line end as CRLF."""
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _folded(name: str, words: Sequence[str]) -> bytes:
    lines = [f"{name}:"]
    for word in words:
        # A line of the header must never be white space alone, so an empty word stays on its line.
        if word and len(lines[-1]) + 1 + len(word) > HEADER_LINE_LENGTH and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def _encoded_word(octets: bytes, charset: str) -> str:
    if charset in Q_CHARSETS:
        text = "".join(chr(o) if o in Q_SAFE else "_" if o == 0x20 else f"={o:02X}" for o in octets)
        return f"=?{charset}?Q?{text}?="
    return f"=?{charset}?B?{base64.b64encode(octets).decode('ascii')}?="


def _display_name(name: str, charset: str) -> list[str]:
    if not name:
        return []
    if not _is_plain(name):
        return encoded_words(name, charset)
    if ADDRESS_SPECIALS.intersection(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'.split(" ")
    return name.split(" ")


def _filename_parameter(filename: str) -> list[str]:
    if filename.isascii():
        return [f'filename="{filename}"']
    escaped = "".join(
        chr(o) if (chr(o).isalnum() and o < 0x80) or o in b".-_" else f"%{o:02X}" for o in filename.encode()
    )
    return [f"filename*=utf-8''{escaped}"]


def _flowed(text: str) -> str:
    """Soft line ends for the paragraphs; quoted lines, lists, signatures and short lines stay as they are."""
    blocks = []
    for block in text.split("\n\n"):
        fixed = block.startswith((">", "-- \n", "- ", " "))
        lines = block.split("\n") if fixed else textwrap.wrap(block.replace("\n", " "), FLOWED_LINE_LENGTH)
        blocks.append("\n".join(lines) if fixed else " \n".join(lines))
    return "\n\n".join(blocks).rstrip("\n") + "\n"


def _encoded(octets: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return crlf(base64.encodebytes(octets))
    if encoding == "quoted-printable":
        return crlf(quopri.encodestring(octets))
    return crlf(octets)
