"""Changes of mailboxes in the store alone: view, order, what depends on what, and taking them back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.store.world import World, check_invariants, message_ids, server_message
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MailboxId, OperationId
from tuimail.store import changes, journal, mailbox_changes, mailbox_facts, mailboxes, quirks, undo
from tuimail.store.journal import IntentKind
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.recorder import Change


def _create(world: World, name: str) -> MailboxId:
    done = world.write(partial(mailbox_changes.create, account_id=world.account_id, name=name, now=1))
    return done.mailbox_ids[0]


def _rename(world: World, name: str, new_name: str) -> Change:
    mailbox_id = _id(world, name)
    return world.write(partial(mailbox_changes.rename, mailbox_id=mailbox_id, new_name=new_name, now=1))


def _delete(world: World, name: str, *, permanent: bool = False) -> Change:
    mailbox_id = _id(world, name)
    return world.write(partial(mailbox_changes.delete, mailbox_id=mailbox_id, permanent=permanent, now=1))


def _undo(world: World) -> Change:
    undone = world.write(partial(undo.undo, now=9))
    assert undone is not None
    return undone


def _names(world: World) -> list[str]:
    return sorted(mailbox.name for mailbox in world.read(mailboxes.list_mailboxes))


def _id(world: World, name: str) -> MailboxId:
    return world.read(lambda connection: mailboxes.find_mailbox(connection, world.account_id, name)).id


def _ready(world: World) -> list[tuple[str, str]]:
    return [(intent.kind.value, intent.argument) for intent in world.ready()]


def _list(world: World, *names: str) -> list[MailboxId]:
    """A complete LIST; returns the mailboxes that it lacks."""
    listed = [ListedFacts(name, "/", (), None, True, True) for name in names]
    return world.write(lambda connection: mailboxes.save_listed(connection, world.account_id, listed))[1]


def test_those_below_go_with_a_renamed_one_and_come_back(world: World) -> None:
    for name in ("Work/a", "Work/a/b", "Worker"):
        _create(world, name)
    world.push()
    ids = {name: _id(world, name) for name in ("Work", "Work/a", "Work/a/b")}
    _rename(world, "Work", "Old/Job")
    assert {name: _id(world, name.replace("Work", "Old/Job")) for name in ids} == ids
    assert "Worker" in _names(world)
    _rename(world, "Old/Job/a", "A")
    assert {"A", "A/b", "Old/Job"} <= set(_names(world))
    # The server still knows the old names: it is asked by these.
    known = world.read(lambda connection: mailboxes.on_server(connection, world.account_id))
    assert {name: known[name] for name in ids} == ids
    _undo(world)
    _undo(world)
    assert {"Work", "Work/a", "Work/a/b"} <= set(_names(world))
    assert world.read(journal.list_queue) == []


def test_changes_of_the_same_mailbox_or_name_keep_their_order(world: World) -> None:
    _rename(world, "Work", "Job")
    _create(world, "Work")
    _create(world, "Job/New")
    _create(world, "Elsewhere")
    world.write(partial(mailbox_changes.set_subscribed, mailbox_id=world.mailboxes["Work"], on=False, now=1))
    assert _ready(world) == [("rename_mailbox", "Job"), ("create_mailbox", "Elsewhere")]
    world.write(lambda c: mailbox_facts.record_renamed(c, world.mailboxes["Work"], "Job", now=1))
    world.write(lambda c: journal.finish(c, [intent.id for intent in world.ready()[:1]]))
    assert {argument for _, argument in _ready(world)} == {"Work", "Job/New", "Elsewhere"}


def test_a_held_rename_holds_up_what_is_built_on_it_only(world: World) -> None:
    _rename(world, "Work", "Job")
    (rename,) = world.read(journal.list_queue)
    world.write(partial(journal.hold, ops=[rename.op]))
    _create(world, "Job/New")
    _create(world, "Elsewhere")
    assert _ready(world) == [("create_mailbox", "Elsewhere")]


def test_messages_wait_for_the_mailbox_that_they_go_to(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    new = _create(world, "New")
    world.write(partial(changes.move, ids=[id_], target_id=new, now=1))
    assert _ready(world) == [("create_mailbox", "New")]
    world.push()
    assert world.read(journal.list_queue) == []
    assert [m.name for m in world.read(mailboxes.list_mailboxes) if m.total] == ["New"]


def test_a_mailbox_is_deleted_after_all_that_is_under_way_in_it(world: World) -> None:
    first, second = world.save("Work", [server_message(1), server_message(2)])
    (third,) = world.save("INBOX", [server_message(3)])
    world.write(partial(changes.change_flags, ids=[first], add=["\\Seen"], now=1))
    world.write(partial(changes.move, ids=[third], target_id=world.mailboxes["Work"], now=1))
    done = _delete(world, "Work")
    assert sorted(done.message_ids) == [first, second, third]
    assert sorted(message_ids(world, "Trash")) == [first, second, third]
    order = []
    while ready := world.ready():
        order.append({intent.kind for intent in ready})
        world.serve(ready)
    assert IntentKind.DELETE_MAILBOX not in order[0]
    assert order[-1] == {IntentKind.DELETE_MAILBOX}


def test_a_mailbox_that_was_refused_is_not_shown_and_retry_brings_it_back(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    new = _create(world, "New")
    world.write(partial(changes.move, ids=[id_], target_id=new, now=1))
    create = world.ready()
    world.write(lambda c: journal.fail(c, [intent.id for intent in create], "NO quota"))
    assert "New" not in _names(world)
    assert message_ids(world, "INBOX") == [id_]
    with pytest.raises(ConfigError, match="gone"):
        world.write(partial(mailbox_changes.delete, mailbox_id=new, now=1))
    world.write(partial(journal.retry, ops=None))
    assert "New" in _names(world)
    assert message_ids(world, "INBOX") == []


def test_what_failed_on_its_way_into_a_mailbox_that_is_gone_stays_failed(world: World) -> None:
    """Tried again, it would wait for ever, and its message would be shown nowhere."""
    (id_,) = world.save("INBOX", [server_message(1)])
    work = _id(world, "Work")
    world.write(partial(changes.move, ids=[id_], target_id=work, now=1))
    moving = world.ready()
    world.write(lambda c: journal.fail(c, [intent.id for intent in moving], "NO quota"))
    _delete(world, "Work")
    world.push()
    assert world.write(partial(journal.retry, ops=None)) == 0
    assert message_ids(world, "INBOX") == [id_]
    _undo(world)
    assert world.write(partial(journal.retry, ops=None)) == 1
    assert message_ids(world, "Work") == [id_]


def test_discarding_what_makes_a_mailbox_discards_what_was_to_go_there(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    new = _create(world, "New")
    world.write(partial(changes.move, ids=[id_], target_id=new, now=1))
    create = world.read(journal.list_queue)[0]
    assert world.write(partial(journal.discard, ops=[OperationId(create.op)])) == 2
    assert message_ids(world, "INBOX") == [id_]
    assert "New" not in _names(world)


def test_a_list_does_not_bring_back_what_we_deleted_or_call_it_by_its_old_name(world: World) -> None:
    world.save("Work", [server_message(1)])
    _rename(world, "Work", "Job")
    assert _list(world, "INBOX", "Work", "Trash", "Groups") == []
    assert _names(world) == ["Groups", "INBOX", "Job", "Trash"]
    _delete(world, "Job", permanent=True)
    assert _list(world, "INBOX", "Work", "Trash", "Groups") == []
    assert _names(world) == ["Groups", "INBOX", "Trash"]
    assert world.view() == {}
    _undo(world)
    assert len(message_ids(world, "Work")) == 1


def test_what_the_server_has_made_by_then_is_ours(world: World) -> None:
    new = _create(world, "New")
    assert _list(world, "INBOX", "Work", "Trash", "Groups", "New") == []
    assert _id(world, "New") == new
    other = _create(world, "Other")
    world.write(lambda c: mailboxes.set_on_server(c, other, "New"))
    assert _id(world, "New") == new
    world.write(lambda c: c.execute("DELETE FROM intents"))
    assert "Other" not in _names(world)


def test_a_rename_whose_answer_was_lost_is_recognised_in_the_next_list(world: World) -> None:
    (id_,) = world.save("Work", [server_message(1)])
    _rename(world, "Work", "Job")
    world.write(lambda c: journal.mark_sent(c, [intent.id for intent in world.ready()]))
    names = ["INBOX", "Job", "Trash", "Groups"]
    gone = {world.mailboxes["Work"]}
    world.write(lambda c: mailbox_facts.settle_gone(c, world.account_id, gone, names, now=2))
    assert _list(world, *names) == []
    assert _id(world, "Job") == world.mailboxes["Work"]
    assert message_ids(world, "Work") == [id_]


def test_names_below_the_namespace_need_no_prefix(world: World) -> None:
    world.write(lambda c: quirks.save_namespaces(c, world.account_id, "INBOX/", quirks.Namespaces(shared=("Pub/",))))
    _create(world, "Pub/Board")
    _create(world, "Projects/")
    _create(world, "INBOX/Other")
    _create(world, "inbox/Third")
    assert {"INBOX/Projects", "INBOX/Other", "INBOX/Third", "Pub/Board"} <= set(_names(world))


def test_many_levels_of_undo_through_a_deleted_mailbox(world: World) -> None:
    (id_,) = world.save("Work", [server_message(1)])
    steps: list[Callable[[], object]] = [
        lambda: world.write(partial(changes.move, ids=[id_], target_id=world.mailboxes["INBOX"], now=1)),
        lambda: _delete(world, "Work"),
        lambda: world.write(partial(changes.change_flags, ids=[id_], add=["\\Flagged"], now=1)),
    ]
    former = []
    for step in steps:
        former.append((world.view(), _names(world)))
        step()
        world.push()
    for before in reversed(former):
        _undo(world)
        world.push()
        assert (world.view(), _names(world)) == before
    assert _id(world, "Work") == world.mailboxes["Work"], "earlier changes still know it"


def _without_trash(world: World) -> None:
    """The account has no trash any more."""
    _delete(world, "Trash", permanent=True)
    world.push()


def test_a_trash_that_waits_to_be_made_cannot_leave_what_goes_there_behind(world: World) -> None:
    world.save("Work", [server_message(1), server_message(2)])
    _without_trash(world)
    _delete(world, "Work")
    with pytest.raises(ConfigError, match="is in the trash"):
        _delete(world, "Trash")
    before = message_ids(world, "INBOX"), _names(world)
    _delete(world, "Trash", permanent=True)
    _undo(world)
    assert (message_ids(world, "INBOX"), _names(world)) == before
    _delete(world, "Trash", permanent=True)
    world.push()
    assert world.read(journal.list_queue) == []
    assert _names(world) == ["Groups", "INBOX"]


def test_a_mailbox_that_a_copy_goes_to_is_made_before_it_is_deleted(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    new = _create(world, "New")
    world.write(partial(changes.copy, ids=[id_], target_id=new, now=1))
    (copy_id,) = _delete(world, "New").message_ids
    assert message_ids(world, "Trash") == [copy_id]
    world.push()
    assert world.read(journal.list_queue) == []
    assert message_ids(world, "Trash") == [copy_id]
    assert "New" not in _names(world)


def test_undo_of_a_new_mailbox_waits_for_what_has_to_pass_through_it(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    new = _create(world, "New")
    world.write(partial(changes.move, ids=[id_], target_id=new, now=1))
    world.write(partial(changes.change_flags, ids=[id_], add=["\\Seen"], now=1, by_hand=False))
    _undo(world)
    assert not _undo(world).title.startswith("Cannot")
    assert message_ids(world, "INBOX") == [id_]
    assert "New" not in _names(world)
    world.push()
    assert world.read(journal.list_queue) == []
    assert message_ids(world, "INBOX") == [id_]


def _deleted_by_another(world: World, name: str) -> None:
    """The mailbox, which we are about to delete, is gone from the next list."""
    listed = {"INBOX", "Trash"}
    ids = {world.mailboxes[name]}
    world.write(lambda c: mailbox_facts.settle_gone(c, world.account_id, ids, listed, now=5))


def test_what_leads_into_a_mailbox_that_another_client_deleted_first_is_given_up(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(partial(changes.move, ids=[id_], target_id=world.mailboxes["Work"], now=1))
    on_its_way = [intent.id for intent in world.ready()]
    world.write(lambda c: journal.mark_sent(c, on_its_way))
    _delete(world, "Work")
    _deleted_by_another(world, "Work")
    world.read(check_invariants)
    world.push()
    assert [(one.kind, one.state) for one in world.read(journal.list_queue)] == [("move", "failed")]
    assert message_ids(world, "Trash") == [id_]


def test_what_leads_into_a_mailbox_that_is_made_again_waits_for_that(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    _delete(world, "Work")
    world.write(lambda c: journal.mark_sent(c, [intent.id for intent in world.ready()]))
    _undo(world)
    world.write(partial(changes.move, ids=[id_], target_id=world.mailboxes["Work"], now=1))
    _deleted_by_another(world, "Work")
    world.read(check_invariants)
    world.push()
    assert world.read(journal.list_queue) == []
    assert message_ids(world, "Work") == [id_]


def test_what_was_refused_stays_so_while_its_mailbox_is_gone(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(partial(changes.move, ids=[id_], target_id=world.mailboxes["Work"], now=1))
    refused = [intent.id for intent in world.ready()]
    world.write(lambda c: journal.fail(c, refused, "NO"))
    _delete(world, "Work")
    for _ in range(2):
        assert world.write(partial(journal.retry, ops=None)) == 0
        assert message_ids(world, "INBOX") == [id_]
        world.push()
    _undo(world)
    assert world.write(partial(journal.retry, ops=None)) == 1
    world.push()
    assert message_ids(world, "Work") == [id_]


def test_what_goes_into_a_mailbox_that_was_refused_is_tried_again_with_it_only(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    new = _create(world, "New")
    world.write(partial(changes.move, ids=[id_], target_id=new, now=1))
    refused = [intent.id for intent in world.ready()]
    world.write(lambda c: journal.fail(c, refused, "NO"))
    create, move = (OperationId(one.op) for one in world.read(journal.list_queue))
    assert world.write(partial(journal.retry, ops=[move])) == 0
    assert message_ids(world, "INBOX") == [id_]
    assert world.write(partial(journal.retry, ops=[move, create])) == 2
    world.push()
    assert world.read(journal.list_queue) == []
