"""Rules: what they match, what they do to new messages and to those that are here, and undo of it all."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.world import World, check_invariants, message_ids, server_message
from tuimail.config.rules import Rule, load_rules
from tuimail.config.schema import ArchiveBy
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server_message import ServerMessage
from tuimail.store import identity, mailboxes, messages, muting, rule_counts, rule_edits, rules, undo
from tuimail.store.database import Connection
from tuimail.store.recorder import Change

NOW = 1_800_000_000
ADA = Rule(name="ada", from_="ADA@example.org", move="Work", seen=True)


def envelope(sender: str = "ada@example.org", subject: str = "", list_id: str = "") -> Envelope:
    return Envelope(subject, (Address("A", sender),), list_id=list_id)


@pytest.mark.parametrize(
    ("rule", "told", "is_about"),
    [
        (Rule(name="x", from_="Ada@Example.org"), envelope(), True),
        (Rule(name="x", from_="da@example.org"), envelope(), False),
        (Rule(name="x", domain="example.org"), envelope("bo@mail.example.org"), True),
        (Rule(name="x", domain="@Example.org"), envelope(), True),
        (Rule(name="x", domain="example.org"), envelope("bo@notexample.org"), False),
        (Rule(name="x", list_id="dev.example.org"), envelope(list_id="Dev talk <DEV.example.org>"), True),
        (Rule(name="x", list_id="dev.example.org"), envelope(list_id="<x.dev.example.org>"), False),
        (Rule(name="x", tag="dev"), envelope(subject="Re: AW: [Dev] Lunch"), True),
        (Rule(name="x", tag="dev"), envelope(subject="Lunch [dev]"), False),
        (Rule(name="x", tag="dev", from_="bo@example.org"), envelope(subject="[dev] x"), False),
        (Rule(name="x", tag="dev", account="home"), envelope(subject="[dev] x"), False),
        (Rule(name="x", tag="dev", account="work"), envelope(subject="[dev] x"), True),
    ],
)
def test_what_a_rule_is_about(rule: Rule, told: Envelope, is_about: bool) -> None:
    assert rules.matches(rule, "work", told) is is_about


@settings(max_examples=100, deadline=None)
@given(subject=st.text(max_size=200), list_id=st.text(max_size=80))
def test_a_rule_from_an_example_is_about_the_example(subject: str, list_id: str) -> None:
    told = envelope(subject=subject, list_id=list_id)
    if tag := rules.tag_of(subject):
        assert rules.matches(Rule(name="x", tag=tag), "work", told)
    if wanted := rules.list_id_of(told):
        assert rules.matches(Rule(name="x", list_id=wanted), "work", told)


def arrive(world: World, *told: ServerMessage, by: tuple[Rule, ...] = (ADA,)) -> tuple[list[MessageId], Change | None]:
    """A pull of the inbox that is not the first."""
    inbox = world.mailboxes["INBOX"]

    def save(connection: Connection) -> tuple[list[MessageId], Change | None]:
        saved = messages.save_messages(connection, world.account_id, inbox, told)
        new = [MessageId(id_) for id_ in saved.new_ids]
        return new, rules.apply_to_new(connection, inbox, new, by, now=NOW)

    return world.write(save)


def place(world: World, id_: MessageId) -> int | None:
    return world.view()[id_][0]


def test_new_messages_are_filed_once_and_told(world: World) -> None:
    (old,) = world.save("INBOX", [server_message(1)])
    (first, second), change = arrive(world, server_message(2), server_message(3, "\\Seen"))
    assert change is not None
    assert change.title == "2 messages filed by rules"
    work = world.mailboxes["Work"]
    assert [place(world, id_) for id_ in (old, first, second)] == [world.mailboxes["INBOX"], work, work]
    assert world.view()[first][1] & 1
    assert world.read(rule_counts.count_filed) == 2
    assert world.read(rule_counts.actions)["ada"].acted == 2
    again, change = arrive(world, server_message(2), server_message(3))
    assert (again, change) == ([], None)
    assert world.write(lambda c: undo.undo(c, now=NOW)) is None
    world.push()
    assert place(world, first) == work


def test_the_first_place_counts_and_flags_add_up(world: World) -> None:
    junk = Rule(name="junk", domain="example.org", junk=True, flag=True)
    (new,), _ = arrive(world, server_message(2), by=(ADA, junk))
    assert place(world, new) == world.mailboxes["Work"]
    assert world.view()[new][1] & 1
    assert world.read(rule_counts.actions)["junk"].acted == 1


def test_a_mailbox_that_is_not_there_leaves_the_message(world: World) -> None:
    (new,), change = arrive(world, server_message(2), by=(Rule(name="x", from_="ada@example.org", move="Nowhere"),))
    assert change is None
    assert place(world, new) == world.mailboxes["INBOX"]
    assert world.read(rule_counts.count_filed) == 0


@pytest.mark.parametrize("email_id", ["", "M1"])
def test_what_another_client_put_back_stays(world: World, email_id: str) -> None:
    told = dataclasses.replace(server_message(2), email_id=email_id)
    (old,) = world.save("Work", [told])
    newest = world.read(identity.newest_message)
    world.write(lambda c: identity.found_as_here(c, [world.mailboxes["INBOX"]], newest))
    # The inbox is looked at before it is known that the message has left the other mailbox.
    (new,), change = arrive(world, dataclasses.replace(told, uid=9))
    assert change is None
    assert place(world, new) == world.mailboxes["INBOX"]
    assert old != new


def test_a_mailbox_of_all_messages_keeps_no_rule_from_acting(world: World) -> None:
    newest = world.read(identity.newest_message)
    world.write(lambda c: identity.found_as_here(c, [world.mailboxes["INBOX"]], newest))
    told = dataclasses.replace(server_message(2), email_id="M1")
    world.save("Work", [told])
    (new,), _ = arrive(world, told, by=(Rule(name="x", from_="ada@example.org", delete=True),))
    assert place(world, new) == world.mailboxes["Trash"]


def test_what_comes_in_a_muted_thread_counts_as_seen(world: World) -> None:
    (old,) = world.save("INBOX", [server_message(1)])
    world.write(lambda c: muting.change_muted(c, [old], muted=True, now=NOW))
    answer = server_message(2)
    answer = dataclasses.replace(
        answer, envelope=msgspec.structs.replace(answer.envelope, in_reply_to="<1@example.org>")
    )
    (new, other), change = arrive(world, answer, server_message(3), by=())
    assert change is not None
    assert (world.view()[new][1] & 1, world.view()[other][1] & 1) == (1, 0)


def test_an_archive_that_is_divided(world: World) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    rule = Rule(name="ada", from_="ada@example.org", archive=True)
    world.write(lambda c: rules.make_rule(c, rule, [first], archive_by=ArchiveBy.YEAR, now=NOW))
    names = {box.id: box.name for box in world.read(mailboxes.list_mailboxes)}
    assert names[MailboxId(place(world, first) or 0)] == "Archive/2023"


def test_one_undo_takes_back_the_rule_and_what_it_did(world: World, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    ids = world.save("INBOX", [server_message(uid) for uid in (1, 2, 3)])
    found = world.read(lambda c: rules.find_matching(c, ADA, rules.inboxes_of(c, ADA)))
    assert found == ids[::-1]
    made = world.write(lambda c: rules.make_rule(c, ADA, found, now=NOW))
    assert made.title == "Rule 'ada' made, 3 messages filed"
    assert rule_edits.settle(world.store.mail, path).named("ada") == ADA
    assert message_ids(world, "Work") == found
    world.push()
    undone = world.write(lambda c: undo.undo(c, now=NOW))
    assert undone is not None
    assert undone.rules == ("ada",)
    assert rule_edits.read_book(world.store.mail, path).rules == ()
    assert load_rules(path).rules == ()
    assert message_ids(world, "INBOX") == found
    redone = world.write(lambda c: undo.redo(c, now=NOW))
    assert redone is not None
    assert rule_edits.read_book(world.store.mail, path).rules == (ADA,)
    assert message_ids(world, "Work") == found


def test_a_rule_without_messages_is_undone_too(world: World, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    world.write(lambda c: rules.make_rule(c, ADA, [], now=NOW))
    # What was not written yet holds: whoever made it may have been killed.
    edits = world.read(rule_edits.pending)
    assert rule_edits.in_force(load_rules(path), edits, path).active == (ADA,)
    undone = world.write(lambda c: undo.undo(c, now=NOW))
    assert undone is not None
    assert undone.title == "Undone: Rule 'ada' made"
    assert rule_edits.read_book(world.store.mail, path).rules == ()
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_named_and_the_rule_holds(world: World, tmp_path: Path) -> None:
    path = tmp_path / "file" / "rules.toml"
    path.parent.write_text("not a directory")
    world.write(lambda c: rules.make_rule(c, ADA, [], now=NOW))
    book = rule_edits.read_book(world.store.mail, path)
    assert book.active == (ADA,)
    assert any(str(path) in problem for problem in book.problems)


def test_the_local_mailboxes_of_pop3(tmp_path: Path) -> None:
    world = World.make_local(tmp_path / "data")
    ids = world.deliver("INBOX", 1, 2)
    rule = Rule(name="cy", from_="cy@example.net", archive=True)
    world.write(lambda c: rules.apply_to_new(c, world.mailboxes["INBOX"], ids, (rule,), now=NOW))
    archive = world.read(lambda c: mailboxes.find_special(c, world.account_id, SpecialUse.ARCHIVE))
    assert {place(world, id_) for id_ in ids} == {archive}
    world.read(check_invariants)
    world.store.close()
