"""A server plays a trick at any step of a pass: nothing is lost, the error is clear, and later all is well."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.engine.world import Mirror, mail
from tests.servers.model import BARE, CONDSTORE, CUT, EVERYTHING, HANG, ModelMailbox, ModelServer
from tuimail.engine import connect
from tuimail.engine.report import AccountReport
from tuimail.imap.connect import Timeouts
from tuimail.imap.names import decode_mailbox
from tuimail.imap.session import open_session
from tuimail.model.ids import MessageId
from tuimail.store import journal

KINDS = {"everything": EVERYTHING, "condstore": CONDSTORE, "uidplus": BARE, "bare": ""}
FLOOD_LINES = 50_000
SILENCE_S = 0.2
QUIET_PASSES = 2

CANNED = {
    "hangs": HANG,
    "hangs in a line": b"* 1 FETCH (UID 1 FLA" + HANG,
    "cuts": CUT,
    "cuts in a literal": b"* 1 FETCH (UID 1 BODY[] {500}\r\nFrom: " + CUT,
    "says goodbye": b"* BYE Closing for the night\r\n" + CUT,
    "puts off": b"TAG NO [SERVERBUG] Not today",
    "refuses": b"TAG NO Not for you",
    "does not understand": b"TAG BAD What?",
    "babbles": b"\xff\xfe\x01 )(* {{{ \x80\r\n* (((\r\n* 1 FETCH )UID(\r\n" + CUT,
    "promises too much": b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\nx" + HANG,
    "answers another": b"ZZZ9 OK done" + HANG,
    "answers with nothing": b"TAG OK done",
}
"""Answers in place of the honest one."""


FLOOD = (
    b"* OK Still here\r\n"
    b"* 4000000000 FETCH (FLAGS (\\Deleted))\r\n"
    b"* VANISHED 400000:400100\r\n"
    b"* XYZZY (nothing (happens)) {3}\r\nabc\r\n"
)
"""What nobody asked for: a remark, flags of no message, UIDs that never were, unknown words with a literal."""


class Stage:
    """One pass with changes on both sides; `step` counts the server's commands within it."""

    def __init__(self, server: ModelServer, directory: Path) -> None:
        self.server = server
        self.mirror = Mirror(directory, server.port, "ada", "a secret of the test")
        self.step = 0
        self.ids: set[MessageId] = set()

    async def begin(self) -> None:
        """Synced once; then the user and another client have changed things."""
        inbox = self.server.mailboxes[b"INBOX"].fill(mail(number) for number in range(1, 10))
        self.server.create("Archive").fill(mail(name) for name in ("a", "b"))
        report = await self.mirror.sync_async()
        assert report.ok, report.error
        self.ids = {m.id for m in self.mirror.messages() if m.envelope.subject not in {"4", "5"}}
        self.mirror.flag([1], add=["\\Flagged"])
        self.mirror.move([2], "Archive")
        self.mirror.copy([3], "Archive")
        self.mirror.expunge([4])
        inbox.flag(inbox.messages[5], add="\\Answered")
        inbox.remove(inbox.messages[4])
        inbox.deliver(mail("new"))

    def at_step(self, wanted: int, do: Callable[[bytes], bytes | None]) -> None:
        """At the pass's command number `wanted`, log-in not counted, call `do`, and answer with what it gives."""

        def answer(line: bytes) -> bytes | None:
            if line.upper().startswith((b"LOGIN", b"CAPABILITY", b"LOGOUT")):
                return None
            self.step += 1
            return do(line) if self.step == wanted else None

        self.step = 0
        self.server.answer(rb"", answer)

    def check_kept(self) -> None:
        """Nothing has left the store that was there before, but for what was deleted on either side."""
        assert self.ids <= {message.id for message in self.mirror.messages()}, "gone from the store"

    async def settle(self) -> None:
        """The server is honest from now on."""
        self.server.behave()
        self.mirror.write(lambda c: journal.retry(c, None))
        for _ in range(QUIET_PASSES):
            report = await self.mirror.sync_async()
            assert report.ok, report.error

    def check_same(self, *, with_deleted: bool) -> None:
        theirs = {
            (decode_mailbox(box.name), message.uid): (tuple(sorted(message.flags)), message.octets)
            for box in self.server.mailboxes.values()
            for message in box.messages
            if with_deleted or "\\Deleted" not in message.flags
        }
        assert self.mirror.view() == theirs
        self.mirror.check()

    def check_done(self) -> None:
        """What the user wanted has come about, once."""
        assert self.mirror.queue() == []
        there = sorted((message.mailbox, message.envelope.subject) for message in self.mirror.messages())
        in_inbox = [("INBOX", name) for name in ("1", "3", "6", "7", "8", "9", "new")]
        assert there == [*(("Archive", name) for name in ("2", "3", "a", "b")), *in_inbox]
        assert "\\Flagged" in self.mirror.message(1).flags.names()


def check_clear(report: AccountReport) -> None:
    """It went well, or the report says in one sentence what did not."""
    assert report.ok == (report.error == "")
    assert "unexpected" not in report.error, report.error
    assert "\n" not in report.error
    assert report.ok or 20 < len(report.error) < 300, report.error


def _changes_or_tells_of_changes(commands: list[bytes]) -> bool:
    return any(re.match(rb"UID (?!FETCH)|.*CHANGEDSINCE", line) for line in commands)


@dataclass(frozen=True)
class Begun:
    """Both sides just before the pass, to be copied for each step, and the commands that it takes undisturbed."""

    directory: Path
    mailboxes: dict[bytes, ModelMailbox]
    ids: set[MessageId]
    steps: int

    @classmethod
    async def make(cls, kind: str, directory: Path) -> Begun:
        kept = directory / "begun"
        async with ModelServer(KINDS[kind]) as server:
            stage = Stage(server, directory / "honest")
            await stage.begin()
            stage.mirror.store.close()
            shutil.copytree(stage.mirror.directory, kept)
            mailboxes = copy.deepcopy(server.mailboxes)
            stage.mirror = Mirror(stage.mirror.directory, server.port, "ada", "a secret of the test")
            stage.at_step(0, lambda _line: None)
            report = await stage.mirror.sync_async()
            assert report.ok, report.error
            steps = stage.step
            await stage.settle()
            stage.check_same(with_deleted=kind != "bare")
            stage.check_done()
            stage.mirror.store.close()
        assert steps > 8
        return cls(kept, mailboxes, stage.ids, steps)

    def stage(self, server: ModelServer, directory: Path) -> Stage:
        """A copy of both."""
        shutil.copytree(self.directory, directory)
        server.mailboxes = copy.deepcopy(self.mailboxes)
        made = Stage(server, directory)
        made.ids = self.ids
        return made


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else takes time."""
    short = partial(open_session, timeouts=Timeouts(connect_s=5.0, silence_s=SILENCE_S))
    monkeypatch.setattr(connect, "open_session", short)


@pytest.mark.usefixtures("short_timeouts")
@pytest.mark.parametrize("trick", CANNED)
@pytest.mark.parametrize("kind", ["everything", "uidplus", "bare"])
async def test_an_answer_that_is_none(
    memory: Path, record_property: Callable[[str, object], None], kind: str, trick: str
) -> None:
    begun = await Begun.make(kind, memory)
    for step in range(1, begun.steps + 1):
        async with ModelServer(KINDS[kind]) as server:
            stage = begun.stage(server, memory / f"data{step}")
            struck: list[bytes] = []

            def play(line: bytes, struck: list[bytes] = struck) -> bytes:
                struck.append(line)
                return CANNED[trick]

            stage.at_step(step, play)
            report = await stage.mirror.sync_async()
            where = f"{trick} at step {step}: {struck}"
            check_clear(report)
            if not (trick == "answers with nothing" and kind == "bare"):
                # Without UIDPLUS, an OK is all that is ever said of a copy.
                stage.check_kept()
            await stage.settle()
            # A server that says it has done what it has not is believed until it tells otherwise.
            lied = trick == "answers with nothing" and _changes_or_tells_of_changes(struck)
            try:
                if not lied:
                    stage.check_same(with_deleted=kind != "bare")
                    stage.check_done()
            except AssertionError as error:
                raise AssertionError(where) from error
            stage.mirror.store.close()
    record_property("tricks: steps at which a server did not answer honestly", begun.steps)


@pytest.mark.parametrize("kind", ["everything", "bare"])
async def test_a_flood_before_an_answer(
    memory: Path, record_property: Callable[[str, object], None], kind: str
) -> None:
    begun = await Begun.make(kind, memory)
    steps = range(1, 1 + begun.steps, 2)
    for step in steps:
        async with ModelServer(KINDS[kind]) as server:
            stage = begun.stage(server, memory / f"data{step}")
            floods: list[bytes] = []

            def swell(_line: bytes, floods: list[bytes] = floods) -> None:
                floods.append(FLOOD * (FLOOD_LINES // 4))

            def rewrite(octets: bytes, floods: list[bytes] = floods) -> bytes:
                return floods.pop() + octets if floods else octets

            stage.at_step(step, swell)
            server.rewrite = rewrite
            report = await stage.mirror.sync_async()
            assert report.ok, report.error
            stage.check_kept()
            await stage.settle()
            stage.check_same(with_deleted=kind != "bare")
            stage.check_done()
            stage.mirror.store.close()
    record_property("tricks: floods of 50,000 lines", len(steps))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_new_uidvalidity_between_any_two_commands(
    memory: Path, record_property: Callable[[str, object], None], kind: str
) -> None:
    begun = await Begun.make(kind, memory)
    for step in range(1, begun.steps + 1):
        async with ModelServer(KINDS[kind]) as server:
            stage = begun.stage(server, memory / f"data{step}")

            def renumber(_line: bytes, server: ModelServer = server) -> None:
                for box in server.mailboxes.values():
                    box.uid_validity += 1000

            stage.at_step(step, renumber)
            report = await stage.mirror.sync_async()
            check_clear(report)
            stage.check_kept()
            await stage.settle()
            try:
                stage.check_same(with_deleted=kind != "bare")
                stage.check_done()
            except AssertionError as error:
                raise AssertionError(f"renumbered at step {step}") from error
            stage.check_kept()
            stage.mirror.store.close()
    record_property("tricks: new UIDVALIDITYs", begun.steps)
