"""`queue` with a removal that asks, and `recover`: without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import BODY, Bench
from tuimail.config.schema import DeletionLimit
from tuimail.engine.report import AccountReport
from tuimail.model.ids import MailboxId
from tuimail.model.uid_set import UidSet
from tuimail.store import mailboxes, removals
from tuimail.store.accounts import find_account
from tuimail.store.database import Connection
from tuimail.store.mailboxes import MirrorState
from tuimail.store.store import Store

NOW = 1_800_000_000
LOW = DeletionLimit(count=3, share=0.25)
NONE = DeletionLimit(share=1)


def lose(bench: Bench, *uids: int, limit: DeletionLimit = NONE) -> None:
    """A pass finds that the server no longer has these."""
    store = Store(bench.data)

    def write(connection: Connection) -> None:
        account_id = find_account(connection, "work")
        assert account_id is not None
        inbox = connection.execute("SELECT base_mailbox_id FROM messages WHERE id = ?", (bench.ids[uids[0]],)).get
        pulled = MirrorState(1, 9, None, 6, 1)
        mailboxes.save_mirror_state(connection, MailboxId(inbox), pulled, synced_at=NOW)
        removals.miss(connection, MailboxId(inbox), UidSet.of(uids), now=NOW)
        removals.judge(connection, account_id, limit, now=NOW)

    store.mail.write(write, durable=True)
    store.close()


@pytest.fixture
def asked(bench: Bench) -> str:
    """Of the six messages of INBOX, four are gone from the server; returns the number of the operation that asks."""
    lose(bench, 1, 2, 3, 4, limit=LOW)
    (operation,) = bench.json("queue", "list")
    return str(operation["op"])


def test_the_queue_shows_the_plan_and_how_to_answer(bench: Bench, asked: str) -> None:
    (operation,) = bench.json("queue", "list")
    assert (operation["kind"], operation["state"], operation["mailbox"]) == ("remove", "held", "INBOX")
    assert operation["ids"] == [bench.ids[uid] for uid in (1, 2, 3, 4)]
    assert operation["last_reply"] == ("4 of 6 messages of INBOX are gone from the server. Nothing was removed here.")
    result = bench.ok("queue", "list")
    assert f"`tuimail queue retry {asked}` removes them here too" in result.stderr
    assert f"`tuimail queue discard {asked}` puts them back on the server" in result.stderr
    assert len(bench.json("messages", "--mailbox", "INBOX", "--account", "work")) == 6


def test_an_answer_to_the_whole_queue_is_none_to_a_removal(bench: Bench, asked: str) -> None:
    bench.ok("flag", bench.id(5), "--seen")
    result = bench.ok("queue", "retry")
    assert (result.stdout, f"Operation {asked} asks." in result.stderr) == ("0 changes to be tried again.\n", True)
    assert f"Operation {asked} asks." in bench.ok("queue", "discard", "--all").stderr
    (operation,) = bench.json("queue", "list")
    assert (str(operation["op"]), operation["state"]) == (asked, "held")


def test_agreeing_waits_for_the_next_pass_and_can_be_taken_back(bench: Bench, asked: str) -> None:
    result = bench.ok("queue", "retry", asked)
    assert result.stdout == (
        "4 messages of INBOX removed here with the next sync; `tuimail recover` has them for 7 days.\n"
    )
    assert [one["state"] for one in bench.json("queue", "list")] == ["waiting"]
    assert len(bench.json("messages", "--mailbox", "INBOX", "--account", "work")) == 6
    assert bench.ok("queue", "hold", asked).stdout == "4 messages of INBOX held again.\n"
    assert [one["state"] for one in bench.json("queue", "list")] == ["held"]


def test_refusing_puts_back_what_has_a_body_and_goes_on_asking_about_the_rest(bench: Bench, asked: str) -> None:
    result = bench.run("queue", "discard", asked)
    assert result.exit_code == 1
    assert result.stdout == "1 message of INBOX put back on the server with the next sync.\n"
    assert "3 messages of INBOX cannot be put back: without a body here." in result.stderr
    asking, put_back = sorted(bench.json("queue", "list"), key=lambda one: str(one["kind"]), reverse=True)
    assert (asking["kind"], asking["ids"]) == ("remove", [bench.ids[uid] for uid in (2, 3, 4)])
    assert (put_back["kind"], put_back["target"], put_back["ids"]) == ("append", "INBOX", [bench.ids[1]])
    assert len(bench.json("messages", "--mailbox", "INBOX", "--account", "work")) == 6
    assert bench.run("queue", "discard", asked).exit_code == 1


def test_sync_says_that_something_asks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sync_once(*_arguments: object, **_more: object) -> dict[str, AccountReport]:
        return {"work": AccountReport(held=61, asked=60)}

    monkeypatch.setattr("tuimail.engine.run.sync_once", sync_once)
    result = bench.run("sync", "work")
    assert result.exit_code == 1
    assert "61 held changes" in result.stdout
    assert result.stderr == (
        "tuimail: Account work: 60 messages that the server no longer has, more than deletion_limit allows at once:"
        " nothing was removed here. `tuimail queue list` shows the plan, and how to agree or refuse.\n"
    )


def test_a_dry_run_shows_the_question_in_its_plan_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sync_once(*_arguments: object, **_more: object) -> dict[str, AccountReport]:
        return {"work": AccountReport(held=60, asked=60, plan=["held: 60 of 100 messages"])}

    monkeypatch.setattr("tuimail.engine.run.sync_once", sync_once)
    result = bench.ok("sync", "work", "--dry-run")
    assert (result.stdout, result.stderr) == ("work: held: 60 of 100 messages\n", "")


def test_what_vanished_is_listed_with_where_it_was(bench: Bench) -> None:
    assert bench.json("recover", "list") == []
    assert "Nothing vanished" in bench.ok("recover", "list").stderr
    lose(bench, 1, 2)
    lose(bench, 7)
    found = bench.json("recover", "list", "--account", "work")
    assert [(one["id"], one["mailbox"], one["body"]) for one in found] == [
        (bench.ids[7], "Trash", "none"),
        (bench.ids[2], "INBOX", "none"),
        (bench.ids[1], "INBOX", "full"),
    ]
    assert found[0]["vanished_at"] == "2027-01-15T08:00:00Z"
    assert {"account", "subject", "from", "date"} <= set(found[0])
    assert bench.json("recover", "list", "--account", "home") == []
    assert bench.run("recover", "list", "--account", "nobody").exit_code == 2
    assert "Subject 7" in bench.ok("recover", "list").stdout


def test_a_message_that_vanished_can_still_be_shown(bench: Bench) -> None:
    lose(bench, 1, 2)
    result = bench.ok("show", bench.id(1))
    assert "Subject: Hello" in result.stdout
    assert f"Message {bench.ids[1]} vanished from the server (2027-01-15" in result.stderr
    assert "it was in INBOX." in result.stderr
    assert bench.json("show", bench.id(1))["mailbox"] == "INBOX"
    result = bench.run("show", bench.id(2))
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Message {bench.ids[2]} vanished before its body was fetched." in result.stderr
    result = bench.run("flag", bench.id(1), "--seen")
    assert result.exit_code == 1
    assert f"`tuimail recover restore {bench.ids[1]}` puts it back." in result.stderr


def test_restoring_puts_a_message_back_under_its_id_and_can_be_undone(bench: Bench) -> None:
    before = {one["id"]: one["flags"] for one in bench.json("messages", "--account", "work")}
    lose(bench, 1)
    (done,) = bench.json("recover", "restore", bench.id(1))
    assert (done["title"], done["ids"]) == ("1 message put back", [bench.ids[1]])
    assert {one["id"]: one["flags"] for one in bench.json("messages", "--account", "work")} == before
    (operation,) = bench.json("queue", "list")
    assert (operation["kind"], operation["target"], operation["state"]) == ("append", "INBOX", "waiting")
    assert bench.json("recover", "list") == []
    bench.ok("undo")
    assert [one["id"] for one in bench.json("recover", "list")] == [bench.ids[1]]
    assert bench.json("queue", "list") == []
    bench.ok("recover", "restore", bench.id(1), "--mailbox", "\\Archive")
    assert [one["id"] for one in bench.json("messages", "--mailbox", "Archive", "--account", "work")] == [bench.ids[1]]


def test_restoring_names_what_cannot_be_restored(bench: Bench) -> None:
    lose(bench, 1, 2)
    result = bench.run("recover", "restore", bench.id(1), bench.id(2), bench.id(3), "999")
    assert result.exit_code == 1
    assert result.stdout == "1 message put back.\n"
    assert result.stderr.splitlines() == [
        f"tuimail: Message {bench.ids[2]} vanished before its body was fetched: it cannot be recovered.",
        f"tuimail: Message {bench.ids[3]} is in INBOX: it did not vanish.",
        "tuimail: There is no message 999.",
    ]
    result = bench.run("recover", "restore", bench.id(1), "--mailbox", "Nowhere")
    assert result.exit_code == 1


def test_export_writes_exact_octets_and_overwrites_nothing(bench: Bench, tmp_path: Path) -> None:
    lose(bench, 1, 2)
    target = tmp_path / "saved" / "mail"
    result = bench.run("recover", "export", bench.id(1), bench.id(2), "--to", str(target))
    assert result.exit_code == 1
    assert f"Message {bench.ids[2]} vanished before its body was fetched" in result.stderr
    first = target / f"{bench.ids[1]}-Subject-1.eml"
    assert result.stdout == f"{first}\n"
    assert first.read_bytes() == BODY
    first.write_bytes(b"mine")
    (again,) = bench.json("recover", "export", bench.id(1), "--to", str(target))
    assert again == {"id": bench.ids[1], "file": str(target / f"{bench.ids[1]}-Subject-1-2.eml")}
    assert first.read_bytes() == b"mine"
    assert Path(again["file"]).read_bytes() == BODY
    result = bench.run("recover", "export", bench.id(1), "--to", str(first))
    assert result.exit_code != 0
    assert str(first) in result.stderr


@pytest.mark.parametrize("subject", ["../../etc/passwd", "..", "a\x00b\x1b]0;x", "x" * 500, "子" * 200, "", "-rf *"])
def test_a_file_name_is_harmless(bench: Bench, tmp_path: Path, subject: str) -> None:
    from tuimail.cli.commands.recover import _file_name
    from tuimail.store.tombstones import find_tombstone

    lose(bench, 1)
    store = Store(bench.data)
    store.mail.write(
        lambda c: c.execute(
            "UPDATE messages SET envelope = CAST(json_set(CAST(envelope AS TEXT), '$.subject', ?) AS BLOB)"
            " WHERE id = ?",
            (subject, bench.ids[1]),
        ),
        durable=False,
    )
    tombstone = store.mail.read(lambda connection: find_tombstone(connection, bench.ids[1]))
    store.close()
    assert tombstone is not None
    name = _file_name(tombstone)
    assert name.startswith(str(bench.ids[1]))
    assert len(name.encode()) < 200
    assert not set(name) & set("/\\\0\x1b *;]")
