"""What a pass would do, told without doing it: the journal, one LIST, and a listing of what changed.

Mailboxes are opened read-only (EXAMINE); what the limit says of removals is tried in a transaction that is rolled
back. Messages that another client moved cannot be told from messages that are gone without fetching them: a pass does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tuimail.engine import plan
from tuimail.engine.account import AccountSync
from tuimail.imap.results import ListedMailbox
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.model.uid_set import UidSet
from tuimail.model.units import counted
from tuimail.store import journal, mailboxes, messages, readiness, removals
from tuimail.store.mailboxes import MirrorState
from tuimail.store.removals import Foreseen

_UNKNOWN = MirrorState(None, None, None, None, None)


class Rehearsal:
    """Goes through the steps of a pass over one account. `gone`: what the server has lost, None for a whole mailbox."""

    def __init__(self, sync: AccountSync, session: ImapSession) -> None:
        self._sync = sync
        self._session = session
        self._gone: dict[MailboxId, UidSet | None] = {}

    async def plan(self, only: Sequence[str] = ()) -> list[str]:
        """What the pass would do, a sentence a step; `only` limits the pull to these mailboxes.

        Raises:
            ConnectionLost, ProtocolError, ServerRefused: the server could not be asked.
        """
        context, id_ = self._sync.context, self._sync.id
        listed = await self._session.list_mailboxes()
        known = await context.read(partial(mailboxes.list_mailboxes, account_id=id_))
        intents = await context.read(partial(readiness.ready_intents, account_id=id_, now=context.now()))
        lines = plan.describe_push(intents, await context.read(partial(mailboxes.names_by_id, account_id=id_)))
        lines += await self._pulls(known, [one for one in listed if not only or _is_wanted(one, only)])
        if not only:
            there = {one.name for one in listed}
            lost = [
                mailbox for mailbox in known if mailbox.name_on_server not in there and mailbox.uid_validity is not None
            ]
            self._gone |= {mailbox.id: None for mailbox in lost}
            lines += [f"pull: {mailbox.name} is gone from the server" for mailbox in lost]
        return lines + await self._removals()

    async def _pulls(self, known: Sequence[Mailbox], listed: Sequence[ListedMailbox]) -> list[str]:
        states = await self._sync.context.read(partial(mailboxes.mirror_states, account_id=self._sync.id))
        by_name = {mailbox.name_on_server: mailbox for mailbox in known}
        has_mod_seq = self._session.capabilities.condstore
        lines = []
        for one in listed:
            mailbox = by_name.get(one.name)
            mirror = _UNKNOWN if mailbox is None else states[mailbox.id]
            if not one.selectable or plan.is_unchanged(mirror, one.status, has_mod_seq=has_mod_seq):
                continue
            if mailbox is not None and mirror.first_uid is not None:
                lines += await self._compared(mailbox, mirror, one)
            else:
                lines.append(plan.describe_pull(one.name, mirror, one.status))
        return lines

    async def _compared(self, mailbox: Mailbox, mirror: MirrorState, one: ListedMailbox) -> list[str]:
        """A mailbox that is here already: which UIDs are new, and which are gone by a complete listing."""
        try:
            selected = await self._session.select(mailbox.name_on_server, read_only=True)
            there = await self._session.search_uids()
        except ServerRefused as error:
            return [f"pull: {mailbox.name} cannot be opened: {error.message}"]
        if selected.uid_validity != mirror.uid_validity:
            return [plan.describe_pull(mailbox.name, mirror, one.status)]
        here = await self._sync.context.read(partial(messages.known_uids, mailbox_id=mailbox.id))
        if len(there) >= selected.exists and here - there:
            self._gone[mailbox.id] = here - there
        if new := len(there - here):
            return [f"pull: {mailbox.name}: {counted(new, 'new message')}"]
        if self._session.capabilities.condstore and selected.highest_mod_seq == mirror.highest_mod_seq:
            return []
        return [] if here - there else [f"pull: {mailbox.name}: look for changed flags"]

    async def _removals(self) -> list[str]:
        """What is gone and would be removed or held, and what is held already."""
        context, id_ = self._sync.context, self._sync.id
        limit = context.config.sync.deletion_limit
        foreseen = []
        if self._gone:
            foresee = partial(removals.foresee, account_id=id_, limit=limit, gone=self._gone, now=context.now())
            foreseen = await context.write(foresee)
        queue = await context.read(journal.list_queue)
        asked = [one for one in queue if one.account == self._sync.name and one.kind == "remove"]
        return [
            *(_foreseen(one) for one in foreseen),
            *(
                f"held: {one.last_reply} `tuimail queue retry {one.op}` removes them here too,"
                f" `tuimail queue discard {one.op}` puts them back."
                for one in asked
                if one.state == "held"
            ),
            *(f"remove: {counted(len(one.ids), 'message')} of {one.mailbox}, as agreed" for one in asked
              if one.state == "waiting"),
        ]  # fmt: skip


def _is_wanted(one: ListedMailbox, only: Sequence[str]) -> bool:
    return one.name in only or (one.special_use is not None and one.special_use.value in only)


def _foreseen(one: Foreseen) -> str:
    told = f"{one.lost:,} of {counted(one.total, 'message')} of {one.name} {'is' if one.lost == 1 else 'are'} gone"
    if one.held:
        return f"hold: {told} from the server: they would be held, unless they turn up in another mailbox"
    return f"remove: {told} from the server and would be removed here"
