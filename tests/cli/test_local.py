"""Every command on an account whose mailboxes live here alone, and messages between accounts; without a server."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.cli.runner import EPOCH, Bench
from tuimail.mime.new_message import new_message
from tuimail.model.flags import Flags
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Protocol
from tuimail.store import accounts, bodies, inserting, ledger, local, read
from tuimail.store.database import Connection
from tuimail.store.ledger import NewEntry
from tuimail.store.store import Store

POP3 = """
[accounts.old]
address = "ada@old.example"
pop3 = { host = "127.0.0.1", port = 1, security = "none", username = "ada" }
"""
NAMES = ["INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"]


def octets(number: int) -> bytes:
    return f"Message-ID: <{number}@old.example>\r\nSubject: Old {number}\r\n\r\nText {number}.\r\n".encode()


@pytest.fixture
def old(bench: Bench) -> Iterator[Bench]:
    """The bench with a POP3 account that has fetched messages 101 to 103."""
    with bench.config.open("a", encoding="utf-8") as config:
        config.write(POP3)
    store = Store(bench.data)

    def write(connection: Connection) -> None:
        account_id = accounts.ensure_account(connection, "old", Protocol.POP3)
        inbox = local.ensure_mailboxes(connection, account_id)[SpecialUse.INBOX]
        ids = inserting.reserve_ids(connection, 3)
        for number, id_ in zip((101, 102, 103), ids, strict=True):
            new = new_message(octets(number), internal_date=EPOCH + number, flags=Flags())
            local.deliver(connection, inbox, [(id_, new)])
            entry = NewEntry(f"uidl-{number}", id_, b"digest", len(octets(number)))
            ledger.add(connection, account_id, [entry], now=EPOCH)
            bench.ids[number] = id_

    store.mail.write(write, durable=True)
    for number in (101, 102, 103):
        id_, packed = bench.ids[number], bodies.compress(octets(number))
        store.bodies.write(lambda c, id_=id_, packed=packed: bodies.save_chunks(c, id_, packed), durable=True)  # type: ignore[misc]
    store.close()
    yield bench
    assert [one for one in bench.json("queue", "list") if one["account"] == "old"] == []


def places(bench: Bench) -> dict[str, str]:
    return {one["subject"]: one["mailbox"] for one in bench.json("messages", "--account", "old")}


def unwanted(bench: Bench) -> list[str]:
    """What is to be deleted on the server."""
    store = Store(bench.data)
    account_id = next(one.id for one in store.mail.read(accounts.list_accounts) if one.name == "old")
    found = store.mail.read(lambda connection: ledger.load(connection, account_id))
    store.close()
    return sorted(uidl for uidl, entries in found.items() if entries[0].unwanted)


def test_lists(old: Bench) -> None:
    found = old.json("mailboxes", "old")
    assert [one["name"] for one in found] == NAMES
    assert [one["special_use"] for one in found] == [f"\\{name}" for name in ("Inbox", *NAMES[1:])]
    assert (found[0]["total"], found[0]["unseen"], found[0]["uid_validity"]) == (3, 3, None)
    newest = old.json("messages", "--account", "old", "--limit", "1")[0]
    assert (newest["subject"], newest["uid"], newest["body"], newest["pending"]) == ("Old 103", None, "full", False)
    assert old.ok("show", old.id(101), "--raw").stdout_bytes == octets(101)


def test_flags_triage_and_undo(old: Bench) -> None:
    old.ok("flag", old.id(101), "--seen", "--flagged", "--add", "later")
    found = {one["subject"]: one for one in old.json("messages", "--account", "old")}
    assert found["Old 101"]["flags"] == ["\\Flagged", "\\Seen", "later"]
    assert not found["Old 101"]["pending"]
    old.ok("move", old.id(101), "Sent")
    old.ok("archive", old.id(102))
    old.ok("junk", old.id(103))
    assert places(old) == {"Old 101": "Sent", "Old 102": "Archive", "Old 103": "Junk"}
    old.ok("delete", old.id(103))
    (copied,) = old.json("copy", old.id(102), "Sent")
    assert len(copied["ids"]) == 1
    assert unwanted(old) == ["uidl-103"]
    old.ok("undo", "5")
    assert set(places(old).values()) == {"INBOX"}
    assert unwanted(old) == []


def test_deleted_for_good_recovered_and_undone(old: Bench) -> None:
    old.ok("delete", "--permanent", old.id(101), old.id(102))
    assert unwanted(old) == ["uidl-101", "uidl-102"]
    assert {one["id"] for one in old.json("recover", "list")} == {old.ids[101], old.ids[102]}
    old.ok("recover", "restore", old.id(101))
    assert unwanted(old) == ["uidl-102"]
    assert places(old) == {"Old 101": "INBOX", "Old 103": "INBOX"}
    assert old.ok("show", old.id(101), "--raw").stdout_bytes == octets(101)
    old.ok("undo", "2")
    assert set(places(old)) == {"Old 101", "Old 102", "Old 103"}
    assert unwanted(old) == []


def test_recovered_messages_are_exported(old: Bench, tmp_path: Path) -> None:
    old.ok("delete", "--permanent", old.id(101))
    old.ok("recover", "export", old.id(101), "--to", str(tmp_path / "out"))
    (path,) = (tmp_path / "out").iterdir()
    assert message_from_bytes(path.read_bytes())["Subject"] == "Old 101"


def test_mailboxes(old: Bench) -> None:
    old.ok("mailbox", "create", "old", "Lists/Choir")
    old.ok("move", old.id(101), "Lists/Choir")
    old.ok("mailbox", "rename", "old", "Lists/Choir", "Choir")
    assert places(old)["Old 101"] == "Choir"
    old.ok("mailbox", "unsubscribe", "old", "Choir")
    old.ok("mailbox", "subscribe", "old", "Choir")
    old.ok("mailbox", "delete", "old", "Choir")
    assert places(old)["Old 101"] == "Trash"
    assert unwanted(old) == ["uidl-101"]
    old.ok("undo")
    assert places(old)["Old 101"] == "Choir"
    old.ok("mailbox", "delete", "old", "Choir", "--permanent", "--yes")
    assert "Old 101" not in places(old)
    old.ok("undo")
    assert places(old)["Old 101"] == "Choir"
    old.ok("mailbox", "rename", "old", "Choir", "Trash/Choir")
    assert unwanted(old) == ["uidl-101"]


@pytest.mark.parametrize(
    "arguments", [("rename", "old", "Archive", "Other"), ("delete", "old", "Sent"), ("create", "old", "Junk")]
)
def test_special_mailboxes_stay(old: Bench, arguments: tuple[str, ...]) -> None:
    result = old.run("mailbox", *arguments)
    assert result.exit_code == 2
    assert [one["name"] for one in old.json("mailboxes", "old")] == NAMES


def test_an_account_that_was_never_fetched_has_its_mailboxes(bench: Bench) -> None:
    with bench.config.open("a", encoding="utf-8") as config:
        config.write(POP3)
    bench.ok("mailbox", "create", "old", "Lists")
    assert [one["name"] for one in bench.json("mailboxes", "old")] == [*NAMES, "Lists"]
    assert bench.json("queue", "list") == []


class TestToAnotherAccount:
    """`--to-account`."""

    def test_move_and_undo(self, old: Bench) -> None:
        (moved,) = old.json("move", old.id(101), old.id(102), "\\Archive", "--to-account", "work")
        assert moved["title"] == "2 messages moved to Archive (work)"
        there = {one["id"]: one for one in old.json("messages", "--account", "work", "--mailbox", "Archive")}
        assert set(there) == set(moved["ids"])
        assert {one["subject"] for one in there.values()} == {"Old 101", "Old 102"}
        assert all(one["pending"] and one["body"] == "full" for one in there.values())
        assert places(old) == {"Old 103": "INBOX"}
        (waiting,) = old.json("queue", "list")
        assert (waiting["account"], waiting["kind"], waiting["target"]) == ("work", "move", "Archive")
        old.ok("undo")
        assert set(places(old)) == {"Old 101", "Old 102", "Old 103"}
        assert old.json("queue", "list") == []
        assert unwanted(old) == []

    def test_into_an_account_that_lives_here(self, old: Bench) -> None:
        (moved,) = old.json("move", old.id(1), "INBOX", "--to-account", "old")
        assert places(old)["Subject 1"] == "INBOX"
        (removal,) = old.json("queue", "list")
        assert (removal["account"], removal["kind"], removal["ids"]) == ("work", "delete", [old.ids[1]])
        assert old.ok("show", str(moved["ids"][0]), "--raw").stdout_bytes.startswith(b"From: Bo Example")

    def test_a_text_that_is_not_here_is_waited_for(self, old: Bench) -> None:
        old.ok("copy", old.id(2), "INBOX", "--to-account", "home")
        (waiting,) = old.json("queue", "list")
        assert (waiting["account"], waiting["kind"], waiting["mailbox"]) == ("home", "copy", "INBOX")
        assert [one["body"] for one in old.json("messages", "--account", "home")] == ["none", "none"]

    @pytest.mark.parametrize("arguments", [("INBOX", "--to-account", "wrok"), ("Nowhere", "--to-account", "home")])
    def test_what_is_not_there_is_wrong_usage(self, old: Bench, arguments: tuple[str, ...]) -> None:
        assert old.run("move", old.id(101), *arguments).exit_code == 2
        assert old.json("queue", "list") == []


def test_what_lives_here_alone_is_named_before_it_is_set_aside(old: Bench) -> None:
    told = old.run("store", "rebuild", "--yes")
    assert "old: 3 messages fetched by POP3" in told.stderr


def test_what_lives_here_alone_is_named_before_its_account_is_removed(old: Bench) -> None:
    told = old.run("account", "remove", "old", "--yes")
    assert told.exit_code == 0
    assert "The server keeps" not in told.stdout
    store = Store(old.data)
    assert [one.account for one in store.mail.read(read.list_messages)].count("old") == 0
    store.close()
