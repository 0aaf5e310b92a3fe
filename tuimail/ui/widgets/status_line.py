"""The line that says what goes on: accounts at work or in trouble, changes that wait, place in the list.

`left_text` and `right_text` are the model; the widget only puts them into one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tuimail.mime.sanitize import one_line
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.formats import fit
from tuimail.ui.link import LinkState


@dataclass(frozen=True, slots=True)
class Status:
    """All that the line tells. `link` is None when the app runs without an engine; `position` counts from 1.

    `range_size` counts the lines of a range that was begun, `asking` messages that the user is asked about.
    """

    accounts: Sequence[AccountStatus] = ()
    link: LinkState | None = None
    waiting: int = 0
    failed: int = 0
    asking: int = 0
    mailbox: str = ""
    position: int = 0
    total: int = 0
    marks: int = 0
    range_size: int = 0


def left_text(status: Status) -> str:
    """Engine and accounts, those with trouble first."""
    if status.link is LinkState.DOWN:
        return "The engine has stopped: r starts it again"
    if status.link is LinkState.WAITING:
        return "The engine has stopped and will be started again"
    told = [(rank, text) for account in status.accounts for rank, text in [_account_text(account)]]
    told.sort(key=lambda item: item[0])
    if not told:
        return "" if status.link is not None else "Offline"
    worth_telling = [text for rank, text in told if rank < _QUIET]
    if worth_telling:
        return "  ".join(worth_telling)
    if len({rank for rank, _ in told}) == 1 and len(told) > 1:
        return told[0][1].partition(": ")[2].capitalize()
    return "  ".join(text for _, text in told)


_QUIET = 2


def _account_text(account: AccountStatus) -> tuple[int, str]:
    name = one_line(account.name)
    if account.error:
        # Some errors name the account, for the command line.
        return 0, f"{name}: ! {one_line(account.error).removeprefix(f'Account {name}: ')}"
    if account.state is AccountState.FAILED:
        return 0, f"{name}: ! failed"
    if account.state in {AccountState.SYNCING, AccountState.CONNECTING}:
        activity = one_line(account.activity) or account.state.value
        progress = f" {account.done:,}/{account.todo:,}" if account.todo else ""
        return 1, f"{name}: {activity}{progress}"
    if account.state is AccountState.IDLE:
        return 2, f"{name}: connected"
    return 3, f"{name}: offline"


def right_text(status: Status) -> str:
    """Queue, marks, position."""
    parts = []
    if status.asking:
        parts.append(f"{status.asking:,} to decide (Q)")
    if status.failed:
        parts.append(f"{status.failed:,} failed (Q)")
    if status.waiting:
        parts.append(f"{status.waiting:,} to send")
    if status.marks:
        parts.append(f"{status.marks:,} marked")
    place = f"{status.position:,}/{status.total:,}" if status.total else ""
    if status.range_size:
        parts.append(f"range: {status.range_size:,}")
    parts.append(" ".join(filter(None, [fit(one_line(status.mailbox), 24).rstrip(), place])))
    return "  ".join(filter(None, parts))


class StatusLine(Widget):
    """One line: `left_text` and `right_text`; what is right stays when room is short."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"status-line--problem"}  # noqa: RUF012 - Textual's way

    status: reactive[Status] = reactive(Status())

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        # Where room is short, the place in the list is what stays.
        right = right_text(self.status)[-max(1, width - 2) :]
        left = left_text(self.status)
        has_problem = self.status.link is LinkState.DOWN or any(account.error for account in self.status.accounts)
        style = self.get_component_rich_style("status-line--problem", partial=True) if has_problem else None
        cells = max(0, width - len(right) - 2)
        segments = [Segment(fit(f" {left}", cells), style), Segment(f" {right} ")]
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)
