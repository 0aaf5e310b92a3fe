"""Whose mailbox a name means: the user's own, another user's, or a shared one (RFC 2342). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tuimail.imap.responses import NamespaceData
from tuimail.imap.results import ListedMailbox
from tuimail.store.quirks import Namespaces


@dataclass(frozen=True, slots=True)
class Namespace:
    """`prefix`: where the user's own mailboxes are made (`INBOX.`); `foreign`: prefixes of those of others."""

    prefix: str = ""
    personal: tuple[str, ...] = ()
    foreign: Namespaces = field(default_factory=Namespaces)

    @classmethod
    def of(cls, told: NamespaceData | None, listed: Sequence[ListedMailbox]) -> Namespace:
        """What NAMESPACE told; where it told nothing of the user's own, what the list lets guess."""
        if told is None or not told.personal:
            return cls(_guessed(listed))
        personal = tuple(prefix for prefix, _ in told.personal)
        others, shared = (tuple(prefix for prefix, _ in group) for group in (told.others, told.shared))
        # Some servers make mailboxes under several prefixes; the first is where new ones go.
        return cls(personal[0], personal, Namespaces(others, shared))

    def is_foreign(self, one: ListedMailbox) -> bool:
        """Whether the mailbox, or what lies below it, is not the user's own: the longest prefix decides."""
        if one.name == "INBOX":
            return False
        foreign = _longest(one, (*self.foreign.others, *self.foreign.shared))
        return foreign > _longest(one, self.personal)


def _longest(one: ListedMailbox, prefixes: Sequence[str]) -> int:
    """The length of the longest of the prefixes that the name has, or is the root of; -1 for none."""
    name = one.name + one.delimiter
    return max((len(prefix) for prefix in prefixes if name.startswith(prefix)), default=-1)


def _guessed(listed: Sequence[ListedMailbox]) -> str:
    """`INBOX.` where the server keeps every mailbox below INBOX, else nothing."""
    others = [mailbox for mailbox in listed if mailbox.name != "INBOX"]
    inbox = next((mailbox for mailbox in listed if mailbox.name == "INBOX"), None)
    if inbox is None or not inbox.delimiter or not others:
        return ""
    prefix = "INBOX" + inbox.delimiter
    return prefix if all(mailbox.name.startswith(prefix) for mailbox in others) else ""
