"""All mailboxes, for a screen that looks at them again and again: what has not changed is not read, nor made anew.

A look asks SQLite for ids and revisions, each as one text: nearly no Python, however many mailboxes there are. Those
that differ from the last look are read; the others stay the same objects, so that whoever shows them can tell by
identity. Of facts that do not count as changes, such as `uid_next`, a mailbox may hold older ones.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.store import mailboxes
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_decode = msgspec.json.Decoder(list[int]).decode
_STAMPS = (
    "SELECT json_group_array(id), json_group_array(revision * 2 + (synced_at IS NULL)) FROM mailboxes WHERE NOT gone"
)
_BEING_MADE = "SELECT mailbox_id FROM intents WHERE kind = 'create_mailbox' AND state <> 'failed' ORDER BY id"


class MailboxCache:
    """Of one store. `read_count` tells how many mailboxes were read so far."""

    def __init__(self) -> None:
        self.read_count = 0
        self.by_id: dict[MailboxId, Mailbox] = {}
        self._by_account: dict[str, tuple[Mailbox, ...]] = {}
        self._text: tuple[str, str, tuple[int, ...]] = ("[]", "[]", ())
        self._stamps: dict[int, int] = {}

    def look(self, connection: Connection) -> dict[str, tuple[Mailbox, ...]]:
        """The mailboxes by account, each account's in the order of the tree; the same object while none has changed."""
        ((ids, stamps),) = rows(connection, _STAMPS)
        being_made = tuple(id_ for (id_,) in rows(connection, _BEING_MADE))
        before, self._text = self._text, (ids, stamps, being_made)
        if self._text == before:
            return self._by_account
        old, self._stamps = self._stamps, dict(zip(_decode(ids), _decode(stamps), strict=True))
        changed = {id_ for id_, stamp in self._stamps.items() if old.get(id_) != stamp}
        changed |= self._stamps.keys() & (set(before[2]) ^ set(being_made))
        gone = old.keys() - self._stamps.keys()
        if changed or gone:
            self._replace(mailboxes.read_mailboxes(connection, sorted(changed)), gone)
        return self._by_account

    def _replace(self, read: Collection[Mailbox], gone: Collection[int]) -> None:
        self.read_count += len(read)
        new = {mailbox.id: mailbox for mailbox in read}
        moved = {mailbox.account for mailbox in read if _place(mailbox) != _place(self.by_id.get(mailbox.id))}
        moved |= {self.by_id[MailboxId(id_)].account for id_ in gone}
        self.by_id = {id_: mailbox for id_, mailbox in {**self.by_id, **new}.items() if id_ not in gone}
        by_account = dict(self._by_account)
        for account in {mailbox.account for mailbox in read} | moved:
            if account in moved:
                own = [mailbox for mailbox in self.by_id.values() if mailbox.account == account]
                by_account[account] = tuple(sorted(own, key=mailboxes.tree_order))
            else:
                by_account[account] = tuple(new.get(mailbox.id, mailbox) for mailbox in by_account[account])
        self._by_account = {account: own for account, own in by_account.items() if own}


def _place(mailbox: Mailbox | None) -> object:
    """What the mailbox's place in the order of the tree depends on."""
    return None if mailbox is None else (mailbox.account, mailbox.name, mailbox.special_use)
