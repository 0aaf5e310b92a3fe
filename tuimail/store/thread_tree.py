"""The tree of a thread's messages: who answers whom, by what they name. Pure; no input at all makes it hang.

A message stands below the last one that it names and that is here, so that what is missing is passed over (the shape
of RFC 5256, REFERENCES, without its empty places). An answer that names none stands below the newest one before it
with its subject. Where messages name each other in a circle, the oldest of them answers nobody. Beside each other they
stand by date. Each step is a loop over all messages: ten thousand, one below the other, cost no recursion.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tuimail.store.subjects import base_subject

MAX_REFERENCES = 20
"""Looked at from the last one on: a forged field of thousands stays cheap."""


@dataclass(frozen=True, slots=True)
class Link:
    """What places a message: its id here, its Message-ID, what it names (last what it answers), date, subject."""

    id: int
    message_id: str
    references: Sequence[str]
    date: int
    subject: str


def in_tree_order(links: Iterable[Link]) -> list[tuple[int, int]]:
    """Each message's id and depth, parents before children."""
    ordered = sorted(links, key=lambda link: (link.date, link.id))
    parents = _parents(ordered)
    _cut_circles(ordered, parents)
    children: dict[int, list[int]] = {}
    tops = []
    for link in ordered:
        parent = parents.get(link.id)
        if parent is None:
            tops.append(link.id)
        else:
            children.setdefault(parent, []).append(link.id)
    found = []
    waiting = [(id_, 0) for id_ in reversed(tops)]
    while waiting:
        id_, depth = waiting.pop()
        found.append((id_, depth))
        waiting.extend((child, depth + 1) for child in reversed(children.get(id_, ())))
    return found


def _parents(ordered: Sequence[Link]) -> dict[int, int]:
    """The message that each answers, of those that are here."""
    by_name: dict[str, int] = {}
    for link in ordered:
        if link.message_id:
            by_name.setdefault(link.message_id, link.id)
    last_on: dict[str, int] = {}
    parents = {}
    for link in ordered:
        base, is_reply = base_subject(link.subject)
        named = (by_name.get(name) for name in reversed(link.references[-MAX_REFERENCES:]))
        parent = next((id_ for id_ in named if id_ is not None and id_ != link.id), None)
        if parent is None and is_reply and not link.references:
            parent = last_on.get(base)
        if parent is not None:
            parents[link.id] = parent
        last_on[base] = link.id
    return parents


def _cut_circles(ordered: Sequence[Link], parents: dict[int, int]) -> None:
    """The oldest message of each circle loses its parent. Each message is walked over once, and again in a circle."""
    rank = {link.id: place for place, link in enumerate(ordered)}
    walked: dict[int, int] = {}
    for start in ordered:
        id_: int | None = start.id
        while id_ is not None and id_ not in walked:
            walked[id_] = start.id
            id_ = parents.get(id_)
        if id_ is None or walked[id_] != start.id:
            continue
        circle = [id_]
        while (further := parents[circle[-1]]) != id_:
            circle.append(further)
        del parents[min(circle, key=rank.__getitem__)]
