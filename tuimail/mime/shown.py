"""What a body has been found to show so far, collected by `body`, which walks over the parts. Knows nothing of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from tuimail.mime.html.view import HtmlView
from tuimail.mime.lines import Span, SpanKind, StyledLine
from tuimail.mime.text_links import number_links, renumbered
from tuimail.mime.view import Link, Notice, ShownPart

if TYPE_CHECKING:
    from tuimail.mime.kinds.invitation import Invitation
    from tuimail.mime.kinds.view import KindView


class Shown(msgspec.Struct):
    """Lines and what is to be said of them; `inside` are the parts within a part, by its section.

    `codec` is that of the first text. `octets` counts those of plain texts, `page_characters` those of pages, both of
    which are limited in all.
    """

    lines: list[StyledLine] = msgspec.field(default_factory=list)
    links: list[Link] = msgspec.field(default_factory=list)
    notices: dict[str, Notice] = msgspec.field(default_factory=dict)
    inside: dict[str, list[ShownPart]] = msgspec.field(default_factory=dict)
    remote_images: dict[str, None] = msgspec.field(default_factory=dict)
    trackers: list[str] = msgspec.field(default_factory=list)
    hidden: int = 0
    has_more: bool = False
    codec: str = ""
    octets: int = 0
    page_characters: int = 0
    invitation: Invitation | None = None

    def note(self, text: str) -> None:
        """A notice above the body, once."""
        self.add_notice(Notice("note", text))

    def add_notice(self, notice: Notice) -> None:
        """The same of any kind."""
        self.notices.setdefault(notice.text, notice)

    def separate(self) -> None:
        """An empty line between what was shown and what comes."""
        if self.lines and self.lines[-1].spans:
            self.lines.append(StyledLine())

    def add_text(self, lines: Iterable[StyledLine]) -> None:
        """Lines of plain text, set apart; their links are numbered."""
        self.separate()
        self.lines += number_links(list(lines), self.links)

    def add_bracketed(self, text: str, kind: SpanKind = "note") -> None:
        """One line of ours."""
        self.lines.append(StyledLine((Span(text, kind),), is_ours=True))

    def add_page(self, view: HtmlView) -> None:
        """A page of HTML, set apart; its links follow those that were there."""
        if view.lines:
            self.separate()
        before = len(self.links)
        self.lines += [renumbered(line, before) for line in view.lines] if before else view.lines
        self.links += view.links
        self.remote_images |= dict.fromkeys(view.remote_images)
        self.trackers += view.trackers
        self.hidden += view.hidden
        if view.note:
            self.note(view.note)

    def add_kind(self, section: str, told: KindView) -> None:
        """A part that was told in words; its page, if it has one, is up to the caller."""
        if told.lines:
            self.add_text(told.lines)
        for notice in told.notices:
            self.add_notice(notice)
        if told.parts:
            self.inside[section] = list(told.parts)
        self.invitation = self.invitation or told.invitation
