from __future__ import annotations

import pytest

from tests.store.world import EPOCH, World, message_ids, server_message
from tuimail.model.envelope import Envelope
from tuimail.model.errors import ConfigError
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import BodyState, Message
from tuimail.model.server_message import ServerFlags, ServerMessage
from tuimail.store import accounts, bodies, changes, identity, journal, mailboxes, messages, read, removals, undo
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind
from tuimail.store.mailboxes import ListedFacts


def _message(world: World, id_: MessageId) -> Message:
    found = world.read(lambda connection: read.read_message(connection, id_))
    assert found is not None
    return found


def test_saving_the_same_messages_again_makes_none_anew(world: World) -> None:
    batch = [server_message(uid) for uid in (3, 7, 11)]
    first = world.save("INBOX", batch)
    saved = world.write(
        lambda connection: messages.save_messages(connection, world.account_id, world.mailboxes["INBOX"], batch)
    )
    assert (saved.new, saved.changed) == (0, 0)
    assert world.save("INBOX", batch) == first
    assert len(world.view()) == 3


@pytest.mark.parametrize("count", [1, messages.ROWS_AT_ONCE, 2 * messages.ROWS_AT_ONCE + 3])
def test_many_at_once_are_the_same_rows_as_one_by_one(world: World, count: int) -> None:
    batch = [server_message(uid, "\\Seen", "todo") if uid % 2 else server_message(uid) for uid in range(1, count + 1)]
    for message in batch:
        world.save("INBOX", [message])
    world.save("Work", batch)
    columns = "flags, keywords, base_flags, base_keywords, date, internal_date, size_octets, subject, subject_key"
    columns += ", from_label, to_label, envelope, message_id, thread_id, has_attachments, email_id, mailbox_id IS NULL"
    sql = f"SELECT uid, {columns} FROM messages WHERE base_mailbox_id = ? AND mailbox_id = base_mailbox_id ORDER BY uid"
    singly, together = (
        world.read(lambda c, name=name: rows(c, sql, (world.mailboxes[name],)))  # type: ignore[misc]
        for name in ("INBOX", "Work")
    )
    assert len(singly) == count
    assert singly == together
    found = world.read(lambda c: mailboxes.read_mailbox(c, world.mailboxes["Work"]))
    assert found is not None
    assert (found.total, found.unseen) == (count, count // 2)


def test_a_server_that_tells_of_a_message_twice_has_told_of_one(world: World) -> None:
    world.save("INBOX", [server_message(5), server_message(5, "\\Seen")])
    ((flags,),) = world.read(lambda c: rows(c, "SELECT flags FROM messages WHERE uid = 5"))
    assert flags == 1


def test_a_list_is_newest_first_and_a_forged_future_does_not_stay_on_top(world: World) -> None:
    early, late = world.save("INBOX", [server_message(1), server_message(2)])
    envelope = Envelope("From the future", message_id="<f@example.org>", sent_at=EPOCH * 3)
    forged = ServerMessage(3, Flags(), EPOCH, 10, None, envelope, False)
    (future,) = world.save("INBOX", [forged])
    assert message_ids(world, "INBOX") == [late, early, future]


def test_flags_of_an_older_mod_seq_are_old_news(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1, "\\Seen", mod_seq=50)])
    told = [ServerFlags(1, Flags(), 49)]
    changed = world.write(lambda c: messages.save_flags(c, world.mailboxes["INBOX"], told))
    assert changed == 0
    assert _message(world, id_).flags.seen


def test_a_pending_flag_wins_over_what_the_server_tells_and_other_flags_are_kept(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.change_flags(connection, [id_], add=["\\Seen"], now=1))
    told = [ServerFlags(1, Flags.of(["\\Flagged", "todo"]), None)]
    world.write(lambda connection: messages.save_flags(connection, world.mailboxes["INBOX"], told))
    assert _message(world, id_).flags.names() == ["\\Flagged", "\\Seen", "todo"]
    assert _message(world, id_).pending


def test_a_new_uid_validity_keeps_ids_bodies_and_changes(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in (1, 2, 3)])
    world.store.bodies.write(lambda c: bodies.save_chunks(c, ids[0], bodies.compress(b"octets")), durable=True)
    world.write(lambda connection: bodies.point_to_body(connection, ids[0], "words"))
    world.write(lambda connection: changes.change_flags(connection, [ids[1]], add=["\\Flagged"], now=1))
    inbox = world.mailboxes["INBOX"]
    world.write(lambda connection: messages.unbind_mailbox(connection, inbox))
    # The server counts anew, and the same numbers now name other messages.
    anew = [server_message(old, message_id=f"<{old}@example.org>") for old in (1, 2, 3)]
    renumbered = [
        ServerMessage(4 - one.uid, one.flags, one.internal_date, one.size_octets, 9, one.envelope, False)
        for one in anew
    ]
    assert world.read(lambda connection: messages.unbound_mailboxes(connection, world.account_id)) == {inbox}
    assert world.pull("INBOX", renumbered, now=9) == 0
    assert world.save("INBOX", renumbered) == list(reversed(ids))
    assert _message(world, ids[0]).body is BodyState.FULL
    assert _message(world, ids[0]).uid == 3
    assert _message(world, ids[1]).flags.has("\\Flagged")
    assert world.ready()[0].uid == 2


def test_another_size_is_another_message(world: World) -> None:
    (old,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: messages.unbind_mailbox(connection, world.mailboxes["INBOX"]))
    assert world.pull("INBOX", [server_message(1, size=77)], now=9) == 1
    (new,) = world.view()
    assert new != old


def test_what_a_push_put_there_while_a_pull_was_running_is_not_gone(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    inbox, work = world.mailboxes["INBOX"], world.mailboxes["Work"]
    before_the_pull = world.read(lambda connection: messages.unbound_in(connection, work))
    world.write(lambda connection: identity.bind(connection, id_, work, None))
    assert world.write(lambda connection: removals.miss_unbound(connection, work, before_the_pull, now=9)) == 0
    assert message_ids(world, "Work") == [id_]
    assert world.read(lambda connection: messages.unbound_in(connection, inbox)) == []


def test_what_is_on_its_way_out_is_left_to_the_answer_to_its_move(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.move(connection, [id_], world.mailboxes["Work"], now=1))
    (intent,) = world.ready()
    world.write(lambda connection: journal.mark_sent(connection, [intent.id]))
    world.write(lambda connection: messages.unbind(connection, id_))
    assert world.pull("INBOX", [], now=9) == 0
    assert message_ids(world, "Work") == [id_]


def test_without_message_id_only_arrival_and_size_in_the_same_mailbox_identify(world: World) -> None:
    (old,) = world.save("INBOX", [server_message(1, message_id="")])
    world.write(lambda connection: messages.unbind_mailbox(connection, world.mailboxes["INBOX"]))
    (elsewhere,) = world.save("Work", [server_message(1, message_id="")])
    assert elsewhere != old
    assert world.save("INBOX", [server_message(1, message_id="")]) == [old]


def test_a_message_that_another_client_moved_keeps_its_id_and_body(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: bodies.point_to_body(connection, id_, "words"))
    world.vanish("INBOX", 1, now=5)
    assert world.view() == {}
    (found,) = world.save("Work", [server_message(1)])
    assert found == id_
    assert _message(world, id_).mailbox == "Work"
    assert _message(world, id_).body is BodyState.FULL


def test_a_message_on_its_way_is_not_lost_when_its_old_uid_vanishes(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.move(connection, [id_], world.mailboxes["Work"], now=1))
    (intent,) = world.ready()
    world.write(lambda connection: journal.mark_sent(connection, [intent.id]))
    assert world.vanish("INBOX", 1, now=5) == 0
    assert message_ids(world, "Work") == [id_]
    world.serve([intent])
    assert _message(world, id_).uid == 10_000


def test_a_pull_that_was_faster_than_the_answer_to_a_move_leaves_one_message(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    work = world.mailboxes["Work"]
    world.write(lambda connection: changes.move(connection, [id_], work, now=1))
    (intent,) = world.ready()
    world.write(lambda connection: journal.mark_sent(connection, [intent.id]))
    (twin,) = world.save("Work", [server_message(40, "\\Answered", message_id="<1@example.org>", size=1001)])
    world.write(lambda connection: changes.change_flags(connection, [twin], add=["\\Flagged"], now=2))
    world.write(lambda connection: identity.bind(connection, id_, work, 40))
    world.write(lambda connection: journal.finish(connection, [intent.id]))
    assert sorted(world.view()) == [id_]
    assert _message(world, id_).uid == 40
    assert _message(world, id_).flags.names() == ["\\Answered", "\\Flagged"]
    assert [ready.message_id for ready in world.ready()] == [id_]


def test_changes_of_a_message_that_is_gone_are_dropped_and_the_copy_with_them(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    copied = world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Work"], now=1))
    world.write(lambda connection: changes.change_flags(connection, copied.message_ids, add=["\\Seen"], now=2))
    world.vanish("INBOX", 1, now=5)
    assert world.write(lambda connection: messages.settle_vanished(connection, world.account_id)) == 2
    assert world.view() == {}
    assert world.read(journal.list_queue) == []


def test_purging_names_the_bodies_that_nothing_uses_any_more(world: World) -> None:
    first, second = world.save("INBOX", [server_message(1), server_message(2)])
    for id_ in (first, second):
        world.write(lambda connection, id_=id_: bodies.point_to_body(connection, id_, ""))  # type: ignore[misc]
    world.write(lambda connection: changes.copy(connection, [first], world.mailboxes["Work"], now=1))
    world.push()
    world.vanish("INBOX", 1, 2, now=5)
    assert world.write(lambda connection: messages.purge_vanished(connection, 5)) == []
    assert world.write(lambda connection: messages.purge_vanished(connection, 6)) == [second]


def test_a_mailbox_that_is_gone_fails_what_was_to_go_there(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.move(connection, [id_], world.mailboxes["Work"], now=1))
    world.drop_mailbox("Work", now=2)
    assert message_ids(world, "INBOX") == [id_]
    (operation,) = world.read(journal.list_queue)
    assert (operation.state, operation.last_reply) == ("failed", "The mailbox is gone from the server.")
    # Nothing to retry into: it fails again instead of taking the message out of sight.
    world.write(lambda connection: journal.retry(connection, None))
    assert message_ids(world, "INBOX") == [id_]


def test_threads_join_whatever_the_order_of_arrival(world: World) -> None:
    def told(uid: int, *references: str) -> ServerMessage:
        envelope = Envelope(message_id=f"<{uid}@t>", references=references)
        return ServerMessage(uid, Flags(), EPOCH, 1, None, envelope, False)

    ids = world.save("INBOX", [told(1), told(3), told(4, "<3@t>"), told(2, "<1@t>", "<3@t>"), told(9)])
    threads = {id_: _message(world, id_).thread_id for id_ in ids}
    assert len(set(threads.values())) == 2
    assert threads[ids[0]] == threads[ids[1]] == threads[ids[2]] == threads[ids[3]]


def test_removing_an_account_forgets_all_of_it_and_nothing_else(world: World) -> None:
    other = world.write(lambda connection: accounts.ensure_account(connection, "home"))
    theirs, _ = world.write(
        lambda c: mailboxes.save_listed(c, other, [ListedFacts("INBOX", "/", (), SpecialUse.INBOX, True, True)])
    )
    world.write(lambda c: messages.save_messages(c, other, theirs["INBOX"], [server_message(1)]))
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: bodies.point_to_body(connection, id_, ""))
    world.write(lambda connection: changes.change_flags(connection, [id_], add=["\\Seen"], now=1))
    assert world.write(lambda connection: accounts.remove_account(connection, world.account_id)) == [id_]
    assert [status.name for status in world.read(accounts.list_accounts)] == ["home"]
    assert len(world.view()) == 1
    assert world.read(journal.list_queue) == []
    assert world.write(lambda connection: undo.undo(connection, now=2)) is None


def test_mailboxes_are_found_by_name_case_and_use(world: World) -> None:
    def find(name: str) -> str:
        return world.read(lambda c: mailboxes.find_mailbox(c, world.account_id, name)).name

    assert [find(name) for name in ("Work", "work", "\\Trash", "\\inbox")] == ["Work", "Work", "Trash", "INBOX"]
    with pytest.raises(ConfigError, match="Did you mean 'Work'"):
        find("Wrok")
    with pytest.raises(ConfigError):
        find("\\Junk")


def test_well_known_names_serve_where_the_server_names_no_use() -> None:
    def listed(name: str, use: SpecialUse | None = None) -> ListedFacts:
        return ListedFacts(name, ".", (), use, True, True)

    guessed = mailboxes.with_guessed_uses(
        [listed("Spam"), listed("INBOX.Junk"), listed("Bin"), listed("Papierkorb", SpecialUse.TRASH), listed("Sent")]
    )
    uses = {facts.name: facts.special_use for facts in guessed}
    assert uses == {
        "Spam": None,
        "INBOX.Junk": SpecialUse.JUNK,
        "Bin": None,
        "Papierkorb": SpecialUse.TRASH,
        "Sent": SpecialUse.SENT,
    }


def test_the_tree_lists_special_mailboxes_first(world: World) -> None:
    assert [mailbox.name for mailbox in world.read(mailboxes.list_mailboxes)] == ["INBOX", "Trash", "Groups", "Work"]


def test_intent_kinds_are_what_the_journal_stores(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.expunge(connection, [id_], now=1))
    assert [intent.kind for intent in world.ready()] == [IntentKind.EXPUNGE]
