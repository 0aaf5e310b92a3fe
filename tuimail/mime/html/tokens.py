"""The page as the parser understands it, as a flat list: each tag with the text behind it.

    <p>a<b title="&gt;">c</p>d  ──lexbor──►  <p>a<b title="&gt;">c</b></p>d  ──►  p  a   b title="&gt;"  c   /b   /p  d

lexbor builds the tree as browsers do and writes it anew: well formed, names in small letters, attributes as
` name="value"`, angles nowhere but around tags. Cutting that at its angles needs no recursion at any depth, and a tenth
of the time that visiting each node of the tree does.
"""

from __future__ import annotations

import re
from typing import NamedTuple

VOID = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
     "meta", "param", "source", "track", "wbr"}
)  # fmt: skip
"""Elements that the parser writes without an end."""

_NOT_TEXT = ["script", "style", "title", "template", "xmp", "iframe", "noembed", "noframes", "plaintext"]
_TOKEN = re.compile("<([^>]*+)>([^<]*+)")


class Tokens(NamedTuple):
    """Of each tag what stands between its angles, and the text behind it, with its references."""

    tags: list[str]
    texts: list[str]


def tokens_of(source: str) -> Tokens:
    """The page's body. The parser may take long and raise anything: see `guard`."""
    from selectolax.lexbor import LexborHTMLParser

    parser = LexborHTMLParser(source.encode("utf-8", "replace"))
    parser.strip_tags(_NOT_TEXT)
    body = parser.body
    written = (body.html if body is not None else None) or parser.html or ""
    cut = written.replace(">", "<").split("<")
    if len(cut) != 2 * written.count("<") + 1:
        cut = "".join(map(_without_angles, _TOKEN.findall(written))).replace(">", "<").split("<")
    return Tokens(cut[1::2], cut[2::2])


def _without_angles(token: tuple[str, str]) -> str:
    """A tag whose name, or that of an attribute, holds an angle, as damaged pages have them; nothing for a comment."""
    tag, text = token
    return ("" if tag.startswith("!") else f"<{tag.replace('<', '_')}>") + text.replace(">", "&gt;")


def name_of(tag: str) -> str:
    """The name of an element, of its end with a slash."""
    return tag.partition(" ")[0]


def unescaped(text: str) -> str:
    """Text without the five references that the parser writes; others are none to it."""
    plain = text.replace("&amp;", "&")
    if len(text) - len(plain) == 4 * text.count("&"):
        # Nearly all of them, in addresses.
        return plain
    for reference, letter in (("&nbsp;", "\u00a0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(reference, letter)
    return text
