"""Rows of mailboxes: what LIST and SELECT said, how far the mirror of each has come, and finding one by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import SPECIAL_USE_ORDER, Mailbox, SpecialUse
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_COLUMNS = (
    "m.id, m.account_id, a.name, m.name, m.delimiter, m.attributes, m.special_use, m.subscribed,"
    " m.selectable OR EXISTS (SELECT 1 FROM intents c WHERE c.mailbox_id = m.id AND c.kind = 'create_mailbox'"
    "  AND c.state <> 'failed'),"
    " m.total, m.unseen, m.uid_validity, m.uid_next, m.highest_mod_seq, m.synced_at, m.revision,"
    " m.server_name, m.gone"
)
_FROM = "FROM mailboxes m JOIN accounts a ON a.id = m.account_id"

WELL_KNOWN_NAMES = {
    SpecialUse.DRAFTS: ("drafts", "draft"),
    SpecialUse.SNOOZED: ("snoozed",),
    SpecialUse.SENT: ("sent", "sent items", "sent messages", "sent mail", "sent-mail"),
    SpecialUse.ARCHIVE: ("archive", "archives"),
    SpecialUse.JUNK: ("junk", "spam", "junk e-mail", "junk email", "bulk mail"),
    SpecialUse.TRASH: ("trash", "deleted items", "deleted messages", "bin"),
}
"""What servers without SPECIAL-USE call these mailboxes; compared in lower case with the name's last level."""
NEW_NAMES = {
    SpecialUse.DRAFTS: "Drafts",
    SpecialUse.SNOOZED: "Snoozed",
    SpecialUse.ARCHIVE: "Archive",
    SpecialUse.JUNK: "Junk",
    SpecialUse.TRASH: "Trash",
}
"""How we call one that has to be made because nothing on the server serves the purpose."""


_NUMBER = re.compile(r" \d{1,3}$")


class ListedFacts(msgspec.Struct, frozen=True):
    """What LIST says of one mailbox. `foreign`: another user's, or shared: it is guessed to serve no purpose."""

    name: str
    delimiter: str
    attributes: tuple[str, ...]
    special_use: SpecialUse | None
    subscribed: bool
    selectable: bool
    foreign: bool = False


class MirrorState(msgspec.Struct, frozen=True):
    """How far the mirror of a mailbox has come: what the last pull ended with.

    `first_uid`: messages from this UID on are in the store (None: nothing yet, 1: all).
    `server_total`: how many messages the server had then.
    """

    uid_validity: int | None
    uid_next: int | None
    highest_mod_seq: int | None
    server_total: int | None
    first_uid: int | None


def _mailbox(row: tuple[Any, ...]) -> Mailbox:
    (id_, account_id, account, name, delimiter, attributes, special_use, subscribed, selectable, *rest) = row
    total, unseen, uid_validity, uid_next, highest_mod_seq, synced_at, revision, server_name, gone = rest
    return Mailbox(
        MailboxId(id_),
        AccountId(account_id),
        account,
        name,
        delimiter,
        tuple(attributes.split()),
        None if special_use is None else SpecialUse(special_use),
        bool(subscribed),
        bool(selectable),
        total,
        unseen,
        uid_validity,
        uid_next,
        highest_mod_seq,
        synced_at,
        revision,
        server_name,
        bool(gone),
    )


def tree_order(mailbox: Mailbox) -> tuple[int, str]:
    """Sorting key: special mailboxes first in their fixed order, then the others by name."""
    use = mailbox.special_use
    rank = SPECIAL_USE_ORDER.index(use) if use is not None else len(SPECIAL_USE_ORDER)
    return rank, mailbox.name.casefold()


def list_mailboxes(connection: Connection, account_id: AccountId | None = None) -> list[Mailbox]:
    """The mailboxes of one account, or of all, by account and in the order of the tree; not those that are gone."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE NOT m.gone AND (?1 IS NULL OR m.account_id = ?1)",
        (account_id,),
    )
    return sorted(map(_mailbox, rows), key=lambda mailbox: (mailbox.account, *tree_order(mailbox)))


def read_mailbox(connection: Connection, mailbox_id: MailboxId) -> Mailbox | None:
    """One mailbox, or None when there is no row of it; one that the user deleted may still be on the server."""
    row = connection.execute(f"SELECT {_COLUMNS} {_FROM} WHERE m.id = ?", (mailbox_id,)).fetchone()
    return None if row is None else _mailbox(row)


def read_mailboxes(connection: Connection, ids: Sequence[int]) -> list[Mailbox]:
    """These mailboxes in no order, without those that do not exist."""
    found = connection.execute(
        f"SELECT {_COLUMNS} {_FROM} JOIN json_each(?) wanted ON wanted.value = m.id",
        (msgspec.json.encode(ids).decode(),),
    )
    return list(map(_mailbox, found))


def names_by_id(connection: Connection, account_id: AccountId) -> dict[MailboxId, str]:
    """What the account's mailboxes are called, also those that are gone from the view."""
    found = rows(connection, "SELECT id, name FROM mailboxes WHERE account_id = ?", (account_id,))
    return {MailboxId(id_): name for id_, name in found}


def revisions(connection: Connection) -> dict[MailboxId, int]:
    """The revision of every mailbox: it grows with every change of the mailbox or of a message in it."""
    return {MailboxId(id_): revision for id_, revision in connection.execute("SELECT id, revision FROM mailboxes")}


def on_server(connection: Connection, account_id: AccountId) -> dict[str, MailboxId]:
    """The account's mailboxes that the server had when it last listed them; ids by the server's name."""
    found = rows(connection, "SELECT server_name, id FROM mailboxes WHERE account_id = ? AND on_server", (account_id,))
    return {name: MailboxId(id_) for name, id_ in found}


def save_listed(
    connection: Connection, account_id: AccountId, listed: Iterable[ListedFacts]
) -> tuple[dict[str, MailboxId], list[MailboxId]]:
    """Bring the account's rows in line with a complete LIST. Returns ids by name, and the mailboxes that are gone.

    Those that are gone keep their rows until nothing is in them any more (`removals.drop_mailbox`).
    """
    listed = list(listed)
    _adopt_made(connection, account_id, {facts.name for facts in listed})
    known = on_server(connection, account_id)
    # A rename whose answer was lost may have left subscriptions behind: the push that ends it brings them after.
    renaming = bool(
        rows(
            connection,
            "SELECT 1 FROM intents WHERE account_id = ? AND kind = 'rename_mailbox' AND state = 'sent'",
            (account_id,),
        )
    )
    unchanged = _facts_of(connection, account_id)
    ids: dict[str, MailboxId] = {}
    for facts in with_guessed_uses(listed):
        if facts in unchanged:
            ids[facts.name] = known[facts.name]
            continue
        ids[facts.name] = MailboxId(
            connection.execute(
                "INSERT INTO mailboxes (account_id, name, server_name, delimiter, attributes, special_use, subscribed,"
                " server_subscribed, selectable) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?6, ?7)"
                " ON CONFLICT (account_id, server_name) DO UPDATE SET delimiter = ?3, attributes = ?4,"
                " special_use = ?5, server_subscribed = ?6 OR (?8 AND server_subscribed), selectable = ?7,"
                " revision = revision + ((delimiter, attributes, coalesce(special_use, ''), selectable)"
                " <> (?3, ?4, coalesce(?5, ''), ?7)) RETURNING id",
                (
                    account_id,
                    facts.name,
                    facts.delimiter,
                    " ".join(facts.attributes),
                    None if facts.special_use is None else facts.special_use.value,
                    facts.subscribed,
                    facts.selectable,
                    renaming,
                ),
            ).get
        )
    from tuimail.store.mailbox_view import refresh_mailbox_views

    refresh_mailbox_views(connection, account_id)
    return ids, [id_ for name, id_ in known.items() if name not in ids]


def _facts_of(connection: Connection, account_id: AccountId) -> set[ListedFacts]:
    """What the last LIST said: of a thousand mailboxes that are as they were, none is written again."""
    found = rows(
        connection,
        "SELECT server_name, delimiter, attributes, special_use, server_subscribed, selectable FROM mailboxes"
        " WHERE account_id = ? AND server_name IS NOT NULL",
        (account_id,),
    )
    return {
        ListedFacts(
            name,
            delimiter,
            tuple(attributes.split()),
            None if special_use is None else SpecialUse(special_use),
            bool(subscribed),
            bool(selectable),
        )
        for name, delimiter, attributes, special_use, subscribed, selectable in found
    }


def _adopt_made(connection: Connection, account_id: AccountId, names: set[str]) -> None:
    """Mailboxes that are to be made, or were deleted, and that the server has: our rows stand for them."""
    for mailbox_id, name in rows(
        connection,
        "SELECT mailbox_id, argument FROM intents WHERE account_id = ? AND kind = 'create_mailbox'",
        (account_id,),
    ):
        if name in names:
            connection.execute(
                "UPDATE mailboxes SET server_name = ?1, server_subscribed = 1 WHERE id = ?2 AND server_name IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM mailboxes o WHERE o.account_id = ?3 AND o.server_name = ?1)",
                (name, mailbox_id, account_id),
            )
    # What we deleted is there again: another client made it, or it is the level above others that stay.
    for mailbox_id, name in rows(
        connection,
        "SELECT max(id), name FROM mailboxes g WHERE account_id = ? AND gone AND server_name IS NULL AND NOT EXISTS ("
        " SELECT 1 FROM mailboxes o WHERE o.account_id = g.account_id AND o.server_name = g.name) GROUP BY name",
        (account_id,),
    ):
        if name in names:
            connection.execute("UPDATE mailboxes SET server_name = name WHERE id = ?", (mailbox_id,))


def with_chosen_uses(listed: Sequence[ListedFacts], chosen: Mapping[SpecialUse, str]) -> list[ListedFacts]:
    """The same mailboxes; the one that the user has `chosen` for a use has it, and no other.

    A name that is not listed says nothing.
    """
    uses = {facts.name: use for use, name in chosen.items() for facts in listed if facts.name == name != "INBOX"}
    given = set(uses.values())
    return [
        msgspec.structs.replace(facts, special_use=uses.get(facts.name))
        if facts.name in uses or facts.special_use in given
        else facts
        for facts in listed
    ]


def with_guessed_uses(listed: Iterable[ListedFacts]) -> list[ListedFacts]:
    """The same mailboxes; where the server names no mailbox for a use, the one with a well-known name gets it."""
    listed = list(listed)
    taken = {facts.special_use for facts in listed}
    guessed: dict[str, SpecialUse] = {}
    for use, names in WELL_KNOWN_NAMES.items():
        if use in taken:
            continue
        candidates = [
            (names.index(leaf), facts.name)
            for facts in listed
            if facts.special_use is None and facts.selectable and not facts.foreign
            if (leaf := _plain_leaf(facts)) in names
        ]
        if candidates:
            guessed[min(candidates)[1]] = use
    return [
        ListedFacts(
            facts.name,
            facts.delimiter,
            facts.attributes,
            guessed.get(facts.name, facts.special_use),
            facts.subscribed,
            facts.selectable,
        )
        for facts in listed
    ]


def _plain_leaf(facts: ListedFacts) -> str:
    """The last level in lower case, without the number that we put to a name that was taken ("Archive 2")."""
    return _NUMBER.sub("", _leaf(facts).lower())


def _leaf(one: ListedFacts | Mailbox) -> str:
    """The last level of the name."""
    return one.name.rsplit(one.delimiter, 1)[-1] if one.delimiter else one.name


def find_mailbox(connection: Connection, account_id: AccountId, name: str) -> Mailbox:
    """The mailbox called `name`, or serving the special use `name` (`\\Archive`).

    Raises:
        ConfigError: there is none; the message names the nearest.
    """
    import difflib

    mailboxes = list_mailboxes(connection, account_id)
    use = SpecialUse.from_name(name) if name.startswith("\\") else None
    for mailbox in mailboxes:
        if mailbox.name == name or (use is not None and mailbox.special_use is use):
            return mailbox
    folded = [mailbox for mailbox in mailboxes if mailbox.name.casefold() == name.casefold()]
    if len(folded) == 1:
        return folded[0]
    near = [one.name for one in mailboxes if one.delimiter and _leaf(one).casefold() == name.casefold()]
    if len(near) != 1:
        uses = [one.special_use.value for one in mailboxes if one.special_use is not None]
        known = uses if name.startswith("\\") else [one.name for one in mailboxes]
        near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else "`tuimail mailboxes` lists them."
    raise ConfigError(f"There is no mailbox '{name}'.", hint=hint)


def find_special(connection: Connection, account_id: AccountId, use: SpecialUse) -> MailboxId | None:
    """The mailbox of the account that serves `use`, also one that the server refused to make; or None."""
    found = connection.execute(
        "SELECT id FROM mailboxes m WHERE account_id = ? AND special_use = ? AND (NOT gone OR EXISTS ("
        " SELECT 1 FROM intents WHERE mailbox_id = m.id AND kind = 'create_mailbox' AND state = 'failed'))"
        " ORDER BY gone, id LIMIT 1",
        (account_id, use.value),
    ).get
    return None if found is None else MailboxId(found)


def add_local(connection: Connection, account_id: AccountId, name: str, use: SpecialUse | None) -> MailboxId:
    """A mailbox that the server does not have yet: an intent must say that it is to be made there."""
    delimiter = connection.execute(
        "SELECT delimiter FROM mailboxes WHERE account_id = ? AND delimiter <> '' LIMIT 1", (account_id,)
    ).get
    return MailboxId(
        connection.execute(
            "INSERT INTO mailboxes (account_id, name, delimiter, special_use, subscribed, selectable)"
            " VALUES (?, ?, ?, ?, 1, 1) RETURNING id",
            (account_id, name, delimiter or "", None if use is None else use.value),
        ).get
    )


def set_on_server(connection: Connection, mailbox_id: MailboxId, name: str) -> None:
    """The server has the mailbox as `name`, selectable and subscribed.

    Where another row stands for that mailbox already, it takes the messages and changes of this one, which goes.
    """
    account_id = connection.execute("SELECT account_id FROM mailboxes WHERE id = ?", (mailbox_id,)).get
    if account_id is None:
        return
    other = connection.execute(
        "SELECT id FROM mailboxes WHERE account_id = ? AND server_name = ? AND id <> ?", (account_id, name, mailbox_id)
    ).get
    if other is None:
        connection.execute(
            "UPDATE mailboxes SET server_name = ?, server_subscribed = 1, selectable = 1, revision = revision + 1"
            " WHERE id = ?",
            (name, mailbox_id),
        )
        return
    for table, column in (
        ("messages", "mailbox_id"),
        ("messages", "base_mailbox_id"),
        ("intents", "mailbox_id"),
        ("intents", "target_id"),
        ("undo_items", "mailbox_id"),
        ("snoozes", "home_mailbox_id"),
        ("snoozes", "held_mailbox_id"),
    ):
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (other, mailbox_id))
    connection.execute("DELETE FROM mailboxes WHERE id = ?", (mailbox_id,))


def takes_uids(connection: Connection, mailbox_id: MailboxId, uid_validity: int) -> bool:
    """Whether UIDs told under `uid_validity` number the mailbox as its rows here do.

    A mailbox that no pull has looked at yet has no rows, and takes the numbering for its own.
    """
    connection.execute(
        "UPDATE mailboxes SET uid_validity = ? WHERE id = ? AND uid_validity IS NULL", (uid_validity, mailbox_id)
    )
    known = connection.execute("SELECT uid_validity FROM mailboxes WHERE id = ?", (mailbox_id,)).get
    return bool(known == uid_validity)


def mirror_state(connection: Connection, mailbox_id: MailboxId) -> MirrorState:
    """How far the mirror of the mailbox has come."""
    row = connection.execute(
        "SELECT uid_validity, uid_next, highest_mod_seq, server_total, first_uid FROM mailboxes WHERE id = ?",
        (mailbox_id,),
    ).fetchone()
    return MirrorState(*row) if row else MirrorState(None, None, None, None, None)


def mirror_states(connection: Connection, account_id: AccountId) -> dict[MailboxId, MirrorState]:
    """How far the mirror of each mailbox of the account has come."""
    rows = connection.execute(
        "SELECT id, uid_validity, uid_next, highest_mod_seq, server_total, first_uid FROM mailboxes"
        " WHERE account_id = ?",
        (account_id,),
    )
    return {MailboxId(id_): MirrorState(*state) for id_, *state in rows}


def save_mirror_state(
    connection: Connection, mailbox_id: MailboxId, state: MirrorState, *, synced_at: int | None
) -> None:
    """Record how far the mirror has come; `synced_at` (seconds) when this ends a complete pull."""
    connection.execute(
        "UPDATE mailboxes SET uid_validity = ?, uid_next = ?, highest_mod_seq = ?, server_total = ?, first_uid = ?,"
        " synced_at = coalesce(?, synced_at) WHERE id = ?",
        (
            state.uid_validity,
            state.uid_next,
            state.highest_mod_seq,
            state.server_total,
            state.first_uid,
            synced_at,
            mailbox_id,
        ),
    )
