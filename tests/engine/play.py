"""One run of the random machine: both sides, what each of them does, and what must be left in the end."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.conftest import FULL, Place
from tests.engine.killing import Killer
from tests.engine.proxy import Plan, Proxy
from tests.engine.template import Template
from tests.engine.world import NOW, Mirror, Other, assert_same, mail
from tuimail.mime.new_message import new_message
from tuimail.model.errors import ConfigError
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.store import appending, journal, mailbox_changes
from tuimail.store.database import Connection

BOXES = ("INBOX", "Archive", "Trash", "Box", "Box/Kid", "Größe & Maß")
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "$Work", "Later")
FIRST_LETTERS = 4
QUIET_PASSES = 3
_SUBJECT = re.compile(rb"Subject: (\S+)")
_NEW_UIDS = re.compile(rb"\[(COPYUID|APPENDUID) [^\]]*\] ")


def letter(number: int) -> bytes:
    """Message `number`; every fifth has no Message-ID."""
    return mail(f"m{number}", message_id=number % 5 != 0)


def without_new_uids(octets: bytes) -> bytes:
    """What a server says that does not tell new UIDs."""
    return _NEW_UIDS.sub(b"", octets)


def prepare(_mirror: Mirror, other: Other) -> None:
    """What every run begins with."""
    other.create("Box")
    for number in range(1, FIRST_LETTERS + 1):
        other.append("INBOX" if number % 3 else "Box", letter(number), at=NOW - 1_000_000 + number)


@dataclass
class Stage:
    """What the runs of one test share: a server, a proxy before it, a template to start from, and counts."""

    kind: str
    template: Template
    proxy: Proxy
    killer: Killer
    directory: Path
    examples: int = 0
    steps: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def leaves_marked(self) -> bool:
        """Whether what is deleted stays on the server, marked."""
        return self.kind == "bare"


class Play:
    """One run: the two sides, and what must be left in the end."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.proxy = stage, stage.proxy
        stage.examples += 1
        self.directory = stage.directory / f"run{stage.examples}"
        self.place: Place = stage.template.copy(self.directory)
        self.mirror = self.place.mirror(self.directory, port=self.proxy.port)
        self.other: Other = self.place.other()
        self.count = FIRST_LETTERS
        self.lost: set[str] = set()
        self.doomed: set[str] = set()
        self.copies: Counter[str] = Counter()
        self.play()

    def close(self) -> None:
        self.proxy.cut_all()
        self.proxy.settle()
        self.other.close()
        self.mirror.store.close()
        shutil.rmtree(self.directory)
        shutil.rmtree(self.place.home)

    def play(self, plan: Plan | None = None) -> None:
        plan = plan or Plan()
        if self.stage.leaves_marked:
            # Dovecot tells new UIDs whatever it has announced; a server without UIDPLUS does not.
            plan.rewrite = without_new_uids
        self.proxy.play(plan)

    # our user

    def ours(self, number: int, count: int = 1) -> list[MessageId]:
        """Some messages that our user sees."""
        ids = sorted(message.id for message in self.mirror.messages())
        return [ids[(number + step) % len(ids)] for step in range(min(count, len(ids)))]

    def names(self, ids: list[MessageId]) -> list[str]:
        return [message.envelope.subject for message in self.mirror.messages() if message.id in ids]

    def change(self, function: Callable[[Connection], object]) -> None:
        self.mirror.write(function)

    def we_append(self, box: str) -> None:
        found = self.mirror.mailboxes().get(box)
        if found is None or not found.selectable:
            return
        self.count += 1
        name = f"m{self.count}"
        # Taken back, it is gone, and nobody deleted it.
        self.lost.add(name)
        new = new_message(letter(self.count), internal_date=NOW - 20_000_000 + self.count, flags=Flags.of([FLAGS[0]]))
        appending.append(self.mirror.store, found.id, [new], now=NOW)

    def we_change_mailboxes(self, box: str, name: str, verb: str) -> None:
        self.leave()
        boxes = self.mirror.mailboxes()
        account_id = boxes["INBOX"].account_id
        if verb != "create" and box not in boxes:
            return
        if verb.startswith("delete"):
            # Whatever is there when the server hears of it, and whatever is on its way there.
            self.doomed |= {box} if verb == "delete for good" else set()
            self.lost.update(one.envelope.subject for one in self.mirror.messages(box) if box in self.doomed)
            self.lost.update(self.other.names(box) if box in self.doomed and box in self.other.mailboxes() else ())
        act = {
            "create": lambda c: mailbox_changes.create(c, account_id, name, now=NOW),
            "rename": lambda c: mailbox_changes.rename(c, boxes[box].id, name, now=NOW),
            "delete": lambda c: mailbox_changes.delete(c, boxes[box].id, now=NOW),
            "delete for good": lambda c: mailbox_changes.delete(c, boxes[box].id, permanent=True, now=NOW),
            "subscribe": lambda c: mailbox_changes.set_subscribed(c, boxes[box].id, on=True, now=NOW),
            "unsubscribe": lambda c: mailbox_changes.set_subscribed(c, boxes[box].id, on=False, now=NOW),
        }[verb]
        with contextlib.suppress(ConfigError):  # the name is taken, or not ours to change: nothing was done
            self.change(act)

    # the other client

    def leave(self) -> None:
        """They have no mailbox open: one that is deleted under a client answers NO to whatever comes next."""
        if self.other.imap.state == "SELECTED":
            self.other.imap.unselect()

    def boxes(self) -> list[str]:
        self.leave()
        return sorted(self.other.mailboxes())

    def pick(self, number: int) -> tuple[str, str] | None:
        """A mailbox, selected, and a UID in it; None if all are empty."""
        boxes = self.boxes()
        for step in range(len(boxes)):
            box = boxes[(number + step) % len(boxes)]
            self.other.select(box)
            (octets,) = self.other.ok(self.other.imap.uid("SEARCH", "UNDELETED"))
            if uids := octets.decode().split():
                return box, uids[number % len(uids)]
        return None

    def name_of(self, uid: str) -> str:
        for item in self.other.ok(self.other.imap.uid("FETCH", uid, "(BODY.PEEK[])")):
            if isinstance(item, tuple) and (found := _SUBJECT.search(item[1])):
                return found[1].decode()
        raise AssertionError(f"no UID {uid}")

    def they_append(self, box: str) -> None:
        self.leave()
        self.count += 1
        if box in self.other.mailboxes():
            flags = FLAGS[self.count % len(FLAGS)] if self.count % 2 else ""
            self.other.append(box, letter(self.count), flags, at=NOW - 1_000_000 + self.count)
        else:
            self.lost.add(f"m{self.count}")
        if self.doomed:
            self.lost.add(f"m{self.count}")

    def they_flag(self, number: int, flag: str, *, on: bool) -> None:
        if (found := self.pick(number)) is not None:
            self.other.ok(self.other.imap.uid("STORE", found[1], "+FLAGS" if on else "-FLAGS", f"({flag})"))

    def they_move(self, number: int, target: str, *, verb: str = "MOVE", amid: bool = False) -> None:
        found = self.pick(number)
        if found is None or target not in self.other.mailboxes() or target == found[0]:
            return
        # A server that cannot move in one step may have both our copy and theirs, if both move at the same moment.
        if self.doomed:
            self.lost.add(self.name_of(found[1]))
        if verb == "COPY" or (amid and self.stage.kind != FULL):
            self.copies[self.name_of(found[1])] += 1
        self.other.ok(self.other.imap.uid(verb, found[1], f'"{self.wire_name(target)}"'))

    def wire_name(self, box: str) -> str:
        return self.other.mailboxes()[box]

    def they_delete(self, number: int) -> None:
        found = self.pick(number)
        if found is None:
            return
        self.lost.add(self.name_of(found[1]))
        self.other.ok(self.other.imap.uid("STORE", found[1], "+FLAGS", "(\\Deleted)"))
        self.other.ok(self.other.imap.uid("EXPUNGE", found[1]))

    def they_delete_mailbox(self, box: str) -> None:
        self.leave()
        if box == "INBOX" or box not in self.other.mailboxes():
            return
        self.lost.update(self.other.names(box))
        self.leave()
        self.other.delete(box)

    def they_recreate(self, box: str) -> None:
        """The same messages, under new UIDs: a server that was restored from a backup."""
        self.leave()
        if box == "INBOX" or box not in self.other.mailboxes():
            return
        there = [(key, value) for key, value in sorted(self.other.view().items()) if key[0] == box]
        self.leave()
        self.other.delete(box)
        self.other.create(box)
        for _key, (flags, octets) in reversed(there):
            number = int(_subject_of(octets)[1:])
            self.other.append(box, octets, " ".join(flags), at=NOW - 1_000_000 + number)

    def they_create(self, box: str) -> None:
        self.leave()
        if box not in self.other.mailboxes():
            self.other.create(box)

    def they_rename(self, box: str, name: str) -> None:
        self.leave()
        there = self.other.mailboxes()
        taken = name in there or any(one.startswith(f"{box}/") or one.startswith(f"{name}/") for one in there)
        if box in there and box != "INBOX" and not taken and not name.startswith(f"{box}/"):
            self.other.rename(box, name)

    # the end

    def check(self) -> None:
        self.play()
        self.leave()
        held = [one.op for one in self.mirror.queue() if one.state == "held"]
        self.change(lambda c: journal.retry(c, held))
        for _ in range(QUIET_PASSES):
            self.mirror.sync_ok()
        waiting = [one for one in self.mirror.queue() if one.state != "failed" or not one.last_reply]
        assert not waiting, f"what should be over is not: {waiting}"
        assert_same(self.mirror, self.other, with_deleted=not self.stage.leaves_marked)
        self.proxy.play()
        again = self.mirror.sync_ok()
        assert (again.new, again.changed, again.vanished, again.pushed) == (0, 0, 0, 0)
        assert self.proxy.connections == 1, "a quiet pass fetched bodies"
        if self.stage.kind == FULL:
            assert (again.round_trips, again.mailboxes) == (1, 0), self.proxy.sent
        view = self.other.view(with_deleted=not self.stage.leaves_marked)
        marked = [key for key, (flags, _) in view.items() if "\\Deleted" in flags]
        assert not marked, f"nobody marked these as deleted, and the next EXPUNGE destroys them: {marked}"
        there = Counter(_subject_of(octets) for _, octets in view.values())
        for number in range(1, self.count + 1):
            name = f"m{number}"
            assert there[name] or name in self.lost, f"{name} is gone, and nobody deleted it"
            assert there[name] <= 1 + self.copies[name], f"{name} is there {there[name]} times"


def _subject_of(octets: bytes) -> str:
    found = _SUBJECT.search(octets)
    assert found is not None
    return found[1].decode()
