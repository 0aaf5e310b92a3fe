"""The links of one page, numbered from 1 in the order in which they are first read."""

from __future__ import annotations

from tuimail.mime.html.targets import safe_target
from tuimail.mime.origin.links import LONG_TARGET, link_warning
from tuimail.mime.sanitize import one_line
from tuimail.mime.view import Link

MAX_LINKS = 2000
"""Links that get a number; a page with more is a list that somebody's program wrote."""
MAX_TEXT_CHARACTERS = 200
"""Of what the page calls a link: enough to tell it from others."""


class LinkBook:
    """Numbers for targets: the same target has the same number wherever it stands."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._warnings: dict[int, str] = {}
        self._safe: dict[str, str] = {}
        self._quiet: dict[str, bool] = {}

    def target(self, url: str) -> str:
        """The URL as it may leave, "" for none; looked at once however often the page says it."""
        target = self._safe.get(url)
        if target is None:
            target = self._safe[url] = safe_target(url)
        return target

    def number(self, target: str) -> int:
        """The number of a target; 0 when there are too many."""
        known = self._numbers.get(target)
        if known is not None:
            return known
        if len(self._numbers) >= MAX_LINKS:
            return 0
        number = self._numbers[target] = len(self._numbers) + 1
        return number

    def call(self, target: str, number: int, text: str) -> None:
        """Note what the page calls a link; each name is looked at, the first one is kept."""
        if not (text.isascii() and text.isprintable() and "  " not in text):
            text = " ".join(one_line(text[: 4 * MAX_TEXT_CHARACTERS]).split())
        text = text[: 4 * MAX_TEXT_CHARACTERS].strip()
        if not self._texts.get(number):
            self._texts[number] = text[:MAX_TEXT_CHARACTERS]
        if not self._warnings.get(number) and (warning := self._warning(text, target)):
            self._warnings[number] = warning

    def _warning(self, text: str, target: str) -> str:
        """What speaks against a link; of a text that can name no host, looked at once for each host."""
        end = target.find("/", len("https://"))
        if end < 0 or "." in text or not text.isascii() or len(target) > LONG_TARGET or target[:4] != "http":
            return link_warning(text, target)
        origin = target[:end]
        if origin not in self._quiet:
            self._quiet[origin] = not link_warning("", origin)
        return "" if self._quiet[origin] else link_warning(text, target)

    def links(self) -> tuple[Link, ...]:
        """All of them, in order."""
        texts, warnings = self._texts, self._warnings
        return tuple(
            [Link(target, texts.get(number, ""), warnings.get(number, "")) for target, number in self._numbers.items()]
        )
