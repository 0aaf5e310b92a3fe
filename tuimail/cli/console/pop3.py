"""The console of a POP3 account: a session of its own, a line a command, answers as they are.

    line ─► [a question before QUIT deletes] ─► server ─► answer    QUIT, Ctrl-D: the end; Ctrl-D deletes nothing

What messages say is shown with `--literals` alone, else its size. Takes no lock of ours, but the server's: while the
session lasts, most servers let nobody else into the maildrop.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from tuimail.cli.console.sources import LineSource, StandardInput, person
from tuimail.cli.session import Session, is_terminal, say
from tuimail.config.logs import holds_secret
from tuimail.mime.sanitize import block, one_line
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.engine.pop3_thread import Pop3Thread
    from tuimail.pop3.session import Pop3Session

HELP = """\
Commands go to the server as you type them. Tab completes them.
LIST and UIDL list the messages, TOP 3 10 shows the header of message 3 and ten lines, RETR 3 all of it.
DELE 3 marks message 3; only QUIT deletes what is marked, RSET unmarks it. Ctrl-D ends and deletes nothing.
LITERALS ON shows what messages say, not their size."""
COMMANDS = ("CAPA", "DELE", "LIST", "NOOP", "QUIT", "RETR", "RSET", "STAT", "TOP", "UIDL")
LOCAL_COMMANDS = ("HELP", "LITERALS")
_SECRET = ("USER", "PASS", "APOP", "AUTH", "STLS")
_LISTING = ("CAPA", "LIST", "UIDL")
_MESSAGE = ("RETR", "TOP")
_COLORS = {"C": "red", "S": "bright_blue"}


class Pop3Console:
    """One session; `thread` is where it is used."""

    def __init__(
        self, session: Session, account: str, pop3: Pop3Session, thread: Pop3Thread, *, assume_yes: bool, literals: bool
    ) -> None:
        self._session = session
        self._account = account
        self._pop3 = pop3
        self._thread = thread
        self._assume_yes = assume_yes
        self._literals = literals
        self._marked: set[str] = set()
        self._in_color = is_terminal(sys.stdout) and "NO_COLOR" not in os.environ
        self._source: LineSource = self._make_source()

    def _make_source(self) -> LineSource:
        if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
            return StandardInput()
        history = self._session.paths.log.parent / "console-history"
        return person(history, completions, lambda line: bool(line.strip()) and not holds_secret(line))

    async def run(self) -> None:
        """Until the user or the server ends it.

        Raises:
            ConnectionLost, ProtocolError: the connection ended first.
        """
        while (line := await self._source.line(f"{self._account}> ")) is not None:
            words = line.split()
            name = words[0].upper() if words else ""
            if name == "HELP":
                click.echo(HELP)
            elif name == "LITERALS":
                self._literals = [word.upper() for word in words[1:2]] == ["ON"]
                say(f"What messages say is shown {'whole' if self._literals else 'by its size'}.")
            elif name in _SECRET:
                self._fail("You are logged in already.")
            elif name and (name != "QUIT" or await self._may_delete()):
                await self._send(name, words)
                if name == "QUIT":
                    return
        if self._marked:
            say("Nothing was deleted: that takes QUIT.")

    async def _may_delete(self) -> bool:
        if not self._marked or self._assume_yes:
            return True
        what = f"QUIT deletes {counted(len(self._marked), 'message')} for good"
        if not self._source.is_person:
            self._fail(f"{what}: add --yes to do it unasked. Nothing was done.")
            return False
        return await self._source.confirm(f"{what}. Do it?")

    async def _send(self, name: str, words: Sequence[str]) -> None:
        line = " ".join([name, *words[1:]])
        has_body = name in _MESSAGE or (name in _LISTING and len(words) == 1)
        self._show("C", line)
        status, body = await self._thread.run(partial(self._pop3.say, line, has_body=has_body))
        self._show("S", one_line(status.decode("utf-8", "backslashreplace")))
        if body is not None:
            self._show_body(body, is_message=name in _MESSAGE)
        if not status.startswith(b"+"):
            if not self._source.is_person:
                self._session.failed = True
        elif name == "DELE":
            self._marked.update(words[1:2])
        elif name == "RSET":
            self._marked.clear()

    def _show_body(self, body: bytes, *, is_message: bool) -> None:
        if is_message and not self._literals:
            self._show("S", f"({len(body):,} octets)")
            return
        if not body:
            return
        for text in block(body.decode("utf-8", "backslashreplace")).removesuffix("\n").split("\n"):
            self._show("S", f"  {text}")

    def _fail(self, problem: str) -> None:
        """Tell it; a script's exit status tells it as well."""
        if self._source.is_person:
            say(problem)
        else:
            self._session.fail(problem)

    def _show(self, speaker: str, text: str) -> None:
        shown = f"{speaker}: {text}"
        sys.stdout.write(f"{click.style(shown, fg=_COLORS[speaker]) if self._in_color else shown}\n")
        sys.stdout.flush()


def completions(text: str) -> list[tuple[int, str]]:
    """What could stand in place of the last characters of `text`."""
    if " " in text:
        return []
    return [(len(text), name) for name in sorted((*COMMANDS, *LOCAL_COMMANDS)) if name.startswith(text.upper())]


def open_pop3_console(session: Session, account: str, *, assume_yes: bool, with_literals: bool) -> None:
    """Log in to the account and run the console until its end.

    Raises:
        ConfigError, AuthError, ConnectionLost: see `pop3_session`, or the connection ended.
    """
    from tuimail.cli.passwords import ask_missing, secret_finder
    from tuimail.engine.context import EngineContext
    from tuimail.engine.pop3_connect import pop3_session
    from tuimail.engine.pop3_thread import pop3_thread

    secret_of = secret_finder(ask_missing(session.config, [account]))

    async def run() -> None:
        context = EngineContext(session.store, session.config, secret_of)
        try:
            async with pop3_thread() as thread, pop3_session(context, account, thread) as pop3:
                console = Pop3Console(session, account, pop3, thread, assume_yes=assume_yes, literals=with_literals)
                say(f"Logged in to {pop3.peer}. HELP tells what can be typed; Ctrl-D ends and deletes nothing.")
                await console.run()
        finally:
            context.close()

    asyncio.run(run())
