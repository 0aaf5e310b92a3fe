"""How often a watch looks, and how long it waits: seconds, in one place, so that a test can make them short."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """All in seconds.

    `look_s`: between looks at the store, for changes of other processes of which no hint came, and at the clock.
    `first_sync_s`: between looks whether INBOX has been fetched. `inbox_poll_s`: between questions about INBOX where
    the server refuses IDLE. `open_poll_s`: between questions about the open mailbox where no connection attends it.
    `pass_s`: between full passes (None: `poll_minutes` of the configuration). `recheck_s`: from a notification that
    needs a full pass to a second one, for the news that the server left out.

    `silence_s`: a server of which nothing was heard for so long is asked for a sign of life. `answer_s`: it has so
    long to give one; together well under a minute. `jolt_answer_s`: the same after a jolt, when the link is probably
    dead. `jump_s`: a look that comes so much late means that the machine slept.

    `linger_s`: a second connection is kept for so long after the mailbox it attended was left. `refused_s`: a second
    connection that was refused is not asked for again for so long.
    """

    look_s: float = 1.0
    first_sync_s: float = 2.0
    inbox_poll_s: float = 60.0
    open_poll_s: float = 10.0
    pass_s: float | None = None
    recheck_s: float = 3.0
    silence_s: float = 25.0
    answer_s: float = 20.0
    jolt_answer_s: float = 8.0
    jump_s: float = 5.0
    linger_s: float = 30.0
    refused_s: float = 600.0


PACE = Pace()
