"""Looks up what is known of mail providers: by the domain of an address, or by the host that takes a domain's mail.

The facts stand in `provider_table`. A custom domain is recognised by its MX: a suffix there tells who runs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimail.setup.discovery.provider import Provider


def provider_of_domain(domain: str) -> Provider | None:
    """The provider that gives out addresses of `domain` (A-labels, lower case)."""
    from tuimail.setup.discovery.provider_table import PROVIDERS

    return next((one for one in PROVIDERS if domain in one.domains), None)


def provider_of_mx(hosts: Iterable[str]) -> Provider | None:
    """The provider that runs one of these mail exchangers, the most preferred first."""
    from tuimail.setup.discovery.provider_table import PROVIDERS

    for host in hosts:
        name = host.lower().rstrip(".")
        for provider in PROVIDERS:
            if any(name == suffix or name.endswith(f".{suffix}") for suffix in provider.mx):
                return provider
    return None
