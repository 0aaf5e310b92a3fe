"""Small documents over HTTP: bounded, and never from where the way is not protected."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.http_stub import NEVER, HttpStub, answer
from tuimail.model.errors import ConnectionLost, TimedOut
from tuimail.setup.discovery.fetch import MAX_OCTETS, fetch_document

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


async def test_a_document_is_fetched_and_says_nothing_of_us() -> None:
    async with HttpStub({"/a": answer("<x/>"), "/chunked": CHUNKED}) as stub:
        assert await fetch_document(f"{stub.url}/a?q=1") == b"<x/>"
        assert await fetch_document(f"{stub.url}/chunked") == b"abcde"
        assert await fetch_document(f"{stub.url}/missing") is None
    names = {line.partition(":")[0] for line in stub.heads[0].split("\r\n")[1:] if line}
    assert names == {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}


async def test_redirects_are_followed_a_few_times() -> None:
    async with HttpStub({"/c": answer("<x/>")}) as stub:
        stub.pages["/a"] = answer("", status="301 Moved", headers="Location: /b\r\n")
        stub.pages["/b"] = answer("", status="302 Found", headers=f"Location: {stub.url}/c\r\n")
        stub.pages["/loop"] = answer("", status="302 Found", headers="Location: /loop\r\n")
        assert await fetch_document(f"{stub.url}/a") == b"<x/>"
        with pytest.raises(ConnectionLost, match="redirects too often"):
            await fetch_document(f"{stub.url}/loop")


@pytest.mark.parametrize(
    "location",
    ["http://example.org/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://192.0.2.1/", "//example.org/"],
)
async def test_a_redirect_never_leads_where_the_way_is_not_protected(location: str) -> None:
    async with HttpStub({"/": answer("", status="302 Found", headers=f"Location: {location}\r\n")}) as stub:
        with pytest.raises(ConnectionLost, match=r"not secure|cannot be"):
            await fetch_document(f"{stub.url}/")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40))
async def test_any_redirect_ends_in_a_document_or_in_words(location: str) -> None:
    page = (
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: https://127.0.0.1:1/"
        + location.encode("latin-1")
        + b"\r\n\r\n"
    )
    async with HttpStub({"/": page}) as stub:
        with pytest.raises(ConnectionLost):
            await fetch_document(f"{stub.url}/")


@pytest.mark.parametrize(
    "location",
    ["http://[::1", "https://h:99999/", "https://h:x/", "https://a:b@h/", "https://", "https://\u00fc.example/"],
)
async def test_a_redirect_to_nowhere_is_said_in_words(location: str) -> None:
    page = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode("latin-1")
    async with HttpStub({"/": page}) as stub:
        with pytest.raises(ConnectionLost, match="cannot be"):
            await fetch_document(f"{stub.url}/")


async def test_clear_text_is_for_this_machine_alone() -> None:
    with pytest.raises(ConnectionLost, match="not secure"):
        await fetch_document("http://example.org/mail/config-v1.1.xml")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (answer(b"x" * (MAX_OCTETS + 1)), "more than 64 KB"),
        (answer(b"x" * (MAX_OCTETS * 4)), "more than 64 KB"),
        (b"SSH-2.0-x\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "broke off"),
        (answer("busy", status="503 Busy"), "status 503"),
    ],
)
async def test_an_answer_of_no_use_is_said_in_words(page: bytes, words: str) -> None:
    async with HttpStub({"/": page}) as stub:
        with pytest.raises(ConnectionLost, match=words):
            await fetch_document(f"{stub.url}/")


async def test_a_server_that_never_answers_is_left() -> None:
    async with HttpStub({"/": NEVER}) as stub:
        with pytest.raises(TimedOut, match="did not answer"):
            await fetch_document(f"{stub.url}/", timeout_s=0.05)
