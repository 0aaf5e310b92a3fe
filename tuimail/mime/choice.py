"""Which alternative of a message says more: its plain text, or its page of HTML.

Plain text wins, unless it is a stand-in: empty, a sentence that sends its reader to the HTML, a heap of link targets
that a program made of the page, or something else than what the page says. Nothing here looks at looks.
"""

from __future__ import annotations

import html
import re

PLACEHOLDER_CHARACTERS = 300
"""A plain alternative that is shorter may only say that the HTML one should be read."""
MAX_COMPARED = 256 * 1024
"""Characters of each alternative that are compared: enough to tell whether they are one text."""
MOST_WORDS = 60
"""Words of the plain text that are looked for in the page."""
LEAST_SHARE = 0.35
"""Of these words must be in the page, or the two are different texts; programs that write both share nearly all."""
LEAST_WORDS = 4
"""Fewer tell nothing about the rest."""
MOST_LINK_SHARE = 0.55
"""A text of which more is link targets is not for reading."""
LEAST_LINKS = 4
"""Fewer links do not make a farm: a short note with a long link is a note."""

_ABOUT_PROGRAMS = re.compile(
    r"html|browser|client|cliente|reader|viewer|programm|logiciel|navigateur|navegador|lettore|mailer"
)
_ABOUT_SHOWING = re.compile(
    r"html|browser|version|anzeig|darstell|display|view|support|affich|mostrar|visualizz|unterstütz|angezeigt|capable"
)
_URL = re.compile(r"(?:https?://|www\.|mailto:)[^\s<>\"]{1,4000}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{4,30}")
_HUGE_REFERENCE = re.compile(r"&#[0-9]{8,}+;?")
_PAGE = re.compile(r"\s{0,200}(?:<!doctype html|<html\b|<\?xml\b)", re.IGNORECASE)


def is_placeholder(text: str) -> bool:
    """Whether a plain alternative says nothing, or only "your client cannot show HTML"."""
    text = text.strip().lower()
    if not any(map(str.isalnum, text[:MAX_COMPARED])):
        return True
    if len(text) >= PLACEHOLDER_CHARACTERS:
        return False
    said = {*_ABOUT_PROGRAMS.findall(text), *_ABOUT_SHOWING.findall(text)}
    return len(said) >= 2 and _ABOUT_PROGRAMS.search(text) is not None


def stands_in(plain: str, page: str) -> bool:
    """Whether `plain` is only there for show beside `page`, the source of the HTML. Linear in both."""
    plain, page = plain[:MAX_COMPARED], page[:MAX_COMPARED]
    if is_placeholder(plain) or _PAGE.match(plain):
        return bool(page.strip())
    return is_link_farm(plain) or (_words_shared(plain, page) < LEAST_SHARE and _says_more(page, plain))


def is_link_farm(text: str) -> bool:
    """Whether most of a text is targets of links."""
    targets = [found[0] for found in _URL.finditer(text)]
    written = len("".join(text.split()))
    return len(targets) >= LEAST_LINKS and sum(map(len, targets)) > written * MOST_LINK_SHARE


def _words_shared(plain: str, page: str) -> float:
    words = list(dict.fromkeys(_WORD.findall(_URL.sub(" ", plain.lower()))))
    if len(words) < LEAST_WORDS:
        return 1.0
    step = max(1, len(words) // MOST_WORDS)
    sample = words[::step][:MOST_WORDS]
    text = html.unescape(_HUGE_REFERENCE.sub("", page)).lower()
    # The beginnings of words: those of languages without blanks are whole sentences, which tags break up.
    return sum(word[:8] in text for word in sample) / len(sample)


def _says_more(page: str, plain: str) -> bool:
    """Whether the page has words, and not many fewer than the text: a page of one picture is no text to read."""
    from tuimail.mime.html.stripper import html_to_text

    return len(_WORD.findall(html_to_text(page))) * 2 >= len(_WORD.findall(plain))
