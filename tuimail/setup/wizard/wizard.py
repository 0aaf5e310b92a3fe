"""Setting an account up, step by step, without a screen or a terminal: both faces ask, this knows what comes next.

    ADDRESS ─► PERSON ─► SEARCH ─► SERVERS ─► LOOK ─► SECRET ─► KEEP ─► DONE
                                      ▲        ├──► CERTIFICATE ─(a person trusts it)─► LOOK
                                      └────────┘ nobody there      SECRET ◄─(refused)─ log-in

Each method takes the answer of its stage and moves on, or raises what is wrong and stays, or goes back to where it can
be put right: `stage` says. `go_back` leads to any stage behind it, and answers stay. Nothing is written before a log-in
has worked, and a secret never to the configuration. Whoever leaves, at the end or before it, lets it `clear_up`.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from pathlib import Path

import msgspec

from tuimail.config.load import is_account_name
from tuimail.config.logs import keep_out
from tuimail.config.schema import Account, AuthMethod, ImapServer, OAuth2, Pop3Server, SmtpServer
from tuimail.model.errors import AuthError, ConfigError, TuimailError
from tuimail.model.server import Credentials, Protocol
from tuimail.setup.discovery.address import TypedAddress, propose_name, understand_address
from tuimail.setup.discovery.discover import Candidate, Discovery, OnStep, Step
from tuimail.setup.discovery.provider import Provider, Way
from tuimail.setup.discovery.providers import provider_of_domain
from tuimail.setup.wizard.chosen_servers import ChosenServers
from tuimail.setup.wizard.tools import Keep, OAuthAnswers, Tools

PROTOCOL_WORDS = {
    Protocol.IMAP: "IMAP, for several devices: mail stays on the server, and all of them show the same.",
    Protocol.POP3: "POP3, for one device: mail is downloaded to this machine, and deleted on the server.",
}
"""One sentence on the difference."""


class Stage(enum.IntEnum):
    """Where the wizard stands, in order."""

    ADDRESS = 0
    PERSON = 1
    SEARCH = 2
    SERVERS = 3
    LOOK = 4
    CERTIFICATE = 5
    SECRET = 6
    KEEP = 7
    DONE = 8


class Wizard:
    """One account that is being set up for the configuration at `path`; `taken` are the names of those that it has.

    What has been answered so far stands in its attributes, `servers` among them.
    """

    def __init__(self, path: Path, taken: Collection[str], *, tools: Tools | None = None) -> None:
        self.path = path
        self.taken = frozenset(taken)
        self.stage = Stage.ADDRESS
        self.typed: TypedAddress | None = None
        self.name = ""
        self.display_name = ""
        self.protocol = Protocol.IMAP
        self.leave_on_server: bool | int = False
        self.discovery: Discovery | None = None
        self.steps: dict[str, Step] = {}
        self.servers = ChosenServers()
        self.messages: int | None = None
        self.kept_in = ""
        self._tools = tools or Tools()
        self._oauth2: OAuth2 | None = None
        self._secret = ""
        self._kept_for: set[tuple[str, str]] = set()

    def set_address(self, text: str) -> None:
        """Take the address that was typed or pasted; a name before it becomes the display name.

        Raises:
            ConfigError: it is none.
        """
        typed = understand_address(text)
        if self.typed is None or typed.address != self.typed.address:
            self.name = propose_name(typed.domain, self.taken)
            self._forget_servers()
        self.typed = typed
        self.display_name = typed.name or self.display_name
        self.stage = Stage.PERSON

    def set_person(self, name: str, display_name: str, protocol: Protocol) -> None:
        """Take the account's name, the person's, and how mail is to come.

        Raises:
            ConfigError: the account's name cannot be, or is taken.
        """
        self.name, self.display_name = self.check_name(name), " ".join(display_name.split())
        if protocol is not self.protocol:
            self.protocol = protocol
            self._forget_servers()
        self.stage = Stage.SEARCH

    def check_name(self, name: str) -> str:
        """The name of an account as it was typed, without blanks around it.

        Raises:
            ConfigError: it cannot be one, or is taken.
        """
        name = name.strip()
        if not is_account_name(name):
            raise ConfigError(
                f"{name!r} cannot be the name of an account.", hint="Use letters, digits, dots, dashes and underscores."
            )
        if name in self.taken:
            raise ConfigError(f"There is an account {name!r} already.", hint="Choose another name.")
        return name

    async def search(self, on_step: OnStep | None = None) -> Discovery:
        """Find servers; the stage is then SERVERS, with or without candidates. What the steps came to is in `steps`.

        Raises:
            ConfigError: the provider lets no mail program in.
        """
        self.steps.clear()

        def note(step: Step) -> None:
            self.steps[step.title] = step
            if on_step is not None:
                on_step(step)

        self.discovery = await self._tools.discover(self._address, self.protocol, note)
        self.stage = Stage.SERVERS
        if self.discovery.closed is not None:
            raise ConfigError(self.discovery.closed.note, hint="Use another address, or servers of your own.")
        return self.discovery

    def skip_search(self) -> None:
        """The servers are known."""
        self.stage = Stage.SERVERS

    def choose(self, candidate: Candidate, *, confirmed: bool = False) -> None:
        """Take servers that the search found.

        Raises:
            ConfigError: they lie elsewhere, as unsigned DNS says, and nobody has `confirmed` that.
        """
        if candidate.asks and not confirmed:
            raise ConfigError(candidate.asks, hint="Check with your provider that this is right before you agree.")
        self._take(candidate.incoming, candidate.outgoing, candidate.provider, candidate.ways)

    def set_servers(self, incoming: ImapServer | Pop3Server, outgoing: SmtpServer | None) -> None:
        """Take servers as a person wrote them; user names that are empty are filled in."""
        provider = provider_of_domain(self._address.domain) or self.servers.provider
        is_its_own = provider is not None and incoming.host in provider.hosts
        self._take(incoming, outgoing, provider if is_its_own else None)

    async def look(self) -> None:
        """Ask both servers what they offer. The stage is then SECRET, or CERTIFICATE if a person must look at one.

        Raises:
            TuimailError: nobody answers there in the right way, or nobody can log in; the servers are to be put right.
        """
        try:
            can_log_in = await self.servers.look(self._tools)
        except TuimailError:
            self.stage = Stage.SERVERS
            raise
        self.stage = Stage.SECRET if can_log_in else Stage.CERTIFICATE

    def trust(self) -> None:
        """A person has looked at the certificate and trusts it: it alone, from now on. The stage is then LOOK."""
        self.servers.pin()
        self.stage = Stage.LOOK

    async def log_in(self, password: str, *, source: str = "") -> None:
        """Log in with a password. The stage is then KEEP. One that has a `source`, in words, is not kept elsewhere.

        Raises:
            AuthError: it was refused; the stage stays. Others: the servers are to be put right.
        """
        if not password:
            raise AuthError("A password is missing.", hint="Type it.")
        if self.servers.offer is not None and (why := self.servers.offer.why_no_password):
            raise AuthError(
                f"{self.servers.known_incoming.host} was sent no password: {why}.", hint=self.servers.advice
            )
        keep_out(password)
        self._oauth2 = None
        self.servers.log_in_by(AuthMethod.PASSWORD)
        await self._enter(Credentials(self.servers.known_incoming.username, password))
        self._secret, self.kept_in = ("", source) if source else (password, "")

    async def log_in_by_command(self, command: tuple[str, ...]) -> None:
        """Log in with the password that a command prints, which then stands in the configuration. The stage is KEEP.

        Raises:
            AuthError: the command failed, or the password was refused.
        """
        password = await self._tools.run_command(self.name, command)
        await self.log_in(password)
        self._secret = ""
        self.servers.log_in_by(AuthMethod.PASSWORD, command)

    async def log_in_by_oauth(self, oauth2: OAuth2, answers: OAuthAnswers) -> None:
        """Let the person log in at the provider, then at the mail server with the token. The stage is then KEEP.

        Raises:
            ConfigError: provider or client id are missing or wrong.
            AuthError: somebody said no, or no place keeps the tokens.
        """
        provider = self.servers.provider
        if oauth2.provider is None and provider is not None:
            oauth2 = msgspec.structs.replace(oauth2, provider=provider.oauth2)
        self._oauth2, self._secret = oauth2, ""
        self.servers.log_in_by(AuthMethod.OAUTH2)
        server = msgspec.structs.replace(self.servers.known_incoming, oauth2=oauth2)
        logged_in = await self._tools.oauth(self.name, server, answers)
        self._kept_for.add((self.name, server.username))
        await self._enter(Credentials(server.username, logged_in.tokens.access_token, is_token=True))
        self.kept_in = logged_in.kept_in

    @property
    def needs_keeping(self) -> bool:
        """Whether there is a password that has to be kept somewhere: not one of a command, and no tokens."""
        return bool(self._secret)

    @property
    def usual_place(self) -> Keep:
        """Where a password stays that no keyring takes, as for the accounts before: the encrypted file, or nowhere."""
        from tuimail.config.secrets import vault
        from tuimail.config.vault import VaultState

        try:
            is_made = vault().state is not VaultState.NONE
        except ConfigError:
            # What is wrong with it is told when it is to be opened.
            is_made = True
        return Keep.FILE if is_made or not self.taken else Keep.ASK

    async def keep(self, where: Keep, master: str = "") -> None:
        """Keep the password, then write the account. `master` opens the encrypted file, or makes it. Stage: DONE.

        Raises:
            AuthError: nothing can keep it there. ConfigError: the configuration cannot be written. The stage stays.
        """
        incoming = self.servers.known_incoming
        if incoming.password_command:
            self.kept_in = f"password_command ({incoming.password_command[0]})"
        elif self.needs_keeping and where is Keep.ASK:
            self.kept_in = "nowhere: asked for at each start"
        elif self.needs_keeping:
            self.kept_in = await self._tools.keep(self.name, incoming.username, self._secret, where, master)
            self._kept_for.add((self.name, incoming.username))
        self._tools.write(self.path, self.name, self.account())
        self.stage = Stage.DONE
        self._kept_for.discard((self.name, incoming.username))

    async def clear_up(self) -> None:
        """Forget what was kept on the way for an account that was not written, or is called otherwise now.

        Raises:
            AuthError: something may be left.
        """
        while self._kept_for:
            await self._tools.forget(*self._kept_for.pop())

    @property
    def given(self) -> dict[str, str]:
        """The password by account, for an engine that starts now and could not find it anywhere."""
        return {self.name: self._secret} if self._secret else {}

    def go_back(self, stage: Stage) -> None:
        """Correct an earlier answer; later ones are asked for again, with what was answered standing there."""
        if stage <= self.stage < Stage.DONE:
            self.stage = stage

    def account(self) -> Account:
        """The account as the configuration is to have it."""
        incoming = self.servers.known_incoming
        return Account(
            address=self._address.address,
            display_name=self.display_name,
            oauth2=self._oauth2,
            imap=incoming if isinstance(incoming, ImapServer) else None,
            pop3=incoming if isinstance(incoming, Pop3Server) else None,
            smtp=self.servers.outgoing,
        )

    @property
    def _address(self) -> TypedAddress:
        assert self.typed is not None  # noqa: S101 - the first stage's answer
        return self.typed

    def _take(
        self,
        incoming: ImapServer | Pop3Server,
        outgoing: SmtpServer | None,
        provider: Provider | None,
        ways: tuple[Way, ...] = (),
    ) -> None:
        if isinstance(incoming, Pop3Server):
            incoming = msgspec.structs.replace(incoming, leave_on_server=self.leave_on_server)
        self.servers.choose(incoming, outgoing, login=self._address.login, provider=provider, ways=ways)
        self.stage = Stage.LOOK

    def _forget_servers(self) -> None:
        self.discovery, self.servers = None, ChosenServers()

    async def _enter(self, credentials: Credentials) -> None:
        try:
            entered = await self._tools.enter(self.servers.known_incoming, credentials)
        except AuthError as error:
            raise self._refused(error) from None
        except TuimailError:
            self.stage = Stage.SERVERS
            raise
        self.messages = entered.messages
        self.stage = Stage.KEEP

    def _refused(self, error: AuthError) -> AuthError:
        hint = self.servers.advice or f"{error.hint} Some servers want only what is before the @."
        return AuthError(error.message, hint=hint)
