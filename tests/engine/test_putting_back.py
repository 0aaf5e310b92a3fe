"""What the server lost is put back on it: when the user refuses a removal, and out of tombstones."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.engine.conftest import Place
from tests.engine.limited import ON_EVERYTHING, PAST, Limited
from tests.engine.proxy import Plan, Proxy
from tests.engine.test_absence import answers
from tests.engine.world import NOW, Mirror, Other, assert_same, mail
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MessageId
from tuimail.store import held, mailbox_changes, recovery, tombstones
from tuimail.store.held import Answer
from tuimail.store.recorder import Change


def restore(mirror: Mirror, ids: list[MessageId], mailbox: str | None = None) -> Change:
    dead = [one for one in mirror.read(tombstones.list_tombstones) if one.id in ids]
    assert len(dead) == len(ids)
    return mirror.write(partial(recovery.restore, dead=dead, mailbox=mailbox, now=NOW))


def refuse(mirror: Limited) -> Answer:
    (plan,) = mirror.held()
    return mirror.write(lambda connection: held.refuse(connection, plan.op, now=NOW))


def dates(mirror: Mirror) -> dict[str, int]:
    return {message.envelope.subject: message.internal_date for message in mirror.messages()}


@ON_EVERYTHING
def test_a_refused_removal_puts_everything_back_as_it_was(limited: Limited, other: Other) -> None:
    for number in range(10):
        other.append(
            "INBOX", mail(number, message_id=number != 9), "\\Seen $Work" if number % 2 else "", at=PAST - number
        )
    limited.sync_ok()
    before = {message.id: (message.flags.names(), limited.octets_of(message.id)) for message in limited.messages()}
    arrived = dates(limited)
    other.expunge("INBOX", range(2, 10))
    limited.sync_ok()
    limited.flag([3], add=["\\Flagged"])
    before[limited.id_of(3)][0].insert(1, "\\Flagged")
    assert refuse(limited) == Answer(8)
    report = limited.sync_ok()
    assert (report.failed, report.held) == (0, 0)
    limited.sync_ok()
    assert limited.queue() == []
    assert_same(limited, other)
    after = {message.id: (message.flags.names(), limited.octets_of(message.id)) for message in limited.messages()}
    assert {id_: (sorted(flags), octets) for id_, (flags, octets) in before.items()} == {
        id_: (sorted(flags), octets) for id_, (flags, octets) in after.items()
    }
    assert dates(limited) == arrived
    assert limited.sync_ok().new == 0


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
def test_a_mailbox_that_is_gone_is_made_again_for_what_is_put_back(limited: Limited, other: Other) -> None:
    other.create("Box")
    other.fill("Box", range(10), "\\Answered")
    limited.sync_ok()
    ids = limited.ids_of(*range(10))
    other.delete("Box")
    limited.sync_ok()
    refuse(limited)
    limited.sync_ok()
    limited.sync_ok()
    assert limited.queue() == []
    assert sorted(other.names("Box")) == sorted(str(number) for number in range(10))
    assert limited.ids_of(*range(10)) == ids
    assert_same(limited, other)


def test_what_the_server_had_only_hidden_is_not_put_there_twice(place: Place, other: Other, limited: Limited) -> None:
    other.fill("INBOX", range(10))
    with Proxy(place.port) as proxy:
        limited.port = proxy.port
        limited.sync_ok()
        other.append("INBOX", mail("new"))

        def lie(octets: bytes) -> bytes:
            octets = re.sub(rb"\* \d+ EXISTS", b"* 0 EXISTS", octets)
            return re.sub(rb"(\* ESEARCH \(TAG \"[^\"]*\"\) UID)[^\r]*", rb"\1", octets)

        proxy.play(Plan(rewrite=lie, answer=lambda line: b"TAG OK done\r\n" if b"UID FETCH" in line else None))
        assert limited.sync_ok().held == 10
        refuse(limited)
        proxy.play()
        limited.sync_ok()
        limited.sync_ok()
        assert limited.queue() == []
        assert len(other.names("INBOX")) == 11
        assert_same(limited, other)


@ON_EVERYTHING
@pytest.mark.parametrize("permanent", [False, True])
def test_what_is_put_back_survives_that_its_mailbox_is_being_deleted(
    limited: Limited, other: Other, *, permanent: bool
) -> None:
    """It would wait for ever for a mailbox that is gone, and be shown nowhere."""
    other.create("Box")
    other.fill("Box", range(10))
    limited.sync_ok()
    other.expunge("Box", range(8))
    limited.sync_ok()
    box = limited.mailbox_id("Box")
    limited.write(partial(mailbox_changes.delete, mailbox_id=box, permanent=permanent, now=NOW))
    refuse(limited)
    limited.sync_ok()
    limited.sync_ok()
    assert limited.queue() == []
    assert_same(limited, other, with_deleted=False)
    kept = range(8) if permanent else range(10)
    assert sorted(message.envelope.subject for message in limited.messages()) == [str(number) for number in kept]
    assert {message.mailbox for message in limited.messages()} == {"Box" if permanent else "Trash"}


def test_a_tombstone_is_put_back_once_whoever_asks(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", ["a"])
    mirror.sync_ok()
    other.expunge("INBOX", ["a"])
    mirror.sync_ok()
    dead = mirror.read(tombstones.list_tombstones)
    restore(mirror, [one.id for one in dead])
    with pytest.raises(ConfigError, match="not among what vanished any more"):
        mirror.write(partial(recovery.restore, dead=dead, now=NOW))
    mirror.sync_ok()
    assert other.names("INBOX") == ["a"]
    assert_same(mirror, other)


@ON_EVERYTHING
def test_a_tombstone_is_put_back_where_it_was_and_undo_takes_it_away(mirror: Mirror, other: Other) -> None:
    other.create("Box")
    for number in range(4):
        other.append("Box", mail(number), "\\Flagged $Work", at=PAST - number)
    mirror.sync_ok()
    ids, arrived = mirror.ids_of(0, 1), dates(mirror)
    other.expunge("Box", [0, 1])
    mirror.sync_ok()
    assert restore(mirror, ids).title == "2 messages put back"
    mirror.sync_ok()
    mirror.sync_ok()
    assert mirror.ids_of(0, 1) == ids
    assert dates(mirror) == arrived
    assert mirror.message(0).flags.names() == ["$Work", "\\Flagged"]
    assert_same(mirror, other)
    mirror.undo()
    mirror.sync_ok()
    assert sorted(message.envelope.subject for message in mirror.messages("Box")) == ["2", "3"]
    assert_same(mirror, other, with_deleted=False)
    if other.names("Box") == ["2", "3"]:
        # What came from here is not lost with its undoing: it is where it was before.
        assert {one.id for one in mirror.read(tombstones.list_tombstones)} == set(ids)
        restore(mirror, ids)
        mirror.sync_ok()
        assert sorted(other.names("Box")) == ["0", "1", "2", "3"]
        assert_same(mirror, other)


def test_a_tombstone_whose_mailbox_is_gone_needs_another(mirror: Mirror, other: Other) -> None:
    other.create("Box")
    other.fill("Box", ["a"])
    mirror.sync_ok()
    (id_,) = mirror.ids_of("a")
    other.delete("Box")
    mirror.sync_ok()
    with pytest.raises(ConfigError, match="mailbox 'Box', which is gone"):
        restore(mirror, [id_])
    restore(mirror, [id_], "\\Archive")
    mirror.sync_ok()
    assert other.names("Archive") == ["a"]
    assert_same(mirror, other)


def test_what_the_server_refuses_to_take_back_is_a_tombstone_again_once_discarded(
    proxied: Mirror, other: Other, proxy: Proxy
) -> None:
    other.fill("INBOX", ["a", "b"])
    proxied.sync_ok()
    (id_,) = proxied.ids_of("a")
    octets = proxied.octets_of(id_)
    other.expunge("INBOX", ["a"])
    proxied.sync_ok()
    restore(proxied, [id_])
    proxy.play(Plan(answer=answers(rb"APPEND", b"TAG NO [OVERQUOTA] The quota is used up\r\n")))
    assert proxied.sync().failed == 1
    (operation,) = proxied.queue()
    assert (operation.state, operation.last_reply, operation.ids) == ("failed", "The quota is used up", (id_,))
    assert [message.envelope.subject for message in proxied.messages()] == ["b"]
    proxied.write(lambda connection: held.discard(connection, operation.op, now=NOW))
    (dead,) = proxied.read(tombstones.list_tombstones)
    assert (dead.id, dead.message.mailbox, proxied.octets_of(id_)) == (id_, "INBOX", octets)
    proxy.play()
    restore(proxied, [id_])
    proxied.sync_ok()
    assert proxied.id_of("a") == id_
    assert_same(proxied, other)
