"""Names for the integers that travel between layers, so that a mailbox's id is never taken for a message's."""

from __future__ import annotations

from typing import NewType

AccountId = NewType("AccountId", int)
MailboxId = NewType("MailboxId", int)
MessageId = NewType("MessageId", int)
"""Our own name of a message: stays the same while the message exists, also across a move."""
IntentId = NewType("IntentId", int)
OperationId = NewType("OperationId", int)
"""Groups the intents of one user change that go to the server alike (`op` of `tuimail queue`)."""
ChangeId = NewType("ChangeId", int)
"""One user change: what one undo takes back."""
Uid = NewType("Uid", int)
"""A message's unique identifier in its mailbox, 1 to 2**32 - 1 (RFC 9051, section 2.3.1.1)."""
