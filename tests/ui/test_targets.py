"""What the picker offers, and what it learns: models without a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.test_models import mailbox
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store.target_mailbox import NewMailbox
from tuimail.ui.kept import Kept, KeptTargets, encode_kept
from tuimail.ui.models import targets
from tuimail.ui.models.picker_model import PickerModel
from tuimail.ui.models.targets import Standing

DAY = 86_400
BOXES = [
    mailbox(1, "Travel"),
    mailbox(2, "Archive", SpecialUse.ARCHIVE),
    mailbox(3, "Trash", SpecialUse.TRASH),
    mailbox(4, "Parent", selectable=False),
    mailbox(5, "Бухгалтерия"),
]


def labels(boxes: list[Mailbox], typed: str = "", *, home: str | None = None, **standings: Standing) -> list[str]:
    ids = {box.name: box.id for box in boxes}
    model = PickerModel(boxes, {ids[name]: one for name, one in standings.items()}, home=home)
    return [choice.label for choice in model.find(typed)]


def test_order_without_letters() -> None:
    assert labels(BOXES) == ["Archive", "Trash", "Travel", "Бухгалтерия"]
    assert labels(BOXES, Travel=Standing(weight=1))[0] == "Travel"
    assert labels(BOXES, Travel=Standing(weight=9), Trash=Standing(fits=True))[:2] == ["Trash", "Travel"]
    assert labels(BOXES, Travel=Standing(weight=1), Trash=Standing(weight=2))[:2] == ["Trash", "Travel"]


def test_letters_find_what_has_them_and_show_where() -> None:
    assert set(labels(BOXES, "tra")) == {"Travel", "Trash"}
    assert labels(BOXES, "tra", Trash=Standing(weight=1))[0] == "Trash"
    assert labels(BOXES, "arch")[0] == "Archive"
    assert labels(BOXES, "бух") == ["Бухгалтерия"]
    assert labels(BOXES, "qqq") == []
    (found,) = PickerModel(BOXES, {}).find("trv")
    assert [found.label[place] for place in sorted(found.matched)] == ["T", "r", "v"]


def test_notes_say_the_use_the_reason_and_the_account() -> None:
    spam = mailbox(6, "Spam", SpecialUse.JUNK)
    standings = {MailboxId(1): Standing(fits=True, weight=1), MailboxId(6): Standing(weight=1)}
    notes = {choice.label: choice.note for choice in PickerModel([*BOXES, spam], standings).find("")}
    assert notes == {"Travel": "of this sender", "Spam": "Junk, recent", "Archive": "", "Trash": "", "Бухгалтерия": ""}
    other = mailbox(7, "Old", account="work")
    notes = {choice.label: choice.note for choice in PickerModel([*BOXES, other], {}, home="home").find("")}
    assert (notes["Travel (home)"], notes["Old (work)"]) == ("", "other account")
    assert [choice.label for choice in PickerModel([*BOXES, spam], {}).find("junk")] == ["Spam"]


def test_other_accounts_come_last_and_are_named() -> None:
    boxes = [
        mailbox(1, "INBOX", SpecialUse.INBOX),
        mailbox(2, "Travel"),
        mailbox(3, "Archive", SpecialUse.ARCHIVE, account="work"),
        mailbox(4, "Boats", account="work"),
    ]
    assert labels(boxes, home="work") == ["Archive (work)", "Boats (work)", "Inbox (home)", "Travel (home)"]
    assert labels(boxes, "home tr", home="work") == ["Travel (home)"]
    assert labels(boxes, "tr home", home="work") == ["Travel (home)"]
    assert labels(boxes, home="work", Travel=Standing(weight=1))[:3] == [
        "Archive (work)",
        "Boats (work)",
        "Travel (home)",
    ]
    assert labels(boxes)[0] == "Inbox (home)"


def test_a_name_that_none_has_can_be_made() -> None:
    model = PickerModel(BOXES, {}, creates_in=BOXES[0])
    assert [choice.target for choice in model.find("Boats")] == [NewMailbox(AccountId(1), "Boats")]
    found = model.find("trav")
    assert found[0].label == "Travel"
    assert found[-1].label == "Create 'trav'"
    assert [choice.label for choice in model.find("travel")] == ["Travel"]
    assert PickerModel(BOXES, {}).find("Boats") == []


def test_ten_thousand_mailboxes_are_not_all_looked_at_closely() -> None:
    boxes = [mailbox(number, f"Box/{number:05}") for number in range(1, 10_001)]
    model = PickerModel(boxes, {})
    assert len(model.find("")) == 200
    assert model.find("09999")[0].label == "Box/09999"


def test_what_is_learnt_fades_and_is_of_senders_first() -> None:
    kept = KeptTargets()
    for _ in range(3):
        targets.remember(kept, ("home", "Old"), ["ada@example.org"], now=0)
    targets.remember(kept, ("home", "New"), ["bo@example.org", "list.example.org"], now=60 * DAY)
    standings = targets.standings(kept, ["ada@example.org"], now=60 * DAY)
    assert standings["home", "Old"].fits
    assert not standings["home", "New"].fits
    assert 0 < standings["home", "Old"].weight < standings["home", "New"].weight == 1
    targets.remember(kept, ("home", "New"), ["ada@example.org"], now=61 * DAY)
    assert kept.origins["ada@example.org"] == [("home", "New"), ("home", "Old")]


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.lists(st.text(max_size=3), max_size=3), st.integers(0, 10**9)), max_size=300
    )
)
def test_what_is_kept_is_bounded_and_can_be_written(moves: list[tuple[int, list[str], int]]) -> None:
    kept = Kept()
    for number, origins, now in moves:
        targets.remember(kept.targets, ("home", f"Box {number}"), origins, now=now)
        assert kept.targets.places[-1].mailbox or kept.targets.places
    assert len(kept.targets.places) <= targets.MOST_PLACES
    assert len(kept.targets.origins) <= targets.MOST_ORIGINS
    assert all(len(places) <= targets.MOST_OF_AN_ORIGIN for places in kept.targets.origins.values())
    assert len(encode_kept(kept)) < 100_000
