"""Mailboxes made, renamed, deleted and subscribed to here: seen at once, on the server later, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.engine.conftest import CAPABILITIES, MakeMirror, Servers
from tests.engine.proxy import Plan, Proxy
from tests.engine.test_absence import answers
from tests.engine.world import NOW, Mirror, Other, assert_same, mail
from tuimail.model.errors import ConfigError
from tuimail.store import journal, mailbox_changes
from tuimail.store.recorder import Change

ALL_SERVERS = pytest.mark.parametrize("place", CAPABILITIES, indirect=True)


def create(mirror: Mirror, name: str) -> Change:
    account_id = mirror.mailboxes()["INBOX"].account_id
    return mirror.write(partial(mailbox_changes.create, account_id=account_id, name=name, now=NOW))


def rename(mirror: Mirror, name: str, new_name: str) -> Change:
    mailbox_id = mirror.mailbox_id(name)
    return mirror.write(partial(mailbox_changes.rename, mailbox_id=mailbox_id, new_name=new_name, now=NOW))


def delete(mirror: Mirror, name: str, *, permanent: bool = False) -> Change:
    mailbox_id = mirror.mailbox_id(name)
    return mirror.write(partial(mailbox_changes.delete, mailbox_id=mailbox_id, permanent=permanent, now=NOW))


def subscribe(mirror: Mirror, name: str, *, on: bool) -> Change:
    mailbox_id = mirror.mailbox_id(name)
    return mirror.write(partial(mailbox_changes.set_subscribed, mailbox_id=mailbox_id, on=on, now=NOW))


def subscribed(other: Other) -> set[str]:
    """The names that the server has on its list."""
    lines = [line for line in other.ok(other.imap.lsub()) if isinstance(line, bytes)]
    return {line.rsplit(b" ", 1)[-1].decode().strip('"') for line in lines}


def start(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", range(1, 5))
    other.create("Work")
    other.create("Work/2024")
    other.ok(other.imap.subscribe("Work/2024"))
    other.fill("Work", ["a", "b"])
    other.fill("Work/2024", ["c"])
    mirror.sync_ok()


def settle(mirror: Mirror, other: Other, *, with_deleted: bool = True) -> None:
    """One pass brings all to the server, and the next finds nothing more to do."""
    report = mirror.sync_ok()
    assert (report.failed, report.held) == (0, 0)
    assert mirror.queue() == []
    assert_same(mirror, other, with_deleted=with_deleted)
    again = mirror.sync_ok()
    assert (again.new, again.changed, again.vanished, again.pushed) == (0, 0, 0, 0)


def leaves_marked(mirror: Mirror, other: Other) -> bool:
    return "UIDPLUS" not in other.imap.capabilities


@ALL_SERVERS
def test_what_was_done_to_mailboxes_is_seen_at_once_and_arrives(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    ids = {m.envelope.subject: m.id for m in mirror.messages()}
    create(mirror, "New/Deep")
    rename(mirror, "Work", "Job")
    mirror.move([1], "New/Deep")
    mirror.move([2], "Job")
    rename(mirror, "Job/2024", "Job/Old")
    subscribe(mirror, "Job", on=True)
    wanted = {(m.id, m.mailbox) for m in mirror.messages()}
    assert {m.mailbox for m in mirror.messages()} == {"INBOX", "New/Deep", "Job", "Job/Old"}
    assert {"Work", "Work/2024"} & set(mirror.mailboxes()) == set()
    report = mirror.sync_ok()
    assert report.new == 0, "nothing is fetched again"
    assert {(m.id, m.mailbox) for m in mirror.messages()} == wanted
    assert {m.envelope.subject: m.id for m in mirror.messages()} == ids
    settle(mirror, other, with_deleted=not leaves_marked(mirror, other))
    assert {"New/Deep", "Job", "Job/Old"} <= set(other.mailboxes())
    assert {"New/Deep", "Job", "Job/Old"} <= subscribed(other)
    assert not {"Work", "Work/2024"} & subscribed(other)


@ALL_SERVERS
def test_a_deleted_mailbox_gives_its_messages_to_the_trash(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    done = delete(mirror, "Work")
    assert done.title == "Mailbox Work deleted, 2 messages moved to Trash"
    assert "Work" not in mirror.mailboxes()
    assert {m.mailbox for m in mirror.messages() if m.envelope.subject in "ab"} == {"Trash"}
    settle(mirror, other, with_deleted=not leaves_marked(mirror, other))
    assert "Work" not in other.mailboxes()
    assert sorted(other.names("Trash")) == ["a", "b"]
    assert other.names("Work/2024") == ["c"], "what lies below stays"


@ALL_SERVERS
@pytest.mark.parametrize("synced", [False, True], ids=["before sync", "after sync"])
def test_everything_about_mailboxes_can_be_taken_back(mirror: Mirror, other: Other, synced: bool) -> None:
    start(mirror, other)

    def look() -> tuple[object, object]:
        return (
            {(m.id, m.mailbox) for m in mirror.messages()},
            {(name, box.id, box.subscribed) for name, box in mirror.mailboxes().items() if box.selectable},
        )

    steps: list[Callable[[], object]] = [
        lambda: create(mirror, "New"),
        lambda: rename(mirror, "Work", "Job"),
        lambda: mirror.move([1, 2], "Job"),
        lambda: subscribe(mirror, "Job/2024", on=False),
        lambda: delete(mirror, "Job"),
        lambda: rename(mirror, "New", "Newer"),
        lambda: delete(mirror, "Newer"),
    ]
    former = []
    for step in steps:
        former.append(look())
        step()
        if synced:
            mirror.sync_ok()
            assert mirror.queue() == []
    for number, before in reversed(list(enumerate(former))):
        undone = mirror.undo()
        assert undone is not None
        assert not undone.is_empty, number
        assert look() == before, number
        if synced and number % 2:
            mirror.sync_ok()
            assert look() == before, number
    assert mirror.undo() is None
    report = mirror.sync_ok()
    if not synced:
        assert report.pushed == 0, "nothing is left to do"
    settle(mirror, other, with_deleted=not leaves_marked(mirror, other))
    assert look() == former[0]


def test_a_mailbox_that_is_no_longer_empty_is_not_unmade(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    create(mirror, "New")
    mirror.sync_ok()
    other.append("New", mail("news"))
    mirror.sync_ok()
    undone = mirror.undo()
    assert undone is not None
    assert undone.is_empty
    assert undone.title == "Cannot be undone any more: Mailbox New created"
    assert "New" in mirror.mailboxes()


def test_unmaking_stops_at_what_came_meanwhile(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    create(mirror, "New")
    mirror.sync_ok()
    mirror.undo()
    other.append("New", mail("news"))
    report = mirror.sync_ok()
    assert report.failed == 1
    (operation,) = mirror.queue()
    assert (operation.kind, operation.state) == ("delete_mailbox", "failed")
    assert operation.last_reply == "1 message in it would be lost. Nothing was deleted."
    assert other.names("New") == ["news"]
    assert mirror.message("news").mailbox == "New"


@ALL_SERVERS
def test_what_came_after_the_last_pull_is_moved_and_not_lost(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    delete(mirror, "Work")
    other.append("Work", mail("late"))
    settle(mirror, other, with_deleted=not leaves_marked(mirror, other))
    assert sorted(other.names("Trash")) == ["a", "b", "late"]
    mirror.undo()
    settle(mirror, other, with_deleted=not leaves_marked(mirror, other))
    assert sorted(other.names("Work")) == ["a", "b", "late"]


def test_a_mailbox_in_the_trash_goes_with_its_messages_when_that_was_said(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    rename(mirror, "Work", "Trash/Work")
    assert mirror.read(partial(mailbox_changes.loses_messages, mailbox_id=mirror.mailbox_id("Trash/Work")))
    with pytest.raises(ConfigError, match="in the trash"):
        delete(mirror, "Trash/Work")
    done = delete(mirror, "Trash/Work", permanent=True)
    assert done.title == "Mailbox Trash/Work deleted with its 2 messages"
    assert {m.envelope.subject for m in mirror.messages()} == {"1", "2", "3", "4", "c"}
    assert mirror.undo() is not None
    assert mirror.message("a").mailbox == "Trash/Work"
    delete(mirror, "Trash/Work", permanent=True)
    settle(mirror, other)
    undone = mirror.undo()
    assert undone is not None
    assert undone.is_empty


def test_deleting_what_is_gone_is_done(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    delete(mirror, "Work", permanent=True)
    other.delete("Work")
    settle(mirror, other)


def test_making_what_is_there_is_done(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    create(mirror, "New")
    mirror.move([1], "New")
    other.create("New")
    settle(mirror, other)
    assert other.names("New") == ["1"]


def test_what_another_client_renamed_meanwhile_gets_our_name(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    ids = {m.envelope.subject: m.id for m in mirror.messages()}
    rename(mirror, "Work", "Job")
    other.rename("Work", "Theirs")
    mirror.sync_ok()
    settle(mirror, other)
    assert "Job" in other.mailboxes()
    assert {m.envelope.subject: m.id for m in mirror.messages()} == ids


@pytest.mark.parametrize(
    ("verb", "change"),
    [
        ("CREATE", lambda mirror: create(mirror, "New")),
        ("RENAME", lambda mirror: rename(mirror, "Work", "Job")),
        ("DELETE", lambda mirror: delete(mirror, "Work/2024")),
        ("SUBSCRIBE", lambda mirror: subscribe(mirror, "Work", on=True)),
        ("UNSUBSCRIBE", lambda mirror: subscribe(mirror, "Work/2024", on=False)),
    ],
)
def test_a_refusal_is_rolled_back_and_told(
    proxied: Mirror, other: Other, proxy: Proxy, verb: str, change: Callable[[Mirror], Change]
) -> None:
    start(proxied, other)
    before = {(name, box.subscribed) for name, box in proxied.mailboxes().items()}
    change(proxied)
    wanted = {(name, box.subscribed) for name, box in proxied.mailboxes().items()}
    assert wanted != before
    create(proxied, "Fine")
    proxied.flag([1], add=["\\Flagged"])
    refusal = rb"^\w+ " + verb.encode() + rb" (?!\"Fine)"
    proxy.play(Plan(answer=answers(refusal, b"TAG NO [NOPERM] Not for you\r\n")))
    report = proxied.sync()
    assert report.failed == 1
    (operation,) = proxied.queue()
    assert (operation.state, operation.last_reply) == ("failed", "Not for you")
    assert "Fine" in other.mailboxes(), "what does not depend on it goes through"
    assert {(name, box.subscribed) for name, box in proxied.mailboxes().items() if name != "Fine"} == before
    proxy.play()
    proxied.write(partial(journal.retry, ops=None))
    assert {(name, box.subscribed) for name, box in proxied.mailboxes().items() if name != "Fine"} == wanted
    settle(proxied, other)


def test_what_is_built_on_a_refused_rename_fails_with_it(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    rename(proxied, "Work", "Job")
    create(proxied, "Job/New")
    create(proxied, "Else")
    proxied.move([1], "Job/New")
    proxied.move([2], "Job")
    proxy.play(Plan(answer=answers(rb"RENAME", b"TAG NO Never\r\n")))
    proxied.sync()
    assert {(o.kind, o.target or o.mailbox, o.state) for o in proxied.queue()} == {
        ("rename", "Work", "failed"),
        ("create", "Job/New", "failed"),
        ("move", "Job/New", "failed"),
    }
    assert "Else" in other.mailboxes()
    assert other.names("Work") == ["a", "b", "2"]
    assert proxied.message(1).mailbox == "INBOX"
    assert_same(proxied, other)


def test_a_delete_keeps_what_could_not_be_moved(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    delete(proxied, "Work")
    proxy.play(Plan(answer=answers(rb"UID MOVE (1:2|2) ", b"TAG NO [OVERQUOTA] Full\r\n")))
    proxied.sync()
    assert {(o.kind, o.state) for o in proxied.queue()} == {("move", "failed"), ("delete_mailbox", "failed")}
    assert other.names("Work") == ["b"]
    assert proxied.message("b").mailbox == "Work"
    assert_same(proxied, other)
    proxy.play()
    proxied.write(partial(journal.retry, ops=None))
    settle(proxied, other)
    assert "Work" not in other.mailboxes()


class TestNames:
    """Odd names, as our server has them and through create, rename and list."""

    @pytest.mark.parametrize(
        "name",
        ["a\0b", "a\r\nX NOOP", "tab\there", "\x1b]0;x\x07", "\x85", "\u2028", "", "/", "a//b", "\\Archive", "\ud800"],
    )
    def test_what_can_be_no_name_is_refused_at_once(self, mirror: Mirror, other: Other, name: str) -> None:
        start(mirror, other)
        with pytest.raises(ConfigError):
            create(mirror, name)
        with pytest.raises(ConfigError):
            rename(mirror, "Work", name)
        assert mirror.queue() == []

    def test_odd_names_arrive(self, mirror: Mirror, other: Other) -> None:
        start(mirror, other)
        names = [
            "R&D",
            "work",
            "Grüße",
            "日本",
            "\xc5sa",
            "A\u030asa",
            "a&-b",
            "two  words",
            'qu"ote',
            "(x)",
            "{3}",
            "🙂",
        ]
        for name in names:
            create(mirror, name)
        settle(mirror, other)
        assert set(names) <= set(other.mailboxes())
        for number, name in enumerate(names):
            rename(mirror, name, f"{name} {number}")
        settle(mirror, other)
        assert {f"{name} {number}" for number, name in enumerate(names)} <= set(other.mailboxes())
        for _ in names:
            mirror.undo()
        settle(mirror, other)
        assert set(names) <= set(other.mailboxes())

    @pytest.mark.parametrize("name", ["x" * 1000, "..", "../up", "a/../b", "~x"])
    def test_what_the_server_does_not_take_is_told_in_its_words(self, mirror: Mirror, other: Other, name: str) -> None:
        start(mirror, other)
        create(mirror, name)
        mirror.sync()
        if name in other.mailboxes():
            settle(mirror, other)
            return
        (operation,) = mirror.queue()
        assert operation.state == "failed"
        assert operation.last_reply
        assert name not in mirror.mailboxes()
        mirror.write(partial(journal.discard, ops=[operation.op]))
        settle(mirror, other)

    def test_too_long_a_name_is_refused_at_once(self, mirror: Mirror, other: Other) -> None:
        start(mirror, other)
        with pytest.raises(ConfigError, match="1001 characters"):
            create(mirror, "x" * 1001)

    def test_inbox_is_not_renamed_or_deleted(self, mirror: Mirror, other: Other) -> None:
        start(mirror, other)
        with pytest.raises(ConfigError, match="The inbox cannot be renamed"):
            rename(mirror, "INBOX", "Old")
        with pytest.raises(ConfigError, match="The inbox cannot be deleted"):
            delete(mirror, "INBOX")
        with pytest.raises(ConfigError, match="already"):
            create(mirror, "inbox")
        with pytest.raises(ConfigError, match="already"):
            rename(mirror, "Work", "Trash")
        with pytest.raises(ConfigError, match="into itself"):
            rename(mirror, "Work", "Work/Deeper")
        assert mirror.queue() == []


def test_mailboxes_are_made_in_many_at_once(servers: Servers, open_mirror: MakeMirror) -> None:
    place = servers.place()
    mirror, other = open_mirror(place), place.other()
    mirror.sync_ok()
    for number in range(40):
        create(mirror, f"Box {number}")
    report = mirror.sync_ok()
    assert report.pushed == 40
    assert report.round_trips <= 10 + 40, "created together; each is then looked at once"
    assert_same(mirror, other)
    other.close()
