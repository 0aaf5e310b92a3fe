"""An inbox of 200 messages on a server, and what a person who deals with them has in mind.

`Mind` is the model that the screen and the server are held against: where each message is, its flags, the list in front
of the person and the line that the cursor is on. It knows nothing of tuimail's store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from tests.engine.world import Other

COUNT = 200
NEWEST = 1_741_780_800
"""When the first message came; each one after it in the list is an hour older."""
ADDRESS = "sam@example.net"
_SEEN_FROM = 150
"""From here on the inbox is old mail, which was seen."""
PEOPLE = ("ada@example.org", "bo@example.org", "cy@example.com", "dee@example.com")
SHOP = "offers@shop.example"
DEV_LIST = "dev.lists.example.org"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the inbox; the number is its line in the list, from 1 on."""

    number: int

    @property
    def sender(self) -> str:
        """Every fifth one is the shop's, the rest people's."""
        return SHOP if self.number % 5 == 0 else PEOPLE[self.number % len(PEOPLE)]

    @property
    def is_of_list(self) -> bool:
        """Whether it came by the mailing list: every seventh one, but for the shop's."""
        return self.number % 7 == 0 and self.sender != SHOP

    @property
    def answers(self) -> int | None:
        """The letter that it answers: 61 to 66 are one thread, and 91 to 96."""
        return self.number + 1 if self.number in {*range(61, 66), *range(91, 96)} else None

    @property
    def flags(self) -> set[str]:
        """As they are at first."""
        return {"\\Seen"} if self.number >= _SEEN_FROM else set()

    @property
    def octets(self) -> bytes:
        """The message."""
        head = [
            f"From: {self.sender.split('@')[0].title()} <{self.sender}>",
            f"To: {ADDRESS}",
            f"Subject: Letter {self.number:03d}",
            f"Message-ID: <letter-{self.number}@mail.example.org>",
        ]
        if self.is_of_list:
            head.append(f"List-Id: Developers <{DEV_LIST}>")
        if self.answers is not None:
            head.append(f"In-Reply-To: <letter-{self.answers}@mail.example.org>")
        return ("\r\n".join(head) + f"\r\n\r\nThis is letter {self.number}.\r\n").encode()


LETTERS = {number: Letter(number) for number in range(1, COUNT + 1)}


def fill(other: Other) -> None:
    """Put them into the server's inbox, the oldest first."""
    for number in sorted(LETTERS, reverse=True):
        letter = LETTERS[number]
        flags = " ".join(sorted(letter.flags))
        other.append("INBOX", letter.octets, flags, at=NEWEST - 3600 * number)


@dataclass
class Mind:
    """What the person knows. `row` is the line of the cursor, from 0 on."""

    mailbox: dict[int, str] = field(default_factory=lambda: dict.fromkeys(LETTERS, "INBOX"))
    flags: dict[int, set[str]] = field(default_factory=lambda: {n: one.flags for n, one in LETTERS.items()})
    row: int = 0
    _before: list[tuple[list[int], dict[int, str], dict[int, set[str]]]] = field(default_factory=list)
    _after: list[tuple[list[int], dict[int, str], dict[int, set[str]]]] = field(default_factory=list)

    @property
    def rows(self) -> list[int]:
        """The inbox as it is listed."""
        return [number for number in sorted(LETTERS) if self.mailbox[number] == "INBOX"]

    @property
    def current(self) -> int:
        """The letter that the cursor is on."""
        return self.rows[self.row]

    def from_here(self, count: int) -> list[int]:
        """So many letters from the cursor on."""
        return self.rows[self.row : self.row + count]

    def sent_by(self, sender: str) -> list[int]:
        """The sender's letters that are in the inbox."""
        return [number for number in self.rows if LETTERS[number].sender == sender]

    def of_list(self) -> list[int]:
        """The mailing list's letters that are in the inbox."""
        return [number for number in self.rows if LETTERS[number].is_of_list]

    def go_to(self, number: int) -> int:
        """The cursor goes to this letter; gives by how many lines."""
        steps = self.rows.index(number) - self.row
        self.row += steps
        return steps

    def move(self, numbers: Iterable[int], mailbox: str, *, add: Sequence[str] = ()) -> None:
        """They leave for a mailbox; a cursor that was on one of them falls to the next that stays."""
        numbers = list(numbers)
        self._note(numbers)
        rows, current = self.rows, self.current
        stays = [number for number in rows[self.row :] if number not in numbers]
        for number in numbers:
            self.mailbox[number] = mailbox
            self.flags[number] |= set(add)
        left = self.rows
        wanted = current if current in left else stays[0] if stays else None
        self.row = left.index(wanted) if wanted is not None else max(0, len(left) - 1)

    def flag(self, numbers: Iterable[int]) -> None:
        """They are flagged, and stay where they are."""
        numbers = list(numbers)
        self._note(numbers)
        for number in numbers:
            self.flags[number].add("\\Flagged")

    def undo(self) -> None:
        """The last change was none; the cursor goes to what came back."""
        numbers, mailbox, flags = self._before.pop()
        self._after.append((numbers, deepcopy(self.mailbox), deepcopy(self.flags)))
        self.mailbox, self.flags = mailbox, flags
        self.row = self.rows.index(min(number for number in numbers if number in self.rows))

    def redo(self) -> None:
        """What was taken back is done again."""
        current = self.current
        numbers, mailbox, flags = self._after.pop()
        self._before.append((numbers, deepcopy(self.mailbox), deepcopy(self.flags)))
        stays = [number for number in self.rows[self.row :] if mailbox[number] == "INBOX"]
        self.mailbox, self.flags = mailbox, flags
        self.row = self.rows.index(current if current in self.rows else stays[0])

    def _note(self, numbers: list[int]) -> None:
        self._before.append((numbers, deepcopy(self.mailbox), deepcopy(self.flags)))
        self._after.clear()


def on_server(other: Other) -> list[tuple[int, str, tuple[str, ...]]]:
    """Every message of every mailbox: its number, where it is, its flags."""
    found = []
    for (mailbox, _uid), (flags, octets) in other.view().items():
        number = re.search(rb"Message-ID: <letter-(\d+)@", octets)
        assert number is not None, octets
        found.append((int(number[1]), mailbox, flags))
    return sorted(found)
