"""What the palette finds, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store import query
from tuimail.store.contacts import Contact
from tuimail.ui.commands.command import Command, Context
from tuimail.ui.commands.keymap import build_keymap
from tuimail.ui.models import fuzzy
from tuimail.ui.models.listing import SearchKey
from tuimail.ui.models.palette_model import (
    Kind,
    PaletteModel,
    command_entries,
    listing_entries,
    pile_of,
    pile_of_people,
    search_entries,
)


def _command(id_: str, keys: str, title: str, context: Context, footer: str = "") -> Command:
    return Command(id_, keys, title, (context,), f"Helps to {title.lower()}.", footer, lambda _desk: None)


COMMANDS = {
    command.id: command
    for command in (
        _command("message.next", "j", "Next", Context.MESSAGES),
        _command("message.archive", "a", "Archive", Context.MESSAGES, "Archive"),
        _command("mailbox.new", "n", "New mailbox", Context.MAILBOXES),
        _command("app.quit", "q", "Quit", Context.EVERYWHERE, "Quit"),
        _command("queue.retry", "r", "Retry", Context.QUEUE),
    )
}
KEYMAP = build_keymap(COMMANDS, {})


def mailbox(number: int, name: str, account: str = "home", use: SpecialUse | None = None) -> Mailbox:
    """A mailbox of an account."""
    return Mailbox(
        id=MailboxId(number),
        account_id=AccountId(1 if account == "home" else 2),
        account=account,
        name=name,
        delimiter="/",
        attributes=(),
        uid_validity=None,
        uid_next=None,
        highest_mod_seq=None,
        special_use=use,
        subscribed=True,
        selectable=True,
        total=0,
        unseen=0,
        revision=0,
        synced_at=None,
    )


def model(*recent: str, here: Context = Context.MESSAGES) -> PaletteModel:
    """A palette with a few of each kind."""
    made = PaletteModel(command_entries(COMMANDS.values(), KEYMAP, here), recent, can_search=here is not Context.QUEUE)
    if here is not Context.QUEUE:
        made.add(pile_of(search_entries({"Invoices": "subject:invoice"})))
        made.add(pile_of(listing_entries([], [mailbox(1, "INBOX"), mailbox(2, "Work/Archive"), mailbox(3, "Lists")])))
        made.add(
            pile_of_people([Contact("ada@example.org", "Ada Quill", 3, 1, 0), Contact("arch@example.net", "", 1, 0, 0)])
        )
    return made


def titles(model_: PaletteModel, query: str) -> list[str]:
    """What is found, in order."""
    return [row.entry.title for row in model_.rows(query)]


def test_all_kinds_are_found_in_one_list() -> None:
    found = model().rows("arch")
    assert [row.entry.title for row in found] == [
        "Archive",
        "Work/Archive",
        "arch@example.net",
        "Search for 'arch'",
    ]
    assert [row.entry.kind for row in found] == [Kind.COMMAND, Kind.MAILBOX, Kind.PERSON, Kind.SEARCH]
    assert found[1].places == frozenset(range(5, 9))


def test_nothing_typed_shows_what_was_chosen_then_what_is_at_hand() -> None:
    at_hand = ["Archive", "Quit", "Invoices", "Inbox", "Work/Archive", "Lists", "Ada Quill <ada@example.org>"]
    assert titles(model(), "")[:7] == at_hand
    lately = titles(model("search from:bo", "mailbox home Lists", "command app.quit", "command gone"), "")
    assert lately[:4] == ["from:bo", "Lists", "Quit", "Archive"]
    assert len(lately) == len(set(lately))


def test_what_was_chosen_lately_goes_before_what_matches_as_well() -> None:
    assert titles(model("mailbox home Work/Archive"), "arch")[0] == "Work/Archive"


def test_commands_of_other_panes_come_last_and_say_where_they_work() -> None:
    row = model().rows("new mailbox")[0]
    assert (row.entry.context, row.entry.note) == (Context.MAILBOXES, "Mailboxes n")
    assert "New mailbox" not in titles(model(), "")
    assert "Retry" not in titles(model(), "retry")


def test_a_screen_of_its_own_has_its_commands_only() -> None:
    assert titles(model(here=Context.QUEUE), "") == ["Retry"]
    assert titles(model(here=Context.QUEUE), "arch") == []


def test_commands_are_found_by_their_name_and_help() -> None:
    assert titles(model(), "app.quit")[0] == "Quit"
    assert "Archive" in titles(model(), "helps archive")


def test_what_is_chosen_leads_there() -> None:
    person = next(row.entry for row in model().rows("ada quill") if row.entry.kind is Kind.PERSON)
    assert person.target == SearchKey("from:ada@example.org")
    assert model().rows("invoices")[0].entry.target == SearchKey("subject:invoice")
    assert model().rows("x  y")[-1].entry.target == SearchKey("x y")
    assert model().rows("lists")[0].entry.target == MailboxId(3)


def test_hostile_names_are_shown_as_text() -> None:
    hostile = "[red]\x1b]0;x\x07\u202e[/oops]"
    entries = [*listing_entries([], [mailbox(1, hostile)]), *search_entries({hostile: hostile})]
    for entry in entries:
        assert entry.title.isprintable()
        assert entry.note.isprintable()
    made = PaletteModel([], [])
    made.add(pile_of_people([Contact(f"{hostile}@example.org", hostile, 1, 0, 0)]))
    found = made.rows("red")
    assert all(row.entry.title.isprintable() for row in found)
    person = found[0].entry.target
    assert isinstance(person, SearchKey)
    assert query.parse(person.text) == query.parse(f'from:"{hostile}@example.org"')


@pytest.mark.parametrize("typed", ["a", "arch", "zzqx", "wk 99", "example.org 49999", "p7"])
def test_the_work_of_a_key_does_not_grow_with_mailboxes_and_people(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = [mailbox(number, f"Work/Project {number}/Archive") for number in range(10_000)]
    people = [Contact(f"person{number}@example.org", f"Person {number}", 1, 0, 0) for number in range(50_000)]
    made = model()
    made.add(pile_of(listing_entries([], boxes)))
    made.add(pile_of_people(people))
    scored: list[str] = []
    match = fuzzy.match

    def counting(words: Sequence[str], line: str) -> fuzzy.Match | None:
        scored.append(line)
        return match(words, line)

    monkeypatch.setattr(fuzzy, "match", counting)
    assert len(made.rows(typed)) <= 61
    assert len(scored) <= 5 * 160


def test_mailboxes_of_several_accounts_say_whose_they_are() -> None:
    boxes = [mailbox(1, "Lists"), msgspec.structs.replace(mailbox(2, "Lists", "work"), selectable=True)]
    assert [entry.note for entry in listing_entries([], boxes)] == ["home", "work"]
