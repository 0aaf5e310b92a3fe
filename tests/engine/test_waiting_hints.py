"""Hints of a screen: none stands before the word that the screen leaves, and many that are alike are one."""

from __future__ import annotations

import asyncio

from tuimail.engine.host import WaitingHints
from tuimail.model.hints import Hint, HintKind

OPEN_7, OPEN_8 = Hint(HintKind.OPEN_MAILBOX, 7), Hint(HintKind.OPEN_MAILBOX, 8)


def _reader(*lines: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(b"".join(lines))
    return reader


async def test_the_last_word_is_heard_while_hints_before_it_wait() -> None:
    reader = _reader(*[OPEN_7.encode()] * 4000, Hint(HintKind.QUIT).encode(), OPEN_8.encode())
    waiting = WaitingHints()
    await waiting.collect(reader)
    assert await reader.readline() == OPEN_8.encode()
    assert await waiting.next() == OPEN_7


async def test_a_screen_that_is_gone_says_nothing_more() -> None:
    reader = _reader(OPEN_7.encode())
    reader.feed_eof()
    await WaitingHints().collect(reader)


async def test_what_is_said_again_takes_its_last_place() -> None:
    reader = _reader(OPEN_7.encode(), b"no hint\n", OPEN_8.encode(), OPEN_7.encode())
    reader.feed_eof()
    waiting = WaitingHints()
    await waiting.collect(reader)
    assert [await waiting.next(), await waiting.next()] == [OPEN_8, OPEN_7]


async def test_who_waits_for_a_hint_gets_the_next_one() -> None:
    reader, waiting = _reader(), WaitingHints()
    collecting = asyncio.create_task(waiting.collect(reader))
    first = asyncio.create_task(waiting.next())
    await asyncio.sleep(0)
    reader.feed_data(OPEN_7.encode())
    assert await first == OPEN_7
    reader.feed_data(Hint(HintKind.REFRESH).encode())
    assert await waiting.next() == Hint(HintKind.REFRESH)
    reader.feed_eof()
    await collecting
