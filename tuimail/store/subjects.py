"""The base of a subject (RFC 5256, section 2.1), without the words that mail programs put before and behind it."""

from __future__ import annotations

MAX_CHARACTERS = 500
"""What lies beyond says nothing more; bounds the work on a forged subject of nothing but brackets."""
_LONGEST_PREFIX = 24

REPLY_WORDS = frozenset({
    "re",  # English, and whoever follows the RFC
    "r", "rif",  # Italian
    "aw", "antwort",  # German
    "sv", "svar", "vs", "vá", "bls",  # Scandinavian, Finnish, Hungarian, Indonesian
    "antw",  # Dutch
    "rép", "réponse",  # French
    "res", "rta",  # Portuguese, Spanish
    "odp", "ynt", "yan", "atb", "απ", "σχετ", "отв", "ответ", "תגובה", "השב", "رد",
    "回复", "回覆", "答复", "答覆", "返信", "답장", "회신",
})  # fmt: skip
"""What stands before the colon of an answer's subject, folded."""
FORWARD_WORDS = frozenset({
    "fw", "fwd", "wg", "tr", "vb", "vl", "doorst", "enc", "rv", "i", "pd", "yml", "πρθ", "İLT".casefold(),
    "转发", "轉寄", "轉發", "転送", "전달",
})  # fmt: skip
"""What stands before the colon of a forwarded message's subject, folded."""


def base_subject(subject: str) -> tuple[str, bool]:
    """The subject without what mail programs add to it, folded for comparison; whether it begins as an answer does.

    `Re: [friends] AW: Lunch (fwd)` is an answer about `lunch`; `Fwd: Re: Lunch` is none.
    """
    text = " ".join(subject[:MAX_CHARACTERS].replace("\uff1a", ":").split()).casefold()
    if ":" not in text[:_LONGEST_PREFIX] and not text.startswith("[") and not text.endswith("(fwd)"):
        return text, False
    is_reply: bool | None = None
    while True:
        while text.endswith("(fwd)"):
            text = text[:-5].rstrip()
        text, first = _without_leaders(text)
        is_reply = first if is_reply is None else is_reply
        if not (text.startswith("[fwd:") and text.endswith("]")):
            return text, bool(is_reply)
        text = text[5:-1].strip()
        is_reply = bool(is_reply)


def _without_leaders(text: str) -> tuple[str, bool | None]:
    """The text behind all leaders and tags; whether the first leader is an answer's (None: there is none)."""
    first: bool | None = None
    while True:
        bare = _without_tags(text)
        length, is_reply = _leader(bare)
        if length:
            text = bare[length:].lstrip()
            first = is_reply if first is None else first
        elif bare and bare != text:
            text = bare
        else:
            return text, first


def _without_tags(text: str) -> str:
    """Without `[tags]` before it."""
    while text.startswith("["):
        end = text.find("]")
        if end < 0 or "[" in text[1:end]:
            break
        text = text[end + 1 :].lstrip()
    return text


def _leader(text: str) -> tuple[int, bool]:
    """How long the leader (`re:`, `aw[2]:`, `sv (3) :`) before the text is, and whether it is an answer's."""
    end = text.find(":", 0, _LONGEST_PREFIX)
    if end < 0:
        return 0, False
    word = text[:end].rstrip()
    if word not in REPLY_WORDS and word not in FORWARD_WORDS:
        word = _without_number(word)
    if word in REPLY_WORDS:
        return end + 1, True
    return (end + 1, False) if word in FORWARD_WORDS else (0, False)


def _without_number(word: str) -> str:
    """`re[2]`, `re (3)`, `re^4`, `re*5` and `re6` are `re`; so is `re[friends]`."""
    if word.endswith("]") and "[" in word:
        return word[: word.index("[")].rstrip()
    if word.endswith(")") and "(" in word:
        word = word[:-1]
    return word.rstrip("0123456789").rstrip("(^* ")
