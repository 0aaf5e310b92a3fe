"""Models without a screen: wrapping, the tree, the status line, formats, fuzzy order."""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.sample_store import NOW
from tuimail.mime.lines import Span, StyledLine
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.server import Protocol
from tuimail.model.units import short_size
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.formats import fit, long_date, short_date
from tuimail.ui.link import LinkState
from tuimail.ui.models.help_rows import HelpRow, with_whole_help
from tuimail.ui.screens.desk.changing import already
from tuimail.ui.screens.welcome import empty_list_text
from tuimail.ui.snapshot import Snapshot
from tuimail.ui.widgets.preview.model import Document
from tuimail.ui.widgets.status_line import Status, left_text, right_text
from tuimail.ui.widgets.tree_nodes import Key
from tuimail.ui.widgets.tree_rows import TreeModel, TreeRow
from tuimail.ui.wrapping import break_points, wrapped


def mailbox(
    id_: int,
    name: str,
    use: SpecialUse | None = None,
    *,
    unseen: int = 0,
    selectable: bool = True,
    account: str = "home",
) -> Mailbox:
    return Mailbox(
        MailboxId(id_), AccountId(1), account, name, "/", (), use, True, selectable, 0, unseen, 1, 1, 1, 1, 1
    )


def tree_rows(accounts: list[AccountStatus], boxes: list[Mailbox], folded: set[Key]) -> list[TreeRow]:
    model = TreeModel()
    model.folded = folded
    model.show(Snapshot(tuple(accounts), tuple(boxes), by_id={one.id: one for one in boxes}))
    return [model.row(index) for index in range(len(model))]


def status(name: str, state: AccountState = AccountState.IDLE, **more: str | int) -> AccountStatus:
    values: dict[str, str | int | None] = {
        "activity": "", "done": 0, "todo": 0, "error": "", "state_at": 0, "synced_at": None, **more
    }  # fmt: skip
    return AccountStatus(AccountId(1), name, Protocol.IMAP, state, **values)  # type: ignore[arg-type]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200), st.integers(1, 40))
def test_wrapping_keeps_every_character_and_fits(text: str, width: int) -> None:
    starts = [*break_points(text, width), len(text)]
    pieces = [text[start:stop] for start, stop in pairwise(starts)]
    assert "".join(pieces) == text
    # The blank that a row was broken at may stand beyond the edge; a wide character may be wider than the screen.
    assert all(cell_len(piece.rstrip(" ")) <= max(width, 2) for piece in pieces)


@given(st.lists(st.text("ab >", max_size=30), max_size=20), st.integers(1, 12))
def test_rows_of_a_document_show_each_line_once(texts: list[str], width: int) -> None:
    document = Document([StyledLine((Span(text),) if text else ()) for text in texts], width)
    rows = [document.row(number) for number in range(document.row_count)]
    assert document.row(document.row_count) is None
    shown: dict[int, str] = dict.fromkeys(range(len(texts)), "")
    for row in rows:
        assert row is not None
        shown[row.line] += "".join(span.text for span in row.spans)
    assert list(shown.values()) == texts


def test_wrapped_keeps_lines_and_fits() -> None:
    assert wrapped("one two three\n\nfour", 8) == ["one two", "three", "", "four"]
    assert wrapped("日本語です", 4) == ["日本", "語で", "す"]


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("入場無料です。皆様の", 14, ["入場無料です。", "皆様の"]),
        ("入場無料です。皆様の", 12, ["入場無料で", "す。皆様の"]),
        ("これは「引用」です", 8, ["これは", "「引用」", "です"]),
        ("Tokyo 入場無料です", 12, ["Tokyo 入場無", "料です"]),
        ("入場 mail client", 9, ["入場 mail", "client"]),
        ("入場mail", 6, ["入場", "mail"]),
    ],
)
def test_rows_of_wide_letters_begin_and_end_where_they_may(text: str, width: int, rows: list[str]) -> None:
    assert wrapped(text, width) == rows


def test_header_fields_go_on_below_their_value() -> None:
    line = StyledLine((Span("Subject  ", "header_name"), Span("a long subject that goes on and on", "header_value")))
    document = Document([line], 30)
    first, second = document.row(0), document.row(1)
    assert first is not None
    assert second is not None
    assert (first.indent, second.indent) == (0, 9)
    assert [span.text for span in second.spans] == ["goes on and on"]


def test_tree_order_nesting_and_counts() -> None:
    boxes = [
        mailbox(1, "zoo"),
        mailbox(2, "INBOX", SpecialUse.INBOX, unseen=3),
        mailbox(3, "INBOX/Sent", SpecialUse.SENT),
        mailbox(4, "Lists/dev", unseen=2),
        mailbox(5, "Lists/dev/old", unseen=1),
        mailbox(6, "Archive", SpecialUse.ARCHIVE),
    ]
    rows = tree_rows([status("home")], boxes, set())
    assert [(row.depth, row.label, row.unseen) for row in rows] == [
        (0, "home", 0),
        (1, "Inbox", 3),
        (1, "Sent", 0),
        (1, "Archive", 0),
        (1, "Lists", 0),
        (2, "dev", 2),
        (3, "old", 1),
        (1, "zoo", 0),
    ]
    folded = tree_rows([status("home")], boxes, {("home", "Lists")})
    assert [(row.label, row.unseen) for row in folded[-2:]] == [("Lists", 3), ("zoo", 0)]
    assert [row.unseen for row in tree_rows([status("home")], boxes, {("home", "")})] == [3]


def test_tree_marks_a_problem() -> None:
    assert tree_rows([status("home", error="The password is wrong.")], [], set())[0].mark == "!"
    assert tree_rows([status("home", AccountState.OFFLINE)], [], set())[0].mark == "-"
    assert tree_rows([status("home")], [], set())[0].mark == ""


def test_status_line_tells_trouble_first() -> None:
    busy = status("work", AccountState.SYNCING, activity="INBOX", done=120, todo=2000)
    broken = status("home", AccountState.OFFLINE, error="The server refused the password.")
    assert left_text(Status([busy, broken])) == "home: ! The server refused the password.  work: Inbox 120/2,000"
    refused = status("home", AccountState.OFFLINE, error="Account home: the log-in was refused.")
    assert left_text(Status([refused])) == "home: ! the log-in was refused."
    waiting = status("home", AccountState.FAILED, error="Account home: the log-in was refused.")
    assert left_text(Status([waiting])) == "home: ! f5 tries again: the log-in was refused."
    assert left_text(Status([status("home"), status("work")])) == "Connected"
    assert left_text(Status([status("home", AccountState.OFFLINE)])) == "home: offline"
    assert "f5 starts it again" in left_text(Status([busy], link=LinkState.DOWN))
    told = right_text(Status(waiting=3, failed=1, mailbox="INBOX", position=12, total=2000, marks=4))
    assert told == "1 failed (Q)  3 to send  4 marked  INBOX 12/2,000"


def test_status_line_names_all_who_have_trouble_before_what_it_is() -> None:
    one, two = (status(name, AccountState.OFFLINE, error=f"No route to {name}.") for name in ("one", "two"))
    busy = status("busy", AccountState.CONNECTING, activity="connecting")
    assert left_text(Status([busy, one, two])) == (
        "! one, two  one: ! No route to one.  two: ! No route to two.  busy: connecting"
    )
    alike = [status(name, AccountState.OFFLINE, error="The network is down.") for name in ("one", "two")]
    assert left_text(Status([*alike, busy])) == "one, two: ! The network is down.  busy: connecting"
    assert left_text(Status([*alike, busy], current=busy)) == "busy: connecting"


def test_status_line_of_accounts_at_rest() -> None:
    old = msgspec.structs.replace(status("old"), protocol=Protocol.POP3)
    assert left_text(Status([status("home"), old, status("work")])) == (
        "home, work: connected  old: checks every 5 minutes"
    )
    assert left_text(Status([old], poll_minutes=1)) == "old: checks every minute"
    assert (
        left_text(Status([status("home", AccountState.OFFLINE), old])) == "old: checks every 5 minutes  home: offline"
    )


def test_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert short_date(NOW - 3600, NOW) == "11:00"
    assert short_date(NOW - 2 * 86_400, NOW) == "Mon 12:00"
    assert short_date(NOW - 20 * 86_400, NOW) == "20 Feb"
    assert short_date(NOW - 800 * 86_400, NOW) == " 2 Jan 2023"
    assert short_date(NOW + 86_400, NOW) == "13 Mar"
    assert short_date(10**18, NOW) == "?"
    assert long_date(NOW) == "Wed 12 Mar 2025 12:00 +0000"


def test_sizes() -> None:
    assert [short_size(size) for size in (0, 999, 1024, 10_200, 1_048_576, 3 * 10**9)] == [
        "0 B", "999 B", "1.0 K", "10 K", "1.0 M", "2.8 G",
    ]  # fmt: skip
    assert all(len(short_size(10**power)) <= 5 for power in range(16))


@given(st.text(max_size=60), st.integers(0, 30))
def test_fit_fills_its_cells_exactly(text: str, cells: int) -> None:
    assert cell_len(fit(text, cells)) == cells


def test_fit_leaves_out_what_terminals_measure_differently() -> None:
    assert fit("a\u2764\ufe0fb", 4) == "a\u2764b "
    assert fit("\U0001f468\u200d\U0001f469\u200d\U0001f467!", 4) == "\U0001f468! "
    assert fit("two\nlines", 9) == "two lines"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("It is not logged in. Run `tuimail account login home`.", "After that, f5 tries again."),
        ("The certificate has changed. Run `tuimail account trust home`.", "After that, f5 tries again."),
        # The key asks for the password.
        ("There is none. `tuimail account password home` keeps one.", "f5 tries again."),
    ],
)
def test_what_the_key_alone_does_not_mend_is_not_promised(error: str, told: str) -> None:
    failed = status("home", AccountState.FAILED, error=error)
    assert empty_list_text(None, Snapshot(accounts=(failed,))) == f"home: {error}\n\n{told}"
    assert left_text(Status([failed])) == f"home: ! {'f5 tries again: ' if told[0] == 'f' else ''}{error}"


def test_a_change_that_finds_nothing_says_what_is_so() -> None:
    assert already("0 messages flagged") == "Already flagged."
    assert already("0 messages moved to Archive (home)") == "Already in Archive (home)."
    assert already("0 threads muted") == "Already muted."
    assert already("Rule 'x' made") == "Nothing to change: Rule 'x' made."


def test_help_that_does_not_fit_goes_on_below() -> None:
    long = HelpRow("Move", "m", "Move to a mailbox that you choose, or make by its name.")
    first, *rest = with_whole_help([long], 20, 30)
    assert first is long
    assert " ".join(row.rest for row in rest) == long.help
    assert all(len(row.rest) <= 30 for row in rest)
    assert with_whole_help([long], 60, 30) == [long]
