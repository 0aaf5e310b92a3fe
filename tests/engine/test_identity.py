"""A message keeps its id and its body whatever other clients do to it: renamed mailboxes, new UIDs, moves.

"Nothing is fetched again" is counted on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.engine.model_mirror import assert_mirrors, model_mirror
from tests.engine.world import Mirror, Other, assert_same, mail
from tests.servers.model import BARE, CONDSTORE, EVERYTHING, ModelServer
from tests.servers.pymap_server import pymap_server
from tuimail.model.ids import MessageId
from tuimail.store import changes

BODY_OCTETS = 20_000
WITHOUT_OBJECTID = EVERYTHING.replace(" OBJECTID", "")
KINDS = pytest.mark.parametrize(
    "capabilities", [EVERYTHING, WITHOUT_OBJECTID, CONDSTORE, BARE], ids=["all", "no OBJECTID", "CONDSTORE", "bare"]
)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Mirror]:
    with model_mirror(tmp_path) as made:
        yield made


def ids_by_subject(mirror: Mirror) -> dict[str, MessageId]:
    return {message.envelope.subject: message.id for message in mirror.messages()}


def large(names: range) -> list[bytes]:
    return [mail(name, size_octets=BODY_OCTETS) for name in names]


@KINDS
async def test_a_renamed_mailbox_is_not_fetched_again(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        server.create("Box").fill(large(range(200)))
        ours.port = server.port
        await ours.sync_async()
        ids, mailbox_id = ids_by_subject(ours), ours.mailbox_id("Box")
        server.rename("Box", "Renamed")
        server.octets_out = 0
        server.commands.clear()
        report = await ours.sync_async()
        assert report.ok, report.error
        assert (report.new, report.vanished) == (0, 0)
        assert server.octets_out < (20_000 if capabilities == BARE else 3_000)
        assert server.count(rb"BODY.PEEK\[\]|BODYSTRUCTURE") == 0
        assert ours.mailbox_id("Renamed") == mailbox_id
        assert ids_by_subject(ours) == ids
        assert_mirrors(ours, server)


@KINDS
async def test_a_renamed_mailbox_that_has_changed_meanwhile(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        box = server.create("Box").fill(large(range(40)))
        server.create("Empty")
        ours.port = server.port
        await ours.sync_async()
        ids, mailbox_id = ids_by_subject(ours), ours.mailbox_id("Box")
        server.rename("Box", "Renamed")
        server.rename("Empty", "Still empty")
        box.remove(box.messages[3])
        box.deliver(mail("new"))
        box.flag(box.messages[0], add="\\Flagged")
        server.commands.clear()
        report = await ours.sync_async()
        assert report.ok, report.error
        assert report.new == 1
        assert ours.mailbox_id("Renamed") == mailbox_id
        assert {name: id_ for name, id_ in ids_by_subject(ours).items() if name != "new"} == {
            name: id_ for name, id_ in ids.items() if name != "3"
        }
        assert_mirrors(ours, server)


async def test_mailboxes_that_change_names_with_each_other(ours: Mirror) -> None:
    async with ModelServer() as server:
        for name in ("A", "B", "C", "D"):
            server.create(name).fill([mail(f"{name}{n}") for n in range(3)])
        ours.port = server.port
        await ours.sync_async()
        ids = {name: ours.mailbox_id(name) for name in "ABCD"}
        for old, new in (("A", "x"), ("B", "A"), ("x", "B"), ("C", "y")):
            server.rename(old, new)
        server.delete("D")
        server.rename("y", "D")
        server.commands.clear()
        report = await ours.sync_async()
        assert report.ok, report.error
        assert report.new == 0
        assert server.count(rb"BODY") == 0
        assert {name: ours.mailbox_id(name) for name in "ABD"} == {"A": ids["B"], "B": ids["A"], "D": ids["C"]}
        assert_mirrors(ours, server)


@pytest.mark.parametrize("lie", ["same uid_validity", "same everything"])
async def test_what_only_looks_like_a_rename_is_none(ours: Mirror, lie: str) -> None:
    """A server that numbers every mailbox from 1: another mailbox with the same numbers is another mailbox."""
    async with ModelServer(WITHOUT_OBJECTID) as server:
        for box in (server.mailboxes[b"INBOX"], server.create("Box"), server.create("Other")):
            box.uid_validity = 1
            box.fill([mail(f"{box.name.decode()}{n}") for n in range(5)])
        ours.port = server.port
        await ours.sync_async()
        old = ours.mailbox_id("Box")
        server.delete("Box")
        fresh = server.create("Fresh")
        fresh.uid_validity = 1
        # As long, but not the same messages.
        fresh.fill([mail(f"Fre{n}") for n in range(5)] if lie == "same everything" else large(range(7)))
        report = await ours.sync_async()
        assert report.ok, report.error
        assert ours.mailbox_id("Fresh") != old
        assert_mirrors(ours, server)


async def test_the_same_mailboxid_for_all_identifies_nothing(ours: Mirror) -> None:
    async with ModelServer() as server:
        for box in (server.mailboxes[b"INBOX"], server.create("Box"), server.create("Other")):
            box.mailbox_id = "same"
            box.fill([mail(f"{box.name.decode()}{n}") for n in range(3)])
        ours.port = server.port
        await ours.sync_async()
        server.delete("Box")
        report = await ours.sync_async()
        assert report.ok, report.error
        assert_mirrors(ours, server)


@KINDS
async def test_pending_changes_follow_a_renamed_mailbox(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        box = server.create("Box").fill([mail(n) for n in range(5)])
        inbox = server.mailboxes[b"INBOX"].fill([mail(n) for n in range(10, 12)])
        ours.port = server.port
        await ours.sync_async()
        ours.flag([1], add=["\\Flagged"])
        ours.expunge([2])
        ours.move([3], "INBOX")
        ours.move([10], "Box")
        server.rename("Box", "Elsewhere/Box")
        report = await ours.sync_async()
        assert report.ok, report.error
        assert ours.queue() == []
        assert [m.flags for m in box.messages if b"Subject: 1\r" in m.octets] == [{"\\Flagged"}]
        assert len(box.messages) == 4
        assert len(inbox.messages) == 2
        assert_mirrors(ours, server)


@KINDS
async def test_a_new_uidvalidity_fetches_no_body_again(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        box = server.create("Box").fill(large(range(30)))
        ours.port = server.port
        await ours.sync_async()
        ids = ids_by_subject(ours)
        box.uid_validity += 1_000_000
        for number, message in enumerate(reversed(box.messages)):
            message.uid = 500 + number
        box.messages.reverse()
        box.uid_next = 600
        server.commands.clear()
        report = await ours.sync_async()
        assert report.ok, report.error
        assert server.count(rb"BODY.PEEK\[\]") == 0
        assert ids_by_subject(ours) == ids
        assert_mirrors(ours, server)


@KINDS
@pytest.mark.parametrize("names", [("INBOX", "Zoo"), ("Zoo", "INBOX")], ids=["out of INBOX", "into INBOX"])
@pytest.mark.parametrize("first", [0, 1], ids=["old place first", "new place first"])
async def test_moves_by_another_client_in_either_order(
    ours: Mirror, capabilities: str, names: tuple[str, str], first: int
) -> None:
    async with ModelServer(capabilities) as server:
        server.create("Zoo")
        source, target = (server.mailboxes[name.encode()] for name in names)
        source.fill(large(range(60)))
        target.fill([mail(f"there{n}") for n in range(5)])
        ours.port = server.port
        await ours.sync_async()
        await ours.sync_async()
        ids = ids_by_subject(ours)
        server.move(source.messages[5:55], source, target)
        server.commands.clear()
        await ours.sync_async(mailboxes=[names[first]])
        report = await ours.sync_async()
        assert report.ok, report.error
        assert ids_by_subject(ours) == ids
        if first == 0:
            assert server.count(rb"BODY.PEEK\[\]") == 0
        assert_mirrors(ours, server)


async def test_what_hangs_on_the_newer_row_follows_the_older(ours: Mirror) -> None:
    async with ModelServer(WITHOUT_OBJECTID) as server:
        zoo = server.create("Zoo").fill(large(range(3)))
        inbox = server.mailboxes[b"INBOX"]
        ours.port = server.port
        ours.offline = "headers"
        await ours.sync_async()
        id_ = ours.id_of(1)
        server.move([zoo.messages[1]], zoo, inbox)
        ours.offline = "all"
        await ours.sync_async(mailboxes=["INBOX"])
        twin = ours.id_of(1, "INBOX")
        assert twin != id_
        ours.write(lambda c: changes.change_flags(c, [twin], add=["\\Flagged"], now=1))
        server.commands.clear()
        await ours.sync_async()
        await ours.sync_async()
        assert ours.id_of(1) == id_
        assert ours.message(1).flags.names() == ["\\Flagged"]
        assert ours.undo() is not None
        await ours.sync_async()
        assert ours.message(1).flags.names() == []
        assert_mirrors(ours, server)


@pytest.mark.parametrize("capabilities", [EVERYTHING, WITHOUT_OBJECTID])
async def test_a_copy_is_no_move(ours: Mirror, capabilities: str) -> None:
    """It was there while its original still was: when that goes, the copy is what it always was."""
    async with ModelServer(capabilities) as server:
        inbox, zoo = server.mailboxes[b"INBOX"].fill([mail("a"), mail("b")]), server.create("Zoo")
        ours.port = server.port
        await ours.sync_async()
        theirs = zoo.deliver(inbox.messages[0].octets, email_id=inbox.messages[0].email_id)
        theirs.date = inbox.messages[0].date
        await ours.sync_async()
        await ours.sync_async()
        copy_id = ours.id_of("a", "Zoo")
        ours.copy(["b"], "Zoo")
        await ours.sync_async()
        own_id = ours.id_of("b", "Zoo")
        for message in list(inbox.messages):
            inbox.remove(message)
        await ours.sync_async()
        assert (ours.id_of("a"), ours.id_of("b")) == (copy_id, own_id)
        assert_mirrors(ours, server)


async def test_a_copy_by_another_client_shares_the_body(ours: Mirror) -> None:
    async with ModelServer() as server:
        inbox, zoo = server.mailboxes[b"INBOX"].fill(large(range(10))), server.create("Zoo")
        ours.port = server.port
        await ours.sync_async()
        for message in inbox.messages:
            zoo.deliver(message.octets, email_id=message.email_id)
        server.commands.clear()
        report = await ours.sync_async()
        assert report.new == 10
        assert server.count(rb"BODY.PEEK\[\]") == 0
        assert_mirrors(ours, server)


async def test_another_emailid_is_another_message(ours: Mirror) -> None:
    """Alike in Message-ID, size and date: what the server says of identity goes before."""
    async with ModelServer() as server:
        inbox, zoo = server.mailboxes[b"INBOX"], server.create("Zoo")
        inbox.deliver(mail("twin").replace(b"This is", b"Here is"), email_id="M1")
        ours.port = server.port
        await ours.sync_async()
        id_ = ours.id_of("twin")
        inbox.remove(inbox.messages[0])
        zoo.deliver(mail("twin"), email_id="M2")
        await ours.sync_async()
        assert ours.id_of("twin") != id_
        assert_mirrors(ours, server)


async def test_without_message_id_an_emailid_is_enough(ours: Mirror) -> None:
    async with ModelServer() as server:
        inbox, zoo = server.mailboxes[b"INBOX"], server.create("Zoo")
        inbox.deliver(mail("plain", message_id=False, size_octets=BODY_OCTETS))
        ours.port = server.port
        await ours.sync_async()
        id_ = ours.id_of("plain")
        server.move(list(inbox.messages), inbox, zoo)
        zoo.messages[0].date = b"02-Feb-2026 00:00:00 +0000"
        server.commands.clear()
        await ours.sync_async()
        assert ours.id_of("plain") == id_
        assert server.count(rb"BODY.PEEK\[\]") == 0


def test_a_real_server_with_objectid(tmp_path: Path) -> None:
    with pymap_server() as server:
        mirror = Mirror(tmp_path / "data", server.port, server.username, server.password)
        other = Other(server.port, server.username, server.password)
        other.create("Box")
        for number in range(20):
            other.append("Box", mail(number, size_octets=BODY_OCTETS))
        mirror.sync_ok()
        ids, mailbox_id = ids_by_subject(mirror), mirror.mailbox_id("Box")
        assert mirror.read(lambda c: c.execute("SELECT count(*) FROM messages WHERE email_id <> ''").get) == 20
        other.rename("Box", "Renamed")
        report = mirror.sync_ok()
        assert report.bytes_in < BODY_OCTETS
        assert mirror.mailbox_id("Renamed") == mailbox_id
        other.move("Renamed", [1, 2, 3], "Archive")
        report = mirror.sync_ok()
        assert report.bytes_in < BODY_OCTETS
        assert ids_by_subject(mirror) == ids
        assert_same(mirror, other)
        other.close()
        mirror.store.close()


@pytest.mark.parametrize("place", ["everything", "condstore", "uidplus", "bare"], indirect=True)
def test_a_rename_on_dovecot(mirror: Mirror, other: Other) -> None:
    other.create("Box")
    for number in range(30):
        other.append("Box", mail(number, size_octets=BODY_OCTETS))
    mirror.sync_ok()
    ids, mailbox_id = ids_by_subject(mirror), mirror.mailbox_id("Box")
    mirror.flag([1], add=["\\Flagged"])
    mirror.move([2], "Archive")
    other.rename("Box", "Parent/Renamed")
    report = mirror.sync_ok()
    assert report.bytes_in < BODY_OCTETS
    assert mirror.mailbox_id("Parent/Renamed") == mailbox_id
    assert ids_by_subject(mirror) == ids
    assert mirror.queue() == []
    assert_same(mirror, other, with_deleted=False)


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
def test_arrival_in_inbox_seen_before_the_loss(mirror: Mirror, other: Other) -> None:
    other.fill("Archive", range(50))
    mirror.sync_ok()
    mirror.sync_ok()
    ids = ids_by_subject(mirror)
    other.move("Archive", range(50), "INBOX")
    mirror.sync_ok(mailboxes=["INBOX"])
    mirror.sync_ok()
    assert ids_by_subject(mirror) == ids
    assert_same(mirror, other)
    unused = mirror.store.bodies.read(partial(_bodies_without_message, mirror=mirror))
    assert unused == set(), "the bodies of the rows that went are dropped"


def _bodies_without_message(connection: object, *, mirror: Mirror) -> set[int]:
    from tuimail.store.database import Connection, rows

    assert isinstance(connection, Connection)
    kept = {row[0] for row in rows(connection, "SELECT DISTINCT id / 65536 FROM chunks")}
    used = mirror.read(lambda c: {row[0] for row in rows(c, "SELECT body_id FROM messages")})
    return kept - used
