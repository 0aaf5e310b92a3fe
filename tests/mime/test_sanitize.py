from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.sanitize import MAX_FILE_NAME_OCTETS, block, is_safe, one_line, safe_file_name

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_everything_that_passes_the_gate_is_safe(text: str) -> None:
    line = one_line(text)
    assert is_safe(line)
    assert "\n" not in line
    assert is_safe(block(text))


@given(ANY_TEXT)
def test_the_gate_changes_nothing_twice(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert block(block(text)) == block(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain Grüße 会議 👩‍💻", "plain Grüße 会議 👩‍💻"),
        ("\x1b]0;owned\x07", "␛]0;owned␇"),
        ("a\r\nb\tc\rd", "a b c d"),
        ("x\x9b31my\x7f", "x�31my�"),
        ("lone \ud800 surrogate", "lone � surrogate"),
        ("inv\u202efdp.exe", "invfdp.exe"),
        ("\u2066a\u2069\u200e\u200f\u061c\ufeffb", "ab"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("a\u2028b\u2029c", "abc"),
        ("nul\x00", "nul␀"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    assert one_line(text) == expected


def test_block_keeps_lines_and_expands_tabs() -> None:
    assert block("a\r\nb\rc\nd\te\x0c") == "a\nb\nc\nd       e␌"


@pytest.mark.parametrize("text", ["\x1b", "\x9b", "a\tb", "\u202e", "\udc80", "\x00", "\r", "\u2028", "\U000e0001"])
def test_unsafe_text_is_recognised(text: str) -> None:
    assert not is_safe(text)


HOSTILE_NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\x",
    "C:\\Windows\\x.txt",
    "a\x00b",
    "-rf",
    ".bashrc",
    "inv\u202efdp.exe",
    "CON",
    "con.txt",
    "LPT1.doc",
    "x" * 400,
    "日" * 400 + ".docx",
    "\x1b]0;x\x07",
    "",
    "..",
    ". .",
    "a\r\nb",
    "$(id);`id`",
    "   ",
    "a.",
    "\ud800",
    "x" * 300 + "." + "y" * 300,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_file_names_become_harmless(name: str) -> None:
    check_file_name(safe_file_name(name))


@given(ANY_TEXT)
def test_any_file_name_becomes_harmless(name: str) -> None:
    check_file_name(safe_file_name(name))


def check_file_name(safe: str) -> None:
    assert 0 < len(safe.encode()) <= MAX_FILE_NAME_OCTETS
    assert is_safe(safe)
    assert not set(safe) & set('/\\<>:"|?*\n')
    assert not safe.startswith((".", "-", " "))
    assert not safe.endswith((".", " "))
    assert safe.split(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


def test_file_names_that_are_fine_stay() -> None:
    assert safe_file_name("invoice.pdf" + 40 * "\u3164" + ".exe\U000e0101\ufe0f") == "invoice.pdf.exe"
    assert safe_file_name("\u3164") == "attachment"
    assert safe_file_name("Übersicht 2024 (final).pdf") == "Übersicht 2024 (final).pdf"
    assert safe_file_name("x" * 400 + ".pdf").endswith("x.pdf")
