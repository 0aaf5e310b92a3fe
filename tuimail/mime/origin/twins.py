"""Letters that are drawn like others, and letters that are not drawn: what a hasty reader takes for the same.

looks    examp1e.org ─► exampie.org ◄─ example.org      Аdа Вyron ─► ada byron ◄─ Ada Byron
"""

from __future__ import annotations

import re
import unicodedata

_DOUBLES = {
    "a": "аαɑа", "b": "вьβб", "c": "сϲ", "d": "ԁɗđ", "e": "еεє", "f": "ғϝ", "g": "ցɡǥ", "h": "һнհħ", "k": "кκ",
    "l": "іӏιіı1i|lłӀ", "j": "јϳ", "m": "м", "n": "пηո", "o": "оοօσø0", "p": "рρ", "q": "ԛգ", "r": "г", "s": "ѕ",
    "t": "тτ", "u": "υսц", "v": "ѵν", "w": "ԝωա", "x": "хχ", "y": "уүγ",
}  # fmt: skip
"""Letters of other scripts, and digits, that are drawn like these; `i` and `l` are one to a hasty reader."""
_LOOKS_LIKE = str.maketrans({double: letter for letter, doubles in _DOUBLES.items() for double in doubles})
_PAIRS = (("rn", "m"), ("vv", "w"))
_FILLERS = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)


def seen(text: str) -> str:
    """The text in its ordinary letters (NFKC), without those that nobody sees."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def looks(text: str) -> str:
    """A form that texts which look alike have in common, in small letters; a letter that is but a gap is a blank."""
    if not text.isascii():
        plain = _UNSEEN.sub("", unicodedata.normalize("NFKD", _FILLERS.sub(" ", text)))
        text = "".join(character for character in plain if not unicodedata.combining(character))
    text = text.lower().translate(_LOOKS_LIKE)
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    return text
