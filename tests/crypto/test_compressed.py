"""Compressed S/MIME: what is unpacked, and what is not."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto.mails import HEADER, TEXT, message, multipart, smime_mime, smime_signed, text
from tests.crypto.smime_world import SmimeWorld
from tests.crypto.test_pgp_mime import only, opened, said, verdicts
from tuimail.crypto import compressed
from tuimail.crypto.opening import Opening
from tuimail.crypto.secured import Lock, Verdict
from tuimail.crypto.show import secured_view
from tuimail.crypto.tools import Tools
from tuimail.mime.render import render_view

ZLIB, DATA, COMPRESSED = (
    bytes.fromhex(digits) for digits in ("2a864886f70d0109100308", "2a864886f70d010701", "2a864886f70d0109100109")
)


def element(tag: int, content: bytes, *, indefinite: bool = False) -> bytes:
    if indefinite:
        return bytes([tag, 0x80]) + content + b"\0\0"
    size = len(content)
    octets = (size.bit_length() + 7) // 8
    length = bytes([size]) if size < 0x80 else bytes([0x80 + octets]) + size.to_bytes(octets, "big")
    return bytes([tag]) + length + content


def packed(octets: bytes, *, ber: bool = False, algorithm: bytes = ZLIB, deflated: bytes | None = None) -> bytes:
    content = zlib.compress(octets) if deflated is None else deflated
    if ber:
        pieces = b"".join(element(0x04, content[at : at + 1000]) for at in range(0, len(content), 1000))
        held = element(0x24, pieces, indefinite=True)
    else:
        held = element(0x04, content)
    inner = element(0x30, element(0x06, DATA) + element(0xA0, held, indefinite=ber), indefinite=ber)
    fields = element(0x02, b"\0") + element(0x30, element(0x06, algorithm)) + inner
    outer = element(0x30, fields, indefinite=ber)
    return element(0x30, element(0x06, COMPRESSED) + element(0xA0, outer, indefinite=ber), indefinite=ber)


@pytest.mark.parametrize("ber", [False, True])
@settings(max_examples=30, deadline=None)
@given(octets=st.binary(max_size=5_000))
def test_what_was_packed_comes_back(ber: bool, octets: bytes) -> None:
    assert compressed.decompress(packed(octets, ber=ber)) == octets


@pytest.mark.parametrize("ber", [False, True])
def test_a_compressed_message_is_read(ber: bool) -> None:
    octets = message(smime_mime(packed(TEXT, ber=ber), "compressed-data"))
    part = only(octets, Tools(), Opening.CHECK)
    assert (part.lock, part.content, part.signatures) == (Lock.NONE, TEXT, ())
    assert said(octets, Tools()) == []
    assert "── unpacked ──\n\nMeet me at noon." in secured_view(render_view(octets), opened(octets, Tools())).text


def test_signed_then_compressed_then_encrypted(smime: SmimeWorld, smime_tools: Tools) -> None:
    signed = smime_signed(TEXT, smime.sign(TEXT, smime.ada))
    inner = smime_mime(packed(signed), "compressed-data")
    part = only(message(smime_mime(smime.encrypt(inner), "enveloped-data"), HEADER), smime_tools)
    assert [layer.lock for layer in part.layers] == [Lock.OPENED, Lock.NONE, Lock.NONE]
    assert verdicts(part.layers[-1]) == [Verdict.GOOD]
    assert part.innermost == signed


@pytest.mark.parametrize(
    "octets",
    [
        packed(TEXT, algorithm=DATA),
        packed(TEXT)[:-3],
        packed(b"", deflated=zlib.compress(TEXT)[:-5]),
        packed(b"", deflated=b"garbage"),
        element(0x30, element(0x06, COMPRESSED)),
    ],
    ids=["another algorithm", "cut", "cut inside", "garbage", "nothing"],
)
def test_what_cannot_be_unpacked_is_told(octets: bytes) -> None:
    ((kind, words),) = said(message(smime_mime(octets, "compressed-data")), Tools())
    assert kind == "warning"
    assert words.startswith("This message cannot be read. It is compressed, and cannot be unpacked")
    mixed = message(multipart("mixed", text("Hi"), smime_mime(octets, "compressed-data")))
    ((kind, words),) = said(mixed, Tools())
    assert words.startswith("Part 2 cannot be read.")


def test_what_is_unpacked_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MAX_OCTETS", 1 << 20)
    assert compressed.decompress(packed(bytes(1 << 20))) == bytes(1 << 20)
    assert compressed.decompress(packed(bytes((1 << 20) + 1))) is None
    assert compressed.decompress(packed(bytes(8 << 20), ber=True)) is None


def test_pieces_without_end_are_given_up() -> None:
    pieces = element(0x24, element(0x04, b"") * (compressed.MAX_PIECES + 1), indefinite=True)
    inner = element(0x30, element(0x06, DATA) + element(0xA0, pieces))
    fields = element(0x30, element(0x02, b"\0") + element(0x30, element(0x06, ZLIB)) + inner)
    assert compressed.decompress(element(0x30, element(0x06, COMPRESSED) + element(0xA0, fields))) is None


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_is_survived(data: st.DataObject) -> None:
    octets = bytearray(packed(TEXT, ber=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    found = compressed.decompress(bytes(octets)[: data.draw(st.integers(0, len(octets)))])
    assert found in (None, TEXT)
