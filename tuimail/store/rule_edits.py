"""What the file of rules is to say and does not say yet: a rule made with a change, or taken back with it by undo.

A change of mail and the rule that it was made with are taken back together, in one transaction; a file is no part of
one. So the transaction leaves a row here, which holds from then on, and `settle` brings the file in line: at once, or
when the next tuimail reads the rules, if this one was killed between the two.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.errors import ConfigError
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.config.rules import Rule, RuleBook
    from tuimail.store.database import Connection, Database
    from tuimail.store.recorder import Recorder

ACTION = "rule"
"""The action of undo items: the argument is JSON, name and TOML of the rule, and whether it is to be there."""


def make(connection: Connection, recorder: Recorder, rule: Rule) -> None:
    """The rule is there, as a part of the change."""
    from tuimail.config.rules import rule_text

    _write(connection, recorder, rule.name, rule_text(rule), is_there=True)


def drop(connection: Connection, recorder: Recorder, rule: Rule) -> None:
    """The rule is no more, as a part of the change."""
    from tuimail.config.rules import rule_text

    _write(connection, recorder, rule.name, rule_text(rule), is_there=False)


def revert(connection: Connection, recorder: Recorder, argument: str) -> None:
    """Do what an undo item says."""
    name, text, is_there = msgspec.json.decode(argument)
    _write(connection, recorder, name, text, is_there=is_there)


def _write(connection: Connection, recorder: Recorder, name: str, text: str, *, is_there: bool) -> None:
    connection.execute("INSERT OR REPLACE INTO rule_edits (name, text) VALUES (?, ?)", (name, text if is_there else ""))
    recorder.touch_rule(name)
    recorder.can_undo_by(None, ACTION, msgspec.json.encode([name, text, not is_there]).decode())


def pending(connection: Connection) -> dict[str, str]:
    """What is to be written, by the rules' names: TOML, "" for one that is to go."""
    return dict(rows(connection, "SELECT name, text FROM rule_edits ORDER BY name"))


def in_force(book: RuleBook, edits: dict[str, str], path: Path) -> RuleBook:
    """The rules of the file with what is to be written."""
    import tomllib

    from tuimail.config.rules import decode_rule

    kept = tuple(rule for rule in book.rules if rule.name not in edits)
    if not edits:
        return book
    made = []
    for text in filter(None, edits.values()):
        (table,) = tomllib.loads(text)["rule"]
        made.append(decode_rule(table, path, len(kept) + 1))
    return replace(book, rules=(*kept, *made))


def settle(database: Database, path: Path) -> RuleBook:
    """Bring the file of rules in line, and read it.

    Raises:
        ConfigError: it cannot be changed; what is to be written holds all the same.
    """
    # Here and above: the app does not wait for these at its start.
    from tuimail.config import rules as rules_file

    edits = database.read(pending)
    book = rules_file.load_rules(path)
    for name, text in edits.items():
        is_there = book.named(name) is not None
        if text and not is_there:
            rules_file.add_text(path, name, text)
        elif not text and is_there:
            rules_file.remove_rule(path, name)
    if not edits:
        return book

    def forget(connection: Connection) -> None:
        # But for what has been decided anew meanwhile.
        connection.executemany("DELETE FROM rule_edits WHERE name = ? AND text = ?", list(edits.items()))

    database.write(forget, durable=True)
    return rules_file.load_rules(path)


def read_book(database: Database, path: Path) -> RuleBook:
    """The rules that hold, for whoever applies or shows them; a file that cannot be changed is named as a problem."""
    from tuimail.config.rules import load_rules

    try:
        return settle(database, path)
    except ConfigError as error:
        book = in_force(load_rules(path), database.read(pending), path)
        return replace(book, problems=(*book.problems, str(error)))
