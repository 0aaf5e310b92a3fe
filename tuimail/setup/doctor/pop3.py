"""Looks at a POP3 account from the inside: capabilities, log-in, what the maildrop holds. Deletes nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.model.server import Credentials, Security
from tuimail.model.units import counted, short_size
from tuimail.pop3.lifeline import Lifeline
from tuimail.pop3.session import open_pop3
from tuimail.setup import hello
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.doctor import costs
from tuimail.setup.doctor.checkup import Check, State, Step
from tuimail.setup.doctor.imap import capabilities_check
from tuimail.setup.doctor.reach import Reach
from tuimail.setup.login import enter
from tuimail.setup.tls import tls_context

if TYPE_CHECKING:
    from tuimail.config.schema import Pop3Server
    from tuimail.setup.login import SecretOf

TIMEOUT_S = 15.0
_LONGEST_NUMBER = 9


class Pop3Checkup:
    """The steps of one POP3 account; `reach` is the way to its server."""

    def __init__(self, account: str, server: Pop3Server, secret_of: SecretOf, reach: Reach, poll_minutes: int) -> None:
        self._account = account
        self._server = server
        self._secret_of = secret_of
        self._reach = reach
        self._poll_minutes = poll_minutes

    def steps(self) -> list[Step]:
        """What comes after the greeting."""
        return [
            Step("capabilities", self._capabilities, ("greeting",)),
            Step("log-in", self._log_in, ("secret", "greeting"), timeout_s=40),
        ]

    async def close(self) -> None:
        """Nothing is left open."""

    async def _capabilities(self) -> Check:
        dialogue = self._reach.open_dialogue()
        lines = await hello.ask_capabilities(dialogue, "pop3")
        # The maildrop is locked for one session at a time: this one makes room for the log-in.
        self._reach.close()
        if not lines:
            said = "the server does not tell (no CAPA): each command is tried"
            return Check("capabilities", State.OK, said, details={"offered": [], "missing": {}})
        names = {line.split()[0]: line.split()[1:] for line in lines if line}
        # STLS is for connections that begin in clear; inside TLS nobody offers it (RFC 2595, section 4).
        in_clear = self._server.security is Security.NONE
        lacks = costs.lacking(costs.POP3, lambda name: name in names or (name == "STLS" and not in_clear))
        return capabilities_check(lines, lacks, self._policies(names))

    def _policies(self, names: dict[str, list[str]]) -> tuple[str, ...]:
        """EXPIRE and LOGIN-DELAY (RFC 2449, sections 6.5 and 6.7): what the server does by itself."""
        told = []
        (expire, *_) = names.get("EXPIRE") or [""]
        if expire == "0":
            told.append("EXPIRE 0: The server deletes messages by itself as soon as they were downloaded.")
        elif _is_number(expire):
            told.append(f"EXPIRE {expire}: The server deletes messages by itself after {counted(int(expire), 'day')}.")
        (delay, *_) = names.get("LOGIN-DELAY") or [""]
        if _is_number(delay) and int(delay) > self._poll_minutes * 60:
            told.append(
                f"LOGIN-DELAY {delay}: The server wants {counted(int(delay), 'second')} between log-ins;"
                f" set poll_minutes = {-(-int(delay) // 60)}."
            )
        return tuple(told)

    async def _log_in(self) -> Sequence[Check]:
        server = self._server
        context = None if server.security is Security.NONE else tls_context(server)

        async def open_with(credentials: Credentials) -> tuple[int, int]:
            lifeline = Lifeline()
            try:
                return await in_daemon_thread(partial(_count, server, credentials, context, lifeline), "pop3")
            except asyncio.CancelledError:
                lifeline.cut()
                raise

        messages, octets = await enter(self._account, server, self._secret_of, open_with)
        said = f"{counted(messages, 'message')}, {short_size(octets)}"
        return [
            Check("log-in", State.OK, f"as {server.username}", details={"username": server.username}),
            Check("maildrop", State.OK, said, details={"messages": messages, "octets": octets}),
        ]


def _is_number(word: str) -> bool:
    """A number, and one that a server can mean."""
    return word.isdigit() and len(word) <= _LONGEST_NUMBER


def _count(
    server: Pop3Server, credentials: Credentials, context: ssl.SSLContext | None, lifeline: Lifeline
) -> tuple[int, int]:
    session = open_pop3(
        server.host,
        server.port,
        server.security,
        credentials,
        tls_context=context,
        timeout_s=TIMEOUT_S,
        lifeline=lifeline,
        allow_cleartext=server.allow_cleartext,
    )
    try:
        found = session.stat()
        # Nothing is marked, so that nothing goes; and the server unlocks the maildrop at once.
        session.quit()
    except BaseException:
        session.abort()
        raise
    return found
