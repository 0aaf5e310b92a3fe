from __future__ import annotations

import asyncio
import logging
import re
import socket

import aiohttp
import pytest

from tests.web.conftest import Serve, Served
from tuimail.model.errors import ConfigError
from tuimail.web.pages import page, static_files
from tuimail.web.server import listen

PATHS = ("/", "/ws", "/static/textual.js", "/static/page.js", "/nowhere", "/static/../pages.py")


async def test_without_token_or_cookie_everything_is_refused_in_words(serve: Serve) -> None:
    async with serve() as served:
        for path in (*PATHS, "/?token=", "/?token=wrong", "/static/page.js?token=" + served.guard.token):
            status, text = await served.get(path, Origin=served.base)
            assert status == 403, path
            assert text.startswith("tuimail: ")
            assert "the address that `tuimail serve` printed" in text
            assert served.guard.token not in text
        assert not list(served.client.cookie_jar)


async def test_the_token_is_exchanged_for_a_cookie_that_opens_the_page(serve: Serve) -> None:
    async with serve() as served:
        guard = served.guard
        async with served.client.get(guard.url, allow_redirects=False) as answer:
            assert answer.status == 200
            (cookie,) = answer.headers.getall("Set-Cookie")
            assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
            assert guard.token not in cookie
            assert '<meta http-equiv="refresh" content="0;url=/" />' in await answer.text()
        async with served.client.get(served.base + "/") as answer:
            assert answer.status == 200
            text = await answer.text()
            assert f"ws://127.0.0.1:{guard.port}/ws" in text
            assert guard.token not in text
            assert guard.cookie not in text
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self';")
            assert f"connect-src 'self' ws://127.0.0.1:{guard.port};" in policy
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Cache-Control"] == "no-store"
        for name in static_files():
            assert (await served.client.get(f"{served.base}/static/{name}")).status == 200
        assert (await served.get("/static/pages.py"))[0] == 404
        assert (await served.get("/static/..%2Fpages.py"))[0] == 404
        async with served.client.post(served.base + "/") as answer:
            assert answer.status == 405


async def test_a_name_that_leads_here_is_no_way_in(serve: Serve) -> None:
    async with serve() as served:
        await served.enter()
        for host in ("evil.example", f"evil.example:{served.guard.port}", "127.0.0.1:1"):
            for path in ("/", "/ws", f"/?token={served.guard.token}"):
                status, text = await served.get(path, Host=host, Origin=f"http://{host}", Cookie=_cookie(served))
                assert status == 403
                assert "answers to 127.0.0.1" in text


async def test_a_foreign_page_cannot_open_the_socket(serve: Serve) -> None:
    async with serve() as served:
        await served.enter()
        port = served.guard.port
        origins = ("http://evil.example", "null", f"http://127.0.0.1:{port + 1}", f"https://127.0.0.1:{port}")
        for origin in (*origins, f"http://localhost:{port}", ""):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await served.open_tab(origin=origin)
            assert caught.value.status == 403
        async with served.open_tab() as tab:
            assert not tab.closed


async def test_nothing_comes_from_outside() -> None:
    for text in (page("127.0.0.1:1"), *(one.octets.decode("latin-1") for one in static_files().values())):
        # What loads by itself: elements, styles, imports. Names of namespaces and licences load nothing.
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
        assert not re.search(r"""(?:url\(|@import\s+)["']?(?:https?:)?//""", text)
        assert "googleapis" not in text


def test_a_port_in_use_is_one_sentence_and_a_way_out() -> None:
    with listen(0) as listening:
        host, port = listening.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(ConfigError) as caught:
            listen(port)
        assert caught.value.message == f"Port {port} of 127.0.0.1 is in use."
        assert "--port" in caught.value.hint
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) == 0


def _cookie(served: Served) -> str:
    return f"{served.guard.cookie_name}={served.guard.cookie}"


@pytest.mark.parametrize(
    "line", ["GET /?token={} HTTP/9.9", "GET /?token={}\x01 HTTP/1.1", "G\x00T /?token={} HTTP/1.1"]
)
async def test_what_is_no_request_leaves_no_token_in_the_log(
    serve: Serve, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve() as served:
        reading, writing = await asyncio.open_connection("127.0.0.1", served.guard.port)
        writing.write(f"{line.format(served.guard.token)}\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = await reading.read()
        writing.close()
        await writing.wait_closed()
    assert b" 400 " in answer
    assert served.guard.token not in caplog.text
    assert "What is no request was refused" in caplog.text
