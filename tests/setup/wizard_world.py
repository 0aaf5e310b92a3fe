"""A world for the wizard without a network, a keyring or a file: its tools, and what was done with them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tuimail.config.schema import Account, ImapServer, Pop3Server, Server, SmtpServer
from tuimail.model.errors import AuthError, CertificateUntrusted, TuimailError
from tuimail.model.server import Credentials, Protocol, Security
from tuimail.setup.certificates import ServerCertificate
from tuimail.setup.discovery.address import TypedAddress
from tuimail.setup.discovery.discover import Candidate, Discovery, OnStep, Step, StepState
from tuimail.setup.discovery.probe import Offer
from tuimail.setup.discovery.provider import Way
from tuimail.setup.oauth.access import LoggedIn
from tuimail.setup.oauth.tokens import Tokens
from tuimail.setup.wizard.entering import Entered
from tuimail.setup.wizard.tools import Keep, OAuthAnswers, Tools

PASSWORD = "correct horse"
IMAP = ImapServer(host="imap.example.org", port=993, username="ada@example.org")
POP3 = Pop3Server(host="pop.example.org", port=995, username="ada@example.org")
SMTP = SmtpServer(host="smtp.example.org", port=587, security=Security.STARTTLS, username="ada@example.org")
CANDIDATE = Candidate(IMAP, SMTP, "autoconfig of example.org")
CERTIFICATE = ServerCertificate(
    fingerprint="sha256:" + "0123456789abcdef" * 4,
    subject="CN=mail.example.org",
    issuer="CN=Example Authority",
    names=("mail.example.org", "imap.example.org"),
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    trusted=False,
    problem="The certificate of imap.example.org:993 is not trusted: it is self-signed, so that nobody vouches for it.",
    der=b"",
)
BOTH = Offer("hello", ("IMAP4REV1",), (Way.PASSWORD,))


@dataclass
class WizardWorld:
    """What will happen, and what has. `looks`: by host, what it offers, or the error; others offer a password.

    `untrusted`: hosts whose certificate nothing vouches for. `holds`: while it is set, no search ends.
    """

    discovery: Discovery = field(default_factory=lambda: Discovery((CANDIDATE,)))
    looks: dict[str, Offer | TuimailError] = field(default_factory=dict)
    untrusted: set[str] = field(default_factory=set)
    password: str = PASSWORD
    entering: TuimailError | None = None
    keyring: bool = True
    holds: asyncio.Event | None = None
    looked_at: list[Server] = field(default_factory=list)
    logins: list[Credentials] = field(default_factory=list)
    kept: list[tuple[str, str, str, Keep, str]] = field(default_factory=list)
    forgotten: list[tuple[str, str]] = field(default_factory=list)
    written: list[tuple[Path, str, Account]] = field(default_factory=list)

    def tools(self) -> Tools:
        return Tools(
            discover=self._discover,
            look=self._look,
            certificate=self._certificate,
            enter=self._enter,
            run_command=self._run_command,
            oauth=self._oauth,
            keep=self._keep,
            forget=self._forget,
            write=lambda path, name, account: self.written.append((path, name, account)),
        )

    @property
    def account(self) -> Account:
        """What was written."""
        ((_, _, account),) = self.written
        return account

    async def _discover(self, address: TypedAddress, _protocol: Protocol, on_step: OnStep | None) -> Discovery:
        if on_step is not None:
            on_step(Step("Built-in table", StepState.NOTHING))
            on_step(Step(f"Autoconfig of {address.domain}", StepState.RUNNING))
        if self.holds is not None:
            await self.holds.wait()
        if on_step is not None:
            state = StepState.FOUND if self.discovery.candidates else StepState.NOTHING
            on_step(Step(f"Autoconfig of {address.domain}", state, "imap.example.org"))
        return self.discovery

    async def _look(self, server: Server) -> Offer:
        self.looked_at.append(server)
        if server.host in self.untrusted and not server.tls_fingerprint:
            raise CertificateUntrusted(f"The certificate of {server.host} is not trusted.")
        found = self.looks.get(server.host, BOTH)
        if isinstance(found, TuimailError):
            raise found
        return found

    async def _certificate(self, _server: Server) -> ServerCertificate:
        return CERTIFICATE

    async def _enter(self, _server: ImapServer | Pop3Server, credentials: Credentials) -> Entered:
        self.logins.append(credentials)
        if self.entering is not None:
            raise self.entering
        if credentials.secret != self.password and not credentials.is_token:
            raise AuthError("The log-in was refused.", hint="Check the password.")
        return Entered(12)

    async def _run_command(self, _account: str, command: tuple[str, ...]) -> str:
        if command[0] == "false":
            raise AuthError("The command failed.", hint="Run it by hand.")
        return self.password

    async def _oauth(self, _account: str, _server: Server, _answers: OAuthAnswers) -> LoggedIn:
        return LoggedIn(Tokens("token-1", "refresh-1", "https://auth.example.org/token"), "keyring")

    async def _keep(self, account: str, username: str, secret: str, where: Keep, master: str) -> str:
        if where is Keep.KEYRING and not self.keyring:
            raise AuthError("There is no keyring on this machine.", hint="Choose another place.")
        self.kept.append((account, username, secret, where, master))
        return where.value

    async def _forget(self, account: str, username: str) -> None:
        self.forgotten.append((account, username))
