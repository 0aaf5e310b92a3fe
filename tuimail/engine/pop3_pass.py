"""One pass over a POP3 account, in one session.

    LIST, UIDL [TOP] ─► plan ─► RETR ─► store, durable ─► DELE ─► QUIT ─► ledger: gone from the server

DELE is sent for what is committed here, and counts for nothing until QUIT is answered with +OK: until then it is in
doubt. Wherever a pass breaks off, the next listing and the ledger tell what is left to do: a message is never lost and
never here twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import EngineContext, StatusBoard
from tuimail.engine.pop3_download import Arrived, Download, Keeper, Kept, digest_of
from tuimail.engine.pop3_plan import DIGEST_MARK, Fetch, Listed, Plan
from tuimail.engine.pop3_thread import Pop3Thread
from tuimail.engine.report import AccountReport
from tuimail.engine.tasks import OneBehind
from tuimail.model.errors import ConnectionLost, ProtocolError, ServerRefused
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.units import counted
from tuimail.store import accounts, ledger, local, mailboxes
from tuimail.store.ledger import Entry

if TYPE_CHECKING:
    from tuimail.pop3.session import Pop3Session
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)


def read_listing(session: Pop3Session) -> list[Listed]:
    """All messages of the maildrop; where the server has no unique ids, known by a digest of their headers."""
    sizes, told = session.list_all()
    uids = told or {}
    numbers = dict.fromkeys(uids, 0) | sizes
    unknown = [number for number in numbers if not uids.get(number)]
    uids |= _digests(session, unknown)
    return [Listed(number, size, uids.get(number, "")) for number, size in numbers.items()]


def _digests(session: Pop3Session, numbers: Sequence[int]) -> dict[int, str]:
    """What messages without a unique id are known by, as far as the server knows TOP."""
    if not numbers or not session.capabilities.may_have("TOP"):
        return {}
    if any(isinstance(answer, ServerRefused) for answer in session.top_each(numbers[:1])):
        return {}
    found = {}
    for number, header in zip(numbers, session.top_each(numbers), strict=True):
        if not isinstance(header, ServerRefused):
            found[number] = DIGEST_MARK + digest_of(header.rstrip()).hex()
    return found


class Pop3Pass:
    """Carries a plan out. What it did goes to `report`, as it is done.

    `broke_at`: what the message is known by that was coming when the connection was lost, "" for none.
    """

    def __init__(
        self,
        context: EngineContext,
        account_id: AccountId,
        status: StatusBoard,
        report: AccountReport,
        thread: Pop3Thread,
        session: Pop3Session,
    ) -> None:
        self._context = context
        self._account_id = account_id
        self._status = status
        self._report = report
        self._thread = thread
        self._session = session
        self._kept: list[Kept] = []
        self.broke_at = ""

    async def run(self, plan: Plan) -> None:
        """Download, delete, and write down what is gone.

        Raises:
            ConnectionLost, ProtocolError, ServerRefused: the session ended; nothing counts as deleted that was not
                confirmed.
        """
        self._report.mailboxes = 1
        problems = await self._download(plan.fetch)
        gone = plan.gone + _left_over(plan.fetch, self._kept)
        going = {one.number: entry for one, entry in plan.delete}
        going |= {kept.fetch.listed.number: kept.entry for kept in self._kept if _may_go(plan, kept)}
        if going:
            # Whatever becomes of this session: what it may have deleted is compared before it is deleted again.
            doubt = partial(ledger.set_in_doubt, account_id=self._account_id, entries=going.values(), on=True)
            await self._context.write(doubt, durable=True)
        refused = await self._delete(sorted(going))
        deleted = [entry for number, entry in going.items() if number not in refused]
        left = [going[number] for number in refused]
        await self._context.write(partial(self._settle, gone=gone + deleted, left=left))
        self._report.pushed += sum(entry.unwanted for entry in deleted)
        self._tell(plan, [*problems, *refused.values()])

    async def _download(self, fetches: Sequence[Fetch]) -> list[ServerRefused]:
        """Fetch and store. What came whole before the connection was lost is stored as well."""
        if not fetches:
            return []
        inbox_id = await self._context.write(partial(_inbox_of, account_id=self._account_id))
        inbox = await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=inbox_id))
        # A first pass brings what was there, and nothing new.
        arrivals = self._context.arrivals if inbox is not None and inbox.synced_at is not None else None
        download = Download(self._session, self._context.store, fetches)
        keeper = Keeper(self._context.store, self._account_id, inbox_id, arrivals)
        saving = OneBehind()
        try:
            while batch := await self._thread.run(download.next_batch):
                await saving.start(self._save(keeper, inbox_id, batch))
                await self._status.advance("messages", len(self._kept), len(fetches))
        except (ConnectionLost, ProtocolError):
            self.broke_at = download.next_uidl
            await saving.wait()
            await self._save(keeper, inbox_id, download.take_pending())
            raise
        finally:
            await saving.wait()
        return download.refused

    async def _save(self, keeper: Keeper, inbox_id: MailboxId, batch: Sequence[Arrived]) -> None:
        kept = await self._context.in_body_thread(partial(keeper.save, batch, self._context.now()))
        self._kept += kept
        if new := sum(one.is_new for one in kept):
            self._report.new += new
            self._context.hint_mailbox(inbox_id)

    async def _delete(self, numbers: Sequence[int]) -> dict[int, ServerRefused]:
        """DELE and QUIT. Returns what the server refused to delete; the others are gone."""
        refused = {}
        if numbers:
            await self._status.advance("deleting on the server", 0, len(numbers))
            refused = await self._thread.run(partial(self._session.delete_each, numbers))
        try:
            await self._thread.run(self._session.quit)
        except (ConnectionLost, ServerRefused) as error:
            if numbers:
                raise
            log.info("the session had nothing to delete, and its QUIT failed: %s", error)
        return refused

    def _settle(self, connection: Connection, gone: Sequence[Entry], left: Sequence[Entry]) -> None:
        now = self._context.now()
        ledger.set_gone(connection, self._account_id, gone, now=now)
        ledger.set_in_doubt(connection, self._account_id, left, on=False)
        ledger.forget(connection, self._account_id, now=now)
        local.set_synced(connection, self._account_id, now)
        accounts.set_synced(connection, self._account_id, now)

    def _tell(self, plan: Plan, problems: Sequence[ServerRefused]) -> None:
        if plan.alike:
            self._report.error = (
                f"{self._session.peer} does not tell {counted(plan.alike, 'message')} from one another: they are here,"
                " and stay there. Delete them with the provider's web mail when you have read them here."
            )
        if problems:
            self._report.ok = False
            self._report.error = str(problems[0])
        if self._report.error:
            log.warning("%s", self._report.error)


def _inbox_of(connection: Connection, account_id: AccountId) -> MailboxId:
    return local.ensure_mailboxes(connection, account_id)[SpecialUse.INBOX]


def _may_go(plan: Plan, kept: Kept) -> bool:
    """Whether a message that was just fetched, and is safe here, is to be deleted on the server."""
    return kept.fetch.may_go and plan.is_due(kept.entry)


def _left_over(fetches: Sequence[Fetch], kept: Sequence[Kept]) -> list[Entry]:
    """Entries under whose id the server has only messages that turned out to be others."""
    arrived = {one.fetch.listed.number for one in kept}
    lacking = {fetch.listed.uidl for fetch in fetches if fetch.listed.number not in arrived}
    found = {one.entry.key for one in kept}
    candidates = {entry.key: entry for fetch in fetches if fetch.listed.uidl not in lacking for entry in fetch.may_be}
    return [entry for key, entry in candidates.items() if key not in found and not entry.is_gone]
