"""`rules`: made, listed, tried out and taken away on the command line."""

from __future__ import annotations

import pytest

from tests.cli.runner import Bench


def _places(bench: Bench) -> dict[int, str]:
    return {one["id"]: one["mailbox"] for one in bench.json("messages", "--account", "work")}


def test_made_applied_listed_and_undone(bench: Bench) -> None:
    before = _places(bench)
    inbox = [id_ for id_, name in before.items() if name == "INBOX"]
    path = bench.root / "rules.toml"
    result = bench.ok("rules", "add", "Bo", "--from", "bo@example.org", "--account", "work", "--archive", "--apply")
    assert result.stdout == "Rule 'Bo' made, 6 messages filed.\n"
    assert 'from = "bo@example.org"' in path.read_text("utf-8")
    (listed,) = bench.json("rules", "list")
    assert {key: listed[key] for key in ("name", "archive", "disabled", "acted")} == {
        "name": "Bo",
        "archive": True,
        "disabled": False,
        "acted": 6,
    }
    assert "from bo@example.org, in work" in bench.ok("rules", "list").stdout
    assert {_places(bench)[id_] for id_ in inbox} == {"Archive"}
    bench.ok("undo")
    assert _places(bench) == before
    assert bench.json("rules", "list") == []
    assert "[[rule]]" not in path.read_text("utf-8")


def test_tried_out_changes_nothing(bench: Bench) -> None:
    bench.ok("rules", "add", "Domain", "--domain", "example.org", "--delete")
    (tried,) = bench.json("rules", "test")
    assert len(tried["ids"]) == 7
    assert "would be moved to Trash" in bench.ok("rules", "test", "Domain").stdout
    bench.ok("rules", "disable", "Domain")
    assert bench.json("rules", "test") == []
    bench.ok("rules", "enable", "Domain")
    assert len(bench.json("rules", "test")) == 1
    assert bench.json("queue", "list") == []
    assert bench.ok("rules", "remove", "Domain").stdout == "Rule 'Domain' removed.\n"
    assert bench.json("rules", "list") == []
    bench.ok("undo")
    assert [one["name"] for one in bench.json("rules", "list")] == ["Domain"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "x", "--seen"],
        ["add", "x", "--tag", "a"],
        ["add", "x", "--tag", "a", "--junk", "--archive"],
        ["add", "x", "--tag", "a", "--seen", "--account", "nobody"],
        ["remove", "nobody"],
        ["disable", "nobody"],
        ["test", "nobody"],
    ],
)
def test_wrong_usage(bench: Bench, arguments: list[str]) -> None:
    assert bench.run("rules", *arguments).exit_code == 2
    assert not (bench.root / "rules.toml").exists()


def test_a_faulty_rule_is_named(bench: Bench) -> None:
    (bench.root / "rules.toml").write_text('[[rule]]\nname = "x"\ntag = "a"\nseen = true\narchiv = true\n', "utf-8")
    result = bench.run("rules", "list")
    assert result.exit_code == 1
    assert "unknown key `archiv`" in result.stderr
