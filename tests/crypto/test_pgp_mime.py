"""PGP/MIME and armour in texts, with a gpg that is real: signatures of all kinds, decryption, what stays closed."""

from __future__ import annotations

import pytest

from tests.crypto.gpg_world import LONG_AGO, PEOPLE, GpgWorld
from tests.crypto.mails import HEADER, TEXT, message, multipart, pgp_encrypted, pgp_signed, text
from tuimail.crypto.opening import Opening, is_secured, open_secured
from tuimail.crypto.secured import Lock, Reach, Secured, SecuredPart, Technique, Verdict
from tuimail.crypto.show import secured_view
from tuimail.crypto.tools import Tools
from tuimail.mime.render import render_view


def opened(octets: bytes, tools: Tools, opening: Opening = Opening.WHOLE) -> Secured:
    assert is_secured(octets)
    found = open_secured(octets, opening, tools)
    assert found is not None
    return found


def only(octets: bytes, tools: Tools, opening: Opening = Opening.WHOLE) -> SecuredPart:
    (part,) = opened(octets, tools, opening).parts
    return part


def verdicts(part: SecuredPart) -> list[Verdict]:
    return [one.verdict for one in part.signatures]


def said(octets: bytes, tools: Tools, opening: Opening = Opening.WHOLE) -> list[tuple[str, str]]:
    view = secured_view(render_view(octets), opened(octets, tools, opening))
    return [(one.kind, one.text) for one in view.notices]


@pytest.mark.parametrize(
    ("who", "sender", "verdict", "kind"),
    [
        ("ada", "ada@example.org", Verdict.GOOD, "good"),
        ("ada", "ADA@Example.org", Verdict.GOOD, "good"),
        ("bob", "bob@example.org", Verdict.UNCONFIRMED, "note"),
        ("bob", "ada@example.org", Verdict.OTHER_SENDER, "warning"),
        ("mallory", "ada@example.org", Verdict.UNCONFIRMED, "note"),
        ("eve", "eve@example.net", Verdict.UNKNOWN_KEY, "note"),
        ("old", "olga@example.org", Verdict.EXPIRED_KEY, "warning"),
        ("gone", "gus@example.org", Verdict.REVOKED_KEY, "warning"),
    ],
)
def test_a_signature_is_what_its_key_is_worth(
    pgp: GpgWorld, pgp_tools: Tools, who: str, sender: str, verdict: Verdict, kind: str
) -> None:
    at = f"{LONG_AGO[:-1]}9" if who == "old" else ""
    octets = message(pgp_signed(TEXT, pgp.sign(TEXT, who, at=at)), HEADER.replace(b"ada@example.org", sender.encode()))
    part = only(octets, pgp_tools)
    assert verdicts(part) == [verdict]
    assert part.reach is Reach.WHOLE
    assert [one for one, _ in said(octets, pgp_tools)] == [kind]


def test_a_changed_text_is_told(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(pgp_signed(TEXT, pgp.sign(TEXT, "ada"))).replace(b"noon", b"nine")
    assert verdicts(only(octets, pgp_tools)) == [Verdict.BAD]
    assert said(octets, pgp_tools)[0][0] == "warning"


def test_lines_that_were_stored_with_a_bare_line_feed_still_fit(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(pgp_signed(TEXT, pgp.sign(TEXT, "ada"))).replace(b"\r\n", b"\n")
    assert verdicts(only(octets, pgp_tools)) == [Verdict.GOOD]


def test_each_of_two_signatures_counts_for_itself(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(pgp_signed(TEXT, pgp.sign(TEXT, "ada", "eve")))
    assert sorted(verdicts(only(octets, pgp_tools))) == [Verdict.GOOD, Verdict.UNKNOWN_KEY]


def test_two_authors_have_no_good_signature(pgp: GpgWorld, pgp_tools: Tools) -> None:
    two = HEADER.replace(b"<ada@example.org>", b"<ada@example.org>, eve@example.net")
    twice = HEADER + b"From: eve@example.net\r\n"
    signed = pgp_signed(TEXT, pgp.sign(TEXT, "ada"))
    for header in (two, twice):
        assert verdicts(only(message(signed, header), pgp_tools)) == [Verdict.OTHER_SENDER]


def test_an_encrypted_message_is_closed_until_it_is_opened(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(pgp_encrypted(pgp.encrypt(TEXT, "ada")))
    assert only(octets, pgp_tools, Opening.CHECK).lock is Lock.CLOSED
    part = only(octets, pgp_tools)
    assert (part.lock, part.content, verdicts(part)) == (Lock.OPENED, TEXT, [Verdict.GOOD])
    view = secured_view(render_view(octets), opened(octets, pgp_tools))
    assert view.text == "── decrypted ──\n\nMeet me at noon.\n"
    assert "noon" not in repr(opened(octets, pgp_tools))


def test_one_that_is_not_signed_says_so(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(pgp_encrypted(pgp.encrypt(TEXT)))
    assert said(octets, pgp_tools) == [
        ("note", "This message was encrypted (PGP). It is not signed: nothing proves who wrote it.")
    ]


def test_signed_then_encrypted_is_looked_into(pgp: GpgWorld, pgp_tools: Tools) -> None:
    inner = pgp_signed(TEXT, pgp.sign(TEXT, "ada"))
    octets = message(pgp_encrypted(pgp.encrypt(inner)))
    part = only(octets, pgp_tools)
    assert [verdicts(layer) for layer in part.layers] == [[], [Verdict.GOOD]]
    assert [kind for kind, _ in said(octets, pgp_tools)] == ["note", "good"]
    assert "noon" in secured_view(render_view(octets), opened(octets, pgp_tools)).text


def test_encrypted_then_signed_is_looked_into(pgp: GpgWorld, pgp_tools: Tools) -> None:
    inner = pgp_encrypted(pgp.encrypt(TEXT))
    octets = message(pgp_signed(inner, pgp.sign(inner, "ada")))
    part = only(octets, pgp_tools)
    assert (verdicts(part), part.innermost) == ([Verdict.GOOD], TEXT)
    assert "noon" in secured_view(render_view(octets), opened(octets, pgp_tools)).text


def test_a_part_is_opened_on_request_and_shown_apart(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(multipart("mixed", text("Before."), pgp_encrypted(pgp.encrypt(TEXT)), text("After.")))
    assert only(octets, pgp_tools).lock is Lock.CLOSED
    found = opened(octets, pgp_tools, Opening.PARTS)
    lines = secured_view(render_view(octets), found).text.split("\n")
    start, end = lines.index("── decrypted: part 2 ──"), lines.index("── end of this part ──")
    assert lines[start + 1 : end] == ["", "Meet me at noon.", ""]
    assert {"Before.", "After."} <= set(lines[:start])


def test_what_servers_make_of_an_encrypted_message_can_be_opened(pgp: GpgWorld, pgp_tools: Tools) -> None:
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    held = b"Content-Type: application/octet-stream\r\n\r\n" + pgp.encrypt(TEXT)
    octets = message(multipart("mixed", text(""), version, held))
    part = only(octets, pgp_tools, Opening.PARTS)
    assert (part.section, part.lock, part.content) == ("3", Lock.OPENED, TEXT)


def test_a_signed_part_says_that_it_is_one(pgp: GpgWorld, pgp_tools: Tools) -> None:
    octets = message(multipart("mixed", pgp_signed(TEXT, pgp.sign(TEXT, "ada")), text("A list's footer.")))
    ((kind, words),) = said(octets, pgp_tools)
    assert kind == "note"
    assert words.startswith("Only part 1 is signed, not the whole message. Signed by “Ada Example <ada@example.org>”")


def test_armour_in_a_text(pgp: GpgWorld, pgp_tools: Tools) -> None:
    plain = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    signed = message(plain + pgp.clear_sign("Grüße.\n".encode(), "ada"))
    part = only(signed, pgp_tools)
    assert (part.technique, part.reach, verdicts(part)) == (Technique.INLINE, Reach.WHOLE, [Verdict.GOOD])
    assert secured_view(render_view(signed), opened(signed, pgp_tools)).text == "── signed ──\n\nGrüße.\n"
    encrypted = message(plain + pgp.encrypt("Grüße.\n".encode(), "ada"))
    part = only(encrypted, pgp_tools)
    assert (part.lock, verdicts(part)) == (Lock.OPENED, [Verdict.GOOD])
    assert secured_view(render_view(encrypted), opened(encrypted, pgp_tools)).text == "── decrypted ──\n\nGrüße.\n"


def test_a_message_for_others_says_so(pgp: GpgWorld, pgp_tools: Tools) -> None:
    other = pgp.other("--trust-model", "always", "--recipient", pgp.keys["eve"], "--armor", "--encrypt", octets=TEXT)
    part = only(message(pgp_encrypted(other)), pgp_tools)
    assert part.lock is Lock.FAILED
    assert "keys that you do not have" in part.fault


def test_reading_changes_no_key(pgp: GpgWorld, pgp_tools: Tools) -> None:
    before = pgp.state()["pubring.kbx"]
    offered = pgp.other("--armor", "--export", pgp.keys["eve"])
    with_key = multipart("mixed", TEXT, b"Content-Type: application/pgp-keys\r\n\r\n" + offered)
    octets = message(pgp_signed(with_key, pgp.sign(with_key, "eve")), HEADER + b"Autocrypt: addr=eve@example.net\r\n")
    assert verdicts(only(octets, pgp_tools)) == [Verdict.UNKNOWN_KEY]
    assert pgp.state()["pubring.kbx"] == before


def test_plain_mail_is_left_alone() -> None:
    octets = message(text(f"{PEOPLE['ada']} wrote:\r\n> -----BEGIN PGP MESSAGE-----\r\n> -----END PGP MESSAGE-----"))
    assert not is_secured(octets)
    assert open_secured(octets) is None
