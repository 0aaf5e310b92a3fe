"""What is known of providers, and what a user's own table changes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.setup.oauth_world import query_of
from tuimail.config.load import decode_config
from tuimail.config.schema import OAuth2Provider, Server
from tuimail.model.errors import ConfigError
from tuimail.setup.oauth.flow import authorization_address
from tuimail.setup.oauth.settings import PROVIDERS, OAuthSettings, provider_of, settings_of


def server(host: str, kind: str = "imap", **oauth2: Any) -> Server:
    table = {"host": host, "auth": "oauth2"}
    raw = {"accounts": {"work": {"address": "ada@example.org", "oauth2": oauth2, kind: table}}}
    account = decode_config(raw, Path("/nowhere/config.toml")).accounts["work"]
    found = account.imap or account.pop3
    assert found is not None
    return found


def settings(host: str, kind: str = "imap", **oauth2: Any) -> OAuthSettings:
    return settings_of("work", server(host, kind, client_id="a-client", **oauth2))


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("imap.gmail.com", OAuth2Provider.GOOGLE),
        ("POP.Googlemail.com.", OAuth2Provider.GOOGLE),
        ("outlook.office365.com", OAuth2Provider.MICROSOFT),
        ("imap-mail.outlook.com", OAuth2Provider.MICROSOFT),
        ("imap.mail.yahoo.com", OAuth2Provider.YAHOO),
        ("imap.aol.com", OAuth2Provider.AOL),
        ("imap.fastmail.com", OAuth2Provider.FASTMAIL),
        ("imap.yandex.com", OAuth2Provider.YANDEX),
        ("imap.mail.ru", OAuth2Provider.MAILRU),
        ("imap.notgmail.com", None),
        ("gmail.com.example.org", None),
    ],
)
def test_a_provider_is_known_by_the_host_of_its_mail(host: str, provider: OAuth2Provider | None) -> None:
    assert provider_of(host) is provider


@pytest.mark.parametrize("provider", OAuth2Provider)
def test_what_is_known_of_a_provider_is_enough_to_log_in(provider: OAuth2Provider) -> None:
    facts = PROVIDERS[provider]
    for kind in ("imap", "pop3"):
        found = settings(facts.hosts[0], kind)
        assert found.title == facts.title
        for url in filter(None, (found.authorization_url, found.token_url, found.device_url)):
            assert urlsplit(url).scheme == "https"
            assert "{" not in url
        assert facts.scopes[kind] in found.scopes
        assert facts.scopes["smtp"] in found.scopes
        page = query_of(authorization_address(found, "http://127.0.0.1:1", "state", "verifier"))
        assert page["scope"].split() == list(found.scopes)
        assert page["login_hint"] == "ada@example.org"


def test_what_each_provider_wants_of_its_own() -> None:
    google = settings("imap.gmail.com")
    assert query_of(authorization_address(google, "http://127.0.0.1:1", "s", "v"))["access_type"] == "offline"
    assert google.device_url == ""
    microsoft = settings("outlook.office365.com", "pop3", tenant="example.org")
    assert microsoft.token_url == "https://login.microsoftonline.com/example.org/oauth2/v2.0/token"
    assert microsoft.scopes == (
        "https://outlook.office.com/POP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
        "offline_access",
    )
    assert microsoft.redirect == "http://localhost"
    assert settings("imap.mail.yahoo.com").is_pasted_back
    assert not google.is_pasted_back


def test_a_table_of_ones_own_wins() -> None:
    own = settings(
        "imap.gmail.com",
        authorization_url="https://login.example.org/authorize?audience=mail",
        token_url="https://login.example.org/token",
        scopes=["mail", "offline_access"],
        redirect="http://127.0.0.1:8400/callback",
        ca_file="ca.pem",
    )
    assert (own.token_url, own.scopes) == ("https://login.example.org/token", ("mail", "offline_access"))
    assert own.redirect == "http://127.0.0.1:8400/callback"
    assert own.ca_file == "/nowhere/ca.pem"
    address = authorization_address(own, "http://127.0.0.1:1", "s", "v")
    assert address.startswith("https://login.example.org/authorize?audience=mail&response_type=code&")


def test_a_table_under_the_server_comes_before_that_of_the_account() -> None:
    raw = {
        "accounts": {
            "work": {
                "address": "ada@example.org",
                "oauth2": {"client_id": "of-the-account"},
                "imap": {"host": "imap.gmail.com", "auth": "oauth2", "oauth2": {"client_id": "of-the-server"}},
            }
        }
    }
    imap = decode_config(raw, Path("/nowhere/config.toml")).accounts["work"].imap
    assert imap is not None
    assert settings_of("work", imap).client_id == "of-the-server"


def test_an_unknown_provider_needs_its_addresses() -> None:
    with pytest.raises(
        ConfigError, match=r"the provider of mail\.example\.org is not known.*\[accounts\.work\.oauth2\]"
    ):
        settings("mail.example.org")
    assert settings("mail.example.org", provider="fastmail").title == "Fastmail"
    device_only = settings(
        "mail.example.org", token_url="https://a.example/token", device_url="https://a.example/device"
    )
    assert device_only.authorization_url == ""


@pytest.mark.parametrize(
    "url",
    ["http://login.example.org/token", "ftp://login.example.org", "login.example.org", "http://127.0.0.1.example"],
)
def test_addresses_without_https_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"`accounts\.work\.oauth2\.token_url`: expected an address that begins with"):
        settings("mail.example.org", token_url=url)
