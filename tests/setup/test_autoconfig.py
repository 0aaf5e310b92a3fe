"""Mozilla's configuration documents, honest and hostile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.config.schema import ImapServer, Pop3Server, SmtpServer
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ProtocolError
from tuimail.model.server import Security
from tuimail.setup.discovery.address import understand_address
from tuimail.setup.discovery.autoconfig import Servers, database_address, own_addresses, read_document
from tuimail.setup.discovery.provider import Way

ADA = understand_address("Ada+x@example.org")
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
 <emailProvider id="example.org">
  <domain>example.org</domain>
  <displayName>Example</displayName>
  <incomingServer type="imap">
   <hostname>imap.%EMAILDOMAIN%</hostname><port>143</port><socketType>STARTTLS</socketType>
   <username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication>
  </incomingServer>
  <incomingServer type="imap">
   <hostname>imap.example.org</hostname><port>993</port><socketType>SSL</socketType>
   <username>%EMAILADDRESS%</username>
   <authentication>OAuth2</authentication><authentication>password-cleartext</authentication>
  </incomingServer>
  <incomingServer type="pop3">
   <hostname>pop.example.org</hostname><port>995</port><socketType>SSL</socketType>
   <username>%EMAILADDRESS%</username><authentication>OAuth2</authentication>
   <pop3><leaveMessagesOnServer>true</leaveMessagesOnServer></pop3>
  </incomingServer>
  <incomingServer type="exchange"><hostname>x.example.org</hostname><port>443</port><socketType>SSL</socketType>
   <authentication>password-cleartext</authentication></incomingServer>
  <outgoingServer type="smtp">
   <hostname>smtp.example.org</hostname><port>465</port><socketType>SSL</socketType>
   <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>
  </outgoingServer>
 </emailProvider>
</clientConfig>
"""


def server(**changes: str) -> str:
    """A document with one server."""
    values = {"hostname": "imap.example.org", "port": "993", "socketType": "SSL", "username": "%EMAILADDRESS%"}
    values |= {"authentication": "password-cleartext"} | changes
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    one = f'<incomingServer type="imap">{inside}</incomingServer>'
    return f"<clientConfig><emailProvider>{one}</emailProvider></clientConfig>"


def test_servers_are_read_tls_first_and_placeholders_filled_in() -> None:
    found = read_document(DOCUMENT.encode(), ADA)
    assert found.imap == (
        ImapServer(host="imap.example.org", port=993, username="ada@example.org"),
        ImapServer(host="imap.example.org", port=143, security=Security.STARTTLS, username="ada"),
    )
    assert found.pop3 == (Pop3Server(host="pop.example.org", port=995, username="ada@example.org"),)
    assert found.smtp == (SmtpServer(host="smtp.example.org", port=465, username="ada@example.org"),)
    assert found.ways["pop.example.org"] == (Way.OAUTH2,)
    assert found.ways["imap.example.org"] == (Way.PASSWORD, Way.OAUTH2)


@pytest.mark.parametrize(
    "changes",
    [
        {"socketType": "plain"},
        {"hostname": "evil host"},
        {"hostname": "a" * 300 + ".example.org"},
        {"hostname": "&#x202e;gro.elpmaxe"},
        {"port": "0"},
        {"port": "99999"},
        {"port": "9e2"},
        {"username": "ada&#10;A1 DELETE INBOX"},
        {"authentication": "Kerberos"},
    ],
)
def test_a_server_that_cannot_or_must_not_be_is_left_out(changes: dict[str, str]) -> None:
    assert read_document(server(**changes).encode(), ADA) == Servers()


def test_the_same_document_with_nothing_changed_has_a_server() -> None:
    assert read_document(server().encode(), ADA).imap


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + server(hostname="&b;")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (LAUGHS.encode(), "document type"),
        (LAUGHS.encode("utf-16"), "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><clientConfig/>', "document type"),
        (b"<html><body>Welcome</body></html>", "no mail configuration"),
        (b"", "not valid XML"),
        (b"\xff\xfe\x00", "not valid XML"),
        (b'<?xml version="1.0" encoding="utf-7"?><clientConfig/>', "not valid XML"),
        (b"<clientConfig>" + b"<a>" * 40 + b"</a>" * 40 + b"</clientConfig>", "nested too deeply"),
        (b"<clientConfig>" + b" " * (64 * 1024), "longer than 64 KB"),
        (
            server().replace("</emailProvider>", "<incomingServer/>" * 50 + "</emailProvider>").encode(),
            "too many servers",
        ),
    ],
)
def test_a_document_that_must_not_be_trusted_is_refused(document: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        read_document(document, ADA)


@settings(max_examples=200)
@given(st.binary(max_size=400), st.integers(0, len(DOCUMENT)), st.integers(0, 60))
def test_any_octets_are_servers_or_an_error(junk: bytes, place: int, cut: int) -> None:
    octets, found, error = DOCUMENT.encode(), Servers(), ""
    try:
        found = read_document(octets[:place] + junk + octets[place + cut :], ADA)
    except ProtocolError as refused:
        error = str(refused)
    assert one_line(error) == error
    assert all(one.security is not Security.NONE for one in (*found.imap, *found.pop3, *found.smtp))


def test_the_address_goes_to_its_own_domain_alone() -> None:
    first, second = own_addresses(ADA)
    assert first == "https://autoconfig.example.org/mail/config-v1.1.xml?emailaddress=Ada%2Bx%40example.org"
    assert second == "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml"
    assert "Ada" not in database_address(ADA.domain)
