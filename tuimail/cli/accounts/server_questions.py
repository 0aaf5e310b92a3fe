"""The wizard's questions about servers: to agree to what was found, or to name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tuimail.cli.session import say
from tuimail.config.schema import ImapServer, Pop3Server, SmtpServer
from tuimail.model.errors import ConfigError
from tuimail.model.server import Protocol, Security
from tuimail.setup.discovery.typed_server import understand_server

if TYPE_CHECKING:
    from tuimail.cli.accounts.given import Given
    from tuimail.cli.questions import Questions
    from tuimail.setup.discovery.discover import Candidate
    from tuimail.setup.wizard.wizard import Wizard

S = TypeVar("S", ImapServer, Pop3Server, SmtpServer)


class ServerQuestions:
    """One round of questions; options answer what they can."""

    def __init__(self, wizard: Wizard, given: Given, questions: Questions) -> None:
        self._wizard = wizard
        self._given = given
        self._questions = questions

    def ask(self) -> None:
        """Until the wizard has its servers.

        Raises:
            ConfigError: an answer will not do, or is missing and nobody is there to give it.
            GoBack: the person wants the question before.
        """
        wizard = self._wizard
        found = wizard.discovery.candidates if wizard.discovery is not None else ()
        if not self._given.server(wizard.protocol.value).host and wizard.servers.incoming is None:
            for candidate in found:
                if self._agreed(candidate):
                    wizard.choose(candidate, confirmed=True)
                    self._adorn()
                    return
            self._say_nothing_found()
        before = wizard.servers.incoming
        incoming: ImapServer | Pop3Server
        if wizard.protocol is Protocol.POP3:
            incoming = self._server(Pop3Server, before if isinstance(before, Pop3Server) else None)
        else:
            incoming = self._server(ImapServer, before if isinstance(before, ImapServer) else None)
        wizard.set_servers(incoming, self._outgoing())
        self._adorn()

    def _say_nothing_found(self) -> None:
        wizard = self._wizard
        found = wizard.discovery
        if found is None or found.candidates:
            return
        others = ", ".join(f"{one.protocol.value.upper()} at {one.incoming.host}" for one in found.others)
        word = wizard.protocol.value.upper()
        say(f"No {word} server was found{f', but {others}' if others else ''}.")

    def _agreed(self, candidate: Candidate) -> bool:
        """Whether the person takes these servers; they are shown before anything secret goes there."""
        say(f"  Found ({candidate.source}):")
        say(f"    {candidate.protocol.value.upper()} {_place(candidate.incoming)}")
        if candidate.outgoing is not None:
            say(f"    SMTP {_place(candidate.outgoing)}")
        if candidate.provider is not None and candidate.provider.advice:
            say(f"  {candidate.provider.advice}")
        if candidate.asks:
            say(f"  Careful: {candidate.asks}")
        if self._given.yes:
            return True
        if not self._questions.somebody:
            if candidate.asks:
                raise ConfigError(candidate.asks, hint="If your provider says the same, add --yes.")
            return True
        return self._questions.choose("Use these servers", ["yes", "no"], "no" if candidate.asks else "yes") == "yes"

    def _outgoing(self) -> SmtpServer | None:
        wizard, named = self._wizard, self._given.server("smtp")
        if named.host or not self._questions.somebody:
            return self._server(SmtpServer, wizard.servers.outgoing) if named.host else wizard.servers.outgoing
        before = wizard.servers.outgoing.host if wizard.servers.outgoing is not None else ""
        host = self._questions.ask("Server that sends, SMTP (enter: none)", before)
        return self._server(SmtpServer, wizard.servers.outgoing, host=host) if host else None

    def _server(self, kind: type[S], before: S | None, *, host: str = "") -> S:
        """A server by options and questions; `before` is what stands there to begin with."""
        word = {ImapServer: "imap", Pop3Server: "pop3", SmtpServer: "smtp"}[kind]
        named = self._given.server(word)
        host = host or self._questions.need(
            f"--{word}-host", named.host, f"{word.upper()} server", before.host if before is not None else ""
        )
        security = named.security
        if security is None:
            default = before.security.value if before is not None else Security.TLS.value
            security = self._questions.choose("  Protection", [one.value for one in Security], default)
        port = named.port or ""
        if not port and self._questions.somebody and ":" not in host:
            kept = before is not None and before.security.value == security
            usual = understand_server(kind, host, security=Security(security)).port
            port = self._questions.ask("  Port", str(before.port) if kept and before is not None else str(usual))
        username = self._given.username or (before.username if before is not None else "")
        return understand_server(kind, host, port=port, security=Security(security), username=username)

    def _adorn(self) -> None:
        """What options say of trust and of the user name, on the servers that were chosen."""
        given, servers = self._given, self._wizard.servers
        servers.trust_in(ca_file=given.ca_file, fingerprint=given.tls_fingerprint or "")
        if given.username:
            servers.set_username(given.username)


def _place(server: ImapServer | Pop3Server | SmtpServer) -> str:
    return f"{server.host}:{server.port} ({server.security.value}), as {server.username}"
