from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tuimail.cli.commands.serve import app_environment
from tuimail.web.guard import Guard
from tuimail.web.server import Server, listen

ECHO = ("/bin/cat",)


@dataclass(frozen=True)
class Served:
    """A server that runs, and a browser's worth of client: it keeps cookies."""

    guard: Guard
    client: aiohttp.ClientSession

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.guard.port}"

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(self.base + path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def enter(self) -> None:
        status, _ = await self.get(f"/?token={self.guard.token}")
        assert status == 200

    def open_tab(self, *, origin: str | None = None, size: str = "width=80&height=24"):  # type: ignore[no-untyped-def]
        headers = {"Origin": self.base if origin is None else origin}
        return self.client.ws_connect(f"{self.base}/ws?{size}", headers={k: v for k, v in headers.items() if v})


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    @asynccontextmanager
    async def run(command: tuple[str, ...] = ECHO) -> AsyncIterator[Served]:
        with listen(0) as listening:
            guard = Guard(listening.getsockname()[1])
            environment = {**app_environment(), "XDG_STATE_HOME": str(tmp_path)}
            runner = Server(guard, command, environment).make_runner()
            await runner.setup()
            await web.SockSite(runner, listening).start()
            jar = aiohttp.CookieJar(unsafe=True)
            try:
                async with aiohttp.ClientSession(cookie_jar=jar) as client:
                    yield Served(guard, client)
            finally:
                await runner.cleanup()

    return run
