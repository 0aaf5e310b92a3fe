"""Everything that goes to stdout: one JSON document, or tables and lines for people.

A table is drawn by rich on a terminal; elsewhere its columns are padded with blanks. Text that came from mail or a
server is made safe here once more: no caller can forget it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec

from tuimail.cli.session import is_terminal
from tuimail.mime.sanitize import block, one_line

_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999, which is what ISO 8601 and `datetime` can say."""


def utc(seconds: int | None) -> str | None:
    """Seconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`; None stays None."""
    if seconds is None:
        return None
    moment = datetime.fromtimestamp(min(max(seconds, _FIRST_S), _LAST_S), UTC)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def local_time(seconds: int | None) -> str:
    """Seconds since 1970 as the reader's own date and time, to the minute; "" for None."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_S - 86_400), UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def size(octets: int) -> str:
    """A number of octets in the unit that leaves one to four characters: `512`, `9.7k`, `120k`, `3.4M`."""
    if octets < 1000:
        return str(octets)
    amount, units = octets / 1000, "kMGT"
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.1f}{units[0]}" if amount < 9.95 else f"{amount:.0f}{units[0]}"


def write_json(document: object) -> None:
    """One JSON document and a line feed."""
    write_octets(msgspec.json.encode(document) + b"\n")


def write_octets(octets: bytes) -> None:
    """These octets exactly."""
    sys.stdout.flush()
    sys.stdout.buffer.write(octets)
    sys.stdout.buffer.flush()


def write_text(text: str) -> None:
    """Text of several lines."""
    click.echo(block(text).removesuffix("\n"))


def write_line(text: str) -> None:
    """One line."""
    click.echo(one_line(text))


def write_table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table; the columns titled in `right` are aligned to the right. Without rows, nothing."""
    if not rows:
        return
    clean = [[one_line(cell) for cell in row] for row in rows]
    if is_terminal(sys.stdout):
        _draw_rich(titles, clean, right)
    else:
        _draw_plain(titles, clean, right)


def _draw_rich(titles: Sequence[str], rows: list[list[str]], right: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, title in enumerate(titles):
        last = number == len(titles) - 1
        table.add_column(
            title,
            justify="right" if title in right else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=max(len(title), 0 if last else min(12, max(len(row[number]) for row in rows))),
        )
    for row in rows:
        # `Text`, never `str`: rich would read `[…]` in a subject as markup.
        table.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout, highlight=False, markup=False, emoji=False).print(table)


def _draw_plain(titles: Sequence[str], rows: list[list[str]], right: Sequence[str]) -> None:
    from rich.cells import cell_len

    lines = [list(titles), *rows]
    widths = [max(cell_len(line[number]) for line in lines) for number in range(len(titles))]
    for line in lines:
        cells = []
        for title, cell, width in zip(titles, line, widths, strict=True):
            gap = " " * (width - cell_len(cell))
            cells.append(gap + cell if title in right else cell + gap)
        click.echo("  ".join(cells).rstrip())
