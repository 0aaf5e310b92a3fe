"""How long to wait before the next try: doubling, with jitter, so that a thousand clients do not come back at once."""

from __future__ import annotations

import random

FIRST_S = 1.0
LONGEST_S = 60.0


def delay_s(failures: int) -> float:
    """Seconds to wait after `failures` failures in a row: between half and all of 1, 2, 4 … 60."""
    ceiling: float = min(LONGEST_S, FIRST_S * 2 ** min(max(0, failures - 1), 30))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, protects nothing
