"""Where messages went, so that the likeliest mailboxes are offered first. Knows no widget and no store.

    fits      "mail of this sender, or of this list, went there"
    standing  how often something went there, weighed by how long ago

Mailboxes are known by account and name, since ids are of one store. All of it is bounded: see the constants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import attrgetter

import msgspec

from tuimail.ui.kept import KeptTarget, KeptTargets

MOST_PLACES = 60
MOST_ORIGINS = 400
MOST_OF_AN_ORIGIN = 3
_HALF_LIFE_S = 14 * 86_400
Place = tuple[str, str]
"""Account and name of a mailbox."""


class Standing(msgspec.Struct, frozen=True):
    """Why a mailbox is offered early: `fits` the messages at hand, and `weight` of what went there, 0 for nothing."""

    fits: bool = False
    weight: float = 0.0


def remember(kept: KeptTargets, place: Place, origins: Iterable[str], *, now: int) -> None:
    """Messages of these `origins` (senders' addresses, List-Ids) went there; `now` in seconds."""
    known = next((one for one in kept.places if (one.account, one.mailbox) == place), None)
    if known is None:
        known = KeptTarget(account=place[0], mailbox=place[1])
        kept.places.append(known)
    known.weight = _faded(known, now) + 1
    known.used_at = now
    if len(kept.places) > MOST_PLACES:
        kept.places.sort(key=attrgetter("used_at"), reverse=True)
        del kept.places[MOST_PLACES:]
    for origin in origins:
        # Taken out and put in again, it is the newest one.
        before = kept.origins.pop(origin, [])
        kept.origins[origin] = [place, *(one for one in before if one != place)][:MOST_OF_AN_ORIGIN]
    for origin in list(kept.origins)[: max(0, len(kept.origins) - MOST_ORIGINS)]:
        del kept.origins[origin]


def standings(kept: KeptTargets, origins: Collection[str], *, now: int) -> dict[Place, Standing]:
    """How the mailboxes stand that something went to, for messages of these origins."""
    fitting = {place for origin in origins for place in kept.origins.get(origin, ())}
    found = {place: Standing(fits=True) for place in fitting}
    for one in kept.places:
        place = one.account, one.mailbox
        found[place] = Standing(place in fitting, _faded(one, now))
    return found


def _faded(target: KeptTarget, now: int) -> float:
    return float(target.weight * 0.5 ** (max(0, now - target.used_at) / _HALF_LIFE_S))
