from __future__ import annotations

from tests.store.world import World, message_ids, server_message
from tuimail.model.ids import MessageId, OperationId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes, journal, mailboxes, messages, queue_counts, quirks, read, readiness, undo
from tuimail.store.journal import IntentKind
from tuimail.store.recorder import Change


def _flag(world: World, ids: list[MessageId], *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Change:
    return world.write(lambda connection: changes.change_flags(connection, ids, add=add, remove=remove, now=1))


def _move(world: World, ids: list[MessageId], mailbox: str) -> Change:
    return world.write(lambda connection: changes.move(connection, ids, world.mailboxes[mailbox], now=1))


def _undo(world: World) -> Change | None:
    return world.write(lambda connection: undo.undo(connection, now=9))


def test_changes_that_cancel_each_other_leave_nothing_to_send(world: World) -> None:
    ids = world.save("INBOX", [server_message(1), server_message(2)])
    _flag(world, ids, add=("\\Seen", "todo"))
    _flag(world, ids, remove=("\\Seen", "TODO"))
    _move(world, ids, "Work")
    _move(world, ids, "INBOX")
    assert world.read(journal.list_queue) == []
    assert not any(message.pending for message in world.read(read.list_messages))


def test_a_change_of_nothing_is_no_change(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1, "\\Seen")])
    done = _flag(world, [id_], add=("\\Seen",))
    assert (done.title, done.message_ids) == ("0 messages marked as seen", ())
    assert _undo(world) is None


def test_titles_count_messages_once(world: World) -> None:
    ids = world.save("INBOX", [server_message(1), server_message(2)])
    assert _flag(world, [*ids, ids[0]], add=("\\Seen", "a")).title == "2 messages marked as seen and tagged a"
    assert _move(world, [ids[0]], "Work").title == "1 message moved to Work"


def test_a_missing_special_mailbox_is_made_first_and_unmade_by_undo(world: World) -> None:
    world.write(lambda connection: quirks.save_namespaces(connection, world.account_id, "INBOX/", quirks.Namespaces()))
    ids = world.save("INBOX", [server_message(1), server_message(2)])
    done = world.write(lambda connection: changes.move_to_use(connection, ids, SpecialUse.ARCHIVE, now=1))
    assert done.title == "2 messages moved to Inbox/Archive"
    # The move waits for the mailbox.
    assert [intent.kind for intent in world.ready()] == [IntentKind.CREATE_MAILBOX]
    world.push()
    assert world.read(journal.list_queue) == []
    archive = world.read(lambda c: mailboxes.find_special(c, world.account_id, SpecialUse.ARCHIVE))
    assert archive is not None
    _undo(world)
    assert message_ids(world, "INBOX") == list(reversed(ids))


def test_a_mailbox_that_cannot_be_made_fails_what_was_to_go_there(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.move_to_use(connection, [id_], SpecialUse.JUNK, now=1))
    create = world.ready()
    world.write(lambda connection: journal.fail(connection, [intent.id for intent in create], "NO quota"))
    assert message_ids(world, "INBOX") == [id_]
    assert {(one.kind, one.state) for one in world.read(journal.list_queue)} == {
        ("create", "failed"),
        ("move", "failed"),
    }


def test_undo_reverses_what_was_done_by_new_changes_and_is_not_undone_itself(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    _move(world, [id_], "Work")
    world.push()
    undone = _undo(world)
    assert undone is not None
    assert undone.title == "Undone: 1 message moved to Work"
    (intent,) = world.ready()
    assert (intent.kind, intent.target_id) == (IntentKind.MOVE, world.mailboxes["INBOX"])
    assert _undo(world) is None


def test_deleting_a_copy_that_the_server_has_not_made_can_be_undone(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    copied = world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Work"], now=1))
    before = world.view()
    world.write(lambda connection: changes.expunge(connection, copied.message_ids, now=2))
    assert sorted(world.view()) == [id_]
    _undo(world)
    assert world.view() == before
    _undo(world)
    assert sorted(world.view()) == [id_]
    assert world.read(journal.list_queue) == []


def test_a_deletion_for_good_that_was_carried_out_cannot_be_undone_and_says_so(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.expunge(connection, [id_], now=1))
    world.push()
    undone = _undo(world)
    assert undone is not None
    assert (undone.title, undone.message_ids) == ("Cannot be undone any more: 1 message deleted for good", ())


def test_order_is_kept_for_each_message_and_flags_go_beside_each_other(world: World) -> None:
    first, second = world.save("INBOX", [server_message(1), server_message(2)])
    _flag(world, [first], add=("\\Seen", "todo"))
    _move(world, [first], "Work")
    _flag(world, [second], add=("\\Flagged",))
    ready = [(intent.message_id, intent.kind, intent.argument) for intent in world.ready()]
    assert ready == [
        (first, IntentKind.ADD_FLAG, "\\Seen"),
        (first, IntentKind.ADD_FLAG, "todo"),
        (second, IntentKind.ADD_FLAG, "\\Flagged"),
    ]


def test_a_change_of_a_copy_waits_for_the_copy(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    copied = world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Work"], now=1))
    _flag(world, list(copied.message_ids), add=("\\Seen",))
    assert [intent.kind for intent in world.ready()] == [IntentKind.COPY]
    world.push()
    assert world.read(journal.list_queue) == []
    assert all(not message.pending for message in world.read(read.list_messages))


def test_alike_changes_of_one_call_are_one_operation(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in (1, 2, 3)])
    _flag(world, ids, add=("\\Seen",), remove=())
    (operation,) = world.read(journal.list_queue)
    assert (operation.kind, operation.argument, sorted(operation.ids)) == ("flag", "+\\Seen", ids)
    assert (operation.account, operation.mailbox, operation.state) == ("work", "INBOX", "waiting")


def test_a_refused_change_is_rolled_back_and_can_be_retried_or_discarded(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    _move(world, [id_], "Work")
    (intent,) = world.ready()
    world.write(lambda connection: journal.fail(connection, [intent.id], "NO [OVERQUOTA] full"))
    assert message_ids(world, "INBOX") == [id_]
    assert world.read(queue_counts.count_open) == (0, 1)
    op = OperationId(intent.op)
    assert world.write(lambda connection: journal.retry(connection, [op])) == 1
    assert message_ids(world, "Work") == [id_]
    assert world.write(lambda connection: journal.discard(connection, [op])) == 1
    assert message_ids(world, "INBOX") == [id_]
    assert world.read(journal.list_queue) == []


def test_what_is_held_waits_until_it_is_retried_and_what_is_sent_is_not_discarded(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    _flag(world, [id_], add=("\\Seen",))
    (intent,) = world.ready()
    world.write(lambda connection: journal.hold(connection, None))
    assert world.ready() == []
    world.write(lambda connection: journal.retry(connection, None))
    world.write(lambda connection: journal.mark_sent(connection, [intent.id]))
    assert world.write(lambda connection: journal.discard(connection, [OperationId(intent.op)])) == 0
    assert [one.state for one in world.read(journal.list_queue)] == ["sent"]


def test_discarding_a_copy_takes_its_message_away(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Work"], now=1))
    (operation,) = world.read(journal.list_queue)
    world.write(lambda connection: journal.discard(connection, [operation.op]))
    assert sorted(world.view()) == [id_]


def test_discarding_a_copy_takes_copies_of_it_away_and_leaves_the_rest(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    first = world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Work"], now=1))
    world.write(lambda connection: changes.copy(connection, first.message_ids, world.mailboxes["Trash"], now=1))
    kept = world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Trash"], now=1))
    operations = world.read(journal.list_queue)
    world.write(lambda connection: journal.discard(connection, [operations[0].op]))
    assert sorted(world.view()) == sorted([id_, *kept.message_ids])


def test_a_change_of_a_copy_that_was_refused_waits_for_what_the_user_decides(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    copied = world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Work"], now=1))
    _flag(world, list(copied.message_ids), add=("\\Seen",))
    (intent,) = world.ready()
    world.write(lambda connection: journal.fail(connection, [intent.id], "NO"))
    assert world.ready() == []
    world.write(lambda connection: journal.retry(connection, None))
    world.push()
    assert world.read(journal.list_queue) == []


def test_a_postponed_change_is_due_at_its_time(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    _flag(world, [id_], add=("\\Seen",))
    ids = [intent.id for intent in world.ready()]
    world.write(lambda connection: journal.retry_later(connection, ids, "try later", next_try_at=100))
    assert world.read(lambda connection: readiness.ready_intents(connection, world.account_id, now=99)) == []
    assert len(world.read(lambda connection: readiness.ready_intents(connection, world.account_id, now=100))) == 1
    assert world.read(lambda connection: readiness.next_try_at(connection, world.account_id, after=99)) == 100


def test_a_clock_that_is_set_back_holds_up_no_change(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    _flag(world, [id_], add=("\\Seen",))
    ids = [intent.id for intent in world.ready()]
    world.write(lambda connection: journal.retry_later(connection, ids, "try later", next_try_at=10**9))
    assert world.read(lambda connection: readiness.ready_intents(connection, world.account_id, now=10**9 - 60)) == []
    assert len(world.read(lambda connection: readiness.ready_intents(connection, world.account_id, now=10))) == 1


def test_hidden_messages_are_not_seen_and_counted(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: messages.hide(connection, [id_]))
    assert world.view() == {}
