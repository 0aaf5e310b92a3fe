"""Visiting cards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mime.kinds.calendars import message
from tests.mime.kinds.checking import text_of, views
from tuimail.mime.kinds.visiting_cards import MAX_CARDS, visiting_card_lines
from tuimail.mime.sanitize import is_safe

ADA = "\r\n".join(
    [
        "BEGIN:VCARD", "VERSION:4.0", "FN:Ada Quill", "N:Quill;Ada;;;", "ORG:Harbour Office;Lights",
        "TITLE:Keeper", "EMAIL;TYPE=work:ada@example.org", "TEL;TYPE=\"voice,cell\";VALUE=uri:tel:+49-30-5550",
        "ADR;TYPE=home:;;Quay Lane 4;Ardenhaven;;12345;Norway", "URL:https://example.org/ada",
        "BDAY:19810214", "NOTE:Ask first.\\nThen ring.", "PHOTO:data:image/png;base64," + "A" * 4000, "END:VCARD", "",
    ]
)  # fmt: skip


def card(text: str) -> list[str]:
    lines = visiting_card_lines(text)
    assert lines is not None
    assert all(is_safe(line.text) for line in lines)
    return [line.text for line in lines]


def test_a_card_has_what_people_look_for() -> None:
    assert card(ADA) == [
        "Visiting card",
        "Ada Quill",
        "Title       Keeper",
        "Company     Harbour Office, Lights",
        "Mail        ada@example.org (work)",
        "Phone       +49-30-5550 (cell)",
        "Web         https://example.org/ada",
        "Address     Quay Lane 4, Ardenhaven, 12345, Norway (home)",
        "Born        19810214",
        "",
        "Ask first.",
        "Then ring.",
    ]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Quill;Ada"], "Ada Quill"),
        (["N:Quill"], "Quill"),
        (["ORG:Harbour\\, Office"], "Harbour, Office"),
        ([], "(no name)"),
        (["item1.FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen"], "Jürgen"),
        (["FN:\u202e\x1b[2Jadmin"], "␛[2Jadmin"),
    ],
)
def test_names(lines: list[str], name: str) -> None:
    assert card("\n".join(["BEGIN:VCARD", *lines, "END:VCARD"]))[1] == name


def test_many_cards_are_cut() -> None:
    lines = card("BEGIN:VCARD\nFN:A\nEND:VCARD\n" * 120)
    assert lines.count("A") == MAX_CARDS
    assert lines[-1] == "(70 more cards: save the part to see all.)"


@pytest.mark.parametrize("kind", ["text/vcard", "text/x-vcard; charset=utf-8", "text/directory; profile=vcard"])
def test_parts_with_cards(kind: str) -> None:
    (view,) = views(message(kind, ADA.encode()))
    assert "Ada Quill" in text_of(view)


def test_what_is_no_card() -> None:
    assert views(message("text/vcard", b"Ada Quill, Quay Lane")) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "BEGIN:VCARD",
                "END:VCARD",
                "FN:",
                "N:;;",
                "TEL;",
                ":",
                "ENCODING=QUOTED-PRINTABLE",
                ";",
                "\n",
                "=C3",
                "\x9b",
                "ORG:a;b",
            ]
        )
    )
)
def test_any_text_is_safe(pieces: list[str]) -> None:
    lines = visiting_card_lines("BEGIN:VCARD\n" + "".join(pieces))
    assert lines is not None
    assert all(is_safe(line.text) for line in lines)
