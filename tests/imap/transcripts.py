"""Reads `tests/transcripts`: `C:` lines a client sent, `S:` lines a server sent, `S+` octets without a line end."""

from __future__ import annotations

from pathlib import Path

DIRECTORY = Path(__file__).parent.parent / "transcripts"
NAMES = sorted(path.stem for path in DIRECTORY.glob("*.txt"))


def server_octets(name: str) -> bytes:
    """All that the server sent."""
    octets = bytearray()
    for line in (DIRECTORY / f"{name}.txt").read_bytes().split(b"\n")[:-1]:
        kind, text = line[:2], line[3:]
        if kind == b"S:":
            octets += text + b"\r\n"
        elif kind == b"S+":
            octets += text
    return bytes(octets)
