"""How one listing is looked at: its order, and whether as threads. Kept from one run to the next; knows no widget."""

from __future__ import annotations

import contextlib
from typing import TypeVar

import msgspec

from tuimail.config.schema import Density, Ui
from tuimail.model.mailbox import SpecialUse
from tuimail.model.sort_key import SortKey
from tuimail.ui.kept import KeptLists
from tuimail.ui.looks.glyphs import sign
from tuimail.ui.models.listing import Listing

V = TypeVar("V")
SHOWS_RECIPIENTS = frozenset({SpecialUse.SENT, SpecialUse.DRAFTS})
"""Uses of mailboxes whose messages are one's own: whom they go to is what tells them apart."""
MOST_KEPT = 300
"""Listings with a view of their own; the one that was changed the longest ago is forgotten first."""
_NAMES = {
    SortKey.DATE: "date",
    SortKey.SENDER: "sender",
    SortKey.RECIPIENT: "recipient",
    SortKey.SUBJECT: "subject",
    SortKey.SIZE: "size",
}


class ListView(msgspec.Struct, frozen=True):
    """`descending`: from the largest, latest, or last in the alphabet on."""

    key: SortKey = SortKey.DATE
    descending: bool = True
    threaded: bool = False

    @property
    def is_by_date(self) -> bool:
        """Whether the index of the store has this order, so that nothing needs to be sorted."""
        return self.key is SortKey.DATE

    @property
    def title(self) -> str:
        """What the status line says of it: nothing of newest first."""
        if self.key is SortKey.UNSEEN:
            words = ["unseen first" if self.descending else "seen first"]
        elif self.is_by_date and self.descending:
            words = []
        else:
            words = [f"{sign('descending' if self.descending else 'ascending')} {_NAMES[self.key]}"]
        return "  ".join([*(["threads"] if self.threaded else []), *words])

    def ordered_by(self, key: SortKey) -> ListView:
        """The same with another order, the way that people mean."""
        return ListView(key, key.descends_first, self.threaded)


def view_of(kept: KeptLists, listing: Listing, ui: Ui) -> ListView:
    """How the listing was looked at last, or as the settings say. What a search finds is no list of threads."""
    threaded = kept.threads.get(listing.kept_key, ui.threads) and listing.query is None
    order = kept.orders.get(listing.kept_key, "")
    with contextlib.suppress(ValueError):
        key = SortKey(order.removeprefix("-"))
        return ListView(key, key.descends_first is not order.startswith("-"), threaded)
    return ListView(threaded=threaded)


def keep_view(kept: KeptLists, listing: Listing, ui: Ui, view: ListView) -> None:
    """From now on the listing is looked at like this."""
    order = f"{'' if view.descending is view.key.descends_first else '-'}{view.key}"
    _put(kept.orders, listing.kept_key, None if view == ListView(threaded=view.threaded) else order)
    if listing.query is None:
        _put(kept.threads, listing.kept_key, None if view.threaded is ui.threads else view.threaded)


def _put(table: dict[str, V], key: str, value: V | None) -> None:
    table.pop(key, None)
    if value is not None:
        table[key] = value
    while len(table) > MOST_KEPT:
        del table[next(iter(table))]


def density_of(kept: KeptLists, ui: Ui) -> Density:
    """How many lines a message takes: as was chosen in the list, unless the setting was changed since then."""
    if kept.density and kept.density_setting == ui.density:
        with contextlib.suppress(ValueError):
            return Density(kept.density)
    return ui.density


def keep_density(kept: KeptLists, ui: Ui, density: Density) -> None:
    """The list shows messages in so many lines from now on."""
    kept.density, kept.density_setting = density.value, ui.density.value
