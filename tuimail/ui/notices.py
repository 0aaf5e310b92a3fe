"""Tells of new mail: by a toast, the bell, a notice on the desktop, as `[notify]` says; many at once are one notice.

    the store changed ──1 s──► what is news since the last look ──► one notice

The second between is there so that a burst is told once, and so that what a rule moves away is not told at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING

from textual.notifications import Notification

from tuimail.config.schema import DesktopNotice
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import SpecialUse
from tuimail.store.arrived import Arrival, Arrived, Mark, list_arrived, mark_now
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.formats import fit

if TYPE_CHECKING:
    from textual.timer import Timer

    from tuimail.ui.session import Session
    from tuimail.ui.snapshot import StoreChange

log = logging.getLogger(__name__)

GATHERED_S = 1.0
SHOWN_S = 8.0
MOST_NAMED = 3
_SENDER_CELLS = 24
_SUBJECT_CELLS = 48


def words_of(arrived: Arrived) -> str:
    """What is told: how many, and who writes about what, as far as there is room."""
    cut = ((_cut(one.sender, _SENDER_CELLS), _cut(one.subject, _SUBJECT_CELLS)) for one in arrived.first)
    named = "; ".join(f"{sender}: {subject}" for sender, subject in cut)
    new = arrived.count - arrived.woken
    count = f"{new:,} new" if arrived.count > 1 else "New"
    if arrived.woken:
        back = f"{arrived.woken:,} back from snooze" if arrived.count > 1 else "Back from snooze"
        count = f"{count}, {back}" if new else back
    return f"{count}: {named}{'; …' if arrived.count > len(arrived.first) else ''}"


def lines_of(arrived: Arrived) -> tuple[str, list[str]]:
    """A title and lines: one for each message that is named, and how many there are beside them."""
    lines = [_line(one, told=arrived.woken < arrived.count) for one in arrived.first]
    more = arrived.count - len(arrived.first)
    title = "New mail" if arrived.woken < arrived.count else "Back from snooze"
    return title, [*lines, *([f"and {more:,} more"] if more else [])]


def _line(one: Arrival, *, told: bool) -> str:
    """`told`: it has to be said of the message that it is not new."""
    text = f"{_cut(one.sender, _SENDER_CELLS)}: {_cut(one.subject, _SUBJECT_CELLS)}"
    return f"Back from snooze: {text}" if told and one.is_woken else text


def _cut(text: str, cells: int) -> str:
    return fit(one_line(text), cells).rstrip() or "(nothing)"


class NewMail:
    """`set_timer` calls once after seconds; `start_task` runs a coroutine beside the screen; `show` makes a toast.

    `on_news` hears of the newest of the messages that a notice is about: where a click or a key leads. `is_low`: the
    screen has room for one line of a notice.
    """

    def __init__(
        self,
        session: Session,
        *,
        set_timer: Callable[[float, Callable[[], None]], Timer],
        start_task: Callable[[Coroutine[None, None, None]], object],
        show: Callable[[Notification], None],
        on_news: Callable[[Arrival], None],
        is_low: Callable[[], bool],
    ) -> None:
        self._session = session
        self._is_low = is_low
        self._set_timer = set_timer
        self._start_task = start_task
        self._show = show
        self._on_news = on_news
        self._mark: Mark | None = None
        self._is_due = False
        self._toast: Notification | None = None
        self._inboxes: frozenset[MailboxId] = frozenset()

    def store_changed(self, change: StoreChange) -> None:
        """Look for news where inboxes changed, before long."""
        inboxes = [box for box in change.snapshot.shown_mailboxes if box.special_use == SpecialUse.INBOX]
        self._inboxes = frozenset(box.id for box in inboxes)
        if self._mark is None:
            self._mark = self._session.read(mark_now)
        elif not self._is_due and (self._inboxes & change.mailbox_ids or self._mark_is_old(change)):
            self._is_due = True
            self._set_timer(GATHERED_S, self._look_now)

    def _mark_is_old(self, change: StoreChange) -> bool:
        """Whether an account has all of its mail now for the first time: what comes from then on is news."""
        known = frozenset() if self._mark is None else self._mark.accounts
        return any(one.synced_at is not None and one.id not in known for one in change.snapshot.accounts)

    def _look_now(self) -> None:
        self._start_task(self._look())

    async def _look(self) -> None:
        self._is_due = False
        if self._mark is None:
            return
        try:
            look = partial(list_arrived, since=self._mark, inboxes=self._inboxes, limit=MOST_NAMED)
            arrived = await self._session.read_later(look)
        except TuimailError as error:
            # What is wrong with the store is told by the look at it; what is news now still is afterwards.
            log.info("New mail is not told yet: %s", error)
            return
        self._mark = arrived.mark
        if arrived.count:
            self._tell(arrived)

    def _tell(self, arrived: Arrived) -> None:
        notify, words = self._session.config.notify, words_of(arrived)
        self._on_news(arrived.first[0])
        if notify.bell:
            self._session.terminal.ring()
        if notify.desktop is not DesktopNotice.OFF:
            self._session.terminal.notify(notify.desktop, "tuimail", words)
        if notify.toast:
            self._toast = self._notification(arrived, words)
            self._show(self._toast)

    def _notification(self, arrived: Arrived, words: str) -> Notification:
        if self._is_low():
            return Notification(words, timeout=SHOWN_S, markup=False)
        title, lines = lines_of(arrived)
        text = "\n".join([*lines, f"({key_for('mail.news')} goes there)"])
        return Notification(text, title=title, timeout=SHOWN_S, markup=False)

    def is_about(self, notification: Notification) -> bool:
        """Whether a toast is the one of the last notice."""
        return notification is self._toast
