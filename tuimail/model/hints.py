"""Hints between the engine and a screen: one JSON object a line over a pipe, ids and never data.

    screen → engine   {"hint": "journal"} {"hint": "want_body", "id": 42} {"hint": "refresh"}
                      {"hint": "want_part", "id": 42}: which parts of it are wanted, the store says
                      {"hint": "open_mailbox", "id": 7} {"hint": "quit"}
                      {"hint": "pause", "id": 1} {"hint": "resume", "id": 1}: the account, or 0 for all of them
    engine → screen   {"hint": "mailbox", "id": 7} {"hint": "body", "id": 42} {"hint": "account", "id": 1}
                      {"hint": "body", "id": 0}: of several messages
                      {"hint": "secret", "id": 1}: the account cannot log in before a person has done something

A lost hint makes the other side late, never wrong: both also look at the store now and then.
"""

from __future__ import annotations

import enum

import msgspec


class HintKind(enum.StrEnum):
    """What a hint is about; `id` is that of the mailbox, message or account (0 where none is meant)."""

    JOURNAL = "journal"
    WANT_BODY = "want_body"
    WANT_PART = "want_part"
    REFRESH = "refresh"
    OPEN_MAILBOX = "open_mailbox"
    QUIT = "quit"
    PAUSE = "pause"
    RESUME = "resume"
    MAILBOX = "mailbox"
    BODY = "body"
    ACCOUNT = "account"
    SECRET = "secret"  # noqa: S105 - the name of a kind


class Hint(msgspec.Struct, frozen=True, rename={"kind": "hint"}):
    """One hint."""

    kind: HintKind
    id: int = 0

    def encode(self) -> bytes:
        """The hint as one line."""
        return msgspec.json.encode(self) + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Hint | None:
        """The hint in `line`; None for a line that is not one (it is then ignored: hints may be lost)."""
        try:
            return msgspec.json.decode(line, type=cls)
        except msgspec.DecodeError:
            return None
