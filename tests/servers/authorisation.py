"""An authorisation server on a loopback port, for tests: strict where providers are, and obedient where tests need it.

GET  /authorize    a person who agrees, or not (`denies`); sends the browser back with a code
POST /token        authorization_code (PKCE, one use, same redirect), refresh_token (rotates), device_code
POST /device       device and user code
POST /introspect   whether a token is valid and whose it is: what Dovecot asks
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import secrets
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "a-client"
SCOPE = "mail"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_REDIRECT = re.compile(r"http://(127\.0\.0\.1|localhost):\d+(/callback)?|https://127\.0\.0\.1")


@dataclass
class Code:
    """What a code stands for; a device's is worth nothing before somebody `agreed`."""

    redirect_uri: str = ""
    challenge: str = ""
    used: bool = False
    family: str = ""


@dataclass
class AuthorisationServer:
    """`user` is who agrees. Answers of the device flow before the tokens are taken from `device_answers`.

    `rotates`: each refresh brings a new refresh token, and the use of an old one ends the whole family. `error`, once
    set, is the status, document and headers of every answer to /token. `asked` is set by a question to /token, which is
    answered once `hold` is set.
    """

    user: str = "ada"
    client_secret: str = ""
    expires_in: int | None = 3600
    denies: bool = False
    rotates: bool = True
    tls: ssl.SSLContext | None = None
    interval: int = 0
    device_answers: list[str] = field(default_factory=list)
    error: tuple[int, dict[str, Any], dict[str, str]] | None = None
    token_requests: list[dict[str, str]] = field(default_factory=list)
    pages: list[dict[str, str]] = field(default_factory=list)
    hold: threading.Event | None = None
    asked: threading.Event = field(default_factory=threading.Event)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, tuple[float, str]] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    spent: dict[str, str] = field(default_factory=dict)
    padding: int = 0

    def __enter__(self) -> AuthorisationServer:
        server = self

        class Handler(_Handler):
            authorisation = server

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        if self.tls is not None:
            self._http.socket = self.tls.wrap_socket(self._http.socket, server_side=True)
        self._lock = threading.Lock()
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        scheme, host = ("https", "localhost") if self.tls is not None else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self._http.server_port}"

    def table(self, **own: Any) -> dict[str, Any]:
        """The `oauth2` table of an account here."""
        found = {
            "client_id": CLIENT,
            "authorization_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "device_url": f"{self.url}/device",
            "scopes": [SCOPE],
        }
        return {**found, **own}

    def visit(self, url: str) -> tuple[int, str]:
        """What a browser does with `url`: it goes where it is sent. Returns status and text of the last page."""
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def address_after(self, url: str) -> str:
        """Where the browser is sent by the page at `url`, without going there."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        connection.close()
        return answer.getheader("Location") or ""

    def withdraw(self) -> None:
        """Nobody's tokens are valid any more."""
        with self._lock:
            self.access.clear()
            self.refresh.clear()

    def withdraw_access(self) -> None:
        """Access tokens are not valid any more, refresh tokens are."""
        with self._lock:
            self.access.clear()

    def issue(self, family: str = "") -> dict[str, Any]:
        """New tokens of the user."""
        family = family or secrets.token_hex(8)
        access = secrets.token_urlsafe(24) + "p" * self.padding
        refresh = secrets.token_urlsafe(24)
        lifetime = 10**6 if self.expires_in is None else self.expires_in
        self.access[access] = (time.time() + lifetime, family)
        self.refresh[refresh] = family
        document: dict[str, Any] = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer"}
        return document if self.expires_in is None else {**document, "expires_in": self.expires_in}

    def authorize(self, query: Mapping[str, str]) -> tuple[int, str]:
        """Status, and the address that the browser is sent to (or why it is not)."""
        self.pages.append(dict(query))
        redirect = query.get("redirect_uri", "")
        if query.get("client_id") != CLIENT or not _REDIRECT.fullmatch(redirect):
            return 400, "unknown client or redirect"
        state = query.get("state", "")
        wants = (query.get("response_type"), query.get("code_challenge_method"), query.get("scope"))
        if wants != ("code", "S256", SCOPE) or len(state) < 16 or len(query.get("code_challenge", "")) != 43:
            return 302, f"{redirect}?{urlencode({'error': 'invalid_request', 'state': state})}"
        if self.denies:
            return 302, f"{redirect}?{urlencode({'error': 'access_denied', 'state': state})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(redirect, query["code_challenge"])
        return 302, f"{redirect}?{urlencode({'code': code, 'state': state})}"

    def token(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.token_requests.append(dict(form))
            if form.get("client_id") != CLIENT or form.get("client_secret", "") != self.client_secret:
                return 401, {"error": "invalid_client"}
            match form.get("grant_type"):
                case "authorization_code":
                    return self._redeem(form)
                case "refresh_token":
                    return self._refresh(form.get("refresh_token", ""))
                case grant if grant == DEVICE_GRANT:
                    return self._device(form.get("device_code", ""))
        return 400, {"error": "unsupported_grant_type"}

    def device(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("client_id") != CLIENT or form.get("scope") != SCOPE:
            return 400, {"error": "invalid_scope"}
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code()
        return 200, {
            "device_code": code,
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.url}/activate",
            "expires_in": 600,
            "interval": self.interval,
        }

    def introspect(self, token: str) -> dict[str, Any]:
        with self._lock:
            expires_at, _family = self.access.get(token, (0.0, ""))
        if expires_at < time.time():
            return {"active": False}
        return {"active": True, "username": self.user, "scope": SCOPE}

    def _redeem(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        code = self.codes.get(form.get("code", ""))
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if code is None or digest != code.challenge or form.get("redirect_uri") != code.redirect_uri:
            return 400, {"error": "invalid_grant", "error_description": "the code does not fit"}
        if code.used:
            # RFC 6749, section 4.1.2: what was given for it before is withdrawn.
            self._end(code.family)
            return 400, {"error": "invalid_grant", "error_description": "the code was used before"}
        code.used, code.family = True, secrets.token_hex(8)
        return 200, self.issue(code.family)

    def _refresh(self, token: str) -> tuple[int, dict[str, Any]]:
        if token in self.spent:
            self._end(self.spent[token])
            return 400, {"error": "invalid_grant", "error_description": "used before"}
        family = self.refresh.get(token)
        if family is None:
            return 400, {"error": "invalid_grant", "error_description": "withdrawn"}
        document = self.issue(family)
        if self.rotates:
            self.spent[token] = self.refresh.pop(token)
        else:
            del self.refresh[document.pop("refresh_token")]
        return 200, document

    def _device(self, code: str) -> tuple[int, dict[str, Any]]:
        if code not in self.codes:
            return 400, {"error": "invalid_grant"}
        if self.device_answers:
            return 400, {"error": self.device_answers.pop(0)}
        del self.codes[code]
        return 200, self.issue()

    def _end(self, family: str) -> None:
        self.access = {token: entry for token, entry in self.access.items() if entry[1] != family}
        self.refresh = {token: entry for token, entry in self.refresh.items() if entry != family}


class _Handler(BaseHTTPRequestHandler):
    authorisation: AuthorisationServer
    timeout = 10

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/authorize":
            self.send_error(404)
            return
        status, where = self.authorisation.authorize(_fields(parts.query))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        server = self.authorisation
        form = _fields(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        path = urlsplit(self.path).path
        headers: dict[str, str] = {}
        if path == "/token":
            server.asked.set()
            if server.hold is not None:
                server.hold.wait(10)
            if server.error is not None:
                status, document, headers = server.error
            else:
                status, document = server.token(form)
        elif path == "/device":
            status, document = server.device(form)
        else:
            status, document = 200, server.introspect(form.get("token", ""))
        octets = json.dumps(document).encode()
        self.send_response_only(status)
        for name, value in {"Date": self.date_time_string(), **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing on stderr."""


def _fields(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
