"""Pictures of messages as plain pixels, or as sixels made of these; whatever the file, nothing else comes out.

    file ──first octets: known kind, size──► process "decode" ──checked──► RGB ──► process "encode" ──checked──► sixels

Calls block, for `TIME_LIMIT_S` at most each, and belong into a thread.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, Sequence

import msgspec

from tuimail.mime.child_process import START_LIMIT_S, ChildProcess, NotAnswered
from tuimail.mime.picture_size import picture_size
from tuimail.mime.pictures.values import MOST_OCTETS, MOST_PIXELS, MOST_SIDE, Decode, Decoded, Encode, Encoded

log = logging.getLogger(__name__)

TIME_LIMIT_S = 8.0
"""For one picture; one of 50 million dots takes two seconds."""
COMMAND = (sys.executable, "-P", "-m", "tuimail.mime.pictures.child")
_SIXELS = re.compile(r"\x1bP[0-9;]{0,20}q[ -~]{0,30000000}\x1b\\")
"""No escape character within: whatever is between ends with it, and is drawn."""


class PictureDecoder:
    """Decodes pictures. Calls from several threads take turns; ended by `close`.

    `command` starts a process, in `environment` (None: in ours); `time_limit_s` in seconds.
    """

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        environment: Mapping[str, str] | None = None,
        time_limit_s: float = TIME_LIMIT_S,
        start_limit_s: float = START_LIMIT_S,
    ) -> None:
        self._decoding, self._encoding = (
            ChildProcess(command, environment=environment, time_limit_s=time_limit_s, start_limit_s=start_limit_s)
            for _ in range(2)
        )

    def decode(self, octets: bytes, width: int, height: int) -> Decoded:
        """The picture in this file, in a room of so many pixels; why there is none, else. Never raises."""
        problem = objection(octets)
        if problem:
            return Decoded(problem=problem)
        width, height = (max(1, min(side, MOST_SIDE)) for side in (width, height))
        try:
            answer = self._decoding.exchange(msgspec.msgpack.encode(Decode(octets, width, height)))
            decoded = msgspec.msgpack.decode(answer, type=Decoded)
        except NotAnswered as error:
            log.warning("a picture is not shown: %s", error)
            return Decoded(problem=str(error))
        except msgspec.DecodeError:
            self._decoding.kill()
            return Decoded(problem="it could not be taken apart")
        fits = 0 < decoded.width <= width and 0 < decoded.height <= height
        if not decoded.problem and not (fits and len(decoded.pixels) == decoded.width * decoded.height * 3):
            return Decoded(problem="it could not be taken apart")
        return decoded

    def sixels(self, decoded: Decoded) -> str:
        """The decoded picture as a sequence for the terminal; "" where that fails. Never raises."""
        request = Encode(decoded.pixels, decoded.width, decoded.height)
        try:
            answer = self._encoding.exchange(msgspec.msgpack.encode(request))
            sixels = msgspec.msgpack.decode(answer, type=Encoded).sixels
        except NotAnswered as error:
            log.warning("a picture is not shown as sixels: %s", error)
            return ""
        except msgspec.DecodeError:
            self._encoding.kill()
            return ""
        return sixels if _SIXELS.fullmatch(sixels) else ""

    def close(self) -> None:
        """End the processes."""
        self._decoding.close()
        self._encoding.close()


def objection(octets: bytes) -> str:
    """Why a file is not even given to the process, as the end of a sentence; "" where nothing speaks against it."""
    size = picture_size(octets)
    if size is None:
        return "it is no PNG, JPEG, GIF or WebP"
    if len(octets) > MOST_OCTETS:
        return "its file is too large"
    if size.width * size.height > MOST_PIXELS:
        return f"it says that it is {size.width:,}×{size.height:,} dots large"
    return ""
