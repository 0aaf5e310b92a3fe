"""`snooze`, `unsnooze`: away until a time and back, in the store."""

from __future__ import annotations

import json
import time

import pytest

from tests.cli.runner import Bench
from tuimail.store import snooze_rows
from tuimail.store.store import Store


def _place(bench: Bench, number: int) -> str:
    return str(next(one["mailbox"] for one in bench.json("messages") if one["id"] == bench.ids[number]))


def test_away_listed_and_back(bench: Bench) -> None:
    bench.ok("snooze", bench.id(1), bench.id(2), "3h")
    assert (_place(bench, 1), _place(bench, 2)) == ("Snoozed", "Snoozed")
    listed = bench.json("snooze", "--list")
    assert {one["id"] for one in listed} == {bench.ids[1], bench.ids[2]}
    assert all(one["snoozed_until"] > one["date"] for one in listed)
    assert "UNTIL" in bench.ok("snooze", "--list").stdout
    assert bench.ok("unsnooze", bench.id(1)).stdout == "1 message woken.\n"
    assert (_place(bench, 1), _place(bench, 2)) == ("INBOX", "Snoozed")
    bench.ok("undo", "2")
    assert (_place(bench, 1), _place(bench, 2)) == ("INBOX", "INBOX")
    assert bench.json("snooze", "--list") == []


def test_a_new_time(bench: Bench) -> None:
    bench.ok("snooze", bench.id(1), "3h")
    (done,) = json.loads(bench.ok("snooze", bench.id(1), "2050-12-31 9:00", "--json").stdout)
    assert done["ids"] == [bench.ids[1]]
    store = Store(bench.data)
    try:
        due = store.mail.read(snooze_rows.next_due)
    finally:
        store.close()
    assert due is not None
    assert due > time.time() + 86_400


@pytest.mark.parametrize("arguments", [[], ["1"], ["--list", "1"], ["1", "yesterday"], ["1", "soon"]])
def test_wrong_usage(bench: Bench, arguments: list[str]) -> None:
    assert bench.run("snooze", *arguments).exit_code == 2
    assert bench.json("queue", "list") == []


def test_what_is_not_snoozed_is_named(bench: Bench) -> None:
    result = bench.run("unsnooze", bench.id(3))
    assert result.exit_code == 1
    assert f"Message {bench.ids[3]} is not snoozed" in result.stderr
