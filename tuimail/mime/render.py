"""A message as a person reads it: header block, text, attachments; as styled lines that know nothing of a screen.

    octets → parse → choose (the plain alternative, else HTML as text) → charset → plain or html → lines

Every string that leaves is sanitised. Nothing is loaded from anywhere, nothing is executed, and no octets raise.
"""

from __future__ import annotations

from dataclasses import dataclass

from tuimail.mime.addresses import parse_addresses
from tuimail.mime.charset import decode
from tuimail.mime.headers import parse_header_block
from tuimail.mime.html import html_to_text
from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.parameters import parameter_of
from tuimail.mime.parse import Part, parse_message
from tuimail.mime.plain import render_plain
from tuimail.mime.sanitize import block
from tuimail.mime.transfer import decode_transfer
from tuimail.mime.words import decode_header

MAX_TEXT_OCTETS = 2 * 1024 * 1024
"""Of one text part; more than a thousand pages of print. The rest is cut, with a note."""
MAX_TEXT_PARTS = 200
"""Text parts shown one after the other."""

_SHOWN_HEADERS = ("From", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject")
_ADDRESS_HEADERS = frozenset({"from", "to", "cc", "bcc", "reply-to", "sender", "resent-from", "resent-to", "resent-cc"})
_PLACEHOLDERS = ("html", "browser", "client", "reader", "viewer")
PLACEHOLDER_CHARACTERS = 300
"""A plain alternative that is shorter may only say that the HTML one should be read."""
_CUT_NOTE = "[This part is too long to be shown whole.]"
_ENCRYPTED_NOTE = "[This message is encrypted.]"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that can be saved: `part` is its section, `size_octets` what it has decoded (as sent unless base64).

    `inline` parts (pictures of an HTML body, invitations, signatures) are not what people call attachments.
    """

    part: str
    filename: str
    content_type: str
    size_octets: int
    inline: bool


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """All strings are sanitised; `html` is the source of the first HTML body, for those who render it better.

    `authentication` is the topmost Authentication-Results value: a claim, to be trusted only from one's own server.
    """

    headers: list[tuple[str, str]]
    all_headers: list[tuple[str, str]]
    lines: list[StyledLine]
    text: str
    html: str | None
    attachments: list[Attachment]
    authentication: str | None
    reply_to: str | None


def render_message(octets: bytes) -> RenderedMessage:
    """The message in `octets` (a whole one, RFC 5322 and MIME), ready to show. Never raises."""
    root = parse_message(octets)
    body = _Body(octets)
    body.show(root)
    all_headers = _decoded_headers(octets, root)
    by_name: dict[str, str] = {}
    for name, value in all_headers:
        by_name.setdefault(name.lower(), value)
    return RenderedMessage(
        headers=_header_block(all_headers),
        all_headers=all_headers,
        lines=body.lines,
        text="".join(f"{line.text}\n" for line in body.lines),
        html=body.html,
        attachments=[_attachment(octets, part) for part in root.walk() if _is_listed(part, body.shown)],
        authentication=by_name.get("authentication-results"),
        reply_to=by_name.get("reply-to"),
    )


def body_lines(octets: bytes, root: Part, *, max_octets: int, max_html_octets: int) -> list[StyledLine]:
    """The lines of the body alone, each text part cut after so many octets."""
    body = _Body(octets, max_octets=max_octets, max_html_octets=max_html_octets)
    body.show(root)
    return body.lines


class _Body:
    """Walks the tree and collects lines; `shown` are the sections whose text was chosen."""

    def __init__(
        self, octets: bytes, *, max_octets: int = MAX_TEXT_OCTETS, max_html_octets: int = MAX_TEXT_OCTETS
    ) -> None:
        self._octets = octets
        self._max_octets = max_octets
        self._max_html_octets = max_html_octets
        self.lines: list[StyledLine] = []
        self.html: str | None = None
        self.shown: set[str] = set()

    def show(self, part: Part) -> None:
        """Shows `part` with all that belongs to it; depth is bounded by the scanner."""
        kind = part.content_type
        if kind == "multipart/alternative":
            self._show_alternative(part)
        elif kind == "multipart/related":
            self.show(_root_of_related(part)) if part.children else self._show_text(part)
        elif kind == "multipart/signed" and part.children:
            self.show(part.children[0])
        elif kind == "multipart/encrypted":
            self._note(_ENCRYPTED_NOTE)
        elif part.children:
            for child in part.children:
                self._show_child(child)
        elif not part.is_attachment and kind.startswith(("text/", "multipart/")):
            self._show_text(part)

    def _show_child(self, child: Part) -> None:
        if child.content_type in {"message/rfc822", "message/global"}:
            if child.children:
                self._show_message(child)
        else:
            self.show(child)

    def _show_message(self, part: Part) -> None:
        inner = part.children[0]
        self._separate()
        for name, value in _header_block(_decoded_headers(self._octets, inner)):
            self.lines.append(StyledLine((Span(f"{name}: ", "header_name"), Span(value, "header_value"))))
        self.lines.append(StyledLine())
        self.show(inner)

    def _show_alternative(self, part: Part) -> None:
        children = part.children or ()
        plain = next((child for child in children if child.content_type == "text/plain"), None)
        rich = next((child for child in reversed(children) if _has_html(child)), None)
        if rich is not None:
            self._remember_html(rich)
        if plain is not None and (rich is None or not _is_placeholder(self._decoded(plain))):
            if rich is not None:
                self.shown.update(leaf.section for leaf in rich.walk() if leaf.content_type == "text/html")
            self.show(plain)
        elif rich is not None:
            if plain is not None:
                self.shown.add(plain.section)
            self.show(rich)
        elif children:
            self.show(children[-1])
        else:
            self._show_text(part)

    def _remember_html(self, part: Part) -> None:
        for leaf in part.walk():
            if self.html is None and leaf.content_type == "text/html":
                self.html = block(self._decoded(leaf))

    def _show_text(self, part: Part) -> None:
        if len(self.shown) >= MAX_TEXT_PARTS:
            return
        self.shown.add(part.section)
        self._remember_html(part)
        text = self._decoded(part)
        is_html = part.content_type == "text/html"
        text = html_to_text(text) if is_html else block(text)
        if not text.strip():
            return
        self._separate()
        flowed = not is_html and parameter_of(part.parameters, "format").lower() == "flowed"
        del_sp = flowed and parameter_of(part.parameters, "delsp").lower() == "yes"
        self.lines.extend(render_plain(text, flowed=flowed, del_sp=del_sp))
        if part.size_octets > self._limit(part):
            self._note(_CUT_NOTE)

    def _decoded(self, part: Part) -> str:
        end = min(part.body_end, part.body_start + self._limit(part))
        octets = decode_transfer(self._octets[part.body_start : end], part.encoding)
        return decode(octets, part.charset, html=part.content_type == "text/html")

    def _limit(self, part: Part) -> int:
        return self._max_html_octets if part.content_type == "text/html" else self._max_octets

    def _separate(self) -> None:
        if self.lines and self.lines[-1].spans:
            self.lines.append(StyledLine())

    def _note(self, text: str) -> None:
        self.lines.append(StyledLine((Span(text, "note"),)))


def _has_html(part: Part) -> bool:
    return any(leaf.content_type == "text/html" for leaf in part.walk())


def _root_of_related(part: Part) -> Part:
    """The part that `start` names, else the first (RFC 2387, section 3.2)."""
    start = parameter_of(part.parameters, "start")
    return next((child for child in part.children if start and child.content_id == start), part.children[0])


def _is_placeholder(text: str) -> bool:
    """Whether a plain alternative says nothing but "your client cannot show HTML"."""
    text = text.strip().lower()
    if not text:
        return True
    return len(text) < PLACEHOLDER_CHARACTERS and sum(word in text for word in _PLACEHOLDERS) >= 2


def _decoded_headers(octets: bytes, part: Part) -> list[tuple[str, str]]:
    fields = parse_header_block(octets[part.header_start : part.header_end])
    return [(name, _header_value(name.lower(), value)) for name, value in fields]


def _header_value(name: str, value: bytes) -> str:
    if name in _ADDRESS_HEADERS:
        # Written anew from what was parsed, so that no encoded word can pose as an address.
        mailboxes = [
            f"{person.name} <{person.address}>" if person.name and person.address else person.label
            for person in parse_addresses(value)
        ]
        if mailboxes:
            return ", ".join(mailboxes)
    return decode_header(value)


def _header_block(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields people want to see, in the order they expect; a repeated one is shown each time."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        if value:
            found.setdefault(name.lower(), []).append(value)
    return [(name, value) for name in _SHOWN_HEADERS for value in found.get(name.lower(), ())]


def _is_listed(part: Part, shown: set[str]) -> bool:
    return not part.content_type.startswith("multipart/") and part.section not in shown


def _attachment(octets: bytes, part: Part) -> Attachment:
    return Attachment(
        part=part.section,
        filename=part.file_name,
        content_type=part.content_type,
        size_octets=_decoded_size(octets, part),
        inline=not part.is_attachment,
    )


def _decoded_size(octets: bytes, part: Part) -> int:
    if part.encoding != "base64":
        return part.size_octets
    start, end = part.body_start, part.body_end
    letters = part.size_octets - octets.count(b"\n", start, end) - octets.count(b"\r", start, end)
    return max(0, letters * 3 // 4 - octets.count(b"=", max(start, end - 4), end))
