"""The console's session: a connection of its own, lines in, answers out.

    line ─► typed.parse ─► [a question] ─► connection ─► answers, as they come
    Ctrl-C gives a running command up: what it still says is not shown    Ctrl-D, LOGOUT: the end

Takes no lock: the server sees one client more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tuimail.cli.console.answers import answer_lines
from tuimail.cli.console.sources import LineSource, StandardInput, person
from tuimail.cli.console.typed import FilePart, Typed, completions, is_secret, parse
from tuimail.cli.session import Session, is_terminal, say
from tuimail.config.logs import holds_secret
from tuimail.imap.names import Literal, decode_mailbox
from tuimail.imap.responses import Continuation, Data, ListData, Tagged
from tuimail.imap.scheduler import FileLiteral, Part, Request
from tuimail.imap.stream import copy_of
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConnectionLost, ServerRefused, TuimailError

if TYPE_CHECKING:
    from tuimail.imap.session import ImapSession

T = TypeVar("T")
HELP = """\
Commands go to the server as you type them; tags are added. Tab completes commands and names of mailboxes.
Names of mailboxes are typed as you read them: SELECT Entwürfe, COPY 1:5 "Old mail"
Text beyond ASCII in quotes goes out as a literal; <FILE at the end of a line is a literal of the file's octets:
  APPEND INBOX (\\Seen) <note.eml
IDLE waits for news until you press Enter. Ctrl-C gives up a running command. LITERALS ON shows the text of literals.
LOGOUT, QUIT or Ctrl-D ends."""
_COLORS = {"C": "red", "S": "bright_blue"}


class Console:
    """One session on `imap`; `source` gives the lines. `assume_yes`: dangerous commands are not asked about."""

    def __init__(
        self,
        session: Session,
        account: str,
        imap: ImapSession,
        *,
        assume_yes: bool,
        with_literals: bool,
    ) -> None:
        self._session = session
        self._account = account
        self._imap = imap
        self._link = imap.link
        self._assume_yes = assume_yes
        self._with_literals = with_literals
        self._in_color = is_terminal(sys.stdout) and "NO_COLOR" not in os.environ
        self._names: list[str] = []
        self._given_up = ""
        self._source: LineSource = self._make_source()

    def _make_source(self) -> LineSource:
        if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
            return StandardInput()
        history = self._session.paths.log.parent / "console-history"
        return person(
            history,
            lambda text: completions(text, self._names),
            lambda line: bool(line.strip()) and not is_secret(line) and not holds_secret(line),
        )

    async def run(self) -> None:
        """Until the user or the server ends it.

        Raises:
            ConnectionLost: the connection ended first.
        """
        with contextlib.suppress(ServerRefused):
            self._names = [one.name for one in await self._imap.list_mailboxes(status=False)]
        self._link.parser.keep_raw = True
        self._link.on_raw = self._answer
        while True:
            line = await self._while_open(self._source.line(self._prompt))
            if line is None or line.strip().upper() in {"LOGOUT", "QUIT"}:
                break
            if line.strip():
                await self._do(line)
        with contextlib.suppress(ConnectionLost):
            await self._send(parse("LOGOUT"))

    @property
    def _prompt(self) -> str:
        mailbox = self._link.mailbox
        return f"{self._account} {mailbox}> " if mailbox else f"{self._account}> "

    async def _do(self, line: str) -> None:
        """One line; what goes wrong with it is told, and the session goes on."""
        words = line.split()
        name = words[0].upper()
        try:
            if name == "HELP":
                click.echo(HELP)
            elif name == "LITERALS":
                self._with_literals = words[1:2] != [] and words[1].upper() == "ON"
                say(f"Literals are shown by their {'text' if self._with_literals else 'size'}.")
            elif name == "IDLE":
                await self._idle()
            elif name == "COMPRESS":
                await self._compress()
            else:
                await self._send(parse(line, self._names))
        except TuimailError as error:
            if self._link.closed.done():
                raise
            self._fail(error)

    def _fail(self, error: TuimailError | str) -> None:
        """Tell it; a script's exit status tells it as well."""
        if self._source.is_person:
            say(str(error))
        else:
            self._session.fail(error)

    async def _send(self, typed: Typed) -> None:
        if typed.danger and not self._assume_yes and not await self._is_meant(typed):
            return
        with _opened(typed.parts) as parts:
            tag = self._link.new_tag()
            request = Request(
                typed.verb,
                parts,
                tag=tag,
                alone_before=True,
                alone_after=True,
                mailbox=typed.mailbox if typed.name in {"SELECT", "EXAMINE"} else None,
                # Nothing that can be typed here needs more than its literals: a server that asks is sent away.
                answer=lambda _continuation: b"*",
            )
            response = await self._interruptible(self._link.submit(request), tag, _shown(parts))
        if response is not None and response.kind != "OK" and not self._source.is_person:
            self._session.failed = True

    async def _is_meant(self, typed: Typed) -> bool:
        if not self._source.is_person:
            self._fail(f"{typed.name} {typed.danger}: add --yes to do it unasked. Nothing was done.")
            return False
        return await self._while_open(self._source.confirm(f"{typed.name} {typed.danger}. Do it?"))

    async def _interruptible(self, future: asyncio.Future[Tagged], tag: str, said: str) -> Tagged | None:
        """The end of the command, which went out as `said`; None if the user gave it up by Ctrl-C."""
        if self._source.is_person:
            # A prompt takes the handler away with it; here the terminal makes signals of Ctrl-C again.
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, future.cancel)
        self._show("C", [f"{tag} {said}"])
        await asyncio.wait({future})
        if not future.cancelled():
            return future.result()
        if tag in self._link.scheduler.in_flight:
            self._given_up = tag
        say("Given up. The server may still carry it out; the next command waits for its end.")
        return None

    async def _idle(self) -> None:
        self._show("C", ["IDLE"])
        async with self._imap.idle(collect=False):
            await self._while_open(self._source.enter("idling, Enter ends> "))
            self._show("C", ["DONE"])

    async def _compress(self) -> None:
        self._show("C", ["COMPRESS DEFLATE"])
        if not await self._imap.compress():
            self._fail(f"{self._link.peer} does not offer COMPRESS=DEFLATE.")

    async def _while_open(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for `work`, but no longer than for the end of the connection.

        Raises:
            ConnectionLost: it ended.
        """
        task = asyncio.ensure_future(work)
        waits: set[asyncio.Future[Any]] = {task, self._link.closed}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled():
            raise copy_of(self._link.closed.result())
        return task.result()

    def _answer(self, data: Data, pieces: list[bytes | bytearray]) -> None:
        """A response came; those to a command that was given up are not shown."""
        if isinstance(data, ListData):
            self._learn(data)
        if self._given_up:
            if isinstance(data, Tagged) and data.tag == self._given_up:
                self._given_up = ""
            return
        if not isinstance(data, Continuation) or data.text:
            self._show("S", answer_lines(pieces, with_literals=self._with_literals))

    def _learn(self, data: ListData) -> None:
        name = decode_mailbox(data.wire_name)
        if name and name not in self._names:
            self._names.append(name)

    def _show(self, speaker: str, lines: Sequence[str]) -> None:
        first, *rest = lines
        text = "\n".join([f"{speaker}: {one_line(first)}", *rest])
        if self._in_color:
            text = "\n".join(click.style(line, fg=_COLORS[speaker]) for line in text.split("\n"))
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _shown(parts: Sequence[Part]) -> str:
    """The command as it goes out, literals by their size."""
    words = []
    for part in parts:
        if isinstance(part, bytes):
            words.append(part.decode("utf-8", "backslashreplace"))
        else:
            size = len(part.octets) if isinstance(part, Literal) else part.size_octets
            words.append(f"({size:,} octets)")
    return "".join(words)


@contextlib.contextmanager
def _opened(parts: Sequence[bytes | Literal | FilePart]) -> Iterator[tuple[Part, ...]]:
    """The parts with their files open.

    Raises:
        TuimailError: a file cannot be read.
    """
    with contextlib.ExitStack() as stack:
        ready: list[Part] = []
        for part in parts:
            if isinstance(part, FilePart):
                try:
                    path = part.path.expanduser()
                    if path.exists() and not path.is_file():
                        raise TuimailError(f"{path} cannot be sent: it is no file.")
                    file = stack.enter_context(path.open("rb"))
                    size = os.fstat(file.fileno()).st_size
                except (OSError, RuntimeError) as error:
                    reason = error.strerror if isinstance(error, OSError) else "there is no such user"
                    raise TuimailError(f"{part.path} cannot be read: {reason}.") from error
                ready.append(FileLiteral(file, size))
            else:
                ready.append(part)
        yield tuple(ready)


def open_console(session: Session, account: str, *, assume_yes: bool, with_literals: bool) -> None:
    """Log in to the account and run the console until its end.

    Raises:
        ConfigError, AuthError, ConnectionLost: see `connect_imap`, or the connection ended.
    """
    from tuimail.cli.passwords import ask_missing, secret_finder

    secret_of = secret_finder(ask_missing(session.config, [account]))

    async def run() -> None:
        from tuimail.engine.connect import connect_imap
        from tuimail.engine.context import EngineContext

        context = EngineContext(session.store, session.config, secret_of)
        try:
            imap = await connect_imap(context, account)
            try:
                console = Console(session, account, imap, assume_yes=assume_yes, with_literals=with_literals)
                say(f"Logged in to {imap.link.peer}. HELP tells what can be typed; Ctrl-D ends.")
                await _beside_the_prompt(console)
            finally:
                imap.abort()
        finally:
            context.close()

    asyncio.run(run())


async def _beside_the_prompt(console: Console) -> None:
    """Run it so that what the server says unasked stands above the line that is being typed."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        await console.run()
        return
    from prompt_toolkit.patch_stdout import patch_stdout

    with patch_stdout(raw=True):
        await console.run()
