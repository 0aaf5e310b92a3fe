"""The wizard in lines: what no option answers is asked for on stderr, and what is done meanwhile is told there.

A stage whose answer was wrong is asked for again, as long as there is somebody to ask; "<" goes back to the one before.
Without anybody, what is missing or fails is the end.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tuimail.cli.accounts.given import Given, without_answer
from tuimail.cli.accounts.server_questions import ServerQuestions
from tuimail.cli.passwords import keep_password
from tuimail.cli.questions import BACK, GoBack, Questions
from tuimail.cli.session import is_terminal, lines_of, say
from tuimail.config.load import fingerprint_octets
from tuimail.config.outside_passwords import variable_name
from tuimail.config.schema import OAuth2
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import AuthError, ConfigError, ConnectionLost, TuimailError
from tuimail.model.server import Protocol
from tuimail.setup.discovery.discover import Step, StepState
from tuimail.setup.discovery.provider import Way
from tuimail.setup.wizard.tools import Keep, OAuthAnswers, Tools
from tuimail.setup.wizard.wizard import PROTOCOL_WORDS, Stage, Wizard

if TYPE_CHECKING:
    from tuimail.setup.certificates import ServerCertificate

_MARKS = {StepState.FOUND: "✓", StepState.NOTHING: "–", StepState.FAILED: "✗", StepState.RUNNING: "…"}
_MAX_FAILURES = 20
"""A terminal that answers everything at once, and wrong, is no person."""


class Conversation:
    """One account, from the first question to the file. `asks`: somebody is there to answer."""

    def __init__(
        self, config: Path, taken: Collection[str], given: Given, *, asks: bool, tools: Tools | None = None
    ) -> None:
        if given.tls_fingerprint and fingerprint_octets(given.tls_fingerprint) is None:
            raise ConfigError("--tls-fingerprint is no SHA-256.", hint='Write "sha256:" and 64 hexadecimal digits.')
        self._given = given
        self._questions = Questions(somebody=asks)
        self._asks = asks
        self._loop = asyncio.Runner()
        self.wizard = Wizard(config, taken, tools=tools or replace(Tools(), keep=self._keep_in_terminal))
        self.wizard.leave_on_server = given.leave_on_server or False

    def close(self) -> None:
        """End what still runs, and forget what was kept for an account that did not come to be."""
        try:
            self._wait(self.wizard.clear_up())
        except TuimailError as error:
            say(f"tuimail: {error}")
        self._loop.close()

    def run(self) -> Wizard:
        """Go through all stages.

        Raises:
            TuimailError: without anybody to ask: what is missing, or failed.
        """
        stages: dict[Stage, Callable[[], None]] = {
            Stage.ADDRESS: self._address,
            Stage.PERSON: self._person,
            Stage.SEARCH: self._search,
            Stage.SERVERS: self._servers,
            Stage.LOOK: self._look,
            Stage.CERTIFICATE: self._certificate,
            Stage.SECRET: self._secret,
            Stage.KEEP: self._keep,
        }
        wizard, failures = self.wizard, 0
        if self._asks:
            say(f'Setting up an account. "{BACK}" goes back to the question before, Ctrl-C ends; nothing is kept then.')
        while wizard.stage is not Stage.DONE:
            try:
                stages[wizard.stage]()
            except GoBack:
                wizard.go_back(_BEFORE[wizard.stage])
            except TuimailError as error:
                failures += 1
                if not self._asks or failures > _MAX_FAILURES:
                    raise
                say(f"  ✗ {error}")
                self._given = without_answer(self._given, wizard.stage)
        return wizard

    def _address(self) -> None:
        before = self.wizard.typed.address if self.wizard.typed is not None else ""
        self.wizard.set_address(self._questions.need("--address", self._given.address, "Mail address", before))

    def _person(self) -> None:
        wizard, given = self.wizard, self._given
        name = wizard.check_name(given.name or self._questions.ask("Name of the account here", wizard.name))
        display = given.display_name
        if display is None:
            display = self._questions.ask("Your name", wizard.display_name)
        protocol = given.protocol
        if protocol is None and self._asks:
            for one in Protocol:
                say(f"  {PROTOCOL_WORDS[one]}")
            protocol = Protocol(
                self._questions.choose("Protocol", [one.value for one in Protocol], wizard.protocol.value)
            )
        wizard.set_person(name, display, protocol or Protocol.IMAP)

    def _search(self) -> None:
        wizard = self.wizard
        if self._given.no_discovery or self._given.server(wizard.protocol.value).host:
            wizard.skip_search()
            return
        say(f"Looking for the servers of {wizard.typed.address if wizard.typed else ''} (Ctrl-C: I know them)")
        try:
            self._wait(wizard.search(_tell_step))
        except KeyboardInterrupt:
            if not self._asks:
                raise
            wizard.skip_search()

    def _servers(self) -> None:
        ServerQuestions(self.wizard, self._given, self._questions).ask()

    def _look(self) -> None:
        wizard = self.wizard
        assert wizard.servers.incoming is not None  # noqa: S101 - the stage before
        say(f"Asking {wizard.servers.incoming.host} what it offers…")
        self._wait(wizard.look())
        if wizard.servers.outgoing_problem:
            say(f"  ! Sending may not work yet: {wizard.servers.outgoing_problem}")

    def _certificate(self) -> None:
        certificate = self.wizard.servers.certificate
        assert certificate is not None  # noqa: S101 - the stage comes with one
        for line in certificate_lines(certificate):
            say(f"  {line}")
        if not self._asks:
            raise ConnectionLost(
                certificate.problem,
                hint=f"If you know the server, add --tls-fingerprint {certificate.fingerprint}, or name its authority"
                " with --ca-file.",
            )
        if self._questions.choose("Trust this certificate from now on, and no other", ["yes", "no"], "no") == "yes":
            self.wizard.trust()
        else:
            self.wizard.go_back(Stage.SERVERS)

    def _secret(self) -> None:
        wizard, given = self.wizard, self._given
        way = self._way()
        if way is Way.OAUTH2:
            self._wait(wizard.log_in_by_oauth(self._oauth2(), self._oauth_answers()))
        elif given.password_command:
            say("Running the password command…")
            self._wait(wizard.log_in_by_command(given.password_command))
        else:
            self._log_in_by_password(way)
        inbox = "" if wizard.messages is None else f", {wizard.messages} in the inbox"
        say(f"  ✓ Logged in{inbox}.")

    def _log_in_by_password(self, way: Way) -> None:
        wizard, given = self.wizard, self._given
        password = given.password
        assert wizard.servers.incoming is not None  # noqa: S101 - the stages before
        variable = variable_name(wizard.name)
        if not password and given.environment and (value := os.environ.get(variable)):
            say(f"Logging in with the password in {variable}…")
            self._wait(wizard.log_in(value, source=f"environment variable {variable}"))
            return
        if not password and not self._asks:
            raise ConfigError(
                "There is no password.",
                hint=f"Add --password-stdin or --password-command, or set {variable}.",
            )
        if not password:
            if not given.username:
                wizard.servers.set_username(self._questions.ask("User name", wizard.servers.incoming.username))
            word = "App password" if way is Way.APP_PASSWORD else "Password"
            password = self._questions.hidden(
                f"{word} of {wizard.servers.incoming.username} at {wizard.servers.incoming.host}"
            )
        say("Logging in…")
        self._wait(wizard.log_in(password))

    def _way(self) -> Way:
        """How to log in: by what was given, else by what there is, else by what the person prefers."""
        ways, given = self.wizard.servers.ways, self._given
        if given.oauth2 or given.device:
            return Way.OAUTH2
        if given.password or given.password_command or not self._asks:
            return next((way for way in ways if way is not Way.OAUTH2), Way.PASSWORD)
        if len(ways) == 1:
            return ways[0]
        return Way(self._questions.choose("Log in by", [way.value for way in ways], ways[0].value))

    def _oauth2(self) -> OAuth2:
        given = self._given
        client_id = self._questions.need(
            "--client-id", given.client_id, "Client id (docs/oauth2.md says how to get one)", ""
        )
        return OAuth2(client_id=client_id, client_secret=given.client_secret or "")

    def _oauth_answers(self) -> OAuthAnswers:
        from tuimail.cli.accounts.login import Pastes, tell_step
        from tuimail.setup.oauth.access import has_browser, open_browser

        async def pasted() -> str:
            pastes = Pastes()
            try:
                return await pastes.next()
            finally:
                pastes.close()

        device = self._given.device
        return OAuthAnswers(
            on_step=tell_step,
            device=device,
            open_browser=open_browser if has_browser() else None,
            pasted=pasted if self._asks and not device else None,
        )

    def _keep(self) -> None:
        wizard, given = self.wizard, self._given
        where = Keep(given.keep) if given.keep else Keep.KEYRING
        if wizard.needs_keeping and not given.keep and self._asks:
            where = self._where_to_keep()
        self._wait(wizard.keep(where))

    def _where_to_keep(self) -> Keep:
        from tuimail.config.keyrings import why_none

        if not (fault := why_none()):
            return Keep.KEYRING
        say(f"{fault} The password can be kept in an encrypted file of tuimail's own, or be asked for at each start.")
        return Keep(
            self._questions.choose("Keep it in", [Keep.FILE.value, Keep.ASK.value], self.wizard.usual_place.value)
        )

    async def _keep_in_terminal(self, account: str, username: str, secret: str, where: Keep, _master: str) -> str:
        """The master password of the encrypted file is asked for as everywhere on a terminal."""
        from tuimail.config.secrets import Place

        place = Place.FILE if where is Keep.FILE else (Place.KEYRING if self._given.keep or self._asks else None)
        try:
            return keep_password(account, username, secret, place=place, piped=bool(self._given.password))
        except AuthError as error:
            raise AuthError(
                error.message, hint="Choose --keep file or ask, or --password-command; nothing was written."
            ) from None

    def _wait(self, work: Awaitable[object]) -> None:
        async def done() -> None:
            await work

        self._loop.run(done())


_BEFORE = {
    Stage.ADDRESS: Stage.ADDRESS,
    Stage.PERSON: Stage.ADDRESS,
    Stage.SEARCH: Stage.PERSON,
    Stage.SERVERS: Stage.PERSON,
    Stage.LOOK: Stage.SERVERS,
    Stage.CERTIFICATE: Stage.SERVERS,
    Stage.SECRET: Stage.SERVERS,
    Stage.KEEP: Stage.SECRET,
}


def certificate_lines(certificate: ServerCertificate) -> list[str]:
    """What a person compares before trusting a certificate."""
    validity = f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
    return [
        certificate.problem,
        f"For:       {certificate.subject}" + (f" ({', '.join(certificate.names[:6])})" if certificate.names else ""),
        f"Signed by: {certificate.issuer}",
        f"Valid:     {validity}",
        f"SHA-256:   {certificate.fingerprint.removeprefix('sha256:')}",
    ]


def _tell_step(step: Step) -> None:
    """A line for each step when it is over; while it runs, on a terminal, what it is."""
    on_terminal = is_terminal(sys.stderr)
    if step.state is StepState.RUNNING:
        if on_terminal:
            click.echo(f"  … {one_line(step.title)}", err=True, nl=False)
        return
    detail = f": {step.detail}" if step.detail else ": nothing" if step.state is StepState.NOTHING else ""
    text = "\n".join(lines_of(f"  {_MARKS[step.state]} {step.title}{detail}", sys.stderr))
    click.echo(("\r\x1b[2K" if on_terminal else "") + text, err=True)
