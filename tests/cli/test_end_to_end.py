"""Command lines against a running server: what one store changes, another one sees."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import Bench
from tuimail.demo.server import DemoServer

ENTRY = """
[accounts.sea]
address = "{address}"
  [accounts.sea.imap]
  host = "{host}"
  port = {port}
  security = "none"
  username = "{username}"
"""


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with DemoServer.start() as started:
        yield started


@pytest.fixture
def pair(tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> tuple[Bench, Bench]:
    """Two stores of one account."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("TUIMAIL_PASSWORD_SEA", server.password)
    benches = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        bench = Bench(tmp_path / name)
        bench.config.write_text(
            ENTRY.format(address=server.address, host=server.host, port=server.port, username=server.username)
        )
        benches.append(bench)
    return benches[0], benches[1]


def _facts(bench: Bench) -> list[tuple[str, int, str, tuple[str, ...]]]:
    return sorted(
        (one["mailbox"], one["uid"], one["message_id"], tuple(one["flags"])) for one in bench.json("messages")
    )


def test_changes_made_offline_reach_the_server_and_another_store(pair: tuple[Bench, Bench]) -> None:
    one, two = pair
    assert one.json("sync")["ok"]
    assert two.json("sync")["ok"]
    assert _facts(one) == _facts(two)
    again = one.json("sync")["accounts"]["sea"]
    assert (again["new"], again["changed"], again["vanished"]) == (0, 0, 0)

    ids = [str(message["id"]) for message in one.json("messages", "--mailbox", "INBOX")]
    one.ok("flag", ids[0], ids[1], "--flagged", "--add", "later")
    one.ok("archive", ids[1])
    one.ok("delete", ids[2])
    one.ok("move", ids[3], "Projects/Harbour")
    one.ok("copy", ids[4], "\\Archive")
    one.ok("delete", "--permanent", ids[5])
    waiting = one.json("queue", "list")
    assert {operation["state"] for operation in waiting} == {"waiting"}

    report = one.json("sync")["accounts"]["sea"]
    assert report["pushed"] > 0
    assert one.json("queue", "list") == []
    assert two.json("sync")["ok"]
    assert _facts(one) == _facts(two)
    places = {str(message["id"]): message["mailbox"] for message in one.json("messages")}
    assert [places.get(id_) for id_ in ids[:6]] == [
        "INBOX", "Archive", "Trash", "Projects/Harbour", "INBOX", None,
    ]  # fmt: skip


def test_undo_after_a_sync_is_pushed_at_once(pair: tuple[Bench, Bench]) -> None:
    one, two = pair
    one.json("sync")
    before = [(message["id"], message["mailbox"]) for message in one.json("messages")]
    id_ = str(one.json("messages", "--mailbox", "INBOX", "--limit", "1")[0]["id"])
    one.ok("archive", id_, "--sync")
    assert one.json("queue", "list") == []
    one.ok("undo", "--sync")
    assert one.json("queue", "list") == []
    assert [(message["id"], message["mailbox"]) for message in one.json("messages")] == before
    assert two.json("sync")["ok"]
    assert _facts(one) == _facts(two)


def test_a_message_is_shown_alike_by_both_stores(pair: tuple[Bench, Bench]) -> None:
    one, two = pair
    one.json("sync")
    two.json("sync")
    shown = []
    for bench in pair:
        (message,) = bench.json("messages", "--mailbox", "INBOX", "--limit", "1")
        raw = bench.ok("show", "--raw", str(message["id"])).stdout_bytes
        text = json.loads(bench.ok("show", "--json", str(message["id"])).stdout)["text"]
        assert len(raw) == message["size"]
        shown.append((raw, text))
    assert shown[0] == shown[1]
    assert two.json("queue", "list") == []


def test_a_wrong_password_is_one_sentence(pair: tuple[Bench, Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_SEA", "not-the-one")
    result = pair[0].run("sync", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["accounts"]["sea"]["ok"] is False
    assert "sea" in result.stderr
    assert "Traceback" not in result.output
    assert "not-the-one" not in result.output


def test_a_dry_run_changes_nothing_on_either_side(pair: tuple[Bench, Bench]) -> None:
    one, two = pair
    one.json("sync")
    two.json("sync")
    before, theirs = one.json("messages"), _facts(two)
    id_ = str(before[0]["id"])
    one.ok("flag", id_, "--add", "planned")
    queued = one.json("queue", "list")
    plan = one.json("sync", "--dry-run")["accounts"]["sea"]["plan"]
    assert plan
    assert one.json("queue", "list") == queued
    two.json("sync")
    assert _facts(two) == theirs
    one.ok("undo")


def test_a_mass_deletion_elsewhere_is_held_refused_agreed_to_and_recovered(pair: tuple[Bench, Bench]) -> None:
    one, two = pair
    one.config.write_text(
        one.config.read_text("utf-8") + "\n[sync]\ndeletion_limit = { count = 5, share = 0.1 }\n", "utf-8"
    )
    for bench in pair:
        bench.ok("sync")
    before = one.json("messages", "--mailbox", "INBOX")
    # What is in another mailbox too is not lost when it goes from this one.
    places = Counter(message["message_id"] for message in one.json("messages", "--limit", "1000"))
    chosen = [message["message_id"] for message in before if places[message["message_id"]] == 1][:8]

    def delete_elsewhere() -> None:
        theirs = two.json("messages", "--mailbox", "INBOX")
        two.ok("delete", "--permanent", *(str(one["id"]) for one in theirs if one["message_id"] in chosen))
        two.ok("sync")

    delete_elsewhere()
    plan = one.ok("sync", "--dry-run").stdout
    assert "messages of INBOX are gone from the server: they would be held" in plan
    result = one.run("sync", "--json")
    report = json.loads(result.stdout)["accounts"]["sea"]
    assert (result.exit_code, report["ok"], report["vanished"], report["held"]) == (1, True, 0, 8)
    assert "nothing was removed here" in result.stderr
    assert one.json("messages", "--mailbox", "INBOX") != []
    assert len(one.json("messages", "--mailbox", "INBOX")) == len(before)

    (operation,) = one.json("queue", "list")
    one.ok("queue", "discard", str(operation["op"]))
    one.ok("sync")
    two.ok("sync")
    assert {message["message_id"] for message in two.json("messages", "--mailbox", "INBOX")} >= set(chosen)
    assert {message["id"] for message in one.json("messages", "--mailbox", "INBOX")} == {one["id"] for one in before}

    delete_elsewhere()
    one.run("sync")
    (operation,) = one.json("queue", "list")
    one.ok("queue", "retry", str(operation["op"]))
    assert one.json("sync")["accounts"]["sea"]["vanished"] == 8
    dead = one.json("recover", "list")
    assert {message["message_id"] for message in dead} == set(chosen)
    one.ok("recover", "restore", *(str(message["id"]) for message in dead))
    one.ok("sync")
    two.ok("sync")
    assert _facts(one) == _facts(two)


def test_mailboxes_are_changed_on_the_server_and_seen_by_another_store(pair: tuple[Bench, Bench]) -> None:
    one, two = pair
    assert one.json("sync")["ok"]
    assert two.json("sync")["ok"]
    message = one.json("messages", "--mailbox", "INBOX", "--limit", "1")[0]
    one.ok("mailbox", "create", "sea", "Trips/2026", "--sync")
    one.ok("move", str(message["id"]), "Trips/2026", "--sync")
    one.ok("mailbox", "rename", "sea", "Trips/2026", "Trips/Next", "--sync")
    assert two.json("sync")["ok"]
    (there,) = two.json("messages", "--mailbox", "Trips/Next")
    assert there["message_id"] == message["message_id"]
    one.ok("mailbox", "delete", "sea", "Trips/Next", "--sync")
    assert one.json("queue", "list") == []
    assert two.json("sync")["ok"]
    assert "Trips/Next" not in {mailbox["name"] for mailbox in two.json("mailboxes")}
    one.ok("undo", "4", "--sync")
    assert one.json("queue", "list") == []
    for bench in pair:
        assert bench.json("sync")["ok"]
    assert _facts(one) == _facts(two)
    places = {found["message_id"]: found["mailbox"] for found in two.json("messages", "--mailbox", "INBOX")}
    assert places[message["message_id"]] == "INBOX"
