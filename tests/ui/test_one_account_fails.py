"""Three accounts with a running engine: what one server does wrong, the accounts of the others never feel."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.engine.conftest import NO_PENALTY
from tests.engine.world import eventually, mail
from tests.servers.dovecot import HOST, Dovecot
from tests.ui.driving import main_screen
from tuimail.config.load import load_config
from tuimail.store import accounts
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.store.store import Store
from tuimail.ui.app import TuimailApp
from tuimail.ui.link import EngineLink
from tuimail.ui.screens.password import PasswordScreen
from tuimail.ui.session import Session
from tuimail.ui.widgets.status_line import left_text

PASSWORD = "a secret of the test"
ENTRY = """
[accounts.{0}]
address = "{3}@example.org"
[accounts.{0}.{1}]
host = "127.0.0.1"
port = {2}
security = "none"
username = "{3}"
"""


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(users={"ada": PASSWORD, "bea": PASSWORD}, settings=NO_PENALTY) as running:
        yield running


class BadServer:
    """Listens on loopback; `greeting` None says nothing ever, else it greets so and ends the connection."""

    def __init__(self, greeting: bytes | None) -> None:
        self._greeting = greeting
        self._socket = socket.create_server((HOST, 0))
        self.port = int(self._socket.getsockname()[1])
        self._accepted: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if self._greeting is None:
                self._accepted.append(connection)
            else:
                with connection:
                    connection.sendall(self._greeting)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)
        for connection in self._accepted:
            connection.close()


def status_of(store: Store, name: str) -> AccountStatus | None:
    return next((one for one in store.mail.read(accounts.list_accounts) if one.name == name), None)


def subjects(dovecot: Dovecot, user: str, mailbox: str) -> set[str]:
    """What the server has in a mailbox of the user."""
    client = dovecot.client(user)
    client.select(mailbox, readonly=True)
    _, (numbers,) = client.search(None, "ALL")
    fields = "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"
    found = client.fetch(numbers.replace(b" ", b",").decode(), fields)[1] if numbers else []
    client.logout()
    return {part[1].decode().partition(": ")[2].strip() for part in found if isinstance(part, tuple)}


def listed(pilot: Pilot[None]) -> list[str]:
    """The lines of the message list."""
    messages = main_screen(pilot).messages
    return [messages.render_line(y).text for y in range(min(messages.line_count, 20))]


async def shown(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Wait until the screen shows something."""

    def holds() -> bool:
        pilot.app.call_from_thread(pilot.app.look)  # type: ignore[attr-defined]
        return bool(pilot.app.call_from_thread(condition))

    await eventually(holds, what)


@pytest.mark.parametrize("fault", ["refuses", "hangs", "breaks", "pop3 hangs"])
async def test_the_others_are_synced_and_triaged(dovecot: Dovecot, tmp_path: Path, fault: str) -> None:
    for name, user in (("one", "ada"), ("two", "bea")):
        dovecot.fill([mail(f"{fault} {name} {number}") for number in range(2)], user=user)
    bad = BadServer(None if "hangs" in fault else b"* OK ready\r\n")
    config = tmp_path / "config.toml"
    entries = (
        ("one", "imap", dovecot.port, "ada"),
        ("bad", "pop3" if "pop3" in fault else "imap", dovecot.port if fault == "refuses" else bad.port, "ada"),
        ("two", "imap", dovecot.port, "bea"),
    )
    config.write_text("".join(ENTRY.format(*entry) for entry in entries))
    store = Store(tmp_path / "data")
    store.mail.ensure()
    secrets = {"one": PASSWORD, "two": PASSWORD, "bad": "not this one"}
    link = EngineLink.for_data_dir(config, tmp_path / "data", secrets)
    session = Session(store, load_config(config), link, config_path=config)
    app = TuimailApp(session)
    app.animation_level = "none"
    try:
        async with app.run_test(size=(140, 40)) as pilot:
            await go_through(pilot, dovecot, store, fault)
    finally:
        link.close()
        session.close()
        store.close()
        bad.close()


async def act(pilot: Pilot[None], subject: str, key: str) -> None:
    """Press a key on the message of that subject."""
    messages = main_screen(pilot).messages
    messages.cursor = next(y for y, line in enumerate(listed(pilot)) if subject in line)
    await pilot.press(key)


async def go_through(pilot: Pilot[None], dovecot: Dovecot, store: Store, fault: str) -> None:
    def has(*wanted: str) -> Callable[[], bool]:
        return lambda: all(any(subject in line for line in listed(pilot)) for subject in wanted)

    first = [f"{fault} {name} {number}" for name in ("one", "two") for number in range(2)]
    await shown(pilot, has(*first), "the mail of both good accounts is listed together")
    if "hangs" not in fault:
        await eventually(lambda: bool(getattr(status_of(store, "bad"), "error", "")), "the fault is told")
    if fault == "refuses":
        await shown(pilot, lambda: isinstance(pilot.app.screen, PasswordScreen), "the password is asked for")
        await pilot.press("escape")
    await act(pilot, f"{fault} two 1", "a")
    await act(pilot, f"{fault} one 0", "d")
    await eventually(lambda: f"{fault} two 1" in subjects(dovecot, "bea", "Archive"), "it is in its own archive")
    await eventually(lambda: f"{fault} one 0" in subjects(dovecot, "ada", "Trash"), "it is in its own trash")
    dovecot.fill([mail(f"{fault} news")], user="bea")
    await shown(pilot, has(f"{fault} news"), "new mail is listed")
    for name in ("one", "two"):
        good = status_of(store, name)
        assert good is not None
        assert (good.state, good.error) == (AccountState.IDLE, "") or good.state is AccountState.SYNCING
    bad = status_of(store, "bad")
    assert bad is not None
    told = left_text(main_screen(pilot).status_line.status)
    if "hangs" in fault:
        assert (bad.state, bad.error) == (AccountState.CONNECTING, "")
        assert f"bad: {bad.activity}" in told
    else:
        # Trouble is told before what is at work.
        assert told.startswith("bad: ! ")
