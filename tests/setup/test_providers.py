"""The built-in table: every row is whole, and lookups find the right one."""

from __future__ import annotations

from collections import Counter

import pytest

from tuimail.model.server import Security
from tuimail.setup.discovery.address import to_a_labels
from tuimail.setup.discovery.provider import Host, Provider, Way, imap_server
from tuimail.setup.discovery.provider_table import PROVIDERS
from tuimail.setup.discovery.providers import provider_of_domain, provider_of_mx

_TLS_PORTS = {"imap": 993, "pop3": 995, "smtp": 465}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_row_is_whole(provider: Provider) -> None:
    assert provider.domains or provider.mx
    assert all(to_a_labels(name) == name for name in (*provider.domains, *provider.mx))
    if provider.is_closed:
        assert provider.note.endswith(".")
        return
    assert provider.smtp is not None
    assert (Way.OAUTH2 in provider.ways) == (provider.oauth2 is not None)
    assert provider.ways[0] is not Way.APP_PASSWORD or provider.note, "people must be told what to make, and where"
    for kind in ("imap", "pop3", "smtp"):
        host: Host | None = getattr(provider, kind)
        if host is None:
            continue
        assert host.host == "127.0.0.1" or to_a_labels(host.host) == host.host
        assert host.security is not Security.NONE
        if host.security is Security.TLS:
            assert host.port == _TLS_PORTS[kind]
    if provider.page:
        assert provider.page.startswith("https://")
        assert not provider.note.endswith("https://")


def test_no_domain_and_no_exchanger_stands_twice() -> None:
    domains = Counter(domain for provider in PROVIDERS for domain in provider.domains)
    exchangers = Counter(suffix for provider in PROVIDERS for suffix in provider.mx)
    assert {
        name for name, times in (domains + exchangers).items() if domains[name] > 1 or exchangers[name] > 1
    } == set()


@pytest.mark.parametrize(
    ("exchanger", "name"),
    [
        ("ASPMX.L.GOOGLE.COM.", "Gmail"),
        ("example-org.mail.protection.outlook.com", "Microsoft 365"),
        ("hotmail-com.olc.protection.outlook.com", "Outlook.com"),
        ("in1-smtp.messagingengine.com", "Fastmail"),
        ("mx-aol.mail.gm0.yahoodns.net", "AOL"),
        ("mta7.am0.yahoodns.net", "Yahoo"),
        ("mxext1.mailbox.org", "mailbox.org"),
        ("mail.protonmail.ch", "Proton Mail"),
        ("notgoogle.com", None),
        ("google.com.example.net", None),
    ],
)
def test_who_runs_a_domain_is_told_by_its_exchanger(exchanger: str, name: str | None) -> None:
    found = provider_of_mx(["mx.example.invalid", exchanger])
    assert (found.name if found is not None else None) == name


def test_addresses_of_a_provider_are_known_by_their_domain() -> None:
    gmail = provider_of_domain("googlemail.com")
    assert gmail is not None
    assert gmail.imap is not None
    assert imap_server(gmail.imap, "ada@googlemail.com").username == "ada@googlemail.com"
    assert provider_of_domain("example.org") is None


def test_proton_is_reached_through_its_bridge() -> None:
    proton = provider_of_domain("proton.me")
    assert proton is not None
    assert proton.imap == Host("127.0.0.1", 1143, Security.STARTTLS)
    assert "Bridge" in proton.advice
