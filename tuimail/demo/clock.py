"""Sample mail is dated back from now: this turns ages such as "2d 3h" into times, and makes message ids."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

AGE = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?")


def before(now: datetime, age: str) -> datetime:
    """The aware time `age` before `now`, in whole seconds. Raises ValueError when `age` is not like "2d3h5m"."""
    match = AGE.fullmatch(age)
    if not age or match is None:
        raise ValueError(f"not an age: {age!r}")
    days, hours, minutes = (int(number or 0) for number in match.groups())
    return now.replace(microsecond=0) - timedelta(days=days, hours=hours, minutes=minutes, seconds=_odd_seconds(age))


def message_id(seed: str, domain: str) -> str:
    """A message id with its angle brackets: the same for the same `seed`."""
    return f"<{hashlib.sha256(seed.encode()).hexdigest()[:20]}@{domain}>"


def _odd_seconds(age: str) -> int:
    return hashlib.sha256(age.encode()).digest()[0] % 50
