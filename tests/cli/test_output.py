from __future__ import annotations

import sys

import pytest
from rich.cells import cell_len

from tuimail.cli import output, session
from tuimail.mime.sanitize import one_line


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000, "2023-11-14T22:13:20Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (2**62, "9999-12-31T23:59:59Z"),
        (-(2**62), "0001-01-01T00:00:00Z"),
        (None, None),
    ],
)
def test_any_number_is_a_date_in_utc(seconds: int | None, shown: str | None) -> None:
    assert output.utc(seconds) == shown


def test_any_number_is_a_local_date() -> None:
    assert output.local_time(None) == ""
    for seconds in (0, -(2**62), 2**62):
        assert len(output.local_time(seconds)) == len("2023-11-14 22:13")


def test_columns_are_aligned_by_what_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_table(("A", "N"), [("日本", "1"), ("x\x1b[31m\ny", "20")], right=("N",))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["A" + " " * 10 + "N", "日本" + " " * 7 + "1", "x␛[31m y  20"]


def test_a_table_on_a_terminal_reads_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda stream: stream is sys.stdout)
    output.write_table(("SUBJECT", "N"), [("[/bold] [@click=quit]x\x1b]0;t\x07", "1")])
    out = capsys.readouterr().out
    assert "[/bold] [@click=quit]x␛]0;t␇" in out
    assert "\x1b" not in out


def test_rows_are_cut_to_the_terminal_by_what_is_seen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda stream: stream is sys.stdout)
    monkeypatch.setenv("COLUMNS", "40")
    rows = [("1", "Bo Example of Example and Sons", "日本語の題名" * 20), ("2", "Cy", "short")]
    output.write_table(("ID", "FROM", "SUBJECT"), rows, right=("ID",), cut=("FROM", "SUBJECT"))
    lines = capsys.readouterr().out.splitlines()
    assert all(cell_len(line) <= 40 for line in lines)
    assert lines[1].endswith("題…")
    assert lines[2].split() == ["2", "Cy", "short"]
    assert lines[0].index("SUBJECT") == lines[2].index("short")


def test_what_cannot_fit_keeps_the_width_of_its_titles(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda stream: stream is sys.stdout)
    monkeypatch.setenv("COLUMNS", "5")
    output.write_table(("ID", "SUBJECT"), [("1234567", "long enough")], cut=("SUBJECT",))
    assert capsys.readouterr().out.splitlines() == ["ID       SUBJECT", "1234567  long e…"]


def test_elsewhere_nothing_is_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    output.write_table(("ID", "SUBJECT"), [("1", "x" * 300), ("2", "y")], cut=("SUBJECT",))
    assert capsys.readouterr().out.splitlines() == ["ID  SUBJECT", "1   " + "x" * 300, "2   y"]


def test_no_rows_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_table(("A",), [])
    assert capsys.readouterr().out == ""


def test_a_terminal_gets_lines_that_break_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "  \u2717 Nothing can keep the secret of account home. \x1bRun it elsewhere."
    monkeypatch.setenv("COLUMNS", "40")
    assert session.lines_of(text, sys.stderr) == [one_line(text)]
    monkeypatch.setattr(session, "is_terminal", lambda _stream: True)
    lines = session.lines_of(text, sys.stderr)
    assert len(lines) == 2
    assert all(line.startswith("  ") and cell_len(line) <= 40 for line in lines)
    assert " ".join(line.strip() for line in lines) == one_line(text).strip()
    assert session.lines_of("x" * 80, sys.stderr) == ["x" * 80], "what is one word can be copied whole"


def test_octets_are_exact_but_on_a_terminal(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    octets = b"Gr\xc3\xbc\xc3\x9fe \xff \x1b]0;title\x07\xe2\x80\xae\xc2\x9b2J\r\nno end"
    output.write_octets(octets)
    assert capfdbinary.readouterr().out == octets
    monkeypatch.setattr(output, "is_terminal", lambda stream: stream is sys.stdout)
    output.write_octets(octets)
    assert capfdbinary.readouterr().out.decode() == "Grüße \\xff ␛]0;title␇\ufffd2J\nno end"
