"""Checks `tuimail serve` in headless Chromium, driven over the DevTools protocol: `make browser`.

    scripts/browser.py [PNG]

The page shows the demo's inbox (a picture of it goes to PNG) and takes keys; without the token there is nothing to see;
a page of another origin, in the same browser and with its cookies, cannot open the WebSocket; nothing is loaded from
anywhere else; and when the tab and the server go, their processes go.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

PATIENCE_S = 40.0
DEFAULT_PICTURE = Path("dist/serve.png")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PROBE = """
new Promise(done => {
  const socket = new WebSocket("ws://127.0.0.1:%d/ws?width=80&height=24");
  socket.onopen = () => done("opened");
  socket.onerror = () => done("refused");
})
"""


class Tab:
    """One tab of the browser: what it asked for, what its WebSockets were sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.urls: list[str] = []
        self.drawn = bytearray()
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            event = message.json()
            match event:
                case {"id": int(number)}:
                    self._answers.pop(number).set_result(event)
                case {"method": "Network.requestWillBeSent", "params": {"request": {"url": str(url)}}}:
                    self.urls.append(url)
                case {"method": "Network.webSocketCreated", "params": {"url": str(url)}}:
                    self.urls.append(url)
                case {"method": "Network.webSocketFrameReceived", "params": {"response": {"opcode": 2} as frame}}:
                    self.drawn += base64.b64decode(frame["payloadData"])

    async def do(self, method: str, **parameters: object) -> dict[str, Any]:
        """A command of the DevTools protocol."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(self._answers[number], PATIENCE_S)
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def value(self, script: str) -> Any:
        """What the script comes to in the page."""
        answer = await self.do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    async def press(self, key: str) -> None:
        """A printable key."""
        await self.do("Input.dispatchKeyEvent", type="keyDown", text=key, key=key)
        await self.do("Input.dispatchKeyEvent", type="keyUp", key=key)


async def until(what: str, is_so: Callable[[], bool]) -> None:
    """Wait for that, or fail."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110 - what comes is counted elsewhere
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise SystemExit(f"FAILED  {what}") from None
    print(f"ok      {what}")


def check(what: str, is_so: bool) -> None:
    """Fail unless that is so."""
    if not is_so:
        raise SystemExit(f"FAILED  {what}")
    print(f"ok      {what}")


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`tuimail serve` on the demo, in a home of its own, and its address."""
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tuimail", "serve", "--demo"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **places, "TMPDIR": str(home)},
    )
    assert process.stdout is not None
    try:
        yield process, (await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def browser(home: Path) -> AsyncIterator[str]:
    """Chromium, and the address of its DevTools."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise SystemExit("There is no Chromium. Debian: apt install chromium")
    profile = home / "profile"
    options = [
        *("--headless=new", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,800", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--enable-unsafe-swiftshader"),
        *("--remote-debugging-port=0", f"--user-data-dir={profile}"),
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    process = await asyncio.create_subprocess_exec(
        program,
        *options,
        "about:blank",
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = profile / "DevToolsActivePort"
        await until("Chromium has started", lambda: port.is_file() and port.read_text().count("\n") > 0)
        yield f"http://127.0.0.1:{port.read_text().split()[0]}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@asynccontextmanager
async def new_tab(client: aiohttp.ClientSession, devtools: str, *, at: str = "about:blank") -> AsyncIterator[Tab]:
    """A tab, which is closed at the end."""
    async with client.put(f"{devtools}/json/new?about:blank") as answer:
        target = await answer.json()
    async with client.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
        tab = Tab(socket)
        for room in ("Page", "Runtime", "Network"):
            await tab.do(f"{room}.enable")
        await tab.do("Page.navigate", url=at)
        try:
            yield tab
        finally:
            async with client.get(f"{devtools}/json/close/{target['id']}"):
                pass


@asynccontextmanager
async def foreign_page() -> AsyncIterator[int]:
    """A page of another origin: another port of this machine, which browsers give the cookies of all its ports."""

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text="<title>foreign</title>", content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", show)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def processes_of(pid: int) -> list[str]:
    """The command lines of that process's descendants."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    own = {pid}
    while more := {child for child, parent in parents.items() if parent in own} - own:
        own |= more
    lines = (Path(f"/proc/{one}/cmdline") for one in own - {pid})
    return [line.read_bytes().replace(b"\0", b" ").decode() for line in lines if line.exists()]


async def check_pages(client: aiohttp.ClientSession, devtools: str, url: str, picture: Path, pid: int) -> None:
    """What a user sees, and what others do not."""
    base, _, token = url.partition("?token=")
    port = int(base.rsplit(":", 1)[1].strip("/"))
    async with new_tab(client, devtools, at=base) as stranger:
        await asyncio.sleep(1)
        text = await stranger.value("document.body.innerText")
        check("without the token there is nothing but words", "Open the address" in text)
        check("... and no WebSocket", await stranger.value(PROBE % port) == "refused")
    async with new_tab(client, devtools, at=url) as tab:
        await until("the inbox is drawn", lambda: b"Inbox" in tab.drawn and b"Minutes of Monday" in tab.drawn)
        check("the token has left the address bar", await tab.value("location.href") == base)
        check("scripts cannot read the cookie", await tab.value("document.cookie") == "")
        await asyncio.sleep(3)
        picture.parent.mkdir(parents=True, exist_ok=True)
        shot = await tab.do("Page.captureScreenshot", format="png")
        picture.write_bytes(base64.b64decode(shot["data"]))
        del tab.drawn[:]
        await tab.value("document.querySelector('.xterm-helper-textarea').focus()")
        await tab.press("?")
        await until("a key opens the help", lambda: b"Message list" in tab.drawn)
        own = (base, f"ws://127.0.0.1:{port}/ws", "data:", "about:")
        check("nothing is loaded from elsewhere", all(one.startswith(own) for one in tab.urls))
        check("no process has the token in its arguments", not any(token in line for line in processes_of(pid)))
        async with foreign_page() as other, new_tab(client, devtools, at=f"http://127.0.0.1:{other}/") as foreign:
            await asyncio.sleep(1)
            check("the foreign page stands", await foreign.value("document.title") == "foreign")
            check("... and is refused, cookies and all", await foreign.value(PROBE % port) == "refused")
    await until("a closed tab leaves no process", lambda: not processes_of(pid))


async def main(picture: Path) -> None:
    """The whole check."""
    with tempfile.TemporaryDirectory(prefix="tuimail-browser-") as name:
        home = Path(name)
        async with (
            served(home) as (process, url),
            browser(home) as devtools,
            aiohttp.ClientSession() as client,
        ):
            await check_pages(client, devtools, url, picture, process.pid)
            async with new_tab(client, devtools, at=url) as tab:
                await until("a second tab is served", lambda: b"Inbox" in tab.drawn)
                process.send_signal(signal.SIGINT)
                check("Ctrl-C ends the server with status 0", await asyncio.wait_for(process.wait(), 20) == 0)
                check("... and no process is left", not processes_of(process.pid))
                check("... and the page says so", await tab.value("document.body.classList.contains('-closed')"))
    print(f"The picture is {picture}.")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PICTURE))
