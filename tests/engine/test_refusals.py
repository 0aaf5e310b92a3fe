"""What the server refuses is rolled back and told; what it puts off is tried again; the rest goes through."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.engine.proxy import Plan, Proxy
from tests.engine.test_absence import answers
from tests.engine.world import Mirror, Other, assert_same
from tuimail.engine.context import EngineContext
from tuimail.engine.push import NOT_DELETABLE
from tuimail.model.errors import ConfigError
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes, journal, junking

NO = b"TAG NO [OVERQUOTA] The quota is used up\r\n"


def start(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", range(1, 9))
    other.create("Box")
    mirror.sync_ok()


@pytest.mark.parametrize("verb", [rb"UID STORE 1", rb"UID MOVE", rb"UID COPY", rb"UID EXPUNGE"])
def test_a_refusal_is_rolled_back_and_told(proxied: Mirror, other: Other, proxy: Proxy, verb: bytes) -> None:
    start(proxied, other)
    proxied.flag([1], add=["\\Flagged"])
    proxied.move([2], "Box")
    proxied.copy([3], "Box")
    proxied.expunge([4])
    proxy.play(Plan(answer=answers(verb, NO)))
    report = proxied.sync()
    assert (report.pushed, report.failed) == (3, 1)
    (operation,) = proxied.queue()
    assert (operation.state, operation.last_reply) == ("failed", "The quota is used up")
    with_mark = verb == rb"UID EXPUNGE"
    if not with_mark:
        assert_same(proxied, other)
    proxy.play()
    assert proxied.write(lambda c: journal.retry(c, [operation.op])) == 1
    assert proxied.sync_ok().pushed == 1
    assert proxied.queue() == []
    assert_same(proxied, other)
    assert "\\Flagged" in proxied.message(1).flags.names()
    assert proxied.message(2).mailbox == "Box"


def test_one_message_that_is_refused_takes_no_other_with_it(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    proxied.move([1, 2, 3, 4], "Box")
    proxy.play(Plan(answer=answers(rb"UID MOVE (1:4|2) ", NO)))
    report = proxied.sync()
    assert (report.pushed, report.failed) == (3, 1)
    assert other.names("Box") == ["1", "3", "4"]
    assert proxied.message(2).mailbox == "INBOX"
    assert_same(proxied, other)
    proxied.write(lambda c: journal.discard(c, [operation.op for operation in proxied.queue()]))
    assert proxied.queue() == []
    proxied.check()


def test_what_is_put_off_is_tried_again_later(
    proxied: Mirror, other: Other, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(proxied, other)
    proxied.move([1], "Box")
    proxy.play(Plan(answer=answers(rb"UID MOVE", b"TAG NO [INUSE] Wait a little\r\n")))
    now = EngineContext.now()
    monkeypatch.setattr(EngineContext, "now", staticmethod(lambda: now))
    tries = 0
    while proxied.queue()[0].state == "waiting":
        proxied.sync()
        tries += 1
        assert proxy.answered == tries
        (operation,) = proxied.queue()
        assert operation.attempts == tries
        assert operation.last_reply == "Wait a little"
        if operation.state == "waiting":
            assert operation.next_try_at is not None
            assert now < operation.next_try_at <= now + 2**tries
            proxied.sync()
            assert proxy.answered == tries, "tried before its time"
            assert proxied.message(1).mailbox == "Box", "still wanted, still shown"
            now = operation.next_try_at
    assert 4 <= tries <= 10
    assert proxied.message(1).mailbox == "INBOX"
    proxy.play()
    proxied.write(lambda c: journal.retry(c, None))
    proxied.sync_ok()
    assert_same(proxied, other)
    assert other.names("Box") == ["1"]


@pytest.mark.parametrize("place", [("uidplus", False)], indirect=True)
def test_a_mailbox_that_may_not_be_made(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    proxied.move_to_use([1, 2], SpecialUse.ARCHIVE)
    proxied.flag([3], add=["\\Flagged"])
    proxy.play(Plan(answer=answers(rb"(CREATE|SUBSCRIBE|STATUS) \"?Archive", b"TAG NO [NOPERM] Not allowed here\r\n")))
    proxied.sync()
    assert {(o.kind, o.state, o.last_reply) for o in proxied.queue()} == {
        ("create", "failed", "Not allowed here"),
        ("move", "failed", "Not allowed here"),
    }
    assert proxied.message(1).mailbox == "INBOX"
    # The next archiving asks again, rather than to wait for ever.
    proxied.move_to_use([4], SpecialUse.ARCHIVE)
    proxied.sync()
    assert {operation.state for operation in proxied.queue()} == {"failed"}
    proxy.play()
    proxied.write(lambda c: journal.retry(c, None))
    proxied.sync_ok()
    assert proxied.queue() == []
    assert other.names("Archive") == ["1", "2", "4"]


def test_a_flag_that_the_mailbox_does_not_keep_is_refused(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    proxied.flag([1], add=["Project", "\\Flagged"])

    def forget(octets: bytes) -> bytes:
        return octets.replace(b" \\*)]", b")]")

    proxy.play(Plan(rewrite=forget))
    proxied.sync()
    (operation,) = proxied.queue()
    assert operation.state == "failed"
    assert "does not keep this flag" in operation.last_reply
    assert proxied.message(1).flags.names() == ["\\Flagged"]


def test_junk_needs_no_keyword_to_be_kept(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    proxied.write(partial(junking.junk, ids=[proxied.message(1).id], now=1))
    proxy.play(Plan(rewrite=lambda octets: octets.replace(b" \\*)]", b")]")))
    proxied.sync_ok()
    assert proxied.queue() == []
    assert proxied.message(1).mailbox == "Junk"
    assert proxied.message(1).flags.names() == []


@pytest.mark.parametrize("place", ["uidplus", "bare"], indirect=True)
def test_nothing_is_removed_from_a_mailbox_that_keeps_no_marks_of_deletion(
    proxied: Mirror, other: Other, proxy: Proxy
) -> None:
    """Such as one that is read-only: some servers answer OK to STORE and EXPUNGE there, and do nothing."""
    start(proxied, other)
    proxied.expunge([1])
    proxied.move([2], "Archive")

    def read_only(octets: bytes) -> bytes:
        return re.sub(rb"\[PERMANENTFLAGS \([^)]*\)\]", b"[PERMANENTFLAGS ()]", octets)

    proxy.play(Plan(rewrite=read_only))
    assert proxied.sync().failed == 2
    assert {operation.last_reply for operation in proxied.queue()} == {NOT_DELETABLE}
    assert other.names("Archive") == []
    assert_same(proxied, other)


@pytest.mark.parametrize(
    "name", ["two words", "ümlaut", 'a"b', "(x)", "", "\\Foo", "100%", "a*", "a]b", "x\r\nA1 NOOP"]
)
def test_what_cannot_be_a_flag_is_refused_at_once(mirror: Mirror, other: Other, name: str) -> None:
    start(mirror, other)
    ids = mirror.ids_of(1)
    with pytest.raises(ConfigError):
        mirror.write(lambda c: changes.change_flags(c, ids, add=[name], now=1))
    assert mirror.queue() == []


def test_a_poisoned_change_stops_nothing(mirror: Mirror, other: Other) -> None:
    """A row that no command can carry, however it got there."""
    start(mirror, other)
    mirror.flag([1], add=["Fine"])
    mirror.write(lambda c: c.execute("UPDATE intents SET argument = 'not (a) flag'"))
    mirror.flag([2], add=["\\Flagged"])
    report = mirror.sync_ok()
    assert (report.pushed, report.failed) == (1, 1)
    assert "\\Flagged" in mirror.message(2).flags.names()


def test_held_changes_wait_for_the_user(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    mirror.flag([1], add=["\\Flagged"])
    mirror.write(lambda c: journal.hold(c, None))
    mirror.move([1], "Box")
    report = mirror.sync_ok()
    assert (report.pushed, report.held) == (0, 1)
    mirror.write(lambda c: journal.retry(c, None))
    assert mirror.sync_ok().pushed == 2
    assert_same(mirror, other)
