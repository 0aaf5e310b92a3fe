"""Rules on the screen: one made from an example, shown before it acts, undone; the list of rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.ui.conftest import CONFIG
from tests.ui.driving import press, press_into_dialog, settle, toasts, until
from tests.ui.sample_store import NOW, Place, Sample, deliver, make_place, plain
from tuimail.config.rules import Rule, RuleBook, add_rule, load_rules
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.message import BodyState, Message
from tuimail.store import rules
from tuimail.ui.app import TuimailApp
from tuimail.ui.models.rule_draft import Action, RuleDraft, conditions_of
from tuimail.ui.screens.rule_list import RuleLines, RuleListScreen
from tuimail.ui.screens.rule_maker import RuleMaker, lines_of
from tuimail.ui.session import Session


def example(sender: str = "ada@Example.org", subject: str = "", list_id: str = "") -> Message:
    envelope = Envelope(subject, (Address("Ada", sender),), list_id=list_id)
    where = MessageId(1), "home", MailboxId(1), "INBOX", 1, 1
    return Message(*where, envelope, NOW, 9, Flags(), False, "", BodyState.NONE, False)


def test_what_examples_have_in_common() -> None:
    both = [example(subject="[dev] A", list_id="<dev.example.org>"), example(subject="Re: [dev] B")]
    assert [(one.key, one.value) for one in conditions_of(both)] == [
        ("from", "ada@example.org"), ("tag", "dev"), ("domain", "example.org"),
    ]  # fmt: skip
    assert [one.key for one in conditions_of([example(), example("bo@example.org")])] == ["domain"]
    assert conditions_of([example(), example("bo@example.net")]) == []
    assert conditions_of([]) == []


def test_what_is_chosen_becomes_the_rule() -> None:
    draft = RuleDraft(conditions_of([example()]), "home", {"ada@example.org"})
    draft.toggle(Action.ARCHIVE)
    draft.toggle(Action.SEEN)
    assert draft.rule == Rule(name="ada@example.org 2", from_="ada@example.org", archive=True, seen=True)
    assert draft.what_happens() == "archived and marked as seen"
    draft.toggle(Action.MOVE, target="Work")
    assert (draft.rule.move, draft.rule.archive, draft.rule.account) == ("Work", False, "home")
    draft.toggle(Action.JUNK)
    assert (draft.rule.move, draft.rule.junk, draft.rule.account) == ("", True, "")
    draft.toggle(Action.JUNK)
    draft.toggle(Action.SEEN)
    assert not draft.is_complete


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Three messages of Ada's and one of the shop's."""
    made = make_place(tmp_path / "data")
    shop = Sample(plain("Sale", sender="shop@shop.example", number=9), 90)
    deliver(made, "INBOX", [*(Sample(plain(f"Letter {n}", number=n), 100 * (n + 1)) for n in range(3)), shop])
    yield made
    made.store.close()


@pytest.fixture
def app(place: Place, tmp_path: Path) -> Iterator[TuimailApp]:
    session = Session(place.store, CONFIG, None, config_path=tmp_path / "config.toml", clock=lambda: NOW)
    made = TuimailApp(session)
    made.animation_level = "none"
    yield made
    session.close()


def book(tmp_path: Path) -> RuleBook:
    return load_rules(tmp_path / "rules.toml")


async def test_a_rule_from_an_example_and_its_undo(place: Place, app: TuimailApp, tmp_path: Path) -> None:
    letters = place.ids("INBOX")[1:]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "j", "L")
        await until(pilot, lambda: isinstance(pilot.app.screen, RuleMaker))
        maker = cast("RuleMaker", pilot.app.screen)
        await until(pilot, lambda: "Counting" not in str(maker.query_one("#happens").render()))
        assert lines_of(maker._draft, 3)[1].text.endswith("(•) from ada@example.org")
        told = str(maker.query_one("#happens").render())
        assert "3 messages in the inbox like this" in told
        assert "Letter 0" in told
        await press_into_dialog(pilot, "enter")
        assert pilot.app.screen is maker
        archive = next(n for n, line in enumerate(lines_of(maker._draft, 3)) if line.action is Action.ARCHIVE)
        maker._list.cursor = archive
        await press_into_dialog(pilot, "space")
        assert "3 messages in the inbox would be archived now" in str(maker.query_one("#happens").render())
        await press(pilot, "enter")
        await settle(pilot)
        assert "Rule 'ada@example.org' made, 3 messages filed" in toasts(pilot)
        assert book(tmp_path).rules == (Rule(name="ada@example.org", from_="ada@example.org", archive=True),)
        assert [place.mailbox_of(id_) for id_ in letters] == ["Archive"] * 3
        await press(pilot, "u")
        await settle(pilot)
        assert book(tmp_path).rules == ()
        assert [place.mailbox_of(id_) for id_ in letters] == ["INBOX"] * 3


async def test_the_rules_are_listed_rest_and_go(place: Place, app: TuimailApp, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    add_rule(path, Rule(name="Ada", from_="ada@example.org", move="Work"))
    path.write_text(path.read_text("utf-8") + '\n[[rule]]\nname = "Bad"\n', "utf-8")
    ada = load_rules(path).rules[0]
    inbox = place.mailbox_ids["INBOX"]
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await settle(pilot)
        assert any("has no condition" in toast for toast in toasts(pilot))
        letters = place.ids("INBOX")[1:]
        place.store.mail.write(lambda c: rules.apply_to_new(c, inbox, letters, [ada], now=NOW), durable=True)
        await settle(pilot)
        assert "3 messages filed by rules" in toasts(pilot)
        await press(pilot, "u")
        assert "There is nothing to undo." in toasts(pilot)
        pilot.app.screen.action_run_command("rules.list")  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, RuleListScreen))
        await until(pilot, lambda: bool(pilot.app.screen.query_one(RuleLines).rows))
        (row,) = pilot.app.screen.query_one(RuleLines).rows
        assert (row.rule.name, row.acted, row.last_at) == ("Ada", 3, NOW)
        await pilot.press("space")
        await until(pilot, lambda: load_rules(path).rules[0].disabled)
        await pilot.press("d")
        await until(pilot, lambda: load_rules(path).rules == ())
        assert '[[rule]]\nname = "Bad"' in path.read_text("utf-8")
        await press(pilot, "escape")
