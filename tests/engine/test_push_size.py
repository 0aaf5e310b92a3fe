"""How much of the wire a push takes, and that items fail alone."""

from __future__ import annotations

import re
from functools import partial

from tests.engine.conftest import Place
from tests.engine.proxy import Plan, Proxy
from tests.engine.world import NOW, Mirror, Other, assert_same, mail
from tests.servers.dovecot import HOST
from tuimail.engine.context import EngineContext
from tuimail.model.ids import MessageId
from tuimail.store import changes, journal

MOST_ROUND_TRIPS = 12


def fill_quickly(place: Place, mailbox: str, count: int) -> None:
    """Append many small messages, pipelined."""
    import socket

    with socket.create_connection((HOST, place.port)) as connection, connection.makefile("rb") as told:
        told.readline()
        lines = [f'l LOGIN "{place.user}" "{place.password}"\r\n'.encode()]
        for number in range(count):
            octets = mail(f"{mailbox} {number}")
            lines.append(b'a%d APPEND "%s" () {%d+}\r\n%s\r\n' % (number, mailbox.encode(), len(octets), octets))
        lines.append(b"z LOGOUT\r\n")
        connection.sendall(b"".join(lines))
        assert any(line.startswith(b"z OK") for line in told)


def ids_in(mirror: Mirror, mailbox: str) -> list[MessageId]:
    return [message.id for message in mirror.messages(mailbox)]


def test_2000_flag_changes_and_500_moves_take_few_round_trips(place: Place, mirror: Mirror, other: Other) -> None:
    mirror.offline = "headers"
    for mailbox, count in (("INBOX", 1000), ("Archive", 1000), ("Junk", 500)):
        fill_quickly(place, mailbox, count)
    mirror.sync_ok()
    by_mailbox = {name: ids_in(mirror, name) for name in ("INBOX", "Archive", "Junk")}

    def write() -> None:
        for mailbox, flag, count in (("INBOX", "\\Seen", 900), ("Archive", "\\Flagged", 700), ("Junk", "todo", 400)):
            ids = by_mailbox[mailbox][:count]
            mirror.write(partial(changes.change_flags, ids=ids, add=[flag], now=NOW))
        # Every second one: a set of UIDs with no runs in it is as long as such a set gets.
        moved = by_mailbox["INBOX"][::2]
        assert len(moved) == 500
        target_id = mirror.mailbox_id("Sent")
        mirror.write(partial(changes.move, ids=moved, target_id=target_id, now=NOW))

    write()
    report = mirror.sync_ok()
    assert (report.pushed, report.failed) == (2500, 0)
    assert report.round_trips <= MOST_ROUND_TRIPS, "the pass with its LIST and the look at what was touched"
    assert report.bytes_out < 12_000
    there = other.view()
    ours = {(message.mailbox, message.uid): tuple(message.flags.names()) for message in mirror.messages()}
    assert ours == {key: flags for key, (flags, _octets) in there.items()}
    again = mirror.sync_ok()
    assert (again.pushed, again.new, again.changed, again.vanished) == (0, 0, 0, 0)


def test_of_many_alike_some_fail_and_the_others_go_through(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", range(40))
    proxied.sync_ok()
    proxied.move(range(40), "Archive")
    refused = set(range(5, 15))

    def answer(line: bytes) -> bytes | None:
        found = re.search(rb"UID MOVE ([\d:,]+) ", line)
        if found is None:
            return None
        ends = [part.split(b":") for part in found[1].split(b",")]
        uids = {uid for low, *high in ends for uid in range(int(low), int((high or [low])[0]) + 1)}
        return b"TAG NO [OVERQUOTA] Full\r\n" if uids & refused else None

    proxy.play(Plan(answer=answer))
    report = proxied.sync()
    assert (report.pushed, report.failed) == (30, 10)
    (operation,) = proxied.queue()
    assert (operation.state, len(operation.ids), operation.last_reply) == ("failed", 10, "Full")
    assert len(other.names("Archive")) == 30
    assert sorted(map(int, other.names("INBOX"))) == [uid - 1 for uid in sorted(refused)]
    assert_same(proxied, other)
    proxy.play()
    proxied.write(partial(journal.retry, ops=None))
    assert proxied.sync_ok().pushed == 10
    assert_same(proxied, other)


def test_each_item_waits_for_itself_alone(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", range(1, 21))
    proxied.sync_ok()
    proxied.flag(range(1, 11), add=["\\Flagged"])
    proxied.move(range(11, 21), "Archive")
    put_off = rb"UID STORE (1:10|[1-9]|10) "
    busy = b"TAG NO [INUSE] Wait a little\r\n"
    proxy.play(Plan(answer=lambda line: busy if re.search(put_off, line) else None))
    report = proxied.sync()
    assert report.pushed == 10, "the moves do not wait for the flags"
    (operation,) = proxied.queue()
    assert (operation.kind, operation.state, len(operation.ids)) == ("flag", "waiting", 10)
    assert operation.last_reply == "Wait a little"
    assert operation.next_try_at is not None
    assert operation.next_try_at > EngineContext.now() - 5
    assert "\\Flagged" in proxied.message(1).flags.names(), "still wanted, still shown"
    # A change made meanwhile is not kept waiting.
    proxied.flag([3], add=["Later"])
    proxy.play(Plan(answer=lambda line: busy if re.search(put_off + rb".*Flagged", line) else None))
    assert proxied.sync().pushed == 1
    proxy.play()
    proxied.write(partial(journal.retry, ops=None))
    assert proxied.sync_ok().pushed == 10
    assert_same(proxied, other)


def test_opposite_changes_that_were_not_sent_cost_nothing(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    other.fill("INBOX", range(1, 6))
    proxied.sync_ok()
    proxied.flag([1, 2, 3], add=["\\Flagged", "todo"])
    proxied.flag([1, 2, 3], remove=["\\Flagged", "TODO"])
    proxied.flag([4], add=["\\Seen"])
    proxied.flag([4], remove=["\\Seen"])
    proxied.flag([4], add=["\\Seen"])
    proxy.play()
    assert proxied.sync_ok().pushed == 1
    assert sum(b"UID STORE" in line for line in proxy.sent) == 1
    assert_same(proxied, other)
