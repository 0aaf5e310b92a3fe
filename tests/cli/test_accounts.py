"""`account` and `store`."""

from __future__ import annotations

import json
import time
from contextlib import closing
from functools import partial

import pytest

from tests.cli.runner import EPOCH, Bench
from tuimail.cli import output
from tuimail.cli.locking import locked
from tuimail.engine.locks import AccountLock
from tuimail.model.ids import MessageId
from tuimail.store import accounts, picture_senders, quirks
from tuimail.store.accounts import AccountState
from tuimail.store.database import Connection
from tuimail.store.muting import change_muted
from tuimail.store.quirks import Fault, ServerFacts
from tuimail.store.store import Store


def test_list(bench: Bench) -> None:
    found = bench.json("account", "list")
    assert [one["name"] for one in found] == ["work", "home"]
    assert found[0]["host"] == "127.0.0.1"
    lines = bench.ok("account", "list").stdout.splitlines()
    assert lines[0].split() == ["NAME", "STATE", "SYNCED", "COLOR", "ADDRESS", "SERVER"]
    assert lines[1].split() == ["work", "not", "running", "never", "blue", "ada@example.org", "imap://127.0.0.1:1"]


def test_list_in_order_with_colours(bench: Bench) -> None:
    text = bench.config.read_text("utf-8").replace(
        "# the old one", '[accounts.home]\norder = 0\nhidden = true\ncolor = "blue"\n'
    )
    bench.config.write_text(text, "utf-8")
    found = bench.json("account", "list")
    assert [(one["name"], one["place"], one["color"], one["hidden"]) for one in found] == [
        ("home", 1, "blue", True),
        ("work", 2, "orange", False),
    ]
    assert bench.ok("account", "list").stdout.splitlines()[1].split()[:2] == ["home", "(hidden)"]
    bench.config.write_text(text.replace('"blue"', '"mauve"'), "utf-8")
    result = bench.run("account", "list")
    assert result.exit_code == 2
    assert 'found "mauve"' in result.stderr


def test_list_tells_what_an_account_came_to(bench: Bench) -> None:
    def write(connection: Connection) -> None:
        ids = {status.name: status.id for status in accounts.list_accounts(connection)}
        accounts.set_status(connection, ids["work"], AccountState.OFFLINE, error="No route.", now=EPOCH)
        accounts.set_synced(connection, ids["home"], EPOCH)
        accounts.set_status(connection, ids["home"], AccountState.IDLE, now=EPOCH)

    store = Store(bench.data)
    store.mail.write(write, durable=True)
    store.close()
    with locked(bench.data, ["home"]):
        _titles, work, home, problem = bench.ok("account", "list").stdout.splitlines()
    assert work.split()[:3] == ["work", "failed", "never"]
    assert home.split()[:4] == ["home", "idle", *output.local_time(EPOCH).split()]
    assert problem == "Account work: No route."
    assert "home  not running" in bench.ok("account", "list").stdout, "whoever was at work has ended"
    assert [one["state"] for one in bench.json("account", "list")] == ["offline", "offline"]


def test_show_tells_the_source_of_the_secret_and_never_the_secret(bench: Bench) -> None:
    text = bench.ok("account", "show", "work").stdout
    assert "password_from: password_command (printf)" in text
    found = bench.json("account", "show", "work")
    assert found["imap"]["password_from"] == "password_command (printf)"
    assert (found["imap"]["port"], found["imap"]["security"]) == (1, "none")
    assert "opensesame" not in text + str(found)
    assert bench.json("account", "show", "home")["imap"]["password_from"] == "none: asked for on a terminal"
    result = bench.run("account", "show", "wrok")
    assert result.exit_code == 2
    assert "Did you mean 'work'?" in result.stderr


def test_show_says_what_is_not_set(bench: Bench) -> None:
    lines = bench.ok("account", "show", "home").stdout.splitlines()
    assert "display_name: not set" in lines
    assert not [line for line in lines if line.endswith(": ")]


def test_show_tells_what_the_server_fails_at(bench: Bench) -> None:
    assert "not_used: nothing" in bench.ok("account", "show", "work").stdout
    faults = {
        "MOVE": Fault("UID MOVE: BAD What?", int(time.time())),
        "ESEARCH": Fault("BAD long ago", EPOCH),
        "QRESYNC": Fault("no longer offered", int(time.time())),
    }

    def write(connection: Connection) -> None:
        account_id = accounts.ensure_account(connection, "work")
        quirks.save_facts(connection, account_id, ServerFacts(("ESEARCH", "MOVE"), {}, faults))

    store = Store(bench.data)
    store.mail.write(write, durable=True)
    store.close()
    assert bench.json("account", "show", "work")["not_used"] == {"MOVE": "UID MOVE: BAD What?"}
    assert "  MOVE: UID MOVE: BAD What?" in bench.ok("account", "show", "work").stdout.splitlines()
    assert bench.json("account", "show", "home")["not_used"] == {}
    checked = json.loads(bench.run("account", "check", "work", "--json").stdout)["checks"][-1]
    assert (checked["name"], checked["state"]) == ("not used", "warning")
    assert checked["details"] == {"MOVE": "UID MOVE: BAD What?"}
    assert "UID MOVE: BAD What?" in bench.run("account", "check", "work").stdout
    others = json.loads(bench.run("account", "check", "home", "--json").stdout)["checks"]
    assert "not used" not in {check["name"] for check in others}


def test_remove_asks_and_forgets(bench: Bench) -> None:
    bench.ok("archive", bench.id(1))
    result = bench.run("account", "remove", "work", given="n\n")
    assert result.exit_code == 1
    assert "1 change of work did not reach the server" in result.stderr
    assert "Nothing was changed." in result.stderr
    assert len(bench.json("account", "list")) == 2
    result = bench.run("account", "remove", "work", given="y\n")
    assert result.exit_code == 0
    assert "The server keeps everything." in result.stdout
    assert [one["name"] for one in bench.json("account", "list")] == ["home"]
    assert {one["account"] for one in bench.json("messages")} == {"home"}
    text = bench.config.read_text("utf-8")
    assert "# the old one" in text
    assert "accounts.work" not in text


def test_remove_without_anyone_to_ask_is_wrong_usage(bench: Bench) -> None:
    result = bench.run("account", "remove", "work")
    assert result.exit_code == 2
    assert "Add --yes" in result.stderr
    assert len(bench.json("account", "list")) == 2


def test_remove_can_keep_the_mail_and_a_second_time_takes_it(bench: Bench) -> None:
    bench.ok("account", "remove", "home", "--yes", "--keep-mail")
    assert bench.ids[8] in {one["id"] for one in bench.json("messages")}
    bench.ok("account", "remove", "home", "--yes")
    assert bench.ids[8] not in {one["id"] for one in bench.json("messages")}
    assert bench.run("account", "remove", "home", "--yes").exit_code == 2


@pytest.mark.parametrize("command", [["account", "remove", "work", "--yes"], ["store", "rebuild", "--yes"]])
def test_an_account_that_is_being_synced_is_left_alone(bench: Bench, command: list[str]) -> None:
    lock = AccountLock(bench.data, "work")
    assert lock.try_acquire()
    result = bench.run(*command)
    lock.release()
    assert result.exit_code == 1
    assert "being synced by another tuimail" in result.stderr
    assert len(bench.json("messages")) == 8


def test_rebuild_tells_what_would_be_lost(bench: Bench) -> None:
    bench.ok("archive", bench.id(1))
    result = bench.run("store", "rebuild", given="no\n")
    assert result.exit_code == 1
    assert "work: move, 1 message, INBOX → Archive" in result.stderr
    result = bench.run("store", "rebuild", "--yes")
    assert result.exit_code == 0
    assert "mail.db.damaged-" in result.stdout
    assert bench.json("messages") == []


def test_rebuild_tells_what_no_server_knows(bench: Bench) -> None:
    bench.ok("snooze", bench.id(1), bench.id(2), "3h")
    with closing(Store(bench.data)) as store:
        store.mail.write(partial(change_muted, ids=[MessageId(3)], muted=True, now=EPOCH), durable=True)
        store.mail.write(partial(picture_senders.allow, address="ada@example.org", now=EPOCH), durable=True)
    told = bench.run("store", "rebuild", given="no\n").stderr
    assert "2 snoozed messages: the time to come back would be forgotten; what is snoozed stays in its mailbox." in told
    assert "1 muted thread would be news again." in told
    assert "Pictures of 1 sender would be asked about again." in told


def test_a_damaged_store_is_told_and_rebuilt(bench: Bench) -> None:
    path = bench.data / "mail.db"
    path.write_bytes(b"no database" * 1000)
    for command in (["messages"], ["archive", "1"], ["queue", "list", "--json"], ["sync", "--json"]):
        result = bench.run(*command)
        assert result.exit_code == 1
        assert "is damaged" in result.output
        assert "tuimail store rebuild" in result.output
    result = bench.run("store", "rebuild", "--yes")
    assert result.exit_code == 0
    assert "The journal cannot be read" in result.stderr
    assert bench.json("messages") == []
