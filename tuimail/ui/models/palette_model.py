"""What the palette finds: commands, mailboxes, people, saved searches, themes, and the search that was typed.

    entries of each kind, best first ──► fuzzy ──► one list, best first

With nothing typed: what was chosen lately, then what is at hand. Knows no widget and reads no store. The cost of a key
does not grow with the number of mailboxes and people (see `fuzzy`).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuimail.mime.sanitize import one_line
from tuimail.model.mailbox import Mailbox, spoken
from tuimail.store.contacts import Contact
from tuimail.ui.commands.command import PANES, SCREENS, Command, Context
from tuimail.ui.commands.keymap import Keymap
from tuimail.ui.models.fuzzy import Haystack, match, words_of
from tuimail.ui.models.listing import Listing, ListingKey, SearchKey

MOST_ROWS = 60
_MOST_OF_A_KIND = 20
_FIRST_OF_A_KIND = 8
"""Where nothing has been typed."""
_RECENT_BONUS = 25.0
_OTHER_PANE = -15.0
_BY_NAME = 0.4
"""Where only the name or the help of a command matches, it counts so much."""


class Kind(enum.StrEnum):
    """What is chosen; the value is the mark of its rows."""

    COMMAND = "command"
    MAILBOX = "mailbox"
    PERSON = "person"
    SEARCH = "search"
    THEME = "theme"


_WEIGHTS = {Kind.COMMAND: 16.0, Kind.MAILBOX: 15.0, Kind.SEARCH: 14.0, Kind.PERSON: 0.0, Kind.THEME: -10.0}
"""Of rows that match as well, these go first."""


@dataclass(frozen=True, slots=True)
class ThemeName:
    """A theme to be shown from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to choose: what it leads to, what it is called, and a note beside it.

    `key` is what it is remembered by. `context`: the pane that a command works in, when that is not the one at hand.
    """

    kind: Kind
    key: str
    title: str
    note: str
    target: Command | ListingKey | ThemeName
    about: str = ""
    context: Context | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry that was found; `places` are those of the letters typed in its title."""

    entry: Entry
    places: frozenset[int] = frozenset()


def command_entries(commands: Iterable[Command], keymap: Keymap, here: Context) -> list[Entry]:
    """The commands that can be run from `here`: its own, those of everywhere, then those of the panes beside it."""
    at_hand = {here} if here in SCREENS else {here, Context.EVERYWHERE}
    near: list[Entry] = []
    beside: list[Entry] = []
    for command in commands:
        where = next((context for context in command.contexts if context in at_hand), None)
        if where is not None:
            keys = ", ".join(keymap.all_shown(command.id, where))
            near.append(Entry(Kind.COMMAND, f"command {command.id}", command.title, keys, command, command.help))
        elif here not in SCREENS and (pane := next((one for one in command.contexts if one in PANES), None)):
            keys = keymap.shown(command.id, pane)
            note = f"{pane.value} {keys}".strip()
            near_by = Entry(Kind.COMMAND, f"command {command.id}", command.title, note, command, command.help, pane)
            beside.append(near_by)
    return near + beside


def listing_entries(views: Iterable[Listing], mailboxes: Sequence[Mailbox]) -> list[Entry]:
    """The views of several mailboxes, then all mailboxes; the account is named where there are several."""
    entries = [Entry(Kind.MAILBOX, f"view {view.use}", view.title, "", view.key) for view in views]
    several = len({mailbox.account_id for mailbox in mailboxes}) > 1
    for mailbox in mailboxes:
        if mailbox.selectable:
            account = one_line(mailbox.account) if several else ""
            key = f"mailbox {mailbox.account} {mailbox.name}"
            entries.append(Entry(Kind.MAILBOX, key, one_line(spoken(mailbox.name)), account, mailbox.id))
    return entries


def search_entries(searches: Mapping[str, str]) -> list[Entry]:
    """The searches that the settings name."""
    return [
        Entry(Kind.SEARCH, f"search {query}", one_line(name), one_line(query), SearchKey(query))
        for name, query in searches.items()
    ]


def theme_entries(names: Iterable[str]) -> list[Entry]:
    """The themes."""
    return [
        Entry(Kind.THEME, f"theme {name}", f"Theme: {one_line(name)}", "", ThemeName(name), "Show it from now on.")
        for name in names
    ]


def person_entry(contact: Contact) -> Entry:
    """Somebody one writes with: leads to their messages."""
    address = one_line(contact.address)
    query = f"from:{_quoted(contact.address)}"
    title = f"{one_line(contact.name)} <{address}>" if contact.name else address
    return Entry(Kind.PERSON, f"search {query}", title, "", SearchKey(query), "Search for messages from them.")


def typed_entry(query: str) -> Entry:
    """The search for what was typed."""
    shown = one_line(query)
    return Entry(Kind.SEARCH, f"search {query}", f"Search for '{shown}'", "", SearchKey(query))


def _quoted(text: str) -> str:
    """As a search has to say it."""
    bare = text.replace('"', "").replace("\\", "")
    return bare if all(character.isalnum() or character in "@.-_+" for character in bare) else f'"{bare}"'


class Pile:
    """Entries of one kind, many or few; those of people are made when they are found."""

    def __init__(self, lines: Iterable[str], entry: Callable[[int], Entry]) -> None:
        self._haystack = Haystack(lines)
        self.entry = entry

    def __len__(self) -> int:
        return len(self._haystack)

    def find(self, words: Sequence[str]) -> list[tuple[float, Row]]:
        """The best of them."""
        found = []
        for place, how in self._haystack.find(words, _MOST_OF_A_KIND):
            entry = self.entry(place)
            found.append((how.score + _WEIGHTS[entry.kind], Row(entry, frozenset(how.places))))
        return found


def pile_of(entries: Sequence[Entry]) -> Pile:
    """A pile of mailboxes or searches."""
    return Pile((entry.title for entry in entries), entries.__getitem__)


def pile_of_people(contacts: Sequence[Contact]) -> Pile:
    """A pile of people, whom one writes with most first."""
    lines = (f"{one.name} <{one.address}>" if one.name else one.address for one in contacts)
    return Pile(lines, lambda place: person_entry(contacts[place]))


class PaletteModel:
    """`recent` are keys of entries, the last chosen first. Mailboxes and people may come later (`add`).

    Where mail `can_search`, what is typed can be searched for, and what was can be again.
    """

    def __init__(self, commands: Sequence[Entry], recent: Sequence[str], *, can_search: bool = True) -> None:
        self._commands = commands
        self._recent = {key: place for place, key in enumerate(recent)}
        self._piles: list[Pile] = []
        self._can_search = can_search

    def add(self, pile: Pile) -> None:
        """From now on these are found too."""
        self._piles.append(pile)

    def rows(self, query: str) -> list[Row]:
        """What to show for what has been typed."""
        words = words_of(query)
        if not words:
            return self._at_hand()
        found = [row for entry in self._commands if (row := self._command_row(entry, words)) is not None]
        for pile in self._piles:
            found += pile.find(words)
        found = [(score + (_RECENT_BONUS if row.entry.key in self._recent else 0), row) for score, row in found]
        found.sort(key=lambda one: -one[0])
        shown = [row for _, row in found[:MOST_ROWS]]
        if self._can_search:
            shown.append(Row(typed_entry(" ".join(query.split()))))
        return shown

    def _command_row(self, entry: Entry, words: Sequence[str]) -> tuple[float, Row] | None:
        lower = _OTHER_PANE if entry.context is not None else 0.0
        how = match(words, entry.title.lower())
        if how is not None:
            return how.score + _WEIGHTS[Kind.COMMAND] + lower, Row(entry, frozenset(how.places))
        other = f"{entry.key} {entry.about}".lower()
        by_name = match(words, other) if all(word in other for word in words) else None
        return None if by_name is None else (by_name.score * _BY_NAME + lower, Row(entry))

    def _searched(self, key: str) -> Entry | None:
        """A search that was typed some time ago."""
        kind, _, query = key.partition(" ")
        if kind != Kind.SEARCH or not self._can_search:
            return None
        return Entry(Kind.SEARCH, key, one_line(query), "", SearchKey(query))

    def _at_hand(self) -> list[Row]:
        """What was chosen lately, the commands that the footer shows, mailboxes and searches, the other commands."""
        here = [entry for entry in self._commands if entry.context is None]
        often = [entry for entry in here if _is_of_footer(entry)]
        near = [pile.entry(place) for pile in self._piles for place in range(min(len(pile), _FIRST_OF_A_KIND))]
        known = {entry.key: entry for entry in (*here, *near)}
        recent = [entry for key in self._recent if (entry := known.pop(key, None) or self._searched(key)) is not None]
        shown = [known.pop(entry.key) for entry in (*often, *near, *here) if entry.key in known]
        return [Row(entry) for entry in (*recent, *shown)]


def _is_of_footer(entry: Entry) -> bool:
    return isinstance(entry.target, Command) and bool(entry.target.footer)
