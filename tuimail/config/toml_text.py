"""Reads TOML that people wrote: whatever is wrong with it, one kind of error says so.

`tomllib` alone also fails with RecursionError (lists in lists, thousands deep), and with a plain ValueError (numbers of
thousands of digits).
"""

from __future__ import annotations

import tomllib
from typing import Any

MOST_LEVELS = 64
"""Tables and lists in each other; nothing of ours needs more than five."""


def parse(text: str) -> dict[str, Any]:
    """The document.

    Raises:
        tomllib.TOMLDecodeError: it is not TOML, or none that anybody would write.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError(f"more than {MOST_LEVELS} tables and lists in each other") from None
    except ValueError as error:
        raise tomllib.TOMLDecodeError(str(error)) from error
    if _is_deep(document):
        raise tomllib.TOMLDecodeError(f"more than {MOST_LEVELS} tables and lists in each other")
    return document


def _is_deep(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
