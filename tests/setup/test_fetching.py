"""The fetcher for what messages name: nobody in a private network is asked, and nobody learns more than must be."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.http_stub import NEVER, HttpStub, answer
from tuimail.model.errors import ConnectionLost, TimedOut
from tuimail.setup.fetching import MAX_REDIRECTS, Connection, Fetcher, is_public

PUBLIC = "198.41.0.4"
PRIVATE = (
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:198.41.0.4", "::7f00:1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1", "not an address", "",
)  # fmt: skip


class World:
    """Names and where they lead; every connection goes to the stub, and is written down."""

    def __init__(self, stub: HttpStub, addresses: dict[str, Sequence[str]] | None = None) -> None:
        self.stub = stub
        self.addresses = addresses if addresses is not None else {}
        self.asked: list[str] = []
        self.connected: list[tuple[str, int, bool, str]] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.addresses:
            return [PUBLIC]
        return self.addresses[host]

    async def connect(self, address: str, port: int, context: ssl.SSLContext | None, name: str) -> Connection:
        self.connected.append((address, port, context is not None, name))
        return await asyncio.open_connection("127.0.0.1", self.stub.port)

    def fetcher(self, *, timeout_s: float = 60.0) -> Fetcher:
        return Fetcher(
            timeout_s=timeout_s,
            context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            resolve=self.resolve,
            connect=self.connect,
        )


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_the_open_internet() -> None:
    assert is_public("198.41.0.4")
    assert is_public("2a00:1450:4001::1")


@given(st.integers(0, 2**32 - 1) | st.integers(0, 2**128 - 1))
def test_an_address_is_public_in_one_form_or_in_none(number: int) -> None:
    if number < 2**32:
        text = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
        assert not is_public(f"::ffff:{text}")
        assert not is_public(f"::{text}")
    else:
        words = ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -16, -16))
        assert not is_public(f"{words}%1")


@pytest.mark.parametrize("address", PRIVATE)
async def test_nobody_in_a_private_network_is_asked(address: str) -> None:
    async with HttpStub({"/": answer("x")}) as stub:
        world = World(stub, {"inside.example": [address], "both.example": [PUBLIC, address]})
        for host in ("inside.example", "both.example"):
            with pytest.raises(ConnectionLost, match="private network"):
                await world.fetcher().get(f"http://{host}/", accept="image/*")
            with pytest.raises(ConnectionLost, match="private network"):
                await world.fetcher().post(f"https://{host}/", b"x", content_type="text/plain")
        assert world.connected == []
        assert stub.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "localhost"])
async def test_the_systems_own_resolver_does_not_lead_here(host: str) -> None:
    async with HttpStub({"/": answer("x")}) as stub:
        with pytest.raises(ConnectionLost, match=r"private network|not known"):
            await Fetcher().get(f"http://{host}:8080/", accept="*/*")
        assert stub.requests == []


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://inside.example/", "private network"),
        ("http://[::1]/", "private network"),
        ("file:///etc/passwd", "cannot be"),
        ("ftp://a.example/", "cannot be"),
        ("http://a.example:25/", "port that is not for the web: 25"),
        ("http://user:pw@a.example/", "cannot be"),
        ("https://", "cannot be"),
        ("http://[::1", "cannot be"),
        ("http://a.example/" + "x" * 9000, "cannot be"),
        ("/again", "redirects too often"),
    ],
)
async def test_each_redirect_is_looked_at_anew(location: str, words: str) -> None:
    page = answer("", status="302 Found", headers=f"Location: {location}\r\n")
    async with HttpStub({"/": page, "/again": page}) as stub:
        world = World(stub, {"inside.example": ["10.0.0.1"], "::1": ["::1"]})
        with pytest.raises(ConnectionLost, match=words):
            await world.fetcher().get("http://a.example/", accept="image/*")
        assert len(stub.requests) <= MAX_REDIRECTS + 1


async def test_redirects_are_followed_and_each_name_is_asked_for_once() -> None:
    async with HttpStub({"/": answer("", status="301 Moved", headers="Location: https://b.example/c\r\n")}) as stub:
        stub.pages["/c"] = answer("picture", headers="Content-Type: IMAGE/png; x=y\r\n")
        world = World(stub, {"b.example": ["8.8.8.8", "2a00:1450::1"]})
        found = await world.fetcher().get("http://a.example:8080/?q=1", accept="image/*")
        assert (found.host, found.content_type, found.octets) == ("b.example", "image/png", b"picture")
        assert world.asked == ["a.example", "b.example"]
        assert world.connected == [(PUBLIC, 8080, False, "a.example"), ("8.8.8.8", 443, True, "b.example")]
        names = {line.partition(":")[0] for head in stub.heads for line in head.split("\r\n")[1:] if line}
        assert names == {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}


async def test_from_a_secure_address_no_way_leads_into_the_clear() -> None:
    async with HttpStub({"/": answer("", status="302 Found", headers="Location: http://a.example/x\r\n")}) as stub:
        with pytest.raises(ConnectionLost, match="not secure"):
            await World(stub).fetcher().get("https://a.example/", accept="image/*")


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "302 Found", "500 Oops"])
async def test_a_post_is_sent_once_and_its_answer_told(status: str) -> None:
    page = answer("", status=status, headers="Location: https://b.example/\r\nSet-Cookie: a=b\r\n")
    async with HttpStub({"/u": page}) as stub:
        world = World(stub)
        sent = b"List-Unsubscribe=One-Click"
        found = await world.fetcher().post(
            "https://lists.example/u?id=1", sent, content_type="application/x-www-form-urlencoded"
        )
        assert found.status == int(status[:3])
        assert stub.requests == ["/u?id=1"]
        assert stub.heads[0].startswith("POST /u?id=1 HTTP/1.1\r\nHost: lists.example\r\n")
        assert stub.bodies == [sent]
        assert "Cookie" not in stub.heads[0]
        assert "Referer" not in stub.heads[0]


async def test_nothing_is_posted_in_the_clear() -> None:
    async with HttpStub({}) as stub:
        with pytest.raises(ConnectionLost, match="not secure"):
            await World(stub).fetcher().post("http://lists.example/u", b"x", content_type="text/plain")
        assert stub.requests == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (answer(b"x" * 2000), "sends more than"),
        (answer(b"x" * 200_000), "sends more than"),
        (b"SSH-2.0-x\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "broke off"),
        (answer("", status="404 Not Found"), "status 404"),
        (answer("", status="304 Not Modified"), "status 304"),
    ],
)
async def test_an_answer_of_no_use_is_said_in_words(page: bytes, words: str) -> None:
    async with HttpStub({"/": page}) as stub:
        with pytest.raises(ConnectionLost, match=words):
            await World(stub).fetcher().get("http://a.example/", accept="image/*", max_octets=1024)


async def test_a_host_that_never_answers_is_left() -> None:
    async with HttpStub({"/": NEVER}) as stub:
        fetcher = World(stub).fetcher(timeout_s=0.05)
        with pytest.raises(TimedOut):
            await fetcher.get("http://a.example/", accept="image/*")
        with pytest.raises(TimedOut):
            await fetcher.post("https://a.example/", b"x", content_type="text/plain")


async def test_an_unknown_host_is_said_so() -> None:
    async with HttpStub({}) as stub:
        with pytest.raises(ConnectionLost, match=r"b\.example is not known"):
            await World(stub, {"b.example": []}).fetcher().get("http://b.example/", accept="image/*")


@settings(max_examples=60, deadline=None)
@given(st.text("htps:/.@[]%?#\\x1\u00e9 \n", max_size=40))
async def test_any_address_ends_in_an_answer_or_in_words(rest: str) -> None:
    async with HttpStub({"/": answer("x")}) as stub:
        for url in (rest, f"http://{rest}", f"http://a.example/{rest}"):
            try:
                status = (await World(stub).fetcher().get(url, accept="image/*")).status
            except ConnectionLost:
                status = 0
            assert status in {0, 200}
