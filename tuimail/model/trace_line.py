"""One line of the wire log as it travels from an engine to whoever watches: a JSON object a line.

    {"time": 1767261600.25, "process": 4711, "connection": 2, "account": "work", "mailbox": "INBOX",
     "speaker": "C", "text": "A7 UID FETCH 1:* (FLAGS)", "left_out": 0}

An encoded line fits into what a pipe takes whole (4096 octets), so that several engines may write to one pipe.
Knows no file and no colour.
"""

from __future__ import annotations

import enum
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_TEXT = 600
"""Characters of a line that are shown; a bitmap of UIDs or a list of capabilities can be longer."""
LONGEST_NAME = 100
"""Characters of an account's or mailbox's name that travel along."""


class Speaker(enum.StrEnum):
    """Who said it; the value is the mark that stands before the line. A note is about the connection."""

    CLIENT = "C"
    SERVER = "S"
    NOTE = "-"


@dataclass(frozen=True, slots=True)
class TraceLine:
    """`time_s` in seconds since 1970 UTC; `mailbox` is the one selected then, "" for none.

    `connection` counts within the process whose id is `process`. `left_out`: lines of that process before this one
    that the pipe had no room for.
    """

    time_s: float
    process: int
    connection: int
    account: str
    mailbox: str
    speaker: Speaker
    text: str
    left_out: int = 0

    @property
    def clock(self) -> str:
        """The time of day in the reader's zone, to the millisecond."""
        whole_s, milliseconds = divmod(int(self.time_s * 1000), 1000)
        return f"{time.strftime('%H:%M:%S', time.localtime(whole_s))}.{milliseconds:03}"

    @property
    def utc(self) -> str:
        """The time as ISO 8601, to the millisecond."""
        moment = datetime.fromtimestamp(self.time_s, UTC).replace(tzinfo=None)
        return f"{moment.isoformat(timespec='milliseconds')}Z"

    def encode(self) -> bytes:
        """The line for the pipe, with its line feed."""
        document = {
            "time": round(self.time_s, 6),
            "process": self.process,
            "connection": self.connection,
            "account": self.account[:LONGEST_NAME],
            "mailbox": self.mailbox[:LONGEST_NAME],
            "speaker": self.speaker.value,
            "text": self.text[: LONGEST_TEXT + 40],
            "left_out": self.left_out,
        }
        return _ENCODER.encode(document).encode("utf-8", "replace") + b"\n"

    @classmethod
    def decode(cls, octets: bytes) -> TraceLine | None:
        """The line in `octets`; None for what is not one."""
        try:
            raw = json.loads(octets)
            line = cls(
                float(raw["time"]),
                int(raw["process"]),
                int(raw["connection"]),
                str(raw["account"]),
                str(raw["mailbox"]),
                Speaker(raw["speaker"]),
                str(raw["text"]),
                int(raw["left_out"]),
            )
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        return line if 0 <= line.time_s < _LAST_S else None


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_LAST_S = 253_402_300_799.0
"""The end of the year 9999."""


class ConnectionNumbers:
    """Numbers for the connections of all processes, in the order in which they are first heard of, from 1."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], int] = {}

    def of(self, line: TraceLine) -> int:
        """The number of the connection that the line belongs to."""
        return self._numbers.setdefault((line.process, line.connection), len(self._numbers) + 1)


def visible(octets: bytes) -> str:
    r"""`octets` as one line that is safe to show: what does not print stands as an escape (`\x1b`), the rest is cut."""
    text = octets[: 4 * LONGEST_TEXT].decode("utf-8", "backslashreplace")
    if not text.isprintable():
        text = "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
    if len(text) <= LONGEST_TEXT and len(octets) <= 4 * LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… ({len(octets):,} octets)"
