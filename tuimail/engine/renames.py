"""Recognises a mailbox under the new name that another client gave it, so that nothing of it is fetched again.

LIST names mailboxes, and nothing else: a rename looks like one that is gone and one that is new. They are one when

    MAILBOXID   is the same (RFC 8474), and no other mailbox in the list has it
    numbers     UIDVALIDITY, UIDNEXT, the number of messages and, where told, HIGHESTMODSEQ are those we know, and no
                other mailbox, known or listed, has that UIDVALIDITY
    contents    UIDVALIDITY is the same and UIDNEXT not lower, one is gone and one is new with it, and the oldest and
                newest messages that we know have the same Message-ID, size and date of arrival under their UIDs; at
                least half of them must still be there

Less is no proof: many servers number from 1, or by the second. Then the one counts as deleted and the other as made;
messages with a Message-ID are still recognised one by one.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuimail.imap.responses import MailboxStatus
from tuimail.imap.results import ListedMailbox
from tuimail.imap.session import ImapSession
from tuimail.mime.headers import envelope_of
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import MailboxId
from tuimail.model.uid_set import UidSet
from tuimail.store.renames import KnownMailbox, Traits

log = logging.getLogger(__name__)

SAMPLE_ITEMS = "UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mailbox that is gone, and a new name that it may have now; `is_certain`: the numbers alone prove it."""

    id: MailboxId
    name: str
    is_certain: bool


def doubled_ids(listed: Iterable[ListedMailbox]) -> set[str]:
    """MAILBOXIDs that the server told of more than one mailbox: they identify nothing."""
    counts = Counter(one.status.mailbox_id for one in listed if one.status is not None and one.status.mailbox_id)
    return {mailbox_id for mailbox_id, count in counts.items() if count > 1}


def renamed_by_id(known: Iterable[KnownMailbox], listed: Iterable[ListedMailbox]) -> dict[MailboxId, str]:
    """The new names of mailboxes that the list has under another one, by their MAILBOXID."""
    names = {one.status.mailbox_id: one.name for one in listed if one.status is not None and one.status.mailbox_id}
    return {
        one.id: names[one.server_id]
        for one in known
        if one.server_id in names
        and names[one.server_id] != one.name
        and "INBOX" not in {one.name, names[one.server_id]}
    }


def candidates(gone: Sequence[KnownMailbox], new: Sequence[ListedMailbox], used: Mapping[int, int]) -> list[Candidate]:
    """Pairs that may be one mailbox. `used`: how many mailboxes, known or listed, have each UIDVALIDITY."""
    found = []
    for one in gone:
        matching = [other for other in new if _may_be(one, other.status)]
        rivals = [other for other in gone if other.mirror.uid_validity == one.mirror.uid_validity]
        if len(matching) != 1 or len(rivals) != 1:
            continue
        status = matching[0].status
        is_certain = status is not None and _has_same_numbers(one, status) and used.get(status.uid_validity or 0) == 2
        if is_certain or one.mirror.server_total:
            found.append(Candidate(one.id, matching[0].name, is_certain))
    return found


def _may_be(one: KnownMailbox, status: MailboxStatus | None) -> bool:
    mirror = one.mirror
    if status is None or mirror.uid_validity is None or mirror.uid_next is None or status.uid_next is None:
        return False
    if one.server_id and status.mailbox_id and one.server_id != status.mailbox_id:
        return False
    return mirror.uid_validity == status.uid_validity and mirror.uid_next <= status.uid_next


def _has_same_numbers(one: KnownMailbox, status: MailboxStatus) -> bool:
    mirror = one.mirror
    if (mirror.uid_next, mirror.server_total) != (status.uid_next, status.messages):
        return False
    return not mirror.highest_mod_seq or status.highest_mod_seq in {None, mirror.highest_mod_seq}


def uses_of_uid_validity(known: Iterable[KnownMailbox], listed: Iterable[ListedMailbox]) -> Mapping[int, int]:
    """How many mailboxes have each UIDVALIDITY: one that is here and in the list under its name counts once."""
    by_name = {one.name: one.mirror.uid_validity for one in known if one.mirror.uid_validity}
    counts = Counter(by_name.values())
    for other in listed:
        told = other.status.uid_validity if other.status is not None else None
        if told and by_name.get(other.name) != told:
            counts[told] += 1
    return counts


async def has_contents(
    session: ImapSession, candidate: Candidate, uid_validity: int | None, sample: Mapping[int, Traits]
) -> bool:
    """Open the mailbox and look whether it has the messages of `sample` (by UID).

    Raises:
        ConnectionLost, ProtocolError: the connection is over.
    """
    if not sample:
        return False
    same = 0
    try:
        selected = await session.select(candidate.name, read_only=True)
        if selected.uid_validity != uid_validity:
            return False
        async for batch in session.fetch(UidSet.of(sample), SAMPLE_ITEMS):
            for row in batch:
                if row.uid not in sample or row.size_octets is None:
                    continue
                message_id = envelope_of(row.header or b"").message_id
                if (row.size_octets, row.internal_date or 0, message_id) != sample[row.uid]:
                    return False
                same += 1
    except ServerRefused as error:
        log.info("%s", error)
        return False
    return same * 2 >= len(sample)


async def find_renamed(
    session: ImapSession,
    known: Sequence[KnownMailbox],
    listed: Sequence[ListedMailbox],
    kept: set[MailboxId],
    sample_of: Callable[[MailboxId], Awaitable[Mapping[int, Traits]]],
) -> dict[MailboxId, str]:
    """The mailboxes that have another name now. `kept` are those that are not listed, but still there."""
    renamed = renamed_by_id(known, listed)
    there = {one.name for one in listed}
    taken = {one.name for one in known} | set(renamed.values())
    gone = [one for one in known if one.name not in there and one.id not in kept and one.id not in renamed]
    new = [one for one in listed if one.name not in taken and one.selectable]
    for candidate in candidates(gone, new, uses_of_uid_validity(known, listed)):
        mirror = next(one.mirror for one in gone if one.id == candidate.id)
        sample = {} if candidate.is_certain else await sample_of(candidate.id)
        if candidate.is_certain or await has_contents(session, candidate, mirror.uid_validity, sample):
            renamed[candidate.id] = candidate.name
    return renamed
