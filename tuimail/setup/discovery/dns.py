"""DNS as setting an account up needs it: who takes a domain's mail (MX), and what it says of its servers (SRV).

What DNS says is not signed on its way here: it may lead to a server, and never decides alone who gets a password.
dnspython is loaded with the first question.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuimail.model.errors import ConnectionLost, TimedOut
from tuimail.setup.discovery.address import to_a_labels

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

_MAX_RECORDS = 20


@dataclass(frozen=True, slots=True)
class SrvTarget:
    """A server that a SRV record names (RFC 2782)."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Nameserver:
    """Whom to ask in place of the system's: for tests, and for networks with a resolver of their own."""

    address: str
    port: int = 53


class Dns:
    """Asks the system's nameservers, or `nameservers`; a question takes at most `timeout_s` seconds."""

    def __init__(self, nameservers: Sequence[Nameserver] = (), *, timeout_s: float = 5.0) -> None:
        self._nameservers = tuple(nameservers)
        self._timeout_s = timeout_s

    async def mail_exchangers(self, domain: str) -> list[str]:
        """The hosts that take the domain's mail, the most preferred first; a domain without mail has none (RFC 7505).

        Raises:
            ConnectionLost: nobody could be asked; TimedOut: nobody answered.
        """
        found = [
            (int(record.preference), to_a_labels(record.exchange.to_text(omit_final_dot=True)))
            for record in await self._ask(domain, "MX")
        ]
        return [host for _, host in sorted(found) if host]

    async def servers(self, service: str, domain: str) -> list[SrvTarget]:
        """The servers of `service` such as "imaps" (RFC 6186, section 3; RFC 8314, section 5.1), best first.

        None where the domain says nothing, or says that it has no such service (a target of ".").

        Raises:
            ConnectionLost: nobody could be asked; TimedOut: nobody answered.
        """
        found = [
            # Records of one priority share the load by weight (RFC 2782): a draw for each.
            (
                int(record.priority),
                -random.random() * (int(record.weight) + 0.01),  # noqa: S311 - load, not a secret
                SrvTarget(to_a_labels(record.target.to_text(omit_final_dot=True)), int(record.port)),
            )
            for record in await self._ask(f"_{service}._tcp.{domain}", "SRV")
        ]
        return [target for _, _, target in sorted(found, key=lambda one: one[:2]) if target.host and target.port]

    async def _ask(self, name: str, kind: str) -> list[Any]:
        import dns.exception
        import dns.resolver

        try:
            answer = await self._resolver().resolve(name, kind, lifetime=self._timeout_s, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout:
            raise TimedOut(f"No nameserver answered within {self._timeout_s:g} seconds.") from None
        except (dns.exception.DNSException, OSError) as error:
            raise ConnectionLost(f"DNS cannot be asked about {name}: {type(error).__name__}.") from None
        return list(answer)[:_MAX_RECORDS]

    def _resolver(self) -> Resolver:
        from dns.asyncresolver import Resolver
        from dns.nameserver import Do53Nameserver

        resolver = Resolver(configure=not self._nameservers)
        if self._nameservers:
            resolver.nameservers = [Do53Nameserver(one.address, one.port) for one in self._nameservers]
        return resolver
