"""rules.toml, beside config.toml: what is always done with messages that are new in an inbox. Read and edited here.

    [[rule]]
    name = "Harbour news"                    # must be there, and no other rule's
    list_id = "news.harbour.example"         # conditions, all of which must hold: from, domain, list_id, tag
    move = "Lists/Harbour"                   # actions: move, or archive, or junk, or delete; and seen, flag
    seen = true

Rules are tried in their order, and all that match act; of several that move a message, the first one does. A rule that
is faulty is left out and named; the others work. Comments and order stay when rules are added and removed.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from tuimail.config import toml_text
from tuimail.config.edit import edit_file
from tuimail.config.load import convert_table
from tuimail.config.schema import Table
from tuimail.model.errors import ConfigError

_HEAD = """\
# What tuimail always does with messages that are new in an inbox. See docs/rules.md.
"""
Shown = Annotated[str, msgspec.Meta(min_length=1, max_length=100, description="a name of up to 100 characters")]
_DISABLED = re.compile(r"\s*disabled\s*=")
_HEADER = re.compile(r"\[\[\s*rule\s*\]\](\s*#.*)?")
_PLACES = ("move", "archive", "junk", "delete")


class Rule(Table, frozen=True, kw_only=True):
    """`[[rule]]`. `from_` is an address, `domain` what stands behind its @, `tag` a word in brackets before a subject.

    `account` "": of every account. `move` names a mailbox of the message's account. `list_id` is what stands between
    the angle brackets (RFC 2919).
    """

    name: Shown
    account: str = ""
    from_: str = msgspec.field(name="from", default="")
    domain: str = ""
    list_id: str = ""
    tag: str = ""
    move: str = ""
    archive: bool = False
    junk: bool = False
    delete: bool = False
    seen: bool = False
    flag: bool = False
    disabled: bool = False

    @property
    def conditions(self) -> tuple[tuple[str, str], ...]:
        """The conditions that are set, by their keys."""
        every = (("from", self.from_), ("domain", self.domain), ("list_id", self.list_id), ("tag", self.tag))
        return tuple((key, value) for key, value in every if value)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of a file in their order, and what is wrong with those that were left out, in words."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def active(self) -> tuple[Rule, ...]:
        """Those that are not disabled."""
        return tuple(rule for rule in self.rules if not rule.disabled)

    def named(self, name: str) -> Rule | None:
        """The rule of that name."""
        return next((rule for rule in self.rules if rule.name == name), None)


def deeds(rule: Rule) -> str:
    """What the rule does to a message, in words."""
    done = [
        f"moved to {rule.move}" if rule.move else "",
        "archived" if rule.archive else "",
        "moved to Junk" if rule.junk else "",
        "moved to Trash" if rule.delete else "",
        "marked as seen" if rule.seen else "",
        "flagged" if rule.flag else "",
    ]
    return " and ".join(filter(None, done))


def about(rule: Rule) -> str:
    """What the rule is about, in words."""
    words = {"from": "from {}", "domain": "from anyone at {}", "list_id": "to the list {}", "tag": "subject [{}]"}
    told = ", ".join(words[key].format(value) for key, value in rule.conditions)
    return f"{told}, in {rule.account}" if rule.account else told


def load_rules(path: Path) -> RuleBook:
    """The rules in `path`; without such a file none. What is wrong stands in the book: nothing is raised."""
    try:
        raw = toml_text.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return RuleBook()
    except (OSError, UnicodeDecodeError) as error:
        return RuleBook(problems=(f"{path} cannot be read: {error}.",))
    except tomllib.TOMLDecodeError as error:
        return RuleBook(problems=(f"{path} is not valid TOML: {error}. None of its rules is applied.",))
    tables = raw.pop("rule", [])
    problems = [f"{path}: unknown key `{key}`. Rules begin with [[rule]]." for key in raw]
    if not isinstance(tables, list):
        return RuleBook(problems=(*problems, f"{path}: `rule` must be written as [[rule]]."))
    rules: dict[str, Rule] = {}
    for number, table in enumerate(tables, 1):
        try:
            rule = decode_rule(table, path, number)
            if rule.name in rules:
                raise ConfigError(f"{path}: two rules are called '{rule.name}'.", hint="Give the second another name.")
            rules[rule.name] = rule
        except ConfigError as error:
            problems.append(f"{error} This rule is left out.")
    return RuleBook(tuple(rules.values()), tuple(problems))


def decode_rule(table: object, path: Path, number: int) -> Rule:
    """The rule in a table; `path` and `number` are for messages.

    Raises:
        ConfigError: a key is unknown or a value wrong, or it has no condition, no action, or two places to move to.
    """
    name = table.get("name") if isinstance(table, dict) else None
    where = f"rule '{name[:100]}'" if isinstance(name, str) and name else f"rule {number}"
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {where} must be a table.")
    rule = convert_table(table, Rule, path, where)
    if not rule.conditions:
        raise ConfigError(f"{path}: [{where}] has no condition.", hint="Add `from`, `domain`, `list_id` or `tag`.")
    places = [key for key in _PLACES if getattr(rule, key)]
    if len(places) > 1:
        raise ConfigError(f"{path}: [{where}] has both `{places[0]}` and `{places[1]}`.", hint="Keep one of them.")
    if not (places or rule.seen or rule.flag):
        raise ConfigError(f"{path}: [{where}] does nothing.", hint=f"Add one of {', '.join(_PLACES)}, seen, flag.")
    return rule


def rule_text(rule: Rule) -> str:
    """The rule as TOML, as it is written at the end of the file."""
    import tomlkit

    table = tomlkit.table()
    for key, value in msgspec.to_builtins(rule).items():
        table.add(key, value)
    return f"[[rule]]\n{table.as_string()}"


def add_rule(path: Path, rule: Rule) -> None:
    """Write the rule behind those that are there; the file is made if there is none.

    Raises:
        ConfigError: a rule has that name, or the file cannot be read, understood or replaced; it is unchanged then.
    """
    add_text(path, rule.name, rule_text(rule))


def add_text(path: Path, name: str, text: str) -> None:
    """As `add_rule`, for the TOML of a rule called `name`."""
    _make_file(path)

    def edit(before: str) -> str:
        if name in _names(toml_text.parse(before)):
            raise ConfigError(f"{path}: there is a rule '{name}' already.", hint="Give it another name.")
        gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
        return f"{before}{gap}{text}"

    edit_file(path, edit)


def remove_rule(path: Path, name: str) -> str:
    """Take the rule out of the file. Returns it as TOML.

    Raises:
        ConfigError: there is none of that name, or the file cannot be read, understood or replaced.
    """
    removed = ""

    def edit(before: str) -> str:
        nonlocal removed
        document, place = _found(before, path, name)
        above, removed, below = _parts(before, place)
        wanted = _rules_of(before)
        del wanted[place]
        edited = f"{above}{below.lstrip()}".rstrip("\n") + "\n"
        if _rules_of(edited) == wanted:
            return edited
        # Written in a form that lines do not show, such as an inline array: the document is edited as a whole.
        removed = f"[[rule]]\n{document['rule'][place].as_string()}"
        del document["rule"][place]
        return str(document.as_string())

    edit_file(path, edit)
    return removed


def set_disabled(path: Path, name: str, *, disabled: bool) -> None:
    """Let the rule rest, or apply it again.

    Raises:
        ConfigError: as `remove_rule`.
    """

    def edit(before: str) -> str:
        document, place = _found(before, path, name)
        above, own, below = _parts(before, place)
        lines = [line for line in own.splitlines() if not _DISABLED.match(line)]
        lines += ["disabled = true"] if disabled else []
        edited = "\n".join([*lines, ""]) if own else ""
        wanted = _rules_of(before)
        wanted[place].pop("disabled", None)
        wanted[place] |= {"disabled": True} if disabled else {}
        if _rules_of(above + edited + below) == wanted:
            return above + edited + below
        document["rule"][place].pop("disabled", None)
        if disabled:
            document["rule"][place]["disabled"] = True
        return str(document.as_string())

    edit_file(path, edit)


def _parts(text: str, place: int) -> tuple[str, str, str]:
    """What is above the rule at `place`, its lines, and what is below: comments before a header are that one's."""
    lines = text.splitlines(keepends=True)
    headers = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    starts = [number for number in headers if _HEADER.fullmatch(lines[number].strip())]
    if place >= len(starts):
        return text, "", ""
    start = starts[place]
    end = next((number for number in headers if number > start), len(lines))
    last = max(number for number in range(start, end) if lines[number].strip() and lines[number].lstrip()[0] != "#")
    return "".join(lines[:start]), "".join(lines[start : last + 1]), "".join(lines[last + 1 :])


def _rules_of(text: str) -> list[Any]:
    try:
        found = toml_text.parse(text).get("rule", [])
    except tomllib.TOMLDecodeError:
        return []
    return found if isinstance(found, list) else []


def _found(text: str, path: Path, name: str) -> tuple[Any, int]:
    import tomlkit

    # Read strictly first: what tomlkit takes and tomllib does not would be lost for the other.
    names = _names(toml_text.parse(text))
    if name not in names:
        raise ConfigError(f"{path}: there is no rule '{name}'.", hint="`tuimail rules list` names them.")
    return tomlkit.parse(text), names.index(name)


def _names(raw: dict[str, Any]) -> Sequence[object]:
    tables = raw.get("rule", [])
    if not isinstance(tables, list):
        return ()
    return [table.get("name") if isinstance(table, dict) else None for table in tables]


def _make_file(path: Path) -> None:
    """The file is there, readable for its owner alone."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".rules-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_HEAD)
        Path(name).replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error}.") from error
