"""Authentication-Results: what counts, of whom, and what it comes to in a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mime.origin.ordinary import SERVERS, arrived, passed
from tuimail.mime.headers import parse_header_block
from tuimail.mime.origin import authentication, received
from tuimail.mime.origin.authentication import authenticate
from tuimail.mime.origin.received import own_host, path_of, read_received
from tuimail.mime.origin.results import parse_results

FROM = "From: Bank <bank@bank.example>\n"
FORGED = "Authentication-Results: mx.home.example; dmarc=pass header.from=bank.example\n"


def word(octets: bytes, trusted: tuple[str, ...] = (), servers: tuple[str, ...] = ()) -> str:
    return authenticate(parse_header_block(octets), trusted, servers).word


def test_what_ones_own_server_says_counts_and_is_told_in_words() -> None:
    found = authenticate(parse_header_block(arrived(FROM, passed("bank.example"))))
    assert (found.word, found.server) == ("verified", "mx.home.example")
    assert found.detail == (
        "Checked by mx.home.example.",
        "Signature (DKIM) of bank.example: holds",
        "Sending server (SPF) of bank.example: holds",
        "From address (DMARC) of bank.example: holds; its owner asks for: reject",
    )
    assert [(one.domain, one.beginning) for one in found.signatures] == [("bank.example", "abc/d+e")]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("dmarc=fail (p=reject dis=none) header.from=bank.example", "failed"),
        ("dmarc=fail action=oreject header.from=bank.example", "failed"),
        ("dmarc=fail policy.published-domain-policy=quarantine header.from=bank.example", "failed"),
        ("dmarc=fail (p=none) header.from=bank.example", "unproven"),
        ("dmarc=fail header.from=bank.example", "unproven"),
        ("dmarc=pass header.from=other.test", "unproven"),
        ("dmarc=pass header.from=bank.example; dmarc=fail (p=reject) header.from=bank.example", "failed"),
        ("dmarc=fail (p=reject) header.from=other.test; dmarc=pass header.from=bank.example", "verified"),
        ("dkim=pass header.d=mail.bank.example", "verified"),
        ("dkim=pass header.i=@bank.example", "verified"),
        ("dkim=pass header.d=bank.example.evil.test", "unproven"),
        ("spf=pass smtp.mailfrom=<x@bank.example>", "verified"),
        ("spf=pass smtp.mailfrom=x@evil.test; dkim=fail header.d=bank.example", "unproven"),
        ("none", "unknown"),
    ],
)
def test_one_word_says_what_it_comes_to(results: str, expected: str) -> None:
    assert word(arrived(FROM, results)) == expected


@pytest.mark.parametrize(
    ("domain", "signer", "expected"),
    [
        ("bank.onmicrosoft.com", "evil.onmicrosoft.com", "unproven"),
        ("bank.onmicrosoft.com", "bank.onmicrosoft.com", "verified"),
        ("mail.bank.onmicrosoft.com", "bank.onmicrosoft.com", "verified"),
        ("bank.co.uk", "evil.co.uk", "unproven"),
        ("bank.github.io", "github.io", "unproven"),
    ],
)
def test_neighbours_under_a_shared_domain_do_not_answer_for_each_other(domain: str, signer: str, expected: str) -> None:
    assert word(arrived(f"From: x@{domain}\n", f"dkim=pass header.d={signer}")) == expected


def test_what_the_sender_wrote_does_not_count() -> None:
    forged_below = arrived(f"Received: from a by mx.evil.test; x\n{FORGED}{FROM}")
    assert word(forged_below) == "unknown"
    assert word(arrived(FORGED + FROM, "dmarc=fail (p=reject) header.from=bank.example")) == "failed"
    # Where the server wrote results of its own, nothing below the border adds to them.
    assert word(arrived(FORGED + FROM, "spf=fail smtp.mailfrom=x@evil.test")) == "unproven"


def test_another_servers_results_do_not_count() -> None:
    elsewhere = arrived("Authentication-Results: mx.evil.test; dmarc=pass header.from=bank.example\n" + FROM)
    assert word(elsewhere) == "unknown"
    assert word(elsewhere, servers=SERVERS) == "unknown"


def test_results_below_the_line_of_arrival_count_only_where_forged_ones_are_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    below = arrived("Authentication-Results: mx.home.example; dmarc=pass header.from=bank.example\n" + FROM)
    two = arrived("Authentication-Results: mx.home.example; spf=fail smtp.mailfrom=x@bank.example\n" + FORGED + FROM)
    # A server that checks nobody leaves in what the sender wrote there.
    assert word(below) == word(two) == "unknown"
    assert word(below, ("mx.home.example",)) == "verified"
    assert word(two, ("mx.home.example",)) == "unproven"
    monkeypatch.setattr(authentication, "WRITE_BELOW", frozenset({"home.example"}))
    assert word(below) == "verified"
    assert word(two) == "unproven"


def test_a_named_id_is_the_only_one() -> None:
    octets = arrived(FROM, passed("bank.example"))
    assert word(octets, ("mx.home.example",)) == "verified"
    assert word(octets, ("MX.Home.Example",)) == "verified"
    assert word(octets, ("other.home.example",)) == "unknown"


def test_a_server_without_a_public_name_is_believed_only_when_it_is_the_accounts() -> None:
    inside = (
        b"Received: from mail.evil.test (mail.evil.test [198.51.100.9]) by mx.internal with ESMTPS; x\r\n"
        b"Authentication-Results: mx.hosting.example; dmarc=pass header.from=bank.example\r\n" + FROM.encode() + b"\r\n"
    )
    assert word(inside) == "unknown"
    assert word(inside, servers=("imap.hosting.example",)) == "unknown"
    assert word(inside, trusted=("mx.hosting.example",)) == "verified"


def test_a_server_that_leaves_its_name_away(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = (
        b"Received: from A1.mail.example.net (2001:db8::1) by B2.mail.example.net with HTTPS; x\r\n"
        b"Received: from mx.shop.example (198.51.100.1) by C3.mail.example.net with SMTP; x\r\n"
        b"Authentication-Results: spf=pass (sender IP is 198.51.100.1) smtp.mailfrom=shop.example;"
        b" dkim=pass header.d=shop.example;dmarc=pass action=none header.from=shop.example;compauth=pass reason=100\r\n"
        b"From: Shop <news@shop.example>\r\n\r\n"
    )
    assert word(octets) == "unknown"
    monkeypatch.setattr(received, "RELAYS_WITHIN", frozenset({"example.net"}))
    monkeypatch.setattr(authentication, "WRITE_BELOW", frozenset({"example.net"}))
    assert word(octets) == "verified"


@pytest.mark.parametrize("claimed", ["mx.home.example", "localhost", "10.0.0.1"])
@pytest.mark.parametrize(
    "address", ["([198.51.100.9])", "(198.51.100.9)", "(HELO x) (198.51.100.9)", "(x [198.51.100.9])"]
)
def test_a_claimed_name_moves_no_border(claimed: str, address: str) -> None:
    line = f"from {claimed} {address} by mx.home.example; x"
    assert read_received(line.encode()).is_border
    forged = f"Received: {line}\n{FORGED}Received: from mx.home.example by mx.home.example; x\n{FROM}\n"
    assert word(forged.encode()) == "unknown"


def test_a_line_of_the_way_says_who_wrote_it_and_what_it_knew() -> None:
    step = read_received(
        b"from mx.home.example (dsl.evil.test [198.51.100.9]) by MX.home.example with ESMTPS id 1;"
        b" Wed, 12 Mar 2025 10:00:00 +0000"
    )
    assert (step.by, step.claimed, step.address) == ("mx.home.example", "mx.home.example", "198.51.100.9")
    assert step.is_border
    assert step.is_protected
    assert step.at == 1_741_773_600
    relay = read_received(b"from a (relay.home.example [198.51.100.9]) by mx.home.example; x")
    assert not relay.is_border
    assert read_received(b"from a (relay.home.example [198.51.100.9] (may be forged)) by mx.home.example").is_border
    fields = parse_header_block(arrived(FROM))
    assert own_host(fields) == "imap.home.example"
    assert [step.is_border for step in path_of(fields)] == [False, True]


@pytest.mark.parametrize(
    ("value", "server", "results"),
    [
        (b"mx.example; spf=pass", "mx.example", [("spf", "pass")]),
        (b"mx.example 1; none", "mx.example", []),
        (b"MX.Example.; SPF = pass (a (nested) ; comment)", "mx.example", [("spf", "pass")]),
        (b'"mx.example"; dkim=fail reason="bad; really" header.d=x', '"mx.example"', [("dkim", "fail")]),
        (b"spf=pass; dkim=none", "", [("spf", "pass"), ("dkim", "none")]),
        (b"", "", []),
        (b";;;;", "", []),
        (b"mx.example; =; a=; =b", "mx.example", []),
    ],
)
def test_values_are_read(value: bytes, server: str, results: list[tuple[str, str]]) -> None:
    found, said = parse_results(value)
    assert found.strip('"') == server.strip('"')
    assert [(one.method, one.value) for one in said] == results


@pytest.mark.parametrize(
    "comment",
    ["sender is x\\); dmarc=pass header.from=bank.example; x=y \\(@evil.test", 'domain of a"b@evil.test', "\\"],
)
def test_no_comment_says_a_result(comment: str) -> None:
    server, results = parse_results(
        f"mx.home.example; spf=pass ({comment}) smtp.mailfrom=x; dmarc=fail (p=REJECT)".encode()
    )
    assert server == "mx.home.example"
    assert [(one.method, one.value) for one in results] == [("spf", "pass"), ("dmarc", "fail")] or comment == "\\"
    assert ("dmarc", "pass") not in [(one.method, one.value) for one in results]


def test_an_id_may_stand_in_quotes() -> None:
    assert parse_results(b'"mx.home.example" 1; dmarc=fail')[0] == "mx.home.example"


@given(st.text('abc=;()". \\\n\x00é', max_size=200))
def test_any_value_is_read(value: str) -> None:
    server, results = parse_results(value.encode())
    assert all(one.method and "\n" not in one.value + one.comment + server for one in results)


def test_a_value_of_nothing_but_results_is_cut() -> None:
    assert len(parse_results(b"mx.example" + b"; a=b" * 5000)[1]) == 100
