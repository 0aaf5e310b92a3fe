"""Absence is not evidence: whatever the server refuses, leaves out or lies about, nothing is removed from the store."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.engine.proxy import CUT, Plan, Proxy
from tests.engine.world import Mirror, Other, assert_same, mail

ON_EVERYTHING = pytest.mark.parametrize("place", ["everything", "condstore", "uidplus", "bare"], indirect=True)
ON_BARE = pytest.mark.parametrize("place", ["uidplus", "bare"], indirect=True)
NO = b"TAG NO [SERVERBUG] Not today\r\n"


def answers(pattern: bytes, with_: bytes) -> Callable[[bytes], bytes | None]:
    return lambda line: with_ if re.search(pattern, line, re.IGNORECASE) else None


def without(pattern: bytes, put: bytes = b"") -> Callable[[bytes], bytes]:
    return lambda octets: re.sub(pattern, put, octets, flags=re.DOTALL)


def fill(mirror: Mirror, other: Other) -> set[int]:
    other.fill("INBOX", range(1, 9))
    other.fill("Archive", ["a", "b"])
    mirror.sync_ok()
    other.append("INBOX", mail("news"))
    other.flag("INBOX", [1], "+", "\\Flagged")
    other.flag("Archive", ["a"], "+", "\\Flagged")
    return {message.id for message in mirror.messages()}


def check(mirror: Mirror, other: Other, proxy: Proxy, ids: set[int]) -> None:
    """Nothing was lost by the pass before; the next true one makes all well."""
    assert ids <= {message.id for message in mirror.messages()}
    proxy.play()
    mirror.sync_ok()
    assert ids <= {message.id for message in mirror.messages()}
    assert_same(mirror, other)


@ON_EVERYTHING
@pytest.mark.parametrize(
    "pattern", [rb"SELECT \"?INBOX", rb"UID FETCH", rb"UID FETCH .*BODYSTRUCTURE", rb"LIST ", rb"UID SEARCH"]
)
def test_no_is_no_evidence(proxied: Mirror, other: Other, proxy: Proxy, pattern: bytes) -> None:
    ids = fill(proxied, other)
    proxy.play(Plan(answer=answers(pattern, NO)))
    report = proxied.sync()
    if proxy.answered:
        assert not report.ok
        assert "Not today" in report.error
    check(proxied, other, proxy, ids)


def test_one_mailbox_that_is_refused_keeps_no_other_waiting(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    ids = fill(proxied, other)
    proxy.play(Plan(answer=answers(rb"SELECT \"?INBOX", NO)))
    report = proxied.sync()
    assert "INBOX" in report.error
    assert "\\Flagged" in proxied.message("a").flags.names()
    check(proxied, other, proxy, ids)


@ON_BARE
@pytest.mark.parametrize("rows", [b"", b"* 1 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (UID 2 FLAGS ())\r\n"])
@pytest.mark.parametrize("end", [CUT, NO, b"TAG OK done\r\n"], ids=["cut", "no", "ok"])
def test_a_short_listing_of_flags_is_no_evidence(
    proxied: Mirror, other: Other, proxy: Proxy, rows: bytes, end: bytes
) -> None:
    ids = fill(proxied, other)
    proxy.play(Plan(answer=answers(rb"UID FETCH 1:\* \(UID FLAGS", rows + end)))
    proxied.sync()
    assert proxy.answered
    check(proxied, other, proxy, ids)


@ON_BARE
@pytest.mark.parametrize("end", [b"* SEARCH 1 2\r\n" + CUT, b"* SEARCH 1 2\r\nTAG OK done\r\n", b"TAG OK done\r\n"])
def test_a_short_listing_of_uids_is_no_evidence(proxied: Mirror, other: Other, proxy: Proxy, end: bytes) -> None:
    ids = fill(proxied, other)

    def lie(line: bytes) -> bytes | None:
        if b"UID FETCH 1:* (UID FLAGS" in line:
            return b"TAG OK done\r\n"
        return end if b"UID SEARCH" in line else None

    proxy.play(Plan(answer=lie))
    proxied.sync()
    assert proxy.answered > 1
    check(proxied, other, proxy, ids)


def test_a_short_extended_search_is_no_evidence(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    ids = fill(proxied, other)
    other.expunge("INBOX", [8])
    ids.discard(proxied.id_of(8))
    proxy.play(
        Plan(
            answer=answers(rb"UID SEARCH", b'* ESEARCH (TAG "TAG") UID ALL 1\r\nTAG OK done\r\n'),
            rewrite=without(rb"\* VANISHED \(EARLIER\) [^\r]*\r\n"),
        )
    )
    proxied.sync()
    assert proxy.answered
    check(proxied, other, proxy, ids)


@pytest.mark.parametrize(
    "answer",
    [
        b"TAG OK done\r\n",
        b'* LIST () "/" Archive\r\nTAG OK done\r\n',
        b'* LIST () "/" INBOX\r\n' + CUT,
        b"TAG NO [LIMIT] Too many\r\n",
        b"TAG BAD What?\r\n",
        b"* BYE Closing\r\n" + CUT,
    ],
)
def test_a_list_without_inbox_is_no_evidence(proxied: Mirror, other: Other, proxy: Proxy, answer: bytes) -> None:
    ids = fill(proxied, other)
    before = set(proxied.mailboxes())
    proxy.play(Plan(answer=answers(rb" LIST ", answer)))
    report = proxied.sync()
    assert not report.ok
    assert report.error
    assert set(proxied.mailboxes()) == before
    check(proxied, other, proxy, ids)


def test_a_short_list_is_no_evidence(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    ids = fill(proxied, other)
    proxy.play(Plan(answer=answers(rb" LIST ", b'* LIST () "/" INBOX\r\nTAG OK done\r\n')))
    proxied.sync()
    assert proxy.answered
    assert "Archive" in proxied.mailboxes()
    check(proxied, other, proxy, ids)


@pytest.mark.parametrize(
    "lie", [b"MESSAGES 0", b"MESSAGES 1 UIDNEXT 1", b"UIDVALIDITY 7", b"HIGHESTMODSEQ 1"], ids=lambda lie: lie.decode()
)
@ON_EVERYTHING
def test_a_lie_of_status_is_no_evidence(proxied: Mirror, other: Other, proxy: Proxy, lie: bytes) -> None:
    ids = fill(proxied, other)
    words = dict(zip(*[iter(lie.split())] * 2, strict=True))

    def rewrite(octets: bytes) -> bytes:
        for word, number in words.items():
            octets = re.sub(rb"(\* STATUS \S+ \([^)]*\b" + word + rb") \d+", rb"\1 " + number, octets)
        return octets

    proxy.play(Plan(rewrite=rewrite))
    proxied.sync()
    check(proxied, other, proxy, ids)


@ON_EVERYTHING
def test_rows_that_a_fetch_leaves_out_are_asked_for_again(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", range(1, 9))
    proxy.play(Plan(rewrite=without(rb"\* (3|8) FETCH \(UID \1 [^\r]*BODY[^\r]*\r\n.*?\r\n\)\r\n")))
    proxied.sync()
    assert {m.envelope.subject for m in proxied.messages()} == {"1", "2", "4", "5", "6", "7"}
    proxy.play()
    proxied.sync_ok()
    assert_same(proxied, other)
    again = proxied.sync_ok()
    assert (again.new, again.changed) == (0, 0)


def test_a_row_left_out_does_not_hide_another_that_is_gone(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", range(1, 5))
    proxied.sync_ok()
    other.append("INBOX", mail("left out"))
    other.append("INBOX", mail("told"))
    other.expunge("INBOX", [2])
    # As many as the server has, but not the same ones.
    proxy.play(
        Plan(
            rewrite=lambda octets: without(rb"\* VANISHED \(EARLIER\) [^\r]*\r\n")(
                without(rb"\* 4 FETCH \(UID 5 [^\r]*BODY[^\r]*\r\n.*?\r\n\)\r\n")(octets)
            )
        )
    )
    proxied.sync()
    proxy.play()
    proxied.sync_ok()
    assert_same(proxied, other)


@pytest.mark.parametrize("place", ["everything", "condstore", "uidplus"], indirect=True)
def test_a_new_uidvalidity_between_two_commands(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    fill(proxied, other)
    proxied.flag([2], add=["\\Flagged"])
    proxied.move([3], "Archive")
    proxied.expunge([4])
    proxy.play(Plan(rewrite=without(rb"\[UIDVALIDITY \d+\]", b"[UIDVALIDITY 99]")))
    proxied.sync()
    proxy.play()
    proxied.sync_ok()
    proxied.sync_ok()
    assert proxied.queue() == []
    assert_same(proxied, other)
    assert "\\Flagged" in proxied.message(2).flags.names()
    assert proxied.message(3).mailbox == "Archive"
    assert "4" not in other.names("INBOX")
