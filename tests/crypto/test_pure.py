"""The parts without a program: status lines, armour, user ids, places, words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto.mails import HEADER, TEXT, message, multipart, pgp_encrypted, smime_mime, text
from tuimail.crypto.inline import MAX_BLOCKS, find_armour, is_all
from tuimail.crypto.openssl import kind_of
from tuimail.crypto.pgp import addresses_of
from tuimail.crypto.secured import Lock, Mismatch, Reach, Secured, SecuredPart, Signature, Technique, Verdict
from tuimail.crypto.show import secured_view
from tuimail.crypto.status import MAX_SIGNATURES, parse_status
from tuimail.crypto.structure import MAX_PLACES, find_places
from tuimail.crypto.words import MAX_NOTICES, notices
from tuimail.mime.lines import StyledLine
from tuimail.mime.parse import parse_message
from tuimail.mime.render import render_view
from tuimail.mime.view import Shape, ViewOptions

KEY = "A" * 40
GOOD = f"[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG {KEY[:16]} Ada <ada@example.org>\n"
VALID = f"[GNUPG:] VALIDSIG {KEY} 2026-01-01 1767225600 0 4 0 22 10 00 {KEY}\n"
ARMOUR = b"-----BEGIN PGP MESSAGE-----\n\naGVsbG8=\n-----END PGP MESSAGE-----\n"


def verdicts(status: str) -> list[str]:
    return [one.verdict for one in parse_status(status.encode()).signatures]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (GOOD + VALID, ["GOODSIG"]),
        (GOOD, [""]),
        (GOOD + VALID + VALID, [""]),
        (GOOD + VALID + f"[GNUPG:] BADSIG {KEY[:16]} Ada\n", [""]),
        (VALID, []),
        (GOOD.replace("[GNUPG:] NEWSIG\n", "") + VALID, []),
        (GOOD + VALID.replace(KEY, "A" * 39), [""]),
        (GOOD + VALID.replace("VALIDSIG", "VALIDSIGN"), [""]),
        (GOOD.replace("[GNUPG:] GOODSIG", "gpg: [GNUPG:] GOODSIG") + VALID, [""]),
        (GOOD.replace("Ada <", f"Ada%0A[GNUPG:] VALIDSIG {KEY} <"), [""]),
        (f"[GNUPG:] NEWSIG\n[GNUPG:] BADSIG {KEY[:16]} Ada\n", ["BADSIG"]),
        (f"[GNUPG:] NEWSIG\n[GNUPG:] BADSIG {KEY[:16]} Ada\n{VALID}", [""]),
        (GOOD + VALID + f"[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG {KEY[:16]} 22 10 00 1 9 -\n", ["GOODSIG", "ERRSIG"]),
    ],
)
def test_a_verdict_needs_all_of_what_belongs_to_it(status: str, found: list[str]) -> None:
    assert verdicts(status) == found


def test_signatures_are_bounded() -> None:
    assert len(parse_status((GOOD + VALID).encode() * 1000).signatures) == MAX_SIGNATURES


@given(
    st.binary()
    | st.lists(st.sampled_from((GOOD, VALID, "[GNUPG:] ", "VALIDSIG", "\n", " x"))).map(lambda x: "".join(x).encode())
)
def test_any_status_gives_a_value(octets: bytes) -> None:
    status = parse_status(octets)
    assert not status.decrypted
    assert all(one.verdict == "" or one.verdicts == [one.verdict] for one in status.signatures)


@pytest.mark.parametrize(
    ("user_id", "addresses"),
    [
        ("Ada Example <ada@example.org>", ("ada@example.org",)),
        ("ADA@Example.ORG", ("ada@example.org",)),
        ("Ada (work) <ada@example.org>", ("ada@example.org",)),
        ("<ada@example.org>", ("ada@example.org",)),
        ("Ada <ada@example.org> trusted", ()),
        ("Ada <ada@example.org> <eve@example.net>", ()),
        ("ada@example.org <eve@example.net>", ("eve@example.net",)),
        ("Ada <ada@example.org\n>", ()),
        ("Ada <ada@example.org,eve@example.net>", ()),
        ("Ada", ()),
        ("", ()),
    ],
)
def test_a_user_id_speaks_for_one_address(user_id: str, addresses: tuple[str, ...]) -> None:
    assert addresses_of(user_id) == addresses


@given(st.text())
def test_any_user_id_speaks_for_one_address_at_most(user_id: str) -> None:
    assert len(addresses_of(user_id)) <= 1


def test_armour_is_found_whole() -> None:
    (found,) = find_armour(b"Hello\n" + ARMOUR + b"Bye\n")
    assert found.octets == ARMOUR
    assert not is_all(b"Hello\n" + ARMOUR, (found,))
    (alone,) = find_armour(b"\r\n" + ARMOUR + b"\r\n\r\n")
    assert is_all(b"\r\n" + ARMOUR + b"\r\n\r\n", (alone,))
    assert find_armour(ARMOUR.replace(b"\n", b"\n> ")[:-3]) == ()
    assert find_armour(ARMOUR.replace(b"-----END", b"----END")) == ()
    assert len(find_armour(ARMOUR * 100)) == MAX_BLOCKS
    assert find_armour(b"-----BEGIN PGP SIGNED MESSAGE-----\n" + ARMOUR) == ()


@settings(max_examples=50)
@given(st.lists(st.sampled_from((*ARMOUR.splitlines(keepends=True), b"-----END PGP SIGNATURE-----\n", b"x\n"))))
def test_any_text_has_its_armour_apart(lines: list[bytes]) -> None:
    text_ = b"".join(lines)
    found = find_armour(text_)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(text_[one.start : one.end] + b"\n" == one.octets for one in found)


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        ("3080" + "06092a864886f70d010702", "signed"),
        ("308201ff" + "06092a864886f70d010703", "enveloped"),
        ("3081ff" + "060b2a864886f70d0109100117", "auth-enveloped"),
        ("300b" + "060b2a864886f70d0109100109", "compressed"),
        ("3080" + "06092a864886f70d010701", ""),
        ("", ""),
        ("3080", ""),
    ],
)
def test_what_a_cms_object_is(octets: str, kind: str) -> None:
    assert kind_of(bytes.fromhex(octets)) == kind


def test_where_secured_parts_stand() -> None:
    encrypted = pgp_encrypted(ARMOUR)
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + message(encrypted)
    related = multipart("related", text("x"), encrypted, boundary="b1")
    octets = message(multipart("mixed", encrypted, related, forwarded, smime_mime(b"x", "enveloped-data")))
    found = find_places(octets, parse_message(octets))
    assert [(place.part.section, place.reach) for place in found] == [
        ("1", Reach.PART),
        ("2.2", Reach.NESTED),
        ("3.TEXT", Reach.NESTED),
        ("4", Reach.PART),
    ]
    many = message(multipart("mixed", *[smime_mime(b"x", "enveloped-data")] * 50))
    assert len(find_places(many, parse_message(many))) == MAX_PLACES


def test_a_message_of_many_parts_has_few_notices() -> None:
    signature = Signature(Verdict.BAD, Technique.PGP)
    part = SecuredPart("1", Technique.PGP, Reach.PART, signatures=(signature,) * 50)
    mismatch = Mismatch("Subject", "a\x1b]0;x\x07“b”", "c")
    assert len(notices(Secured((part,)))) == MAX_NOTICES
    (told,) = notices(Secured((), (mismatch,)))
    assert "\x1b" not in told.text
    assert told.text.count("“") == 2


def test_lines_of_ours_are_marked_and_the_source_stays_as_it_came() -> None:
    octets = message(pgp_encrypted(ARMOUR), HEADER)
    part = SecuredPart("", Technique.PGP, Reach.WHOLE, Lock.OPENED, content=TEXT)
    view = secured_view(render_view(octets), Secured((part,)))
    assert [line.text for line in view.lines if line.is_ours] == ["── decrypted ──"]
    assert view.lines[1] == StyledLine()
    options = ViewOptions(Shape.SOURCE)
    source = secured_view(render_view(octets, options), Secured((part,)), options)
    assert "noon" not in source.text
    assert [notice.kind for notice in source.notices] == ["note"]
