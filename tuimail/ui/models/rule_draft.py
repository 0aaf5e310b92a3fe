"""A rule while it is being made from messages as examples: what it may be about, what it does. Knows no widget.

about    one of the conditions that hold for all of the examples
does     one place to move to at most, and flags
also     whether what is here already is dealt with alike
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tuimail.config.rules import Rule, deeds
from tuimail.model.ids import MessageId
from tuimail.model.message import Message
from tuimail.store.rules import list_id_of, tag_of

_LONGEST_NAME = 90


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule may be about: a key of a rule and its value, and both in words."""

    key: str
    value: str
    words: str


class Action(enum.Enum):
    """What a rule may do; the value is its key in the file, the title is for people."""

    MOVE = "move"
    ARCHIVE = "archive"
    DELETE = "delete"
    JUNK = "junk"
    SEEN = "seen"
    FLAG = "flag"


TITLES = {
    Action.MOVE: "move to a mailbox…",
    Action.ARCHIVE: "archive",
    Action.DELETE: "move to the trash",
    Action.JUNK: "move to junk",
    Action.SEEN: "mark as seen",
    Action.FLAG: "flag",
}
_PLACES = frozenset({Action.MOVE, Action.ARCHIVE, Action.DELETE, Action.JUNK})


def conditions_of(examples: Sequence[Message]) -> list[Condition]:
    """The conditions that hold for every one of the messages, the narrowest way to tell them first."""
    if not examples:
        return []
    sender = _common([one.envelope.from_[0].address.casefold() if one.envelope.from_ else "" for one in examples])
    domain = _common(
        [one.envelope.from_[0].address.rpartition("@")[2].casefold() if one.envelope.from_ else "" for one in examples]
    )
    list_id = _common([list_id_of(one.envelope) for one in examples])
    tag = _common([tag_of(one.envelope.subject) for one in examples])
    found = [
        Condition("from", sender, f"from {sender}"),
        Condition("list_id", list_id, f"to the mailing list {list_id}"),
        Condition("tag", tag, f"with a subject that begins with [{tag}]"),
        Condition("domain", domain, f"from anyone at {domain}"),
    ]
    return [one for one in found if one.value]


def _common(values: Sequence[str]) -> str:
    """The value that all have; "" where they differ."""
    return values[0] if len(set(values)) == 1 else ""


@dataclass(slots=True)
class RuleDraft:
    """What has been chosen so far. `account`: the one that all examples are of, "" for several."""

    conditions: list[Condition]
    account: str
    taken_names: Collection[str] = ()
    chosen: int = 0
    actions: set[Action] = field(default_factory=set)
    target: str = ""
    applies_to_existing: bool = True

    @property
    def condition(self) -> Condition:
        """The one that is chosen."""
        return self.conditions[self.chosen]

    def toggle(self, action: Action, *, target: str = "") -> None:
        """Do it or leave it; of the places to move to, the last one chosen counts. `target` goes with MOVE."""
        if action in self.actions and not (action is Action.MOVE and target and target != self.target):
            self.actions.discard(action)
        else:
            if action in _PLACES:
                self.actions -= _PLACES
            self.actions.add(action)
        self.target = target if Action.MOVE in self.actions and target else self.target
        if Action.MOVE not in self.actions:
            self.target = ""

    @property
    def is_complete(self) -> bool:
        """Whether it does anything."""
        return bool(self.actions)

    @property
    def rule(self) -> Rule:
        """The rule; one that moves to a mailbox is about the account that has it."""
        condition = self.condition
        settings = {action.value: True for action in self.actions if action is not Action.MOVE}
        return Rule(
            name=self._name(),
            account=self.account if self.target else "",
            from_=condition.value if condition.key == "from" else "",
            domain=condition.value if condition.key == "domain" else "",
            list_id=condition.value if condition.key == "list_id" else "",
            tag=condition.value if condition.key == "tag" else "",
            move=self.target,
            **settings,
        )

    def _name(self) -> str:
        name = self.condition.value[:_LONGEST_NAME]
        numbered, number = name, 2
        while numbered in self.taken_names:
            numbered, number = f"{name} {number}", number + 1
        return numbered

    def what_happens(self) -> str:
        """What is done, in words: "archived and marked as seen"."""
        return deeds(self.rule)


@dataclass(frozen=True, slots=True)
class MadeRule:
    """A rule, and the messages that it is applied to at once."""

    rule: Rule
    ids: tuple[MessageId, ...]
