"""The log-in that the wizard ends with: in, a look, out again, and nothing on the server is another for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot
from tuimail.config.schema import ImapServer, Pop3Server
from tuimail.model.errors import AuthError, ConnectionLost
from tuimail.model.server import Credentials, Security
from tuimail.setup.wizard.entering import Entered, enter_once

LETTER = b"From: bo@example.net\r\nTo: ada@example.org\r\nSubject: Hello\r\nMessage-ID: <1@example.net>\r\n\r\nHi\r\n"
SECRET = "correct horse"


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(users={"ada": SECRET}, tls=True, pop3=True) as running:
        running.fill([LETTER, LETTER.replace(b"<1@", b"<2@")])
        yield running


def servers(dovecot: Dovecot) -> list[ImapServer | Pop3Server]:
    """The same mail by both protocols and each protection."""
    ca_file = str(dovecot.ca_file)
    return [
        ImapServer(host="localhost", port=dovecot.tls_port, username="ada", ca_file=ca_file),
        ImapServer(host="localhost", port=dovecot.port, security=Security.STARTTLS, username="ada", ca_file=ca_file),
        ImapServer(host="127.0.0.1", port=dovecot.port, security=Security.NONE, username="ada"),
        Pop3Server(host="localhost", port=dovecot.pops_port, username="ada", ca_file=ca_file),
        Pop3Server(host="127.0.0.1", port=dovecot.pop3_port, security=Security.NONE, username="ada"),
    ]


async def test_the_inbox_is_counted_and_left_as_it_is(dovecot: Dovecot) -> None:
    for server in servers(dovecot):
        assert await enter_once(server, Credentials("ada", SECRET)) == Entered(2)
    client = dovecot.client()
    client.select("INBOX", readonly=True)
    assert client.search(None, "UNSEEN") == ("OK", [b"1 2"])
    client.logout()


async def test_a_wrong_password_is_refused_in_words(dovecot: Dovecot) -> None:
    # One of them: the server makes whoever fails wait longer each time.
    with pytest.raises(AuthError) as caught:
        await enter_once(servers(dovecot)[3], Credentials("ada", "wrong word"))
    assert "wrong word" not in str(caught.value)


async def test_a_server_that_is_not_there_is_told(dovecot: Dovecot) -> None:
    dovecot.stop()
    for server in servers(dovecot)[2::2]:
        with pytest.raises(ConnectionLost):
            await enter_once(server, Credentials("ada", SECRET))
    dovecot.start()
