"""An inbox of 200 messages is dealt with by keys alone, and the server then has what the person had in mind."""

from __future__ import annotations

import time
from pathlib import Path

from tests.engine.world import Other
from tests.servers.dovecot import Dovecot
from tests.ui import e2e_inbox as inbox
from tests.ui.e2e_account import PASSWORD, USER, make_desktop, wait_until_sent
from tests.ui.e2e_inbox import Mind
from tests.ui.e2e_tmux import Tmux
from tuimail.store.store import Store

PROJECT = "Projects/Harbour"


class Person:
    """Somebody who knows the keys, and looks at what came of each before going on."""

    def __init__(self, tmux: Tmux, store: Store) -> None:
        self.tmux = tmux
        self.mind = Mind()
        self._store = store

    def waits_for_the_server(self) -> None:
        """Until nothing is left to be sent."""
        wait_until_sent(self._store)

    def sees(self, *more: str) -> None:
        """The list is as it should be: cursor, place, number of messages."""
        mind = self.mind
        place = rf"Inbox {mind.row + 1}/{len(mind.rows)}\b"
        self.tmux.wait(place, rf"›[^\n]*Letter {mind.current:03d}", *more)

    def goes_to(self, number: int) -> None:
        """By an arrow, with a count where it is farther."""
        steps = self.mind.go_to(number)
        count = str(abs(steps)) if abs(steps) > 1 else ""
        if steps:
            self.tmux.press(*count, "Down" if steps > 0 else "Up")
        self.sees()

    def files(self, *keys: str, to: str, count: int = 1, add: tuple[str, ...] = ()) -> None:
        """One decision about the messages from the cursor on."""
        self.tmux.press(*keys)
        self.mind.move(self.mind.from_here(count), to, add=add)
        self.sees()

    def picks(self, letters: str, found: str) -> None:
        """A mailbox, by letters of its name."""
        self.tmux.wait("Letters of the name")
        self.tmux.type(letters)
        self.tmux.wait(f"›{found}")
        self.tmux.press("Enter")


def test_two_hundred_messages_are_dealt_with_by_keys(tmp_path: Path) -> None:
    with Dovecot(users={USER: PASSWORD}) as dovecot:
        other = Other(dovecot.port, USER, PASSWORD)
        for name in (PROJECT, "Projects/Hall", "Receipts"):
            other.create(name)
        inbox.fill(other)
        desktop = make_desktop(tmp_path, dovecot)
        started_s = time.monotonic()
        with Tmux(*desktop.arguments, variables=desktop.variables) as tmux:
            tmux.wait("home: connected")
            store = Store(desktop.data)
            person = Person(tmux, store)
            person.sees()
            _decide_one_by_one(person)
            _decide_many_at_once(person)
            _decide_in_small_windows(person)
            _decide_for_ever(person)
            _take_back(person)
            tmux.press("*", "a")
            tmux.wait(f"{len(person.mind.rows)} marked")
            tmux.press("a")
            for number in person.mind.rows:
                person.mind.mailbox[number] = "Archive"
            tmux.wait("home: connected", without=r"Inbox \d")
            person.waits_for_the_server()
            seconds = time.monotonic() - started_s
            tmux.press("q")
            assert tmux.wait_for_end() == "0"
            store.close()
        print(f"{inbox.COUNT} messages: {tmux.pressed} keys, {seconds:.1f} s with looking at each step")
        mind = person.mind
        wanted = [(number, mind.mailbox[number], tuple(sorted(mind.flags[number]))) for number in inbox.LETTERS]
        assert inbox.on_server(other) == wanted
        other.close()


def _decide_one_by_one(person: Person) -> None:
    """Archive, delete, junk, flag, move by letters, repeat, read, count."""
    for key, mailbox in (("a", "Archive"), ("d", "Trash"), ("a", "Archive"), ("Delete", "Trash")):
        person.files(key, to=mailbox)
    person.files("J", to="Junk", add=("$Junk",))
    person.files("!", to="Junk", add=("$Junk",))
    for _ in range(2):
        person.tmux.press("f")
        person.mind.flag([person.mind.current])
        person.sees(r"›[^\n]*!")
        person.goes_to(person.mind.rows[person.mind.row + 1])
    person.tmux.press("m")
    person.picks("phar", PROJECT)
    person.mind.move([person.mind.current], PROJECT)
    person.sees()
    person.files(".", to=PROJECT)
    person.files("4", ".", to=PROJECT, count=4)
    person.files("1", "2", "a", to="Archive", count=12)
    person.tmux.press("m")
    # Where messages went last stands first, before any letter.
    person.tmux.wait("›Projects/Harbour")
    person.tmux.press("Enter")
    person.mind.move([person.mind.current], PROJECT)
    person.sees()
    read = person.mind.current
    person.tmux.press("Enter")
    person.tmux.wait(f"This is letter {read}")
    person.mind.flags[read].add("\\Seen")
    # From the text one goes on to the text of the next message.
    person.files("a", to="Archive")
    person.tmux.wait(f"This is letter {person.mind.current}")
    person.mind.flags[person.mind.current].add("\\Seen")
    person.tmux.press("Escape")
    # A key that comes with the escape would be taken for one with alt.
    person.sees("enter Open")


def _decide_many_at_once(person: Person) -> None:
    """Marks by range, of a sender, by a search, of a thread; a thread as one row."""
    tmux, mind = person.tmux, person.mind
    tmux.press("v")
    tmux.wait("range: 1")
    tmux.press("9", "j", "v")
    tmux.wait("10 marked")
    tmux.press("d")
    mind.move(mind.from_here(10), "Trash")
    mind.row = mind.rows.index(next(number for number in mind.rows if number >= mind.current))
    person.sees()
    person.goes_to(next(number for number in mind.rows if inbox.LETTERS[number].sender == inbox.SHOP))
    offers = mind.sent_by(inbox.SHOP)
    tmux.press("*", "f")
    tmux.wait(f"{len(offers)} marked")
    tmux.press("d")
    mind.move(offers, "Trash")
    person.sees()
    tmux.press("*", "/")
    tmux.wait("Mark by search")
    tmux.type("from:bo is:seen")
    tmux.press("Enter")
    receipts = [number for number in mind.sent_by("bo@example.org") if "\\Seen" in mind.flags[number]]
    tmux.wait(f"{len(receipts)} marked")
    tmux.press("m")
    person.picks("rec", "Receipts")
    mind.move(receipts, "Receipts")
    person.sees()
    person.goes_to(62)
    thread = [61, 62, 63, 64, 66]
    tmux.press("*", "t")
    tmux.wait(f"{len(thread)} marked")
    tmux.press("a")
    mind.move(thread, "Archive")
    person.sees()
    person.goes_to(91)
    tmux.press("t")
    tmux.wait(r"›[^\n]*▸5[^\n]*Letter 091")
    tmux.press("d")
    tmux.wait("5 messages moved to Trash")
    mind.move([91, 92, 93, 94, 96], "Trash")
    tmux.press("t")
    person.sees()


def _decide_in_small_windows(person: Person) -> None:
    """The window becomes smaller and larger amid the work, and the cursor stays where it was."""
    tmux, mind = person.tmux, person.mind
    for columns, lines in ((80, 24), (50, 12), (20, 5), (240, 60), (100, 30)):
        tmux.resize(columns, lines)
        tmux.wait(rf"›[^\n]*Letter {mind.current:03d}" if columns > 20 else "›")
        tmux.press("a")
        mind.move([mind.current], "Archive")
    tmux.resize(140, 40)
    person.sees()


def _decide_for_ever(person: Person) -> None:
    """Snooze until tomorrow, and again; a rule from an example, for the mailing list."""
    tmux, mind = person.tmux, person.mind
    tmux.press("z")
    tmux.wait("Pick a time")
    tmux.type("tomorrow")
    tmux.wait("›At that time .* 08:00")
    tmux.press("Enter")
    mind.move([mind.current], "Snoozed")
    person.sees()
    person.files("2", ".", to="Snoozed", count=2)
    person.goes_to(mind.of_list()[0])
    listed = mind.of_list()
    tmux.press("L")
    tmux.wait("Always do this", f"to the mailing list {inbox.DEV_LIST}", r"\[x\] and with the \d+ in the inbox now")
    tmux.press("Down", "Space")
    tmux.wait(r"\(•\) to the mailing list", f"the {len(listed)} in the inbox")
    tmux.press("Down", "Down", "Down", "Space")
    tmux.wait(r"\[x\] archive", f"{len(listed)} messages in the inbox would be archived now")
    tmux.press("Enter")
    mind.move(listed, "Archive")
    person.sees()


def _take_back(person: Person) -> None:
    """Undo and redo, before and after the server has carried out what was done."""
    tmux, mind = person.tmux, person.mind
    first = mind.current
    person.files("d", to="Trash")
    tmux.press("u")
    mind.undo()
    person.sees(f"›[^\n]*Letter {first:03d}")
    tmux.press("U")
    mind.redo()
    person.sees()
    person.waits_for_the_server()
    person.files("3", "d", to="Trash", count=3)
    person.waits_for_the_server()
    tmux.press("u")
    mind.undo()
    person.sees()
    tmux.press("2", "a")
    mind.move(mind.from_here(2), "Archive")
    person.sees()
