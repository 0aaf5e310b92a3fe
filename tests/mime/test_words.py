from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.charset import codec_of, decode
from tuimail.mime.sanitize import is_safe
from tuimail.mime.words import decode_header, decode_words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?caf=C3=A9?=", "café"),
        (b"=?UTF-8?B?Y2Fmw6k=?=", "café"),
        (b"=?utf-8*de?q?gr=C3=BCn?=", "grün"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?=\t =?iso-8859-1?q?=E9?=", "aé"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"=?utf-8?q?a_b=5F?=", "a b_"),
        (b"=?utf-8?q?spaces inside?=", "spaces inside"),
        (b"x=?utf-8?q?=C3=A9?=y", "xéy"),
        (b"=?utf-8?b?w6?= =?utf-8?b?k=?=", "é"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        (b"=?utf-8?b?Y2Fmw6k?=", "café"),
        (b"=?utf-8?b?YQ=Yg==?=", "ab"),
        (b"=?utf-8?b?Y!2\tFm?=", "caf"),
        (b"=?iso-8859-1?q?=93quoted=94?=", "“quoted”"),
        (b"=?gb2312?b?1tDOxA==?=", "中文"),
        (b"=?shift_jis?b?h0A=?=", "①"),
        (b"=?ks_c_5601-1987?b?x9Gx2w==?=", "한글"),
        (b"=?iso-2022-jp?b?GyRCMnE1RBsoQg==?=", "会議"),
        (b"=?koi8-r?q?=F0=D2=C9?=", "При"),
        (b"=?utf-7?q?+AD4-?=", "=?utf-7?q?+AD4-?="),
        (b"=?unicode_escape?q?=5Cx1b?=", "=?unicode_escape?q?=5Cx1b?="),
        (b"=?zlib?b?eJw=?=", "=?zlib?b?eJw=?="),
        (b"=?x-nobody?q?x?=", "=?x-nobody?q?x?="),
        (b"=?unknown-8bit?q?caf=C3=A9?=", "café"),
        (b"=?x-unknown?q?caf=E9?=", "café"),
        (b"=? utf-8 ?q?caf=C3=A9?=", "café"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
        (b"=?utf-8?q??=", ""),
        (b"=?=?=", "=?=?="),
        (b"=?utf-8?q?what??=", "what?"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"=?utf-8?q?a=0D=0ABcc:_x@example.org?=", "a Bcc: x@example.org"),
        (b"=?utf-8?q?a=00b=1B[31m=C2=9B?=", "ab[31m"),
        (b"=?utf-8?q?=E2=80=AEabc?=", "abc"),
        (b"=?utf-8?q?=FF=C0?=", "ÿÀ"),
        (b"  padded\t", "padded"),
    ],
)
def test_decode_header(value: bytes, expected: str) -> None:
    assert decode_header(value) == expected


@given(st.binary(max_size=300))
def test_any_octets_give_one_safe_line(value: bytes) -> None:
    for text in (decode_header(value), decode_header(b"=?utf-8?q?" + value + b"?= =?big5?b?" + value + b"?=")):
        assert is_safe(text)
        assert "\n" not in text


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_with_words_decodes(text: str) -> None:
    assert isinstance(decode_words(f"=?utf-8?q?{text}?= {text}"), str)


@pytest.mark.parametrize(
    "value", [b"=?" * 200_000, b"=?u?q?" * 50_000, b"=?utf-8?b?QQ?= " * 20_000, b"=?a?q?x" * 50_000]
)
@pytest.mark.timeout(20)
def test_hostile_words_finish(value: bytes) -> None:
    assert is_safe(decode_header(value))


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ISO-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "ascii"),
        ("GB2312", "gb18030"),
        ("x-sjis", "cp932"),
        ("Shift_JIS", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("euc-kr", "cp949"),
        ('"utf-8"', "utf_8"),
        ("UTF8", "utf_8"),
        ("windows-1251", "cp1251"),
        ("tis-620", "cp874"),
        ("utf-7", None),
        ("unicode_escape", None),
        ("rot13", None),
        ("idna", None),
        ("punycode", None),
        ("hex", None),
        ("", None),
        ("../os", None),
        ("x" * 10_000, None),
    ],
)
def test_labels(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16", "gb2312", "iso-2022-jp", "hz", "ascii", "x", ""]))
def test_any_octets_decode_under_any_label(octets: bytes, label: str) -> None:
    assert isinstance(decode(octets, label, html=True), str)


def test_what_the_octets_say_wins_over_a_wrong_label() -> None:
    assert decode("Grüße".encode(), "us-ascii") == "Grüße"
    assert decode("Grüße".encode("cp1252"), "utf-8") == "Grüße"
    assert decode("\ufeffGrüße".encode("utf-16"), "") == "Grüße"
    assert decode('<meta charset="koi8-r">При'.encode("koi8-r"), "", html=True).endswith("При")


def test_one_bad_octet_does_not_spoil_a_multi_byte_text() -> None:
    assert decode("会議室の予約".encode() * 20 + b"\xff", "utf-8") == "会議室の予約" * 20 + "�"
