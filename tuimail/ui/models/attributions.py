"""The lines that say whose words a quote's are, as programs write them, in the languages that most mail is in.

    On Mon, 3 Mar 2025, Ada Quill <ada@example.org> wrote:      one to three lines before what is quoted
    -----Original Message-----                                  a line that stands before it
    From: Ada Quill                                             fields: from whom first, then when, to whom, about what
    Sent: Monday, 3 March 2025 10:00

Only whole shapes count: what a person wrote before a quote, and ends with a colon, is none. Knows no widget.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_LINES = 3
"""That an attribution is broken into: date, name and verb each take one at most."""
_MOST_CHARACTERS = 400
_VERBS = (
    "wrote|writes|schrieb|schreibt|a écrit|escribió|escribio|ha scritto|scrisse|escreveu|schreef|heeft geschreven"
    "|skrev|kirjoitti|napisał(?:\\(a\\)|a)?|pisze|napsal(?:\\(a\\)|a)?|написал(?:\\(а\\)|а)?|пишет|yazdı|şunları yazdı"
    "|írta|έγραψε|写道|寫道|書きました|のメール|작성"
)
_STARTS = "On|Am|Le|El|Il|Em|Op|Den|Dne|Dnia|W dniu|Il giorno|Date"
_ATTRIBUTION = re.compile(
    # What it begins with, a date or an address, and who wrote; or who wrote, with the address.
    rf"(?:(?:(?:{_STARTS})\b|[0-9<\"于在]).{{0,300}}?|[^.!?:]{{1,100}}<[^<>\s]{{3,200}}>.{{0,60}}?)(?:{_VERBS}).{{0,150}}[:：]",
    re.IGNORECASE | re.DOTALL,
)
_DATED = re.compile(r"@|[0-9]")
_BARE = re.compile(r"[0-9]{4}\D.{4,100}<[^<>\s]{3,200}@[^<>\s]{3,200}>\s?[:：]", re.DOTALL)
"""A date, a name and an address, as in the languages where no verb stands there."""
_SEPARATOR = re.compile(
    r"[-_]{3,20}\s?(?:original message|forwarded message|ursprüngliche nachricht|originalnachricht|message d['’]origine"
    r"|message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht"
    r"|oryginalna wiadomość|wiadomość oryginalna|исходное сообщение|ursprungligt meddelande|original[\w\s]{0,20}"
    r"|původní zpráva|元のメッセージ|原始邮件|原始郵件|원본 메시지)\s?[-_]{3,20}|_{20,80}|[─—-]{20,400}",
    re.IGNORECASE,
)
_FIELD = re.compile(r"\*{0,2}([^\W\d_][\w\sÀ-ÿ’'-]{0,20}?)\*{0,2}\s?[:：]\*{0,2}\s?\S")
_FROM = frozenset(
    {
        "from",
        "von",
        "de",
        "da",
        "van",
        "från",
        "fra",
        "lähettäjä",
        "od",
        "от",
        "kimden",
        "发件人",
        "寄件者",
        "差出人",
        "보낸 사람",
    }
)
_SUBJECT = frozenset(
    {
        *("subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "ämne", "emne", "aihe", "temat"),
        *("předmět", "тема", "konu", "主题", "主旨", "件名", "제목"),
    }
)
_MOST_OWN = 2000
"""Lines of one's own above another message: beyond these none is looked for."""
_MOST_FIELDS = 12
"""Of a block, lines that go on with a long one included."""


def attribution_start(lines: Sequence[str], low: int, start: int) -> int:
    """The first of the lines, not before `low`, that introduce what is quoted from `start` on; `start`: none does."""
    last = start
    while last > low and not lines[last - 1].strip():
        last -= 1
    found = _written_out(lines, low, last)
    if found < last:
        return found
    if last > low and is_separator(lines[last - 1]):
        return last - 1
    for first in range(max(low, last - _MOST_FIELDS), last):
        if fields_end(lines, first, last) == last:
            return _with_separator(lines, low, first)
    return start


def _written_out(lines: Sequence[str], low: int, last: int) -> int:
    """The first line of an attribution that ends before `last`; `last`: there is none.

    One that is a paragraph of its own may be broken anywhere; of any other, as little as can be is taken.
    """
    found = last
    for first in range(last - 1, max(low, last - MOST_LINES) - 1, -1):
        text = lines[first].strip()
        if not text or (first < last - 1 and text.endswith((".", "!", "?", ":"))):
            break
        is_paragraph = first == low or not lines[first - 1].strip()
        if (found == last or is_paragraph) and is_attribution(" ".join(map(str.strip, lines[first:last]))):
            found = first
    return found


def is_attribution(text: str) -> bool:
    """Whether the text, some lines as one, says who wrote what follows, and nothing else."""
    if len(text) > _MOST_CHARACTERS or not text.endswith((":", "：")) or not _DATED.search(text):
        return False
    return _ATTRIBUTION.fullmatch(text) is not None or _BARE.fullmatch(text) is not None


def is_separator(text: str) -> bool:
    """Whether the line says, or shows, that another message begins."""
    return len(text) <= _MOST_CHARACTERS and _SEPARATOR.fullmatch(text.strip()) is not None


def fields_end(lines: Sequence[str], first: int, end: int) -> int:
    """Where the block of fields ends that begins at `first`; `first` itself where there is none."""
    names: list[str] = []
    number = first
    while number < min(end, first + _MOST_FIELDS) and lines[number].strip():
        found = _FIELD.match(lines[number].strip()[:_MOST_CHARACTERS])
        if found is not None:
            names.append(" ".join(found[1].lower().split()))
        if not names or names[0] not in _FROM:
            return first
        number += 1
    is_block = len(names) >= 3 and not _SUBJECT.isdisjoint(names)
    return number if is_block else first


def next_message(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where another message begins that stands below without quote marks: its first line, and that after its head."""
    for number in range(min(len(lines), _MOST_OWN)):
        end = fields_end(lines, number, len(lines))
        if end > number:
            return _with_separator(lines, 0, number), end
    return None


def _with_separator(lines: Sequence[str], low: int, first: int) -> int:
    """The line before fields that sets them off, where there is one."""
    above = first
    while above > low and not lines[above - 1].strip():
        above -= 1
    return above - 1 if above > low and is_separator(lines[above - 1]) else first
