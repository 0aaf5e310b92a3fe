"""Asks for what accounts cannot log in without, one account after the other, and gives it to the engine.

    an account cannot log in ─► waits for its turn ─► asked ─► given, tried once ─┬─► logged in: kept, if wanted
              ▲                                         │                         │
              │                                         └─► not now: until r      │
              └───────────────────────────────────────────────── refused ─────────┘

One try for each password that is typed: a server locks an account that fails too often. A password is kept only after
the server took it. Keyring and encrypted file may be slow: they are used in threads that nobody waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tuimail.config.schema import AuthMethod
from tuimail.model.errors import ConfigError, TuimailError
from tuimail.model.ids import AccountId
from tuimail.store.accounts import AccountState, AccountStatus, list_accounts
from tuimail.ui.commands.keys_in_use import key_for

if TYPE_CHECKING:
    from textual.screen import Screen

    from tuimail.config.schema import Server
    from tuimail.config.secrets import LookUp, Place
    from tuimail.ui.link import EngineLink
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.password import Keep, Typed
    from tuimail.ui.session import Session
    from tuimail.ui.snapshot import Snapshot

T = TypeVar("T")
PATIENCE_S = 3.0
"""A keyring that does not answer so soon is not offered."""
KEYS_REST_S = 1.0
"""A dialog takes the keys: none opens before they have rested so long, or what was meant for the mail goes into it."""
_LOGGED_IN = {AccountState.SYNCING, AccountState.IDLE}


class _Tried:
    """A password that the engine tries just now. It is in no representation of this value."""

    def __init__(self, username: str, typed: Typed) -> None:
        self.username = username
        self.typed = typed


class PasswordDesk:
    """`add` takes accounts that cannot log in; `look` is called now and then and opens dialogs over `screen`."""

    def __init__(self, session: Session, screen: CommandScreen[None]) -> None:
        self._session = session
        self._screen = screen
        self._waiting: dict[AccountId, None] = {}
        self._tried: dict[str, _Tried] = {}
        self._is_asking = False
        self._leaves_file_locked = False
        self._has_told_fault = False

    def add(self, account_id: AccountId) -> None:
        """The engine says that the account cannot log in."""
        self._waiting[account_id] = None

    def look(self, *, keys_rested_s: float) -> None:
        """Ask whoever waits, if nothing lies over the main screen and the user's keys have rested so long."""
        link = self._session.link
        is_free = self._screen.is_active and keys_rested_s >= KEYS_REST_S
        if self._waiting and is_free and not self._is_asking and link is not None:
            self._is_asking = True
            self._screen.start_task(self._serve(link))

    def store_changed(self, snapshot: Snapshot) -> None:
        """Keep the passwords that the server took, where the user wants that."""
        states = {account.name: account.state for account in snapshot.accounts}
        for name in [name for name in self._tried if states.get(name) in _LOGGED_IN]:
            self._screen.start_task(self._keep(name, self._tried.pop(name)))

    async def _serve(self, link: EngineLink) -> None:
        try:
            while self._waiting:
                id_ = next(iter(self._waiting))
                del self._waiting[id_]
                status = next((one for one in self._session.read(list_accounts) if one.id == id_), None)
                # An account that is being tried again will tell what comes of it.
                has_failed = status is not None and status.state is AccountState.FAILED
                if status is not None and has_failed and status.name in self._session.config.accounts:
                    await self._ask(link, status)
        except TuimailError as error:
            self._screen.tell_error(error)
        finally:
            self._is_asking = False

    async def _ask(self, link: EngineLink, status: AccountStatus) -> None:
        from tuimail.config.logs import keep_out
        from tuimail.ui.screens.password import Keep, LoginNotice, PasswordScreen, Typed

        name, server = status.name, self._server(status.name)
        words = status.error.removeprefix(f"Account {name}: ")
        self._tried.pop(name, None)
        if link.has_secret(name):
            # It was refused, and is not tried again: r would be the next try.
            link.give({name: ""})
        elif await self._opened_for(link, name, server):
            return
        if server.auth is AuthMethod.OAUTH2:
            await self._show(LoginNotice(name, words))
            return
        choices, fault = await self._choices(name, server)
        typed = await self._show(
            PasswordScreen(name, f"{server.username} at {server.host}", f"{words} {fault}".strip(), choices)
        )
        if typed is None:
            self._screen.say(
                f"Account {name} stays logged out. {key_for('mail.refresh')} tries again, and asks.", severity="warning"
            )
            return
        keep_out(typed.value)
        if typed.keep is Keep.FILE and not await self._open_file(
            f"The password of account {name} is to be kept in it."
        ):
            typed = Typed(typed.value, Keep.RUN)
            self._screen.say(f"The password of account {name} is used until tuimail ends, and not kept.")
        # What was refused meanwhile was not this password.
        self._waiting.pop(status.id, None)
        self._tried[name] = _Tried(server.username, typed)
        link.give({name: typed.value}, retry=[name])

    async def _opened_for(self, link: EngineLink, name: str, server: Server) -> bool:
        """Open the encrypted file if it is locked and may have what the account lacks; then it is tried again."""
        from tuimail.config.secrets import look_up, vault
        from tuimail.config.vault import VaultState

        try:
            state = await _aside(lambda: vault().state)
        except ConfigError as error:
            self._screen.tell_error(error)
            return False
        if self._leaves_file_locked or state is not VaultState.LOCKED:
            return False
        found: LookUp | None = await _patiently(lambda: look_up(name, server))
        if found is not None and found.source:
            return False
        if not await self._open_file(f"It may hold the password of account {name}."):
            self._leaves_file_locked = True
            return False
        # The others that wait may have theirs in it too.
        ids, self._waiting = {*self._waiting}, {}
        others = [one.name for one in self._session.read(list_accounts) if one.id in ids]
        link.give({}, retry=[name, *others])
        return True

    async def _open_file(self, words: str) -> bool:
        """Let the user open the encrypted file, or make it; whether it is open now. What is wrong with it is told."""
        try:
            return await self._ask_for_file(words)
        except ConfigError as error:
            self._screen.tell_error(error)
            return False

    async def _ask_for_file(self, words: str) -> bool:
        from tuimail.config.logs import keep_out
        from tuimail.config.sealing import WrongMasterPassword
        from tuimail.config.secrets import vault
        from tuimail.config.vault import VaultState
        from tuimail.ui.screens.password import MasterPasswordScreen

        file = vault()
        while (state := await _aside(lambda: file.state)) is not VaultState.OPEN:
            is_new = state is VaultState.NONE
            if is_new:
                words += " Its master password protects all that it keeps, and cannot be recovered."
            master = await self._show(MasterPasswordScreen(str(file.path), words, is_new=is_new))
            if master is None:
                return False
            keep_out(master)
            try:
                await _aside(partial(file.make if is_new else file.open, master))
            except WrongMasterPassword as error:
                words = str(error)
        return True

    async def _file_is_open(self) -> bool:
        from tuimail.config.secrets import vault
        from tuimail.config.vault import VaultState

        try:
            return await _aside(lambda: vault().state) is VaultState.OPEN
        except ConfigError:
            # What is wrong with it is told when it is to be opened.
            return False

    async def _choices(self, name: str, server: Server) -> tuple[list[Keep], str]:
        """Where the password can be kept, the best place first; and, once in a run, why no keyring is among them."""
        from tuimail.config.keyrings import why_none
        from tuimail.config.outside_passwords import first_source
        from tuimail.ui.screens.password import Keep

        if first := first_source(name, server):
            return [Keep.RUN], f"At the next start it comes from the {first} again."
        fault = await _patiently(why_none)
        if fault == "":
            return [Keep.KEYRING, Keep.FILE, Keep.RUN], ""
        is_first, self._has_told_fault = not self._has_told_fault, True
        # Where other passwords are kept in the file, a new one belongs there too.
        return [Keep.FILE, Keep.RUN] if await self._file_is_open() else [Keep.RUN, Keep.FILE], (
            fault or "The keyring does not answer."
        ) if is_first else ""

    async def _keep(self, name: str, tried: _Tried) -> None:
        from tuimail.config.secrets import Place, keep_secret
        from tuimail.ui.screens.password import Keep

        places: dict[Keep, Place] = {Keep.KEYRING: Place.KEYRING, Keep.FILE: Place.FILE}
        if tried.typed.keep not in places:
            return
        place, value = places[tried.typed.keep], tried.typed.value
        try:
            where = await _aside(lambda: keep_secret(name, tried.username, value, place=place))
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        self._screen.say(f"The password of account {name} is kept: {where}.")
        if self._session.link is not None:
            # The engine finds it there from now on, and with it what another process keeps later.
            self._session.link.give({name: ""})

    async def _show(self, dialog: Screen[T]) -> T | None:
        answer: T | None = await self._screen.app.push_screen_wait(dialog)
        return answer

    def _server(self, name: str) -> Server:
        account = self._session.config.accounts[name]
        server = account.imap or account.pop3
        assert server is not None  # noqa: S101 - checked by load_config
        return server


async def _aside(work: Callable[[], T]) -> T:
    from tuimail.setup.daemon import in_daemon_thread

    return await in_daemon_thread(work, "secrets")


async def _patiently(work: Callable[[], T]) -> T | None:
    """What `work` returns, or None if it takes too long."""
    try:
        return await asyncio.wait_for(_aside(work), PATIENCE_S)
    except TimeoutError:
        return None
