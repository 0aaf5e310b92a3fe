"""The signs on the screen: those that every font has, or those of a Nerd Font where the user's terminal has one.

One table; each sign is one cell wide in both sets. Signs of a Nerd Font are drawn wider by some terminals and run into
the cell behind them: a blank belongs there. A sign says by its shape what a colour says beside it.

Which set serves is a matter of the whole process: `use` chooses, once at start and when the setting changes. Knows no
widget; whoever keeps drawn lines must draw them again.
"""

from __future__ import annotations

from tuimail.config.schema import Glyphs
from tuimail.model.mailbox import SpecialUse

_SIGNS = {
    "cursor": ("›", "›"),
    "marked": ("▌", "▌"),
    "unseen": ("●", "\uf0e0"),
    "answered": ("↩", "\uf112"),
    "draft": ("✎", "\uf040"),
    "flagged": ("!", "\uf024"),
    "pending": ("*", "\uf0ee"),
    "attachment": ("@", "\uf0c6"),
    "elsewhere": ("»", "\uf08e"),
    "muted": ("~", "\uf1f6"),
    "snoozed": ("z", "\uf017"),
    "folded": ("▸", "\uf0da"),
    "unfolded": ("▾", "\uf0d7"),
    "problem": ("!", "\uf071"),
    "working": ("…", "\uf021"),
    "offline": ("-", "\uf127"),
    "good": ("✓", "\uf00c"),
    "note": ("·", "\uf129"),
    "ascending": ("↑", "\uf160"),
    "descending": ("↓", "\uf161"),
}
"""By name: the sign of every font, and that of a Nerd Font."""
_MAILBOX = "\uf07b"
_ALL_ACCOUNTS = "\uf0c0"
_USES = {
    "\\Inbox": "\uf01c",
    "\\Flagged": "\uf005",
    "\\Drafts": "\uf044",
    "\\Snoozed": "\uf017",
    "\\Sent": "\uf1d8",
    "\\Archive": "\uf187",
    "\\All": "\uf0c7",
    "\\Junk": "\uf05e",
    "\\Trash": "\uf1f8",
}
"""By what a mailbox is for."""


class _Chosen:
    """The set that serves in this process: 0 is plain, 1 that of a Nerd Font."""

    place = 0


def use(glyphs: Glyphs) -> bool:
    """From now on these signs serve; whether others did before."""
    before, _Chosen.place = _Chosen.place, int(glyphs is Glyphs.NERD)
    return before != _Chosen.place


def sign(name: str) -> str:
    """The sign of that name, one cell wide.

    Raises:
        KeyError: there is none of that name.
    """
    return _SIGNS[name][_Chosen.place]


def mailbox_sign(special_use: SpecialUse | None) -> str:
    """What stands before the name of a mailbox: a sign and a blank, or nothing where signs are plain."""
    if not _Chosen.place:
        return ""
    return f"{_MAILBOX if special_use is None else _USES.get(special_use.value, _MAILBOX)} "


def all_accounts_sign() -> str:
    """What stands before "All accounts", in the same way."""
    return f"{_ALL_ACCOUNTS} " if _Chosen.place else ""


def names() -> tuple[str, ...]:
    """The names of all signs."""
    return tuple(_SIGNS)


def all_signs() -> tuple[str, ...]:
    """Every sign of both sets, for those who check them."""
    both = [one for pair in _SIGNS.values() for one in pair]
    return (*both, _MAILBOX, _ALL_ACCOUNTS, *_USES.values())
