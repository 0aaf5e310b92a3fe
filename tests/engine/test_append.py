"""Messages of our own: seen at once, put on the server once, found again when an answer was lost, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from tests.engine.conftest import CAPABILITIES
from tests.engine.proxy import Plan, Proxy
from tests.engine.test_absence import answers
from tests.engine.world import NOW, Mirror, Other, assert_same, mail
from tuimail.mime.new_message import new_message
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.store import appending, journal
from tuimail.store.recorder import Change

ARRIVED = NOW - 100_000_000
ALL_SERVERS = pytest.mark.parametrize("place", CAPABILITIES, indirect=True)


def append(mirror: Mirror, mailbox: str, octets: Sequence[bytes], *flags: str, ours: bool = False) -> Change:
    new = [new_message(one, internal_date=ARRIVED, flags=Flags.of(flags), ours=ours) for one in octets]
    return appending.append(mirror.store, mirror.mailbox_id(mailbox), new, now=NOW)


def settle(mirror: Mirror, other: Other) -> None:
    report = mirror.sync_ok()
    assert (report.failed, report.held) == (0, 0)
    assert mirror.queue() == []
    assert_same(mirror, other)
    again = mirror.sync_ok()
    assert (again.new, again.changed, again.vanished, again.pushed) == (0, 0, 0, 0)


@ALL_SERVERS
def test_a_message_is_seen_at_once_and_arrives_as_it_is(mirror: Mirror, other: Other) -> None:
    mirror.sync_ok()
    octets = mail("draft", size_octets=3000)
    done = append(mirror, "Drafts", [octets], "\\Draft", "\\Seen", "$Label1")
    assert done.title == "1 message put into Drafts"
    message = mirror.message("draft")
    assert (message.mailbox, message.uid, message.pending) == ("Drafts", None, True)
    assert message.internal_date == ARRIVED
    assert message.snippet.startswith("This is draft.")
    assert mirror.octets_of(message.id) == octets
    report = mirror.sync_ok()
    assert report.bytes_in < 8_000, "its body is here and is not fetched"
    assert report.new == 0
    settle(mirror, other)
    assert mirror.id_of("draft") == message.id
    assert mirror.message("draft").flags.names() == ["$Label1", "\\Draft", "\\Seen"]
    assert mirror.message("draft").internal_date == ARRIVED


@ALL_SERVERS
@pytest.mark.parametrize("synced", [False, True], ids=["before sync", "after sync"])
def test_it_can_be_changed_and_taken_back(mirror: Mirror, other: Other, synced: bool) -> None:
    mirror.sync_ok()
    append(mirror, "Drafts", [mail("one"), mail("two")])
    if synced:
        settle(mirror, other)
    mirror.flag(["one"], add=["\\Flagged"])
    mirror.move(["two"], "Archive")
    if synced:
        mirror.sync_ok()
    for _ in range(3):
        undone = mirror.undo()
        assert undone is not None
        assert not undone.is_empty
    assert mirror.messages() == []
    report = mirror.sync_ok()
    if not synced:
        assert report.pushed == 0
    marked = "UIDPLUS" not in other.imap.capabilities
    assert_same(mirror, other, with_deleted=not marked)
    assert other.view(with_deleted=not marked) == {}


def test_changes_of_it_wait_for_it(mirror: Mirror, other: Other) -> None:
    mirror.sync_ok()
    append(mirror, "Drafts", [mail("one")])
    mirror.flag(["one"], add=["\\Flagged"])
    mirror.copy(["one"], "Archive")
    settle(mirror, other)
    assert other.names("Archive") == ["one"]


def test_one_that_we_wrote_gets_a_message_id_and_any_other_none(mirror: Mirror, other: Other) -> None:
    mirror.sync_ok()
    bare = mail("bare", message_id=False)
    append(mirror, "Drafts", [bare], ours=True)
    append(mirror, "Sent", [bare])
    settle(mirror, other)
    found = {mailbox: octets for (mailbox, _), (_flags, octets) in other.view().items()}
    assert found["Sent"] == bare
    assert found["Drafts"].startswith(b"Message-ID: <")
    assert found["Drafts"].endswith(bare)


def test_line_ends_become_those_of_the_protocol(mirror: Mirror, other: Other) -> None:
    mirror.sync_ok()
    append(mirror, "Drafts", [mail("unix").replace(b"\r\n", b"\n")])
    settle(mirror, other)
    assert mirror.octets_of(mirror.id_of("unix")) == mail("unix")


def test_many_and_large_ones(mirror: Mirror, other: Other) -> None:
    mirror.sync_ok()
    large = mail("large", size_octets=6_000_000)
    append(mirror, "Archive", [*(mail(number) for number in range(120)), large])
    assert len(mirror.queue()) == 1, "one operation"
    report = mirror.sync_ok()
    assert report.pushed == 121
    # One by one they take 121. How often a quick server has answered before the next one is sent, the machine decides.
    assert report.round_trips < 60, "in portions, pipelined"
    settle(mirror, other)


@pytest.mark.parametrize("place", ["everything", "bare"], indirect=True)
@pytest.mark.parametrize("message_id", [True, False], ids=["with id", "without id"])
@pytest.mark.parametrize("mode", ["before", "after"])
def test_cut_at_every_line_it_arrives_once(
    proxied: Mirror, other: Other, proxy: Proxy, message_id: bool, mode: str
) -> None:
    other.append("Drafts", mail("old", message_id=message_id))
    proxied.sync_ok()
    # The same message twice, and one more of the same size that was there before.
    octets = [mail("new", message_id=message_id)] * 2 + [mail("else", message_id=message_id)]
    expected = ["old"]
    line, struck = 3, True
    while struck:
        append(proxied, "Drafts", octets)
        expected += ["new", "new", "else"]
        proxy.play(Plan(line, mode))
        proxied.sync()
        struck = bool(proxy.cuts)
        proxy.play()
        proxied.sync_ok()
        assert proxied.queue() == []
        assert sorted(other.names("Drafts")) == sorted(expected), f"cut {mode} line {line}"
        assert_same(proxied, other)
        line += 2


@pytest.mark.parametrize("place", ["bare"], indirect=True)
def test_a_refused_one_stays_in_the_queue_until_it_is_retried(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    proxied.sync_ok()
    (id_,) = append(proxied, "Drafts", [mail("draft")]).message_ids
    append(proxied, "Sent", [mail("fine")])
    proxy.play(Plan(answer=answers(rb"APPEND \"?Drafts", b"TAG NO [OVERQUOTA] Full\r\n")))
    report = proxied.sync()
    assert (report.pushed, report.failed) == (1, 1)
    (operation,) = proxied.queue()
    assert (operation.kind, operation.state, operation.last_reply) == ("append", "failed", "Full")
    assert proxied.messages("Drafts") == []
    proxy.play()
    proxied.write(partial(journal.retry, ops=None))
    assert proxied.id_of("draft") == id_
    settle(proxied, other)
    assert other.names("Drafts") == ["draft"]


def test_a_discarded_one_is_kept_for_a_while(mirror: Mirror, other: Other) -> None:
    mirror.sync_ok()
    octets = mail("draft")
    (id_,) = append(mirror, "Drafts", [octets]).message_ids
    mirror.write(partial(journal.discard, ops=[operation.op for operation in mirror.queue()]))
    assert mirror.messages() == []
    settle(mirror, other)
    assert mirror.octets_of(MessageId(id_)) == octets
