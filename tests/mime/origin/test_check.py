"""Doubts about who wrote a message: each forgery is told in one line, ordinary mail in none."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mime.origin.ordinary import ORDINARY, OWN, OWN_NAMES, SERVERS, arrived, passed
from tuimail.mime.headers import envelope_of, parse_header_block
from tuimail.mime.origin.check import Acquaintances, check_origin
from tuimail.mime.origin.domains import skeleton
from tuimail.mime.origin.sender import name_key, sender_of
from tuimail.mime.sanitize import is_safe

PEOPLE = {name_key("Ada Byron"): ("ada@example.org",), name_key("Bo Carr"): ("bo@example.com",)}
KNOWN_DOMAINS = {
    skeleton(domain): domain for domain in ("example.org", "example.com", "bank.example", "paypal.example")
}
KNOWN = Acquaintances(
    addresses_of=lambda name: PEOPLE.get(name, ()),
    domain_like=lambda form: KNOWN_DOMAINS.get(form, ""),
    is_first=lambda address: address == "new@stranger.example",
)


def warnings(octets: bytes, *, known: tuple[str, ...] = ()) -> list[str]:
    notices = check_origin(
        parse_header_block(octets),
        OWN,
        (),
        lambda address: address in known,
        own_names=OWN_NAMES,
        servers=SERVERS,
        acquaintances=KNOWN,
    )
    return [f"{notice.kind}: {notice.text}" for notice in notices]


_THROUGH = "note: This came through a list of example.net; your server could not confirm that it is from"
NOTED = {
    "two authors and a sender": ["note: The message names 2 senders; the first is ada@example.org."],
    "a list": [f"{_THROUGH} example.org."],
    "one's own post, back from a list": [f"{_THROUGH} home.example."],
    "a forward that was changed on the way, sealed": [
        "note: This was passed on by others, who vouch for it; your server could not confirm that it is from"
        " example.com."
    ],
}
"""Of several authors, and of those that pass on what the sender's domain asks to refuse then: a fact, and no alarm."""


@pytest.mark.parametrize("name", list(ORDINARY))
def test_ordinary_mail_is_not_warned_of(name: str) -> None:
    assert warnings(ORDINARY[name]) == NOTED.get(name, [])


@pytest.mark.parametrize(
    ("header", "results", "words"),
    [
        (
            'From: "ceo@example.com" <x@evil.test>',
            "",
            "The sender’s name is ceo@example.com, but it comes from x@evil.test.",
        ),
        (
            "From: =?utf-8?q?sam=40home=2Eexample?= <x@evil.test>",
            "",
            "The sender’s name is your own address, but it comes from x@evil.test.",
        ),
        ("From: Sam Reader <x@evil.test>", "", "This bears your name, but comes from x@evil.test."),
        (
            'From: "Byron, Ada" <ada.byron@evil.test>',
            "",
            "You know Byron, Ada by another address: ada@example.org, not ada.byron@evil.test.",
        ),
        (
            "From: Someone <x@examp1e.org>",
            passed("examp1e.org"),
            "examp1e.org looks like example.org, which you have mail from, but is another domain.",
        ),
        (
            "From: Service <x@xn--exmple-qta.org>",
            "",
            "exámple.org looks like example.org, which you have mail from, but is another domain.",
        ),
        (
            "From: Pay <x@xn--l-7sba6dbr.example>",
            "",
            "xn--l-7sba6dbr.example looks like paypal.example, which you have mail from, but is another domain.",
        ),
        (
            "From: Pay <x@xn--80ak6aa92e.test>",
            "",
            "The sender’s domain is made to look like another: xn--80ak6aa92e.test.",
        ),
        (
            "From: Ada <ada@example.net>\nReply-To: ada@evil.test",
            "",
            "An answer would not go to the sender, but to ada@evil.test.",
        ),
        (
            "From: Ada <ada@example.net>\nReply-To: ada@example.net\nReply-To: ada@evil.test",
            "",
            "An answer would not go to the sender, but to ada@evil.test.",
        ),
        (
            "From: Bank <bank@bank.example>",
            "dkim=none; spf=fail smtp.mailfrom=x@bank.example; dmarc=fail (p=reject dis=none) header.from=bank.example",
            "Your server found that this is probably not from bank.example.",
        ),
        (
            "From: Sam Reader <sam@home.example>",
            "dkim=none; spf=fail smtp.mailfrom=sam@home.example; dmarc=fail (p=none) header.from=home.example",
            "This bears your own address, but your server could not confirm that you sent it.",
        ),
        (
            "From: Ada <ada@example.org>\nFrom: Eve <eve@evil.test>",
            "",
            "The message names its sender 2 times; the first is ada@example.org.",
        ),
        (
            "From: ada@example.org, eve@evil.test",
            "",
            "The message names 2 senders; the first is ada@example.org.",
        ),
    ],
)  # fmt: skip
def test_a_forgery_is_told_in_one_line(header: str, results: str, words: str) -> None:
    assert warnings(arrived(f"{header}\n", results)) == [f"warning: {words}"]


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?ceo=40bank.example=00?=@evil.test",
        "=?utf-8?q?ceo=40bank.example=0A?=@evil.test",
        '"=?utf-8?q?ceo=40bank.example=00?=" <x@evil.test>',
        '"ceo@bank.example"@evil.test',
        "=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?= <x@evil.test>",
        "=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?==?utf-8?q?=00?==?utf-8?b?Y2Vv?=@evil.test",
        '"ceo@bank.example" <ceo@bank.example> <x@evil.test>',
        "ceo@bank.example <x@evil.test>",
        "(ceo@bank.example) <x@evil.test>",
        '"ceo@bank.example\\" <x@evil.test>',
        '"ceo\uff20bank.example" <x@evil.test>',
        "ceo@bank.example)bo@evil.test",
    ],
)
def test_each_way_to_hide_an_address_is_told(value: str) -> None:
    found = warnings(arrived(f"From: {value}\n"))
    assert len(found) == 1
    assert found[0].startswith(
        ("warning: The sender’s address is written so as to hide itself", "warning: The sender’s name is")
    )


def test_a_known_sender_is_not_doubted_for_name_or_reply() -> None:
    header = arrived("From: Ada Byron <ada@private.test>\nReply-To: ada@elsewhere.test\n")
    assert len(warnings(header)) == 2
    assert warnings(header, known=("ada@private.test",)) == []


def test_the_first_message_of_a_person_is_noted_where_nothing_worse_is() -> None:
    plain = "From: Nia Stranger <new@stranger.example>\n"
    assert warnings(arrived(plain)) == ["note: This is the first message from new@stranger.example."]
    assert warnings(arrived(plain + "List-Id: <x.example>\n")) == []
    assert warnings(arrived(plain + "Reply-To: x@evil.test\n")) == [
        "warning: An answer would not go to the sender, but to x@evil.test."
    ]


def test_a_list_is_no_cover_for_an_address_as_name() -> None:
    found = warnings(arrived('From: "ceo@bank.example" <x@evil.test>\nList-Id: <x.evil.test>\n'))
    assert found == ["warning: The sender’s name is ceo@bank.example, but it comes from x@evil.test."]


@pytest.mark.parametrize(
    "cover",
    ["Precedence: bulk", "List-Id: <x.evil.example>", "List-Post: <mailto:x@lists.evil.example>", "List-Id: <>"],
)
def test_what_anybody_can_write_is_no_cover_for_a_failed_check(cover: str) -> None:
    results = "spf=pass smtp.mailfrom={}; dmarc=fail (p=REJECT) header.from=bank.example"
    for header, doubt in (
        ("From: ceo@bank.example", "warning: Your server found that this is probably not from bank.example."),
        ("From: sam@home.example", "warning: This bears your own address, but your server could not confirm that you"),
    ):
        found = warnings(
            arrived(f"{header}\n{cover}\n", results.format("x@else.test").replace("bank.example", header[10:]))
        )
        assert len(found) == 1
        assert found[0].startswith(doubt)
    (noted,) = warnings(
        arrived("From: ceo@bank.example\nList-Id: <x.evil.example>\n", results.format("x@evil.example"))
    )
    assert noted.startswith("note: This came through a list of evil.example; your server could not confirm")


@pytest.mark.parametrize("filler", [f"({'A' * 4100}) ", "\n " + " " * 4500])
def test_the_sender_that_is_checked_is_the_one_that_is_listed(filler: str) -> None:
    field = f"From: Ada Byron {filler}<ada@evil.test>\n"
    assert envelope_of(arrived(field)).from_[0].address == "ada@evil.test"
    assert warnings(arrived(field)) == [
        "warning: You know Ada Byron by another address: ada@example.org, not ada@evil.test."
    ]


@pytest.mark.parametrize(
    "cover",
    ["List-Unsubscribe: <mailto:x@evil.test>", "Precedence: bulk", "Auto-Submitted: auto-generated", "List-Id: <x>"],
)
def test_what_anybody_can_write_is_no_cover_for_the_name_of_another(cover: str) -> None:
    you_know = "note: You know Ada Byron by another address: ada@example.org, not x@evil.test."
    assert warnings(arrived(f"From: Ada Byron <x@evil.test>\nReply-To: y@else.test\n{cover}\n")) == [you_know]
    assert warnings(arrived(f"From: Sam Reader <x@evil.test>\n{cover}\n")) == [
        "note: This bears your name, but comes from x@evil.test."
    ]


@pytest.mark.parametrize(
    "name", ["Ada Byron (CEO)", "Ada Byron, CEO", "“Ada Byron”", "Byron, Ada [desk]", "Ada Byron, Ltd."]
)
def test_what_stands_beside_a_name_does_not_make_it_another(name: str) -> None:
    field = f"From: =?utf-8?b?{base64.b64encode(name.encode()).decode()}?= <ada@evil.test>\n"
    (warning,) = warnings(arrived(field))
    assert warning.endswith(" by another address: ada@example.org, not ada@evil.test.")


def test_names_are_compared_without_order_case_and_quotes() -> None:
    assert name_key("Byron, Ada") == name_key("  ada   BYRON ") == "ada byron"


@pytest.mark.parametrize(
    "name",
    [
        "\u0410d\u0430 B\u0443r\u043en",
        "\u0391d\u03b1 \u0392yron",
        "A\u200bda\u2060 By\u00adron",
        "Ada\u3164Byron",
        "\uff21\uff44\uff41 \uff22yron",
        "\U0001d400da Byron",
        "\u00c1da Byr\u00f6n",
    ],
    ids=["Cyrillic", "Greek", "what nobody sees", "a letter for a blank", "full width", "mathematical", "accents"],
)
def test_a_name_is_known_in_other_letters_of_its_look(name: str) -> None:
    field = f"From: =?utf-8?b?{base64.b64encode(name.encode()).decode()}?= <ada@evil.test>\n"
    (warning,) = warnings(arrived(field))
    assert warning.startswith("warning: You know ")
    assert warning.endswith(" by another address: ada@example.org, not ada@evil.test.")


def test_addresses_are_compared_without_case() -> None:
    assert sender_of([("From", b"Ada <Ada@Example.ORG>")]).address == "ada@example.org"


_NAMES = st.sampled_from(["From", "Reply-To", "Received", "Authentication-Results", "List-Id", "Sender", "Precedence"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_NAMES, st.binary(max_size=120) | st.text('<>@",;:()=?.x\\ \x00é', max_size=80).map(str.encode)))
)
def test_any_fields_give_safe_lines(fields: list[tuple[str, bytes]]) -> None:
    for notice in check_origin(fields, OWN, (), own_names=OWN_NAMES, servers=SERVERS, acquaintances=KNOWN):
        for text in (notice.text, *notice.detail):
            assert is_safe(text)
            assert "\n" not in text
            assert len(text) < 1000


@pytest.mark.parametrize("piece", ["@", '"', "(", "a@", "=?", "no-", ",", "<", "\\", ".", "1", "а"])
def test_long_senders_take_no_long_time(piece: str) -> None:
    fields = [(name, (piece * 60_000).encode()) for name in ("From", "Reply-To", "Received", "Authentication-Results")]
    assert isinstance(check_origin(fields, OWN), list)
