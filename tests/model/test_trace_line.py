"""Lines of the wire log on their way through a pipe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuimail.model.trace_line import LONGEST_NAME, LONGEST_TEXT, ConnectionNumbers, Speaker, TraceLine, visible

PIPE_TAKES_WHOLE = 4096
TEXTS = st.text(max_size=2 * LONGEST_TEXT)
LINES = st.builds(
    TraceLine,
    st.floats(0, 4e9).map(lambda seconds: round(seconds, 6)),
    st.integers(1, 2**22),
    st.integers(1, 2**31),
    TEXTS,
    TEXTS,
    st.sampled_from(Speaker),
    TEXTS.map(lambda text: visible(text.encode("utf-8", "replace"))),
    st.integers(0, 2**31),
)


@given(LINES)
def test_a_line_comes_out_as_it_went_in(line: TraceLine) -> None:
    octets = line.encode()
    assert len(octets) <= PIPE_TAKES_WHOLE
    assert octets.count(b"\n") == 1
    decoded = TraceLine.decode(octets)
    assert decoded is not None
    assert decoded.text == line.text
    assert decoded.account == line.account[:LONGEST_NAME].encode("utf-8", "replace").decode()
    assert (decoded.time_s, decoded.speaker, decoded.left_out) == (line.time_s, line.speaker, line.left_out)


@given(st.binary(max_size=300))
def test_other_octets_are_no_line(octets: bytes) -> None:
    assert TraceLine.decode(octets) is None


def test_lines_with_a_fault_are_no_lines() -> None:
    good = TraceLine(1.5, 1, 2, "work", "", Speaker.CLIENT, "A1 NOOP").encode()
    assert TraceLine.decode(good) is not None
    for old, new in ((b"1.5", b"1e99"), (b"1.5", b"NaN"), (b'"C"', b'"X"'), (b'"text"', b'"words"'), (b"1.5", b"[]")):
        assert TraceLine.decode(good.replace(old, new)) is None


@given(st.binary(max_size=4 * LONGEST_TEXT))
def test_whatever_is_said_can_be_shown(octets: bytes) -> None:
    text = visible(octets)
    assert text.isprintable()
    assert len(text) <= LONGEST_TEXT + 40


def test_what_does_not_print_is_an_escape() -> None:
    assert visible(b"a\x1b[31m\x9b\x00\t\xc3\xbc \xe2\x80\xae") == "a\\x1b[31m\\x9b\\x00\\t\u00fc \\u202e"
    assert visible(b"x" * 9000) == "x" * LONGEST_TEXT + "\u2026 (9,000 octets)"


def test_times_are_written_to_the_millisecond() -> None:
    line = TraceLine(1_767_261_600.25, 1, 2, "work", "", Speaker.CLIENT, "A1 NOOP")
    assert line.utc == "2026-01-01T10:00:00.250Z"
    assert line.clock.endswith(":00.250")


def test_connections_of_all_processes_are_numbered_as_they_come() -> None:
    numbers = ConnectionNumbers()
    came = [(7, 1), (9, 1), (7, 2), (9, 1), (7, 1)]
    lines = [TraceLine(1.0, process, connection, "a", "", Speaker.NOTE, "") for process, connection in came]
    assert [numbers.of(line) for line in lines] == [1, 2, 3, 2, 1]
