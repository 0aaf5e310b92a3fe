"""Authentication-Results as a field (RFC 8601, section 2.2): whose it is, what it says, and what one result speaks of.

    mx.home.example; dkim=pass (comment) header.d=shop.example header.s=a; spf=fail smtp.mailfrom=shop.example; …
    authserv-id      method value        ptype.property

Read by a tokenizer of ours, linear in the octets. What is to be believed of it is `authentication`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from tuimail.mime.words import clean_line, raw_text

MAX_RESULTS = 100
"""Of one field: servers write five; each signature of a list's message adds one."""
MAX_FIELD = 16 * 1024
"""Octets of a field that are read: what a server of one's own writes is a few hundred long."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[()=;]|(?:[^\s"()=;\\]|\\.?)++', re.DOTALL)
_IN_COMMENT = re.compile(r"[()=;]|(?:[^\s()=;\\]|\\.?)++", re.DOTALL)
_POLICY = re.compile(r"\b(?:p|policy|sp)\s*=\s*(none|quarantine|reject)", re.IGNORECASE)


class Result(msgspec.Struct, frozen=True):
    """What one method found: `properties` as in "header.d" → "shop.example", in lower case; `comment` as written."""

    method: str
    value: str
    properties: dict[str, str]
    comment: str = ""


def parse_results(value: bytes) -> tuple[str, tuple[Result, ...]]:
    """The authserv-id of an Authentication-Results value ("" where it has none) and its results. Never raises."""
    statements = _statements(_tokens(raw_text(value[:MAX_FIELD])))
    head: tuple[list[str], str] = next(statements, ([], ""))
    server = clean_line(head[0][0].strip('"')).lower().rstrip(".") if head[0] and "=" not in head[0][1:2] else ""
    results = [] if server or not head[0] else [_result(*head)]
    for words, comment in statements:
        if len(results) >= MAX_RESULTS:
            break
        results.append(_result(words, comment))
    return server, tuple(result for result in results if result is not None)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Tokens, each with how deep in comments it stands (RFC 8601, section 2.2; comments nest, RFC 5322)."""
    depth = position = 0
    # A quote begins a string outside comments only; a backslash covers what follows it in both (RFC 5322, 3.2.2).
    while found := (_IN_COMMENT if depth else _TOKEN).search(text, position):
        position = found.end()
        match found[0]:
            case "(":
                depth += 1
            case ")":
                depth = max(0, depth - 1)
            case word:
                yield word, depth


def _statements(tokens: Iterable[tuple[str, int]]) -> Iterator[tuple[list[str], str]]:
    """What stands between semicolons: its tokens outside comments, and its comments as one text."""
    words: list[str] = []
    comments: list[str] = []
    for word, depth in tokens:
        if depth:
            comments.append(word)
        elif word != ";":
            words.append(word)
        else:
            yield words, " ".join(comments)
            words, comments = [], []
    yield words, " ".join(comments)


def _result(words: list[str], comment: str) -> Result | None:
    """`method=value ptype.property=value …`; None for "none" and for what is no result."""
    pairs: list[tuple[str, str]] = []
    for index in range(1, len(words) - 1):
        if words[index] == "=":
            pairs.append((words[index - 1].lower(), clean_line(words[index + 1].strip('"'))))
    if not pairs:
        return None
    method, value = pairs[0]
    properties = {name: found.lower() for name, found in reversed(pairs[1:])}
    return Result(method.partition("/")[0], value.lower(), properties, clean_line(comment.replace(" = ", "=")))


def policy_of(dmarc: Result) -> str:
    """What the domain asks to do with a message that fails; "" where the server does not say."""
    for name, value in dmarc.properties.items():
        if name.startswith("policy.") and value in {"none", "quarantine", "reject"}:
            return value
    if found := _POLICY.search(dmarc.comment):
        return found[1].lower()
    action = dmarc.properties.get("action", "")
    return {"oreject": "reject", "o.reject": "reject"}.get(action, action)


def identity_of(result: Result) -> str:
    """The domain that a result speaks of: of a signature, or of the envelope's sender."""
    get = result.properties.get
    if result.method == "dkim":
        return get("header.d", "") or get("header.i", "").rpartition("@")[2]
    if result.method == "spf":
        return get("smtp.mailfrom", "").rpartition("@")[2].strip("<>")
    return ""
