"""One question to an authorization server: a form sent by POST, a JSON document back (RFC 6749, sections 4 to 6).

HTTPS with the trust of all our connections, but for this machine itself. No redirect is followed, nothing is kept open,
time and size are bounded. What was sent and what came back stand in no log and in no error, but for the error code and
the description that the server gives for people.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import http.client
import json
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tuimail.config.load import is_loopback
from tuimail.config.logs import holds_secret
from tuimail.config.schema import Server
from tuimail.model.errors import ConfigError, ConnectionLost, ProtocolError, TimedOut
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.tls import tls_context

log = logging.getLogger(__name__)

TIMEOUT_S = 20.0
"""For connecting, and for each wait for octets; `TOTAL_S` bounds them together."""
TOTAL_S = 30.0
MAX_OCTETS = 128 << 10
_CHUNK_OCTETS = 1 << 14


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` is the JSON object of the answer. `clock_skew_s`: how far our clock is ahead of the server's."""

    status: int
    document: Mapping[str, Any] = field(repr=False)
    clock_skew_s: float = 0.0

    @property
    def error(self) -> str:
        """The error code (RFC 6749, section 5.2), "" for a success."""
        code = self.document.get("error")
        if isinstance(code, str) and (word := _shown(code, 100)):
            return word
        return "" if self.status < 300 else f"http_{self.status}"

    @property
    def description(self) -> str:
        """What the server says to people about the error; its first line, which may be anything."""
        text = self.document.get("error_description")
        line = text.strip().splitlines()[0] if isinstance(text, str) and text.strip() else ""
        # Some repeat what they were shown.
        return "" if holds_secret(line) else _shown(line, 300)

    def text(self, name: str) -> str:
        """A member that is a text, "" if it is none."""
        value = self.document.get(name)
        return value if isinstance(value, str) else ""

    def seconds(self, name: str) -> float | None:
        """A member that is a number of seconds, also where it is written as a text; None if it is none."""
        value = self.document.get(name)
        try:
            number = None if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
        except (ValueError, OverflowError):
            return None
        return number if number is not None and 0 <= number < 1e10 else None


def _shown(text: str, length: int) -> str:
    return "".join(letter for letter in text[:length] if letter.isprintable())


async def post_form(url: str, form: Mapping[str, str], *, ca_file: str = "") -> Answer:
    """Send `form` to `url`. An answer that tells of an error is an answer all the same.

    Raises:
        ConfigError: `url` is none that we send secrets to.
        ConnectionLost: the server cannot be reached or trusted, or cannot serve now; `TimedOut`: it took too long.
        ProtocolError: what it sent is no answer.
    """
    made: list[http.client.HTTPConnection] = []
    try:
        async with asyncio.timeout(TOTAL_S):
            return await in_daemon_thread(lambda: _post(url, form, ca_file, made), "oauth request")
    except TimeoutError:
        raise _too_slow(urlsplit(url).hostname or url) from None
    finally:
        for connection in made:
            _cut(connection)


def _cut(connection: http.client.HTTPConnection) -> None:
    """End what is still said on the connection: nobody listens any more, and its thread must not stay for it."""
    if connection.sock is not None:
        # Not that of a TLS socket, which would take its state from under the thread that reads.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _post(url: str, form: Mapping[str, str], ca_file: str, made: list[http.client.HTTPConnection]) -> Answer:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        # A name that cannot be, a port that is no number, an open bracket.
        host = ""
    if not host or not url.isascii() or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ConfigError(f"{url} is no address for OAuth2.", hint="It must begin with https://.")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = tls_context(Server(host=host, ca_file=ca_file))
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    made.append(connection)
    try:
        return _exchange(connection, parts.path + (f"?{parts.query}" if parts.query else "") or "/", form, host)
    finally:
        connection.close()


def _exchange(connection: http.client.HTTPConnection, path: str, form: Mapping[str, str], host: str) -> Answer:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "User-Agent": "tuimail",
        "Connection": "close",
    }
    deadline_s = time.monotonic() + TOTAL_S
    try:
        connection.request("POST", path, body=urlencode(form).encode("ascii"), headers=headers)
        response = connection.getresponse()
        octets = _read(response, deadline_s, host)
    except TimeoutError:
        raise _too_slow(host) from None
    except ssl.SSLCertVerificationError as error:
        raise ConnectionLost(
            f"The certificate of {host} is not trusted: {error.verify_message.rstrip('.')}.",
            hint="If it is your own server, name its authority with ca_file in the oauth2 table.",
        ) from None
    except socket.gaierror as error:
        raise ConnectionLost(
            f"The host {host} is not known ({error.strerror}).", hint="Check its spelling and the network."
        ) from None
    except OSError as error:
        raise ConnectionLost(
            f"{host} cannot be reached: {error.strerror or error}.", hint="Check the network and try again."
        ) from None
    except http.client.HTTPException as error:
        raise ProtocolError(f"{host} did not answer as an HTTP server does ({type(error).__name__}).") from None
    return _answer(response, octets, host)


def _too_slow(host: str) -> TimedOut:
    return TimedOut(f"{host} did not answer in time.", hint="Check the network and try again.")


def _read(response: http.client.HTTPResponse, deadline_s: float, host: str) -> bytes:
    octets = bytearray()
    while chunk := response.read1(_CHUNK_OCTETS):
        octets += chunk
        if len(octets) > MAX_OCTETS:
            raise ProtocolError(f"{host} sent more than {MAX_OCTETS >> 10} KB in answer to a log-in.")
        if time.monotonic() > deadline_s:
            raise TimeoutError
    return bytes(octets)


def _answer(response: http.client.HTTPResponse, octets: bytes, host: str) -> Answer:
    if response.status >= 500 or response.status == 429:
        raise ConnectionLost(f"{host} cannot serve the log-in now (HTTP {response.status}).", hint="Try again later.")
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ProtocolError(
            f"{host} answered with HTTP {response.status} and no JSON document.",
            hint="Check the addresses in the oauth2 table of the account.",
        )
    answer = Answer(response.status, document, _skew_s(response.getheader("Date", "")))
    log.debug("%s answered with HTTP %d %s", host, response.status, answer.error or "and no error")
    return answer


def _skew_s(date: str) -> float:
    try:
        return time.time() - email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0.0
