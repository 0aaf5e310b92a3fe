"""Which colours are drawn on which: text and its background, by the names of the style sheets."""

from __future__ import annotations

from collections.abc import Iterator

from textual.color import Color
from textual.theme import Theme

from tuimail.config.schema import COLOR_NAMES
from tuimail.ui.looks.theme_variables import variable_defaults

ACCOUNTS = tuple(f"mail-account-{name}" for name in COLOR_NAMES)
SIGNS = ("mail-unseen", "mail-dot", "mail-flag", "mail-mark", "mail-problem")
QUOTES = ("mail-quote-1", "mail-quote-2", "mail-quote-3")
MESSAGE = ("mail-heading", "mail-code", "mail-good")
PAIRS: dict[str, tuple[str, ...]] = {
    # Lists, the message, the wire log, the settings.
    "background": (
        "foreground", "mail-dim", "primary", "secondary", *SIGNS, *QUOTES,
        *MESSAGE, "mail-link", "mail-client", "mail-server",
        *ACCOUNTS,
    ),
    # The tree, the line of keys, what is told of the current line, the fields of dialogs.
    "surface": ("foreground", "mail-dim", "primary", "mail-unseen", "mail-problem", "mail-mark", *ACCOUNTS),
    # The status line and dialogs.
    "panel": (
        "foreground", "mail-dim", "primary", "mail-unseen", "mail-problem", "mail-flag", "warning", "error", "success",
    ),
    # The cursor's own text goes before that of what it stands on; signs and account bars beside it too.
    "mail-cursor-background": ("mail-cursor-foreground",),
    # Matches of a search stand on it too.
    "mail-cursor-blurred-background": (
        "foreground", "mail-dim", "primary", "secondary", *SIGNS, *ACCOUNTS, *QUOTES, *MESSAGE, "mail-link",
    ),
    "screen-selection-background": ("screen-selection-foreground",),
}  # fmt: skip


def variables(theme: Theme) -> dict[str, str]:
    """All variables of the theme, as Textual puts them together."""
    return {**variable_defaults(theme), **theme.to_color_system().generate(), **theme.variables}


def pairs(theme: Theme) -> Iterator[tuple[str, str, Color, Color]]:
    """Names and values of text and background."""
    found = variables(theme)
    for background, texts in PAIRS.items():
        for text in texts:
            yield text, background, Color.parse(found[text]), Color.parse(found[background])
