"""Names that a user gives to mailboxes: what can be one, and what it means on the account's server."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId
from tuimail.store.mailbox_view import is_below
from tuimail.store.quirks import read_namespaces

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MAX_CHARACTERS = 1000
"""Far beyond what servers take: they refuse in words of their own."""
_RAW_OCTETS = re.compile("[\uf700-\uf7ff]")
"""Stand for octets of a server's names that are no text; nobody types these."""


def full_name(connection: Connection, account_id: AccountId, name: str) -> str:
    """What the user calls `name` as the server is to call it: below the personal namespace, without a last delimiter.

    Raises:
        ConfigError: it can be no mailbox's name (RFC 9051, section 5.1).
    """
    prefix = connection.execute("SELECT namespace_prefix FROM accounts WHERE id = ?", (account_id,)).get or ""
    delimiter = delimiter_of(connection, account_id)
    if delimiter:
        name = name.removesuffix(delimiter)
    _check(name, delimiter)
    inbox, *below = name.split(delimiter, 1) if delimiter else [name]
    if inbox.upper() == "INBOX":
        return delimiter.join(["INBOX", *below])
    foreign = read_namespaces(connection, account_id)
    return name if name.startswith((prefix, *foreign.others, *foreign.shared)) else prefix + name


def delimiter_of(connection: Connection, account_id: AccountId) -> str:
    """The character between the levels of the account's names, "" while none is known."""
    found = connection.execute(
        "SELECT delimiter FROM mailboxes WHERE account_id = ? AND delimiter <> '' LIMIT 1", (account_id,)
    ).get
    return str(found or "")


def _check(name: str, delimiter: str) -> None:
    shown = f"{name[:60]!a}{'…' if len(name) > 60 else ''}"
    if not name:
        raise ConfigError("A mailbox needs a name.")
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in name):
        raise ConfigError(f"A mailbox name may not contain line breaks, NUL or other control characters: {shown}.")
    if any(unicodedata.category(character) == "Cs" for character in name) or _RAW_OCTETS.search(name):
        raise ConfigError(f"The mailbox name {shown} is not valid text.")
    if name.startswith("\\"):
        raise ConfigError(
            f"A mailbox cannot be called {shown}: a backslash stands for a special use.",
            hint="Leave the backslash away.",
        )
    if len(name) > MAX_CHARACTERS:
        raise ConfigError(f"A mailbox name of {len(name)} characters is too long: {MAX_CHARACTERS} are the most.")
    if delimiter and "" in name.split(delimiter):
        raise ConfigError(
            f"The mailbox name {shown} has an empty level.", hint=f"{delimiter!r} stands between the levels of a name."
        )


def refuse_taken(connection: Connection, account_id: AccountId, name: str, *, but_levels: bool = False) -> None:
    """Nothing else may be called so; with `but_levels`, one that only holds other mailboxes may.

    Raises:
        ConfigError: a mailbox that can be seen has this name.
    """
    taken = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM mailboxes m WHERE account_id = ?1 AND name = ?2 AND NOT gone AND (NOT ?3"
        " OR selectable OR EXISTS (SELECT 1 FROM intents WHERE mailbox_id = m.id AND kind = 'create_mailbox'"
        " AND state <> 'failed')))",
        (account_id, name, but_levels),
    ).get
    if taken:
        raise ConfigError(f"There is a mailbox '{name}' already.", hint="Choose another name.")


def names_below(connection: Connection, account_id: AccountId, name: str) -> list[str]:
    """The names that are seen below `name`."""
    delimiter = delimiter_of(connection, account_id)
    found = connection.execute("SELECT name FROM mailboxes WHERE account_id = ? AND NOT gone", (account_id,))
    return [one for (one,) in found if one != name and is_below(one, name, delimiter)]
