from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.cli.runner import fill
from tests.web.conftest import Serve
from tuimail.web import seat, server

SHELL = ("/bin/sh", "-c")
PATIENCE_S = 60


async def _see(tab: aiohttp.ClientWebSocketResponse, *wanted: bytes) -> bytes:
    """Read until all of that was drawn."""
    drawn = b""
    async with asyncio.timeout(PATIENCE_S):
        while not all(one in drawn for one in wanted):
            message = await tab.receive()
            assert message.type is aiohttp.WSMsgType.BINARY, (message, drawn)
            drawn += message.data
    return drawn


async def _type(tab: aiohttp.ClientWebSocketResponse, text: str) -> None:
    await tab.send_str(json.dumps(["stdin", text]))


async def _gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        # The system tells nobody but a parent that a process has ended.
        while os.path.exists(f"/proc/{pid}"):  # noqa: ASYNC110, ASYNC240, PTH110
            await asyncio.sleep(0.01)


async def test_a_tab_is_a_terminal_of_its_size(serve: Serve) -> None:
    # A signal may end `read`, and must not end the shell.
    waiting = "while test -t 0; do read line; echo; done"
    script = f"trap 'stty size' WINCH; stty size; tty -s </dev/tty && echo controlled; {waiting}"
    async with serve((*SHELL, script)) as served:
        await served.enter()
        async with served.open_tab(size="width=91&height=31") as tab, served.open_tab(size="width=x") as other:
            await _see(tab, b"31 91", b"controlled")
            await _see(other, b"24 80")
            await tab.send_str('["resize", {"width": 120, "height": 40}]')
            await _type(tab, "\r")
            await _see(tab, b"40 120")
            await tab.send_str('["ping", "7"]')
            answer = await tab.receive(PATIENCE_S)
            while answer.type is aiohttp.WSMsgType.BINARY:
                answer = await tab.receive(PATIENCE_S)
            assert json.loads(answer.data) == ["pong", "7"]


@pytest.mark.parametrize(
    "nonsense",
    ["", "{", "[]", "7", "[" * 100_000, '["stdin", 7]', '["resize", {"width": "9"}]', '["resize", 9]', '["quit", {}]'],
)
async def test_nonsense_is_passed_over(serve: Serve, nonsense: str) -> None:
    async with serve() as served:
        await served.enter()
        async with served.open_tab() as tab:
            await tab.send_str(nonsense)
            await tab.send_bytes(b"\xff\0")
            await tab.send_str('["resize", {"width": -5, "height": 100000000}]')
            await _type(tab, "here ☕\r")
            await _see(tab, "here ☕".encode())


async def test_last_words_are_seen_and_the_tab_is_closed(serve: Serve) -> None:
    async with serve((*SHELL, "echo the configuration is wrong; exit 2")) as served:
        await served.enter()
        async with served.open_tab() as tab:
            await _see(tab, b"the configuration is wrong")
            assert (await tab.receive(PATIENCE_S)).type is aiohttp.WSMsgType.CLOSE


async def test_a_closed_tab_ends_its_process_even_a_deaf_one(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat, "END_WAIT_S", 0.05)
    async with serve((*SHELL, "trap '' TERM HUP INT; echo $$ here; while :; do read x || sleep 9; done")) as served:
        await served.enter()
        async with served.open_tab() as tab:
            pid = int((await _see(tab, b"here")).split()[0])
            os.kill(pid, 0)
        await _gone(pid)


async def test_a_pasted_megabyte_arrives(serve: Serve) -> None:
    async with serve((*SHELL, "stty raw -echo; echo ready; head -c 1000000 | wc -c")) as served:
        await served.enter()
        async with served.open_tab() as tab:
            await _see(tab, b"ready")
            await _type(tab, "x" * 1_000_000)
            await _see(tab, b"1000000")


async def test_too_many_tabs_are_refused(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_TABS", 1)
    async with serve() as served:
        await served.enter()
        async with served.open_tab():
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await served.open_tab()
            assert caught.value.status == 503


async def test_the_app_asks_shows_the_inbox_takes_a_key_and_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    bench = fill(tmp_path)
    options = ("--config", str(bench.config), "--data-dir", str(bench.data))
    keyring = "PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring"
    app = ("/usr/bin/env", keyring, sys.executable, "-m", "tuimail", *options)
    async with serve(app) as served:
        await served.enter()
        async with served.open_tab(size="width=130&height=40") as tab:
            # One account has no password anywhere: it is asked for before the screen stands.
            await _see(tab, b"Password of ada-home")
            await _type(tab, "\r")
            await _see(tab, b"Subject 6", b"Archive")
            await _type(tab, "?")
            await _see(tab, b"Message list")
            async with served.open_tab(size="width=100&height=30") as second:
                await _see(second, b"Password of ada-home")
                await _type(second, "\r")
                await _see(second, b"Subject 6")
            # The second tab, on the same data directory, has gone without this one.
            children = [int(pid) for pid in _with(str(bench.data))]
            assert len(children) >= 2, "the app and its engine"
        for pid in children:
            await _gone(pid)


def _with(argument: str) -> list[str]:
    """The processes that have it among their arguments."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if argument in line.read_bytes().decode("utf-8", "replace").split("\0"):
                found.append(line.parent.name)
        except OSError:
            continue
    return found
