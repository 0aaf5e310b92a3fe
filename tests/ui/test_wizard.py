"""The wizard's screen: from nothing to an account that the engine syncs, and every way back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.servers.dovecot import Dovecot
from tests.setup.wizard_world import CANDIDATE, CERTIFICATE, IMAP, PASSWORD, POP3, WizardWorld
from tests.ui.album import SIZES, THEMES, Album
from tests.ui.driving import settle, toasts
from tests.ui.sample_store import NOW, Place, make_place, plain
from tuimail.config import sealing
from tuimail.config.add import add_account
from tuimail.config.load import load_config
from tuimail.config.paths import resolve_paths
from tuimail.config.schema import Config
from tuimail.config.vault import Vault, VaultState
from tuimail.model.errors import ConnectionLost
from tuimail.setup.discovery.discover import Discovery
from tuimail.setup.discovery.probe import Offer
from tuimail.setup.discovery.provider import Way
from tuimail.setup.discovery.provider_table import PROVIDERS
from tuimail.setup.wizard import wizard as wizard_module
from tuimail.setup.wizard.tools import Keep
from tuimail.setup.wizard.wizard import Stage, Wizard
from tuimail.ui.app import TuimailApp
from tuimail.ui.link import EngineLink, LinkState
from tuimail.ui.screens.main import MainScreen
from tuimail.ui.screens.password import MasterPasswordScreen
from tuimail.ui.screens.wizard import WizardScreen
from tuimail.ui.screens.wizard_page import Page
from tuimail.ui.session import Session
from tuimail.ui.widgets.choice_line import ChoiceLine

HOSTILE = "[@click=app.quit]x[/] [/] \x1b]0;PWNED\x07"


class FakeLink:
    """Stands for the engine's process; notes what it is told."""

    state = LinkState.RUNNING

    def __init__(self) -> None:
        self.events: list[Any] = []

    def listen(self, *_callbacks: object) -> None:
        pass

    def start(self) -> None:
        pass

    def give(self, secrets: dict[str, str]) -> None:
        self.events.append(dict(secrets))

    def renew(self) -> None:
        self.events.append("renew")

    def send(self, _hint: object) -> None:
        pass

    def has_secret(self, _account: str) -> bool:
        return False


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> WizardWorld:
    made = WizardWorld()
    monkeypatch.setattr(wizard_module, "Tools", lambda: replace(made.tools(), write=add_account))
    monkeypatch.setattr("tuimail.config.keyrings.why_none", lambda: "" if made.keyring else "There is no keyring here.")
    return made


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Place]:
    made = make_place(tmp_path / "data")
    yield made
    made.store.close()


@pytest.fixture
def app(empty: Place, tmp_path: Path) -> Iterator[TuimailApp]:
    """The app of somebody who has no account yet."""
    link = cast("EngineLink", FakeLink())
    session = Session(empty.store, Config(), link, config_path=tmp_path / "config.toml", clock=lambda: NOW)
    made = TuimailApp(session, adds_account=True)
    made.animation_level = "none"
    yield made
    session.close()


def screen(pilot: Pilot[None]) -> WizardScreen:
    found = pilot.app.screen
    assert isinstance(found, WizardScreen)
    return found


def page(pilot: Pilot[None]) -> Page:
    return screen(pilot).query_one(Page)


def shown(pilot: Pilot[None]) -> str:
    """All text of the page."""
    return "\n".join(str(one.visual) for one in page(pilot).query(Static) if one.display)


async def wait_for(pilot: Pilot[None], stage: Stage) -> None:
    """Until the wizard has come to the stage, and its page stands."""
    while not isinstance(pilot.app.screen, WizardScreen) or screen(pilot).wizard.stage is not stage:
        await pilot.pause(0.01)
    await settle(pilot)


async def type_in(pilot: Pilot[None], **values: str) -> None:
    """Fill in fields by their ids; `_` stands for a dash."""
    for id_, value in values.items():
        page(pilot).query_one(f"#{id_.replace('_', '-')}", Input).value = value
    await pilot.pause()


async def come_to(pilot: Pilot[None], stage: Stage, address: str = "ada@example.org") -> None:
    """From the first page on, agreeing to everything."""
    await wait_for(pilot, Stage.ADDRESS)
    await type_in(pilot, address=address)
    await pilot.press("enter")
    await wait_for(pilot, Stage.SERVERS)
    if stage is not Stage.SERVERS:
        await pilot.press("enter")
        await wait_for(pilot, stage)


async def test_an_app_without_an_account_begins_with_the_wizard(
    app: TuimailApp, world: WizardWorld, tmp_path: Path
) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await wait_for(pilot, Stage.ADDRESS)
        await pilot.press(*"ada@example.org", "tab", *"Ada", "enter")
        await wait_for(pilot, Stage.SERVERS)
        assert "autoconfig of example.org" in shown(pilot)
        assert page(pilot).query_one("#in-host", Input).value == IMAP.host
        await pilot.press("enter")
        await wait_for(pilot, Stage.SECRET)
        await type_in(pilot, password="wrong")
        await pilot.press("enter")
        while "refused" not in shown(pilot):
            await pilot.pause(0.01)
        assert page(pilot).query_one("#password", Input).value == ""
        await pilot.press(*PASSWORD.replace(" ", "_"))
        await type_in(pilot, password=PASSWORD)
        await pilot.press("enter")
        while not isinstance(pilot.app.screen, MainScreen):
            await pilot.pause(0.01)
        await settle(pilot)
        assert "Account example is set up. 12 messages in its inbox. Password: keyring." in toasts(pilot)
        link = cast("FakeLink", app.session.link)
        while "renew" not in link.events:
            await pilot.pause(0.01)
        assert link.events == [{"example": PASSWORD}, "renew"]
    written = load_config(tmp_path / "config.toml")
    assert app.session.config == written
    assert written.accounts["example"].imap == IMAP
    assert written.accounts["example"].display_name == "Ada"
    assert PASSWORD not in (tmp_path / "config.toml").read_text("utf-8")


async def test_the_demo_adds_no_accounts(app: TuimailApp, world: WizardWorld) -> None:
    demo = TuimailApp(app.session, is_demo=True)
    async with demo.run_test() as pilot:
        await settle(pilot)
        await pilot.press("A")
        while not any("The demo forgets" in toast for toast in toasts(pilot)):
            await pilot.pause(0.01)
        assert isinstance(pilot.app.screen, MainScreen)


async def test_the_demo_names_no_file_that_is_gone_with_it(app: TuimailApp, tmp_path: Path) -> None:
    demo = TuimailApp(app.session, is_demo=True)
    async with demo.run_test() as pilot:
        await settle(pilot)
        await pilot.press("T", "down", "enter")
        while not any(toast.startswith("Theme ") for toast in toasts(pilot)):
            await pilot.pause(0.01)
        (told,) = toasts(pilot)
        assert str(tmp_path) not in told


async def test_escape_leads_back_through_all_pages_and_answers_stay(app: TuimailApp, world: WizardWorld) -> None:
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SECRET)
        for stage in (Stage.SERVERS, Stage.ADDRESS):
            await pilot.press("escape")
            await wait_for(pilot, stage)
        assert page(pilot).query_one("#address", Input).value == "ada@example.org"
        name = page(pilot).query_one("#name", Input)
        assert (name.value, name.placeholder) == ("", "example")
        await type_in(pilot, address="ada@elsewhere.example")
        assert name.placeholder == "elsewhere"
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, MainScreen)
        assert "sets one up" in str(pilot.app.screen.query_one("#welcome", Static).visual)
        await pilot.press("A")
        await wait_for(pilot, Stage.ADDRESS)
    assert world.written == []


async def test_a_search_is_shown_and_stopped(app: TuimailApp, world: WizardWorld) -> None:
    world.holds = asyncio.Event()
    async with app.run_test() as pilot:
        await wait_for(pilot, Stage.ADDRESS)
        await type_in(pilot, address="ada@example.org")
        await pilot.press("enter")
        while "Autoconfig of example.org" not in shown(pilot):
            await pilot.pause(0.01)
        assert "– Built-in table" in shown(pilot)
        await pilot.press("escape")
        await wait_for(pilot, Stage.SERVERS)
        assert page(pilot).query_one("#in-host", Input).value == ""
        await pilot.press("enter")
        while "A server is missing" not in shown(pilot):
            await pilot.pause(0.01)
        await type_in(pilot, in_host="Mail.Example.org:1993", username="ada")
        await pilot.press("enter")
        await wait_for(pilot, Stage.SECRET)
        incoming = screen(pilot).wizard.servers.known_incoming
    assert (incoming.host, incoming.port, incoming.username) == ("mail.example.org", 1993, "ada")


async def test_a_wrong_address_is_told_where_it_is_typed(app: TuimailApp, world: WizardWorld) -> None:
    async with app.run_test() as pilot:
        await wait_for(pilot, Stage.ADDRESS)
        await type_in(pilot, address="[/] [red]x[/red] \x1b]0;PWNED\x07@example.org")
        await pilot.press("enter")
        while "cannot be a mail address" not in shown(pilot):
            await pilot.pause(0.01)
        assert "\x1b" not in shown(pilot)
        assert "[red]x[/red]" in shown(pilot)
        await type_in(pilot, address="ada@example.org", name="no good")
        await pilot.press("enter")
        while "cannot be the name" not in shown(pilot):
            await pilot.pause(0.01)
        page(pilot).query_one("#name", Input).focus()
        await pilot.press("x")
        await settle(pilot)
        assert "cannot be the name" not in shown(pilot)


async def test_empty_fields_say_what_they_stand_for(app: TuimailApp, world: WizardWorld) -> None:
    world.discovery = Discovery(())
    async with app.run_test() as pilot:
        await wait_for(pilot, Stage.ADDRESS)
        page(pilot).query_one("#protocol", ChoiceLine).choose("pop3")
        await come_to(pilot, Stage.SERVERS, "ada@sea.example")
        told = [page(pilot).query_one(id_, Input).placeholder for id_ in ("#in-host", "#username")]
        assert told == ["pop3.sea.example", "ada@sea.example"]


async def test_servers_that_do_not_answer_lead_back_with_the_reason(app: TuimailApp, world: WizardWorld) -> None:
    world.looks = {IMAP.host: ConnectionLost(f"Nobody is there {HOSTILE}.", hint="Check it.")}
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SERVERS)
        await pilot.press("enter")
        while "Nobody is there" not in shown(pilot):
            await pilot.pause(0.01)
        assert screen(pilot).wizard.stage is Stage.SERVERS
        assert "\x1b" not in shown(pilot)


async def test_a_certificate_is_trusted_by_its_own_key_only(app: TuimailApp, world: WizardWorld) -> None:
    world.untrusted = {IMAP.host}
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.CERTIFICATE)
        for words in ("self-signed", "CN=Example Authority", "2026-01-01 to 2027-01-01", "0123 4567 89ab cdef"):
            assert words in shown(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert screen(pilot).wizard.stage is Stage.CERTIFICATE
        await pilot.press("t")
        await wait_for(pilot, Stage.SECRET)
        assert screen(pilot).wizard.servers.known_incoming.tls_fingerprint == CERTIFICATE.fingerprint


async def test_servers_in_another_domain_are_asked_about(app: TuimailApp, world: WizardWorld) -> None:
    world.discovery = Discovery((replace(CANDIDATE, asks="DNS says elsewhere."),))
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SERVERS)
        assert "DNS says elsewhere." in shown(pilot)
        for key, stage in (("n", Stage.SERVERS), ("y", Stage.SECRET)):
            await pilot.press("enter")
            while isinstance(pilot.app.screen, WizardScreen):
                await pilot.pause(0.01)
            await pilot.press(key)
            await wait_for(pilot, stage)


async def test_one_of_several_findings_is_chosen(app: TuimailApp, world: WizardWorld) -> None:
    other = replace(
        CANDIDATE, incoming=msgspec.structs.replace(IMAP, host="backup.example.org"), source="usual names, tried out"
    )
    world.discovery = Discovery((CANDIDATE, other))
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SERVERS)
        page(pilot).query_one("#candidate").focus()
        await pilot.press("right")
        await settle(pilot)
        assert page(pilot).query_one("#in-host", Input).value == "backup.example.org"
        assert "usual names, tried out" in shown(pilot)


async def test_choices_are_clicked_on(app: TuimailApp, world: WizardWorld) -> None:
    async with app.run_test() as pilot:
        await wait_for(pilot, Stage.ADDRESS)
        line = page(pilot).query_one("#protocol", ChoiceLine)
        await pilot.click(line, offset=(10, 0))
        assert line.value == "pop3"
        await pilot.click(line, offset=(2, 0))
        assert line.value == "imap"
        await pilot.press("left", "left", "space")
        assert line.value == "pop3"


async def test_the_keys_are_clicked_on(app: TuimailApp, world: WizardWorld) -> None:
    world.untrusted = {IMAP.host}

    async def click(pilot: Pilot[None], words: str) -> None:
        box = screen(pilot).query_one("#box")
        line = "".join(segment.text for segment in box.render_lines(Region(0, box.outer_size.height - 1, 200, 1))[0])
        await pilot.click(box, offset=(line.index(words), box.outer_size.height - 1))

    async with app.run_test() as pilot:
        await wait_for(pilot, Stage.ADDRESS)
        await type_in(pilot, address="ada@example.org")
        await click(pilot, "go on")
        await wait_for(pilot, Stage.SERVERS)
        await click(pilot, "go on")
        await wait_for(pilot, Stage.CERTIFICATE)
        await click(pilot, "trust")
        await wait_for(pilot, Stage.SECRET)
        await click(pilot, "back")
        await wait_for(pilot, Stage.SERVERS)


async def test_pop3_is_chosen_with_a_sentence_on_the_difference(
    app: TuimailApp, world: WizardWorld, tmp_path: Path
) -> None:
    world.discovery = Discovery((replace(CANDIDATE, incoming=POP3),))
    async with app.run_test() as pilot:
        await wait_for(pilot, Stage.ADDRESS)
        assert "for several devices" in shown(pilot)
        page(pilot).query_one("#protocol").focus()
        await pilot.press("right")
        await settle(pilot)
        assert "for one device" in shown(pilot)
        await come_to(pilot, Stage.SERVERS)
        page(pilot).query_one("#leave", ChoiceLine).choose("30")
        await pilot.press("enter")
        await wait_for(pilot, Stage.SECRET)
        await type_in(pilot, password=PASSWORD)
        await pilot.press("enter")
        while not isinstance(pilot.app.screen, MainScreen):
            await pilot.pause(0.01)
    pop3 = load_config(tmp_path / "config.toml").accounts["example"].pop3
    assert pop3 is not None
    assert (pop3.host, pop3.leave_on_server) == (POP3.host, 30)


async def test_without_a_keyring_the_other_places_are_offered(
    app: TuimailApp, world: WizardWorld, tmp_path: Path
) -> None:
    world.keyring = False
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SECRET)
        await type_in(pilot, password=PASSWORD)
        await pilot.press("enter")
        await wait_for(pilot, Stage.KEEP)
        while "no keyring" not in shown(pilot):
            await pilot.pause(0.01)
        page(pilot).query_one("#keep", ChoiceLine).choose("ask")
        await pilot.press("enter")
        while not isinstance(pilot.app.screen, MainScreen):
            await pilot.pause(0.01)
        assert cast("FakeLink", app.session.link).events[0] == {"example": PASSWORD}
    assert world.kept == []
    assert "example" in load_config(tmp_path / "config.toml").accounts


async def test_an_encrypted_file_is_made_with_a_master_password(
    app: TuimailApp, world: WizardWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LOG2_N", 4)
    monkeypatch.setattr(sealing, "LOG2_N_BOUNDS", range(4, 20))
    monkeypatch.setattr(
        "tuimail.config.paths._Current.paths", resolve_paths(tmp_path / "config.toml", tmp_path / "data")
    )
    world.keyring = False
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SECRET)
        await type_in(pilot, password=PASSWORD)
        await pilot.press("enter")
        await wait_for(pilot, Stage.KEEP)
        for typed in ("", "battery staple"):
            await pilot.press("enter")
            while not isinstance(pilot.app.screen, MasterPasswordScreen):
                await pilot.pause(0.01)
            if not typed:
                await pilot.press("escape")
                await wait_for(pilot, Stage.KEEP)
                while "was not opened" not in shown(pilot):
                    await pilot.pause(0.01)
                continue
            for field in ("master", "repeated"):
                pilot.app.screen.query_one(f"#{field}", Input).value = typed
                await pilot.pause()
                pilot.app.screen.query_one(f"#{field}", Input).focus()
                await pilot.press("enter")
        while not isinstance(pilot.app.screen, MainScreen):
            await pilot.pause(0.01)
    assert [(one[0], one[3]) for one in world.kept] == [("example", Keep.FILE)]
    assert Vault(tmp_path / "data" / "secrets.enc").state is VaultState.LOCKED


async def test_a_command_or_oauth_takes_the_place_of_a_password(
    app: TuimailApp, world: WizardWorld, tmp_path: Path
) -> None:
    world.looks = {IMAP.host: Offer("", (), (Way.PASSWORD, Way.OAUTH2))}
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SECRET)
        way = page(pilot).query_one("#way", ChoiceLine)
        way.choose("oauth2")
        await settle(pilot)
        assert not page(pilot).query_one("#by-password").display
        await pilot.press("enter")
        while "client id is missing" not in shown(pilot):
            await pilot.pause(0.01)
        way.choose("command")
        await type_in(pilot, command="pass show 'mail/work")
        await pilot.press("enter")
        while "cannot be read" not in shown(pilot):
            await pilot.pause(0.01)
        way.choose("oauth2")
        await type_in(pilot, client_id="id-1")
        await pilot.press("enter")
        while not isinstance(pilot.app.screen, MainScreen):
            await pilot.pause(0.01)
    account = load_config(tmp_path / "config.toml").accounts["example"]
    assert account.oauth2 is not None
    assert account.oauth2.client_id == "id-1"
    assert world.logins[0].is_token


async def test_a_provider_s_advice_stands_beside_the_password(app: TuimailApp, world: WizardWorld) -> None:
    gmail = next(one for one in PROVIDERS if one.name == "Gmail")
    world.discovery = Discovery((replace(CANDIDATE, provider=gmail, ways=gmail.ways),))
    async with app.run_test() as pilot:
        await come_to(pilot, Stage.SECRET)
        assert "https://myaccount.google.com/apppasswords" in shown(pilot)


async def test_a_new_account_is_synced_without_a_restart(
    empty: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way against a server whose certificate nothing vouches for, with the engine's own process."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setattr("tuimail.config.keyrings.why_none", lambda: "There is no keyring here.")
    config_path = tmp_path / "new" / "config.toml"
    with Dovecot(users={"ada@example.org": PASSWORD}, tls=True) as dovecot:
        dovecot.fill([plain("Hello", number=1)])
        link = EngineLink.for_data_dir(config_path, tmp_path / "data")
        session = Session(empty.store, Config(), link, config_path=config_path)
        app = TuimailApp(session, adds_account=True)
        try:
            async with app.run_test(size=(140, 40)) as pilot:
                await wait_for(pilot, Stage.ADDRESS)
                await type_in(pilot, address="ada@example.org", name="post")
                monkeypatch.setattr(screen(pilot).wizard, "search", partial(_find_nothing, screen(pilot).wizard))
                await pilot.press("enter")
                await wait_for(pilot, Stage.SERVERS)
                await type_in(pilot, in_host=f"localhost:{dovecot.tls_port}")
                await pilot.press("enter")
                await wait_for(pilot, Stage.CERTIFICATE)
                await pilot.press("t")
                await wait_for(pilot, Stage.SECRET)
                await type_in(pilot, password=PASSWORD)
                await pilot.press("enter")
                await wait_for(pilot, Stage.KEEP)
                page(pilot).query_one("#keep", ChoiceLine).choose("ask")
                await pilot.press("enter")
                while not app.main_screen.messages.line_count:
                    await pilot.pause(0.05)
        finally:
            link.close()
            session.close()
    assert load_config(config_path).accounts["post"].imap is not None


async def _find_nothing(wizard: Wizard, _on_step: object = None) -> None:
    wizard.skip_search()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "stage", [Stage.ADDRESS, Stage.SERVERS, Stage.CERTIFICATE, Stage.SECRET], ids=lambda stage: stage.name.lower()
)
async def test_pages(app: TuimailApp, world: WizardWorld, album: Album, stage: Stage, theme: str) -> None:
    world.untrusted = {IMAP.host} if stage is Stage.CERTIFICATE else set()
    async with app.run_test(size=(110, 30)) as pilot:
        await (wait_for(pilot, stage) if stage is Stage.ADDRESS else come_to(pilot, stage))
        app.themes.load_all()
        app.themes.show(f"tuimail-{theme}")
        await album.take(pilot, f"wizard-{stage.name.lower()}-{theme}", sizes=((110, 30), *SIZES[1:]))
