"""Everything that goes to stdout: one JSON document, or tables and lines for people.

A table is made to fit the terminal that it is printed on; elsewhere nothing of it is cut. Text that came from mail or
a server is made safe here once more: no caller can forget it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec

from tuimail.cli.session import is_terminal
from tuimail.mime.sanitize import block, one_line

_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999, which is what ISO 8601 and `datetime` can say."""
_GAP = "  "


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


def write_json(document: object) -> None:
    """One JSON document and a line feed."""
    _write_exactly(msgspec.json.encode(document) + b"\n")


def write_octets(octets: bytes) -> None:
    """These octets exactly; a terminal gets them as a text that it cannot obey."""
    if is_terminal(sys.stdout):
        click.echo(block(octets.decode("utf-8", "backslashreplace")), nl=False)
    else:
        _write_exactly(octets)


def _write_exactly(octets: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(octets)
    sys.stdout.buffer.flush()


def write_text(text: str) -> None:
    """Text of several lines."""
    click.echo(block(text).removesuffix("\n"))


def write_line(text: str) -> None:
    """One line."""
    click.echo(one_line(text))


def write_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (), cut: Sequence[str] = ()
) -> None:
    """A table; without rows, nothing.

    The columns titled in `right` are aligned to the right. On a terminal, those titled in `cut` are cut until a row
    fits in a line, the last of them least.
    """
    from rich.cells import cell_len

    if not rows:
        return
    lines = [list(titles), *([one_line(cell) for cell in row] for row in rows)]
    widths = {title: max(cell_len(line[number]) for line in lines) for number, title in enumerate(titles)}
    on_terminal = is_terminal(sys.stdout)
    if on_terminal:
        _shrink(widths, cut, shutil.get_terminal_size().columns - len(_GAP) * (len(titles) - 1))
    for number, line in enumerate(lines):
        cells = (_fit(cell, widths[title], title in right) for title, cell in zip(titles, line, strict=True))
        text = _GAP.join(cells).rstrip()
        click.echo(click.style(text, bold=True) if on_terminal and number == 0 else text)


def _shrink(widths: dict[str, int], cut: Sequence[str], room: int) -> None:
    """Take cells from the widest of the columns in `cut` until all have `room`, but leave each its title."""
    while sum(widths.values()) > room and (wide := [title for title in cut if widths[title] > len(title)]):
        widths[max(wide, key=lambda title: widths[title] / (2 if title == cut[-1] else 1))] -= 1


def shorten(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, cut with an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"


def _fit(text: str, cells: int, to_the_right: bool) -> str:
    from rich.cells import cell_len

    text = shorten(text, cells)
    gap = " " * (cells - cell_len(text))
    return gap + text if to_the_right else text + gap
