"""The web server: a page, the files beside it, and a WebSocket for each tab, on 127.0.0.1 alone.

    request ──► guard (host, token or cookie, origin) ──► page | file | WebSocket ──► seat, until either end goes

Owns routes, refusals and the way out. textual-serve brings the terminal in the page; its own server takes any Origin
and no token, so that any web page could drive the app, and is not used.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import WSCloseCode, web
from aiohttp.http_exceptions import HttpProcessingError

from tuimail.model.errors import ConfigError
from tuimail.web import pages
from tuimail.web.guard import ADDRESS, Guard
from tuimail.web.seat import Seat
from tuimail.web.tab import MOST_MESSAGE_OCTETS, attend

log = logging.getLogger(__name__)

MOST_TABS = 16
"""Each is a process of the app, and one of its engine."""
_HEARTBEAT_S = 20.0
"""A tab that does not answer for so long is gone."""
_FIRST_SIZE = (80, 24)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def listen(port: int) -> socket.socket:
    """A socket that listens on that port of 127.0.0.1; 0 is a free one.

    Raises:
        ConfigError: the port cannot be had.
    """
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        why = "in use" if error.errno == errno.EADDRINUSE else f"not to be had ({error.strerror})"
        raise ConfigError(
            f"Port {port} of {ADDRESS} is {why}.", hint="Name another with --port, or none for a free one."
        ) from error


class Server:
    """Serves `command` with that environment to tabs that `guard` lets in."""

    def __init__(self, guard: Guard, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._guard = guard
        self._command = command
        self._environment = environment
        self._tabs: set[web.WebSocketResponse] = set()

    def make_app(self) -> web.Application:
        """The application; its shutdown ends all tabs."""
        app = web.Application(middlewares=[self._check])
        app.add_routes(
            [
                web.get("/", self._show_page),
                web.get("/static/{name}", self._send_file),
                web.get("/ws", self._seat_tab),
            ]
        )
        app.on_shutdown.append(self._end_tabs)
        return app

    def make_runner(self) -> web.AppRunner:
        """Runs the application, and logs nothing of requests: their lines may hold the token, broken ones as well."""
        return web.AppRunner(
            self.make_app(),
            access_log=None,
            logger=without_requests(log),
            handler_cancellation=False,
            shutdown_timeout=10,
        )

    @web.middleware
    async def _check(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Let in who may come in; every answer carries the headers that keep it to itself."""
        try:
            answer = self._refusal(request) or await handler(request)
        except web.HTTPException as error:
            answer = _refuse(error.status, error.reason)
        if not answer.prepared:
            for name, value in pages.REFUSAL_HEADERS.items():
                answer.headers.setdefault(name, value)
        return answer

    def _refusal(self, request: web.Request) -> web.Response | None:
        guard = self._guard
        if not guard.knows_host(request.headers.get("Host")):
            return _refuse(403, f"This page answers to {ADDRESS}:{guard.port} only.")
        if request.path == "/" and "token" in request.query:
            # `_show_page` looks at it.
            return None
        if not guard.is_cookie(request.cookies.get(guard.cookie_name)):
            return _refuse(403, "Open the address that `tuimail serve` printed, with the token at its end.")
        if request.path == "/ws" and not guard.is_own_origin(request.headers.get("Origin"), request.host):
            return _refuse(403, "Another page may not open this tuimail.")
        return None

    async def _show_page(self, request: web.Request) -> web.Response:
        guard = self._guard
        if "token" not in request.query:
            return web.Response(
                text=pages.page(request.host), content_type="text/html", headers=pages.page_headers(request.host)
            )
        if not guard.is_token(request.query["token"]):
            return _refuse(403, "That token is not of this tuimail: open the address that `tuimail serve` printed.")
        answer = web.Response(text=pages.entry(), content_type="text/html")
        answer.set_cookie(guard.cookie_name, guard.cookie, httponly=True, samesite="Strict", path="/")
        return answer

    async def _send_file(self, request: web.Request) -> web.Response:
        found = pages.static_files().get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(reason="There is no such file.")
        return web.Response(body=found.octets, content_type=found.content_type)

    async def _seat_tab(self, request: web.Request) -> web.StreamResponse:
        if len(self._tabs) >= MOST_TABS:
            return _refuse(503, f"{MOST_TABS} tabs are open: close one first.")
        tab = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=MOST_MESSAGE_OCTETS)
        self._tabs.add(tab)
        try:
            await tab.prepare(request)
            columns, rows = _size(request.query)
            seat = await Seat.open(self._command, self._environment, columns=columns, rows=rows)
            try:
                await attend(tab, seat)
            finally:
                # A tab that goes away cancels this: its processes are ended all the same.
                await asyncio.shield(seat.end())
            await tab.close(code=WSCloseCode.GOING_AWAY)
        finally:
            self._tabs.discard(tab)
        return tab

    async def _end_tabs(self, _app: web.Application) -> None:
        await asyncio.gather(*(tab.close(code=WSCloseCode.GOING_AWAY) for tab in self._tabs))


async def serve(
    listening: socket.socket,
    guard: Guard,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    on_ready: Callable[[], None],
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; then end all tabs and their processes.

    `on_ready` is called when pages are served, and a signal is heeded.
    """
    loop = asyncio.get_running_loop()
    is_over = asyncio.Event()
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in ends:
        loop.add_signal_handler(number, is_over.set)
    runner = Server(guard, command, environment).make_runner()
    try:
        await runner.setup()
        await web.SockSite(runner, listening).start()
        on_ready()
        await is_over.wait()
    finally:
        await runner.cleanup()
        for number in ends:
            loop.remove_signal_handler(number)


def without_requests(log: logging.Logger) -> logging.Logger:
    """A logger of the web server: what could not be read as a request is told by the kind of its error alone."""
    quiet = log.getChild("requests")
    if not quiet.filters:
        quiet.addFilter(_leave_out_request)
    return quiet


def _leave_out_request(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args, record.exc_info = "What is no request was refused: %s", (type(error).__name__,), None
    return True


def _refuse(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=f"tuimail: {words}\n")


def _size(query: Mapping[str, str]) -> tuple[int, int]:
    """The first size that the page asks for; what is no number is that of a usual terminal."""
    asked = (query.get("width", ""), query.get("height", ""))
    columns, rows = (
        int(text) if text.isascii() and text.isdigit() and len(text) < 5 else usual
        for text, usual in zip(asked, _FIRST_SIZE, strict=True)
    )
    return columns, rows
