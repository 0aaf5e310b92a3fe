"""The start of a pass: what mailboxes the server has, and how each stands, in one round trip.

    LIST … STATUS, ENABLE, NAMESPACE, ID ─► names that are gone: STATUS of each ─► renamed? (`renames`) ─► rows

A list is no evidence by itself: a mailbox counts as gone, or as one that holds no messages any more, when STATUS says
so too. A refusal that is about the moment says nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tuimail.engine.context import EngineContext
from tuimail.engine.namespaces import Namespace
from tuimail.engine.quirks import Quirks
from tuimail.engine.removals import Removals
from tuimail.engine.renames import doubled_ids, find_renamed
from tuimail.engine.tasks import run_all
from tuimail.imap.results import ListedMailbox
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ProtocolError, ServerRefused
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import identity, mailbox_facts, mailboxes, quirks, removals, renames
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.renames import KnownMailbox, Traits

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

OUR_ID = {"name": "tuimail"}
ABOUT_THE_MOMENT = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})
"""Codes of a refusal that says nothing about the mailbox (RFC 5530)."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What the server told. `kept`: not listed (as selectable), but there; `renamed`: new names of what is here."""

    listed: Sequence[ListedMailbox]
    kept: set[MailboxId]
    renamed: Mapping[MailboxId, str]
    namespace: Namespace
    chosen: Mapping[SpecialUse, str]

    def facts(self) -> list[ListedFacts]:
        """For the store. A special use of another user's mailbox is that user's; the user's own choice goes first."""
        return mailboxes.with_chosen_uses([self._facts_of(one) for one in self.listed], self.chosen)

    def _facts_of(self, one: ListedMailbox) -> ListedFacts:
        foreign = self.namespace.is_foreign(one)
        use = None if foreign else one.special_use
        return ListedFacts(
            one.name, one.delimiter, one.attributes, use, one.subscribed, one.selectable, foreign=foreign
        )


class Listing:
    """Lists the mailboxes of one account. `newest` is the newest message id when LIST was sent."""

    def __init__(
        self, context: EngineContext, account: str, account_id: AccountId, removals_: Removals, quirks_: Quirks
    ) -> None:
        self._context = context
        self._account = account
        self._account_id = account_id
        self._removals = removals_
        self._quirks = quirks_
        self.newest = 0

    async def run(self, session: ImapSession) -> dict[MailboxId, ListedMailbox]:
        """Ask, and bring the rows of mailboxes in line with the answer.

        Raises:
            ProtocolError: the list lacks INBOX; nothing was changed.
            ServerRefused: LIST was refused.
        """
        self.newest = await self._context.read(identity.newest_message)
        listing = asyncio.ensure_future(session.list_mailboxes())
        spaces = asyncio.ensure_future(session.namespace())
        naming = asyncio.ensure_future(session.identify(OUR_ID))
        await run_all(listing, session.enable("QRESYNC"), spaces, naming)
        await self._quirks.heard(naming.result())
        listed = listing.result()
        # Every account has an INBOX (RFC 9051, section 5.1): a list without it is no evidence of anything.
        if not any(mailbox.special_use is SpecialUse.INBOX for mailbox in listed):
            raise ProtocolError(
                f"The server of account {self._account} sent a list of mailboxes without INBOX.",
                hint="Nothing was changed here; try again later.",
            )
        if doubled_ids(listed):
            session.link.faults.blame("OBJECTID", "the same MAILBOXID for two mailboxes")
            listed = [_without_id(one) for one in listed]
        known = await self._context.read(partial(renames.known_mailboxes, account_id=self._account_id))
        kept = await self._left_out(session, known, {one.name: one.selectable for one in listed})
        renamed = await find_renamed(session, known, listed, kept, self._sample)
        told = _Told(listed, kept, renamed, Namespace.of(spaces.result(), listed), self._chosen())
        return await self._context.write(partial(self._save, told=told))

    def _chosen(self) -> Mapping[SpecialUse, str]:
        account = self._context.config.accounts.get(self._account)
        return account.imap.mailboxes.chosen if account is not None and account.imap is not None else {}

    async def _sample(self, mailbox_id: MailboxId) -> Mapping[int, Traits]:
        return await self._context.read(partial(renames.sample, mailbox_id=mailbox_id))

    async def _left_out(
        self, session: ImapSession, known: Sequence[KnownMailbox], listed: Mapping[str, bool]
    ) -> set[MailboxId]:
        """Mailboxes that LIST did not name, or not as selectable, but STATUS finds. All are asked in one round trip."""
        missing = [
            one for one in known if not listed.get(one.name, False) and (one.selectable or one.name not in listed)
        ]
        answers = await asyncio.gather(*(session.status(one.name) for one in missing), return_exceptions=True)
        kept: set[MailboxId] = set()
        for one, answer in zip(missing, answers, strict=True):
            if isinstance(answer, ServerRefused) and answer.code not in ABOUT_THE_MOMENT:
                continue
            if isinstance(answer, BaseException) and not isinstance(answer, ServerRefused):
                raise answer
            log.warning("mailbox %d is not listed by the server, but still there", one.id)
            kept.add(one.id)
        return kept

    def _save(self, connection: Connection, told: _Told) -> dict[MailboxId, ListedMailbox]:
        now = self._context.now()
        self._settle_own(connection, told)
        renames.rename(connection, told.renamed)
        before = {one.id: one for one in renames.known_mailboxes(connection, self._account_id)}
        ids, gone = mailboxes.save_listed(connection, self._account_id, told.facts())
        self._removals.mailboxes_gone(connection, set(gone) - told.kept, now=now)
        for one in told.listed:
            known = before.get(ids[one.name])
            if known is not None and known.selectable and not one.selectable and known.id not in told.kept:
                # What was in it is gone; the name is kept for the mailboxes below it (RFC 9051, section 6.3.5).
                removals.miss_mailbox(connection, known.id, now=now)
                renames.void(connection, known.id)
        told_ids = {ids[one.name]: _id_of(one) for one in told.listed if _id_of(one)}
        same_ids = {one.id for one in before.values() if told_ids.get(one.id) == one.server_id}
        renames.save_server_ids(connection, {id_: told_ids[id_] for id_ in set(told_ids) - same_ids})
        quirks.save_namespaces(connection, self._account_id, told.namespace.prefix, told.namespace.foreign)
        return {ids[one.name]: one for one in told.listed}

    def _settle_own(self, connection: Connection, told: _Told) -> None:
        """What we renamed or deleted ourselves, in a try whose answer was lost, is not gone by another hand."""
        names = {one.name for one in told.listed}
        known = renames.known_mailboxes(connection, self._account_id)
        gone = {one.id for one in known if one.name not in names} - told.kept - set(told.renamed)
        mailbox_facts.settle_gone(connection, self._account_id, gone, names, now=self._context.now())


def _id_of(one: ListedMailbox) -> str:
    return one.status.mailbox_id if one.status is not None else ""


def _without_id(one: ListedMailbox) -> ListedMailbox:
    if one.status is None:
        return one
    return msgspec.structs.replace(one, status=msgspec.structs.replace(one.status, mailbox_id=""))
