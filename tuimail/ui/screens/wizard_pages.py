"""The wizard's pages up to the password: the address, the search, the servers, a look at them, their certificate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.config.schema import ImapServer, Pop3Server, SmtpServer
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError
from tuimail.model.server import Protocol, Security
from tuimail.setup.discovery.address import propose_name, understand_address
from tuimail.setup.discovery.discover import Candidate, Step, StepState
from tuimail.setup.discovery.typed_server import understand_server
from tuimail.setup.wizard.wizard import PROTOCOL_WORDS
from tuimail.ui.screens.confirm import ConfirmScreen
from tuimail.ui.screens.wizard_page import BACK, Page, entry, field, words
from tuimail.ui.widgets.choice_line import ChoiceLine

_NAME_HINT = "what it is called here"
_PROTOCOLS = [(Protocol.IMAP.value, "IMAP"), (Protocol.POP3.value, "POP3")]
_SECURITIES = [(Security.TLS.value, "TLS"), (Security.STARTTLS.value, "STARTTLS"), (Security.NONE.value, "none")]
_LEAVE = [("no", "deleted"), ("30", "after 30 days"), ("yes", "kept")]
_MARKS = {
    StepState.FOUND: ("✓", "$success"),
    StepState.NOTHING: ("–", "$mail-dim"),
    StepState.FAILED: ("✗", "$warning"),
    StepState.RUNNING: ("…", "$foreground"),
}


class TypedPlace(TypedDict):
    """Where a server is, as it was typed."""

    host: str
    port: str
    security: Security


class AddressPage(Page):
    """Who: the address, the person's name, the account's, and how mail comes."""

    heading = "Add an account"

    def fields(self) -> ComposeResult:
        """Four answers; the account's name is proposed from the address."""
        wizard = self.wizard
        typed = wizard.typed
        proposed = propose_name(typed.domain, wizard.taken) if typed else ""
        # A name that was only proposed gives way to the next proposal.
        name = "" if wizard.name == proposed else wizard.name
        yield words("Your address is enough to begin with: the servers are looked for.")
        yield field("Mail address", entry("address", typed.address if typed else "", placeholder="you@example.org"))
        yield field("Your name", entry("person", wizard.display_name, placeholder="as others see it; may be empty"))
        yield field("Account name", entry("name", name, placeholder=proposed or _NAME_HINT))
        yield field("Mail comes by", ChoiceLine(_PROTOCOLS, wizard.protocol.value, id_="protocol"))
        yield words("", id_="difference")

    def on_mount(self) -> None:
        """Begin at the address."""
        super().on_mount()
        self._tell_difference()
        self.query_one("#address", Input).focus()

    @on(Input.Changed, "#address")
    def _typed(self, event: Input.Changed) -> None:
        try:
            proposed = propose_name(understand_address(event.value).domain, self.wizard.taken)
        except ConfigError:
            proposed = _NAME_HINT
        self.query_one("#name", Input).placeholder = proposed

    @on(ChoiceLine.Changed, "#protocol")
    def _tell_difference(self) -> None:
        chosen = Protocol(self.query_one("#protocol", ChoiceLine).value)
        self.query_one("#difference", Static).update(Content(PROTOCOL_WORDS[chosen]))

    async def apply(self) -> None:
        """Address, then the rest."""
        wizard, name = self.wizard, self.text("name").strip()
        wizard.set_address(self.text("address"))
        display_name = self.text("person") or wizard.display_name
        wizard.set_person(name or wizard.name, display_name, Protocol(self.query_one("#protocol", ChoiceLine).value))


class SearchPage(Page):
    """Shows what is asked, step by step."""

    heading = "Looking for the servers"
    keys = (("esc", "stop: I know them", "screen.back"),)
    starts_itself = True

    def fields(self) -> ComposeResult:
        """A line for each step."""
        typed = self.wizard.typed
        yield words(f"of {typed.address}" if typed else "", kind="strong")
        yield Static(id="steps")

    async def apply(self) -> None:
        """All steps."""
        await self.wizard.search(self._show)

    def _show(self, _step: Step) -> None:
        self.query_one("#steps", Static).update(_told(self.wizard.steps.values()))


class ServersPage(Page):
    """The servers: what was found, to be agreed to or corrected, else fields to fill in."""

    heading = "Servers"

    def fields(self) -> ComposeResult:
        """What was found, and where; then the fields."""
        wizard = self.wizard
        found = list(wizard.discovery.candidates) if wizard.discovery is not None else []
        self._candidates = found
        yield words(self._introduction(), id_="found")
        if not found and wizard.discovery is not None and wizard.servers.incoming is None:
            yield Static(_told(wizard.steps.values()), id="steps")
        choices = [(str(number), one.incoming.host) for number, one in enumerate(found)]
        yield field("Found", ChoiceLine(choices, id_="candidate"), id_="candidates")
        yield words("", id_="note", kind="note")
        yield from self._server_fields("in", wizard.protocol.value.upper())
        yield field("User name", entry("username", placeholder=wizard.typed.login if wizard.typed else ""))
        yield field(
            "Server's copy", ChoiceLine(_LEAVE, _leave_value(wizard.leave_on_server), id_="leave"), id_="leaving"
        )
        yield from self._server_fields("out", "SMTP")

    def _server_fields(self, prefix: str, title: str) -> ComposeResult:
        domain = self.wizard.typed.domain if self.wizard.typed is not None else "example.org"
        placeholder = f"{title.lower()}.{domain}" if prefix == "in" else "to send; may be empty"
        yield field(f"{title} server", entry(f"{prefix}-host", placeholder=placeholder))
        yield field(
            "  Port",
            entry(f"{prefix}-port", placeholder="usual", narrow=True),
            ChoiceLine(_SECURITIES, id_=f"{prefix}-security"),
        )

    def on_mount(self) -> None:
        """Show what is there."""
        wizard = self.wizard
        self.query_one("#leaving").display = wizard.protocol is Protocol.POP3
        self.query_one("#candidates").display = len(self._candidates) > 1
        if wizard.servers.incoming is not None:
            self._fill(wizard.servers.incoming, wizard.servers.outgoing)
            self._note(wizard.servers.provider.advice if wizard.servers.provider is not None else "")
        elif self._candidates:
            self._show_candidate()
        else:
            self._note("")
        super().on_mount()

    def _introduction(self) -> str:
        wizard, found = self.wizard, self.wizard.discovery
        if self._candidates:
            return f"From: {self._candidates[0].source}. No password is sent before you agree."
        word = wizard.protocol.value.upper()
        if found is not None and found.others:
            others = ", ".join(f"{one.protocol.value.upper()} at {one.incoming.host}" for one in found.others)
            return f"No {word} server was found, but {others}. Go back (esc) to choose it."
        return f"No {word} server was found. Your provider's help pages name it." if found else "Name the servers."

    @on(ChoiceLine.Changed, "#candidate")
    def _show_candidate(self) -> None:
        candidate = self._candidates[int(self.query_one("#candidate", ChoiceLine).value)]
        self._fill(candidate.incoming, candidate.outgoing)
        self.query_one("#found", Static).update(
            Content(one_line(f"From: {candidate.source}. No password is sent before you agree."))
        )
        advice = candidate.provider.advice if candidate.provider is not None else ""
        self._note(f"{candidate.asks} {advice}".strip())

    def _note(self, text: str) -> None:
        note = self.query_one("#note", Static)
        note.update(Content(one_line(text)))
        note.display = bool(text)

    def _fill(self, incoming: ImapServer | Pop3Server, outgoing: SmtpServer | None) -> None:
        for prefix, server in (("in", incoming), ("out", outgoing)):
            if server is not None:
                self.query_one(f"#{prefix}-host", Input).value = server.host
                self.query_one(f"#{prefix}-port", Input).value = str(server.port)
                self.query_one(f"#{prefix}-security", ChoiceLine).choose(server.security.value)
        self.query_one("#username", Input).value = incoming.username

    async def apply(self) -> None:
        """What was found, if it stands there unchanged; else what was typed."""
        wizard = self.wizard
        wizard.leave_on_server = _leave_of(self.query_one("#leave", ChoiceLine).value)
        incoming, outgoing = self._incoming(), self._outgoing()
        candidate = next((one for one in self._candidates if _same(one.incoming, incoming)), None)
        if candidate is None:
            wizard.set_servers(incoming, outgoing)
        elif not candidate.asks or await self._confirms(candidate):
            wizard.choose(candidate, confirmed=True)
            wizard.servers.set_username(incoming.username or candidate.incoming.username)
            if candidate.outgoing is None or outgoing is None or not _same(candidate.outgoing, outgoing):
                wizard.servers.set_outgoing(outgoing)

    def _incoming(self) -> ImapServer | Pop3Server:
        username = self.text("username")
        if self.wizard.protocol is Protocol.POP3:
            return understand_server(Pop3Server, **self._typed("in"), username=username)
        return understand_server(ImapServer, **self._typed("in"), username=username)

    def _outgoing(self) -> SmtpServer | None:
        if not self.text("out-host").strip():
            return None
        before = self.wizard.servers.outgoing
        return understand_server(
            SmtpServer, **self._typed("out"), username=before.username if before is not None else ""
        )

    def _typed(self, prefix: str) -> TypedPlace:
        return {
            "host": self.text(f"{prefix}-host"),
            "port": self.text(f"{prefix}-port"),
            "security": Security(self.query_one(f"#{prefix}-security", ChoiceLine).value),
        }

    async def _confirms(self, candidate: Candidate) -> bool:
        question = f"{one_line(candidate.asks)} Use these servers, and send them your password?"
        return await self.app.push_screen_wait(ConfirmScreen(question, "Use them")) is True


class LookPage(Page):
    """Asks the servers what they offer."""

    heading = "Connecting"
    keys = (BACK,)
    starts_itself = True

    def fields(self) -> ComposeResult:
        """Whom."""
        incoming = self.wizard.servers.incoming
        host = incoming.host if incoming is not None else ""
        yield words(f"Asking {host} what it offers…")

    async def apply(self) -> None:
        """Ask."""
        await self.wizard.look()


class CertificatePage(Page, can_focus=True):
    """A certificate that nothing vouches for: a person may."""

    heading = "This server cannot prove who it is"
    keys = (("t", "trust this certificate, and no other", "screen.trust"), BACK)

    def fields(self) -> ComposeResult:
        """What to compare."""
        certificate = self.wizard.servers.certificate
        if certificate is None:
            return
        yield words(certificate.problem, kind="note")
        yield words("No password was sent. If it is your own server, compare the fingerprint with the one it has.")
        yield field("For", words(_subject(certificate.subject, certificate.names), kind="fact"))
        yield field("Signed by", words(certificate.issuer, kind="fact"))
        yield field(
            "Valid", words(f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}", kind="fact")
        )
        yield field("SHA-256", words(_grouped(certificate.fingerprint), kind="fact"))

    def on_mount(self) -> None:
        """It has no fields: keys scroll the page."""
        self.focus()

    async def apply(self) -> None:
        """Only the key for it leads here."""
        self.wizard.trust()


def _told(steps: Iterable[Step]) -> Content:
    """A line for each step: how far it is, and what came of it."""
    lines = [
        Content.assemble(
            (f"{_MARKS[step.state][0]} ", _MARKS[step.state][1]),
            one_line(step.title),
            (f"  {one_line(step.detail)}", "$mail-dim") if step.detail else "",
        )
        for step in steps
    ]
    return Content("\n").join(lines)


def _subject(subject: str, names: Iterable[str]) -> str:
    listed = ", ".join(list(names)[:6])
    return f"{subject} ({listed})" if listed else subject


def _grouped(fingerprint: str) -> str:
    """64 digits in two lines of eight groups, as people compare them."""
    digits = fingerprint.removeprefix("sha256:")
    groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    return " ".join(groups[:8]) + "\n" + " ".join(groups[8:])


def _same(one: ImapServer | Pop3Server | SmtpServer, other: ImapServer | Pop3Server | SmtpServer) -> bool:
    return (one.host, one.port, one.security) == (other.host, other.port, other.security)


def _leave_value(leave: bool | int) -> str:
    return {True: "yes", False: "no"}.get(leave, "30") if isinstance(leave, bool) else "30"


def _leave_of(value: str) -> bool | int:
    return 30 if value == "30" else value == "yes"
