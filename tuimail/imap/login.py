"""The log-in (RFC 9051, section 6.2): what the server offers decides how a password or an access token is shown to it.

    a token      AUTHENTICATE OAUTHBEARER, else XOAUTH2      a password      AUTHENTICATE PLAIN, else LOGIN

The first message goes out with the command where SASL-IR is offered (RFC 4959). No message is ever traced.
"""

from __future__ import annotations

from collections.abc import Callable

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.link import Link
from tuimail.imap.names import Argument, Literal, quote
from tuimail.imap.responses import Continuation, Tagged
from tuimail.imap.scheduler import Request
from tuimail.model import sasl
from tuimail.model.errors import AuthError, ConfigError, ConnectionLost, ProtocolError, TimedOut
from tuimail.model.server import Credentials

_RETRY_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})
_LONGEST_COMMAND_OCTETS = 4000
"""A longer one, with the token of a large organisation, may be more than a server takes on one line before log-in."""


async def log_in(link: Link, capabilities: Capabilities, credentials: Credentials, host: str, port: int) -> None:
    """Log in at `host`; the capabilities are to be asked again after it.

    Raises:
        AuthError: the server refused the log-in, or allows none by password here.
        ConfigError: it takes no access tokens.
        ConnectionLost: it went away, or cannot take the log-in now; `TimedOut`: it did not answer.
    """
    link.router.capabilities = None
    reasons: list[str] = []
    try:
        if credentials.is_token:
            response = await _by_token(link, capabilities, credentials, (host, port), reasons)
        else:
            response = await _by_password(link, capabilities, credentials)
    except ConnectionLost as error:
        raise _closed(link, error, credentials) from None
    except ProtocolError:
        # Its words quote the server, who may be quoting us.
        raise ProtocolError(f"{link.peer} did not answer the log-in as an IMAP server does.") from None
    if response.kind == "OK":
        return
    words = _words(response, reasons, credentials)
    if response.code.name in _RETRY_CODES:
        raise ConnectionLost(f"{link.peer} cannot take the log-in now: {words}", hint="Try again later.")
    raise AuthError(
        f"{link.peer} refused the log-in of {credentials.username}: {words}",
        hint="The token may have been withdrawn, or be another user's."
        if credentials.is_token
        else "Check the user name and the password.",
    )


async def _by_password(link: Link, capabilities: Capabilities, credentials: Credentials) -> Tagged:
    message = sasl.plain(credentials.username, credentials.secret)
    response: Tagged | None = None
    if capabilities.has("AUTH=PLAIN"):
        # There is nothing to ask after the one message: such a log-in is given up.
        response = await _authenticate(link, capabilities, "PLAIN", message, lambda _challenge: b"*")
    if response is None or response.kind == "BAD":
        if capabilities.has("LOGINDISABLED"):
            raise AuthError(
                f"{link.peer} allows no log-in by password on this connection.",
                hint='Set security = "tls" or "starttls"; if it is set, the server wants another way to log in.',
            )
        response = await _login(link, credentials)
    return response


async def _by_token(
    link: Link, capabilities: Capabilities, credentials: Credentials, where: tuple[str, int], reasons: list[str]
) -> Tagged:
    """`reasons` gets what the server says of a token that it refuses."""
    mechanism = sasl.token_mechanism(lambda name: capabilities.has(f"AUTH={name}"))
    if mechanism is None:
        raise ConfigError(
            f"{link.peer} takes no access tokens: it offers neither OAUTHBEARER nor XOAUTH2.",
            hint='Set auth = "password".',
        )

    def hear(challenge: bytes) -> bytes:
        if not reasons:
            reasons.append(sasl.refusal(challenge))
        return sasl.encoded(sasl.token_answer(mechanism))

    message = sasl.token_message(mechanism, credentials.username, *where, credentials.secret)
    return await _authenticate(link, capabilities, mechanism, message, hear)


def _words(response: Tagged, reasons: list[str], credentials: Credentials) -> str:
    """What the server says, unless it repeats what it was shown."""
    words = (response.text or response.kind) + "".join(f" ({reason})" for reason in reasons if reason)
    return response.kind if _repeats(words, credentials) else words


def _repeats(words: str, credentials: Credentials) -> bool:
    return sasl.repeats(words.encode("utf-8", "replace"), credentials.username, credentials.secret)


def _closed(link: Link, error: ConnectionLost, credentials: Credentials) -> ConnectionLost:
    if isinstance(error, TimedOut):
        return TimedOut(f"{link.peer} did not answer the log-in.")
    bye = link.router.bye
    reason = f": {bye}" if bye and not _repeats(bye, credentials) else "."
    return ConnectionLost(f"{link.peer} closed the connection during the log-in{reason}")


async def _authenticate(
    link: Link, capabilities: Capabilities, mechanism: str, message: bytes, hear: Callable[[bytes], bytes]
) -> Tagged:
    """AUTHENTICATE with one message; `hear` gives the answer to any challenge after it, both in base64."""
    command, waiting = b"AUTHENTICATE " + mechanism.encode("ascii"), [sasl.encoded(message)]
    if capabilities.has("SASL-IR") and len(command) + len(waiting[0]) < _LONGEST_COMMAND_OCTETS:
        command += b" " + waiting.pop()

    def answer(challenge: Continuation) -> bytes:
        return waiting.pop() if waiting else hear(challenge.text)

    request = Request("AUTHENTICATE", (command,), alone_before=True, alone_after=True, secret=True, answer=answer)
    return await link.submit(request)


async def _login(link: Link, credentials: Credentials) -> Tagged:
    arguments: tuple[Argument, ...] = (quote(credentials.username), quote(credentials.secret))
    parts: list[bytes | Literal] = [b"LOGIN"]
    for argument in arguments:
        parts += [b" ", argument]
    return await link.submit(Request("LOGIN", tuple(parts), alone_before=True, alone_after=True, secret=True))
