"""rules.toml: strict, rule by rule; edited with its comments left alone."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.config.rules import Rule, add_rule, load_rules, remove_rule, rule_text, set_disabled
from tuimail.model.errors import ConfigError

FILE = """\
# Mine.

# The harbour.
[[rule]]
name = "Harbour"  # it is loud
list_id = "news.harbour.example"
move = "Lists/Harbour"

# The shop.
[[rule]]
name = "Shop"
domain = "shop.example"
archive = true
seen = true
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "rules.toml"
    made.write_text(FILE, "utf-8")
    return made


def test_none_without_a_file(tmp_path: Path) -> None:
    book = load_rules(tmp_path / "rules.toml")
    assert (book.rules, book.problems) == ((), ())


def test_rules_in_their_order(path: Path) -> None:
    book = load_rules(path)
    assert book.rules == (
        Rule(name="Harbour", list_id="news.harbour.example", move="Lists/Harbour"),
        Rule(name="Shop", domain="shop.example", archive=True, seen=True),
    )
    assert book.problems == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "X"\nform = "a@b.example"\nseen = true', "Did you mean `from`?"),
        ('name = "X"\nseen = true', "no condition"),
        ('name = "X"\ntag = "x"', "does nothing"),
        ('name = "X"\ntag = "x"\nmove = "A"\njunk = true', "both `move` and `junk`"),
        ('tag = "x"\nseen = true', "lacks `name`"),
        ('name = "X"\ntag = 3\nseen = true', "expected text"),
        ('name = "X"\ntag = "x"\nseen = "yes"', "expected true or false"),
        ('name = "Shop"\ntag = "x"\nseen = true', "two rules are called 'Shop'"),
    ],
)
def test_a_faulty_rule_is_named_and_left_out(path: Path, text: str, said: str) -> None:
    path.write_text(f"{FILE}\n[[rule]]\n{text}\n", "utf-8")
    book = load_rules(path)
    assert [rule.name for rule in book.rules] == ["Harbour", "Shop"]
    (problem,) = book.problems
    assert said in problem
    assert str(path) in problem


@pytest.mark.parametrize("text", ["[[rule]\n", "\x00", "rule = 3\n", "rules = []\n", "rule = [3]\n"])
def test_a_faulty_file_is_named(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    book = load_rules(path)
    assert book.rules == ()
    assert len(book.problems) == 1


def test_comments_stay_with_what_they_are_about(path: Path) -> None:
    added = Rule(name="Dev", tag="dev", flag=True)
    add_rule(path, added)
    assert path.read_text("utf-8") == f'{FILE}\n[[rule]]\nname = "Dev"\ntag = "dev"\nflag = true\n'
    assert remove_rule(path, "Dev") == '[[rule]]\nname = "Dev"\ntag = "dev"\nflag = true\n'
    assert path.read_text("utf-8") == FILE
    set_disabled(path, "Harbour", disabled=True)
    assert FILE.replace('"Lists/Harbour"\n', '"Lists/Harbour"\ndisabled = true\n') == path.read_text("utf-8")
    assert [rule.name for rule in load_rules(path).active] == ["Shop"]
    set_disabled(path, "Harbour", disabled=False)
    assert path.read_text("utf-8") == FILE
    remove_rule(path, "Harbour")
    assert path.read_text("utf-8").startswith("# Mine.\n\n# The harbour.\n# The shop.\n[[rule]]\n")
    assert [rule.name for rule in load_rules(path).rules] == ["Shop"]


def test_rules_in_an_inline_array(path: Path) -> None:
    path.write_text('rule = [{name = "A", tag = "a", seen = true}, {name = "B", tag = "b", seen = true}]\n', "utf-8")
    set_disabled(path, "B", disabled=True)
    remove_rule(path, "A")
    assert load_rules(path).rules == (Rule(name="B", tag="b", seen=True, disabled=True),)


def test_a_name_that_is_taken_or_unknown(path: Path) -> None:
    with pytest.raises(ConfigError, match="already"):
        add_rule(path, Rule(name="Shop", tag="x", seen=True))
    with pytest.raises(ConfigError, match="no rule 'Nobody'"):
        remove_rule(path, "Nobody")
    assert path.read_text("utf-8") == FILE


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)


@settings(max_examples=60, deadline=None)
@given(name=texts.filter(bool), value=texts.filter(bool), move=texts, seen=st.booleans())
def test_any_rule_is_written_as_it_is(name: str, value: str, move: str, seen: bool) -> None:
    rule = Rule(name=name, from_=value, move=move, seen=seen)
    (table,) = tomllib.loads(rule_text(rule))["rule"]
    assert (table["name"], table["from"]) == (name, value)
    assert (table.get("move", ""), table.get("seen", False)) == (move, seen)
