"""What a pass did and is doing: numbers for `tuimail sync`, progress for bars, status rows for screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class AccountReport:
    """One pass over one account; counts are of messages but for `mailboxes`, `pushed`, `failed` and `held` (intents).

    `bytes_in` and `bytes_out` are octets on the wire after decompression of TLS, `round_trips` counts the times
    that a command was sent while nothing was in flight. `busy`: another process syncs the account.
    `plan` is what a dry run would have done. `asked` are those of the held that are messages gone from the server, and
    wait for the user's answer.
    """

    ok: bool = True
    error: str = ""
    mailboxes: int = 0
    new: int = 0
    changed: int = 0
    vanished: int = 0
    pushed: int = 0
    failed: int = 0
    held: int = 0
    asked: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    round_trips: int = 0
    seconds: float = 0.0
    busy: bool = False
    plan: list[str] = field(default_factory=list)

    def add(self, later: AccountReport) -> None:
        """Count what was done after this, with how the account stands now."""
        self.ok, self.error = later.ok, later.error or self.error
        self.held, self.asked = later.held, later.asked
        for name in ("new", "changed", "vanished", "pushed", "failed", "bytes_in", "bytes_out", "round_trips"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self.seconds = round(self.seconds + later.seconds, 3)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the work on an account stands; `done` of `todo` messages, `todo` 0 where no end is known."""

    account: str
    activity: str
    done: int
    todo: int


OnProgress = Callable[[Progress], None]
