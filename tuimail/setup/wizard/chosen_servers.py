"""The two servers of an account that is being set up: who they are, how they are trusted, what they offer.

Knows nothing of stages and of people; `wizard` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from tuimail.config.schema import AuthMethod, ImapServer, Pop3Server, SmtpServer
from tuimail.model.errors import AuthError, CertificateChanged, CertificateUntrusted, ConfigError, TuimailError
from tuimail.setup.discovery.probe import Offer
from tuimail.setup.discovery.provider import Provider, Way

if TYPE_CHECKING:
    from tuimail.config.schema import Server
    from tuimail.setup.certificates import ServerCertificate
    from tuimail.setup.wizard.tools import Tools

S = TypeVar("S", bound="Server")


class ChosenServers:
    """`certificate` is one that a person has to look at. `outgoing_problem` says why sending may not work yet."""

    def __init__(self) -> None:
        self.incoming: ImapServer | Pop3Server | None = None
        self.outgoing: SmtpServer | None = None
        self.provider: Provider | None = None
        self.offer: Offer | None = None
        self.certificate: ServerCertificate | None = None
        self.outgoing_problem = ""
        self._named_ways: tuple[Way, ...] = ()

    @property
    def known_incoming(self) -> ImapServer | Pop3Server:
        """The server that mail comes from, once it is chosen."""
        assert self.incoming is not None  # noqa: S101 - asked only after `choose`
        return self.incoming

    @property
    def ways(self) -> tuple[Way, ...]:
        """What the person can log in with there, the best first: what the provider wants, of what the server offers."""
        offered = self.offer.ways if self.offer is not None else ()
        named = self.provider.ways if self.provider is not None else self._named_ways
        fitting = tuple(way for way in named if (Way.OAUTH2 if way is Way.OAUTH2 else Way.PASSWORD) in offered)
        return fitting or offered

    @property
    def advice(self) -> str:
        """What the provider wants people to know; "" for none."""
        return self.provider.advice if self.provider is not None else ""

    def choose(
        self,
        incoming: ImapServer | Pop3Server,
        outgoing: SmtpServer | None,
        *,
        login: str,
        provider: Provider | None,
        ways: tuple[Way, ...] = (),
    ) -> None:
        """Take these; `login` is who logs in where a server does not say. What the last ones offered is forgotten."""
        incoming = _still_trusted(incoming, self.incoming)
        self.incoming = msgspec.structs.replace(incoming, username=incoming.username or login)
        self.set_outgoing(outgoing)
        self.provider, self._named_ways = provider, ways
        self.offer = self.certificate = None
        self.outgoing_problem = ""

    def set_outgoing(self, outgoing: SmtpServer | None) -> None:
        """Take the server that sends, or none."""
        if outgoing is not None:
            outgoing = _still_trusted(outgoing, self.outgoing)
            outgoing = msgspec.structs.replace(outgoing, username=outgoing.username or self.known_incoming.username)
        self.outgoing = outgoing

    def set_username(self, username: str) -> None:
        """Correct who logs in; the sending server takes the same, if it took the one before.

        Raises:
            ConfigError: it is empty.
        """
        username = username.strip()
        if not username:
            raise ConfigError("A user name is missing.", hint="It is the whole address, or what is before the @.")
        before = self.known_incoming.username
        self.incoming = msgspec.structs.replace(self.known_incoming, username=username)
        if self.outgoing is not None and self.outgoing.username == before:
            self.outgoing = msgspec.structs.replace(self.outgoing, username=username)

    def trust_in(self, *, ca_file: str = "", fingerprint: str = "") -> None:
        """Trust the authorities in a file, for both servers, or one certificate, for the one that mail comes from."""
        if ca_file:
            self.outgoing = self.outgoing and msgspec.structs.replace(self.outgoing, ca_file=ca_file)
        self.incoming = msgspec.structs.replace(
            self.known_incoming,
            ca_file=ca_file or self.known_incoming.ca_file,
            tls_fingerprint=fingerprint or self.known_incoming.tls_fingerprint,
        )

    def pin(self) -> None:
        """Trust `certificate`, and no other; the sending server, if it is the same host, may have it too."""
        assert self.certificate is not None  # noqa: S101 - a person has just looked at it
        pin = self.certificate.fingerprint
        self.incoming = msgspec.structs.replace(self.known_incoming, tls_fingerprint=pin, ca_file="")
        if self.outgoing is not None and self.outgoing.host == self.known_incoming.host:
            self.outgoing = msgspec.structs.replace(self.outgoing, tls_fingerprint=pin, ca_file="")

    def log_in_by(self, auth: AuthMethod, command: tuple[str, ...] = ()) -> None:
        """How both are entered from now on."""
        self.incoming = msgspec.structs.replace(self.known_incoming, auth=auth, password_command=command)
        self.outgoing = self.outgoing and msgspec.structs.replace(self.outgoing, auth=auth, password_command=command)

    async def look(self, tools: Tools) -> bool:
        """Ask both what they offer. Returns whether somebody can log in now; else a person must look at `certificate`.

        Raises:
            AuthError: nobody can log in there in a way that tuimail knows.
            ConnectionLost, ProtocolError: nobody answers there, or somebody else.
        """
        incoming = self.known_incoming
        try:
            self.offer = await tools.look(incoming)
        except CertificateUntrusted:
            self.certificate = await tools.certificate(incoming)
            return False
        await self._look_at_outgoing(tools)
        if not self.ways:
            raise AuthError(
                f"Nobody can log in at {incoming.host}:{incoming.port}: {self.offer.why_no_password}.",
                hint="Choose another protection or port, or another server.",
            )
        return True

    async def _look_at_outgoing(self, tools: Tools) -> None:
        """Whether sending can be expected to work; a doubt is told, and holds nothing up."""
        self.outgoing_problem = ""
        outgoing = self.outgoing
        if outgoing is None:
            return
        try:
            await tools.look(outgoing)
        except CertificateChanged as error:
            # It was pinned with the other server's certificate, on the chance that they share one.
            self.outgoing = msgspec.structs.replace(outgoing, tls_fingerprint="")
            self.outgoing_problem = error.message
        except TuimailError as error:
            self.outgoing_problem = str(error)


def _still_trusted(server: S, before: Server | None) -> S:
    """`server` with the trust that was given to it before, in another round of corrections."""
    if before is None or before.host != server.host:
        return server
    return msgspec.structs.replace(
        server,
        ca_file=server.ca_file or before.ca_file,
        tls_fingerprint=server.tls_fingerprint or before.tls_fingerprint,
    )
