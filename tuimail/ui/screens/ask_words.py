"""Asks for words to look for, at the foot of the screen: the text stays in sight."""

from __future__ import annotations

from tuimail.ui.screens.ask_text import AskTextScreen


class AskWords(AskTextScreen):
    """Returns the words, or None."""
