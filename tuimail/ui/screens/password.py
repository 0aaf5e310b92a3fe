"""Asks for a password, or for the master password of the encrypted file; what is typed is never shown."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.mime.sanitize import one_line
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.screens.dialog import Dialog

_LONGEST = 1024
SHORTEST_MASTER = 8


class Keep(enum.Enum):
    """Where a password is to be kept; the values are what the screen calls it."""

    KEYRING = "keyring"
    FILE = "encrypted file"
    RUN = "only until tuimail ends"


@dataclass(frozen=True, slots=True)
class Typed:
    """A password, and where it is to be kept. It is in no representation of this value."""

    value: str = field(repr=False)
    keep: Keep


class HiddenInput(Input):
    """A field whose text is neither shown nor copied."""

    def __init__(self, id_: str) -> None:
        super().__init__(password=True, max_length=_LONGEST, id=id_)

    def action_copy(self) -> None:
        """Does nothing: the clipboard is for everyone."""

    def action_cut(self) -> None:
        """Does nothing, for the same reason."""


class PasswordScreen(Dialog[Typed]):
    """Asks for the password of `account`; returns None when the user would rather not.

    `words` says why, in the server's own words where it refused one; `choices` are the places to choose from, the
    first of them chosen.
    """

    BINDINGS = [Binding("tab", "next_choice", show=False, priority=True, id="password.keep")]  # noqa: RUF012 - Textual's way

    def __init__(self, account: str, user: str, words: str, choices: Sequence[Keep]) -> None:
        super().__init__()
        self._account = account
        self._user = user
        self._words = words
        self._choices = list(choices)
        self._chosen = 0

    def compose(self) -> ComposeResult:
        """What the server said, the field, where to keep it."""
        with Vertical(id="box") as box:
            box.border_title = Content(one_line(f"Password of account {self._account}")).markup
            yield Static(Content(one_line(self._words)), id="words")
            yield Static(Content(one_line(self._user)), id="user")
            yield HiddenInput("password")
            yield Static(self._keep_line(), id="keep")
            tab = "tab  where to keep it    " if len(self._choices) > 1 else ""
            yield Static(Content(f"enter  log in    {tab}esc  not now"), classes="keys")

    def action_next_choice(self) -> None:
        """Choose the next place."""
        self._chosen = (self._chosen + 1) % len(self._choices)
        self.query_one("#keep", Static).update(self._keep_line())

    def on_click(self, event: events.Click) -> None:
        """A click on the places chooses the next one; one beside the box does not throw away what was typed."""
        if event.widget is not None and event.widget.id == "keep":
            self.action_next_choice()

    def _keep_line(self) -> Content:
        parts: list[Content | str] = ["Keep it: "]
        for place, choice in enumerate(self._choices):
            parts += [
                " " if place else "",
                Content(f" {choice.value} ").stylize("reverse" if place == self._chosen else ""),
            ]
        return Content.assemble(*parts)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value:
            self.dismiss(Typed(event.value, self._choices[self._chosen]))


class MasterPasswordScreen(Dialog[str]):
    """Asks for the master password of the encrypted file, twice for a new one; returns None when the user gave up."""

    def __init__(self, path: str, words: str, *, is_new: bool) -> None:
        super().__init__()
        self._path = path
        self._words = words
        self._is_new = is_new

    def compose(self) -> ComposeResult:
        """Why, and one field or two."""
        with Vertical(id="box") as box:
            box.border_title = Content("New encrypted file" if self._is_new else "Encrypted file").markup
            yield Static(Content(one_line(self._path)), id="path")
            yield Static(Content(one_line(self._words)), id="words")
            if self._is_new:
                yield Static(Content(f"A master password, {SHORTEST_MASTER} characters or more:"))
            yield HiddenInput("master")
            if self._is_new:
                yield Static(Content("Once more:"), id="again")
                yield HiddenInput("repeated")
            done = "make it" if self._is_new else "open it"
            yield Static(Content(f"enter  {done}    esc  not now"), classes="keys")

    def on_click(self, _event: events.Click) -> None:
        """A click beside the box does not throw away what was typed."""

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        master = self.query_one("#master", HiddenInput).value
        if not self._is_new:
            if master:
                self.dismiss(master)
            return
        repeated = self.query_one("#repeated", HiddenInput)
        if len(master) < SHORTEST_MASTER:
            self._tell(f"That is too short: {SHORTEST_MASTER} characters or more.")
            self.query_one("#master", HiddenInput).focus()
        elif event.input is not repeated and not repeated.value:
            repeated.focus()
        elif master != repeated.value:
            repeated.value = ""
            repeated.focus()
            self._tell("The two are not the same: type the second again.")
        else:
            self.dismiss(master)

    def _tell(self, words: str) -> None:
        self.query_one("#words", Static).update(Content(words))


class LoginNotice(Dialog[None]):
    """Says how an account that logs in with OAuth 2.0 is logged in."""

    BINDINGS = [Binding("enter", "close", show=False, id="login.close")]  # noqa: RUF012 - Textual's way

    def __init__(self, account: str, words: str) -> None:
        super().__init__()
        self._account = account
        self._words = words

    def compose(self) -> ComposeResult:
        """What is wrong, and the command that mends it."""
        with Vertical(id="box") as box:
            box.border_title = Content(one_line(f"Log-in of account {self._account}")).markup
            yield Static(Content(one_line(self._words)), id="words")
            yield Static(Content(f"Run this in a terminal, then press {key_for('mail.refresh')} here:"))
            yield Static(Content(one_line(f"  tuimail account login {self._account}")), id="command")
            yield Static(Content("enter  close"), classes="keys")
