"""What a server tells unasked, at any point of a pass, in any amount, is neither lost nor taken for something else."""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.model_mirror import assert_mirrors, model_mirror
from tests.engine.world import Mirror, mail
from tests.servers.model import BARE, CONDSTORE, EVERYTHING, ModelMailbox, ModelServer

KINDS = pytest.mark.parametrize("capabilities", [EVERYTHING, CONDSTORE, BARE], ids=["all", "CONDSTORE", "bare"])
QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Mirror]:
    with model_mirror(tmp_path) as made:
        yield made


def fill(server: ModelServer) -> None:
    server.mailboxes[b"INBOX"].fill(mail(n) for n in range(12))
    server.create("Box").fill(mail(n) for n in range(20, 28))


class Trouble:
    """Another client that changes something between any two lines of the server's, as a seed will have it."""

    def __init__(self, server: ModelServer, seed: int, share: float) -> None:
        self._server, self._random, self._share = server, random.Random(seed), share
        self.count = 0
        self.left = 60

    def strike(self) -> None:
        """Perhaps change something."""
        if not self.left or self._random.random() > self._share:
            return
        self.left -= 1
        box = self._random.choice(list(self._server.mailboxes.values()))
        act = self._random.choice([self._arrive, self._flag, self._remove, self._unflag, self._move])
        act(box)

    def _arrive(self, box: ModelMailbox) -> None:
        self.count += 1
        box.deliver(mail(f"new{self.count}"))

    def _flag(self, box: ModelMailbox) -> None:
        if box.messages:
            box.flag(self._random.choice(box.messages), add=self._random.choice(["\\Seen", "\\Flagged", "$Work"]))

    def _unflag(self, box: ModelMailbox) -> None:
        if box.messages:
            box.flag(self._random.choice(box.messages), remove="\\Flagged")

    def _remove(self, box: ModelMailbox) -> None:
        if box.messages:
            box.remove(self._random.choice(box.messages))

    def _move(self, box: ModelMailbox) -> None:
        if box.messages:
            target = self._random.choice(list(self._server.mailboxes.values()))
            if target is not box:
                self._server.move([self._random.choice(box.messages)], box, target)


@KINDS
def test_changes_at_any_point_of_a_pass(tmp_path: Path, capabilities: str) -> None:
    async def play(seed: int, share: float, first: bool) -> None:
        with model_mirror(Path(tempfile.mkdtemp(dir=tmp_path))) as ours:
            async with ModelServer(capabilities) as server:
                fill(server)
                ours.port = server.port
                if not first:
                    assert (await ours.sync_async()).ok
                trouble = Trouble(server, seed, share)
                server.between, server.tell_at_once = trouble.strike, True
                for _ in range(2):
                    report = await ours.sync_async()
                    assert report.ok, report.error
                server.behave()
                report = await ours.sync_async()
                assert report.ok, report.error
                assert_mirrors(ours, server)
                again = await ours.sync_async()
                assert (again.new, again.changed, again.vanished) == (0, 0, 0)

    @QUICK
    @given(st.integers(0, 10**9), st.sampled_from([0.02, 0.1, 0.4]), st.booleans())
    def run(seed: int, share: float, first: bool) -> None:
        asyncio.run(play(seed, share, first))

    run()


REPLIES: dict[str, bytes] = {
    "no": b"TAG NO Not today",
    "bad": b"TAG BAD What?",
    "nothing but ok": b"TAG OK done",
    "bye": b"* BYE Going down",
    "garbage": b"(((((\x00 garbage",
    "not imap": b"HTTP/1.1 400 Bad Request",
    "nonsense": b"* 0 EXPUNGE\r\n* 99 EXPUNGE\r\n* 77 FETCH (FLAGS (\\Seen))\r\n* VANISHED 1:9,x\r\n* 3 RECENT\r\n"
    b"* XYZZY\r\n* OK [UNHEARD-OF (] really\r\n* SEARCH 5\r\n* STATUS Nowhere (MESSAGES 3)\r\nTAG NO [SERVERBUG] oops",
}


@KINDS
@pytest.mark.parametrize("reply", REPLIES)
def test_a_wrong_answer_at_any_step_removes_nothing(tmp_path: Path, capabilities: str, reply: str) -> None:
    async def play(step: int) -> bool:
        with model_mirror(Path(tempfile.mkdtemp(dir=tmp_path))) as ours:
            async with ModelServer(capabilities) as server:
                fill(server)
                ours.port = server.port
                assert (await ours.sync_async()).ok
                ids = {message.id for message in ours.messages()}
                for box in server.mailboxes.values():
                    box.deliver(mail(f"late in {box.name.decode()}"))
                    box.flag(box.messages[0], add="\\Flagged")
                server.commands.clear()

                def answer(line: bytes) -> bytes | None:
                    return REPLIES[reply] if len(server.commands) == step and b"LOGOUT" not in line else None

                server.answer(rb"", answer)
                server.rewrite = _closing(server)
                report = await ours.sync_async()
                reached = len(server.commands) >= step
                assert "unexpected" not in report.error, report.error
                assert ids <= {message.id for message in ours.messages()}
                server.behave()
                report = await ours.sync_async()
                assert report.ok, report.error
                assert ids <= {message.id for message in ours.messages()}
                assert_mirrors(ours, server)
                return reached

    step = 1
    while asyncio.run(play(step)) and step < 40:
        step += 1
    assert step > 4


def _closing(server: ModelServer) -> Callable[[bytes], bytes]:
    """The connection ends after a BYE or what is no IMAP, as it would with any server."""

    def rewrite(line: bytes) -> bytes:
        if line.startswith((b"* BYE Going", b"HTTP", b"(((((")):
            server.cut_connections()
        return line

    return rewrite


FLOODS: dict[str, Callable[[int], bytes]] = {
    "flags": lambda n: b"* %d FETCH (FLAGS (\\Seen k%d))\r\n" % (n % 12 + 1, n % 7),
    "flags with UID": lambda n: b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (n % 12 + 1, n % 12 + 1),
    "flags of nobody": lambda n: b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (n + 100, n + 100),
    "exists": lambda n: b"* 12 EXISTS\r\n",
    "status": lambda n: b"* STATUS Box (MESSAGES %d UNSEEN 3)\r\n" % n,
    "still here": lambda n: b"* OK Still here\r\n",
    "unheard of": lambda n: b"* XYZZY (%d)\r\n" % n,
    "flags unknown": lambda n: b"* FLAGS (\\Seen k%d)\r\n" % n,
}
FLOODED = {name: (EVERYTHING, CONDSTORE, BARE)[number % 3] for number, name in enumerate(FLOODS)}


async def test_a_flood_is_not_held_twice(ours: Mirror) -> None:
    """Twenty thousand changes told at once take tens of megabytes at most."""
    async with ModelServer(BARE) as server:
        fill(server)
        ours.port = server.port
        assert (await ours.sync_async()).ok
        server.mailboxes[b"INBOX"].deliver(mail("new"))
        lines = b"".join(FLOODS["flags"](n) for n in range(20_000))
        server.rewrite = lambda line: lines + line if re.search(rb"^\* 13 FETCH .*BODY", line) else line
        tracemalloc.start()
        report = await ours.sync_async()
        _now, peak_octets = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.ok, report.error
        assert peak_octets < 40 << 20


@pytest.mark.parametrize("flood", FLOODS)
async def test_fifty_thousand_lines_at_once(ours: Mirror, flood: str) -> None:
    async with ModelServer(FLOODED[flood]) as server:
        fill(server)
        ours.port = server.port
        assert (await ours.sync_async()).ok
        inbox = server.mailboxes[b"INBOX"]
        inbox.deliver(mail("new"))
        lines = b"".join(FLOODS[flood](n) for n in range(50_000))
        server.rewrite = lambda line: lines + line if re.search(rb"^\* 13 FETCH .*BODY", line) else line
        report = await ours.sync_async()
        assert report.ok, report.error
        server.behave()
        for message in inbox.messages[:12]:
            inbox.flag(message, add="\\Answered")
        report = await ours.sync_async()
        assert report.ok, report.error
        assert_mirrors(ours, server)


@pytest.mark.parametrize("capabilities", [CONDSTORE, BARE])
async def test_two_thousand_expunged_one_by_one(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        box = server.create("Box").fill(mail(n) for n in range(2_000))
        ours.port, ours.offline = server.port, "headers"
        assert (await ours.sync_async()).ok
        inbox = server.mailboxes[b"INBOX"]
        box.deliver(mail("new"))
        gone = box.messages[:1_990]

        def remove_all(line: bytes) -> None:
            if b"BODY.PEEK" in line and box.messages[0] is gone[0]:
                del box.messages[:1_990]
                box.mod_seq += 1
                box.vanished += [(box.mod_seq, message.uid) for message in gone]

        server.answer(rb"UID FETCH", remove_all)
        inbox.deliver(mail("first"))
        await ours.sync_async()
        server.behave()
        await ours.sync_async()
        assert {m.envelope.subject for m in ours.messages("Box")} >= {"new"}
        held = [operation for operation in ours.queue() if operation.kind == "remove"]
        assert sum(len(operation.ids) for operation in held) == 1_990, "so many at once are asked about"


async def test_a_listing_of_uids_is_not_read_over_news_that_came_after_it(ours: Mirror) -> None:
    """One goes and one comes between the answer to a search and its end: as many, and not the same."""
    async with ModelServer(BARE) as server:
        inbox = server.mailboxes[b"INBOX"].fill(mail(n) for n in range(5))
        ours.port = server.port

        def rewrite(line: bytes) -> bytes:
            if not line.startswith(b"* SEARCH 1 2 3 4 5"):
                return line
            server.rewrite = lambda other: other
            inbox.remove(inbox.messages[0])
            inbox.deliver(mail("new"))
            news = b"* 1 EXPUNGE\r\n* 5 EXISTS\r\n* 2 FETCH (FLAGS (\\Flagged))\r\n"
            inbox.flag(inbox.messages[1], add="\\Flagged")
            server.tell_silently(inbox)
            return line + news

        server.rewrite = rewrite
        await ours.sync_async()
        flagged = {m.envelope.subject for m in ours.messages() if "\\Flagged" in m.flags.names()}
        assert flagged <= {"2"}
        await ours.sync_async()
        assert_mirrors(ours, server)
