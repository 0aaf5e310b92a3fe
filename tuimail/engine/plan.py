"""Decides, without doing: which mailboxes a pass must open, in which order, and which intents go out together.

Pure functions of local facts and what the server said: no store, no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tuimail.imap.responses import MailboxStatus
from tuimail.imap.results import SelectedMailbox
from tuimail.model.ids import MailboxId
from tuimail.model.units import counted
from tuimail.store.journal import Intent, IntentKind
from tuimail.store.mailboxes import MirrorState

FIRST_BATCH = 50
LARGEST_BATCH = 2000
BATCH_GROWTH = 4

ORDER_OF_KINDS = (
    IntentKind.CREATE_MAILBOX,
    IntentKind.RENAME_MAILBOX,
    IntentKind.SUBSCRIBE,
    IntentKind.UNSUBSCRIBE,
    IntentKind.APPEND,
    IntentKind.ADD_FLAG,
    IntentKind.REMOVE_FLAG,
    IntentKind.COPY,
    IntentKind.MOVE,
    IntentKind.EXPUNGE,
    IntentKind.DELETE_MAILBOX,
)


def is_unchanged(mirror: MirrorState, status: MailboxStatus | None, *, has_mod_seq: bool) -> bool:
    """Whether STATUS proves that nothing happened since the last complete pull.

    Without modification sequences it cannot: a flag may have changed and the counts be the same.
    """
    if status is None or not has_mod_seq or mirror.first_uid != 1:
        return False
    if status.highest_mod_seq is None or status.highest_mod_seq == 0:
        return False
    return (
        mirror.uid_validity == status.uid_validity
        and mirror.uid_next == status.uid_next
        and mirror.server_total == status.messages
        and mirror.highest_mod_seq == status.highest_mod_seq
    )


def has_lost_some(mirror: MirrorState, status: MailboxStatus | None) -> bool:
    """Whether STATUS says that messages are gone from the mailbox, perhaps to another one."""
    if status is None or mirror.uid_validity != status.uid_validity:
        return False
    if mirror.server_total is None or mirror.uid_next is None or status.messages is None:
        return False
    return status.messages < mirror.server_total + max(0, (status.uid_next or 0) - mirror.uid_next)


def is_as_left(mirror: MirrorState, selected: SelectedMailbox) -> bool:
    """Whether SELECT shows the mailbox as the last pull left it."""
    return (mirror.uid_validity, mirror.uid_next, mirror.highest_mod_seq, mirror.server_total) == (
        selected.uid_validity,
        selected.uid_next,
        selected.highest_mod_seq,
        selected.exists,
    )


def new_messages(mirror: MirrorState, selected: SelectedMailbox) -> int:
    """How many messages a pull would have to fetch at most, as far as SELECT tells."""
    if mirror.uid_validity != selected.uid_validity:
        return selected.exists
    return min(selected.exists, max(0, (selected.uid_next or 0) - (mirror.uid_next or 0)))


ROW_OCTETS = 1000
FLAGS_OCTETS = 45
"""What a server says of one message, as metadata and as a line of flags."""


def expected_octets(mirror: MirrorState, status: MailboxStatus | None, *, has_mod_seq: bool) -> int:
    """About how much a pull of the mailbox brings over the wire, as far as STATUS tells."""
    if status is None:
        return 0
    total = status.messages or 0
    if mirror.first_uid is None or mirror.uid_validity != status.uid_validity:
        return total * ROW_OCTETS
    news = min(total, max(0, (status.uid_next or 0) - (mirror.uid_next or 0)))
    return news * ROW_OCTETS + (0 if has_mod_seq else total * FLAGS_OCTETS)


def batch_sizes(total: int) -> list[int]:
    """How many messages to ask for at a time: few at first, so that the first screenful is there at once."""
    sizes = []
    size = FIRST_BATCH
    while total > 0:
        sizes.append(min(size, total))
        total -= sizes[-1]
        size = min(size * BATCH_GROWTH, LARGEST_BATCH)
    return sizes


@dataclass(frozen=True, slots=True)
class Group:
    """Intents that one command carries out: same kind, source, target and argument."""

    kind: IntentKind
    mailbox_id: MailboxId | None
    target_id: MailboxId | None
    argument: str
    intents: tuple[Intent, ...]


def group_intents(intents: Sequence[Intent]) -> list[Group]:
    """Intents by command, those of one mailbox together, in an order that lets each find its mailbox.

    An intent that failed in company goes alone: one message that the server refuses holds up no other.
    """
    groups: dict[tuple[object, ...], list[Intent]] = {}
    for intent in intents:
        alone = intent.id if intent.attempts > 1 or (intent.attempts and intent.state == "waiting") else None
        about = intent.mailbox_id if intent.kind.is_about_mailbox else None
        key = (intent.kind, intent.base_mailbox_id, intent.target_id, intent.argument, alone, about)
        groups.setdefault(key, []).append(intent)
    made = [
        Group(members[0].kind, members[0].base_mailbox_id, members[0].target_id, members[0].argument, tuple(members))
        for members in groups.values()
    ]
    return sorted(
        made,
        key=lambda group: (
            group.kind is not IntentKind.CREATE_MAILBOX,
            group.mailbox_id or 0,
            ORDER_OF_KINDS.index(group.kind),
        ),
    )


def describe_push(intents: Iterable[Intent], names: dict[MailboxId, str]) -> list[str]:
    """What a push would do, a line a command, for people."""
    lines = []
    for group in group_intents(list(intents)):
        source_id = group.intents[0].mailbox_id if group.kind.is_about_mailbox else group.mailbox_id
        source = names.get(source_id, "") if source_id is not None else ""
        target = names.get(group.target_id, "") if group.target_id is not None else ""
        messages = counted(len(group.intents), "message")
        match group.kind:
            case IntentKind.CREATE_MAILBOX:
                lines.append(f"push: create mailbox {group.argument}")
            case IntentKind.RENAME_MAILBOX:
                lines.append(f"push: rename a mailbox to {group.argument}")
            case IntentKind.DELETE_MAILBOX:
                lines.append(f"push: delete mailbox {source}")
            case IntentKind.SUBSCRIBE | IntentKind.UNSUBSCRIBE:
                lines.append(f"push: {group.kind.value} mailbox {source}")
            case IntentKind.APPEND:
                lines.append(f"push: put {messages} into {target}")
            case IntentKind.ADD_FLAG:
                lines.append(f"push: set {group.argument} on {messages} in {source}")
            case IntentKind.REMOVE_FLAG:
                lines.append(f"push: clear {group.argument} on {messages} in {source}")
            case IntentKind.EXPUNGE:
                lines.append(f"push: delete {messages} in {source} for good")
            case _:
                lines.append(f"push: {group.kind.value} {messages} from {source} to {target}")
    return lines


def describe_pull(name: str, mirror: MirrorState, status: MailboxStatus | None) -> str:
    """What a pull of the mailbox would bring, as far as STATUS tells."""
    if status is None:
        return f"pull: {name}"
    if mirror.first_uid is None or mirror.uid_validity != status.uid_validity:
        return f"pull: {name}: all of {status.messages or 0} messages"
    news = max(0, (status.uid_next or 0) - (mirror.uid_next or 0))
    return f"pull: {name}: up to {news} new, and changes of {mirror.server_total or 0} messages"
