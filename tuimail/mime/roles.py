"""What a part is for: whether its text is read, which of its parts is the root, which is the page, which the text."""

from __future__ import annotations

from tuimail.mime.parameters import parameter_of
from tuimail.mime.parse import Part

TEXTS = frozenset({"text/plain", "text/html"})
"""The two alternatives that nearly every message has."""
PAGES = frozenset({"text/html", "application/xhtml+xml"})
RTF = frozenset({"text/rtf", "application/rtf"})
NOT_FOR_READING = frozenset({"text/rtf", "text/css", "text/javascript", "text/x-amp-html", "text/watch-html"})
"""Texts for programs: legible to nobody, or a copy for devices that tuimail is not."""


def first_page(part: Part) -> Part | None:
    """The first HTML text of `part` or below it."""
    return next((leaf for leaf in part.walk() if leaf.content_type == "text/html" and is_read(leaf)), None)


def is_read(part: Part) -> bool:
    """Whether the text of a leaf is part of what is read: one that is marked as inline is, whatever its name."""
    if part.content_type in NOT_FOR_READING:
        return False
    return not part.is_attachment or (part.disposition == "inline" and part.content_type.startswith("text/"))


def is_plain(part: Part) -> bool:
    """Whether an alternative is the plain one: a text, also with files beside it."""
    leaf = next((leaf for leaf in part.walk() if not leaf.children), part)
    return leaf.content_type == "text/plain" and first_page(part) is None


def root_of_related(part: Part) -> Part:
    """The part that `start` names, else the first (RFC 2387, section 3.2), unless that is a picture for the page."""
    start, kind = parameter_of(part.parameters, "start"), parameter_of(part.parameters, "type").lower()
    first = part.children[0]
    named = next((child for child in part.children if start and child.content_id == start), None)
    if named is None and kind and not first.content_type.startswith(("text/", "multipart/")):
        named = next((child for child in part.children if child.content_type == kind), None)
    return named or first


def is_own_text(part: Part) -> bool:
    """Whether a part beside the root of a multipart/related is a text that no page can refer to."""
    return part.content_type == "text/plain" and not part.content_id and is_read(part)
