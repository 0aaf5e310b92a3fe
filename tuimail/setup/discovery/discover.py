"""Finds the servers of an address: the steps in their order, each bounded in time and told of, until one has an answer.

    built-in table ─► the domain's autoconfig ─► the central database ─► SRV ─► MX ─► guesses, tried out

Cancel the task, and it stops where it is. No step sends a password; the address itself goes to its own domain alone,
the domain to the database and to DNS. What unsigned DNS says of another domain is marked: a person must confirm it.
"""

from __future__ import annotations

import asyncio
import enum
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from tuimail.config.schema import ImapServer, Pop3Server, SmtpServer
from tuimail.model.errors import ProtocolError, TimedOut, TuimailError
from tuimail.model.server import Protocol
from tuimail.setup.discovery import autoconfig, guesses
from tuimail.setup.discovery.address import TypedAddress
from tuimail.setup.discovery.autoconfig import Servers
from tuimail.setup.discovery.dns import Dns
from tuimail.setup.discovery.fetch import fetch_document
from tuimail.setup.discovery.provider import Provider, Way, imap_server, pop3_server, smtp_server
from tuimail.setup.discovery.providers import provider_of_domain, provider_of_mx

_MAX_CANDIDATES = 4
_GUESSED = "usual names, tried out"
_GUESSED_UNTRUSTED = "usual names, tried out; nothing vouches for its certificate"


class StepState(enum.StrEnum):
    """How far a step is."""

    RUNNING = "running"
    FOUND = "found"
    NOTHING = "nothing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step as people are shown it; `detail` says what came of it."""

    title: str
    state: StepState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Servers that may be the right ones. `source` says in words where they come from.

    `ways`: what the source says that people log in with, () if it says nothing. `asks`: what must be confirmed before
    a password goes there, "" for nothing.
    """

    incoming: ImapServer | Pop3Server
    outgoing: SmtpServer | None
    source: str
    provider: Provider | None = None
    ways: tuple[Way, ...] = ()
    asks: str = ""

    @property
    def protocol(self) -> Protocol:
        """How mail comes from there."""
        return Protocol.POP3 if isinstance(self.incoming, Pop3Server) else Protocol.IMAP


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found. `candidates`: for the protocol asked for, the best first; `others`: for the other one.

    `closed`: the provider that lets no mail program in, if it is one.
    """

    candidates: tuple[Candidate, ...] = ()
    others: tuple[Candidate, ...] = ()
    closed: Provider | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where discovery asks: replaced by tests, which have servers of their own on this machine.

    `context` is what guessed servers must prove themselves to; None: the system's authorities.
    """

    own: Callable[[TypedAddress], Sequence[str]] = autoconfig.own_addresses
    database: Callable[[str], str] = autoconfig.database_address
    dns: Dns = field(default_factory=Dns)
    guesses: Callable[[str, Protocol], Sequence[guesses.Guess]] = guesses.guesses_for
    context: ssl.SSLContext | None = None
    step_s: float = 6.0


OnStep = Callable[[Step], None]


async def discover(
    address: TypedAddress, protocol: Protocol, *, sources: Sources | None = None, on_step: OnStep | None = None
) -> Discovery:
    """Servers for `address` that speak `protocol`. Nothing is raised, but when cancelled: steps tell what failed."""
    search = _Search(address, protocol, sources or Sources(), on_step or _tell_nobody)
    for title, step in search.steps():
        if await search.take(title, step):
            break
    return search.result()


def _tell_nobody(_step: Step) -> None:
    """For those who do not watch."""


_Found = tuple[list[Candidate], str]
"""Candidates, and what to say of them."""


class _Search:
    """One search: the candidates so far, and the step that runs."""

    def __init__(self, address: TypedAddress, protocol: Protocol, sources: Sources, on_step: OnStep) -> None:
        self._address = address
        self._protocol = protocol
        self._sources = sources
        self._on_step = on_step
        self._found: list[Candidate] = []
        self._closed: Provider | None = None

    def steps(self) -> Iterable[tuple[str, Callable[[], Awaitable[_Found]]]]:
        """All steps in their order, with their titles."""
        domain = self._address.domain
        return (
            ("Built-in table", self._table),
            (f"Autoconfig of {domain}", self._own_document),
            ("Mozilla's database", lambda: self._database(domain)),
            (f"DNS: servers that {domain} names (SRV)", self._srv),
            (f"DNS: who takes the mail of {domain} (MX)", self._mx),
            ("Usual names, tried out", self._guess),
        )

    async def take(self, title: str, step: Callable[[], Awaitable[_Found]]) -> bool:
        """Run a step and tell of it; whether the search is over."""
        self._on_step(Step(title, StepState.RUNNING))
        try:
            # The parts of a step are bounded themselves: this holds should they add up.
            async with asyncio.timeout(3 * self._sources.step_s):
                found, detail = await step()
        except TuimailError as error:
            self._on_step(Step(title, StepState.FAILED, error.message))
            return False
        except TimeoutError:
            self._on_step(Step(title, StepState.FAILED, "It took too long."))
            return False
        self._found += found
        state = StepState.FOUND if found or self._closed else StepState.NOTHING
        self._on_step(Step(title, state, detail))
        return self._closed is not None or any(one.protocol is self._protocol for one in found)

    def result(self) -> Discovery:
        """What all steps together found."""
        wanted = [one for one in self._found if one.protocol is self._protocol]
        others = [one for one in self._found if one.protocol is not self._protocol]
        return Discovery(tuple(wanted[:_MAX_CANDIDATES]), tuple(others[:_MAX_CANDIDATES]), self._closed)

    async def _table(self) -> _Found:
        provider = provider_of_domain(self._address.domain)
        return ([], "") if provider is None else self._from_provider(provider, f"built-in table: {provider.name}")

    async def _own_document(self) -> _Found:
        """Both places at once; the first of them is preferred."""
        urls = self._sources.own(self._address)
        answers = await asyncio.gather(*(self._document(url) for url in urls), return_exceptions=True)
        problem: TuimailError | None = None
        for answer in answers:
            if isinstance(answer, Servers):
                found = self._from_servers(answer, f"autoconfig of {self._address.domain}")
                if found:
                    return found, _told(found)
            elif isinstance(answer, ProtocolError | TimedOut):
                problem = problem or answer
            elif isinstance(answer, TuimailError):
                # Most domains have no such host.
                continue
            elif isinstance(answer, BaseException):
                raise answer
        return [], "" if problem is None else problem.message

    async def _database(self, domain: str) -> _Found:
        servers = await self._document(self._sources.database(domain))
        found = [] if servers is None else self._from_servers(servers, f"Mozilla's database: {domain}")
        return found, _told(found)

    async def _document(self, url: str) -> Servers | None:
        document = await fetch_document(url, timeout_s=self._sources.step_s)
        return None if document is None else autoconfig.read_document(document, self._address)

    async def _srv(self) -> _Found:
        domain = self._address.domain
        services = ("imaps", "imap", "pop3s", "pop3", "submissions", "submission")
        answers = await asyncio.gather(*(self._sources.dns.servers(service, domain) for service in services))
        found = guesses.from_srv(dict(zip(services, answers, strict=True)), self._address.login)
        candidates = [
            Candidate(
                incoming,
                outgoing,
                f"DNS of {domain} (SRV)",
            )
            for incoming, outgoing in found
        ]
        return [replace(one, asks=_foreign(domain, _hosts(one))) for one in candidates], _told(candidates)

    async def _mx(self) -> _Found:
        domain = self._address.domain
        hosts = await self._sources.dns.mail_exchangers(domain)
        provider = provider_of_mx(hosts)
        if provider is not None:
            return self._from_provider(provider, f"built-in table: {provider.name}, which takes the mail of {domain}")
        for parent in guesses.parents(hosts, domain):
            found, detail = await self._database(parent)
            if found:
                # The database was asked about a domain that unsigned DNS has named.
                return [replace(one, asks=_foreign(domain, _hosts(one))) for one in found], detail
        return [], f"{hosts[0]}, which is not known" if hosts else "nobody"

    async def _guess(self) -> _Found:
        sources = self._sources
        tried = await guesses.try_out(
            sources.guesses(self._address.domain, self._protocol),
            self._address.login,
            context=sources.context,
            timeout_s=sources.step_s,
        )
        found = [
            Candidate(one.incoming, one.outgoing, _GUESSED if one.is_trusted else _GUESSED_UNTRUSTED, ways=one.ways)
            for one in tried
        ]
        return found, _told(found)

    def _from_provider(self, provider: Provider, source: str) -> _Found:
        if provider.is_closed:
            self._closed = provider
            return [], provider.note
        login = self._address.login
        outgoing = smtp_server(provider.smtp, login) if provider.smtp else None
        found: list[Candidate] = []
        if provider.imap is not None:
            incoming = imap_server(provider.imap, login)
            found.append(Candidate(incoming, outgoing, source, provider, provider.ways))
        if provider.pop3 is not None:
            found.append(Candidate(pop3_server(provider.pop3, login), outgoing, source, provider, provider.ways))
        return found, provider.name

    def _from_servers(self, servers: Servers, source: str) -> list[Candidate]:
        outgoing = servers.smtp[0] if servers.smtp else None
        incoming: list[ImapServer | Pop3Server] = [*servers.imap, *servers.pop3]
        return [Candidate(one, outgoing, source, ways=servers.ways.get(one.host, ())) for one in incoming]


def _told(found: Sequence[Candidate]) -> str:
    return ", ".join(dict.fromkeys(one.incoming.host for one in found))


def _hosts(one: Candidate) -> list[str]:
    return [one.incoming.host, *([one.outgoing.host] if one.outgoing else [])]


def _foreign(domain: str, hosts: Iterable[str]) -> str:
    """What to confirm where DNS leads out of the domain (RFC 6186, section 6): "" where it does not."""
    foreign = sorted({host for host in hosts if host != domain and not host.endswith(f".{domain}")})
    return "" if not foreign else f"DNS, which nobody signs, says that {domain} has its mail at {', '.join(foreign)}."
