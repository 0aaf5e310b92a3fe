"""Quotes of a message folded; in a list of threads, also what it repeats at its end of those before it.

Runs in a background thread: reads the store, knows no widget. A message before it that is not here, or very large, is
not asked for: the quote is then one like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.mime.lines import StyledLine
from tuimail.model.message import Message
from tuimail.store import read
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.looks import glyphs
from tuimail.ui.models.quote_folds import Folded, folded
from tuimail.ui.stored_message import load_stored

if TYPE_CHECKING:
    from tuimail.store.store import Store

MOST_BEFORE = 4
"""Messages that are compared; an answer quotes one of the last few."""
MOST_OCTETS = 1 << 20
"""Of one that is compared: it has to be unpacked."""
MOST_TEXT_OCTETS = 128 * 1024
"""Of its text."""


def fold_quotes(
    store: Store, message: Message, lines: Sequence[StyledLine], *, is_open: bool, in_conversation: bool
) -> Folded:
    """The lines of `message`; with `is_open` as they are, and only counted what would be folded."""
    sign = glyphs.sign("folded")
    if in_conversation:
        from tuimail.ui.models.quoted_tail import find_tail, repeats, with_tail_folded

        tail = find_tail(lines)
        if tail is not None and any(repeats(lines, tail, text) for text in _texts_before(store, message)):
            return with_tail_folded(lines, tail, sign, key=key_for("preview.folds"), is_open=is_open)
    return folded(lines, sign, is_open=is_open)


def _texts_before(store: Store, message: Message) -> Iterator[str]:
    """What the messages before this one in its thread say, the last one first."""
    from tuimail.mime.parse import parse_message
    from tuimail.mime.render import body_lines
    from tuimail.store.thread_list import list_before

    for id_ in store.mail.read(partial(list_before, id_=message.id, limit=MOST_BEFORE)):
        place = store.mail.read(partial(read.body_place, id_=id_))
        if place is None or place.size_octets > MOST_OCTETS:
            continue
        stored = load_stored(store, place)
        if stored is not None:
            root = parse_message(stored.octets)
            found = body_lines(stored.octets, root, max_octets=MOST_TEXT_OCTETS, max_html_octets=MOST_TEXT_OCTETS)
            yield "\n".join(line.text for line in found)
