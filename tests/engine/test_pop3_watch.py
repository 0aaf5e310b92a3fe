"""A watch of a POP3 account: at start, every while, when asked; with a fault, with a wrong password, beside IMAP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.engine.pop3_world import Pop3Mirror, mirror_of
from tests.engine.watching import status
from tests.engine.world import ACCOUNT, HOST, eventually
from tests.servers.fake_pop3 import PASSWORD, USER, FakePop3, Twist, cut, letter, refuse
from tuimail.engine.context import EngineContext
from tuimail.engine.pace import PACE, Pace
from tuimail.engine.pop3_watch import Pop3Watch
from tuimail.engine.report import AccountReport
from tuimail.engine.watching import make_watch
from tuimail.model.hints import Hint, HintKind
from tuimail.store import accounts
from tuimail.store.accounts import AccountState

QUICK = replace(PACE, look_s=0.02, pass_s=0.05)
SLOW = replace(PACE, look_s=0.02, pass_s=600.0)


@pytest.fixture
def fake() -> Iterator[FakePop3]:
    with FakePop3([letter("first")]) as running:
        yield running


@pytest.fixture
def mirror(fake: FakePop3, tmp_path: Path) -> Iterator[Pop3Mirror]:
    made = mirror_of(fake, tmp_path / "data")
    yield made
    made.store.close()


@asynccontextmanager
async def watching(
    mirror: Pop3Mirror, pace: Pace = SLOW, reports: list[AccountReport] | None = None
) -> AsyncIterator[Pop3Watch]:
    heard = [] if reports is None else reports
    context = EngineContext(mirror.store, mirror.config, mirror.secret_of)
    watch = make_watch(context, ACCOUNT, pace=pace, on_report=lambda _name, report: heard.append(report))
    assert isinstance(watch, Pop3Watch)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        context.close()


def has(mirror: Pop3Mirror, *names: str) -> bool:
    return {message.envelope.subject for message in mirror.messages()} == set(names)


def is_in(mirror: Pop3Mirror, state: AccountState) -> bool:
    found = status(mirror)
    return found is not None and found.state is state


async def test_a_pass_at_the_start_and_every_while(fake: FakePop3, mirror: Pop3Mirror) -> None:
    async with watching(mirror, QUICK):
        await eventually(lambda: has(mirror, "first"), "the first pass")
        fake.letters.append(letter("second"))
        await eventually(lambda: has(mirror, "first", "second"), "a later pass")
        await eventually(lambda: not fake.letters, "it is gone from the server")


async def test_a_pass_when_the_user_asks(fake: FakePop3, mirror: Pop3Mirror) -> None:
    async with watching(mirror) as watch:
        await eventually(lambda: is_in(mirror, AccountState.IDLE), "the first pass")
        fake.letters.append(letter("second"))
        watch.wake()
        watch.refresh()
        await eventually(lambda: has(mirror, "first", "second"), "the pass that was asked for")


async def test_a_deletion_reaches_the_server_before_long(fake: FakePop3, mirror: Pop3Mirror) -> None:
    mirror.leaving(True)
    async with watching(mirror, replace(SLOW, linger_s=0.05)) as watch:
        await eventually(lambda: is_in(mirror, AccountState.IDLE), "the first pass")
        watch.wake()
        mirror.unwanted("first")
        watch.wake()
        await eventually(lambda: not fake.letters, "it is deleted there")
        assert fake.verbs().count("PASS") == 2


async def test_a_deletion_while_a_pass_runs_reaches_the_server_before_long(fake: FakePop3, mirror: Pop3Mirror) -> None:
    mirror.leaving(True)
    assert (await mirror.sync_async()).ok
    loop = asyncio.get_running_loop()
    async with watching(mirror, replace(SLOW, linger_s=0.05)) as watch:

        def delete(answer: bytes) -> bytes:
            mirror.unwanted("first")
            loop.call_soon_threadsafe(watch.wake)
            return answer

        # When the server answers this, the pass has made its plan.
        fake.twists = [Twist("QUIT", delete)]
        watch.refresh()
        await eventually(lambda: not fake.letters, "it is deleted there")


async def test_another_process_is_served(fake: FakePop3, mirror: Pop3Mirror) -> None:
    reports: list[AccountReport] = []
    async with watching(mirror, reports=reports):
        await eventually(lambda: is_in(mirror, AccountState.IDLE), "the first pass")
        fake.letters.append(letter("second"))
        report = await Pop3Mirror(mirror.directory, mirror.port, mirror.user, mirror.password).sync_async()
        assert report.ok
        assert has(mirror, "first", "second")
    assert [one.new for one in reports] == [1, 1]


async def test_a_break_is_mended(fake: FakePop3, mirror: Pop3Mirror) -> None:
    fake.twists = [cut("RETR"), cut("QUIT")]
    async with watching(mirror) as watch:
        await eventually(lambda: is_in(mirror, AccountState.OFFLINE), "the first pass fails")
        watch.refresh()
        await eventually(lambda: is_in(mirror, AccountState.IDLE), "a later pass works")
        assert mirror.status_error() == ""
        assert has(mirror, "first")


async def test_a_refused_log_in_waits_for_the_user(fake: FakePop3, mirror: Pop3Mirror) -> None:
    mirror.password = "wrong one"
    async with watching(mirror, QUICK) as watch:
        await eventually(lambda: is_in(mirror, AccountState.FAILED), "the log-in is refused")
        account = next(iter(mirror.read(accounts.list_accounts)))
        # Whoever asks for a pass hears that it failed; it is the one try more.
        number = mirror.write(partial(accounts.ask_for_pass, account_id=account.id))
        await eventually(lambda: mirror.read(partial(accounts.passes, account_id=account.id))[1] >= number, "answered")
        assert fake.verbs().count("PASS") == 2
        assert "wrong user name or password" in mirror.status_error()
        mirror.password = PASSWORD
        watch.refresh()
        await eventually(lambda: has(mirror, "first"), "the right password")


async def test_a_server_that_is_busy_is_asked_again(fake: FakePop3, mirror: Pop3Mirror) -> None:
    fake.twists = [refuse("PASS", "[IN-USE] another session", times=1)]
    async with watching(mirror):
        await eventually(lambda: has(mirror, "first"), "the second try")


def test_the_engine_process_serves_the_account(fake: FakePop3, mirror: Pop3Mirror, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[accounts.{ACCOUNT}.pop3]\nhost = "{HOST}"\nport = {fake.port}\nsecurity = "none"\nusername = "{USER}"\n'
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tuimail.engine", "--config", str(config), "--data-dir", str(mirror.directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"secrets": {ACCOUNT: PASSWORD}}).encode() + b"\n")
    process.stdin.flush()
    hints = map(Hint.decode, iter(process.stdout.readline, b""))
    assert any(hint is not None and hint.kind is HintKind.MAILBOX for hint in hints)
    assert has(mirror, "first")
    process.communicate(timeout=20)
    assert process.returncode == 0
