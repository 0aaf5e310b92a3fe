"""Pictures from elsewhere, loaded on request: a few at a time, bounded in number and size, none of them drawn.

Knows no screen. What comes is measured by its first octets, and is a picture only when these say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import msgspec

from tuimail.mime.picture_size import PictureSize, picture_size
from tuimail.mime.sanitize import one_line, safe_file_name
from tuimail.model.errors import TuimailError
from tuimail.model.units import short_size

if TYPE_CHECKING:
    from tuimail.setup.fetching import Fetcher

MOST_PICTURES = 60
"""Of one message; the longest newsletters show about 40."""
MOST_OCTETS = 3 << 20
"""Of one picture: so all of them together stay below 200 MB, and usual ones are a hundredth of it."""
AT_ONCE = 6
"""As browsers ask one host."""


class Picture(msgspec.Struct, frozen=True):
    """One that was asked for: `size` None when it did not come, then `problem` says why."""

    url: str
    host: str
    name: str
    octets: bytes = b""
    size: PictureSize | None = None
    problem: str = ""

    @property
    def about(self) -> str:
        """In words: picture, 640×480, 12 K."""
        if self.size is None:
            return self.problem
        return f"picture, {self.size.width}×{self.size.height}, {short_size(len(self.octets))}"


async def load_pictures(fetcher: Fetcher, urls: Sequence[str]) -> tuple[Picture, ...]:
    """The pictures at these addresses, in their order; what does not come is said of each."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def load(url: str) -> Picture:
        async with gate:
            return await _load(fetcher, url)

    return tuple(await asyncio.gather(*map(load, urls[:MOST_PICTURES])))


async def _load(fetcher: Fetcher, url: str) -> Picture:
    wanted = Picture(url, *_names(url))
    try:
        answer = await fetcher.get(url, accept="image/*", max_octets=MOST_OCTETS)
    except TuimailError as error:
        return msgspec.structs.replace(wanted, problem=one_line(str(error)))
    size = picture_size(answer.octets)
    if size is None:
        return msgspec.structs.replace(wanted, problem="This is no picture of a known kind.")
    name = f"{wanted.name.rpartition('.')[0] or wanted.name}.{size.kind.partition('/')[2]}"
    return msgspec.structs.replace(wanted, name=safe_file_name(name), octets=answer.octets, size=size)


def _names(url: str) -> tuple[str, str]:
    """The host of an address, and what its file is called."""
    try:
        parts = urlsplit(url)
        return one_line(parts.hostname or ""), safe_file_name(unquote(parts.path.rpartition("/")[2]) or "picture")
    except ValueError:
        return "", "picture"
