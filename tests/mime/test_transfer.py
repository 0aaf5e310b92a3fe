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
