"""Names of keys: as Textual reports them, as people write them, and the way between.

as people write it    "!"                  "esc"       "ctrl+x"    "G"    "g i"
as it is reported     "exclamation_mark"   "escape"    "ctrl+x"    "G"    ("g", "i")
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from textual.keys import KEY_NAME_REPLACEMENTS, REPLACED_KEYS, key_to_character

KeySequence = tuple[str, ...]
"""Keys pressed one after the other, by Textual's names; most often one."""

_NAMED = frozenset(
    [
        "escape",
        "enter",
        "tab",
        "space",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
        "up",
        "down",
        "left",
        "right",
    ]
) | {f"f{number}" for number in range(1, 25)}
_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "ret": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "bs": "backspace",
    "spc": "space",
    " ": "space",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
    # What a terminal sends for these is the same.
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
}
_MODIFIERS = {"control": "ctrl", **{name: name for name in ("ctrl", "alt", "shift", "super", "hyper", "meta")}}
_SHOWN = {
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "delete": "del",
    "space": "space",
}
_CHARACTERS: dict[str, str] = {}
"""Characters by the names of their keys, as far as they came up: the name alone does not say where it had hyphens."""


@lru_cache(512)
def key_name(written: str) -> str | None:
    """Textual's name of a key as people write it, or as Textual does; None when there is no such key."""
    if len(written) == 1 and written.isalnum():
        return written
    lower = written.lower()
    if lower in _NAMED:
        return lower
    if lower in _ALIASES:
        return _ALIASES[lower]
    if len(written) == 1:
        return _name_of(written)
    head, plus, tail = written[:-1].rpartition("+")
    if plus and head:
        return _with_modifiers(head.lower().split("+"), tail + written[-1])
    character = _character_of(lower)
    return None if character is None or len(lower) == 1 else _name_of(character)


def _character_of(name: str) -> str | None:
    return _CHARACTERS.get(name) or key_to_character(REPLACED_KEYS.get(name, name))


def _name_of(character: str) -> str | None:
    if character.isalnum():
        return character
    if not character.isprintable():
        return None
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    name = KEY_NAME_REPLACEMENTS.get(name, name)
    if name:
        _CHARACTERS[name] = character
    return name or None


def _with_modifiers(modifiers: list[str], written: str) -> str | None:
    names = {_MODIFIERS.get(modifier) for modifier in modifiers}
    key = key_name(written)
    if key is None or None in names:
        return None
    if len(key) == 1 and names == {"shift"}:
        return key.upper()
    if len(key) == 1:
        key = key.lower()
    name = "+".join([*sorted(filter(None, names)), key])
    return _ALIASES.get(name, name)


def parse_sequence(written: str) -> KeySequence | None:
    """The keys of a sequence, written with spaces between them; None when one of them is no key, or there is none."""
    keys = [key_name(part) for part in written.split()] if written != " " else ["space"]
    found = tuple(key for key in keys if key is not None)
    return found if found and len(found) == len(keys) else None


def parse_declared(keys: str) -> tuple[KeySequence, ...]:
    """The alternatives of a declaration: "d,delete", "g i".

    Raises:
        ValueError: a key has no such name.
    """
    sequences = []
    for written in filter(None, keys.split(",")):
        sequence = parse_sequence(written)
        if sequence is None:
            raise ValueError(f"no key is called {written!r}")
        sequences.append(sequence)
    return tuple(sequences)


@lru_cache(512)
def shown_key(key: str) -> str:
    """One key as people write it."""
    if key in _SHOWN:
        return _SHOWN[key]
    modifiers, plus, last = key.rpartition("+")
    if plus:
        return f"{modifiers}+{shown_key(last)}"
    if key in _NAMED:
        return key
    return _character_of(key) or key


def shown(sequence: KeySequence) -> str:
    """A sequence as people write it."""
    return " ".join(map(shown_key, sequence))


def nearest(word: str, words: list[str]) -> str:
    """`; did you mean "…"?` when one of `words` is near enough, else nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, words, 1, 0.5)
    return f'; did you mean "{found[0]}"?' if found else ""


def nearest_key(written: str) -> str:
    """What may have been meant by keys that do not exist, as `nearest`."""
    for part in written.split():
        if key_name(part) is not None:
            continue
        if len(part) <= 3 and part.isascii() and part.isalnum():
            # "gg" for "g g".
            return f'; did you mean "{" ".join(part)}"?'
        if found := nearest(
            part.lower(), [*_NAMED, *_ALIASES, *(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")]
        ):
            return found
    return ""
