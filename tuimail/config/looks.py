"""How lists of accounts show each one: its place, its colour, the letter that stands for it, whether it is hidden.

What the file does not say is chosen here, so that the app and the command line agree. Knows names of colours only;
what they look like is the themes' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tuimail.config.schema import COLOR_NAMES, Config


class AccountLook(msgspec.Struct, frozen=True):
    """`color` is one of `COLOR_NAMES` or `#rrggbb`; `letter` tells accounts apart where there is no room for names."""

    name: str
    color: str
    letter: str
    hidden: bool = False


def account_looks(config: Config, also: Iterable[str] = ()) -> dict[str, AccountLook]:
    """The accounts in the order in which they are shown; those of `also` that the file does not know come last.

    An account's place is its `order`, else its place in the file, counted from 1; of two with the same place, the one
    that comes first in the file.
    """
    places = {
        name: place if account.order is None else account.order
        for place, (name, account) in enumerate(config.accounts.items(), start=1)
    }
    names = sorted(places, key=places.__getitem__)
    names += sorted(set(also).difference(names))
    letters = _letters(names)
    chosen = {name: config.accounts[name].color.lower() for name in names if name in config.accounts}
    free = _free_colors(set(chosen.values()))
    looks = {}
    for name in names:
        account = config.accounts.get(name)
        color = chosen.get(name) or free.pop(0)
        free = free or list(COLOR_NAMES)
        looks[name] = AccountLook(name, color, letters[name], account is not None and account.hidden)
    return looks


def _free_colors(taken: set[str]) -> list[str]:
    return [color for color in COLOR_NAMES if color not in taken] or list(COLOR_NAMES)


def _letters(names: Sequence[str]) -> dict[str, str]:
    """For each name the first of its characters that no name before it took, else a digit, else its first."""
    letters: dict[str, str] = {}
    for name in names:
        taken = set(letters.values())
        letters[name] = next((one for one in f"{name.upper()}123456789" if one.isalnum() and one not in taken), name[0])
    return letters
