"""Commands: declared once, documented, and run in the order of the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

from tuimail.ui.commands.catalog import COMMANDS, in_context
from tuimail.ui.commands.command import SCREENS, Context
from tuimail.ui.commands.keys_page import page
from tuimail.ui.commands.runner import Runner

ROOT = Path(__file__).parent.parent.parent


def test_the_page_of_keys_is_current() -> None:
    assert (ROOT / "docs" / "keys.md").read_text("utf-8") == page()


def test_no_key_has_two_meanings_in_one_context() -> None:
    for context in (Context.MESSAGES, Context.PREVIEW, Context.MAILBOXES):
        keys = [key for command in in_context(context) for key in command.keys.split(",") if key]
        keys += [key for command in in_context(Context.EVERYWHERE) for key in command.keys.split(",") if key]
        assert len(keys) == len(set(keys)), context
    for context in SCREENS:
        keys = [key for command in in_context(context) for key in command.keys.split(",") if key]
        assert len(keys) == len(set(keys)), context


def test_every_command_says_what_it_does() -> None:
    for command in COMMANDS.values():
        assert command.help.endswith("."), command.id
        assert command.title


async def test_commands_wait_for_those_before_them() -> None:
    done: list[str] = []
    gate = asyncio.Event()
    tasks: list[asyncio.Future[None]] = []
    runner = Runner(lambda pending: tasks.append(asyncio.ensure_future(pending)))

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    def quick(name: str) -> Awaitable[None] | None:
        done.append(name)
        return None

    runner.submit(lambda: quick("first"))
    runner.submit(slow)
    runner.submit(lambda: quick("second"))
    runner.submit(slow)
    runner.submit(lambda: quick("third"))
    assert done == ["first"]
    gate.set()
    await runner.idle.wait()
    assert done == ["first", "slow", "second", "slow", "third"]
    assert len(tasks) == 1
