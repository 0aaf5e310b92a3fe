"""A watch under test: in this process with a pace of the test's own, or as the engine's process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.engine.conftest import Place
from tests.engine.proxy import Proxy
from tests.engine.world import ACCOUNT, Mirror, eventually
from tuimail.engine.context import EngineContext
from tuimail.engine.pace import PACE, Pace
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.watch import AccountWatch
from tuimail.model.hints import Hint
from tuimail.store import accounts
from tuimail.store.accounts import AccountState


@asynccontextmanager
async def watching(
    mirror: Mirror,
    pace: Pace = PACE,
    *,
    surroundings: Surroundings | None = None,
    notify: Callable[[Hint], None] | None = None,
) -> AsyncIterator[AccountWatch]:
    """A watch in this process, until the context ends."""
    context = EngineContext(mirror.store, mirror.config, mirror.secret_of, notify=notify)
    watch = AccountWatch(context, ACCOUNT, pace=pace, surroundings=surroundings)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        context.close()


def status(mirror: Mirror) -> accounts.AccountStatus | None:
    return next(iter(mirror.read(accounts.list_accounts)), None)


def is_idle(mirror: Mirror) -> bool:
    found = status(mirror)
    return found is not None and found.state is AccountState.IDLE


def names(mirror: Mirror, mailbox: str = "INBOX") -> set[str]:
    return {message.envelope.subject for message in mirror.messages(mailbox)}


async def settled(mirror: Mirror) -> None:
    await eventually(lambda: is_idle(mirror), "the first pass is done")


async def at_rest(proxy: Proxy) -> None:
    """The engine idles, and has nothing else to say."""

    def idles() -> bool:
        sent = list(proxy.sent)
        return sum(line.endswith(b"IDLE\r\n") for line in sent) == 1 + sent.count(b"DONE\r\n")

    await eventually(idles, "the engine idles")


class Engine:
    """`python -m tuimail.engine` as a child."""

    def __init__(self, place: Place, directory: Path, *, password: str = "") -> None:
        directory.mkdir(exist_ok=True)
        config = directory / "config.toml"
        config.write_text(
            f'[accounts.{ACCOUNT}]\naddress = "{place.user}@example.org"\n[accounts.{ACCOUNT}.imap]\n'
            f'host = "127.0.0.1"\nport = {place.port}\nsecurity = "none"\nusername = "{place.user}"\n'
        )
        self.mirror = place.mirror(directory / "data")
        environment = {**os.environ, "XDG_STATE_HOME": str(directory / "state")}
        environment.pop("TUIMAIL_PASSWORD_WORK", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tuimail.engine", "--config", str(config), "--data-dir", str(directory / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.send(f'{{"secrets": {{"{ACCOUNT}": "{password or place.password}"}}}}\n'.encode())

    def send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def end(self) -> tuple[int, bytes, bytes]:
        """Close its input; its exit status and what it wrote."""
        out, error = self.process.communicate(timeout=20)
        return self.process.returncode, out, error

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.mirror.store.close()
