"""The lines of a tree before the subjects of an unfolded thread, from how deep its messages stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

DEEPEST = 8
"""What lies deeper is drawn as deep as this: a subject must have room."""


def branches(depths: Sequence[int]) -> list[str]:
    """For each message of a thread, in the order of its tree, what is drawn before its subject: two cells a level.

    The first stands for the thread and gets nothing; what answers nobody hangs from it like its answers.
    """
    drawn = [""] * len(depths)
    goes_on: set[int] = set()
    for place in range(len(depths) - 1, 0, -1):
        depth = min(max(1, depths[place]), DEEPEST)
        goes_on = {level for level in goes_on if level <= depth}
        stems = "".join("│ " if level in goes_on else "  " for level in range(1, depth))
        drawn[place] = stems + ("├ " if depth in goes_on else "└ ")
        goes_on.add(depth)
    return drawn
