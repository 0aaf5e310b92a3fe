"""Transfer encodings that are not quite what RFC 2045 says."""

from __future__ import annotations

import pytest

from tuimail.mime.transfer import decode_transfer


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"Pay Jane.=\rDO NOT PAY.\nBye", b"Pay Jane.DO NOT PAY.\nBye"),
        (b"one=\rtwo=\rthree\r", b"onetwothree\r"),
        (b"one=\r\ntwo=\nthree", b"onetwothree"),
        (b"caf=C3=A9=0D=0Aau lait", b"caf\xc3\xa9\r\nau lait"),
    ],
)
def test_a_soft_break_swallows_no_text(octets: bytes, text: bytes) -> None:
    assert decode_transfer(octets, "quoted-printable") == text


@pytest.mark.parametrize("line", [b"_" * 47, b"-- "])
@pytest.mark.parametrize("encoded", [b"aGVsbG8gd29ybGQh", b"aGVsbG8gd29ybGQ="])
def test_the_footer_of_a_list_is_not_decoded(encoded: bytes, line: bytes) -> None:
    octets = encoded + b"\r\n" + line + b"\r\nDev mailing list\r\nhttps://lists.example/dev\r\n"
    assert decode_transfer(octets, "base64") in {b"hello world!", b"hello world"}
