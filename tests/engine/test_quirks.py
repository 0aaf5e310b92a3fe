"""A server that offers an extension and fails at it: the pass succeeds without, and the next does not try again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.engine.conftest import Place
from tests.engine.model_mirror import assert_mirrors, model_mirror
from tests.engine.world import ACCOUNT, Mirror, Other, assert_same, mail
from tests.servers.model import CONDSTORE, EVERYTHING, ModelServer
from tuimail.engine.quirks import LEARNED_S, withheld_names
from tuimail.imap.link import Link
from tuimail.store import accounts, quirks
from tuimail.store.database import Connection
from tuimail.store.quirks import Fault, ServerFacts

BAD = b"TAG BAD What?"
NO = b"TAG NO Not today"


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with model_mirror(tmp_path) as made:
        yield made


@pytest.fixture
def mirror_on_dovecot(place: Place, tmp_path: Path) -> Iterator[Mirror]:
    made = place.mirror(tmp_path / "data")
    yield made
    made.store.close()


def facts(mirror: Mirror) -> ServerFacts:
    def read(connection: Connection) -> ServerFacts:
        account_id = accounts.find_account(connection, ACCOUNT)
        assert account_id is not None
        return quirks.read_facts(connection, account_id)

    return mirror.read(read)


def faults(mirror: Mirror) -> dict[str, Fault]:
    return facts(mirror).faults


def fill(server: ModelServer) -> None:
    server.mailboxes[b"INBOX"].fill(mail(n) for n in range(1, 8))
    server.create("Box").fill(mail(n) for n in range(11, 14))


def change(server: ModelServer) -> None:
    """What a pass must find, by whatever way."""
    inbox, box = server.mailboxes[b"INBOX"], server.mailboxes[b"Box"]
    inbox.flag(inbox.messages[0], add="\\Flagged")
    inbox.remove(inbox.messages[1])
    inbox.deliver(mail(f"new{inbox.uid_next}"))
    box.flag(box.messages[-1], add="\\Seen")
    box.remove(box.messages[0])


CASES: dict[str, tuple[str, bytes, bytes | Callable[[bytes], bytes | None], str]] = {
    "QRESYNC in SELECT": (EVERYTHING, rb"SELECT .*QRESYNC", BAD, "QRESYNC"),
    "QRESYNC in SELECT, NO": (EVERYTHING, rb"SELECT .*QRESYNC", NO, "QRESYNC"),
    "QRESYNC in ENABLE": (EVERYTHING, rb"ENABLE", BAD, "QRESYNC"),
    "ESEARCH": (CONDSTORE, rb"SEARCH RETURN", BAD, "ESEARCH"),
    "ESEARCH, plain answer": (CONDSTORE, rb"SEARCH RETURN", b"* SEARCH 1 2 3\r\nTAG OK done", "ESEARCH"),
    "ESEARCH, a count": (CONDSTORE, rb"SEARCH RETURN", b'* ESEARCH (TAG "TAG") UID COUNT 3\r\nTAG OK', "ESEARCH"),
    "ESEARCH, nothing": (CONDSTORE, rb"SEARCH RETURN", b"TAG OK done", "ESEARCH"),
    "ESEARCH, garbage": (CONDSTORE, rb"SEARCH RETURN", b'* ESEARCH (TAG "TAG") UID ALL x\r\nTAG OK', "ESEARCH"),
    "LIST-STATUS": (EVERYTHING, rb"LIST .*STATUS", BAD, "LIST-STATUS"),
    "LIST-STATUS, NO": (EVERYTHING, rb"LIST .*STATUS", NO, "LIST-STATUS"),
    "LIST-EXTENDED": (EVERYTHING, rb"LIST .*RETURN", BAD, "LIST-EXTENDED"),
    "SPECIAL-USE": (EVERYTHING, rb"LIST .*SPECIAL-USE", BAD, "SPECIAL-USE"),
    "CONDSTORE in SELECT": (CONDSTORE, rb"SELECT .*CONDSTORE", BAD, "CONDSTORE"),
    "CONDSTORE in FETCH": (CONDSTORE, rb"FETCH .*(CHANGEDSINCE|MODSEQ)", BAD, "CONDSTORE"),
    "CONDSTORE in STATUS": ("CONDSTORE UIDPLUS", rb"STATUS .*HIGHESTMODSEQ", BAD, "CONDSTORE"),
    "OBJECTID in FETCH": (EVERYTHING, rb"FETCH .*EMAILID", BAD, "OBJECTID"),
    "OBJECTID in LIST": (EVERYTHING, rb"LIST .*MAILBOXID", BAD, "OBJECTID"),
    "NAMESPACE": (EVERYTHING, rb"NAMESPACE", BAD, "NAMESPACE"),
    "NAMESPACE, garbage": (EVERYTHING, rb"NAMESPACE", b"* NAMESPACE ((\r\nTAG OK done", "NAMESPACE"),
    "ID": (EVERYTHING, rb"^ID", BAD, "ID"),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_pass_goes_on_without_and_the_next_does_not_try(mirror: Mirror, case: str) -> None:
    capabilities, pattern, reply, name = CASES[case]
    async with ModelServer(capabilities) as server:
        fill(server)
        server.answer(pattern, reply)
        mirror.port = server.port
        for _ in range(2):
            report = await mirror.sync_async()
            assert report.ok, report.error
            assert_mirrors(mirror, server)
            change(server)
        assert set(faults(mirror)) == {name}
        server.commands.clear()
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert_mirrors(mirror, server)
        assert server.count(pattern) == 0, "a server that has failed is asked again"


async def test_a_vanished_that_cannot_be_read_is_no_end_of_the_connection(mirror: Mirror) -> None:
    async with ModelServer() as server:
        fill(server)
        mirror.port = server.port
        await mirror.sync_async()
        change(server)
        server.rewrite = lambda line: re.sub(rb"VANISHED \(EARLIER\) .*\r\n", b"VANISHED (EARLIER) 5:*,x\r\n", line)
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert_mirrors(mirror, server)
        assert set(faults(mirror)) == {"QRESYNC"}


async def test_list_status_without_status(mirror: Mirror) -> None:
    async with ModelServer() as server:
        fill(server)
        server.rewrite = lambda line: b"" if line.startswith(b"* STATUS") and not asked(server) else line
        mirror.port = server.port
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert_mirrors(mirror, server)
        assert set(faults(mirror)) == {"LIST-STATUS"}


def asked(server: ModelServer) -> bool:
    return server.commands[-1].startswith(b"STATUS")


@pytest.mark.parametrize("told", [b"* OK [HIGHESTMODSEQ 0] ok\r\n", b"* OK [NOMODSEQ] none\r\n", b""])
async def test_a_mailbox_without_mod_seqs(mirror: Mirror, told: bytes) -> None:
    async with ModelServer(CONDSTORE) as server:
        fill(server)

        def rewrite(line: bytes) -> bytes:
            line = re.sub(rb"HIGHESTMODSEQ \d+\)", b"HIGHESTMODSEQ 0)", line)
            return told if line.startswith(b"* OK [HIGHESTMODSEQ") else line

        server.rewrite = rewrite
        server.answer(rb"FETCH .*(CHANGEDSINCE|MODSEQ)", BAD)
        mirror.port = server.port
        for _ in range(2):
            report = await mirror.sync_async()
            assert report.ok, report.error
            assert_mirrors(mirror, server)
            change(server)
        assert not faults(mirror), "one mailbox without them is no fault of the server"


@pytest.mark.parametrize("capabilities", [EVERYTHING, CONDSTORE])
async def test_a_count_of_changes_that_begins_anew(mirror: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        fill(server)
        inbox = server.mailboxes[b"INBOX"]
        inbox.mod_seq += 1000
        inbox.flag(inbox.messages[2], add="\\Seen")
        mirror.port = server.port
        await mirror.sync_async()
        inbox.mod_seq = 3
        inbox.vanished.clear()
        for message in inbox.messages:
            message.mod_seq = 2
        inbox.flag(inbox.messages[2], remove="\\Seen")
        inbox.flag(inbox.messages[3], add="\\Flagged")
        inbox.remove(inbox.messages[4])
        inbox.vanished.clear()
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert_mirrors(mirror, server)


async def test_a_highestmodseq_without_condstore_means_nothing(mirror: Mirror) -> None:
    async with ModelServer("UIDPLUS") as server:
        fill(server)
        server.rewrite = lambda line: line + (b"* OK [HIGHESTMODSEQ 9] ok\r\n" if b"[UIDNEXT" in line else b"")
        server.answer(rb"CHANGEDSINCE|MODSEQ", BAD)
        mirror.port = server.port
        for _ in range(2):
            report = await mirror.sync_async()
            assert report.ok, report.error
            assert_mirrors(mirror, server)
            change(server)


async def test_what_is_about_the_moment_blames_nobody(mirror: Mirror) -> None:
    async with ModelServer() as server:
        fill(server)
        mirror.port = server.port
        await mirror.sync_async()
        change(server)
        server.answer(rb"QRESYNC|LIST|FETCH|SEARCH", b"TAG NO [UNAVAILABLE] later")
        assert not (await mirror.sync_async()).ok
        server.behave()
        server.answer(rb"LIST|SELECT|FETCH", BAD)
        assert not (await mirror.sync_async()).ok
        assert not faults(mirror), "what works in no way at all proves nothing of one extension"
        server.behave()
        assert (await mirror.sync_async()).ok
        assert_mirrors(mirror, server)


async def test_a_no_that_does_not_come_again_blames_nobody(mirror: Mirror) -> None:
    async with ModelServer() as server:
        fill(server)
        mirror.port = server.port
        await mirror.sync_async()
        change(server)
        refused: list[bytes] = []

        def once(line: bytes) -> bytes | None:
            refused.append(line)
            return NO if len(refused) == 1 else None

        server.answer(rb"SELECT .*QRESYNC", once)
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert len(refused) > 1
        assert not faults(mirror)
        assert_mirrors(mirror, server)


async def test_move_refused_goes_by_copy(mirror: Mirror) -> None:
    async with ModelServer() as server:
        fill(server)
        server.answer(rb"UID MOVE", BAD)
        mirror.port = server.port
        await mirror.sync_async()
        await asyncio.to_thread(mirror.move, [1, 2], "Box")
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert mirror.queue() == []
        assert_mirrors(mirror, server)
        assert len(server.mailboxes[b"Box"].messages) == 5
        assert set(faults(mirror)) == {"MOVE"}
        await asyncio.to_thread(mirror.move, [3], "Box")
        await mirror.sync_async()
        assert server.count(rb"UID MOVE") == 1
        assert_mirrors(mirror, server)


async def test_it_is_tried_again_when_the_server_is_another(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ModelServer() as server:
        fill(server)
        server.answer(rb"LIST .*STATUS", BAD)
        mirror.port = server.port
        await mirror.sync_async()
        server.behave()
        server.commands.clear()
        await mirror.sync_async()
        assert server.count(rb"LIST .*STATUS") == 0
        server.server_id = b'("name" "Model" "version" "2")'
        await mirror.sync_async()
        await mirror.sync_async()
        assert server.count(rb"LIST .*STATUS") == 1, "a new version may do it"

        server.answer(rb"LIST .*STATUS", BAD)
        await mirror.sync_async()
        server.behave()
        server.commands.clear()
        server.capabilities += " X-NEW"
        await mirror.sync_async()
        assert server.count(rb"LIST .*STATUS") == 1, "what is offered has changed"

        server.answer(rb"LIST .*STATUS", BAD)
        await mirror.sync_async()
        server.behave()
        server.commands.clear()
        monkeypatch.setattr("tuimail.engine.quirks.LEARNED_S", -1)
        await mirror.sync_async()
        assert server.count(rb"LIST .*STATUS") == 1, "a month has passed"


def test_known_servers_are_not_asked_for_what_they_fail_at() -> None:
    known = partial(withheld_names, now=10)
    assert {name for name, _ in known("imap.mail.me.com", ServerFacts())} == {"QRESYNC", "ESEARCH"}
    assert [name for name, _ in known("outlook.office365.com.", ServerFacts())] == ["IMAP4REV2"]
    assert list(known("imap.example.org", ServerFacts())) == []
    assert list(known("notmail.me.com", ServerFacts())) == []
    learned = ServerFacts(faults={"MOVE": Fault("BAD What?", 5)})
    assert list(known("imap.example.org", learned)) == [("MOVE", "BAD What?")]
    assert list(withheld_names("imap.example.org", learned, 5 + LEARNED_S)) == []


def pretend_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.imap.session.ImapSession.is_local", False)


async def test_compression_refused(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_far(monkeypatch)
    async with ModelServer(EVERYTHING + " COMPRESS=DEFLATE") as server:
        server.mailboxes[b"INBOX"].fill(mail(n, size_octets=3000) for n in range(200))
        server.answer(rb"COMPRESS", NO)
        mirror.port = server.port
        report = await mirror.sync_async()
        assert report.ok, report.error
        assert_mirrors(mirror, server)
        assert set(faults(mirror)) == {"COMPRESS=DEFLATE"}
        server.commands.clear()
        server.create("Box").fill(mail(n) for n in range(1000, 1200))
        await mirror.sync_async()
        assert server.count(rb"COMPRESS") == 0
        assert_mirrors(mirror, server)


def test_what_is_large_is_compressed_and_what_is_small_is_not(
    mirror_on_dovecot: Mirror, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, compress = mirror_on_dovecot, Link.compress
    asked: list[Link] = []

    async def counted(link: Link) -> None:
        asked.append(link)
        await compress(link)

    monkeypatch.setattr(Link, "compress", counted)
    other.fill("INBOX", range(200))
    ours.offline = "headers"
    plain = ours.sync_ok().bytes_in
    assert not asked, "on the same machine it only costs"
    pretend_far(monkeypatch)
    ours.write(lambda c: accounts.remove_account(c, ours.mailboxes()["INBOX"].account_id))
    assert ours.sync_ok().bytes_in < plain / 3
    assert len(asked) == 1
    ours.offline = "all"
    ours.sync_ok()
    assert_same(ours, other)
    asked.clear()
    other.fill("INBOX", ["one more"])
    ours.sync_ok()
    assert not asked, "a round trip for so little"
    assert_same(ours, other)
