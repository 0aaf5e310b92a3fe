"""The app, its engine and a server: a wrong password is tried once, the right one kept and found by the next engine."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.engine.conftest import NO_PENALTY
from tests.engine.proxy import Proxy
from tests.engine.world import eventually, mail
from tests.servers.dovecot import Dovecot
from tests.ui.driving import main_screen
from tuimail.config import paths
from tuimail.config.load import load_config
from tuimail.config.sealing import SecretId
from tuimail.config.secrets import vault
from tuimail.store import accounts
from tuimail.store.accounts import AccountState
from tuimail.store.store import Store
from tuimail.ui import passwords
from tuimail.ui.app import TuimailApp
from tuimail.ui.link import EngineLink
from tuimail.ui.screens.password import MasterPasswordScreen, PasswordScreen
from tuimail.ui.session import Session

PASSWORD = "a secret of the test"
MASTER = "battery staple"
CONFIG = """
[accounts.work]
address = "ada@example.org"
[accounts.work.imap]
host = "127.0.0.1"
port = {port}
security = "none"
username = "ada"
"""


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Dovecot(users={"ada": PASSWORD}, settings=NO_PENALTY) as dovecot:
        dovecot.fill([mail("the first letter")], user="ada")
        with Proxy(dovecot.port) as running:
            yield running


def _tried(proxy: Proxy) -> list[str]:
    tokens = [line.split()[-1] for line in list(proxy.sent) if b"AUTHENTICATE PLAIN" in line]
    return [base64.b64decode(token).split(b"\0")[-1].decode() for token in tokens]


def _is_idle(store: Store) -> bool:
    return [one.state for one in store.mail.read(accounts.list_accounts)] == [AccountState.IDLE]


def _is_written(text: str, directory: Path) -> bool:
    """Whether it stands in any file: store, log, configuration, encrypted file."""
    return any(text.encode() in path.read_bytes() for path in directory.rglob("*") if path.is_file())


async def test_wrong_then_right_then_kept(proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(paths._Current, "paths", paths.resolve_paths(data_dir=tmp_path / "data"))
    monkeypatch.setattr(passwords, "KEYS_REST_S", 0.0)
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(port=proxy.port))
    store = Store(tmp_path / "data")
    store.mail.ensure()
    link = EngineLink.for_data_dir(config, tmp_path / "data")
    session = Session(store, load_config(config), link, config_path=config)
    app = TuimailApp(session)
    app.animation_level = "none"

    async def answer(kind: type[object], text: str, *keys: str) -> None:
        def is_shown() -> bool:
            fields = list(app.screen.query(Input)) if isinstance(app.screen, kind) else []
            return bool(fields) and fields[0].value == ""

        await eventually(lambda: bool(app.call_from_thread(is_shown)), f"{kind} is shown")
        field = app.screen.query(Input).first()
        await pilot.pause()
        field.value = text
        await pilot.press(*keys)

    try:
        async with app.run_test(size=(100, 30)) as pilot:
            await answer(PasswordScreen, "wrong", "enter")
            await eventually(lambda: _tried(proxy) == ["wrong"], "it is tried")
            await answer(PasswordScreen, PASSWORD, "tab", "enter")
            await answer(MasterPasswordScreen, MASTER, "enter")
            app.screen.query(Input).last().value = MASTER
            await pilot.press("enter")
            await eventually(lambda: _is_idle(store), "the account is connected")
            id_ = SecretId("work", "ada", "password")
            await eventually(lambda: vault().read() == {id_: PASSWORD}, "it is kept")
            await eventually(lambda: bool(app.call_from_thread(lambda: main_screen(pilot).messages.line_count)), "mail")
            assert _tried(proxy)[0] == "wrong"
            assert set(_tried(proxy)[1:]) == {PASSWORD}
        link.close()
        # The next engine is given the key alone.
        again = EngineLink.for_data_dir(config, tmp_path / "data")
        before = len(_tried(proxy))
        again.start()
        await eventually(lambda: len(_tried(proxy)) > before, "the next engine logs in")
        again.close()
        assert not again.has_secret("work")
        assert set(_tried(proxy)[before:]) == {PASSWORD}
        assert not any(_is_written(text, tmp_path) for text in (PASSWORD, MASTER, "wrong"))
    finally:
        link.close()
        session.close()
        store.close()
