"""The body of a message: walks over the parts and shows each as what it is.

    mixed          every child, one after the other          related       the root, and texts of their own
    alternative    the text or the page, see `choice`        signed        what is signed
    digest         every message, with its header block      report        told in words, then its first part
    appledouble    the file without its resource fork        encrypted     a note

What is an attachment is not shown, only listed (`shown_parts`). A text that is longer than its portion is cut, and a
limit on all texts together keeps a message of a thousand parts cheap.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tuimail.mime import choice
from tuimail.mime.enriched import enriched_to_text
from tuimail.mime.header_fields import decoded_fields, field_lines, shown_fields
from tuimail.mime.html.view import HtmlView
from tuimail.mime.limits import MAX_ENCODED_MESSAGES, MAX_KINDS, MAX_PAGES, MAX_TEXT_PARTS, PORTIONS_IN_ALL, Limits
from tuimail.mime.lines import StyledLine
from tuimail.mime.parameters import parameter_of
from tuimail.mime.parse import MESSAGES, Part, decode_part, parse_message
from tuimail.mime.plain import render_plain
from tuimail.mime.roles import (
    NOT_FOR_READING,
    PAGES,
    RTF,
    TEXTS,
    first_page,
    is_own_text,
    is_plain,
    is_read,
    root_of_related,
)
from tuimail.mime.sanitize import block
from tuimail.mime.shown import Shown
from tuimail.mime.shown_parts import list_parts
from tuimail.mime.texts import PartText, text_of
from tuimail.mime.transfer import decode_transfer
from tuimail.mime.troubles import text_troubles
from tuimail.mime.view import Shape, ShownPart, ViewOptions

HtmlRenderer = Callable[[str, int], HtmlView]
"""Turns the source of a page into lines for a width in cells; never raises."""

_ENRICHED = frozenset({"text/enriched", "text/richtext"})
_PAGE_CUT = "This page is too long to be shown whole."
_ENCRYPTED = "[This message is encrypted.]"


class Body(msgspec.Struct):
    """Walks over one message. `read` are the sections whose text was chosen, or belongs to the other choice.

    `has_choice`: there are a text and a page that say the same. `encoded`: how many messages this one was decoded from.
    """

    octets: bytes
    html: HtmlRenderer
    limits: Limits = Limits()
    options: ViewOptions = ViewOptions()
    out: Shown = msgspec.field(default_factory=Shown)
    read: set[str] = msgspec.field(default_factory=set)
    told: set[str] = msgspec.field(default_factory=set)
    pages: int = 0
    encoded: int = 0
    has_choice: bool = False
    has_html: bool = False
    has_calendar: bool = False

    def show(self, part: Part) -> None:
        """Shows `part` with all that belongs to it; depth is bounded by the scanner."""
        kind = part.content_type
        if kind == "multipart/alternative":
            self._show_alternative(part)
        elif kind == "multipart/encrypted":
            self.out.add_bracketed(_ENCRYPTED)
        elif not part.children:
            self._show_leaf(part)
        elif kind == "multipart/related":
            self._show_related(part)
        elif kind == "multipart/signed":
            self.show(part.children[0])
        elif kind == "multipart/appledouble":
            self._show_children(part.children[1:])
        elif kind == "multipart/report":
            self._show_report(part)
        elif kind in MESSAGES:
            self._show_message(part)
        else:
            self._show_children(part.children)

    def show_anyway(self, part: Part) -> None:
        """Shows a text that calls itself an attachment, and is all there is."""
        if part.content_type in PAGES:
            self._show_page(part)
        elif part.content_type in RTF:
            self._show_rtf(part)
        elif part.content_type.startswith("text/") and part.content_type not in NOT_FOR_READING:
            self._show_text(part)

    def _show_rtf(self, part: Part) -> None:
        from tuimail.mime.kinds.rtf import rtf_text

        end = min(part.body_end, part.body_start + self.limits.max_html_octets)
        found = rtf_text(decode_transfer(self.octets[part.body_start : end], part.encoding))
        self.out.has_more |= end < part.body_end
        if found.is_html:
            self.out.add_page(self.html(found.text, self.options.width))
        elif text := block(found.text).strip("\n"):
            self.out.add_text(render_plain(f"{text}\n"))

    def _show_children(self, children: tuple[Part, ...]) -> None:
        for child in children:
            self.show(child)

    def _show_related(self, part: Part) -> None:
        root = root_of_related(part)
        self.show(root)
        # Some mailers put texts beside the page that nothing in it refers to, such as the footer of a list.
        self._show_children(tuple(child for child in part.children if child is not root and is_own_text(child)))

    def _show_message(self, part: Part) -> None:
        inner = part.children[0]
        self._show_header(inner)
        self.show(inner)

    def _show_header(self, root: Part) -> None:
        fields = field_lines(shown_fields(decoded_fields(self.octets, root)))
        if fields:
            self.out.separate()
            self.out.lines += [*(msgspec.structs.replace(line, is_ours=True) for line in fields), StyledLine()]

    def _show_leaf(self, part: Part) -> None:
        kind = part.content_type
        if self._show_kind(part):
            return
        if kind == "text/html" and is_read(part):
            self._show_page(part)
        elif kind.startswith("multipart/") or (kind.startswith("text/") and is_read(part)):
            self._show_text(part)
        elif kind.startswith("image/") and part.disposition == "inline":
            self.out.separate()
            self.out.add_bracketed(f"[{part.file_name or kind}]", "image")
        elif kind.startswith("message/"):
            self._show_odd_message(part)

    def _show_alternative(self, part: Part) -> None:
        plain = next((child for child in part.children if is_plain(child)), None)
        page = next((child for child in reversed(part.children) if first_page(child)), None)
        self.has_choice |= plain is not None and page is not None
        self.has_html |= page is not None
        for child in part.children:
            if child.content_type == "text/calendar":
                self._show_kind(child)
        others = [child for child in part.children if child is not plain and child is not page]
        if page is not None and (plain is None or self._prefers_page(plain, page)):
            shown = len(self.out.lines)
            self.show(page)
            if plain is not None and len(self.out.lines) == shown and self.options.shape is Shape.AUTO:
                self.show(plain)  # a page that says nothing at all
            self._pass_over(plain)
        elif plain is not None:
            self._pass_over(page)
            self.show(plain)
        elif others:
            self.show(others[-1])
        else:
            self._show_text(part)

    def _pass_over(self, part: Part | None) -> None:
        """The text of an alternative that was not chosen is no attachment; what stands beside it is."""
        if part is not None:
            text = first_page(part) or next((leaf for leaf in part.walk() if leaf.content_type in TEXTS), None)
            if text is not None and is_read(text):
                self.read.add(text.section)

    def _prefers_page(self, plain: Part, page: Part) -> bool:
        if self.options.shape is not Shape.AUTO:
            return self.options.shape is Shape.HTML
        text = self._text_of(next(leaf for leaf in plain.walk() if not leaf.children)).text
        if not self.limits.thorough:
            return choice.is_placeholder(text)
        source = first_page(page)
        return source is not None and choice.stands_in(text, self._text_of(source).text)

    def _show_report(self, part: Part) -> None:
        from tuimail.mime.kinds.kind import render_report

        told = render_report(part, self.octets) if self.limits.thorough else None
        if told is None:
            self._show_children(part.children)
            return
        self.out.add_kind(part.section, told)
        self._show_children(part.children[:1])

    def _show_kind(self, part: Part) -> bool:
        """Whether the part is of a kind that is told in words, and was."""
        if not self.limits.thorough or part.content_type in TEXTS or part.section in self.told:
            return part.section in self.told
        from tuimail.mime.kinds.kind import CALENDARS, is_known, render_kind

        is_calendar = part.content_type in CALENDARS
        if not is_known(part) or len(self.told) >= MAX_KINDS or (is_calendar and self.has_calendar):
            return False
        told = render_kind(part, self.octets)
        if told is None:
            return False
        self.has_calendar |= is_calendar
        self.told.add(part.section)
        self.out.add_kind(part.section, told)
        if told.html:
            self.out.add_page(self.html(told.html, self.options.width))
        if told.messages and self.encoded < MAX_ENCODED_MESSAGES:
            listed: list[ShownPart] = []
            for one in told.parts:
                listed.append(one)
                if one.section in told.messages:
                    listed += self._show_within(told.messages[one.section], one.section)
            self.out.inside[part.section] = listed
        return True

    def _show_odd_message(self, part: Part) -> None:
        """A message part without a message: in an encoding, a piece, or kept elsewhere (RFC 2046, section 5.2)."""
        if part.is_encoded_message:
            if self.encoded < MAX_ENCODED_MESSAGES:
                self.out.inside[part.section] = self._show_within(decode_part(self.octets, part), part.section)
        elif part.content_type == "message/partial":
            self.out.note(_piece_in_words(part))
        elif part.content_type == "message/external-body":
            how = parameter_of(part.parameters, "access-type")[:40] or "unknown"
            name = parameter_of(part.parameters, "name")[:80]
            self.out.note(f"A part is kept elsewhere and not loaded: {name or 'without a name'} ({how}).")

    def _show_within(self, octets: bytes, section: str) -> list[ShownPart]:
        """A message that only decoding brings out; it shares what is collected. Returns its parts.

        Their sections go on from that of the part that holds the message.
        """
        inner = msgspec.structs.replace(self, octets=octets, encoded=self.encoded + 1, read=set(), told=set())
        inside, self.out.inside = self.out.inside, {}
        root = parse_message(octets)
        inner._show_header(root)
        inner.show(root)
        parts = list_parts(octets, root, read=inner.read, inside=self.out.inside)
        self.out.inside = inside
        self.pages = inner.pages
        return [msgspec.structs.replace(one, section=f"{section}.{one.section}", depth=one.depth + 1) for one in parts]

    def _show_page(self, part: Part) -> None:
        self.has_html = True
        are_enough = self.pages >= MAX_PAGES or self.out.page_characters >= self.limits.max_html_octets
        if are_enough or len(self.read) >= MAX_TEXT_PARTS:
            self.out.has_more |= part.size_octets > 0
            return
        self.pages += 1
        found = self._text_of(part)
        self.out.page_characters += len(found.text)
        self._begin(part, found)
        if found.has_more:
            self.out.note(_PAGE_CUT)
        self.out.add_page(self.html(found.text, self.options.width))

    def _show_text(self, part: Part) -> None:
        most = max(PORTIONS_IN_ALL * self.limits.max_octets, self.limits.whole_octets)
        if len(self.read) >= MAX_TEXT_PARTS or self.out.octets >= most:
            self.out.has_more |= part.size_octets > 0
            return
        found = self._text_of(part)
        self._begin(part, found)
        self.out.octets += len(found.text)
        self.out.has_more |= found.has_more
        text = block(found.text)
        if part.content_type in _ENRICHED:
            text = enriched_to_text(text)
        if text.strip():
            flowed = parameter_of(part.parameters, "format").lower() == "flowed"
            del_sp = flowed and parameter_of(part.parameters, "delsp").lower() == "yes"
            self.out.add_text(render_plain(text, flowed=flowed, del_sp=del_sp))

    def _begin(self, part: Part, found: PartText) -> None:
        self.read.add(part.section)
        self.out.codec = self.out.codec or found.codec
        for text in text_troubles(part, found, chosen=self.options.charset):
            self.out.note(text)
        if found.files:
            self.out.inside[part.section] = [
                ShownPart(f"{part.section}.{number}", "application/octet-stream", file.name, file.size_octets)
                for number, file in enumerate(found.files, 1)
            ]

    def _text_of(self, part: Part) -> PartText:
        limits = self.limits
        if part.content_type == "text/html":
            most = limits.max_html_octets
        else:
            most = limits.whole_octets if part.size_octets <= limits.whole_octets else limits.max_octets
        charset = self.options.charset
        return text_of(self.octets, part, max_octets=most, charset=charset, look_for_files=limits.thorough)


def _piece_in_words(part: Part) -> str:
    """RFC 2046, section 5.2.2: only the last piece has to say how many there are."""
    number, total = (parameter_of(part.parameters, name)[:9] for name in ("number", "total"))
    of = f" of {total}" if total else ""
    which = f"piece {number}{of}" if number else "a piece"
    return f"This is {which} of a longer message. tuimail does not join them: ask for it in one piece."
