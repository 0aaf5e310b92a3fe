"""Messages of one's own that answer a message: drafts and sent mail, by In-Reply-To."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import BodyState
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MOST_ANSWERS = 20
"""The newest are enough: each takes the place of the one before it."""

GivenAnswer = tuple[MessageId, bool]
"""A message that answers another one, and whether it was sent: it may be a draft."""


def list_answers(connection: Connection, id_: MessageId) -> list[GivenAnswer]:
    """Messages that answer the message and whose octets are here, newest first."""
    found = rows(
        connection,
        "SELECT m.id, b.special_use = ?3 FROM messages o JOIN messages m ON m.thread_id = o.thread_id"
        " JOIN mailboxes b ON b.id = m.mailbox_id WHERE o.id = ?1 AND m.id <> o.id AND m.account_id = o.account_id"
        " AND b.special_use IN (?2, ?3) AND m.body = ?4 AND o.message_id <> ''"
        " AND m.envelope ->> '$.in_reply_to' = o.message_id ORDER BY m.date DESC, m.id DESC LIMIT ?5",
        (id_, SpecialUse.DRAFTS.value, SpecialUse.SENT.value, BodyState.FULL.value, MOST_ANSWERS),
    )
    return [(MessageId(answer_id), bool(is_sent)) for answer_id, is_sent in found]
