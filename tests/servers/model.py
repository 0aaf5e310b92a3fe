"""A small IMAP server in the test's own event loop, whose mail the test changes at will and whose manners it chooses.

    async with ModelServer("QRESYNC CONDSTORE ENABLE UIDPLUS MOVE") as server:
        box = server.create("Box"); box.deliver(octets)
        server.answer(rb"UID MOVE", b"TAG BAD What?")        # instead of what it would say

What changes is told to every session that has the mailbox open before the next tagged response, as the protocol
allows; `between` is called before each line that goes out, and may change mail in the middle of an answer. What
`stream` gives for a command goes out before its answer, piece by piece: a message of any size.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType

from tests.servers.model_session import CUT, HANG, ModelSession
from tuimail.imap.names import encode_mailbox
from tuimail.model.uid_set import UidSet

__all__ = ["BARE", "CONDSTORE", "CUT", "EVERYTHING", "HANG", "ModelMailbox", "ModelMessage", "ModelServer"]

HOST = "127.0.0.1"
EVERYTHING = (
    "ENABLE IDLE UIDPLUS MOVE CONDSTORE QRESYNC ESEARCH LIST-EXTENDED LIST-STATUS SPECIAL-USE UNSELECT NAMESPACE ID"
    " OBJECTID LITERAL+"
)
CONDSTORE = "ENABLE UIDPLUS MOVE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS UNSELECT NAMESPACE"
BARE = "UIDPLUS"
Answer = Callable[[bytes], bytes | None]


@dataclass(eq=False)
class ModelMessage:
    """One message of a mailbox; `mod_seq` grows with every change."""

    uid: int
    octets: bytes
    flags: set[str]
    mod_seq: int
    email_id: str
    date: bytes = b"01-Jan-2026 10:00:00 +0000"


@dataclass(eq=False)
class ModelMailbox:
    """One mailbox: tests change it by these methods, as another client would."""

    name: bytes
    uid_validity: int
    mailbox_id: str
    attributes: str = ""
    uid_next: int = 1
    mod_seq: int = 1
    messages: list[ModelMessage] = field(default_factory=list)
    vanished: list[tuple[int, int]] = field(default_factory=list)

    def deliver(self, octets: bytes, *flags: str, email_id: str = "") -> ModelMessage:
        """A message arrives."""
        self.mod_seq += 1
        identity = email_id or f"M{abs(hash(octets)):x}"
        message = ModelMessage(self.uid_next, octets, set(flags), self.mod_seq, identity)
        self.uid_next += 1
        self.messages.append(message)
        return message

    def fill(self, messages: Iterable[bytes]) -> ModelMailbox:
        """Many arrive."""
        for octets in messages:
            self.deliver(octets)
        return self

    def flag(self, message: ModelMessage, *, add: str = "", remove: str = "") -> None:
        """Its flags change."""
        self.mod_seq += 1
        message.mod_seq = self.mod_seq
        message.flags = (message.flags | ({add} if add else set())) - {remove}

    def remove(self, message: ModelMessage) -> None:
        """It is gone."""
        self.mod_seq += 1
        self.messages.remove(message)
        self.vanished.append((self.mod_seq, message.uid))

    def of(self, uids: str) -> list[ModelMessage]:
        """The messages of a UID set with a star in it, perhaps."""
        top = self.messages[-1].uid if self.messages else 0
        wanted = UidSet.parse(uids.replace("*", str(max(top, 1))))
        return [message for message in self.messages if message.uid in wanted]


class ModelServer:
    """Listens on loopback within its context. `commands` are all that came; any user and password will do."""

    def __init__(self, capabilities: str = EVERYTHING, *, namespace: bytes = b'(("" "/")) NIL NIL') -> None:
        self.capabilities = capabilities
        self.namespace = namespace
        self.server_id = b'("name" "Model" "version" "1")'
        self.mailboxes: dict[bytes, ModelMailbox] = {}
        self.commands: list[bytes] = []
        self.octets_out = 0
        self.port = 0
        self.between: Callable[[], None] = lambda: None
        self.rewrite: Callable[[bytes], bytes] = lambda line: line
        self.stream: Callable[[bytes], Iterable[bytes] | None] = lambda _command: None
        self.tell_at_once = False
        self._answers: list[tuple[re.Pattern[bytes], bytes | Answer]] = []
        self._made = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._sessions: list[ModelSession] = []
        self._server: asyncio.Server | None = None
        self.create("INBOX")

    async def __aenter__(self) -> ModelServer:
        self._server = await asyncio.start_server(self._accept, HOST, 0, limit=1 << 22)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        broken = [one for one in results if isinstance(one, Exception) and not isinstance(one, OSError)]
        if kind is None and broken:
            raise broken[0]

    def create(self, name: str, attributes: str = "") -> ModelMailbox:
        """A new mailbox, with a UIDVALIDITY and a MAILBOXID that no other has."""
        self._made += 1
        box = ModelMailbox(encode_mailbox(name), 1_700_000_000 + self._made, f"F{self._made:x}", attributes)
        self.mailboxes[box.name] = box
        return box

    def rename(self, old: str, new: str) -> ModelMailbox:
        """It keeps its UIDs, UIDVALIDITY and MAILBOXID."""
        box = self.mailboxes.pop(encode_mailbox(old))
        box.name = encode_mailbox(new)
        self.mailboxes[box.name] = box
        return box

    def delete(self, name: str) -> None:
        """It is gone with its messages."""
        del self.mailboxes[encode_mailbox(name)]

    def move(self, messages: Iterable[ModelMessage], source: ModelMailbox, target: ModelMailbox) -> None:
        """Another client moves these."""
        for message in list(messages):
            source.remove(message)
            moved = target.deliver(message.octets, *message.flags, email_id=message.email_id)
            moved.date = message.date

    def answer(self, pattern: bytes, reply: bytes | Answer) -> None:
        """Say `reply` (without the last line break; TAG stands for the tag) to commands that match, from now on.

        After octets that end in CUT or HANG the connection ends, or hears nothing more.
        """
        self._answers.insert(0, (re.compile(pattern, re.IGNORECASE), reply))

    def behave(self) -> None:
        """Forget all answers of the test's."""
        self._answers.clear()
        self.rewrite = lambda line: line
        self.between = lambda: None

    def cut_connections(self) -> None:
        """Every open connection ends once what was said is out."""
        for session in self._sessions:
            session.leaving = True

    def tell_silently(self, box: ModelMailbox) -> None:
        """The test has told the news of this mailbox itself."""
        for session in self._sessions:
            if session.box is box:
                session.known = list(box.messages)
                session.told = {message.uid: message.mod_seq for message in box.messages}

    def canned(self, line: bytes) -> bytes | None:
        """What the test wants said to this command, if anything."""
        for pattern, reply in self._answers:
            if pattern.search(line):
                said = reply if isinstance(reply, bytes) else reply(line)
                if said is not None:
                    return said
        return None

    def count(self, pattern: bytes) -> int:
        """How many commands matched."""
        return sum(bool(re.search(pattern, line, re.IGNORECASE)) for line in self.commands)

    def has(self, name: str) -> bool:
        """Whether the capability is offered."""
        return name in self.capabilities.split()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = ModelSession(self, reader, writer)
        self._sessions.append(session)
        self._tasks.add(asyncio.create_task(session.run()))
