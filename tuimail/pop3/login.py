r"""The log-in (RFC 1939, section 4; AUTH: RFC 5034; OAUTHBEARER: RFC 7628).

    an access token        ─► OAUTHBEARER, XOAUTH2
    a password inside TLS  ─► AUTH PLAIN, else USER and PASS
    a password in clear    ─► APOP, which does not tell it; else as above

Without TLS a password is sent only to a server whose configuration allows that by name (see `config.load`).
"""

from __future__ import annotations

import contextlib
import hashlib
import poplib
import re
from typing import TYPE_CHECKING

from tuimail.model import sasl
from tuimail.model.errors import AuthError, ProtocolError
from tuimail.pop3.faults import login_failure, said

if TYPE_CHECKING:
    from tuimail.model.server import Credentials
    from tuimail.pop3.capabilities import Capabilities
    from tuimail.pop3.client import Pop3Client

_TIMESTAMP = re.compile(rb"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>")
_LONGEST_COMMAND = 255
"""Octets with CRLF; a longer first response is sent when the server asks for it (RFC 5034, section 4)."""


def timestamp_of(greeting: bytes) -> bytes:
    """The timestamp that APOP needs; b"" for none, or one that is no msg-id (it may be made up by who listens)."""
    match = _TIMESTAMP.search(greeting)
    return match[0] if match else b""


def log_in(client: Pop3Client, capabilities: Capabilities, credentials: Credentials, *, is_private: bool) -> None:
    """Log in; `is_private`: inside TLS.

    Raises:
        AuthError: refused, or not possible here.
        ConnectionLost: refused for now.
        ProtocolError: the answer is none.
    """
    if set(credentials.username + credentials.secret) & set("\r\n\0"):
        raise AuthError("The user name or the password contains a line break or NUL.", hint="Store it again without.")
    try:
        if credentials.is_token:
            _by_token(client, capabilities, credentials)
        else:
            _by_password(client, capabilities, credentials, is_private=is_private)
    except poplib.error_proto as error:
        raise login_failure(said(error), client.peer, credentials) from None
    except ProtocolError:
        # Its words quote the server, who may be quoting us.
        raise ProtocolError(f"{client.peer} did not answer the log-in as a POP3 server does.") from None


def _by_password(client: Pop3Client, capabilities: Capabilities, credentials: Credentials, *, is_private: bool) -> None:
    timestamp = timestamp_of(client.getwelcome())
    if timestamp and not is_private and _by_digest(client, timestamp, credentials):
        return
    if "PLAIN" in capabilities.mechanisms:
        _authenticate(client, "PLAIN", sasl.plain(credentials.username, credentials.secret), credentials)
    else:
        if capabilities.is_known and not capabilities.has("USER") and capabilities.mechanisms:
            raise AuthError(
                f"{client.peer} allows no log-in by password on this connection.",
                hint='Set security = "tls" or "starttls"; if it is set, the server wants another way to log in.',
            )
        client.user(credentials.username)
        client.pass_(credentials.secret)


def _by_digest(client: Pop3Client, timestamp: bytes, credentials: Credentials) -> bool:
    """APOP. False where it is refused: some servers greet with a timestamp and cannot do it for everybody."""
    # MD5 is what APOP is made of, and the best that a server without TLS offers.
    secret = credentials.secret.encode("utf-8", "surrogateescape")
    digest = hashlib.md5(timestamp + secret, usedforsecurity=False).hexdigest()
    client.send([f"APOP {credentials.username} {digest}"])
    try:
        client.answer()
    except poplib.error_proto as error:
        if isinstance(login_failure(said(error), client.peer, credentials), AuthError):
            return False
        raise
    return True


def _by_token(client: Pop3Client, capabilities: Capabilities, credentials: Credentials) -> None:
    mechanism = sasl.token_mechanism(capabilities.mechanisms.__contains__)
    if mechanism is None:
        raise AuthError(
            f"{client.peer} takes no access tokens: it offers neither OAUTHBEARER nor XOAUTH2.",
            hint='Set auth = "password".',
        )
    message = sasl.token_message(mechanism, credentials.username, client.host, client.port, credentials.secret)
    _authenticate(client, mechanism, message, credentials)


def _authenticate(client: Pop3Client, mechanism: str, message: bytes, credentials: Credentials) -> None:
    """AUTH with one message of ours. A server that asks once more tells why it refuses a token: it is let finish."""
    response = sasl.encoded(message).decode()
    command = f"AUTH {mechanism} {response}"
    if len(command) + 2 <= _LONGEST_COMMAND:
        client.send([command])
        line = client.answer()
    else:
        client.send([f"AUTH {mechanism}"])
        line = client.answer()
        if _asks(line):
            client.send([response], secret=True)
            line = client.answer()
    if not _asks(line):
        return
    client.send([sasl.encoded(sasl.token_answer(mechanism)).decode()], secret=True)
    reason = sasl.refusal(line[2:])
    if sasl.repeats(reason.encode(), credentials.username, credentials.secret):
        reason = ""
    with contextlib.suppress(poplib.error_proto):
        client.answer()
    raise AuthError(
        f"{client.peer} refused the access token{': ' + reason if reason else ''}.",
        hint="Log in again with `tuimail account login`.",
    )


def _asks(line: bytes) -> bool:
    return line == b"+" or line.startswith(b"+ ")
