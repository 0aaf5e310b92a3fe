"""`flag move copy archive junk delete undo queue`: changes in the store and the journal, without a server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest

from tests.cli.runner import LISTED, Bench
from tuimail.config.schema import Config, ImapServer
from tuimail.engine.locks import AccountLock
from tuimail.engine.report import AccountReport
from tuimail.store import accounts, mailboxes
from tuimail.store.database import Connection
from tuimail.store.mailboxes import ListedFacts
from tuimail.store.store import Store


def _place(bench: Bench) -> dict[int, str]:
    return {one["id"]: one["mailbox"] for one in bench.json("messages")}


def _flags(bench: Bench, uid: int) -> list[str]:
    return next(one["flags"] for one in bench.json("messages") if one["id"] == bench.ids[uid])


def test_flags_are_set_and_cleared(bench: Bench) -> None:
    result = bench.ok("flag", bench.id(1), bench.id(2), "--flagged", "--unseen", "--add", "later", "--remove", "todo")
    assert result.stdout == "2 messages flagged and tagged later and marked as unseen and freed of the tag todo.\n"
    assert _flags(bench, 1) == ["\\Flagged", "later"]
    assert _flags(bench, 2) == ["\\Flagged", "later"]
    (inbox,) = [one for one in bench.json("mailboxes", "work") if one["name"] == "INBOX"]
    assert inbox["unseen"] == 6
    assert [one["pending"] for one in bench.json("messages", "--account", "work")] == [False] * 5 + [True, True]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--add", "two words"],
        ["--add", ""],
        ["--add", "\\Recent"],
        ["--remove", "\\Deleted"],
        ["--add", "grün"],
        ["--add", 'a"b'],
        ["--add", "x", "--remove", "X"],
        ["--seen", "--remove", "\\seen"],
        ["--seen", "--unseen"],
        ["--unflagged", "--flagged"],
    ],
)
def test_flags_that_cannot_be_are_wrong_usage(bench: Bench, options: list[str]) -> None:
    assert bench.run("flag", bench.id(1), *options).exit_code == 2
    assert bench.json("queue", "list") == []


def test_move_copy_and_triage(bench: Bench) -> None:
    bench.ok("move", bench.id(1), bench.id(2), "Work")
    bench.ok("move", bench.id(3), "\\Archive")
    bench.ok("archive", bench.id(4))
    bench.ok("delete", bench.id(5))
    (copied,) = bench.json("copy", bench.id(6), "Work")
    place = _place(bench)
    assert [place[bench.ids[uid]] for uid in (1, 2, 3, 4, 5, 6)] == [
        "Work", "Work", "Archive", "Archive", "Trash", "INBOX",
    ]  # fmt: skip
    assert copied["title"] == "1 message copied to Work"
    assert place[copied["ids"][0]] == "Work"
    assert [(one["kind"], len(one["ids"]), one["state"]) for one in bench.json("queue", "list")] == [
        ("move", 2, "waiting"), ("move", 1, "waiting"), ("move", 1, "waiting"), ("move", 1, "waiting"),
        ("copy", 1, "waiting"),
    ]  # fmt: skip


def test_a_missing_special_mailbox_is_made(bench: Bench) -> None:
    bench.ok("junk", bench.id(1))
    assert _place(bench)[bench.ids[1]] == "Junk"
    assert [one["kind"] for one in bench.json("queue", "list")] == ["flag", "create", "move"]


def test_messages_of_several_accounts_go_each_to_its_own_mailbox(bench: Bench) -> None:
    changes = bench.json("move", bench.id(1), bench.id(8), "Work")
    assert [change["ids"] for change in changes] == [[bench.ids[1]], [bench.ids[8]]]
    found = {one["account"] for one in bench.json("messages", "--mailbox", "Work")}
    assert found == {"work", "home"}


def test_a_mailbox_that_is_not_there_changes_nothing(bench: Bench) -> None:
    result = bench.run("move", bench.id(1), bench.id(8), "Archiv")
    assert result.exit_code == 2
    assert "Did you mean 'Archive'?" in result.stderr
    assert bench.json("queue", "list") == []


def test_what_does_not_exist_is_named_and_the_rest_is_done(bench: Bench) -> None:
    for command in (["flag", "777", bench.id(2), "--seen"], ["archive", "777", bench.id(3)]):
        result = bench.run(*command)
        assert result.exit_code == 1
        assert result.stderr == "tuimail: There is no message 777.\n"
    assert _flags(bench, 2) == ["\\Seen"]
    assert _place(bench)[bench.ids[3]] == "Archive"


def test_deleting_from_the_trash_needs_a_word(bench: Bench) -> None:
    result = bench.run("delete", bench.id(7), bench.id(2))
    assert result.exit_code == 1
    assert f"Message {bench.id(7)} is in the trash already. Add --permanent" in result.stderr
    assert _place(bench)[bench.ids[2]] == "Trash"
    bench.ok("delete", "--permanent", bench.id(7))
    assert bench.ids[7] not in _place(bench)
    assert bench.json("queue", "list")[-1]["kind"] == "delete"


def test_undo_takes_back_the_last_changes(bench: Bench) -> None:
    before = bench.json("messages")
    bench.ok("archive", bench.id(1))
    bench.ok("flag", bench.id(2), "--flagged")
    bench.ok("delete", "--permanent", bench.id(7))
    assert bench.ok("undo").stdout == "Undone: 1 message deleted for good.\n"
    assert len(bench.json("undo", "2")) == 2
    assert bench.json("messages") == before
    result = bench.run("undo")
    assert (result.exit_code, result.stderr) == (1, "tuimail: There is nothing to undo.\n")
    assert bench.run("undo", "0").exit_code == 2


def test_redo_does_again_what_was_undone(bench: Bench) -> None:
    bench.ok("archive", bench.id(1))
    bench.ok("junk", bench.id(2))
    after = bench.json("messages")
    bench.ok("undo", "2")
    assert bench.ok("redo").stdout == "Redone: 1 message moved to Archive.\n"
    assert [one["title"] for one in bench.json("redo")] == ["Redone: 1 message moved to Junk"]
    assert bench.json("messages") == after
    result = bench.run("redo")
    assert (result.exit_code, result.stderr) == (1, "tuimail: There is nothing to redo.\n")
    bench.ok("undo")
    bench.ok("flag", bench.id(3), "--seen")
    assert bench.run("redo").exit_code == 1


def test_junk_and_not_junk(bench: Bench) -> None:
    bench.ok("junk", bench.id(1))
    assert bench.ok("junk", "--not", bench.id(1)).stdout == "1 message moved to the inbox: not junk.\n"
    (message,) = (one for one in bench.json("messages") if one["id"] == bench.ids[1])
    assert (message["mailbox"], message["flags"]) == ("INBOX", ["$NotJunk", "\\Seen", "todo"])


def test_archive_by_year_as_the_settings_say(bench: Bench) -> None:
    with bench.config.open("a") as file:
        file.write('\n[triage]\narchive_by = "year"\n')
    (message,) = (one for one in bench.json("messages") if one["id"] == bench.ids[1])
    bench.ok("archive", bench.id(1))
    assert _place(bench)[bench.ids[1]] == f"Archive/{message['date'][:4]}"


def test_the_queue_is_held_retried_and_discarded(bench: Bench) -> None:
    bench.ok("archive", bench.id(1), bench.id(2))
    bench.ok("flag", bench.id(3), "--seen")
    first, second = (str(one["op"]) for one in bench.json("queue", "list"))
    held = bench.json("queue", "hold", first)
    assert [one["state"] for one in held] == ["held", "waiting"]
    assert set(held[0]) == {
        "op", "account", "kind", "mailbox", "target", "argument", "ids", "state", "attempts", "last_reply",
        "created_at", "next_try_at",
    }  # fmt: skip
    assert (held[0]["mailbox"], held[0]["target"], held[0]["next_try_at"]) == ("INBOX", "Archive", None)
    assert held[0]["created_at"].endswith("Z")
    assert bench.ok("queue", "retry").stdout == "2 changes to be tried again.\n"
    result = bench.run("queue", "discard", first, "999", "--json")
    assert result.exit_code == 1
    assert "There is no operation 999 in the queue." in result.stderr
    assert _place(bench)[bench.ids[1]] == "INBOX"
    assert bench.run("queue", "discard").exit_code == 2
    assert bench.run("queue", "discard", second, "--all").exit_code == 2
    bench.ok("queue", "discard", "--all")
    assert bench.json("queue", "list") == []
    assert "The queue is empty" in bench.ok("queue", "list").stderr


def test_retrying_what_waits_anyway_is_named(bench: Bench) -> None:
    bench.ok("flag", bench.id(3), "--seen")
    (operation,) = bench.json("queue", "list")
    result = bench.run("queue", "retry", str(operation["op"]))
    assert result.exit_code == 1
    assert "not in a state" in result.stderr


def test_sync_pushes_the_accounts_that_were_touched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[tuple[list[str], str]] = []

    async def push_only(
        _store: Store, config: Config, names: Sequence[str], *, secret_of: Any, wait: bool
    ) -> dict[str, AccountReport]:
        server = config.accounts["work"].imap
        assert isinstance(server, ImapServer)
        assert not wait
        pushed.append((list(names), secret_of("work", server).value))
        return {"work": AccountReport(ok=False, error="The server is away. Try later.")}

    monkeypatch.setattr("tuimail.engine.run.push_only", push_only)
    result = bench.run("flag", bench.id(2), "--seen", "--sync")
    assert pushed == [(["work"], "opensesame")]
    assert result.exit_code == 1
    assert result.stderr == "tuimail: Account work: The server is away. Try later.\n"
    # The change itself is safe.
    assert len(bench.json("queue", "list")) == 1
    bench.run("undo", "--sync")
    assert [names for names, _secret in pushed] == [["work"], ["work"]]


def test_what_another_tuimail_syncs_is_left_to_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[str] = []

    async def push_only(_store: Store, _config: Config, names: Sequence[str], **_more: Any) -> dict[str, AccountReport]:
        pushed.extend(names)
        return {name: AccountReport(ok=False, error="Busy.", busy=True) for name in names}

    monkeypatch.setattr("tuimail.engine.run.push_only", push_only)
    lock = AccountLock(bench.data, "work")
    assert lock.try_acquire()
    result = bench.ok("flag", bench.id(2), bench.id(8), "--seen", "--sync")
    lock.release()
    assert pushed == ["home"]
    assert result.stderr.splitlines() == [
        f"Account work is being synced by another tuimail (process {os.getpid()}); it sends the change.",
        "Account home is being synced by another tuimail; it sends the change.",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "abc"], "'abc' is not the id of a message."),
        (["flag", "0", "--seen"], "'0' is not the id of a message."),
        (["archive", str(2**63)], "is not the id of a message."),
        (["queue", "retry", "x"], "'x' is not the number of an operation."),
        (["messages", "--limit", "-1"], "'-1' is not a number of messages."),
        (["move", "1", "\\Trahs"], "There is no mailbox '\\Trahs'. Did you mean '\\Trash'?"),
        (["messages", "--mailbox", "\\Trahs"], "There is no mailbox '\\Trahs'. Did you mean '\\Trash'?"),
    ],
)
def test_what_is_not_there_is_named_in_plain_words(bench: Bench, arguments: list[str], sentence: str) -> None:
    result = bench.run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_the_last_level_of_one_mailbox_is_enough_for_a_hint(bench: Bench) -> None:
    def write(connection: Connection) -> None:
        account = accounts.ensure_account(connection, "work")
        names = ("Projects/Alpha", "Projects/Beta", "Old/Beta")
        new = (ListedFacts(name, "/", (), None, True, True) for name in names)
        mailboxes.save_listed(connection, account, [*LISTED, *new])

    store = Store(bench.data)
    store.mail.write(write, durable=True)
    store.close()
    assert "Did you mean 'Projects/Alpha'?" in bench.run("move", bench.id(2), "alpha").stderr
    assert "Did you mean" not in bench.run("move", bench.id(2), "beta").stderr
