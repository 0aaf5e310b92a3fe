"""What goes wrong on the way to a POP3 server and in its answers, in words."""

from __future__ import annotations

import poplib
import re
import socket
import ssl

from tuimail.model import sasl
from tuimail.model.certificate import certificate_refused, handshake_failed
from tuimail.model.errors import AuthError, ConnectionLost, ServerRefused, TimedOut, TuimailError
from tuimail.model.server import Credentials

_CODE = re.compile(rb"-ERR \[([A-Za-z0-9/_.-]{1,40})\] ?", re.IGNORECASE)
_FOR_NOW = ("IN-USE", "LOGIN-DELAY", "SYS/TEMP")
"""Response codes (RFC 2449, section 8; RFC 3206) of a log-in that may succeed later."""
_SAYS_FOR_NOW = re.compile(r"mail ?(?:drop|box)\b.*\block|\bin use\b|\bbusy\b|\btemporar|\btry again\b", re.IGNORECASE)
_SAYS_WRONG = re.compile(
    r"passw|credential|authenticat|log-?in\b|user ?name|invalid|incorrect|denied|too many|fail", re.IGNORECASE
)
"""Words of a refusal for good, whatever it says of trying again: a server locks whoever tries a password too often."""
_UNSAFE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]")


def said(error: poplib.error_proto) -> bytes:
    """The line of a -ERR."""
    line = error.args[0] if error.args else b""
    return line if isinstance(line, bytes) else str(line).encode()


def code_and_text(line: bytes) -> tuple[str, str]:
    """The response code of a -ERR, upper case ("" for none), and its text, safe to show."""
    match = _CODE.match(line)
    rest = line[match.end() :] if match else line.removeprefix(b"-ERR").strip()
    text = _UNSAFE.sub("?", rest.decode("utf-8", "replace"))[:200].strip()
    return (match[1].decode().upper() if match else ""), text


def refusal(error: poplib.error_proto, peer: str, doing: str) -> ServerRefused:
    """A command other than a log-in was refused; `doing` says what it was for: "delete message 3"."""
    code, text = code_and_text(said(error))
    return ServerRefused(f"{peer} refused to {doing}: {text or 'no reason given'}", kind="-ERR", code=code, text=text)


def login_failure(line: bytes, peer: str, credentials: Credentials) -> TuimailError:
    """A log-in was refused: for good, as servers lock accounts, unless the server says that it is for now.

    Its words are not told where they repeat what it was shown.
    """
    code, text = code_and_text(line)
    told = "no reason given" if sasl.repeats(line, credentials.username, credentials.secret) else text
    if code.startswith(_FOR_NOW) or (not code and _SAYS_FOR_NOW.search(text) and not _SAYS_WRONG.search(text)):
        return ConnectionLost(f"{peer} cannot take the log-in now: {told or code}", hint="It is tried again later.")
    return AuthError(
        f"{peer} refused the log-in of {credentials.username}: {told or 'no reason given'}",
        hint="Check the user name and the password.",
    )


def connect_failure(error: OSError, host: str, port: int, timeout_s: float) -> TuimailError:
    """TCP or TLS did not come about. A TLS context that has a reason of its own says so as the cause."""
    where = f"{host}:{port}"
    if isinstance(error.__cause__, TuimailError):
        return error.__cause__
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_refused(where, host, error.verify_code, error.verify_message)
    if isinstance(error, ssl.SSLError):
        return handshake_failed(where, error.reason or str(error), 995)
    if isinstance(error, TimeoutError):
        return TimedOut(
            f"{where} did not answer within {timeout_s:g} seconds.",
            hint="Check the host name, the port and the network.",
        )
    if isinstance(error, socket.gaierror):
        return ConnectionLost(
            f"The host {host} is not known ({error.strerror}).", hint="Check its spelling and the network."
        )
    if isinstance(error, ConnectionRefusedError):
        return ConnectionLost(
            f"{where} refused the connection.", hint="Check the port, and that the server is running."
        )
    return ConnectionLost(f"{where} cannot be reached: {error.strerror or error}.", hint="Check the network.")
