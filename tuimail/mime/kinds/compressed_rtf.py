"""Compressed RTF of winmail.dat undone: an LZ77 whose window begins filled with words that RTF uses.

    header: compressed size, size, "LZFu" or "MELA", checksum     (little endian, 4 octets each)
    body:   a control octet, then 8 times a literal (bit 0) or 2 octets: 12 bits of offset, 4 of length - 2 (bit 1)

A reference to where the window is written next ends the text. The output is at most what the header says, and bounded.
"""

from __future__ import annotations

import struct

MAX_RTF_OCTETS = 1024 * 1024
"""Of RTF: a hundred pages with their formatting, and a second of work at worst. Two octets give at most 17."""

_WINDOW = 4096
_FILLED_WITH = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier"
    b"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def decompress_rtf(octets: bytes) -> bytes:
    """The RTF in `octets`; what is damaged gives what came before. Never raises."""
    if len(octets) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<4I", octets)
    size = min(size, MAX_RTF_OCTETS)
    if kind == 0x414C454D:  # "MELA": not compressed
        return octets[16 : 16 + size]
    if kind != 0x75465A4C:
        return b""
    return _decompressed(octets, size)


def _decompressed(octets: bytes, size: int) -> bytes:
    """`text` is the window and all that has come out of it: what is written last lies at its end."""
    text = bytearray(_WINDOW - len(_FILLED_WITH)) + _FILLED_WITH
    most, position, end = _WINDOW + size, 16, len(octets)
    while position < end and len(text) < most:
        control = octets[position]
        position += 1
        if not control:
            text += octets[position : position + 8]
            position += 8
            continue
        for bit in range(8):
            if not control >> bit & 1:
                text += octets[position : position + 1]
                position += 1
                continue
            reference = octets[position : position + 2]
            position += 2
            # The window goes round: its beginning is where the text had come to when it was full.
            back = (len(text) + len(_FILLED_WITH) - (int.from_bytes(reference) >> 4)) % _WINDOW
            if len(reference) < 2 or not back:
                return bytes(text[_WINDOW:most])
            length = (reference[1] & 15) + 2
            piece = text[-back : len(text) - back + length]
            # Where it reaches what it is about to write, it repeats itself.
            text += (piece * (length // len(piece) + 1))[:length]
    return bytes(text[_WINDOW:most])
