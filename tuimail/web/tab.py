"""What one tab says and hears: the messages of textual-serve's page on one side, a seat on the other.

    page → ["stdin", text]  ["resize", {"width", "height"}]  ["ping", anything]     others are not for us
    page ← octets for the terminal                          ["pong", anything]

The page is ours, but what comes may be anything: it is checked, and what makes no sense is passed over.
"""

from __future__ import annotations

import asyncio
import json
import logging

from aiohttp import WSMsgType, web

from tuimail.web.seat import Seat

log = logging.getLogger(__name__)

MOST_MESSAGE_OCTETS = 4 << 20
"""The largest paste."""
_LAST_WORDS_S = 0.3
"""How long what an ended process has written may take to arrive."""


async def attend(socket: web.WebSocketResponse, seat: Seat) -> None:
    """Carry what is typed and what is drawn, until the tab or the process ends; the caller ends the seat."""
    drawing = asyncio.create_task(_draw(socket, seat))
    ended = asyncio.create_task(seat.wait())
    typing = asyncio.create_task(_type(socket, seat))
    tasks = {drawing, ended, typing}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not drawing.done():
            await asyncio.wait({drawing}, timeout=_LAST_WORDS_S)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("A tab was given up", exc_info=outcome)


async def _draw(socket: web.WebSocketResponse, seat: Seat) -> None:
    try:
        while octets := await seat.read():
            await socket.send_bytes(octets)
    except ConnectionError as error:
        log.debug("The tab was closed while it was drawn: %s", error)


async def _type(socket: web.WebSocketResponse, seat: Seat) -> None:
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        match _decoded(message.data):
            case ["stdin", str(text)]:
                if not seat.write(text.encode("utf-8", "replace")):
                    log.error("The app in a tab does not read what is typed: the tab is given up")
                    return
            case ["resize", {"width": int(columns), "height": int(rows)}]:
                seat.resize(columns, rows)
            case ["ping", token]:
                await socket.send_json(["pong", token])
            case _:
                pass


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
