"""The way back from the browser: a listener on this machine for one redirect, or its address pasted by a person.

    GET /?code=…&state=…      our state: the code, and a page that says "done"
                              another state, no state, another path: refused, and the wait goes on (RFC 6749, 10.12)

RFC 8252, section 7.3: loopback only, a port that the system chooses, open only while a log-in waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from tuimail.model.errors import ConfigError, TuimailError
from tuimail.setup.oauth.errors import refused_in_browser

MAX_REQUEST_OCTETS = 16 << 10
REQUEST_TIMEOUT_S = 10.0
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>tuimail</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""


class NotOurRedirect(TuimailError):
    """An address that belongs to another log-in, or to none."""


def code_in(address: str, state: str, title: str, account: str) -> str:
    """The code in the address that the browser was sent to; its query alone serves too.

    Raises:
        NotOurRedirect: its state is not ours, or there is neither a code nor an error in it.
        AuthError, ConfigError, ConnectionLost: the provider at `title` sent an error instead.
    """
    text = address.strip()
    try:
        query = urlsplit(text).query if "://" in text else text.lstrip("?")
        fields = {name: values[0] for name, values in parse_qs(query, max_num_fields=50).items()}
    except ValueError:
        fields = {}
    if not hmac.compare_digest(fields.get("state", "").encode("utf-8", "replace"), state.encode()):
        raise NotOurRedirect("This is not the address of this log-in.", hint="Use the whole address, and the newest.")
    if code := fields.get("code"):
        return code
    error = "".join(letter for letter in fields.get("error", "")[:100] if letter.isprintable())
    if not error:
        raise NotOurRedirect("There is no code in this address.", hint="Use the whole address.")
    description = "".join(letter for letter in fields.get("error_description", "")[:300] if letter.isprintable())
    raise refused_in_browser(title, error, description, account)


class RedirectListener:
    """`async with RedirectListener(…) as listener`: `redirect_uri` is where the browser is to come; then `code()`.

    `redirect` has no port where the system is to choose one. `title` and `account` are for the words of errors.
    """

    def __init__(self, redirect: str, state: str, title: str, account: str) -> None:
        parts = urlsplit(redirect)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 0
        self._given_path = parts.path
        self._state = state
        self._title = title
        self._account = account
        self._code: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.redirect_uri = ""

    async def __aenter__(self) -> RedirectListener:
        address = "::1" if self._host == "::1" else "127.0.0.1"
        try:
            self._server = await asyncio.start_server(
                self._accept, address, self._port, limit=MAX_REQUEST_OCTETS, reuse_address=True
            )
        except OSError as error:
            raise ConfigError(
                f"Nothing can listen on port {self._port} of this machine: {error.strerror}.",
                hint="Leave the port out of `redirect`, or use --device.",
            ) from error
        port = self._server.sockets[0].getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._port = port
        self.redirect_uri = f"http://{host}:{port}{self._given_path}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._code.done() and not self._code.cancelled():
            self._code.exception()

    async def code(self) -> str:
        """The code, once the browser has come with it.

        Raises:
            AuthError, ConfigError, ConnectionLost: it came with an error.
        """
        return await asyncio.shield(self._code)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # TimeoutError is one of them: browsers open connections that they never use.
            pass
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    def _answer(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
        if len(words) != 3 or words[0] != "GET":
            return _page("405 Method Not Allowed", "Not that way", "Nothing happened.")
        if words[1].partition("?")[0] != (self._given_path or "/") or self._code.done():
            return _page("404 Not Found", "Nothing here", "Nothing happened.")
        try:
            code = code_in(f"http://localhost{words[1]}", self._state, self._title, self._account)
        except NotOurRedirect as error:
            return _page("400 Bad Request", "Not the log-in that tuimail waits for", error.message)
        except TuimailError as error:
            self._code.set_exception(error)
            return _page("200 OK", "The log-in did not work", "tuimail says why. You can close this page.")
        self._code.set_result(code)
        return _page("200 OK", "Done", "tuimail goes on. You can close this page.")


def _page(status: str, title: str, text: str) -> bytes:
    body = _PAGE.format(title=title, text=text).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
    return head.encode("ascii") + body
