"""Discovery without a network of others: its servers are stubs on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType

from tests.servers.dns_stub import HOST, DnsStub, Zone
from tests.servers.http_stub import HttpStub
from tuimail.model.server import Protocol
from tuimail.setup.discovery.discover import Sources, Step, StepState
from tuimail.setup.discovery.dns import Dns, Nameserver
from tuimail.setup.discovery.guesses import Guess


def config_document(host: str, *, kind: str = "imap", port: int = 993) -> str:
    """A configuration document with one server."""
    return (
        f'<clientConfig><emailProvider><incomingServer type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        "<socketType>SSL</socketType><username>%EMAILADDRESS%</username>"
        "<authentication>password-cleartext</authentication></incomingServer></emailProvider></clientConfig>"
    )


@dataclass
class World:
    """`pages` by path: `/own1`, `/own2`, `/db/DOMAIN`; `steps` is filled by `note`."""

    pages: Mapping[str, bytes] = field(default_factory=dict)
    zone: Zone = field(default_factory=dict)
    guesses: tuple[Guess, ...] = ()
    silent_dns: bool = False
    step_s: float = 2.0
    steps: list[Step] = field(default_factory=list)

    async def __aenter__(self) -> World:
        self._stack = AsyncExitStack()
        self.http = await self._stack.enter_async_context(HttpStub(self.pages))
        self.dns = await self._stack.enter_async_context(DnsStub(self.zone, silent=self.silent_dns))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def sources(self) -> Sources:
        url = self.http.url
        return Sources(
            own=lambda address: (f"{url}/own1?emailaddress={address.address}", f"{url}/own2"),
            database=lambda domain: f"{url}/db/{domain}",
            dns=Dns([Nameserver(HOST, self.dns.port)], timeout_s=self.step_s),
            guesses=self._guesses,
            step_s=self.step_s,
        )

    def _guesses(self, _domain: str, _protocol: Protocol) -> tuple[Guess, ...]:
        return self.guesses

    @property
    def ended(self) -> dict[str, StepState]:
        """How each step ended, by the first word of its title."""
        return {step.title.split(" ")[0].rstrip(":"): step.state for step in self.steps}
