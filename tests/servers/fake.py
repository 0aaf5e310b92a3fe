"""A scripted IMAP server for what real ones will not do: each connection plays a list of steps.

    script = [*logged_in("UIDPLUS"), expect("SELECT"), send("* 1 EXISTS"), cut()]
    async with FakeServer(script) as fake:
        await open_session("127.0.0.1", fake.port, …)

Leaving the context fails the test if a client sent what the script did not expect.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

HOST = "127.0.0.1"
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")


class Conversation:
    """One connection: `tag` of the last command, `commands` so far with their literals in place."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.tag = "*"
        self.commands: list[bytes] = []

    async def read_command(self, *, grant: bool = True) -> bytes:
        """The next command; literals are asked for, unless `grant` is off."""
        command = b""
        while True:
            line = await self.reader.readline()
            if not line:
                raise ConnectionResetError
            command += line
            literal = _LITERAL.search(line)
            if literal is None or (not grant and not literal[2]):
                break
            if not literal[2]:
                self.writer.write(b"+ go on\r\n")
            command += await self.reader.readexactly(int(literal[1]))
        self.commands.append(command)
        self.tag = command.split(b" ", 1)[0].decode("latin-1").strip()
        return command


Step = Callable[[Conversation], Awaitable[None]]


class FakeServer:
    """Plays `script` on its first connection, `others` on the next ones; later connections are refused politely."""

    def __init__(self, script: Sequence[Step], *others: Sequence[Step], tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.conversations: list[Conversation] = []
        self.complaints: list[str] = []
        self._scripts = [list(script), *(list(other) for other in others)]
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FakeServer:
        self._server = await asyncio.start_server(self._accept, HOST, 0, ssl=self._tls, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if kind is None and self.complaints:
            raise AssertionError("; ".join(self.complaints))

    @property
    def commands(self) -> list[bytes]:
        """All commands of all connections, in order."""
        return [command for conversation in self.conversations for command in conversation.commands]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._play(reader, writer))
        self._tasks.add(task)

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = Conversation(reader, writer)
        number = len(self.conversations)
        self.conversations.append(conversation)
        script = self._scripts[number] if number < len(self._scripts) else [send("* BYE no script"), cut()]
        try:
            for step in script:
                await step(conversation)
                await writer.drain()
            await reader.read()
        except AssertionError as complaint:
            self.complaints.append(str(complaint))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client left before the end of the script, which is its right
        finally:
            writer.transport.abort()


def expect(pattern: str, *, grant: bool = True) -> Step:
    """Wait for a command that contains `pattern` (any case)."""

    async def step(conversation: Conversation) -> None:
        command = await conversation.read_command(grant=grant)
        assert re.search(pattern.encode("latin-1"), command, re.IGNORECASE), f"expected {pattern!r}, got {command!r}"

    return step


def send(text: str | bytes, *, slowly: bool = False) -> Step:
    """Send a line (text gets its CRLF) or octets as they are; `slowly`: one octet at a time."""
    octets = text.encode("utf-8") + b"\r\n" if isinstance(text, str) else text

    async def step(conversation: Conversation) -> None:
        if not slowly:
            conversation.writer.write(octets)
            return
        for octet in octets:
            conversation.writer.write(bytes((octet,)))
            await conversation.writer.drain()
            await asyncio.sleep(0)

    return step


def reply(text: str) -> Step:
    """Send a response with the tag of the last command."""

    async def step(conversation: Conversation) -> None:
        conversation.writer.write(f"{conversation.tag} {text}\r\n".encode())

    return step


def start_tls(context: ssl.SSLContext) -> Step:
    """The server's side of a TLS handshake, on the connection as it is."""

    async def step(conversation: Conversation) -> None:
        await conversation.writer.start_tls(context)

    return step


def cut() -> Step:
    """Close the connection."""

    async def step(conversation: Conversation) -> None:
        await conversation.writer.drain()
        conversation.writer.close()
        raise ConnectionResetError

    return step


def hang() -> Step:
    """Read and never answer again."""

    async def step(conversation: Conversation) -> None:
        while await conversation.reader.read(1 << 16):
            pass

    return step


def wait_for(event: asyncio.Event) -> Step:
    """Go on when the test sets `event`."""

    async def step(_: Conversation) -> None:
        await event.wait()

    return step


def greet(*capabilities: str) -> list[Step]:
    """A greeting that tells the capabilities."""
    return [send(f"* OK [CAPABILITY IMAP4rev1 {' '.join(capabilities)}] ready")]


def logged_in(*capabilities: str) -> list[Step]:
    """Greeting and LOGIN, with these capabilities from then on."""
    words = " ".join(("IMAP4rev1", *capabilities))
    return [*greet(*capabilities), expect("LOGIN"), reply(f"OK [CAPABILITY {words}] welcome")]
