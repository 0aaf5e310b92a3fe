"""Servers as people type them."""

from __future__ import annotations

import pytest

from tuimail.config.schema import ImapServer, Pop3Server, SmtpServer
from tuimail.model.errors import ConfigError
from tuimail.model.server import Security
from tuimail.setup.discovery.typed_server import understand_server


@pytest.mark.parametrize(
    ("typed", "port", "host", "found"),
    [
        (" IMAP.Example.org ", "", "imap.example.org", 993),
        ("imap.example.org:1993", "", "imap.example.org", 1993),
        ("imap.example.org:1993", "993", "imap.example.org", 993),
        ("imaps://imap.example.org/", "", "imap.example.org", 993),
        ("imap://imap.example.org:99", "", "imap.example.org", 99),
        ("bücher.example", "", "xn--bcher-kva.example", 993),
        ("127.0.0.1:1143", "", "127.0.0.1", 1143),
        ("::1", "", "::1", 993),
        ("[::1]:1143", "", "::1", 1143),
        ("localhost", " 7 ", "localhost", 7),
    ],
)
def test_a_server_is_understood(typed: str, port: str, host: str, found: int) -> None:
    server = understand_server(ImapServer, typed, port=port, username=" ada ")
    assert server == ImapServer(host=host, port=found, username="ada")


def test_the_usual_port_follows_from_kind_and_protection() -> None:
    assert understand_server(Pop3Server, "h", security=Security.STARTTLS).port == 110
    assert understand_server(SmtpServer, "h").port == 465
    assert understand_server(SmtpServer, "h", security=Security.STARTTLS).port == 587


@pytest.mark.parametrize(
    ("typed", "port", "security", "words"),
    [
        ("", "", Security.TLS, "A server is missing"),
        ("no host", "", Security.TLS, "cannot be a server"),
        ("\u202ehost", "", Security.TLS, "cannot be a server"),
        ("h", "0", Security.TLS, "no port"),
        ("h", "65536", Security.TLS, "no port"),
        ("h", "٣", Security.TLS, "no port"),
        ("h:x", "", Security.TLS, "no port"),
        ("imap.example.org", "", Security.NONE, "in clear text"),
    ],
)
def test_what_cannot_be_is_said_in_words(typed: str, port: str, security: Security, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        understand_server(ImapServer, typed, port=port, security=security)
    assert caught.value.hint


def test_clear_text_is_for_this_machine() -> None:
    assert understand_server(ImapServer, "127.0.0.1", security=Security.NONE).port == 143
