"""What was measured, what it must reach, and the table that says whether it did. Measures nothing itself."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Judged(enum.Enum):
    """Which number of a figure a target bounds."""

    RATIO = "ratio"
    VALUE = "value"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class Target:
    """The judged number must be at most `at_most`: a factor for a ratio, else in the figure's unit."""

    judged: Judged
    at_most: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: medians of the rounds. Without a target it is there to be read beside the others."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by the peer's."""
        return self.ours / self.peer if self.peer else None

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None where there is none."""
        if self.target is None:
            return None
        judged: float | None
        match self.target.judged:
            case Judged.RATIO:
                judged = self.ratio
            case Judged.VALUE:
                judged = self.ours
            case Judged.DIFFERENCE:
                judged = None if self.peer is None else self.ours - self.peer
        return judged is not None and judged <= self.target.at_most

    def as_json(self) -> dict[str, object]:
        """The figure as a document."""
        target = None if self.target is None else {"judged": self.target.judged.value, "at_most": self.target.at_most}
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "ratio": self.ratio,
            "must_reach": target,
            "reached": self.reached,
            "note": self.note,
        }


def format_table(figures: Sequence[Figure]) -> str:
    """The figures as a table in Markdown, aligned for the terminal as well."""
    head = ("figure", "ours", "peer", "ratio", "must reach", "reached")
    rows = [head, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = []
    for row in rows:
        lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    peer = "" if figure.peer is None else _quantity(figure.peer, figure.unit)
    reached = {True: "yes", False: "NO", None: ""}[figure.reached]
    return (
        figure.name + (f" ({figure.note})" if figure.note else ""),
        _quantity(figure.ours, figure.unit),
        f"{peer} {figure.peer_name}".strip(),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        _target(figure),
        reached,
    )


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    match figure.target.judged:
        case Judged.RATIO:
            return f"≤ {figure.target.at_most:g} ×"
        case Judged.VALUE:
            return f"≤ {figure.target.at_most:g} {figure.unit}".rstrip()
        case Judged.DIFFERENCE:
            return f"≤ {figure.target.at_most:g} {figure.unit} more"


def _quantity(number: float, unit: str) -> str:
    if unit == "s" and number < 0.1:
        return f"{number * 1000:.1f} ms"
    text = f"{number:.0f}" if number >= 100 or not unit else f"{number:.3g}"
    return f"{text} {unit}".rstrip()
