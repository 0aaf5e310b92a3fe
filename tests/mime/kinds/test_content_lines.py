"""Content lines: folding, parameters, escapes, nesting, limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.kinds import content_lines
from tuimail.mime.kinds.content_lines import fields_of, parse_components, parse_lines, unescaped


def test_a_line_is_taken_apart() -> None:
    (line,) = parse_lines('item1.ATTENDEE;CN="Reed; Sam, and: all";ROLE=CHAIR:mailto:sam@example.net\r\n')
    assert (line.name, line.value) == ("ATTENDEE", "mailto:sam@example.net")
    assert line.parameter("CN") == "Reed; Sam, and: all"
    assert line.parameter("ROLE") == "CHAIR"
    assert line.parameter("X") == ""


def test_folded_lines_are_joined_whatever_ends_them() -> None:
    for end in ("\r\n", "\n", "\r"):
        (line,) = parse_lines(f"SUM{end} MARY:Dress{end}\t rehearsal{end}")
        assert (line.name, line.value) == ("SUMMARY", "Dress rehearsal")


def test_parameters_without_a_value_are_types() -> None:
    (line,) = parse_lines("TEL;HOME;VOICE:1234")
    assert line.parameters_of("TYPE") == ["home", "voice"]
    (line,) = parse_lines("TEL;TYPE=work,cell:1234")
    assert line.parameters_of("TYPE") == ["work", "cell"]


def test_escapes_of_text_and_of_parameters() -> None:
    assert unescaped(r"one\, two\; three\nfour\\n") == "one, two; three\nfour\\n"
    assert fields_of(r"Reed;Sam\;uel;;a\\;b") == ["Reed", "Sam;uel", "", "a\\", "b"]
    (line,) = parse_lines("ATTENDEE;CN=George ^'Babe^' Ruth^^:x")
    assert line.parameter("CN") == 'George "Babe" Ruth^'


def test_what_is_no_content_line_is_passed_over() -> None:
    assert [line.name for line in parse_lines("hello\n\nA:1\n;B:2\nC;=:3\nD\nE:")] == ["A", "E"]


def test_components_nest_and_end_with_the_text() -> None:
    (outer,) = parse_components("BEGIN:A\nX:1\nBEGIN:B\nY:2\nEND:B\nEND:NOTHING\nX:3\nBEGIN:C\nZ:4")
    assert [line.value for line in outer.all("X")] == ["1", "3"]
    assert [one.name for one in outer.components] == ["B", "C"]
    assert outer.components[1].text("Z") == "4"


def test_an_end_closes_what_was_left_open_inside() -> None:
    first, second = parse_components("BEGIN:A\nBEGIN:B\nEND:A\nBEGIN:D\nEND:D")
    assert (first.name, second.name) == ("A", "D")


def test_nesting_is_bounded() -> None:
    (outer,) = parse_components("BEGIN:A\n" * 50 + "X:1\n" + "END:A\n" * 49 + "Y:2")
    depth, component = 1, outer
    while component.components:
        depth, component = depth + 1, component.components[0]
    assert depth == content_lines.MAX_NESTING
    assert outer.text("Y") == "2"


def test_lines_and_components_are_bounded() -> None:
    assert len(parse_lines("A:1\n" * 30_000)) == content_lines.MAX_LINES
    assert len(parse_components("BEGIN:A\nEND:A\n" * 2000)) == content_lines.MAX_COMPONENTS
    (line,) = parse_lines("A:" + "x" * 100_000)
    assert len(line.value) == content_lines.MAX_LINE - 2


@pytest.mark.parametrize(
    "piece", ["\n ", ";A=", 'A;B="', ",A=,", "A;B=,,", '";', "\\", "BEGIN:A\n", "A;B=^", 'A;B="x",', "A"], ids=repr
)
@pytest.mark.timeout(10)
def test_time_is_linear(piece: str) -> None:
    text = "A;B=" + piece * (2_000_000 // len(piece))
    assert len(parse_lines(text)) <= content_lines.MAX_LINES
    assert len(parse_components(text)) <= content_lines.MAX_COMPONENTS


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["BEGIN:A", "END:A", ";", ":", "\n", " ", '"', "^n", "\\", "A"])).map("".join)
)
def test_any_text_gives_lines(text: str) -> None:
    parse_components(text)
    for line in parse_lines(text):
        assert line.name == line.name.upper()
        assert "\n" not in line.value
