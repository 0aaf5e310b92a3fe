"""What a message looks like in a list: columns that fit, exact cells, few segments, state in signs."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style

from tests.ui.sample_store import NOW
from tests.ui.test_formats import ANY_TEXT, TRICKY
from tuimail.config.looks import AccountLook
from tuimail.config.schema import Column, DateForm
from tuimail.mime.sanitize import is_safe
from tuimail.model.flags import Flags
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.message import BodyState, MessageRow
from tuimail.ui.widgets.message_list.columns import Plan, plan_columns
from tuimail.ui.widgets.message_list.row import Draw, Shown, ThreadPart, first_line, second_line

ALL = tuple(Column)
LOOK = AccountLook("home", "blue", "H")
ROW = MessageRow(
    MessageId(1),
    MailboxId(1),
    "The boat is dry again",
    "Ada Quill",
    "Sam Reed",
    NOW - 60,
    12_345,
    Flags(),
    True,
    BodyState.FULL,
    False,
    1,
    "It rained all night, and nothing came in.",
)
STYLES = {"unseen": Style(bold=True), "date": Style(dim=True), "dot": Style(color="blue"), "marked": Style(color="red")}


def drawn(plan: Plan, *, dates: DateForm = DateForm.RELATIVE, recipients: bool = False) -> Draw:
    return Draw(
        plan, lambda name: STYLES.get(name, Style.null()), NOW, dates, recipients, lambda _look: Style(color="green")
    )


def text_of(segments: list[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def line(row: MessageRow = ROW, width: int = 100, *, columns: tuple[Column, ...] = ALL, **more: object) -> str:
    thread = more.get("thread")
    plan = plan_columns(width, columns, threads=thread is not None)
    part = thread if isinstance(thread, ThreadPart) else None
    return text_of(first_line(Shown(row, bool(more.get("marked")), None, part), drawn(plan), Style.null()))


@given(
    st.integers(1, 200),
    st.lists(st.sampled_from(Column), unique=True),
    st.integers(0, 20),
    st.booleans(),
    ANY_TEXT | TRICKY,
    ANY_TEXT | TRICKY,
    st.sampled_from([None, LOOK]),
)
def test_every_line_fills_its_width_exactly(
    width: int,
    columns: list[Column],
    name_cells: int,
    threads: bool,
    subject: str,
    sender: str,
    look: AccountLook | None,
) -> None:
    row = msgspec.structs.replace(
        ROW, subject=subject, from_label=sender, snippet=subject, flags=Flags(0, ("todo", "été"))
    )
    thread = ThreadPart(count=7, branch="│ └ ", senders=sender, elsewhere="Sent") if threads else None
    shown = Shown(row, False, look, thread)
    for lines in (1, 2):
        plan = plan_columns(width, tuple(columns), name_cells=name_cells, threads=threads, lines=lines)
        least = 2 + sum(place.cells for place in plan.places) + max(0, len(plan.places) - 1)
        drawn_lines = [first_line(shown, drawn(plan), Style.null())]
        if lines == 2:
            drawn_lines.append(second_line(shown, drawn(plan), Style.null()))
        for segments in drawn_lines:
            cells = sum(segment.cell_length for segment in segments)
            if width >= 40 and {Column.FROM, Column.SUBJECT} & set(columns):
                assert cells == width
            # Of the others, the widget cuts and fills.
            assert width < 20 or cells <= max(width, least)
            assert is_safe(text_of(segments))


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120, 200])
def test_sender_and_subject_stay_longest(width: int) -> None:
    cells = {place.column: place.cells for place in plan_columns(width, ALL, name_cells=8).places}
    assert cells[Column.FROM] >= min(6, width // 4)
    assert cells[Column.SUBJECT] >= cells[Column.FROM] - 4
    assert (Column.SIZE in cells) <= (Column.DATE in cells)


def test_columns_stand_in_the_order_that_is_asked_for() -> None:
    for order in permutations((Column.FROM, Column.DATE, Column.SUBJECT, Column.STATE)):
        assert [place.column for place in plan_columns(90, order).places] == list(order)
    shown = line(columns=(Column.DATE, Column.SUBJECT))
    assert shown.split() == ["11:59", "The", "boat", "is", "dry", "again"]


def test_a_row_is_a_few_segments() -> None:
    plan = plan_columns(100, ALL)
    seen = msgspec.structs.replace(ROW, flags=Flags.of(["\\Seen"]), has_attachments=False)
    assert len(first_line(Shown(seen, False, None), drawn(plan), Style.null())) <= 2
    assert len(first_line(Shown(ROW, False, None), drawn(plan), Style.null())) <= 4


def test_attachments_are_told_where_there_is_room() -> None:
    without = msgspec.structs.replace(ROW, has_attachments=False)
    assert [" @ " in line(width=width) for width in (100, 60, 36, 35)] == [True, True, True, False]
    assert "@" not in line(without)


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"flags": Flags()}, "●"),
        ({"flags": Flags.of(["\\Seen", "\\Answered"])}, "↩"),
        ({"flags": Flags.of(["\\Seen", "\\Flagged"])}, "!"),
        ({"flags": Flags.of(["\\Seen", "\\Draft"])}, "✎"),
        ({"flags": Flags.of(["\\Seen"]), "pending": True}, "*"),
        ({"muted": True}, "~"),
        ({"snoozed_until": NOW + 86_400}, "z"),
    ],
)
def test_state_is_told_by_signs(change: dict[str, object], sign: str) -> None:
    assert sign in line(msgspec.structs.replace(ROW, subject="x", **change))[:5]


def test_marks_keywords_and_dates() -> None:
    row = msgspec.structs.replace(ROW, flags=Flags.of(["\\Seen", "$label4", "$NotJunk", "boat"]))
    shown = line(row)
    assert "[todo] [boat]" in shown
    assert "NotJunk" not in shown
    assert line(marked=True).startswith("▌")
    for width, written in ((100, "2025-03-12 11:59 "), (60, " 2025-03-12 ")):
        plan = plan_columns(width, ALL, whole_dates=True)
        absolute = first_line(Shown(ROW, False, None), drawn(plan, dates=DateForm.ABSOLUTE), Style.null())
        assert written in text_of(absolute)
    sent = first_line(Shown(ROW, False, None), drawn(plan_columns(100, ALL), recipients=True), Style.null())
    assert "To: Sam Reed" in text_of(sent)
    snoozed = msgspec.structs.replace(ROW, snoozed_until=NOW + 2 * 86_400)
    ahead = plan_columns(100, ALL, is_ahead=True)
    assert "next Fri 12:00" in text_of(first_line(Shown(snoozed, False, None), drawn(ahead), Style.null()))


def test_a_thread_tells_how_many_and_whether_it_is_folded() -> None:
    folded = line(thread=ThreadPart(count=5, senders="Ada, Bea", unseen=True))
    assert "▸5" in folded
    assert "Ada, Bea" in folded
    assert "▸++" in line(thread=ThreadPart(count=500))
    assert "▾5" in line(thread=ThreadPart(is_folded=False, count=5))
    assert "▸ The" in line(width=34, thread=ThreadPart(count=5))
    member = line(thread=ThreadPart(is_folded=False, count=0, branch="├ ", elsewhere="Sent"))
    assert "├ The boat" in member
    assert "»" in member[:3]
    assert "[Sent]" in member
    assert line(thread=ThreadPart(partly_marked=True)).startswith("╎")


def test_the_second_line_holds_the_subject_and_the_beginning_of_the_text() -> None:
    plan = plan_columns(80, ALL, lines=2)
    shown = Shown(ROW, False, None)
    assert "The boat" not in text_of(first_line(shown, drawn(plan), Style.null()))
    assert text_of(second_line(shown, drawn(plan), Style.null())).startswith(
        "     The boat is dry again  It rained all night, and nothing came in."
    )
    without = plan_columns(80, (Column.STATE, Column.FROM, Column.DATE), lines=2)
    assert text_of(second_line(shown, drawn(without), Style.null())).strip() == ROW.snippet


def test_nothing_but_marks_is_no_subject() -> None:
    assert "(no subject)" in line(msgspec.structs.replace(ROW, subject="\u0301\u0301"))
    assert "(no subject)" in line(msgspec.structs.replace(ROW, subject=""))


@pytest.mark.parametrize("text", ["שלום לכולם", "مرحبا", "日本語の件名", "e\u0301te\u0301"])
def test_columns_stand_below_each_other_whatever_is_written(text: str) -> None:
    plain, other = line(), line(msgspec.structs.replace(ROW, subject=text, from_label=text))
    assert plain[-9:] == other[-9:]
    segments = first_line(
        Shown(msgspec.structs.replace(ROW, subject=text), False, None), drawn(plan_columns(100, ALL)), Style.null()
    )
    assert sum(segment.cell_length for segment in segments) == 100
