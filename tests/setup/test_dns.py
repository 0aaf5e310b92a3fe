"""MX and SRV, against a nameserver of our own."""

from __future__ import annotations

import pytest

from tests.servers.dns_stub import HOST, DnsStub
from tuimail.model.errors import TimedOut
from tuimail.setup.discovery.dns import Dns, Nameserver, SrvTarget

ZONE = {
    ("example.org", "MX"): ["20 mx2.example.net.", "10 MX1.Example.NET."],
    ("null.example", "MX"): ["0 ."],
    ("_imaps._tcp.example.org", "SRV"): ["20 0 993 backup.example.org.", "10 5 9993 imap.example.org."],
    ("_pop3s._tcp.example.org", "SRV"): ["0 0 0 ."],
    ("_imap._tcp.example.org", "TXT"): ['"not a server"'],
}


def dns_at(stub: DnsStub, timeout_s: float = 5.0) -> Dns:
    return Dns([Nameserver(HOST, stub.port)], timeout_s=timeout_s)


async def test_exchangers_come_by_preference_in_lower_case() -> None:
    async with DnsStub(ZONE) as stub:
        dns = dns_at(stub)
        assert await dns.mail_exchangers("example.org") == ["mx1.example.net", "mx2.example.net"]
        assert await dns.mail_exchangers("null.example") == []
        assert await dns.mail_exchangers("nowhere.example") == []


async def test_servers_come_by_priority_and_a_dot_says_that_there_is_none() -> None:
    async with DnsStub(ZONE) as stub:
        dns = dns_at(stub)
        assert await dns.servers("imaps", "example.org") == [
            SrvTarget("imap.example.org", 9993),
            SrvTarget("backup.example.org", 993),
        ]
        for service in ("pop3s", "imap", "submissions"):
            assert await dns.servers(service, "example.org") == []
        assert stub.asked[0] == ("_imaps._tcp.example.org", "SRV")


async def test_a_nameserver_that_is_silent_ends_in_words() -> None:
    async with DnsStub(ZONE, silent=True) as stub:
        with pytest.raises(TimedOut, match="No nameserver answered"):
            await dns_at(stub, 0.05).mail_exchangers("example.org")
