"""`mailboxes`, `messages`, `show`, `locate`: what the store has, offline."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import BODY, Bench
from tuimail.model.ids import MessageId
from tuimail.store import bodies
from tuimail.store.store import Store

MESSAGE_KEYS = [
    "id", "account", "mailbox", "uid", "message_id", "thread_id", "subject", "from", "to", "cc", "date",
    "internal_date", "size", "flags", "has_attachments", "snippet", "body", "pending",
]  # fmt: skip


def test_mailboxes_as_json(bench: Bench) -> None:
    found = bench.json("mailboxes", "work")
    assert [(one["name"], one["special_use"], one["total"], one["unseen"]) for one in found] == [
        ("INBOX", "\\Inbox", 6, 5),
        ("Archive", "\\Archive", 0, 0),
        ("Trash", "\\Trash", 1, 1),
        ("Work", None, 0, 0),
    ]
    assert found[1] == {
        "account": "work", "name": "Archive", "special_use": "\\Archive", "attributes": ["\\HasNoChildren"],
        "delimiter": "/", "total": 0, "unseen": 0, "uid_validity": None, "uid_next": None, "highest_modseq": None,
        "subscribed": True, "selectable": True, "synced_at": None,
    }  # fmt: skip
    assert len(bench.json("mailboxes")) == 8


def test_mailboxes_as_text_are_aligned_columns(bench: Bench) -> None:
    lines = bench.ok("mailboxes", "work").stdout.splitlines()
    assert lines[0].split() == ["ACCOUNT", "MAILBOX", "USE", "UNSEEN", "TOTAL", "SYNCED"]
    assert lines[1].split() == ["work", "INBOX", "\\Inbox", "5", "6"]
    assert lines[1].index("INBOX") == lines[0].index("MAILBOX")


def test_an_unknown_account_is_wrong_usage_and_the_nearest_is_named(bench: Bench) -> None:
    for arguments in (["mailboxes", "wrok"], ["messages", "--account", "wrok"], ["sync", "wrok"]):
        result = bench.run(*arguments)
        assert result.exit_code == 2
        assert "Did you mean 'work'?" in result.stderr
        assert result.stdout == ""


def test_messages_as_json(bench: Bench) -> None:
    found = bench.json("messages", "--account", "work", "--mailbox", "INBOX")
    assert [one["uid"] for one in found] == [6, 5, 4, 3, 2, 1]
    first = found[-1]
    assert list(first) == MESSAGE_KEYS
    assert first == {
        "id": bench.ids[1], "account": "work", "mailbox": "INBOX", "uid": 1, "message_id": "<1@example.org>",
        "thread_id": first["thread_id"], "subject": "Subject 1",
        "from": [{"name": "Bo Example", "address": "bo@example.org"}],
        "to": [{"name": "", "address": "ada@example.org"}], "cc": [{"name": "Cy", "address": "cy@example.org"}],
        "date": "2023-11-14T22:13:21Z", "internal_date": "2023-11-14T22:14:21Z", "size": 1001,
        "flags": ["\\Seen", "todo"], "has_attachments": True, "snippet": "Grüße", "body": "full", "pending": False,
    }  # fmt: skip
    assert found[0]["body"] == "none"


def test_messages_of_a_window_a_use_and_all_accounts(bench: Bench) -> None:
    def uids(*arguments: str) -> list[int]:
        return [one["uid"] for one in bench.json("messages", *arguments)]

    assert uids() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert uids("--limit", "2", "--offset", "1") == [7, 6]
    assert uids("--limit", "0") == []
    assert uids("--mailbox", "\\Inbox") == [8, 6, 5, 4, 3, 2, 1]
    assert uids("--mailbox", "inbox", "--limit", "2") == [8, 6]
    assert uids("--mailbox", "\\Trash", "--account", "work") == [7]
    assert uids("--account", "home") == [8]
    assert uids("--limit", str(2**63 - 1), "--offset", str(2**63 - 1)) == []


def test_a_use_of_all_accounts_leaves_hidden_ones_out(bench: Bench) -> None:
    text = bench.config.read_text("utf-8").replace("# the old one", "[accounts.home]\nhidden = true\n")
    bench.config.write_text(text, "utf-8")
    assert [one["uid"] for one in bench.json("messages", "--mailbox", "\\Inbox", "--limit", "2")] == [6, 5]
    assert [one["uid"] for one in bench.json("messages", "--mailbox", "\\Inbox", "--account", "home")] == [8]
    assert [one["uid"] for one in bench.json("messages", "--mailbox", "INBOX", "--limit", "2")] == [8, 6]


def test_mailboxes_stand_in_the_order_of_the_accounts(bench: Bench) -> None:
    assert [one["account"] for one in bench.json("mailboxes")] == ["work"] * 4 + ["home"] * 4
    bench.config.write_text(
        bench.config.read_text("utf-8").replace("# the old one", "[accounts.home]\norder = 0\n"), "utf-8"
    )
    assert [one["account"] for one in bench.json("mailboxes")] == ["home"] * 4 + ["work"] * 4


def test_conversations_stand_together_the_newest_first(bench: Bench) -> None:
    found = bench.json("messages", "--mailbox", "INBOX", "--account", "work", "--threads")
    assert [one["uid"] for one in found] == [6, 3, 5, 2, 4, 1]
    lines = bench.ok("messages", "--mailbox", "INBOX", "--account", "work", "--threads").stdout.splitlines()
    assert ["  Subject 3" in line for line in lines[1:3]] == [False, True]


def test_a_window_of_conversations_counts_in_their_order(bench: Bench) -> None:
    def uids(*arguments: str) -> list[int]:
        return [one["uid"] for one in bench.json("messages", "--account", "work", "--threads", *arguments)]

    assert uids("--mailbox", "INBOX", "--limit", "2", "--offset", "1") == [3, 5]
    whole = uids()
    assert sorted(whole) == sorted(one["uid"] for one in bench.json("messages", "--account", "work"))
    assert [uids("--limit", "1", "--offset", str(start))[0] for start in range(len(whole))] == whole
    threads = [one["thread_id"] for one in bench.json("messages", "--threads")]
    assert len(set(threads)) == 1 + sum(one != other for one, other in itertools.pairwise(threads))


def test_a_mailbox_that_is_not_there_is_wrong_usage(bench: Bench) -> None:
    result = bench.run("messages", "--mailbox", "Wrok", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Did you mean 'Work'?" in result.stderr


def test_the_list_for_people_has_a_limit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.cli.commands.messages.DEFAULT_LIMIT", 3)
    assert len(bench.ok("messages").stdout.splitlines()) == 1 + 3
    assert len(bench.json("messages")) == 8


def test_columns_tell_apart_what_the_options_left_open(bench: Bench) -> None:
    def titles(*arguments: str) -> list[str]:
        return bench.ok("messages", *arguments).stdout.splitlines()[0].split()

    assert titles() == ["ID", "FLAGS", "DATE", "SIZE", "ACCOUNT", "MAILBOX", "FROM", "SUBJECT"]
    assert titles("--account", "work") == ["ID", "FLAGS", "DATE", "SIZE", "MAILBOX", "FROM", "SUBJECT"]
    assert titles("--account", "work", "--mailbox", "INBOX") == ["ID", "FLAGS", "DATE", "SIZE", "FROM", "SUBJECT"]
    assert " 1.0 K  work     Trash    Bo Example  Subject 7\n" in bench.ok("messages").stdout
    assert "a change of it waits" in bench.ok("messages", "--help").stdout


def test_show_as_text(bench: Bench) -> None:
    text = bench.ok("show", bench.id(1)).stdout
    assert "From: Bo Example <bo@example.org>\n" in text
    assert "Grüße" in text
    assert "\x1b" not in text
    assert "2  plan.pdf  application/pdf  5" in text


def test_show_raw_is_exact_and_a_part_is_decoded(bench: Bench) -> None:
    assert bench.ok("show", "--raw", bench.id(1)).stdout_bytes == BODY
    assert bench.ok("show", bench.id(1), "--part", "2").stdout_bytes == b"%PDF-"
    result = bench.run("show", bench.id(1), "--part", "9")
    assert result.exit_code == 1
    assert "It has: 1, 2" in result.stderr


def test_show_as_json(bench: Bench) -> None:
    found = json.loads(bench.ok("show", bench.id(1), "--json").stdout)
    assert list(found)[: len(MESSAGE_KEYS)] == MESSAGE_KEYS
    assert ["Reply-To", "list@example.org"] in found["headers"]
    assert found["attachments"] == [
        {"part": "2", "filename": "plan.pdf", "type": "application/pdf", "size": 5, "inline": False}
    ]
    assert found["text"].startswith("Grüße")
    assert (found["html"], found["reply_to"], found["authentication"]) == (None, "list@example.org", None)


SPOOFED = (
    b"Received: from mail.shop.example ([192.0.2.7]) by mx.example.org; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
    b'From: "bank@example.net" <bo@shop.example>\r\nReply-To: cy@other.example\r\nSubject: Hello\r\n\r\nHello.\r\n'
)


def _put(bench: Bench, octets: bytes) -> None:
    """The body of the first message."""
    store = Store(bench.data)
    store.bodies.write(lambda c: bodies.save_chunks(c, bench.ids[1], bodies.compress(octets)), durable=True)
    store.close()


def test_doubts_about_the_sender_stand_under_the_header(bench: Bench) -> None:
    assert "\nSender:" not in bench.ok("show", bench.id(1)).stdout
    _put(bench, SPOOFED)
    head, _, body = bench.ok("show", bench.id(1)).stdout.partition("\n\n")
    assert head.split("\n")[-2:] == [
        "Sender: ! The sender’s name is bank@example.net, but it comes from bo@shop.example.",
        "Sender: ! An answer would not go to the sender, but to cy@other.example.",
    ]
    assert body == "Hello.\n"
    sender = bench.json("show", bench.id(1))["sender"]
    assert (sender["word"], sender["detail"]) == ("unknown", ["No server that you trust has checked it."])
    assert [(one["kind"], one["text"][:17]) for one in sender["doubts"]] == [
        ("warning", "The sender’s name"), ("warning", "An answer would n"),
    ]  # fmt: skip


def test_what_else_is_to_be_said_stands_there_too(bench: Bench) -> None:
    _put(bench, BODY.removesuffix(b"--b--\r\n"))
    words = "The end of this message is missing; what came is shown."
    assert f"\nNote: · {words}\n\n" in bench.ok("show", bench.id(1)).stdout
    assert bench.json("show", bench.id(1))["notices"] == [{"kind": "note", "text": words, "detail": []}]


def test_what_the_own_server_found_out_is_told(bench: Bench) -> None:
    failed = b"Authentication-Results: mx.example.org; dmarc=fail (p=reject) header.from=shop.example\r\n"
    _put(bench, failed + SPOOFED)
    assert "Sender: ! Your server found that this is probably not from shop.example.\n" in (
        bench.ok("show", bench.id(1)).stdout
    )
    assert bench.json("show", bench.id(1))["sender"]["word"] == "failed"


def test_show_headers_and_html(bench: Bench) -> None:
    assert "Subject: Hello\n" in bench.ok("show", "--headers", bench.id(1)).stdout
    result = bench.run("show", "--html", bench.id(1))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "has no HTML text" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["show", "1", "--raw", "--json"], ["show", "1", "2", "--raw"], ["show", "x"], ["show", "0"], ["show"]]
)
def test_show_refuses_what_cannot_be_meant(bench: Bench, arguments: list[str]) -> None:
    assert bench.run(*arguments).exit_code == 2


def test_what_does_not_exist_is_named_and_the_rest_is_shown(bench: Bench) -> None:
    result = bench.run("show", "777", bench.id(1), str(2**63 - 1), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["id"] == bench.ids[1]
    assert "There is no message 777." in result.stderr
    assert str(2**63 - 1) in result.stderr


def test_a_body_that_is_not_here_cannot_be_shown_offline(bench: Bench) -> None:
    result = bench.run("show", bench.id(1), bench.id(2), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["id"] == bench.ids[1]
    assert f"Message {bench.id(2)} is not here yet and could not be fetched" in result.stderr
    assert "opensesame" not in result.output


def test_a_body_is_fetched_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fetch_bodies(store: Store, _config: object, ids: Sequence[MessageId], **_more: Any) -> dict[int, str]:
        for id_ in ids:
            chunks = bodies.compress(b"Subject: fetched\r\n\r\nwords\r\n")
            store.bodies.write(lambda c, id_=id_, chunks=chunks: bodies.save_chunks(c, id_, chunks), durable=True)  # type: ignore[misc]
            store.mail.write(lambda c, id_=id_: bodies.point_to_body(c, id_, "words"), durable=True)  # type: ignore[misc]
        return {}

    monkeypatch.setattr("tuimail.engine.run.fetch_bodies", fetch_bodies)
    found = json.loads(bench.ok("show", bench.id(2), "--json").stdout)
    assert (found["text"], found["body"], found["snippet"]) == ("words\n", "full", "words")


def test_a_body_that_the_store_lost_is_told(bench: Bench) -> None:
    store = Store(bench.data)
    bodies.drop(store.bodies, [bench.ids[1]])
    store.close()
    result = bench.run("show", bench.id(1))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "missing from the store" in result.stderr


def test_locate(bench: Bench) -> None:
    assert bench.ok("locate", "config").stdout == f"{bench.config}\n"
    assert bench.ok("locate", "data").stdout == f"{bench.data}\n"
    assert bench.ok("locate", "themes").stdout == f"{bench.config.parent / 'themes'}\n"
    assert bench.run("locate", "treasure").exit_code == 2


def test_attachments_are_saved(bench: Bench, tmp_path: Path) -> None:
    first, second = (
        bench.ok("show", bench.id(1), "--save", str(tmp_path)),
        bench.ok("show", bench.id(1), "--save", str(tmp_path)),
    )
    assert first.stdout == f"{tmp_path}/plan.pdf\n"
    assert second.stdout == f"{tmp_path}/plan (2).pdf\n"
    assert (tmp_path / "plan.pdf").read_bytes() == b"%PDF-"


def test_attachments_that_cannot_be_saved(bench: Bench, tmp_path: Path) -> None:
    result = bench.run("show", bench.id(1), "--save", str(tmp_path / "none"))
    assert result.exit_code == 1
    assert "plan.pdf was not saved: there is no such directory" in result.stderr
    assert bench.run("show", bench.id(1), "--save", str(tmp_path), "--raw").exit_code == 2


def test_a_part_that_cannot_be_fetched(bench: Bench) -> None:
    result = bench.run("show", bench.id(2), "--part", "2")
    assert result.exit_code == 1
    assert "could not be fetched" in result.stderr
    assert result.stdout == ""
