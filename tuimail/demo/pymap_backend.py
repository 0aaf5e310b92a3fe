"""The IMAP server behind the demo: pymap's in-memory backend, with what a mail client expects on top.

pymap's dict backend knows neither special-use mailboxes nor keywords, and its BODYSTRUCTURE hides attachments. Here
LIST shows the attributes of RFC 6154, a mailbox permits any keyword, its FLAGS response names those in use, and
BODYSTRUCTURE follows the standard. Everything stays in memory and on loopback.

Owns the server side only: no process, no sample text. pymap is imported nowhere else.
"""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakSet

from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message, _ContentCache, _ThreadCache
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.listtree import ListEntry, ListTree
from pymap.mailbox import MailboxSnapshot
from pymap.parsing.commands import Commands
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement, ObjectId
from pymap.parsing.specials.flag import Flag, Recent, Wildcard, get_system_flags
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from tuimail.demo.body_structure import StandardLoadedMessage
from tuimail.demo.builder import SampleMessage

LOOPBACK = "127.0.0.1"
COMMAND_LINE_LIMIT_OCTETS = 1 << 20
COMMANDS_OF_CAPABILITY: Mapping[str, tuple[bytes, ...]] = {
    "MOVE": (b"MOVE", b"UID MOVE"),
    "UIDPLUS": (b"UID EXPUNGE",),
    "IDLE": (b"IDLE",),
    "ID": (b"ID",),
}


@dataclass(frozen=True)
class SpecialUseEntry(ListEntry):
    """A mailbox in a LIST answer that also tells its special use (RFC 6154, section 2)."""

    special_use: str | None = None

    @property
    def attributes(self) -> Sequence[bytes]:
        """The attributes without their backslashes, as pymap writes them."""
        attributes = list(super().attributes)
        if self.special_use:
            attributes.append(self.special_use.removeprefix("\\").encode("ascii"))
        return attributes


class SpecialUseTree(ListTree):
    """The tree of mailbox names, with the special uses of some of them."""

    __slots__ = ["_special_uses"]

    def __init__(self, delimiter: str, special_uses: Mapping[str, str]) -> None:
        super().__init__(delimiter)
        self._special_uses = special_uses

    def list(self) -> Iterator[ListEntry]:
        """Every entry of the tree, parents before their children."""
        for entry in super().list():
            special_use = self._special_uses.get(entry.name) if entry.exists else None
            yield SpecialUseEntry(entry.name, entry.exists, entry.marked, entry.has_children, special_use)


class KeywordSnapshot(MailboxSnapshot):
    """A mailbox at one moment. FLAGS names the keywords in use; only PERMANENTFLAGS may hold `\\*`."""

    __slots__ = ()

    def __init__(self, plain: MailboxSnapshot, keywords: frozenset[Flag]) -> None:
        super().__init__(
            plain.mailbox_id,
            plain.readonly,
            plain.uid_validity,
            plain.permanent_flags | keywords,
            plain.session_flags,
            plain.exists,
            plain.recent,
            plain.unseen,
            plain.first_unseen,
            plain.next_uid,
        )

    @property
    def flags(self) -> frozenset[Flag]:
        """System flags and the keywords in use (RFC 3501, section 7.2.6)."""
        return super().flags - {Wildcard}


class StandardMessage(Message):
    """A message whose BODYSTRUCTURE follows the standard."""

    __slots__ = ()

    async def load_content(self, requirement: FetchRequirement) -> StandardLoadedMessage:
        """The message with its content, which is always in memory."""
        return StandardLoadedMessage(self, requirement, self._content)


class _MessagesByUid(dict[int, Message]):
    """The messages of a mailbox. pymap makes them itself on APPEND, COPY and MOVE: here they become ours."""

    def __setitem__(self, uid: int, message: Message) -> None:
        super().__setitem__(uid, StandardMessage.copy(message, recent=message.recent))


class Mailbox(MailboxData):
    """A mailbox that takes any keyword."""

    def __init__(self, content_cache: _ContentCache, thread_cache: _ThreadCache) -> None:
        super().__init__(content_cache, thread_cache)
        self._messages = _MessagesByUid()

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        """All that STORE may set: the system flags and, by `\\*`, any keyword."""
        return (get_system_flags() - {Recent}) | {Wildcard}

    async def snapshot(self) -> MailboxSnapshot:
        """The state that SELECT and STATUS tell."""
        keywords = {flag for message in self._messages.values() for flag in message.permanent_flags}
        return KeywordSnapshot(await super().snapshot(), frozenset(flag for flag in keywords if not flag.is_system))


class Mailboxes(MailboxSet):
    """All mailboxes of the one user."""

    def __init__(self, special_uses: Mapping[str, str]) -> None:
        super().__init__()
        self._special_uses = dict(special_uses)
        self._inbox = Mailbox(self._content_cache, self._thread_cache)

    async def list_mailboxes(self) -> ListTree:
        """Every mailbox, INBOX first."""
        async with self._set_lock.read_lock():
            names = list(self._set)
        return SpecialUseTree(self.delimiter, self._special_uses).update("INBOX", *names)

    async def add_mailbox(self, name: str) -> ObjectId:
        """Create `name`. Raises ValueError when it exists."""
        async with self._set_lock.write_lock():
            if name in self._set:
                raise ValueError(name)
            mailbox = self._set[name] = Mailbox(self._content_cache, self._thread_cache)
            return mailbox.mailbox_id

    async def delete_mailbox(self, name: str) -> None:
        """Delete `name` with its special use. Raises KeyError when it does not exist."""
        await super().delete_mailbox(name)
        self._special_uses.pop(name, None)

    async def rename_mailbox(self, before: str, after: str) -> None:
        """Rename `before` and what is below it. A special use goes with its mailbox."""
        await super().rename_mailbox(before, after)
        for name in [name for name in self._special_uses if name == before or name.startswith(f"{before}/")]:
            self._special_uses[after + name.removeprefix(before)] = self._special_uses.pop(name)


class ServerConfig(Config):
    """pymap's settings: one user, no TLS, no look-up of any name, and the capabilities a caller leaves."""

    def __init__(self, username: str, password: str, *, without: Collection[str] = ()) -> None:
        super().__init__(
            Namespace(),
            host=LOOPBACK,
            port=0,
            demo_data=False,
            demo_user=username,
            demo_password=password,
            tls_enabled=False,
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            proxy_protocol=ProxyProtocolNoop(),
            reject_dnsbl=False,
            bad_command_limit=None,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        self._without = frozenset(name.upper() for name in without)

    @property
    def greeting(self) -> bytes:
        """The text of the first line. pymap's own would ask the resolver for this machine's name."""
        return b"tuimail demo server ready"

    @property
    def initial_capability(self) -> Sequence[bytes]:
        """The capabilities told before log-in."""
        return self._left_of(super().initial_capability)

    @property
    def login_capability(self) -> Sequence[bytes]:
        """The capabilities told after log-in."""
        return self._left_of(super().login_capability)

    @property
    def commands(self) -> Commands:
        """The commands understood: those of a withdrawn capability answer BAD."""
        commands = super().commands
        for capability in self._without:
            for name in COMMANDS_OF_CAPABILITY.get(capability, ()):
                commands.deregister(name)
        return commands

    def _left_of(self, capabilities: Iterable[bytes]) -> list[bytes]:
        return [capability for capability in capabilities if capability.decode("ascii") not in self._without]


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that listens, and its mailboxes for those who change mail behind a client's back."""

    host: str
    port: int
    mailboxes: Mailboxes
    connections: WeakSet[asyncio.StreamWriter]

    def cut_connections(self) -> None:
        """End every open connection without a word, as a lost network does."""
        for writer in self.connections:
            writer.transport.abort()

    async def deliver(self, message: SampleMessage) -> int:
        """Put `message` into its mailbox, which must exist, and return its UID. Idling clients are told."""
        mailbox = await self.mailboxes.get_mailbox(message.mailbox)
        return (await mailbox.append(_append_message(message), recent=True)).uid


@asynccontextmanager
async def serve(
    username: str,
    password: str,
    *,
    mailboxes: Mapping[str, str | None],
    messages: Iterable[SampleMessage] = (),
    without: Collection[str] = (),
) -> AsyncIterator[RunningServer]:
    """Serve IMAP on a free port of 127.0.0.1 until the context ends; open connections are then cut.

    `mailboxes` maps each name to its special use ("\\\\Sent") or None; INBOX need not be among them. `messages` are
    stored in the order given. `without` names capabilities that the server neither tells nor understands.
    """
    config = ServerConfig(username, password, without=without)
    config.apply_context()
    login = Login(config)
    login.users_dict[username] = UserMetadata(config, username, password=password)
    special_uses = {name: special_use for name, special_use in mailboxes.items() if special_use}
    filled = Mailboxes(special_uses)
    config.set_cache[username] = (filled, FilterSet())
    await _fill(filled, mailboxes, messages)
    connections: WeakSet[asyncio.StreamWriter] = WeakSet()
    greet = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        await greet(reader, writer)

    server = await asyncio.start_server(accept, LOOPBACK, 0, limit=COMMAND_LINE_LIMIT_OCTETS)
    running = RunningServer(LOOPBACK, int(server.sockets[0].getsockname()[1]), filled, connections)
    try:
        yield running
    finally:
        server.close()
        running.cut_connections()
        await server.wait_closed()


async def _fill(filled: Mailboxes, names: Iterable[str], messages: Iterable[SampleMessage]) -> None:
    for name in names:
        if name != "INBOX":
            await filled.add_mailbox(name)
        await filled.set_subscribed(name, True)
    for message in messages:
        mailbox = await filled.get_mailbox(message.mailbox)
        await mailbox.append(_append_message(message))


def _append_message(message: SampleMessage) -> AppendMessage:
    flags = frozenset(Flag(flag) for flag in message.flags)
    return AppendMessage(message.octets, message.internal_date, flags)
