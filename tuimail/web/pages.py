"""What the browser is given: a page of ours, and the terminal that textual-serve brings (xterm.js, style, fonts).

All of it is read once, from this package and textual-serve's; nothing is looked for by a name that came in a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    octets: bytes
    content_type: str


_TERMINAL = {
    "textual.js": ("js/textual.js", "text/javascript"),
    "xterm.css": ("css/xterm.css", "text/css"),
    "regular.ttf": ("fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
    "italic.ttf": ("fonts/RobotoMono-Italic-VariableFont_wght.ttf", "font/ttf"),
}
_OURS = {"page.css": "text/css", "page.js": "text/javascript"}

REFUSAL_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Server": "tuimail",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer, also of those that refuse."""


@cache
def static_files() -> Mapping[str, StaticFile]:
    """All files beside the page, by name."""
    own, terminal = files("tuimail.web") / "page", files("textual_serve") / "static"
    found = {name: StaticFile((own / name).read_bytes(), kind) for name, kind in _OURS.items()}
    for name, (path, kind) in _TERMINAL.items():
        found[name] = StaticFile(terminal.joinpath(*path.split("/")).read_bytes(), kind)
    return found


def page(host: str) -> str:
    """The page, for a browser that reached this server as `host`: a Host header that the guard has let pass."""
    return Template(_text("index.html")).substitute(websocket=f"ws://{host}/ws")


def entry() -> str:
    """The answer to the right token: it goes on to the page by itself.

    A redirect by status would be part of the navigation that came, perhaps, from elsewhere, and browsers would not send
    a SameSite=Strict cookie with it.
    """
    return _text("entered.html")


def _text(name: str) -> str:
    return (files("tuimail.web") / "page" / name).read_text("utf-8")


def page_headers(host: str) -> dict[str, str]:
    """The headers of the page: all it may load or talk to is this server.

    Styles may be inline, for xterm.js writes style elements.
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
        f"connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {**REFUSAL_HEADERS, "Content-Security-Policy": policy}
