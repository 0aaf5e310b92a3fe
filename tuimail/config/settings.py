"""What can be set, one declaration a setting: its words are here, its type and default are those of the schema.

The settings screen is drawn from it, and docs/configuration.md has a row for each. Accounts have theirs by name;
servers and log-ins are no settings, they belong to setting up an account.
"""

from __future__ import annotations

import enum
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from tuimail.config.edit import Value
from tuimail.config.expected import describe, expected
from tuimail.config.schema import Account, Config
from tuimail.model.errors import ConfigError

_NUMBER = re.compile(r"-?[0-9]{1,9}([.,][0-9]{1,9})?")
_WHAT_TO_SEARCH = "what to search for, such as is:unseen from:ada"


class Kind(enum.Enum):
    """How a setting is changed."""

    SWITCH = enum.auto()
    CHOICE = enum.auto()
    ORDER = enum.auto()
    """Some of a few, in an order."""
    NUMBER = enum.auto()
    TEXT = enum.auto()
    WORDS = enum.auto()
    """A list, typed as a command line."""


class Effect(enum.Enum):
    """When a change shows."""

    NOW = enum.auto()
    ENGINE = enum.auto()
    """When the engine starts with it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`keys` lead to it in the file. `choices` are the values of a CHOICE or an ORDER, as the file has them."""

    keys: tuple[str, ...]
    group: str
    title: str
    help: str
    kind: Kind
    default: Value | None
    effect: Effect = Effect.NOW
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the file calls it: `ui.theme`."""
        return ".".join(self.keys)

    @property
    def expected(self) -> str:
        """What it must be, in words."""
        words = expected(*self._typed)
        return _WHAT_TO_SEARCH if self.keys[0] == "searches" else "any text" if words == "text in quotes" else words

    @property
    def _typed(self) -> tuple[type[msgspec.Struct], tuple[str, ...]]:
        """The struct that knows its type, and where in it."""
        return (Account, self.keys[2:]) if self.keys[0] == "accounts" else (Config, self.keys)

    def value_in(self, config: Config) -> Value | None:
        """What it is now, as the file would have it; None where nothing is chosen."""
        found: Any = config
        for key in self.keys:
            found = found.get(key) if isinstance(found, dict) else getattr(found, key)
        return _plain(found)

    def parse(self, text: str) -> Value:
        """The value that a person means by `text`.

        Raises:
            ConfigError: it says what is expected.
        """
        typed = text.strip()
        value: Value = typed
        if self.kind is Kind.WORDS:
            try:
                value = shlex.split(typed)
            except ValueError as error:
                raise ConfigError(f"expected {self.expected}") from error
        if self.kind is Kind.NUMBER and _NUMBER.fullmatch(typed):
            typed = typed.replace(",", ".")
            value = float(typed) if "." in typed else int(typed)
        self.check(value)
        return value

    def check(self, value: Value) -> None:
        """It may be set to `value`.

        Raises:
            ConfigError: it may not; says what is expected.
        """
        if self.keys[0] == "searches":
            if not str(value).strip():
                raise ConfigError(f"expected {_WHAT_TO_SEARCH}")
            return
        struct, keys = self._typed
        raw: Any = value
        for key in reversed(keys):
            raw = {key: raw}
        try:
            msgspec.convert(raw, struct)
        except msgspec.ValidationError as error:
            raise ConfigError(describe(struct, keys, raw)) from error


@dataclass(frozen=True, slots=True)
class _Words:
    """Title, help, and when it shows."""

    title: str
    help: str
    effect: Effect = Effect.NOW


_GROUPS = {
    "ui": "Screen",
    "reading": "Reading",
    "triage": "Triage",
    "snooze": "Snooze",
    "notify": "Notices",
    "crypto": "Signed mail",
    "sync": "Sync",
    "searches": "Saved searches",
}
_ENGINE = Effect.ENGINE
_WORDS = {
    "ui.theme": _Words(
        "Theme", "Colours. Themes of your own stand in the directory that `tuimail locate themes` prints."
    ),
    "ui.layout": _Words(
        "Layout",
        "Where the panes stand: three columns (wide), list over message (tall), one at a time (narrow),"
        " or by the size of the terminal.",
    ),
    "ui.density": _Words("Density", "Lines of the terminal for each message in the list: one, or two."),
    "ui.columns": _Words("Columns", "What the message list tells of each message, in this order."),
    "ui.dates": _Words("Dates", "Near dates as they are spoken of (14:05, Mon 14:05), or always year, month and day."),
    "ui.glyphs": _Words(
        "Signs", "nerd: the signs of a Nerd Font, which your terminal must have; plain: those of every font."
    ),
    "ui.threads": _Words("Threads", "Messages that answer each other stand together in the list."),
    "ui.fold_quotes": _Words("Fold quotes", "Long quotes in a message are one line until a key unfolds them."),
    "ui.open_links": _Words(
        "Open links with",
        "The program, with its arguments, that a link is given to as the last one; no shell is asked.",
    ),
    "ui.keymap": _Words("Keys", "The keys to begin with; `keymap.toml` beside the configuration changes single ones."),
    "reading.remote_images": _Words(
        "Pictures from elsewhere",
        "Loaded on your word, after a question that names the hosts (ask), or never. Without it, nothing is loaded.",
    ),
    "reading.pictures": _Words(
        "Draw pictures",
        "As your terminal can, but not over SSH (auto); not at all (off); always by half blocks, or by the graphics of"
        " sixel or kitty, which your terminal must have.",
    ),
    "triage.after": _Words("After a decision", "Where the cursor goes when a message has been dealt with."),
    "triage.archive_by": _Words(
        "Archive by", "Whether the archive has a mailbox below it for each year, or each month."
    ),
    "snooze.morning": _Words("Morning", "When messages come back that were snoozed until a morning, in local time."),
    "snooze.evening": _Words("Evening", "When messages come back that were snoozed until an evening, in local time."),
    "notify.toast": _Words("On the screen", "New mail in an inbox is told by a notice on the screen."),
    "notify.bell": _Words("Bell", "New mail in an inbox rings the terminal's bell."),
    "notify.desktop": _Words(
        "On the desktop",
        "New mail in an inbox makes the terminal show a notice on the desktop: in one of three ways, or in the one that"
        " it is known to understand (auto).",
    ),
    "crypto.smime_keys": _Words(
        "S/MIME keys", "Files with your certificate and its key (PEM, or PKCS #12), which only you may read."
    ),
    "crypto.smime_crls": _Words(
        "Revoked S/MIME certificates", "Files with lists of certificates that their issuers have revoked (PEM or DER)."
    ),
    "sync.watch": _Words("Watch", "Keep a connection open for news while the app runs.", _ENGINE),
    "sync.poll_minutes": _Words("Look every (minutes)", "How often all mailboxes are looked at besides.", _ENGINE),
    "sync.whole_up_to_kb": _Words(
        "Whole up to (KB)",
        "Of a larger message that is opened, the text comes first, and each attachment when it is wanted.",
        _ENGINE,
    ),
    "sync.deletion_limit.count": _Words(
        "Ask beyond (messages)",
        "A pass that would remove more messages than this from here, and more than the share below, asks first.",
        _ENGINE,
    ),
    "sync.deletion_limit.share": _Words(
        "Ask beyond (share)", "The same as a share of the messages known, from 0 to 1; 1 never asks.", _ENGINE
    ),
}
"""By key, in no order: that of the screen is the schema's."""
_OF_ACCOUNTS = {
    "display_name": _Words("Your name", "The name beside your address."),
    "color": _Words("Colour", "What marks the account where messages of several stand together."),
    "order": _Words("Place", "Accounts are shown in this order; one without stands where the file has it."),
    "hidden": _Words("Hidden", "Synced as ever, but not shown in the tree nor in the views of all accounts."),
    "offline": _Words("Kept here", "Which messages are kept here whole without being opened.", _ENGINE),
}
SEARCH_HELP = "Found like a mailbox, by this query. Reset it to take it out."


def settings(config: Config) -> list[Setting]:
    """All that can be set, in the order of the screen: what is there for everyone, then accounts and saved searches."""
    return [*general_settings(), *_of_accounts(config), *_of_searches(config)]


@cache
def general_settings() -> tuple[Setting, ...]:
    """Those that every configuration has."""
    return tuple(setting for group in _GROUPS if group != "searches" for setting in _below(group))


def _below(group: str) -> Iterator[Setting]:
    for keys, field in _fields(Config, (group,)):
        words = _WORDS[".".join(keys)]
        yield _setting(keys, _GROUPS[group], words, field)


def _fields(struct: type[msgspec.Struct], keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], inspect.Field]]:
    """The fields of the table at `keys`, those of tables in it among them."""
    kind = inspect.type_info(struct)
    for key in keys:
        assert isinstance(kind, inspect.StructType)  # noqa: S101 - groups are tables
        kind = next(field.type for field in kind.fields if field.name == key)
    assert isinstance(kind, inspect.StructType)  # noqa: S101 - the same
    for field in kind.fields:
        if isinstance(field.type, inspect.StructType):
            yield from _fields(struct, (*keys, field.name))
        else:
            yield (*keys, field.name), field


def _of_accounts(config: Config) -> Iterator[Setting]:
    info = inspect.type_info(Account)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - a struct's type is one
    fields = {field.name: field for field in info.fields}
    for name in config.accounts:
        for key, words in _OF_ACCOUNTS.items():
            yield _setting(("accounts", name, key), f"Account {name}", words, fields[key])


def _of_searches(config: Config) -> Iterator[Setting]:
    for name in config.searches:
        yield Setting(("searches", name), _GROUPS["searches"], name, SEARCH_HELP, Kind.TEXT, None)


def _setting(keys: tuple[str, ...], group: str, words: _Words, field: inspect.Field) -> Setting:
    kind, choices = _kind(field.type)
    return Setting(keys, group, words.title, words.help, kind, _plain(field.default), words.effect, choices)


def _kind(kind: inspect.Type) -> tuple[Kind, tuple[str, ...]]:
    match kind:
        case inspect.Metadata(type=inner):
            return _kind(inner)
        case inspect.BoolType():
            return Kind.SWITCH, ()
        case inspect.EnumType(cls=values):
            return Kind.CHOICE, tuple(str(one.value) for one in values)
        case inspect.VarTupleType(item_type=inspect.EnumType(cls=values)):
            return Kind.ORDER, tuple(str(one.value) for one in values)
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return Kind.WORDS, ()
        case inspect.IntType() | inspect.FloatType():
            return Kind.NUMBER, ()
        case inspect.UnionType(types=types):
            return _kind(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case _:
            return Kind.TEXT, ()


def _plain(value: Any) -> Value | None:
    """A decoded value as the file has it."""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return [str(_plain(one)) for one in value]
    return value  # type: ignore[no-any-return]
