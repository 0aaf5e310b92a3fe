"""`mailbox create|rename|delete|subscribe|unsubscribe`: in the store and the journal, without a server."""

from __future__ import annotations

import pytest

from tests.cli.runner import Bench


def _names(bench: Bench, account: str = "work") -> set[str]:
    return {one["name"] for one in bench.json("mailboxes", account)}


def _queue(bench: Bench) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["mailbox"], one["argument"]) for one in bench.json("queue", "list")]


def test_mailboxes_are_made_renamed_and_deleted(bench: Bench) -> None:
    assert bench.ok("mailbox", "create", "work", "Projects/2024").stdout == "Mailbox Projects/2024 created.\n"
    bench.ok("move", bench.id(1), "Projects/2024")
    done = bench.ok("mailbox", "rename", "work", "Projects/2024", "Old")
    assert done.stdout == "Mailbox Projects/2024 renamed to Old.\n"
    assert {one["mailbox"] for one in bench.json("messages") if one["id"] == bench.ids[1]} == {"Old"}
    bench.ok("mailbox", "rename", "work", "Work", "Job")
    done = bench.ok("mailbox", "delete", "work", "Old")
    assert done.stdout == "Mailbox Old deleted, 1 message moved to Trash.\n"
    assert {one["mailbox"] for one in bench.json("messages") if one["id"] == bench.ids[1]} == {"Trash"}
    assert _names(bench) >= {"Job", "INBOX", "Trash"}
    assert not _names(bench) & {"Old", "Work", "Projects/2024"}
    assert _queue(bench) == [("rename", "Job", "Job"), ("move", "INBOX", "")], "nothing is left of what was never told"
    undone = bench.json("undo", "5")
    assert [one["title"] for one in undone] == [
        "Undone: Mailbox Old deleted, 1 message moved to Trash",
        "Undone: Mailbox Work renamed to Job",
        "Undone: Mailbox Projects/2024 renamed to Old",
        "Undone: 1 message moved to Projects/2024",
        "Undone: Mailbox Projects/2024 created",
    ]
    assert _queue(bench) == []
    assert bench.run("undo").exit_code == 1


def test_subscriptions(bench: Bench) -> None:
    def subscribed() -> bool:
        (work,) = [one for one in bench.json("mailboxes", "work") if one["name"] == "Work"]
        return bool(work["subscribed"])

    assert not subscribed()
    assert bench.ok("mailbox", "subscribe", "work", "Work").stdout == "Subscribed to Work.\n"
    assert subscribed()
    assert bench.ok("mailbox", "subscribe", "work", "Work").stdout == "Subscribed to Work already.\n"
    assert _queue(bench) == [("subscribe", "Work", "")]
    bench.ok("mailbox", "unsubscribe", "work", "Work")
    assert _queue(bench) == []
    bench.ok("undo", "2")
    assert not subscribed()


def test_messages_are_deleted_for_good_only_after_a_question(bench: Bench) -> None:
    refused = bench.run("mailbox", "delete", "work", "Trash", given="n\n")
    assert refused.exit_code == 1
    assert "Delete the mailbox Trash and 1 message in it for good? [y/N]" in refused.stderr
    assert "Trash" in _names(bench)
    assert bench.run("mailbox", "delete", "work", "Trash").exit_code == 2, "nobody is there to answer"
    assert bench.ok("mailbox", "delete", "work", "Trash", "--yes").stdout == (
        "Mailbox Trash deleted with its 1 message.\n"
    )
    assert bench.ids[7] not in {one["id"] for one in bench.json("messages")}
    bench.ok("undo")
    assert bench.ids[7] in {one["id"] for one in bench.json("messages")}
    bench.ok("move", bench.id(2), "Work")
    (done,) = bench.json("mailbox", "delete", "work", "Work", "--permanent", "--yes")
    assert done["title"] == "Mailbox Work deleted with its 1 message"
    # An empty one needs no question.
    bench.ok("mailbox", "delete", "work", "Archive", "--permanent")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create", "work", "Work"], "There is a mailbox 'Work' already."),
        (["create", "work", "a\x1bb"], "may not contain line breaks, NUL or other control characters: 'a\\x1bb'."),
        (["create", "wrok", "New"], "There is no account 'wrok'. Did you mean 'work'?"),
        (["rename", "work", "Wrok", "New"], "There is no mailbox 'Wrok'. Did you mean 'Work'?"),
        (["rename", "work", "INBOX", "New"], "The inbox cannot be renamed"),
        (["rename", "work", "Work", "Trash"], "There is a mailbox 'Trash' already."),
        (["delete", "work", "inbox"], "The inbox cannot be deleted"),
        (["delete", "work", "Nowhere"], "There is no mailbox 'Nowhere'."),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(bench: Bench, arguments: list[str], sentence: str) -> None:
    result = bench.run("mailbox", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert _queue(bench) == []


def test_an_account_that_was_never_synced_can_get_mailboxes(bench: Bench) -> None:
    text = bench.config.read_text("utf-8")
    bench.config.write_text(text + '\n[accounts.fresh]\naddress = "f@example.org"\nimap.host = "imap.example.org"\n')
    bench.ok("mailbox", "create", "fresh", "New")
    assert _names(bench, "fresh") == {"New"}
