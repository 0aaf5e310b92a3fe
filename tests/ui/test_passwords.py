"""Asking for passwords in the app: when, for whom, where they go, and that they show nowhere."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Static

from tests.keyrings import Hanging, Keyring, Raising, install
from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press_into_dialog, settle, toasts, until
from tests.ui.sample_store import NOW, Place
from tests.ui.test_app import FakeLink
from tuimail.config import logs, paths, sealing
from tuimail.config.schema import Account, AuthMethod, Config, ImapServer, Ui
from tuimail.config.sealing import SecretId
from tuimail.config.secrets import vault
from tuimail.config.vault import Vault
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId
from tuimail.store import accounts
from tuimail.store.accounts import AccountState
from tuimail.ui import passwords
from tuimail.ui.screens.main import MainScreen
from tuimail.ui.screens.password import LoginNotice, MasterPasswordScreen, PasswordScreen

PASSWORD = "correct-horse-17"
MASTER = "battery staple"
REFUSED = "Account home: The server refused the log-in: [AUTHENTICATIONFAILED] No. (password from: keyring)"
HOME = SecretId("home", "", "password")


class Link(FakeLink):
    """Remembers what the engine was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[dict[str, str], list[str]]] = []

    def give(self, secrets: Mapping[str, str], *, retry: Sequence[str] = ()) -> None:
        self.given.append((dict(secrets), list(retry)))
        super().give(secrets, retry=retry)


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An encrypted file of the test's own, quick to open; nobody's keys rest."""
    monkeypatch.setattr(paths._Current, "paths", paths.resolve_paths(data_dir=tmp_path / "secrets"))
    monkeypatch.setattr(sealing, "LOG2_N", 4)
    monkeypatch.setattr(sealing, "LOG2_N_BOUNDS", range(4, 20))
    monkeypatch.setattr(passwords, "KEYS_REST_S", 0.0)
    monkeypatch.delenv("TUIMAIL_PASSWORD_HOME", raising=False)
    yield
    logs._secrets.clear()


def _set(place: Place, state: AccountState, error: str | None = None, *, name: str = "home") -> AccountId:
    def write(connection: Any) -> AccountId:
        id_ = accounts.ensure_account(connection, name)
        accounts.set_status(connection, id_, state, now=int(NOW), error=error)
        return id_

    return place.store.mail.write(write, durable=False)


def _fail(place: Place, link: Link, error: str = REFUSED, *, name: str = "home") -> None:
    """The engine could not log in."""
    id_ = _set(place, AccountState.FAILED, error, name=name)
    link.hint(Hint(HintKind.SECRET, id_))


@contextlib.asynccontextmanager
async def _refused(make_app: MakeApp, place: Place, link: Link) -> AsyncIterator[Pilot[None]]:
    """The app, after a log-in that the server has just refused."""
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        _fail(place, link)
        yield pilot


async def _until(pilot: Pilot[None], kind: type[Screen[Any]]) -> Screen[Any]:
    """Wait until a screen of that kind is on top."""
    await until(pilot, lambda: type(pilot.app.screen) is kind and pilot.app.screen.is_mounted, kind.__name__)
    await pilot.pause()
    return pilot.app.screen


async def _type(pilot: Pilot[None], text: str, *keys: str) -> None:
    field = pilot.app.screen.focused
    assert isinstance(field, Input)
    assert field.password
    field.value = text
    await pilot.press(*(keys or ("enter",)))


async def _given(pilot: Pilot[None], link: Link, expected: list[tuple[dict[str, str], list[str]]]) -> None:
    """Wait until the engine was given so much; it is this."""
    await until(pilot, lambda: len(link.given) >= len(expected), f"{expected}")
    assert link.given == expected


def _texts(pilot: Pilot[None]) -> str:
    return "\n".join(str(widget.render()) for widget in pilot.app.screen.query(Static))


async def test_a_refused_password_is_asked_for_once_and_kept_after_it_served(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring, link = Keyring(), Link()
    install(monkeypatch, keyring)
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        assert "The server refused the log-in: [AUTHENTICATIONFAILED] No." in _texts(pilot)
        assert "imap.example.net" in _texts(pilot)
        await _type(pilot, PASSWORD)
        await _until(pilot, MainScreen)
        await _given(pilot, link, [({"home": PASSWORD}, ["home"])])
        _set(place, AccountState.CONNECTING)
        await settle(pilot)
        assert keyring.kept == {}
        _set(place, AccountState.IDLE, "")
        await settle(pilot)
        assert keyring.kept == {("tuimail", "home:"): PASSWORD}
        assert "The password of account home is kept: keyring." in toasts(pilot)
        # From now on the engine takes it from there.
        assert link.given[1:] == [({"home": ""}, [])]
        assert not link.has_secret("home")


async def test_a_password_that_is_refused_again_is_asked_for_again_and_not_kept(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring, link = Keyring(), Link()
    install(monkeypatch, keyring)
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        await _type(pilot, "wrong")
        await _until(pilot, MainScreen)
        _fail(place, link, "Account home: No again. (password from: prompt)")
        await _until(pilot, PasswordScreen)
        assert "No again." in _texts(pilot)
        await press_into_dialog(pilot, "escape")
        await _until(pilot, MainScreen)
        assert any("f5 tries again" in toast for toast in toasts(pilot))
        # What was refused is not the engine's any more: r does not send it once again.
        await _given(pilot, link, [({"home": "wrong"}, ["home"]), ({"home": ""}, [])])
        _set(place, AccountState.IDLE, "")
        await settle(pilot)
        assert keyring.kept == {}


async def test_a_refusal_of_an_older_try_is_not_taken_for_one_of_what_is_being_typed(
    place: Place, make_app: MakeApp
) -> None:
    link = Link()
    async with make_app(place, link=link).run_test(size=(60, 16)) as pilot:
        await settle(pilot)
        _fail(place, link)
        screen = await _until(pilot, PasswordScreen)
        # Another process has made the engine try again what it had.
        _fail(place, link)
        await pilot.pause()
        field = screen.query_one(Input)
        assert screen.region.contains_region(field.region)
        await _type(pilot, PASSWORD)
        await _until(pilot, MainScreen)
        _set(place, AccountState.CONNECTING)
        id_ = _set(place, AccountState.CONNECTING)
        link.hint(Hint(HintKind.SECRET, id_))
        await settle(pilot)
        assert isinstance(pilot.app.screen, MainScreen)
        await _given(pilot, link, [({"home": PASSWORD}, ["home"])])


async def test_several_accounts_are_asked_one_after_the_other(place: Place, make_app: MakeApp) -> None:
    link = Link()
    servers = {name: Account(imap=ImapServer(host="imap.example.net", username=name)) for name in ("home", "b", "c")}
    app = make_app(place, config=Config(accounts=servers, ui=Ui(theme="tuimail-dark")), link=link)
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        for name in servers:
            _fail(place, link, f"There is no password for account {name}.", name=name)
        for name in servers:
            screen = await _until(pilot, PasswordScreen)
            assert f"There is no password for account {name}." in _texts(pilot)
            # Said once.
            assert ("There is no keyring on this machine." in _texts(pilot)) is (name == "home")
            await _type(pilot, f"secret of {name}")
            while pilot.app.screen is screen:
                await pilot.pause()
        await _until(pilot, MainScreen)
        await _given(pilot, link, [({name: f"secret of {name}"}, [name]) for name in servers])


async def test_without_a_keyring_the_encrypted_file_is_made(place: Place, make_app: MakeApp) -> None:
    link = Link()
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        assert "keyring  " not in _texts(pilot).replace("no keyring", "")
        await _type(pilot, PASSWORD, "tab", "enter")
        await _until(pilot, MasterPasswordScreen)
        await _type(pilot, "short")
        assert "8 characters or more" in _texts(pilot)
        await _type(pilot, MASTER)
        await _type(pilot, "something else")
        assert "not the same" in _texts(pilot)
        await _type(pilot, MASTER)
        await _until(pilot, MainScreen)
        await _given(pilot, link, [({"home": PASSWORD}, ["home"])])
        assert vault().hand_over()
        assert vault().read() == {}
        _set(place, AccountState.SYNCING)
        await settle(pilot)
        assert vault().read() == {HOME: PASSWORD}
        assert "The password of account home is kept: encrypted file." in toasts(pilot)


async def test_where_the_encrypted_file_is_open_a_password_is_kept_there_unless_told_otherwise(
    place: Place, make_app: MakeApp
) -> None:
    vault().make(MASTER)
    link = Link()
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        await _type(pilot, PASSWORD)
        await _until(pilot, MainScreen)
        await _given(pilot, link, [({"home": PASSWORD}, ["home"])])
        _set(place, AccountState.SYNCING)
        await settle(pilot)
        assert vault().read() == {HOME: PASSWORD}


async def test_a_short_master_password_is_typed_anew(place: Place, make_app: MakeApp) -> None:
    link = Link()
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        await _type(pilot, PASSWORD, "tab", "enter")
        screen = await _until(pilot, MasterPasswordScreen)
        assert "8 characters or more" in _texts(pilot)
        await _type(pilot, "short", "tab")
        await _type(pilot, "short")
        assert "too short" in _texts(pilot)
        assert screen.focused is screen.query_one("#master")
        screen.query_one("#repeated", Input).value = MASTER
        # Both are there: enter in the first is enough.
        await _type(pilot, MASTER)
        await _until(pilot, MainScreen)
        assert vault().hand_over()


async def test_a_locked_file_is_opened_before_a_password_is_asked_for(
    place: Place, make_app: MakeApp, tmp_path: Path
) -> None:
    elsewhere = Vault(tmp_path / "secrets" / "secrets.enc")
    elsewhere.make(MASTER)
    elsewhere.update(lambda secrets: secrets.update({HOME: PASSWORD}))
    link = Link()
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        _fail(place, link, "There is no password for account home. The encrypted file is locked.")
        screen = await _until(pilot, MasterPasswordScreen)
        await _type(pilot, "battery stable")
        while pilot.app.screen is screen:
            await pilot.pause()
        await _until(pilot, MasterPasswordScreen)
        assert "This is not the master password" in _texts(pilot)
        await _type(pilot, MASTER)
        await _until(pilot, MainScreen)
        # The engine is given the key, and finds the password by itself.
        await _given(pilot, link, [({}, ["home"])])
        assert vault().hand_over() == elsewhere.hand_over()


async def test_who_leaves_the_file_locked_is_asked_for_the_password_and_not_again_for_the_file(
    place: Place, make_app: MakeApp, tmp_path: Path
) -> None:
    Vault(tmp_path / "secrets" / "secrets.enc").make(MASTER)
    link = Link()
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        _fail(place, link, "There is no password for account home.")
        await _until(pilot, MasterPasswordScreen)
        await press_into_dialog(pilot, "escape")
        await _until(pilot, PasswordScreen)
        await _type(pilot, "wrong")
        await _given(pilot, link, [({"home": "wrong"}, ["home"])])
        _fail(place, link, "Account home: No. (password from: prompt)")
        await _until(pilot, PasswordScreen)
        await _type(pilot, PASSWORD)
        await _until(pilot, MainScreen)
        await _given(pilot, link, [({"home": "wrong"}, ["home"]), ({"home": ""}, []), ({"home": PASSWORD}, ["home"])])


async def test_giving_up_the_master_password_keeps_the_password_for_this_run(place: Place, make_app: MakeApp) -> None:
    link = Link()
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        await _type(pilot, PASSWORD, "tab", "enter")
        await _until(pilot, MasterPasswordScreen)
        await press_into_dialog(pilot, "escape")
        await _until(pilot, MainScreen)
        await _given(pilot, link, [({"home": PASSWORD}, ["home"])])
        assert "is used until tuimail ends, and not kept" in toasts(pilot)[-1]
        _set(place, AccountState.IDLE, "")
        await settle(pilot)
        assert link.has_secret("home")


async def test_a_file_that_is_not_safe_to_use_is_told_and_asked_around(
    place: Place, make_app: MakeApp, tmp_path: Path
) -> None:
    Vault(tmp_path / "secrets" / "secrets.enc").make(MASTER)
    (tmp_path / "secrets" / "secrets.enc").chmod(0o644)
    link = Link()
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        assert "can be read by others (mode 644)" in toasts(pilot)[-1]
        await _type(pilot, PASSWORD, "tab", "enter")
        await _until(pilot, MainScreen)
        await _given(pilot, link, [({"home": PASSWORD}, ["home"])])


async def test_an_account_with_tokens_is_told_the_command(place: Place, make_app: MakeApp) -> None:
    link = Link()
    server = ImapServer(host="imap.example.net", username="sam", auth=AuthMethod.OAUTH2)
    app = make_app(place, config=Config(accounts={"home": Account(imap=server)}, ui=CONFIG.ui), link=link)
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        _fail(place, link, "Account home is not logged in.")
        await _until(pilot, LoginNotice)
        assert "tuimail account login home" in _texts(pilot)
        await pilot.press("enter")
        await _until(pilot, MainScreen)
        assert link.given == []


async def test_a_source_that_comes_first_leaves_nothing_to_keep(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring, link = Keyring(), Link()
    install(monkeypatch, keyring)
    monkeypatch.setenv("TUIMAIL_PASSWORD_HOME", "wrong")
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        assert "environment variable TUIMAIL_PASSWORD_HOME" in _texts(pilot)
        assert "keyring" not in _texts(pilot).replace("(password from: keyring)", "")
        await _type(pilot, PASSWORD, "tab", "enter")
        await _until(pilot, MainScreen)
        _set(place, AccountState.IDLE, "")
        await settle(pilot)
        assert keyring.kept == {}
        await _given(pilot, link, [({"home": PASSWORD}, ["home"])])


async def test_a_keyring_that_hangs_holds_nothing_up(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_S", 0.05)
    keyring, link = Hanging(), Link()
    install(monkeypatch, keyring)
    monkeypatch.setattr("keyring.get_keyring", lambda: (keyring.unlock.wait(60), keyring)[1])
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        assert "The keyring does not answer." in _texts(pilot)
        await press_into_dialog(pilot, "escape")
        await _until(pilot, MainScreen)
    keyring.unlock.set()


async def test_a_keyring_that_does_not_take_it_is_told(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Link()
    install(monkeypatch, Raising(RuntimeError("locked")))
    async with _refused(make_app, place, link) as pilot:
        await _until(pilot, PasswordScreen)
        await _type(pilot, PASSWORD)
        await _until(pilot, MainScreen)
        _set(place, AccountState.IDLE, "")
        await settle(pilot)
        assert "The keyring failed: RuntimeError, locked." in toasts(pilot)[-1]
        assert link.has_secret("home")


async def test_no_dialog_opens_over_another_or_under_somebodys_keys(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Link()
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        other = pilot.app.screen
        assert not isinstance(other, MainScreen)
        _fail(place, link)
        for _ in range(5):
            main_screen(pilot).app.look()  # type: ignore[attr-defined]
            await pilot.pause()
        assert pilot.app.screen is other
        monkeypatch.setattr(passwords, "KEYS_REST_S", 1000.0)
        await press_into_dialog(pilot, "escape")
        main_screen(pilot).app.look()  # type: ignore[attr-defined]
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)
        monkeypatch.setattr(passwords, "KEYS_REST_S", 0.0)
        await _until(pilot, PasswordScreen)


async def test_words_of_a_server_are_text_and_the_password_shows_nowhere(place: Place, make_app: MakeApp) -> None:
    link = Link()
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        _fail(place, link, "Account home: [/x] [@click=app.quit]free[/] \x1b]0;PWNED\x07")
        await _until(pilot, PasswordScreen)
        assert "[@click=app.quit]free[/]" in _texts(pilot)
        field = pilot.app.screen.query_one(Input)
        await _type(pilot, PASSWORD, "home", "shift+end", "ctrl+c", "ctrl+x")
        assert field.value == PASSWORD
        assert pilot.app.clipboard == ""
        shot = pilot.app.export_screenshot()
        assert PASSWORD not in shot
        assert "\x1b" not in shot
        await pilot.press("enter")
        await _until(pilot, MainScreen)
        gc.collect()
        assert PASSWORD not in repr([one for one in gc.get_objects() if type(one).__name__ in {"Typed", "_Tried"}])
        assert not any(PASSWORD in toast for toast in toasts(pilot))


async def test_hints_about_nobody_ask_for_nothing(place: Place, make_app: MakeApp) -> None:
    link = Link()
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        link.hint(Hint(HintKind.SECRET, 4711))
        _fail(place, link, "gone", name="not in the configuration")
        await settle(pilot)
        assert isinstance(pilot.app.screen, MainScreen)
        assert link.given == []
