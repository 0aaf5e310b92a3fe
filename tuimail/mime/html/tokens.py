"""The page as the parser understands it, as a flat list: beginnings of elements, their ends, text.

    <p>a<b>c</p>  ──lexbor──►  <p>a<b>c</b></p>  ──►  ("", "p", "", "")  ("", "", "", "a")  ("", "b", "", "")  …

lexbor builds the tree as browsers do and writes it anew, well formed. Reading that takes one pattern, no recursion at
any depth, and a quarter of the time that visiting each node of the tree does.
"""

from __future__ import annotations

import re

Token = tuple[str, str, str, str]
"""`slash` of an end, `name` and `attributes` of an element; or, where these are empty, `text` with its references; or
nothing, for a comment that was left."""

VOID = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
     "meta", "param", "source", "track", "wbr"}
)  # fmt: skip
"""Elements that the parser writes without an end."""

_NOT_TEXT = ["script", "style", "title", "template", "xmp", "iframe", "noembed", "noframes", "plaintext"]
_TOKEN = re.compile(r"<(/?)([a-z][^\s>/]*+)([^>]*+)>|([^<]++)|<![^>]*+>")


def tokens_of(source: str) -> list[Token]:
    """The tokens of the page's body. The parser may take long and raise anything: see `guard`."""
    from selectolax.lexbor import LexborHTMLParser

    parser = LexborHTMLParser(source.encode("utf-8", "replace").decode())
    parser.strip_tags(_NOT_TEXT)
    body = parser.body
    written = (body.html if body is not None else None) or parser.html or ""
    return _TOKEN.findall(written)
