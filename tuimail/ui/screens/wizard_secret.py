"""The wizard's pages from the password on: what to log in with, and where that is kept."""

from __future__ import annotations

import asyncio
import shlex
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.config.schema import OAuth2
from tuimail.mime.sanitize import block
from tuimail.model.errors import AuthError
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.discovery.provider import Way
from tuimail.setup.oauth.access import LoginStep, has_browser, open_browser
from tuimail.setup.wizard.tools import Keep, OAuthAnswers, open_vault
from tuimail.setup.wizard.wizard import Stage
from tuimail.ui.screens.password import HiddenInput, MasterPasswordScreen
from tuimail.ui.screens.wizard_page import Page, entry, field, words
from tuimail.ui.widgets.choice_line import ChoiceLine

_COMMAND = "command"
_WAYS = {
    Way.PASSWORD.value: "password",
    Way.APP_PASSWORD.value: "app password",
    Way.OAUTH2.value: "OAuth 2.0, in a browser",
    _COMMAND: "a command prints it",
}
_KEEPS = [(Keep.FILE.value, "an encrypted file"), (Keep.ASK.value, "nowhere: ask at each start")]
_FLOWS = [("browser", "here"), ("device", "on another device, with a code")]


class SecretPage(Page):
    """Who logs in, and with what; a log-in that works is what the wizard ends with."""

    heading = "Log in"

    def fields(self) -> ComposeResult:
        """The user name, then what the chosen way needs."""
        wizard, incoming = self.wizard, self.wizard.servers.incoming
        ways = [(way.value, _WAYS[way.value]) for way in wizard.servers.ways]
        if Way.OAUTH2 not in wizard.servers.ways or len(wizard.servers.ways) > 1:
            ways.append((_COMMAND, _WAYS[_COMMAND]))
        yield words(f"at {incoming.host}:{incoming.port}" if incoming is not None else "", kind="strong")
        if wizard.servers.provider is not None and wizard.servers.provider.advice:
            yield words(wizard.servers.provider.advice, kind="note")
        if wizard.servers.outgoing_problem:
            yield words(f"Sending may not work yet: {wizard.servers.outgoing_problem}", kind="note")
        yield field("With", ChoiceLine(ways, id_="way"))
        yield field("User name", entry("username", incoming.username if incoming is not None else ""))
        yield field("Password", HiddenInput("password"), id_="by-password")
        yield field("Command", entry("command", placeholder="pass show mail/work"), id_="by-command")
        yield field("Client id", entry("client-id", placeholder="docs/oauth2.md says how to get one"), id_="by-client")
        yield field("Client secret", HiddenInput("client-secret"), id_="by-secret")
        yield field("Browser", ChoiceLine(_FLOWS, "browser" if has_browser() else "device", id_="flow"), id_="by-flow")
        yield words("", id_="step")
        yield field("Paste here", entry("pasted", placeholder="the address that the browser ended at"), id_="by-paste")

    def on_mount(self) -> None:
        """Begin where something is missing."""
        self._pastes: asyncio.Queue[str] = asyncio.Queue()
        self.query_one("#step").display = self.query_one("#by-paste").display = False
        self._show_way()
        super().on_mount()

    @property
    def way(self) -> str:
        """What is chosen."""
        return self.query_one("#way", ChoiceLine).value

    @on(ChoiceLine.Changed, "#way")
    def _show_way(self) -> None:
        way = self.way
        for id_, ways in (
            ("by-password", {Way.PASSWORD, Way.APP_PASSWORD}),
            ("by-command", {_COMMAND}),
            ("by-client", {Way.OAUTH2}),
            ("by-secret", {Way.OAUTH2}),
            ("by-flow", {Way.OAUTH2}),
        ):
            self.query_one(f"#{id_}").display = way in ways

    async def apply(self) -> None:
        """Log in, then keep the password where the desktop keeps such things."""
        wizard = self.wizard
        wizard.servers.set_username(self.text("username"))
        if self.way == Way.OAUTH2:
            await self._log_in_by_oauth()
        elif self.way == _COMMAND:
            command = _split(self.text("command"))
            self._show_step("Running the command, and logging in…")
            await wizard.log_in_by_command(command)
        else:
            self._show_step("Logging in…")
            await wizard.log_in(self.text("password"))
        if not wizard.needs_keeping or not await in_daemon_thread(_why_no_keyring, "keyring"):
            await wizard.keep(Keep.KEYRING)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """An address that was pasted goes to the log-in that waits for it."""
        if event.input.id == "pasted":
            event.prevent_default()
            event.stop()
            self._pastes.put_nowait(event.value)
            event.input.value = ""

    async def _log_in_by_oauth(self) -> None:
        client_id = self.text("client-id").strip()
        if not client_id:
            raise AuthError("A client id is missing.", hint="docs/oauth2.md says how to get one from the provider.")
        oauth2 = OAuth2(client_id=client_id, client_secret=self.text("client-secret"))
        device = self.query_one("#flow", ChoiceLine).value == "device"
        answers = OAuthAnswers(
            on_step=self._show_login_step,
            device=device,
            open_browser=open_browser if has_browser() and not device else None,
            pasted=None if device else self._pastes.get,
        )
        try:
            await self.wizard.log_in_by_oauth(oauth2, answers)
        finally:
            self.query_one("#by-paste").display = False

    def _show_login_step(self, step: LoginStep) -> None:
        code = f"\nCode: {step.user_code}" if step.user_code else ""
        self._show_step(f"{step.text}\n{step.url}{code}".strip())
        if step.pastes:
            self.query_one("#by-paste").display = True
            self.query_one("#pasted", Input).focus()

    def _show_step(self, text: str) -> None:
        step = self.query_one("#step", Static)
        step.update(Content(block(text)))
        step.display = bool(text)

    def tell(self, text: str) -> None:
        """What went wrong takes the place of what was being done; a password that was refused is typed anew."""
        self._show_step("")
        if text and self.wizard.stage is Stage.SECRET and self.query_one("#by-password").display:
            password = self.query_one("#password", HiddenInput)
            password.value = ""
            password.focus()
        super().tell(text)


class KeepPage(Page):
    """The log-in worked, and no keyring keeps the password: the other ways."""

    heading = "Logged in. Where does the password stay?"

    def fields(self) -> ComposeResult:
        """The places."""
        yield words("", id_="why", kind="note")
        yield words("It is never written to the configuration. Asked for at each start, it stays in memory only.")
        yield field("Keep it in", ChoiceLine(_KEEPS, self.wizard.usual_place.value, id_="keep"))
        yield words("For a password manager, go back (esc) and name the command that prints it.", kind="words")

    def on_mount(self) -> None:
        """Say why it is asked."""
        self.query_one("#keep").focus()
        self.run_worker(self._say_why())

    async def _say_why(self) -> None:
        why = self.query_one("#why", Static)
        why.update(Content(block(await in_daemon_thread(_why_no_keyring, "keyring"))))

    async def apply(self) -> None:
        """Keep it there, and write the account."""
        where = Keep(self.query_one("#keep", ChoiceLine).value)
        if where is Keep.FILE and not await self._open_file():
            raise AuthError("The encrypted file was not opened.", hint="Choose another place, or try again.")
        await self.wizard.keep(where)

    async def _open_file(self) -> bool:
        from tuimail.config.secrets import vault
        from tuimail.config.vault import VaultState

        state = await in_daemon_thread(lambda: vault().state, "encrypted file")
        if state is VaultState.OPEN:
            return True
        reason = "Its master password protects all passwords in it, and cannot be recovered."
        dialog = MasterPasswordScreen(str(vault().path), reason, is_new=state is VaultState.NONE)
        master: str | None = await self.app.push_screen_wait(dialog)
        if master is None:
            return False
        await in_daemon_thread(partial(open_vault, master), "encrypted file")
        return True


def _why_no_keyring() -> str:
    from tuimail.config.keyrings import why_none

    return why_none()


def _split(command: str) -> tuple[str, ...]:
    try:
        parts = tuple(shlex.split(command))
    except ValueError as error:
        raise AuthError(f"The command cannot be read: {error}.", hint="Close its quotes.") from None
    if not parts:
        raise AuthError("A command is missing.", hint="Its first line of output is the password.")
    return parts
