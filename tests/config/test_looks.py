"""Order, colours and letters of accounts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuimail.config.looks import account_looks
from tuimail.config.schema import COLOR_NAMES, Account, Config

NAMES = st.from_regex(r"[A-Za-z0-9][a-z0-9._-]{0,5}", fullmatch=True)


def looks(**given: Account) -> dict[str, tuple[str, str, bool]]:
    return {
        name: (look.color, look.letter, look.hidden) for name, look in account_looks(Config(accounts=given)).items()
    }


def test_the_order_of_the_file_and_colours_in_their_order() -> None:
    assert looks(work=Account(), home=Account(), old=Account(hidden=True)) == {
        "work": ("blue", "W", False),
        "home": ("orange", "H", False),
        "old": ("green", "O", True),
    }


def test_a_place_of_its_own_and_a_colour_of_its_own() -> None:
    found = looks(
        work=Account(), home=Account(color="blue"), old=Account(order=1), new=Account(order=0, color="#A0b0c0")
    )
    assert list(found) == ["new", "work", "old", "home"]
    assert [color for color, _, _ in found.values()] == ["#a0b0c0", "orange", "green", "blue"]


def test_letters_differ_where_names_begin_alike() -> None:
    assert [letter for _, letter, _ in looks(work=Account(), web=Account(), we=Account()).values()] == ["W", "E", "1"]


def test_accounts_that_the_file_does_not_know_come_last() -> None:
    found = account_looks(Config(accounts={"work": Account()}), ["work", "left", "kept"])
    assert list(found) == ["work", "kept", "left"]


@given(st.lists(NAMES, unique=True, max_size=30), st.data())
def test_every_account_has_a_colour_and_a_letter_that_are_told_apart(names: list[str], data: st.DataObject) -> None:
    colors = st.sampled_from(("", "", "red", "teal", "#123456"))
    accounts = {name: Account(color=data.draw(colors)) for name in names}
    found = account_looks(Config(accounts=accounts))
    assert set(found) == set(names)
    letters = [look.letter for look in found.values()]
    assert all(len(letter) == 1 for letter in letters)
    if len(names) <= 9:
        assert len(set(letters)) == len(letters)
    chosen = {account.color for account in accounts.values()} - {""}
    assigned = [look.color for name, look in found.items() if not accounts[name].color]
    assert set(assigned) <= set(COLOR_NAMES)
    free = len(set(COLOR_NAMES) - chosen)
    assert len(set(assigned[:free])) == len(assigned[:free])
    assert not set(assigned[:free]) & chosen
