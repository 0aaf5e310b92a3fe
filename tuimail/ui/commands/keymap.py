"""The keymap: which keys run which command, in each context.

    declarations ──► preset (a table of changes) ──► the user's lines ──► a table a context

A table is a tree: a key leads to a command, or to the table of the keys that may follow it. No sequence stands twice in
a context, and none begins another one: a line that would make that so is left out and told, the rest works. What begins
a sequence in one pane only leads nowhere in the others: nobody's second key is taken for a command there. Knows nothing
of the screen, and reads no file (see `keymap_file`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tuimail.ui.commands.command import PANES, Command, Context
from tuimail.ui.commands.key_names import KeySequence, parse_declared, shown

Table = dict[str, "Command | Table"]
Place = tuple[Context, str]
"""A context, and the id of a command."""


class Line(msgspec.Struct, frozen=True):
    """What somebody wants: these sequences, and no others, for a command in some of its contexts."""

    command_id: str
    contexts: tuple[Context, ...]
    sequences: tuple[KeySequence, ...]


class Keymap(msgspec.Struct, frozen=True):
    """`tables` are complete: that of a pane has the keys of EVERYWHERE too. `faults` are in words."""

    tables: Mapping[Context, Table]
    sequences: Mapping[Place, tuple[KeySequence, ...]]
    faults: tuple[str, ...] = ()
    _commands: Mapping[str, Command] = msgspec.field(default_factory=dict)

    def table(self, context: Context) -> Table:
        """What keys lead to in the context."""
        return self.tables.get(context, {})

    def shown(self, id_: str, context: Context | None = None) -> str:
        """The first keys of a command as people write them; "" when it has none. Any context, unless one is named."""
        return next(iter(self.all_shown(id_, context)), "")

    def all_shown(self, id_: str, context: Context | None = None) -> tuple[str, ...]:
        """All keys of a command, as people write them."""
        for place in self._commands[id_].contexts if context is None else (context,):
            if found := self.sequences.get((place, id_)):
                return tuple(map(shown, found))
        return ()

    def lacks(self, key: str, context: Context, *, but_has: Context) -> bool:
        """Whether a key means nothing in a context, but something in another one."""
        return key not in self.table(context) and key in self.table(but_has)


def build_keymap(
    commands: Mapping[str, Command],
    preset: Mapping[str, str],
    lines: Sequence[Line] = (),
    faults: Sequence[str] = (),
) -> Keymap:
    """The keymap of declarations, of a preset (declared keys by the command's id) and of the user's lines.

    `faults` were found before this, in reading the lines.
    """
    base: dict[Place, tuple[KeySequence, ...]] = {}
    for command in commands.values():
        sequences = parse_declared(preset.get(command.id, command.keys))
        base.update({(context, command.id): sequences for context in command.contexts})
    found = list(faults)
    standing = list(lines)
    while True:
        builder = _Builder(commands, base, standing)
        if builder.refused is None:
            _lead_nowhere(builder.tables)
            return Keymap(builder.tables, builder.sequences, (*found, *builder.faults), commands)
        # Without it the command has its keys of the preset again, which another line may have taken: look again.
        standing.remove(builder.refused)
        found.append(builder.why)


class _Builder:
    """One try: `refused` is the first line that clashes, `why` says with what."""

    def __init__(
        self, commands: Mapping[str, Command], base: Mapping[Place, tuple[KeySequence, ...]], lines: Sequence[Line]
    ) -> None:
        self._commands = commands
        self.tables: dict[Context, Table] = {context: {} for context in Context}
        self.sequences: dict[Place, tuple[KeySequence, ...]] = {}
        self.faults: list[str] = []
        self.refused: Line | None = None
        self.why = ""
        lines_of = {(context, line.command_id): line for line in lines for context in line.contexts}
        for (context, id_), sequences in base.items():
            if (context, id_) not in lines_of:
                kept = [sequence for sequence in sequences if self._insert(context, id_, sequence)]
                self.sequences[context, id_] = tuple(kept)
        for line in lines:
            for context in line.contexts:
                if lines_of[context, line.command_id] is line and not self._insert_line(line, context):
                    return

    def _insert_line(self, line: Line, context: Context) -> bool:
        self.sequences[context, line.command_id] = line.sequences
        for sequence in line.sequences:
            if not self._insert(context, line.command_id, sequence):
                self.refused, self.why = line, self.faults.pop()
                return False
        return True

    def _insert(self, context: Context, id_: str, sequence: KeySequence) -> bool:
        reached = (context, *PANES) if context is Context.EVERYWHERE else (context,)
        for one in reached:
            if clash := _clash(self.tables[one], sequence):
                self.faults.append(f'"{shown(sequence)}" cannot be {id_} ({_where(one)}): {clash}')
                return False
        for one in reached:
            table = self.tables[one]
            for key in sequence[:-1]:
                below = table.get(key)
                if not isinstance(below, dict):
                    below = table[key] = {}
                table = below
            table[sequence[-1]] = self._commands[id_]
        return True


def _lead_nowhere(tables: Mapping[Context, Table]) -> None:
    """Where the first key of another pane's sequence means nothing, the rest of the sequence means nothing either."""
    begins = {key: entry for pane in PANES for key, entry in tables[pane].items() if isinstance(entry, dict)}
    for pane in PANES:
        for key, entry in begins.items():
            tables[pane].setdefault(key, _without_commands(entry))


def _without_commands(table: Table) -> Table:
    return {key: _without_commands(entry) for key, entry in table.items() if isinstance(entry, dict)}


def _where(context: Context) -> str:
    return "everywhere" if context is Context.EVERYWHERE else f"in {context.value}"


def _clash(table: Table, sequence: KeySequence) -> str:
    """Why the sequence cannot stand in the table, in words; "" when it can."""
    entry: Command | Table = table
    for length, key in enumerate(sequence, 1):
        if not isinstance(entry, dict):
            break
        following = entry.get(key)
        if following is None:
            return ""
        entry = following
        if isinstance(entry, Command):
            if length == len(sequence):
                return f"it is {entry.id} already"
            return f'"{shown(sequence[:length])}" is {entry.id} already'
    first, command = next(iter(listed(entry))) if isinstance(entry, dict) else (sequence, entry)
    return f'"{shown((*sequence, *first))}" is {command.id} already'


def listed(table: Table) -> list[tuple[KeySequence, Command]]:
    """All commands of a table, each with the keys that lead to it."""
    found: list[tuple[KeySequence, Command]] = []
    for key, entry in table.items():
        if isinstance(entry, Command):
            found.append(((key,), entry))
        else:
            found += [((key, *rest), command) for rest, command in listed(entry)]
    return found
