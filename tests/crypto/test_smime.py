"""S/MIME with openssl and certificates made for the tests: signatures, both ways of encrypting, keys in files."""

from __future__ import annotations

from base64 import encodebytes
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12

from tests.crypto.mails import HEADER, TEXT, message, multipart, smime_mime, smime_signed, text
from tests.crypto.smime_world import SmimeWorld
from tests.crypto.test_pgp_mime import only, opened, said, verdicts
from tuimail.crypto.certificates import load_own_key
from tuimail.crypto.opening import Opening, is_secured
from tuimail.crypto.secured import Lock, Reach, Verdict
from tuimail.crypto.show import secured_view
from tuimail.crypto.tools import Tools
from tuimail.crypto.words import notices
from tuimail.mime.render import render_view
from tuimail.model.errors import ConfigError


@pytest.mark.parametrize("opaque", [False, True])
def test_a_signature_that_the_system_vouches_for(smime: SmimeWorld, smime_tools: Tools, opaque: bool) -> None:
    signature = smime.sign(TEXT, smime.ada, opaque=opaque)
    octets = message(smime_mime(signature, "signed-data") if opaque else smime_signed(TEXT, signature))
    part = only(octets, smime_tools)
    assert (verdicts(part), part.reach, part.lock) == ([Verdict.GOOD], Reach.WHOLE, Lock.NONE)
    assert said(octets, smime_tools) == [("good", "Signed by “Ada Example” (S/MIME).")]
    assert "Meet me at noon." in secured_view(render_view(octets), opened(octets, smime_tools)).text


def test_a_signature_of_somebody_else(smime: SmimeWorld, smime_tools: Tools) -> None:
    octets = message(smime_signed(TEXT, smime.sign(TEXT, smime.ada)), HEADER.replace(b"ada@", b"eve@"))
    assert verdicts(only(octets, smime_tools)) == [Verdict.OTHER_SENDER]


def test_a_certificate_that_nobody_vouches_for(smime: SmimeWorld, smime_tools: Tools) -> None:
    octets = message(smime_signed(TEXT, smime.sign(TEXT, smime.unknown)))
    assert verdicts(only(octets, smime_tools)) == [Verdict.UNCONFIRMED]
    ((kind, words),) = said(octets, smime_tools)
    assert kind == "note"
    assert "nobody whom you trust" in words


def test_a_certificate_that_has_expired(smime: SmimeWorld, smime_tools: Tools) -> None:
    header = HEADER.replace(b"ada@", b"olga@")
    octets = message(smime_signed(TEXT, smime.sign(TEXT, smime.expired)), header)
    assert verdicts(only(octets, smime_tools)) == [Verdict.EXPIRED_KEY]


def _as_pem(octets: bytes) -> bytes:
    return b"-----BEGIN X509 CRL-----\n" + encodebytes(octets) + b"-----END X509 CRL-----\n"


@pytest.mark.parametrize(
    ("lists", "verdict", "detail"),
    [
        ([], Verdict.GOOD, "was not checked"),
        (["none", "others", "damaged"], Verdict.GOOD, "damaged is no such list."),
        (["missing", "others"], Verdict.GOOD, "missing cannot be read: No such file or directory."),
        (["old"], Verdict.GOOD, "was not checked"),
        (["clean"], Verdict.GOOD, "Not revoked, by its issuer's list of"),
        (["revoked"], Verdict.REVOKED_KEY, "Revoked, by its issuer's list of"),
        (["clean", "damaged", "pem"], Verdict.REVOKED_KEY, "Revoked, by its issuer's list of"),
        (["old and revoked"], Verdict.REVOKED_KEY, "Revoked, by its issuer's list of"),
    ],
)
def test_lists_of_revoked_certificates(
    smime: SmimeWorld, tmp_path: Path, lists: list[str], verdict: Verdict, detail: str
) -> None:
    contents = {
        "none": b"",
        "others": smime.revocations(smime.ada, by=smime.unknown),
        "damaged": smime.revocations(smime.ada)[:-40],
        "old": smime.revocations(days=(-9, -2)),
        "clean": smime.revocations(smime.expired),
        "revoked": smime.revocations(smime.ada),
        "pem": _as_pem(smime.revocations(smime.ada)),
        "old and revoked": smime.revocations(smime.ada, days=(-9, -2)),
    }
    for name, octets in contents.items():
        (tmp_path / name).write_bytes(octets)
    tools = Tools(environment=smime.environment, smime_crls=tuple(str(tmp_path / name) for name in lists))
    octets = message(smime_signed(TEXT, smime.sign(TEXT, smime.ada)))
    assert verdicts(only(octets, tools)) == [verdict]
    (notice,) = notices(opened(octets, tools))
    assert notice.kind == ("good" if verdict is Verdict.GOOD else "warning")
    assert detail in " ".join(notice.detail)


@pytest.mark.parametrize("opaque", [False, True])
def test_a_changed_text_is_told(smime: SmimeWorld, smime_tools: Tools, opaque: bool) -> None:
    signature = smime.sign(TEXT, smime.ada, opaque=opaque)
    signed = smime_mime(signature.replace(b"noon", b"nine"), "signed-data") if opaque else smime_signed(TEXT, signature)
    octets = message(signed.replace(b"noon", b"nine"))
    assert verdicts(only(octets, smime_tools)) == [Verdict.BAD]
    assert "Meet me at nine." in secured_view(render_view(octets), opened(octets, smime_tools)).text


def test_one_signer_of_two_that_nobody_vouches_for_spoils_both(smime: SmimeWorld, smime_tools: Tools) -> None:
    octets = message(smime_signed(TEXT, smime.sign(TEXT, smime.ada, smime.unknown)))
    assert verdicts(only(octets, smime_tools)) == [Verdict.UNCONFIRMED] * 2


@pytest.mark.parametrize("cipher", ["-aes-256-cbc", "-aes-256-gcm", "-des3"])
def test_decryption(smime: SmimeWorld, smime_tools: Tools, cipher: str) -> None:
    octets = message(smime_mime(smime.encrypt(TEXT, cipher), "enveloped-data"))
    assert only(octets, smime_tools, Opening.CHECK).lock is Lock.CLOSED
    part = only(octets, smime_tools)
    assert (part.lock, part.content, part.is_authentic) == (Lock.OPENED, TEXT, cipher == "-aes-256-gcm")


def test_decryption_with_a_key_on_a_curve(smime: SmimeWorld) -> None:
    octets = message(smime_mime(smime.encrypt(TEXT, to=smime.ada), "enveloped-data"))
    part = only(octets, Tools(environment=smime.environment, smime_keys=(str(smime.ada.path),)))
    assert (part.lock, part.content) == (Lock.OPENED, TEXT)


def test_signed_then_encrypted(smime: SmimeWorld, smime_tools: Tools) -> None:
    inner = smime_signed(TEXT, smime.sign(TEXT, smime.ada))
    octets = message(smime_mime(smime.encrypt(inner), "enveloped-data"))
    part = only(octets, smime_tools)
    assert [verdicts(layer) for layer in part.layers] == [[], [Verdict.GOOD]]
    assert [kind for kind, _ in said(octets, smime_tools)] == ["note", "good"]


def test_without_a_key_it_stays_closed_and_says_why(smime: SmimeWorld) -> None:
    octets = message(smime_mime(smime.encrypt(TEXT), "enveloped-data"))
    part = only(octets, Tools(environment=smime.environment))
    assert part.lock is Lock.FAILED
    assert "crypto.smime_keys" in part.fault


def test_a_damaged_one_stays_closed(smime: SmimeWorld, smime_tools: Tools) -> None:
    cut = smime.encrypt(TEXT, "-aes-256-gcm")
    changed = cut[:-20] + bytes([cut[-20] ^ 1]) + cut[-19:]
    part = only(message(smime_mime(changed, "enveloped-data")), smime_tools)
    assert (part.lock, part.content) == (Lock.FAILED, None)
    part = only(message(smime_mime(b"garbage", "enveloped-data")), smime_tools)
    assert (part.lock, part.content) == (Lock.FAILED, None)


def test_an_encrypted_part_waits_for_a_request(smime: SmimeWorld, smime_tools: Tools) -> None:
    octets = message(multipart("mixed", text("Hi"), smime_mime(smime.encrypt(TEXT), "enveloped-data")))
    assert only(octets, smime_tools).lock is Lock.CLOSED
    assert only(octets, smime_tools, Opening.PARTS).content == TEXT


def test_certificates_alone_are_neither_signed_nor_encrypted(smime: SmimeWorld) -> None:
    assert not is_secured(message(smime_mime(smime.sign(TEXT, smime.ada), "certs-only")))


def test_keys_in_files(smime: SmimeWorld, tmp_path: Path) -> None:
    key, certificate = load_own_key(str(smime.me.path)).pem()
    assert b"PRIVATE KEY" in key
    assert certificate == smime.me.pem
    bag = tmp_path / "me.p12"
    assert not isinstance(smime.me.key, type(smime.ada.key))
    octets = pkcs12.serialize_key_and_certificates(b"me", smime.me.key, smime.me.certificate, None, NoEncryption())
    bag.write_bytes(octets)
    bag.chmod(0o600)
    assert load_own_key(str(bag)).certificate == smime.me.certificate


@pytest.mark.parametrize("trouble", ["missing", "loose", "empty", "no key", "passphrase", "other key"])
def test_a_key_that_cannot_be_used_says_what_to_do(smime: SmimeWorld, tmp_path: Path, trouble: str) -> None:
    path = tmp_path / "key.pem"
    contents = {
        "loose": smime.me.path.read_bytes(),
        "empty": b"",
        "no key": smime.me.pem,
        "passphrase": pkcs12.serialize_key_and_certificates(
            b"me",
            smime.me.key,
            smime.me.certificate,
            None,
            BestAvailableEncryption(b"secret"),
        ),
        "other key": smime.me.pem + smime.ada.path.read_bytes().replace(smime.ada.pem, b""),
    }
    if trouble in contents:
        path.write_bytes(contents[trouble])
        path.chmod(0o644 if trouble == "loose" else 0o600)
    with pytest.raises(ConfigError) as raised:
        load_own_key(str(path))
    assert str(path) in str(raised.value)
    assert raised.value.hint


@pytest.mark.parametrize("name", ["key.pem", "~nobody-is-called-so/key.pem", "/key\0.pem", ""])
def test_a_key_needs_a_full_path(name: str) -> None:
    with pytest.raises(ConfigError, match="has no full path"):
        load_own_key(name)
