"""What a pass over a POP3 account has to do: pure, from a listing, the ledger and the settings.

    the listing has    the ledger has            it is
    one                nothing                   fetched, and deleted if nothing is to be left there
    one                one                       deleted if that is due, else kept
    one                one of another size       compared
    one                one in doubt              compared: the server was asked to delete it, and its answer is unknown
    one                only such as were gone    compared: fetched, and stored unless the octets are here
    several alike      as many, of these sizes   kept, all of them: which is which cannot be told, so none is deleted
    several alike      anything else             compared, all of them, and kept
    none               one                       gone

Known by its UIDL, a message is what the ledger says it is (RFC 1939, section 7). Known by less, as the digest of its
header, or by nothing at all, it is compared before it is deleted. Messages without any mark count as alike, but each
is told by its octets, so that they may be deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tuimail.store.ledger import Entry

DAY_S = 86_400
DIGEST_MARK = " "
"""Begins what a message is known by where the server has no UIDL: unique ids have no spaces."""

Leave = bool | int
"""What stays on the server: nothing (False), everything (True), or for so many days."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message of the listing. `number` holds for one session; `uidl` is "" where nothing is known."""

    number: int
    size_octets: int
    uidl: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A message to download. `may_be`: those in the ledger that it may turn out to be. `may_go`: it may be deleted."""

    listed: Listed
    may_be: tuple[Entry, ...] = ()
    may_go: bool = True


@dataclass(slots=True)
class Plan:
    """`delete` are messages that are here, `gone` such as the server has no more; `alike` counts the doubtful ones."""

    leave: Leave
    now: int
    fetch: list[Fetch] = field(default_factory=list)
    delete: list[tuple[Listed, Entry]] = field(default_factory=list)
    gone: list[Entry] = field(default_factory=list)
    kept: int = 0
    alike: int = 0

    def is_due(self, entry: Entry) -> bool:
        """Whether a message that is here is to be deleted on the server."""
        if entry.unwanted or self.leave is False:
            return True
        return self.leave is not True and self.now - entry.first_seen_at >= self.leave * DAY_S


def make_plan(listing: Sequence[Listed], ledger: Mapping[str, Sequence[Entry]], *, leave: Leave, now: int) -> Plan:
    """What to do; `now` in seconds. The listing is complete."""
    groups: dict[str, list[Listed]] = {}
    for one in listing:
        groups.setdefault(one.uidl, []).append(one)
    plan = Plan(leave, now)
    for uidl, members in groups.items():
        entries = ledger.get(uidl, ())
        if len(members) == 1 and uidl:
            _plan_one(plan, members[0], entries)
        else:
            _plan_alike(plan, members, entries)
    for uidl, entries in ledger.items():
        if uidl not in groups:
            plan.gone += [entry for entry in entries if not entry.is_gone]
    plan.fetch.sort(key=lambda fetch: -fetch.listed.number)
    return plan


def _plan_one(plan: Plan, one: Listed, entries: Sequence[Entry]) -> None:
    there = [entry for entry in entries if not entry.is_gone]
    if len(there) != 1:
        plan.fetch.append(Fetch(one, tuple(entries)))
    elif there[0].in_doubt or one.size_octets != there[0].listed_octets:
        # Servers may give the id of a message that is gone to another one.
        plan.fetch.append(Fetch(one, tuple(entries)))
    elif not plan.is_due(there[0]):
        plan.kept += 1
    elif one.uidl.startswith(DIGEST_MARK):
        plan.fetch.append(Fetch(one, tuple(entries)))
    else:
        plan.delete.append((one, there[0]))


def _plan_alike(plan: Plan, members: Sequence[Listed], entries: Sequence[Entry]) -> None:
    there = [entry for entry in entries if not entry.is_gone]
    may_go = not members[0].uidl
    plan.alike += 0 if may_go else len(members)
    as_before = sorted(one.size_octets for one in members) == sorted(entry.listed_octets for entry in there)
    as_before = as_before and not any(entry.in_doubt for entry in there)
    if as_before and not (may_go and any(map(plan.is_due, there))):
        plan.kept += len(members)
    else:
        plan.fetch += [Fetch(one, tuple(entries), may_go) for one in members]
