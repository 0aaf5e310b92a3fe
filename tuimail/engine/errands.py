"""What waits to be done for one account: told by the user, by other processes and by the server, done by whoever can.

One value, shared by the connections of a watch. Nothing here acts: setting an event wakes the connection that waits
for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tuimail.model.ids import MailboxId, MessageId


@dataclass(eq=False)
class Errands:
    """Events say what is wanted, sets and lists of what.

    `wake`: the front has something to do. `refresh`: the user asks for a full pass, and for a new try where one is put
    off. `bulk`: a full pass is needed. `passed`: a full pass has ended since the front came in. `reopened`: another
    mailbox may want to be attended.
    `lend`: a full pass wants to be made on the front's connection, for the server allows no other; `lent`: it was.

    `dirty`: mailboxes that may have changed. `wanted`: messages whose bodies the user waits for. `second`: the mailbox
    that is open needs a connection of its own to be attended; `attended`: the one that has it. `asked`: how many
    passes other processes have asked for. `bodies_may_lack`: messages came that the front knows nothing of.
    """

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    refresh: asyncio.Event = field(default_factory=asyncio.Event)
    bulk: asyncio.Event = field(default_factory=asyncio.Event)
    passed: asyncio.Event = field(default_factory=asyncio.Event)
    reopened: asyncio.Event = field(default_factory=asyncio.Event)
    lend: asyncio.Event = field(default_factory=asyncio.Event)
    lent: asyncio.Event = field(default_factory=asyncio.Event)
    dirty: set[MailboxId] = field(default_factory=set)
    wanted: list[MessageId] = field(default_factory=list)
    open_mailbox: MailboxId | None = None
    second: bool = False
    attended: MailboxId | None = None
    asked: int = 0
    back_is_busy: bool = True
    bodies_may_lack: bool = False
    idle_refused: bool = False
    notify_refused: bool = False

    @property
    def pass_is_wanted(self) -> bool:
        """Whether a full pass is asked for, by the user or by what the server told."""
        return self.refresh.is_set() or self.bulk.is_set()

    def begin(self) -> None:
        """A new connection: nothing is known of what the server told before."""
        self.passed.clear()
        self.second = False
        self.lend.clear()
        self.lent.clear()
        self.attended = None
        self.back_is_busy = True

    def call_second(self, *, on: bool) -> None:
        """Whether a second connection is to attend the open mailbox from now on."""
        if on is not self.second:
            self.second = on
            self.reopened.set()
