"""The line that says what goes on: accounts at work or in trouble, changes that wait, place in the list.

`left_text` and `right_text` are the model; the widget only puts them into one line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import AccountId
from tuimail.model.mailbox import spoken
from tuimail.model.server import Protocol
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.formats import fit, needs_command
from tuimail.ui.link import LinkState
from tuimail.ui.looks.glyphs import sign
from tuimail.ui.progress import bar
from tuimail.ui.widgets.own_lines import OwnLines


class Status(msgspec.Struct, frozen=True):
    """All that the line tells. `link` is None when the app runs without an engine; `position` counts from 1.

    `range_size` counts the lines of a range that was begun, `asking` messages that the user is asked about. `current`
    is the account that the user looks at: all that is known of it is told. Accounts that are only looked at now and
    then are every `poll_minutes`. `rates` are messages a second; with `bar_cells` there is room for a bar. `order` says
    how the list is looked at, nothing of one that is as lists are at first.
    """

    accounts: Sequence[AccountStatus] = ()
    link: LinkState | None = None
    waiting: int = 0
    failed: int = 0
    asking: int = 0
    mailbox: str = ""
    position: int = 0
    total: int = 0
    order: str = ""
    marks: int = 0
    range_size: int = 0
    current: AccountStatus | None = None
    poll_minutes: int = 5
    rates: Mapping[AccountId, float] = msgspec.field(default_factory=dict)
    bar_cells: int = 0


def left_text(status: Status) -> str:
    """Engine and accounts, those with trouble first."""
    if status.link is LinkState.DOWN:
        return f"The engine has stopped: {key_for('mail.refresh')} starts it again"
    if status.link is LinkState.WAITING:
        return "The engine has stopped and will be started again"
    if status.current is not None:
        return f"{one_line(status.current.name)}: {account_text(status.current, status)[1]}"
    told = [(one_line(account.name), *account_text(account, status)) for account in status.accounts]
    told.sort(key=lambda item: item[1])
    if not told:
        return "" if status.link is not None else "Offline"
    quiet = told[0][1] >= _QUIET
    names: dict[str, list[str]] = {}
    for name, rank, text in told:
        if quiet or rank < _QUIET:
            names.setdefault(text, []).append(name)
    if (quiet or told[-1][1] == _PAUSED) and len(names) == 1 and len(told) > 1:
        return told[0][2][:1].upper() + told[0][2][1:]
    troubled = [name for name, rank, _ in told if rank == _TROUBLE]
    # Where one fault may fill the line, all who have one come before it.
    faults = {text for _, rank, text in told if rank == _TROUBLE}
    parts = [f"{sign('problem')} {', '.join(troubled)}"] if len(faults) > 1 else []
    return "  ".join([*parts, *(f"{', '.join(own)}: {text}" for text, own in names.items())])


_TROUBLE = 0
_WORK = 1
_PAUSED = 1.5
_QUIET = 2


def account_text(account: AccountStatus, status: Status) -> tuple[float, str]:
    """What goes on with an account, and how much that is worth telling: trouble 0, work 1, then what is quiet."""
    if account.state is AccountState.PAUSED:
        return _PAUSED, f"paused ({key_for('mail.pause')} goes on)"
    if account.error:
        # Some errors name the account, for the command line.
        words = one_line(account.error).removeprefix(f"Account {one_line(account.name)}: ")
        # The others are tried again by themselves, or wait for a command that the words name.
        by_key = account.state is AccountState.FAILED and not needs_command(account.error)
        told = f"{key_for('mail.refresh')} tries again: {words}" if by_key else words
        return _TROUBLE, f"{sign('problem')} {told}"
    if account.state is AccountState.FAILED:
        return _TROUBLE, f"{sign('problem')} failed: {key_for('mail.refresh')} tries again"
    if account.state in {AccountState.SYNCING, AccountState.CONNECTING}:
        activity = one_line(spoken(account.activity)) or account.state.value
        return _WORK, f"{activity}{_progress(account, status)}"
    if account.state is AccountState.IDLE and account.protocol is Protocol.POP3:
        minutes = status.poll_minutes
        return _QUIET, "checks every minute" if minutes == 1 else f"checks every {minutes} minutes"
    return (_QUIET, "connected") if account.state is AccountState.IDLE else (3, "offline")


def _progress(account: AccountStatus, status: Status) -> str:
    if not account.done and not account.todo:
        return ""
    count = f"{account.done:,}/{account.todo:,}" if account.todo else f"{account.done:,}"
    drawn = bar(account.done, account.todo, status.bar_cells) if account.todo else ""
    rate = status.rates.get(account.id, 0.0)
    return "".join(f" {part}" for part in (count, drawn, f"{rate:,.0f}/s" if rate else "") if part)


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
    parts.append(status.order)
    parts.append(" ".join(filter(None, [fit(one_line(status.mailbox), 24).rstrip(), place])))
    return "  ".join(filter(None, parts))


_BAR_CELLS = 8
_BAR_FROM = 110
"""In a narrower line numbers must do."""


class StatusLine(OwnLines, Widget):
    """One line: `left_text` and `right_text`; what is right stays when room is short."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"status-line--problem"}  # noqa: RUF012 - Textual's way

    status: reactive[Status] = reactive(Status())

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        # Where room is short, the place in the list is what stays.
        right = right_text(self.status)[-max(1, width - 2) :]
        left = left_text(msgspec.structs.replace(self.status, bar_cells=_BAR_CELLS if width >= _BAR_FROM else 0))
        told = self.status.accounts if self.status.current is None else [self.status.current]
        has_problem = self.status.link is LinkState.DOWN or any(account.error for account in told)
        style = self.get_component_rich_style("status-line--problem", partial=True) if has_problem else None
        cells = max(0, width - len(right) - 2)
        all_of_it = f" ({key_for('account.trouble')}: all) "
        more = all_of_it if has_problem and cell_len(left) >= cells > 2 * len(all_of_it) else ""
        segments = [Segment(fit(f" {left}", cells - len(more)) + more, style), Segment(f" {right} ")]
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)
