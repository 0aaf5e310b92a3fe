"""What a picker of mailboxes offers: the likeliest first, and with letters typed the best match. Knows no widget.

Without letters: of the account at hand what fits the messages, what was used lately, the others in the order of the
tree; then other accounts in the same way. Where nothing is called as typed, a new mailbox of that name is offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from textual.fuzzy import FuzzySearch

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox, spoken
from tuimail.store.mailboxes import tree_order
from tuimail.store.target_mailbox import NewMailbox
from tuimail.ui.models.targets import Standing

MOST_SHOWN = 200
_NOTHING = Standing()
_FAVOUR = 1.3
"""How much better a match counts where messages went before."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One mailbox to choose, or to make; `matched` are the places of the letters typed in `label`."""

    target: MailboxId | NewMailbox
    label: str
    note: str
    matched: frozenset[int] = frozenset()
    other_order: str = ""
    """The account before the name, as some type it."""


class PickerModel:
    """`home` is the account that all messages are in, if they are in one; `creates_in` is any mailbox of the account
    that a new one would be made in, None where none is to be made.
    """

    def __init__(
        self,
        mailboxes: Iterable[Mailbox],
        standings: Mapping[MailboxId, Standing],
        *,
        home: str | None = None,
        creates_in: Mailbox | None = None,
    ) -> None:
        boxes = [box for box in mailboxes if box.selectable]
        accounts = {name: place for place, name in enumerate(dict.fromkeys(box.account for box in boxes))}
        if len(accounts) == 1:
            home = next(iter(accounts))
        self._creates_in = creates_in
        self._names_account = len(accounts) > 1
        self._names = {box.name.casefold() for box in boxes if creates_in and box.account == creates_in.account}

        def place(box: Mailbox) -> tuple[bool, bool, float, int, tuple[int, str]]:
            standing = standings.get(box.id, _NOTHING)
            is_foreign = home is not None and box.account != home
            return is_foreign, not standing.fits, -standing.weight, accounts[box.account], tree_order(box)

        self._choices = [
            (self._choice(box, standings.get(box.id, _NOTHING), home), box.id in standings)
            for box in sorted(boxes, key=place)
        ]

    def _choice(self, box: Mailbox, standing: Standing, home: str | None) -> Choice:
        name = one_line(spoken(box.name))
        use = box.special_use.value[1:] if box.special_use is not None else ""
        why = "of this sender" if standing.fits else "recent" if standing.weight else ""
        notes = ["" if use.casefold() == box.leaf.casefold() else use, why]
        label = f"{name} ({one_line(box.account)})" if self._names_account else name
        if home is not None and box.account != home:
            notes.append("other account")
        other_order = f"{one_line(box.account)} {name}" if self._names_account else ""
        return Choice(box.id, label, ", ".join(filter(None, notes)), other_order=other_order)

    def find(self, typed: str) -> list[Choice]:
        """The choices for what has been typed."""
        typed = typed.strip()
        if not typed:
            return [choice for choice, _ in self._choices[:MOST_SHOWN]]
        # Most mailboxes of very many lack the letters: that is found out quickly.
        lacks_none = re.compile(".*".join(map(re.escape, typed.casefold())), re.DOTALL).search
        search = FuzzySearch()
        found: list[tuple[float, Choice]] = []
        for choice, is_favoured in self._choices:
            score, places = 0.0, frozenset[int]()
            if lacks_none(choice.label.casefold()):
                score, letters = search.match(typed, choice.label)
                places = frozenset(letters)
            for other in (choice.note, choice.other_order):
                if not score and lacks_none(other.casefold()):
                    score = search.match(typed, other)[0] / 2
            if score:
                favoured = score * (_FAVOUR if is_favoured else 1)
                found.append((favoured, replace(choice, matched=places)))
        found.sort(key=lambda item: -item[0])
        made = self._new(typed)
        return [*(choice for _, choice in found[:MOST_SHOWN]), *([made] if made is not None else [])]

    def _new(self, typed: str) -> Choice | None:
        account = self._creates_in
        if account is None or typed.casefold() in self._names:
            return None
        where = f" in {one_line(account.account)}" if self._names_account else ""
        return Choice(NewMailbox(account.account_id, typed), f"Create '{one_line(typed)}'{where}", "new")
