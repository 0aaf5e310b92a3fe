"""What each extension is for, as the price of its absence: one plain sentence each. The order is that of importance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """`names`: any of them will do. `is_felt`: a person notices the lack, so that it is worth a warning."""

    names: tuple[str, ...]
    words: str
    is_felt: bool = False

    @property
    def name(self) -> str:
        """How people call it."""
        return " or ".join(self.names)


IMAP = (
    Cost(("IDLE", "NOTIFY"), "New mail is seen only when it is asked for, every `poll_minutes`.", is_felt=True),
    Cost(("NOTIFY",), "News of mailboxes other than INBOX and the open one comes with the next pass, not at once."),
    Cost(("UIDPLUS", "MOVE"), "Deleted messages stay on the server, hidden and marked, until another program expunges."
         , is_felt=True),
    Cost(("MOVE",), "A move is made of copy, mark and expunge: three steps instead of one."),
    Cost(("UIDPLUS",), "What was appended or copied is found again by searching for it."),
    Cost(("CONDSTORE",), "Changes of flags are found by reading all flags of a mailbox again.", is_felt=True),
    Cost(("QRESYNC",), "What others deleted is found by listing all messages of a mailbox that changed."),
    Cost(("LIST-STATUS",), "A pass asks about each mailbox by itself."),
    Cost(("SPECIAL-USE",), "Sent, Archive, Junk and the like are known by their names alone."),
    Cost(("ESEARCH",), "Lists of messages come uncompressed: more octets for large mailboxes."),
    Cost(("OBJECTID",), "Messages moved and mailboxes renamed elsewhere are recognised by their contents."),
    Cost(("COMPRESS=DEFLATE",), "The first sync takes three times the octets."),
    Cost(("LITERAL+", "LITERAL-"), "Each upload waits once for the server's consent."),
    Cost(("NAMESPACE",), "Shared mailboxes and those of other users cannot be told from your own."),
    Cost(("ENABLE",), "QRESYNC cannot be turned on."),
    Cost(("QUOTA",), "How full your account is cannot be shown."),
)  # fmt: skip
POP3 = (
    Cost(("UIDL",), "Messages are known by their headers alone, and nothing doubtful is ever deleted from the server."
         , is_felt=True),
    Cost(("TOP",), "Headers cannot be read without the whole message."),
    Cost(("PIPELINING",), "Each message costs a round trip of its own: slower over long distances."),
    Cost(("STLS",), "TLS is to be had on a port of its own only."),
    Cost(("SASL",), "A password is the only way in: no OAuth2."),
    Cost(("RESP-CODES",), "Why the server refuses a log-in (in use, too soon, wrong) is guessed from its words."),
)  # fmt: skip


def lacking(costs: Sequence[Cost], has: Callable[[str], bool]) -> list[Cost]:
    """Those that the server offers none of. What follows from another lack is not told twice."""
    lacks = [cost for cost in costs if not any(has(name) for name in cost.names)]
    both = {name for cost in lacks if len(cost.names) > 1 for name in cost.names}
    return [cost for cost in lacks if len(cost.names) > 1 or cost.names[0] not in both]
