"""The wizard's stages: what leads on, what leads back, and what is written at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.setup.wizard_world import CANDIDATE, CERTIFICATE, IMAP, PASSWORD, POP3, SMTP, WizardWorld
from tuimail.config import paths, sealing
from tuimail.config.schema import Account, AuthMethod, ImapServer, OAuth2, OAuth2Provider, Pop3Server
from tuimail.config.secrets import vault
from tuimail.model.errors import AuthError, CertificateChanged, ConfigError, ConnectionLost
from tuimail.model.server import Protocol
from tuimail.setup.discovery.discover import Discovery
from tuimail.setup.discovery.probe import Offer
from tuimail.setup.discovery.provider import Way, imap_server
from tuimail.setup.discovery.provider_table import PROVIDERS
from tuimail.setup.wizard.tools import Keep, OAuthAnswers
from tuimail.setup.wizard.wizard import Stage, Wizard

PATH = Path("/nowhere/config.toml")


def make(world: WizardWorld, *taken: str) -> Wizard:
    return Wizard(PATH, taken, tools=world.tools())


def at(wizard: Wizard) -> Stage:
    """Where it stands."""
    return wizard.stage


async def at_secret(
    world: WizardWorld, *, protocol: Protocol = Protocol.IMAP, address: str = "Ada <ada@example.org>"
) -> Wizard:
    """A wizard that asks for the password."""
    wizard = make(world)
    wizard.set_address(address)
    wizard.set_person(wizard.name, wizard.display_name, protocol)
    found = await wizard.search()
    wizard.choose(found.candidates[0])
    await wizard.look()
    assert at(wizard) is Stage.SECRET
    return wizard


async def test_address_and_password_are_enough() -> None:
    world = WizardWorld()
    wizard = await at_secret(world)
    await wizard.log_in(PASSWORD)
    assert at(wizard) is Stage.KEEP
    assert world.written == [], "nothing is written before the password is kept"
    await wizard.keep(Keep.KEYRING)
    assert at(wizard) is Stage.DONE
    assert world.written == [
        (PATH, "example", Account(address="ada@example.org", display_name="Ada", imap=IMAP, smtp=SMTP))
    ]
    assert world.kept == [("example", "ada@example.org", PASSWORD, Keep.KEYRING, "")]
    assert (wizard.messages, wizard.kept_in) == (12, "keyring")
    assert [server.host for server in world.looked_at] == [IMAP.host, SMTP.host]
    assert PASSWORD not in repr(world.logins)


async def test_a_wrong_password_is_asked_for_again_and_nothing_is_written() -> None:
    world = WizardWorld()
    wizard = await at_secret(world)
    with pytest.raises(AuthError, match="refused") as caught:
        await wizard.log_in("wrong")
    assert "before the @" in caught.value.hint
    assert at(wizard) is Stage.SECRET
    assert wizard.given == {}
    wizard.servers.set_username("ada")
    await wizard.log_in(PASSWORD)
    await wizard.keep(Keep.ASK)
    assert wizard.given == {"example": PASSWORD}
    assert world.kept == []
    assert world.account.imap is not None
    assert world.account.smtp is not None
    assert (world.account.imap.username, world.account.smtp.username) == ("ada", "ada")


async def test_an_empty_password_is_not_tried() -> None:
    world = WizardWorld()
    wizard = await at_secret(world)
    with pytest.raises(AuthError, match="missing"):
        await wizard.log_in("")
    assert world.logins == []


async def test_a_server_that_breaks_off_leads_back_to_the_servers() -> None:
    world = WizardWorld(entering=ConnectionLost("gone"))
    wizard = await at_secret(world)
    with pytest.raises(ConnectionLost):
        await wizard.log_in(PASSWORD)
    assert at(wizard) is Stage.SERVERS
    assert wizard.servers.incoming == IMAP


async def test_a_certificate_is_looked_at_and_trusted_by_a_person() -> None:
    same = replace(CANDIDATE, outgoing=msgspec.structs.replace(SMTP, host=IMAP.host))
    world = WizardWorld(Discovery((same,)), untrusted={IMAP.host})
    wizard = make(world)
    wizard.set_address("ada@example.org")
    wizard.set_person("example", "", Protocol.IMAP)
    await wizard.search()
    wizard.choose(same)
    await wizard.look()
    assert at(wizard) is Stage.CERTIFICATE
    assert wizard.servers.certificate == CERTIFICATE
    assert world.logins == []
    wizard.trust()
    assert at(wizard) is Stage.LOOK
    await wizard.look()
    await wizard.log_in(PASSWORD)
    await wizard.keep(Keep.KEYRING)
    assert world.account.imap is not None
    assert world.account.smtp is not None
    assert world.account.imap.tls_fingerprint == world.account.smtp.tls_fingerprint == CERTIFICATE.fingerprint


async def test_trust_stays_while_other_answers_are_corrected() -> None:
    world = WizardWorld(untrusted={IMAP.host})
    wizard = make(world)
    wizard.set_address("ada@example.org")
    wizard.set_person("example", "", Protocol.IMAP)
    wizard.skip_search()
    wizard.set_servers(IMAP, None)
    await wizard.look()
    wizard.trust()
    await wizard.look()
    wizard.go_back(Stage.SERVERS)
    wizard.set_servers(ImapServer(host=IMAP.host, port=1993), None)
    await wizard.look()
    assert at(wizard) is Stage.SECRET
    assert wizard.servers.incoming == ImapServer(
        host=IMAP.host, port=1993, username="ada@example.org", tls_fingerprint=CERTIFICATE.fingerprint
    )
    wizard.go_back(Stage.SERVERS)
    wizard.set_servers(ImapServer(host="other.example.org", port=993), None)
    assert wizard.servers.known_incoming.tls_fingerprint == ""


async def test_a_sending_server_in_doubt_holds_nothing_up() -> None:
    world = WizardWorld(looks={SMTP.host: ConnectionLost("Nobody there.")})
    wizard = await at_secret(world)
    assert wizard.servers.outgoing_problem == "Nobody there."
    world.looks[SMTP.host] = CertificateChanged("Another one.")
    wizard.go_back(Stage.SERVERS)
    wizard.choose(CANDIDATE)
    await wizard.look()
    assert at(wizard) is Stage.SECRET
    assert wizard.servers.outgoing is not None
    assert wizard.servers.outgoing.tls_fingerprint == ""


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (Offer("", ("LOGINDISABLED",), ()), "LOGINDISABLED"),
        (Offer("", ("AUTH=GSSAPI", "LOGINDISABLED"), ()), "no passwords"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_told_before_the_password(offer: Offer, words: str) -> None:
    world = WizardWorld(looks={IMAP.host: offer})
    wizard = make(world)
    wizard.set_address("ada@example.org")
    wizard.set_person("example", "", Protocol.IMAP)
    wizard.choose((await wizard.search()).candidates[0])
    with pytest.raises(AuthError, match=words):
        await wizard.look()
    assert at(wizard) is Stage.SERVERS


async def test_what_is_found_elsewhere_must_be_confirmed() -> None:
    asks = replace(CANDIDATE, asks="DNS says so.")
    wizard = make(WizardWorld(Discovery((asks,))))
    wizard.set_address("ada@example.org")
    wizard.set_person("example", "", Protocol.IMAP)
    await wizard.search()
    with pytest.raises(ConfigError, match="DNS says so"):
        wizard.choose(asks)
    assert at(wizard) is Stage.SERVERS
    wizard.choose(asks, confirmed=True)
    assert at(wizard) is Stage.LOOK


async def test_a_provider_that_lets_no_program_in_is_told() -> None:
    tuta = next(one for one in PROVIDERS if one.name == "Tuta")
    wizard = make(WizardWorld(Discovery(closed=tuta)))
    wizard.set_address("ada@tuta.com")
    wizard.set_person("tuta", "", Protocol.IMAP)
    with pytest.raises(ConfigError, match="neither IMAP nor POP3"):
        await wizard.search()
    assert at(wizard) is Stage.SERVERS


async def test_a_provider_decides_what_to_log_in_with_and_its_advice_follows_a_refusal() -> None:
    gmail = next(one for one in PROVIDERS if one.name == "Gmail")
    assert gmail.imap is not None
    candidate = replace(CANDIDATE, incoming=imap_server(gmail.imap, "ada@gmail.com"), provider=gmail, ways=gmail.ways)
    both = Offer("", ("AUTH=PLAIN", "AUTH=XOAUTH2"), (Way.PASSWORD, Way.OAUTH2))
    world = WizardWorld(Discovery((candidate,)), looks={"imap.gmail.com": both})
    wizard = await at_secret(world, address="ada@gmail.com")
    assert wizard.servers.ways == (Way.APP_PASSWORD, Way.OAUTH2)
    with pytest.raises(AuthError) as caught:
        await wizard.log_in("the account's own password")
    assert "https://myaccount.google.com/apppasswords" in caught.value.hint
    wizard.go_back(Stage.SERVERS)
    wizard.set_servers(ImapServer(host="imap.gmail.com", port=993), None)
    assert wizard.servers.provider == gmail
    wizard.set_servers(ImapServer(host="imap.elsewhere.example", port=993), None)
    assert wizard.servers.provider is None


async def test_oauth_writes_whose_client_it_is_and_keeps_no_password() -> None:
    only = Offer("", ("AUTH=XOAUTH2", "LOGINDISABLED"), (Way.OAUTH2,))
    world = WizardWorld(looks={IMAP.host: only})
    wizard = await at_secret(world)
    assert wizard.servers.ways == (Way.OAUTH2,)
    answers = OAuthAnswers(on_step=lambda _step: None)
    await wizard.log_in_by_oauth(OAuth2(provider=OAuth2Provider.GOOGLE, client_id="id-1"), answers)
    assert not wizard.needs_keeping
    await wizard.keep(Keep.KEYRING)
    assert world.kept == []
    assert wizard.kept_in == "keyring"
    assert world.logins[0].is_token
    account = world.account
    assert account.oauth2 == OAuth2(provider=OAuth2Provider.GOOGLE, client_id="id-1")
    assert account.imap is not None
    assert account.imap.auth is AuthMethod.OAUTH2
    assert account.imap.oauth2 is None
    assert account.smtp is not None
    assert account.smtp.auth is AuthMethod.OAUTH2


async def test_a_command_stands_in_the_configuration_in_place_of_the_password() -> None:
    world = WizardWorld()
    wizard = await at_secret(world)
    with pytest.raises(AuthError, match="command failed"):
        await wizard.log_in_by_command(("false",))
    await wizard.log_in_by_command(("pass", "show", "mail"))
    assert not wizard.needs_keeping
    await wizard.keep(Keep.KEYRING)
    assert world.kept == []
    assert world.account.imap is not None
    assert world.account.imap.password_command == ("pass", "show", "mail")
    assert wizard.kept_in == "password_command (pass)"


async def test_where_no_keyring_works_the_other_ways_are_left() -> None:
    world = WizardWorld(keyring=False)
    wizard = await at_secret(world)
    await wizard.log_in(PASSWORD)
    with pytest.raises(AuthError, match="no keyring"):
        await wizard.keep(Keep.KEYRING)
    assert at(wizard) is Stage.KEEP
    assert world.written == []
    await wizard.keep(Keep.FILE, "master word")
    assert world.kept == [("example", "ada@example.org", PASSWORD, Keep.FILE, "master word")]
    assert at(wizard) is Stage.DONE


async def test_pop3_keeps_what_was_said_of_mail_on_the_server() -> None:
    world = WizardWorld(Discovery((replace(CANDIDATE, incoming=POP3),)))
    wizard = make(world)
    wizard.leave_on_server = 30
    wizard.set_address("ada@example.org")
    wizard.set_person("example", "", Protocol.POP3)
    wizard.choose((await wizard.search()).candidates[0])
    await wizard.look()
    await wizard.log_in(PASSWORD)
    await wizard.keep(Keep.KEYRING)
    assert world.account.protocol is Protocol.POP3
    assert isinstance(world.account.pop3, Pop3Server)
    assert world.account.pop3.leave_on_server == 30


@pytest.mark.parametrize(("name", "words"), [("", "cannot be the name"), ("a b", "cannot be"), ("work", "already")])
def test_the_name_of_an_account_is_a_key_and_its_own(name: str, words: str) -> None:
    wizard = make(WizardWorld(), "work")
    wizard.set_address("ada@work.example")
    assert wizard.name == "work2"
    with pytest.raises(ConfigError, match=words):
        wizard.set_person(name, "Ada", Protocol.IMAP)
    assert at(wizard) is Stage.PERSON


async def test_every_answer_can_be_corrected_and_another_address_forgets_the_servers() -> None:
    wizard = await at_secret(WizardWorld())
    wizard.go_back(Stage.ADDRESS)
    wizard.set_address("ada@example.org")
    assert wizard.servers.known_incoming == IMAP
    wizard.set_address("ada@example.net")
    assert wizard.servers.incoming is None
    assert wizard.discovery is None
    wizard.go_back(Stage.SECRET)
    assert at(wizard) is Stage.PERSON, "there is no way forward but through the stages"


async def test_the_steps_of_a_search_are_there_to_be_shown() -> None:
    wizard = make(WizardWorld())
    wizard.set_address("ada@example.org")
    wizard.set_person("example", "", Protocol.IMAP)
    await wizard.search()
    assert list(wizard.steps) == ["Built-in table", "Autoconfig of example.org"]


async def test_a_server_that_takes_tokens_only_is_sent_no_password() -> None:
    world = WizardWorld(looks={IMAP.host: Offer("", ("AUTH=XOAUTH2", "LOGINDISABLED"), (Way.OAUTH2,))})
    wizard = await at_secret(world)
    with pytest.raises(AuthError, match=r"OAuth 2\.0 only"):
        await wizard.log_in(PASSWORD)
    assert world.logins == []


async def test_what_was_kept_for_an_account_that_did_not_come_to_be_is_forgotten() -> None:
    world = WizardWorld(looks={IMAP.host: Offer("", (), (Way.PASSWORD, Way.OAUTH2))})
    answers = OAuthAnswers(on_step=lambda _step: None)
    wizard = await at_secret(world)
    await wizard.log_in_by_oauth(OAuth2(client_id="id-1"), answers)
    wizard.go_back(Stage.ADDRESS)
    wizard.set_address("ada@example.org")
    wizard.set_person("post", "", Protocol.IMAP)
    wizard.choose((await wizard.search()).candidates[0])
    await wizard.look()
    await wizard.log_in_by_oauth(OAuth2(client_id="id-1"), answers)
    await wizard.keep(Keep.KEYRING)
    await wizard.clear_up()
    assert world.forgotten == [("example", "ada@example.org")]
    left = await at_secret(world)
    await left.log_in_by_oauth(OAuth2(client_id="id-1"), answers)
    await left.clear_up()
    await left.clear_up()
    assert world.forgotten[1:] == [("example", "ada@example.org")]


def test_a_password_is_to_stay_where_those_before_it_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "LOG2_N", 4)
    monkeypatch.setattr(sealing, "LOG2_N_BOUNDS", range(4, 20))
    monkeypatch.setenv("TUIMAIL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(paths._Current, "paths", None)
    first, second = (Wizard(tmp_path / "config.toml", taken) for taken in ((), ("old",)))
    assert (first.usual_place, second.usual_place) == (Keep.FILE, Keep.ASK)
    vault().make("a master password")
    assert second.usual_place is Keep.FILE
    vault().path.chmod(0o644)
    assert second.usual_place is Keep.FILE
