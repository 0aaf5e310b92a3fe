"""The way to a server, step by step: DNS, TCP, TLS with its certificate, greeting. The same for every protocol.

Nobody logs in here.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tuimail.model.certificate import for_account
from tuimail.model.errors import CertificateChanged, CertificateUntrusted, ConfigError, ConnectionLost, TuimailError
from tuimail.model.server import CLEAR_TEXT_HINT, Security, clear_text_refusal, is_loopback_address
from tuimail.setup import hello
from tuimail.setup.certificates import ServerCertificate, read_certificate, secured
from tuimail.setup.dialogue import Address, Dialogue, dial, resolve
from tuimail.setup.doctor.checkup import Check, State, Step
from tuimail.setup.tls import tls_context, unchecked_context

if TYPE_CHECKING:
    from tuimail.config.schema import Server

_BEFORE_WORDS = re.compile(r"(\* [A-Z]+|\+OK|220)[ -]*(\[[^\]]*(\] ?|$))?", re.IGNORECASE)
SOON_DAYS = 14
"""A certificate that ends earlier is worth a word."""


class Reach:
    """One server of an account. `prefix` goes before the names of the checks; `greeting` is None until it is known."""

    def __init__(self, account: str, server: Server, protocol: str, prefix: str = "") -> None:
        self.server = server
        self.protocol = protocol
        self.greeting: str | None = None
        self.dialogue: Dialogue | None = None
        self._account = account
        self._prefix = prefix
        self._addresses: list[Address] = []

    def steps(self) -> list[Step]:
        """The steps, in order."""
        names = self.name_of("dns"), self.name_of("tcp"), self.name_of("tls"), self.name_of("greeting")
        runs = self._look_up, self._connect, self._secure, self._greet
        return [
            Step(name, run, names[number - 1 : number])
            for number, (name, run) in enumerate(zip(names, runs, strict=True))
        ]

    def name_of(self, step: str) -> str:
        """What a check of this server is called."""
        return f"{self._prefix}{step}"

    def open_dialogue(self) -> Dialogue:
        """The connection that was made.

        Raises:
            ConnectionLost: it is over.
        """
        if self.dialogue is None:
            raise ConnectionLost(f"The connection to {self.server.host} is closed.")
        return self.dialogue

    def close(self) -> None:
        """Close the connection."""
        if self.dialogue is not None:
            self.dialogue.close()
            self.dialogue = None

    async def _look_up(self) -> Check:
        server = self.server
        self._addresses = await resolve(server.host, server.port)
        found = [str(address[0]) for _, address in self._addresses]
        far = [address for address in found if not is_loopback_address(address)]
        if far and server.security is Security.NONE and not server.allow_cleartext:
            raise ConfigError(clear_text_refusal(server.host, far[0]), hint=CLEAR_TEXT_HINT)
        said = ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")
        if found == [server.host]:
            said = "an address, no name to look up"
        return Check(self.name_of("dns"), State.OK, said, details={"host": server.host, "addresses": found})

    async def _connect(self) -> Check:
        started_s = time.monotonic()
        self.dialogue = await dial(self.server.host, self.server.port, self._addresses)
        taken_ms = round((time.monotonic() - started_s) * 1000)
        said = f"{self.dialogue.address} port {self.server.port}, {taken_ms} ms"
        details = {"address": self.dialogue.address, "port": self.server.port, "milliseconds": taken_ms}
        return Check(self.name_of("tcp"), State.OK, said, details=details)

    async def _secure(self) -> Check:
        server, name = self.server, self.name_of("tls")
        if server.security is Security.NONE:
            if server.allow_cleartext:
                fix = 'Set security = "tls" or "starttls", if the server can.'
                return Check(name, State.WARNING, "none: passwords and mail cross the network in clear text", fix)
            return Check(name, State.OK, "none, within this machine")
        dialogue = self.open_dialogue()
        try:
            self.greeting = await secured(dialogue, server.security, self.protocol, tls_context(server))
        except (CertificateUntrusted, CertificateChanged) as error:
            return await self._refused(error)
        certificate = read_certificate(dialogue.certificate())
        cipher = (dialogue.tls.cipher() if dialogue.tls is not None else None) or ("", "", 0)
        version = (dialogue.tls.version() if dialogue.tls is not None else None) or ""
        days = days_left(certificate)
        details = {"version": version, "cipher": cipher[0], "trusted_by": self._trusted_by(), **facts(certificate)}
        said = f"{version.replace('v', ' ')}, {cipher[0]}; {_sentence(certificate)}; {_trust(self._trusted_by())}"
        if days < SOON_DAYS:
            return Check(name, State.WARNING, said, "Whoever runs the server has to renew its certificate.", details)
        return Check(name, State.OK, said, details=details)

    def _trusted_by(self) -> str:
        if self.server.tls_fingerprint:
            return "tls_fingerprint"
        return "ca_file" if self.server.ca_file else "system"

    async def _refused(self, error: CertificateUntrusted | CertificateChanged) -> Check:
        """The certificate is looked at all the same, over a connection that says nothing."""
        named = for_account(error, self._account, "--smtp" if self.protocol == hello.SMTP else "")
        self.close()
        try:
            certificate = await self._look(named)
        except TuimailError:
            return Check(self.name_of("tls"), State.FAILED, named.message, named.hint)
        notes = (f"It is {_sentence(certificate)}.", f"Its fingerprint is {certificate.fingerprint}.")
        return Check(self.name_of("tls"), State.FAILED, named.message, named.hint, facts(certificate), notes)

    async def _look(self, error: TuimailError) -> ServerCertificate:
        dialogue = await dial(self.server.host, self.server.port, self._addresses)
        try:
            await secured(dialogue, self.server.security, self.protocol, unchecked_context())
            return read_certificate(dialogue.certificate(), error.message)
        finally:
            dialogue.close()

    async def _greet(self) -> Check:
        if self.greeting is None:
            self.greeting = await hello.read_greeting(self.open_dialogue(), self.protocol)
        said = _BEFORE_WORDS.sub("", self.greeting) or "without words"
        return Check(self.name_of("greeting"), State.OK, said, details={"greeting": self.greeting})


def days_left(certificate: ServerCertificate) -> int:
    """Whole days until the certificate ends; negative afterwards."""
    return (certificate.not_after - datetime.now(UTC)).days


def facts(certificate: ServerCertificate) -> dict[str, Any]:
    """What a certificate says, for JSON."""
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "not_before": _utc(certificate.not_before),
        "not_after": _utc(certificate.not_after),
        "days_left": days_left(certificate),
        "fingerprint": certificate.fingerprint,
    }


def _sentence(certificate: ServerCertificate) -> str:
    names = ", ".join(certificate.names[:4]) or certificate.subject
    more = f" and {len(certificate.names) - 4} more" if len(certificate.names) > 4 else ""
    days = days_left(certificate)
    until = f"until {certificate.not_after:%Y-%m-%d}"
    span = f"valid {until} ({days} {'day' if days == 1 else 'days'})" if days >= 0 else f"valid {until}, which is over"
    return f"for {names}{more}, by {certificate.issuer}, {span}"


def _trust(source: str) -> str:
    words = {"tls_fingerprint": "the one that you pinned", "ca_file": "trusted by ca_file"}
    return words.get(source, "trusted by this system")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
