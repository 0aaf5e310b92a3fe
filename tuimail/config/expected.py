"""Says in words what a key of the file must be, from the schema's types, and what was found there instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

_KINDS = {bool: "true or false", str: "text", int: "a number", float: "a number", list: "a list", dict: "a table"}


def describe(struct: type[msgspec.Struct], keys: Sequence[str], raw: Any) -> str:
    """`expected …, found …` for the value at `keys` of the table `raw`, which `struct` does not accept."""
    kind: inspect.Type = inspect.type_info(struct)
    value = raw
    for key in keys:
        kind = _field(kind, key)
        value = value[key]
    return f"expected {_words(kind)}, found {_found(value, kind)}"


def expected(struct: type[msgspec.Struct], keys: Sequence[str]) -> str:
    """What the value at `keys` of a table that is a `struct` must be."""
    kind: inspect.Type = inspect.type_info(struct)
    for key in keys:
        if isinstance(kind, inspect.DictType):
            return _words(kind.value_type)
        kind = _field(kind, key)
    return _words(kind)


def _field(kind: inspect.Type, key: str) -> inspect.Type:
    """The type of the key `key` of a table."""
    candidates = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return next(
        field.type
        for table in candidates
        if isinstance(table, inspect.StructType)
        for field in table.fields
        if field.encode_name == key
    )


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata(extra_json_schema={"description": str(words)}):
            return words
        case inspect.UnionType(types=types):
            return " or ".join(_words(one) for one in types if not isinstance(one, inspect.NoneType))
        case inspect.EnumType(cls=values):
            *most, last = (f'"{one.value}"' for one in values)
            return f"{', '.join(most)} or {last}"
        case inspect.VarTupleType(item_type=inspect.EnumType() as one):
            return f"a list of {_words(one)}"
        case inspect.IntType(ge=low, le=high):
            return f"a whole number{_range(low, high)}"
        case inspect.FloatType(ge=low, le=high):
            return f"a number{_range(low, high)}"
        case inspect.BoolType():
            return "true or false"
        case inspect.StrType(min_length=least):
            return "text in quotes that is not empty" if least else "text in quotes"
        case _:
            return "a table"


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    return f" of {low} or more" if high is None else f" from {low} to {high}"


def _found(value: object, kind: inspect.Type) -> str:
    """The value, unless it is long or a command: that may say more than belongs on a screen."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float) and not _is_list(kind) and len(str(value)) <= 40:
        return f'"{value}"' if isinstance(value, str) else str(value)
    if isinstance(value, list) and _is_list(kind):
        return "something else in the list"
    return _KINDS.get(type(value), "a date or a time")


def _is_list(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.Metadata) and isinstance(kind.type, inspect.VarTupleType)
