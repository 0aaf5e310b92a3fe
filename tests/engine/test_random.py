"""Anything in any order: our user, another client and the network act at random; in the end store and server agree.

And no message is gone that nobody deleted.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.conftest import Servers
from tests.engine.proxy import Plan, Proxy
from tests.engine.world import Mirror, Other, assert_same, mail
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes

BOXES = ("INBOX", "Archive", "Box")
FLAGS = ("\\Seen", "\\Flagged", "$Work", "Later")
USES = (SpecialUse.ARCHIVE, SpecialUse.TRASH, SpecialUse.JUNK)

_number = st.integers(0, 7)
ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["flag", "unflag", "their flag", "their unflag"]), _number, st.sampled_from(FLAGS)),
    st.tuples(st.sampled_from(["move", "their move", "copy", "their copy"]), _number, st.sampled_from(BOXES)),
    st.tuples(st.just("use"), _number, st.sampled_from(USES)),
    st.tuples(st.sampled_from(["delete", "their delete", "undo", "their mail"]), _number, st.just("")),
    st.tuples(st.just("recreate"), _number, st.just("Box")),
    st.tuples(st.just("pass"), _number, st.sampled_from(["", "", "cut"])),
)


class Play:
    """One example. `wanted` counts, for each message name, how many must be left at least."""

    def __init__(self, mirror: Mirror, other: Other, proxy: Proxy) -> None:
        self.mirror, self.other, self.proxy = mirror, other, proxy
        self.count = 0
        self.lost: set[str] = set()
        other.create("Box")
        for _ in range(6):
            self.mail()
        mirror.sync_ok()

    def mail(self) -> None:
        self.count += 1
        self.other.append("INBOX", mail(f"m{self.count}", message_id=self.count % 5 != 0))

    def act(self, what: str, number: int, argument: str) -> None:
        if what.startswith("their"):
            self.their(what, number, argument)
        elif what == "pass":
            self.proxy.play(Plan(number * 3 + 2, "after") if argument else None)
            self.mirror.sync()
            self.proxy.play()
        elif what == "recreate":
            names = self.other.names("Box")
            self.other.delete("Box")
            self.other.create("Box")
            # The same messages, under new UIDs: a server that was restored from a backup.
            for name in reversed(names):
                self.other.append("Box", mail(name, message_id=int(name[1:]) % 5 != 0))
        elif what == "undo":
            self.mirror.undo()
        else:
            self.our(what, number, argument)

    def our(self, what: str, number: int, argument: str) -> None:
        messages = sorted(self.mirror.messages(), key=lambda message: message.id)
        if not messages:
            return
        message = messages[number % len(messages)]
        ids, write = [message.id], self.mirror.write
        if what in {"flag", "unflag"}:
            names = [argument]
            add, remove = (names, []) if what == "flag" else ([], names)
            write(lambda c: changes.change_flags(c, ids, add=add, remove=remove, now=1))
        elif what == "use":
            write(lambda c: changes.move_to_use(c, ids, SpecialUse(argument), now=1))
        elif what == "delete":
            self.lost.add(message.envelope.subject)
            write(lambda c: changes.expunge(c, ids, now=1))
        elif argument in self.mirror.mailboxes():
            target = self.mirror.mailbox_id(argument)
            write(lambda c: (changes.move if what == "move" else changes.copy)(c, ids, target, now=1))

    def their(self, what: str, number: int, argument: str) -> None:
        if what == "their mail":
            self.mail()
            return
        box = BOXES[number % len(BOXES)]
        self.other.select(box)
        (octets,) = self.other.ok(self.other.imap.uid("SEARCH", "ALL"))
        uids = octets.decode().split()
        if not uids:
            return
        uid = uids[number % len(uids)]
        if what in {"their flag", "their unflag"}:
            sign = "+" if what == "their flag" else "-"
            self.other.ok(self.other.imap.uid("STORE", uid, f"{sign}FLAGS", f"({argument})"))
        elif what == "their delete":
            ((head, text), *_) = self.other.ok(self.other.imap.uid("FETCH", uid, "(BODY.PEEK[])"))
            found = re.search(rb"Subject: (\S+)", text)
            assert found is not None, head
            self.lost.add(found[1].decode())
            self.other.ok(self.other.imap.uid("STORE", uid, "+FLAGS", "(\\Deleted)"))
            self.other.ok(self.other.imap.uid("EXPUNGE", uid))
        elif argument != box:
            self.other.ok(self.other.imap.uid("MOVE" if what == "their move" else "COPY", uid, argument))

    def check(self) -> None:
        self.proxy.play()
        for _ in range(2):
            self.mirror.sync_ok()
        failed = [operation for operation in self.mirror.queue() if operation.state != "failed"]
        assert not failed
        assert_same(self.mirror, self.other)
        again = self.mirror.sync_ok()
        assert (again.new, again.changed, again.vanished, again.pushed) == (0, 0, 0, 0)
        there = Counter(
            octets.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for _, octets in self.other.view().values()
        )
        for number in range(1, self.count + 1):
            assert there[f"m{number}"] or f"m{number}" in self.lost, f"m{number} is gone, and nobody deleted it"


@pytest.mark.parametrize("kind", ["everything", "condstore", "uidplus"])
def test_server_and_store_agree_in_the_end(servers: Servers, tmp_path: Path, kind: str) -> None:
    @settings(
        max_examples=9,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(ACTIONS, min_size=5, max_size=25))
    def run(actions: list[tuple[str, int, str]]) -> None:
        place = servers.place(kind)
        other = place.other()
        with Proxy(place.port) as proxy:
            # Not by `random`, which hypothesis makes the same for every example.
            mirror = place.mirror(Path(tempfile.mkdtemp(dir=tmp_path)), port=proxy.port)
            try:
                play = Play(mirror, other, proxy)
                for action in actions:
                    play.act(*action)
                play.check()
            finally:
                mirror.store.close()
        other.close()

    run()
