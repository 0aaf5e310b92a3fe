"""The language of searches: text → `Query` → ids of messages.

    invoice from:ada -is:seen              words and conditions stand side by side: all of them hold
    subject:"two words" OR has:attachment  OR joins the two beside it, and binds tighter
    after:2026-11 larger:2M in:archive tag:todo

A word is looked for in subject, senders and recipients, without regard to case and to marks on letters. Days are local
ones. `after:` begins with the first day of what is named, `before:` ends before it. What is in Junk or Trash is found
where the search names a mailbox, or is made there.
"""

from __future__ import annotations

import json
import re
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from tuimail.model.errors import ConfigError
from tuimail.model.flags import is_flag_name
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import SpecialUse
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

EXAMPLES = ("from:ada is:unseen", 'subject:"weekly report" before:2026-01', "has:attachment larger:5M -tag:todo")
_TOKEN = re.compile(r'(?P<no>-?)(?:(?P<field>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<open>")|(?P<plain>[^\s"]*))')
_ADDRESSES = "json_extract(CAST(m.envelope AS TEXT), {})"
_FOLDED = "CASE WHEN {0} GLOB '*[^ -~]*' THEN tuimail_fold({0}) ELSE {0} END LIKE ? ESCAPE '\\'"
_FLAGS = {
    "seen": "m.flags & 1",
    "unseen": "NOT m.flags & 1",
    "answered": "m.flags & 2",
    "unanswered": "NOT m.flags & 2",
    "flagged": "m.flags & 4",
    "unflagged": "NOT m.flags & 4",
    "draft": "m.flags & 16",
    "muted": "m.thread_id IN (SELECT thread_id FROM muted_threads)",
}
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([kmg]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3}
_DAY = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([dwmy])", re.IGNORECASE)
MOST_CONDITIONS = 200
"""SQLite nests expressions a thousand deep, and a word is several of them."""
MOST_CHARACTERS = 500
"""Of one word; SQLite takes patterns of 50,000 octets, and one character may become many when marks are split off."""
_LARGEST_OCTETS = 2**63 - 1
_decode_ids = msgspec.json.Decoder(list[int]).decode


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds for a message `m`, as SQL with question marks, and what is bound to them."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """All of `groups` hold; one holds when one of its conditions does. `names_mailbox`: `in:` is among them."""

    groups: tuple[tuple[Condition, ...], ...]
    names_mailbox: bool = False

    @property
    def condition(self) -> Condition:
        """The whole."""
        sql = " AND ".join("(" + " OR ".join(f"({one.sql})" for one in group) + ")" for group in self.groups)
        return Condition(sql, tuple(value for group in self.groups for one in group for value in one.values))


@dataclass(frozen=True, slots=True)
class _Token:
    """One condition as it was typed, from the character `at` on (counted from 1)."""

    at: int
    is_not: bool
    field: str
    value: str
    is_or: bool


def parse(text: str) -> Query:
    """The query that the text says.

    Raises:
        ConfigError: it says none; the message names the character where.
    """
    groups: list[list[Condition]] = []
    joins = False
    last = 0
    names_mailbox = False
    for token in _tokens(text):
        last = token.at
        if token.is_or:
            if not groups or joins:
                raise _wrong(token.at, "OR stands between two conditions")
            joins = True
            continue
        if sum(map(len, groups)) >= MOST_CONDITIONS:
            raise _wrong(token.at, f"there are more than {MOST_CONDITIONS} words and conditions")
        condition = _condition(token)
        names_mailbox = names_mailbox or token.field == "in"
        if joins:
            groups[-1].append(condition)
        else:
            groups.append([condition])
        joins = False
    if joins:
        raise _wrong(last, "OR stands between two conditions")
    if not groups:
        raise _wrong(1, "there is nothing to look for")
    return Query(tuple(tuple(group) for group in groups), names_mailbox)


def list_ids(
    connection: Connection,
    query: Query,
    *,
    mailbox_ids: Sequence[MailboxId] | None = None,
    limit: int | None = None,
) -> array[int]:
    """The messages that the query finds in these mailboxes, or in all, newest first. Looks at each of them."""
    connection.create_scalar_function("tuimail_fold", _fold, 1, deterministic=True)
    places = _places(connection, query, mailbox_ids)
    condition = query.condition
    ((text,),) = rows(
        connection,
        "SELECT json_group_array(id) FROM (SELECT m.id FROM messages m WHERE m.mailbox_id IN"
        f" (SELECT value FROM json_each(?)) AND {condition.sql} ORDER BY m.date DESC, m.id DESC LIMIT ?)",
        (json.dumps(places), *condition.values, -1 if limit is None else limit),
    )
    return array("q", _decode_ids(text))


def list_from(connection: Connection, address: str, mailbox_ids: Sequence[MailboxId]) -> array[int]:
    """The messages in these mailboxes whose first sender has exactly this address, newest first."""
    ((text,),) = rows(
        connection,
        "SELECT json_group_array(id) FROM (SELECT m.id FROM messages m WHERE m.mailbox_id IN"
        " (SELECT value FROM json_each(?)) AND json_extract(CAST(m.envelope AS TEXT), '$.from_[0].address')"
        " = ? COLLATE NOCASE ORDER BY m.date DESC, m.id DESC)",
        (json.dumps(list(mailbox_ids)), address),
    )
    return array("q", _decode_ids(text))


def _places(connection: Connection, query: Query, mailbox_ids: Sequence[MailboxId] | None) -> list[int]:
    known = dict(rows(connection, "SELECT id, special_use FROM mailboxes WHERE NOT gone"))
    wanted = [id_ for id_ in (known if mailbox_ids is None else mailbox_ids) if id_ in known]
    if query.names_mailbox:
        return wanted
    kept = [id_ for id_ in wanted if known[id_] not in {SpecialUse.JUNK.value, SpecialUse.TRASH.value}]
    return kept or wanted


def _fold(*values: Any) -> str:
    from tuimail.store.sorting import folded

    return folded(str(values[0]))


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _TOKEN.match(text, place)
        if found is None or found.end() == place:
            raise _wrong(place + 1, "this cannot be read")
        at, place = place + 1, found.end()
        if found["open"] is not None:
            raise _wrong(found.start("open") + 1, "the quotation mark is not closed")
        quoted = found["quoted"]
        value = quoted if quoted is not None else found["plain"]
        if quoted is None and found["field"] is None and value == "OR" and not found["no"]:
            yield _Token(at, is_not=False, field="", value="", is_or=True)
            continue
        yield _Token(at, bool(found["no"]), (found["field"] or "").lower(), value, is_or=False)


def _condition(token: _Token) -> Condition:
    if token.field and token.field not in _FIELDS:
        quoted = f'"{token.field}:{token.value}"'
        raise _wrong(
            token.at,
            f"there is nothing called {token.field}:",
            hint=f"There is {', '.join(f'{name}:' for name in _FIELDS)}. In quotes it is a word: {quoted}",
        )
    if not token.value.strip():
        what = f"{token.field}: needs a value" if token.field else "a word is missing"
        raise _wrong(token.at, what)
    if len(token.value) > MOST_CHARACTERS:
        raise _wrong(token.at, f"this has more than {MOST_CHARACTERS} characters")
    if any("\ud800" <= character <= "\udfff" for character in token.value):
        raise _wrong(token.at, "this is no text")
    made = _FIELDS[token.field](token) if token.field else _text(token, "m.subject", *_FROM, *_TO)
    return Condition(f"NOT coalesce(({made.sql}), 0)", made.values) if token.is_not else made


_FROM = ("m.from_label", _ADDRESSES.format("'$.from_'"))
_TO = ("m.to_label", _ADDRESSES.format("'$.to', '$.cc'"))


def _text(token: _Token, *columns: str) -> Condition:
    pattern = f"%{_escaped(_fold(token.value))}%"
    return Condition(" OR ".join(_FOLDED.format(column) for column in columns), (pattern,) * len(columns))


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)


def _is(token: _Token) -> Condition:
    if token.value.lower() not in _FLAGS:
        raise _wrong(token.at, f"is: knows {', '.join(_FLAGS)}")
    return Condition(_FLAGS[token.value.lower()])


def _has(token: _Token) -> Condition:
    if token.value.lower() not in {"attachment", "attachments"}:
        raise _wrong(token.at, "has: knows attachment")
    return Condition("m.has_attachments")


def _tag(token: _Token) -> Condition:
    if not is_flag_name(token.value) or token.value.startswith("\\"):
        raise _wrong(token.at, "this can be no keyword")
    return Condition("' ' || m.keywords || ' ' LIKE ? ESCAPE '\\'", (f"% {_escaped(token.value)} %",))


def _in(token: _Token) -> Condition:
    use = SpecialUse.from_name(token.value)
    name = _escaped(token.value)
    return Condition(
        "m.mailbox_id IN (SELECT b.id FROM mailboxes b WHERE b.special_use = ? OR b.name LIKE ? ESCAPE '\\'"
        " OR b.delimiter <> '' AND b.name LIKE '%' || replace(b.delimiter, '\\', '\\\\') || ? ESCAPE '\\')",
        ("" if use is None else use.value, name, name),
    )


def _larger(token: _Token) -> Condition:
    return Condition("m.size_octets > ?", (_octets(token),))


def _smaller(token: _Token) -> Condition:
    return Condition("m.size_octets < ?", (_octets(token),))


def _octets(token: _Token) -> int:
    found = _SIZE.fullmatch(token.value)
    if found is None:
        raise _wrong(token.at, "a size is a number such as 500k, 2.5M or 1G")
    return min(int(float(found[1]) * _UNITS[found[2].lower()]), _LARGEST_OCTETS)


def _before(token: _Token) -> Condition:
    return Condition("m.date < ?", (_day_start(token),))


def _after(token: _Token) -> Condition:
    return Condition("m.date >= ?", (_day_start(token),))


def _day_start(token: _Token) -> int:
    """When the day begins that is named, in local time (seconds since 1970 UTC)."""
    year, month, day, *_ = time.localtime()
    value = token.value.lower()
    named, ago = _DAY.fullmatch(value), _AGO.fullmatch(value)
    if ago is not None:
        number, unit = int(ago[1]), ago[2]
        day -= number * {"d": 1, "w": 7}.get(unit, 0)
        month -= number if unit == "m" else 0
        year -= number if unit == "y" else 0
    elif named is not None:
        year, month, day = int(named[1]), int(named[2] or 1), int(named[3] or 1)
        if not (1 <= month <= 12 and 1 <= day <= 31):
            raise _wrong(token.at, "there is no such day")
    elif value == "yesterday":
        day -= 1
    elif value != "today":
        raise _wrong(token.at, "a day is 2026-11-22, 2026-11, 2026, today, yesterday, or 7d, 2w, 3m, 1y ago")
    try:
        return int(time.mktime((year, month, day, 0, 0, 0, 0, 0, -1)))
    except (OverflowError, ValueError) as error:
        raise _wrong(token.at, "there is no such day") from error


_FIELDS: dict[str, Callable[[_Token], Condition]] = {
    "from": lambda token: _text(token, *_FROM),
    "to": lambda token: _text(token, *_TO),
    "subject": lambda token: _text(token, "m.subject"),
    "is": _is,
    "has": _has,
    "before": _before,
    "after": _after,
    "larger": _larger,
    "smaller": _smaller,
    "in": _in,
    "tag": _tag,
}


def _wrong(at: int, what: str, *, hint: str = "") -> ConfigError:
    return ConfigError(f"The search is wrong at character {at}: {what}.", hint=hint)
