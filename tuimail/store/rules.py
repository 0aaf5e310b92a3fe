"""Rules at work: which messages one is about, and what it does with them, by changes like those of the user's hand.

    new in an inbox ──`apply_to_new`──► one change aside of undo, in the transaction that stores the messages
    here already ─────`make_rule`─────► one change of the user's, with the rule itself: one undo

So a rule acts on a message exactly once, whatever breaks: both are there, or neither. What the user does comes later,
and wins. Rules themselves stand in a file (`config.rules`), how often each has acted here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from tuimail.config.schema import ArchiveBy
from tuimail.model.envelope import Envelope
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.units import counted
from tuimail.store import archiving, changes, mailboxes, rule_counts, rule_edits, thread_list
from tuimail.store.database import rows
from tuimail.store.recorder import Change, ChangeKind, Recorder
from tuimail.store.subjects import FORWARD_WORDS, REPLY_WORDS

if TYPE_CHECKING:
    from tuimail.config.rules import Rule
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

_decode = msgspec.json.Decoder(Envelope).decode
_PUT_AWAY = {"archive": SpecialUse.ARCHIVE, "junk": SpecialUse.JUNK, "delete": SpecialUse.TRASH}
_LONGEST_TAG = 60


def list_id_of(envelope: Envelope) -> str:
    """The list's identifier: what stands between the angle brackets, else the whole field (RFC 2919, section 3)."""
    _, bracket, rest = envelope.list_id.rpartition("<")
    return (rest.partition(">")[0] if bracket else envelope.list_id).strip().casefold()


def tag_of(subject: str) -> str:
    """The word in brackets that the subject begins with, behind "Re:" and the like; "" without one."""
    text = subject.strip()
    while True:
        head, colon, rest = text.partition(":")
        if not colon or head.strip().casefold() not in REPLY_WORDS | FORWARD_WORDS:
            break
        text = rest.lstrip()
    if not text.startswith("["):
        return ""
    tag, bracket, _ = text[1 : _LONGEST_TAG + 2].partition("]")
    return tag.strip() if bracket else ""


def matches(rule: Rule, account: str, envelope: Envelope) -> bool:
    """Whether the rule is about such a message of the account called `account`; `disabled` does not count here."""
    if rule.account and rule.account != account:
        return False
    senders = [address.address.casefold() for address in envelope.from_]
    if rule.from_ and rule.from_.casefold() not in senders:
        return False
    domain = rule.domain.casefold().lstrip("@.")
    if domain and not any(
        host == domain or host.endswith(f".{domain}") for host in (sender.rpartition("@")[2] for sender in senders)
    ):
        return False
    if rule.list_id and rule.list_id.casefold() != list_id_of(envelope):
        return False
    return not rule.tag or rule.tag.casefold() == tag_of(envelope.subject).casefold()


def apply_to_new(
    connection: Connection,
    mailbox_id: MailboxId,
    ids: Sequence[MessageId],
    rules: Iterable[Rule],
    *,
    archive_by: ArchiveBy = ArchiveBy.NOTHING,
    now: int,
) -> Change | None:
    """Apply rules to messages that have just been stored in an inbox; what is new in a muted thread counts as seen.

    A message that was here before, and that another client has put into the inbox, is left alone. None: nothing was
    to be done. `now` in seconds.
    """
    rules = list(rules)
    muted = sorted(thread_list.muted_of(connection, ids)) if _any_muted(connection) else []
    if not ids or not (rules or muted):
        return None
    arrived = _arrived(connection, mailbox_id, ids)
    recorder = Recorder(connection, now=now, kind=ChangeKind.ASIDE)
    changes.set_flag(connection, recorder, muted, "\\Seen", on=True)
    moved: set[MessageId] = set()
    account = _account_of(connection, mailbox_id)
    filed: set[MessageId] = set()
    for rule in rules:
        found = [id_ for id_, envelope in arrived.items() if matches(rule, account, envelope)]
        acted = _act(connection, recorder, rule, found, moved, archive_by)
        rule_counts.add(connection, rule.name, len(acted), filed=len(acted), now=now)
        filed |= set(acted)
    title = f"{counted(len(filed), 'message')} filed by rules"
    change = recorder.end(lambda messages: title if filed else f"{messages} of muted threads marked as seen")
    return None if change.is_empty else change


def _any_muted(connection: Connection) -> bool:
    return bool(rows(connection, "SELECT 1 FROM muted_threads LIMIT 1"))


def _account_of(connection: Connection, mailbox_id: MailboxId) -> str:
    return str(
        connection.execute(
            "SELECT a.name FROM mailboxes b JOIN accounts a ON a.id = b.account_id WHERE b.id = ?", (mailbox_id,)
        ).get
    )


def _arrived(connection: Connection, mailbox_id: MailboxId, ids: Sequence[MessageId]) -> dict[MessageId, Envelope]:
    """Those of the messages that are seen in the inbox and were nowhere else before, oldest first."""
    # A twin that came after the inbox was last looked at is the same news, in a mailbox of all messages for instance.
    found = rows(
        connection,
        "SELECT n.id, n.envelope FROM json_each(?1) j JOIN messages n ON n.id = j.value AND n.mailbox_id = ?2"
        " JOIN mailboxes b ON b.id = ?2 WHERE NOT EXISTS (SELECT 1 FROM messages o WHERE o.id <= b.newest_message"
        "   AND o.account_id = n.account_id AND o.message_id = n.message_id AND n.message_id <> ''"
        "   AND o.size_octets = n.size_octets AND o.internal_date = n.internal_date)"
        " AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.id <= b.newest_message"
        "   AND o.account_id = n.account_id AND o.email_id = n.email_id AND n.email_id <> '') ORDER BY n.date, n.id",
        (msgspec.json.encode(list(ids)).decode(), mailbox_id),
    )
    return {MessageId(id_): _decode(envelope) for id_, envelope in found}


def _act(
    connection: Connection,
    recorder: Recorder,
    rule: Rule,
    ids: Sequence[MessageId],
    moved: set[MessageId],
    archive_by: ArchiveBy,
) -> list[MessageId]:
    """Do what the rule says; what another rule has `moved` stays where that put it. Returns what it acted on."""
    if not ids:
        return []
    for flag, is_set in (("\\Seen", rule.seen), ("\\Flagged", rule.flag)):
        if is_set:
            changes.set_flag(connection, recorder, ids, flag, on=True)
    own = [id_ for id_ in ids if id_ not in moved]
    use = next((use for key, use in _PUT_AWAY.items() if getattr(rule, key)), None)
    if use is SpecialUse.ARCHIVE:
        archiving.archive_each(connection, recorder, own, archive_by)
    elif use is not None:
        changes.move_each_to_use(connection, recorder, own, use)
    elif rule.move:
        own = _move(connection, recorder, rule, own)
    else:
        return list(ids)
    moved |= set(own)
    return list(ids) if rule.seen or rule.flag else own


def _move(connection: Connection, recorder: Recorder, rule: Rule, ids: Sequence[MessageId]) -> list[MessageId]:
    """Move the messages to the mailbox of that name of their accounts; those of an account without it stay."""
    done: list[MessageId] = []
    for account_id, own in changes.by_account(connection, ids).items():
        try:
            target = mailboxes.find_mailbox(connection, account_id, rule.move)
            changes.move_each(connection, recorder, own, target.id)
        except ConfigError as error:
            log.warning("rule %s: %s", rule.name, error)
            continue
        done += own
    return done


def inboxes_of(connection: Connection, rule: Rule) -> list[MailboxId]:
    """The inboxes that the rule is about: what is in these is what it would have acted on."""
    found = mailboxes.list_mailboxes(connection)
    return [one.id for one in found if one.special_use is SpecialUse.INBOX and rule.account in {"", one.account}]


def find_matching(connection: Connection, rule: Rule, mailbox_ids: Sequence[MailboxId]) -> list[MessageId]:
    """The messages of these mailboxes that the rule is about, newest first. Reads every message: in the background."""
    found: list[tuple[int, int]] = []
    needle = max((value for _, value in rule.conditions), key=len, default="").casefold()
    # Only what has the words anywhere is decoded; SQLite folds ASCII alone, and JSON writes some characters otherwise.
    is_plain = needle.isascii() and not set(needle) & set('"\\')
    for mailbox_id in mailbox_ids:
        account = _account_of(connection, mailbox_id)
        for id_, date, envelope in connection.execute(
            "SELECT id, date, envelope FROM messages WHERE mailbox_id = ?1"
            " AND (?2 = '' OR instr(lower(CAST(envelope AS TEXT)), ?2))",
            (mailbox_id, needle if is_plain else ""),
        ):
            if matches(rule, account, _decode(envelope)):
                found.append((date, id_))
    return [MessageId(id_) for _, id_ in sorted(found, reverse=True)]


def make_rule(
    connection: Connection,
    rule: Rule,
    ids: Sequence[MessageId],
    *,
    archive_by: ArchiveBy = ArchiveBy.NOTHING,
    now: int,
) -> Change:
    """Make the rule, and apply it to messages that are here: one change, whose undo takes the rule away as well.

    The file of rules is brought in line by `rule_edits.settle`. `now` in seconds.
    """
    recorder = Recorder(connection, now=now)
    rule_edits.make(connection, recorder, rule)
    acted = _act(connection, recorder, rule, ids, set(), archive_by)
    rule_counts.add(connection, rule.name, len(acted), filed=0, now=now)
    done = f", {counted(len(acted), 'message')} filed" if acted else ""
    return recorder.end(lambda _messages: f"Rule '{rule.name}' made{done}")


def drop_rule(connection: Connection, rule: Rule, *, now: int) -> Change:
    """Take the rule away; what it did stays. Undo brings it back, at the end of the file."""
    recorder = Recorder(connection, now=now)
    rule_edits.drop(connection, recorder, rule)
    return recorder.end(lambda _messages: f"Rule '{rule.name}' removed")
