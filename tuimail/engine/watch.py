"""Watch: keeps one account in sync for as long as it runs.

Up to three connections, so that what a person waits for never stands behind bulk work:

    front      pushes, fetches what the user opened, hears of news: by NOTIFY, by IDLE on INBOX, or by asking
    back       full passes and bodies in advance; open only meanwhile
    attendant  IDLE on the mailbox that is open, where the server does not offer NOTIFY; open only meanwhile

A lost connection of the front or the back ends both at once; they come back after a while that doubles from one second
to one minute, or at once when the user asks, here or by `tuimail sync` in another process, and when the network comes
back or the machine wakes. A refused log-in is not tried again until the user asks: servers lock accounts. Nor is a
server whose pinned certificate has changed.
"""

from __future__ import annotations

from typing import ClassVar

from tuimail.engine.account import AccountSync
from tuimail.engine.attend import Attendant
from tuimail.engine.back import Back
from tuimail.engine.backoff import delay_s
from tuimail.engine.front import Front
from tuimail.engine.keeper import AccountKeeper
from tuimail.engine.liveness import opened
from tuimail.engine.news import NewsQueue
from tuimail.engine.tasks import beside, first_of
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store.accounts import AccountState


class AccountWatch(AccountKeeper[AccountSync]):
    """One IMAP account of a running engine."""

    lasting_s: ClassVar[float] = 60.0

    def wake(self) -> None:
        """Something may be in the journal."""
        self._errands.wake.set()

    def refresh(self) -> None:
        """The user asks for a full pass now, and for a new try where one is put off; a paused account goes on."""
        super().refresh()
        self._errands.wake.set()

    def want_body(self, id_: MessageId) -> None:
        """The user waits for this message."""
        self._errands.wanted.append(id_)
        self._errands.wake.set()

    def open_mailbox(self, mailbox_id: MailboxId) -> None:
        """The user looks at this mailbox: it is pulled before others, and its news show at once."""
        self._errands.open_mailbox = mailbox_id
        self._errands.dirty.add(mailbox_id)
        self._errands.reopened.set()
        self._errands.wake.set()

    async def _open(self) -> AccountSync:
        return await AccountSync.open(self._context, self._name)

    async def _wait(self, sync: AccountSync, problem: TuimailError | None, failures: int) -> None:
        if problem is None:
            return
        wait_s = delay_s(failures)
        with self._surroundings.heeded() as jolted:
            await self._tell_offline(sync, problem, wait_s)
            await first_of(self._errands.refresh, jolted, self._switch.turned_on, timeout_s=wait_s)

    async def _work(self, sync: AccountSync) -> None:
        """All connections for as long as front and back hold.

        Raises:
            TuimailError: the first of them has ended.
        """
        await sync.status.show(AccountState.CONNECTING, "connecting")
        self._errands.begin()
        events = NewsQueue()
        back = Back(sync, self._errands, self._surroundings, self._pace, self._on_report)
        attendant = Attendant(sync, self._errands, self._surroundings, self._pace)
        async with opened(sync, events, self._surroundings, self._pace) as session:
            front = Front(sync, self._errands, session, events, self._pace, back)
            async with (
                beside(attendant.run(), f"attendant {self._name}"),
                beside(back.run(), f"back {self._name}") as task,
            ):
                await front.run(task)
