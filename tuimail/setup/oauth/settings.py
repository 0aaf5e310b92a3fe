"""Whom an account asks for OAuth 2.0 tokens, and as which client: what is known of providers, under what the user set.

Endpoints and scopes are facts that providers publish. A client id is a registration, with terms of its own: none comes
with tuimail, and `settings_of` says how to have one. Knows nothing of connections and of tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuimail.config.schema import OAuth2, OAuth2Provider, Pop3Server, Server
from tuimail.model.errors import ConfigError

HELP_PAGE = "docs/oauth2.md"
LOOPBACK = "http://127.0.0.1"
PASTED = "https://127.0.0.1"
"""Nobody listens there: the browser fails to load the page, and its address is pasted back."""
_IMAP, _POP3, _SMTP = "imap", "pop3", "smtp"


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider publishes. `device_url` is empty where the device flow does not cover mail.

    `scopes`: by protocol. `always`: scopes for whichever. `redirect`: what it takes for a program on the desktop.
    `extra`: parameters of its own for the page where a person agrees.
    """

    title: str
    authorization_url: str
    token_url: str
    scopes: Mapping[str, str]
    hosts: tuple[str, ...]
    device_url: str = ""
    always: tuple[str, ...] = ()
    redirect: str = LOOPBACK
    extra: Mapping[str, str] = field(default_factory=dict)


def _one_scope(scope: str) -> dict[str, str]:
    return dict.fromkeys((_IMAP, _POP3, _SMTP), scope)


PROVIDERS: Mapping[OAuth2Provider, Provider] = {
    OAuth2Provider.GOOGLE: Provider(
        "Google",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        _one_scope("https://mail.google.com/"),
        ("gmail.com", "googlemail.com"),
        # Else only the first log-in of a client brings a refresh token.
        extra={"access_type": "offline", "prompt": "consent"},
    ),
    OAuth2Provider.MICROSOFT: Provider(
        "Microsoft",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        {
            _IMAP: "https://outlook.office.com/IMAP.AccessAsUser.All",
            _POP3: "https://outlook.office.com/POP.AccessAsUser.All",
            _SMTP: "https://outlook.office.com/SMTP.Send",
        },
        ("office365.com", "outlook.com", "hotmail.com"),
        device_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
        always=("offline_access",),
        # It ignores the port of this name only.
        redirect="http://localhost",
    ),
    OAuth2Provider.YAHOO: Provider(
        "Yahoo",
        "https://api.login.yahoo.com/oauth2/request_auth",
        "https://api.login.yahoo.com/oauth2/get_token",
        _one_scope("mail-w"),
        ("yahoo.com", "att.net"),
        redirect=PASTED,
    ),
    OAuth2Provider.AOL: Provider(
        "AOL",
        "https://api.login.aol.com/oauth2/request_auth",
        "https://api.login.aol.com/oauth2/get_token",
        _one_scope("mail-w"),
        ("aol.com",),
        redirect=PASTED,
    ),
    OAuth2Provider.FASTMAIL: Provider(
        "Fastmail",
        "https://api.fastmail.com/oauth/authorize",
        "https://api.fastmail.com/oauth/refresh",
        {
            _IMAP: "https://www.fastmail.com/dev/protocol-imap",
            _POP3: "https://www.fastmail.com/dev/protocol-pop",
            _SMTP: "https://www.fastmail.com/dev/protocol-smtp",
        },
        ("fastmail.com", "messagingengine.com"),
        redirect="http://localhost/",
    ),
    OAuth2Provider.YANDEX: Provider(
        "Yandex",
        "https://oauth.yandex.com/authorize",
        "https://oauth.yandex.com/token",
        {_IMAP: "mail:imap_full", _POP3: "mail:imap_full", _SMTP: "mail:smtp"},
        ("yandex.com", "yandex.ru"),
    ),
    OAuth2Provider.MAILRU: Provider(
        "Mail.ru",
        "https://o2.mail.ru/login",
        "https://o2.mail.ru/token",
        _one_scope("mail.imap"),
        ("mail.ru",),
    ),
}


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    """All that the flows need to know. `device_url` is empty where there is no device flow.

    `login_hint`: whose page the provider is to open. `extra`: parameters of its own for that page.
    """

    title: str
    authorization_url: str
    token_url: str
    device_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    redirect: str
    login_hint: str
    ca_file: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_pasted_back(self) -> bool:
        """Whether the provider redirects to where nobody listens, so that a person carries the address over."""
        return not self.redirect.startswith("http://")


def provider_of(host: str) -> OAuth2Provider | None:
    """The provider whose mail server `host` is, None if it is none that we know."""
    name = host.lower().rstrip(".")
    for provider, facts in PROVIDERS.items():
        if any(name == known or name.endswith(f".{known}") for known in facts.hosts):
            return provider
    return None


def settings_of(account: str, server: Server) -> OAuthSettings:
    """How `account` gets tokens for `server`: its `oauth2` table, filled up with what is known of the provider.

    The scopes cover sending too, so that one log-in is enough.

    Raises:
        ConfigError: endpoints are unknown, or there is no client id.
    """
    own = server.oauth2 or OAuth2()
    provider = own.provider or provider_of(server.host)
    facts = PROVIDERS[provider] if provider is not None else None
    authorization_url = own.authorization_url or (facts.authorization_url if facts else "")
    token_url = own.token_url or (facts.token_url if facts else "")
    if not token_url or not (authorization_url or own.device_url):
        raise ConfigError(
            f"Account {account} asks for OAuth2, but the provider of {server.host} is not known.",
            hint=f"Set `provider`, or `authorization_url` and `token_url`, in [accounts.{account}.oauth2].",
        )
    title = facts.title if facts else server.host
    if not own.client_id:
        raise ConfigError(
            f"Account {account} has no `client_id` for OAuth2 at {title}.",
            hint=f"{HELP_PAGE} says how to register one; set it in [accounts.{account}.oauth2].",
        )
    protocol = _POP3 if isinstance(server, Pop3Server) else _IMAP
    known_scopes = (facts.scopes[protocol], facts.scopes[_SMTP], *facts.always) if facts else ()
    return OAuthSettings(
        title=title,
        authorization_url=authorization_url.replace("{tenant}", own.tenant),
        token_url=token_url.replace("{tenant}", own.tenant),
        device_url=(own.device_url or (facts.device_url if facts else "")).replace("{tenant}", own.tenant),
        client_id=own.client_id,
        client_secret=own.client_secret,
        scopes=own.scopes or tuple(dict.fromkeys(known_scopes)),
        redirect=own.redirect or (facts.redirect if facts else LOOPBACK),
        login_hint=server.username,
        ca_file=own.ca_file,
        extra=facts.extra if facts else {},
    )
