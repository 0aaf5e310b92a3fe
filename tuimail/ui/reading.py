"""One message as lines to read: what stands above it, and its text; what is not here yet is said in words.

    store ──octets──► view (see `rendering`) ──► head + body, long quotes folded

Runs in a background thread: loads, renders, knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import msgspec

from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.partial import with_parts_apart
from tuimail.mime.view import MessageView, Notice, Shape, ViewOptions
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState, Message
from tuimail.store import answers, bodies, read, snooze_rows
from tuimail.store.answers import GivenAnswer
from tuimail.store.read import BodyPlace
from tuimail.store.store import Store
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.conversation import fold_quotes
from tuimail.ui.models.quote_bars import with_bars
from tuimail.ui.reading_head import EMPTY, attached, header_lines, how_to_save, notice_lines
from tuimail.ui.rendering import ViewRenderer
from tuimail.ui.secrecy import Secrecy
from tuimail.ui.stored_message import load_stored

_RAW = frozenset({Shape.SOURCE, Shape.HEADERS})
"""Shown as they are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A message ready to be shown: `view` is None until its body is here.

    `folds` quotes are long enough to be folded. `given`: messages of one's own that answer the invitation in it.
    """

    message: Message
    head: tuple[StyledLine, ...]
    body: tuple[StyledLine, ...]
    view: MessageView | None = None
    folds: int = 0
    given: tuple[GivenAnswer, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the body is here."""
        return self.view is not None

    @property
    def lines(self) -> tuple[StyledLine, ...]:
        """All that is shown."""
        return (*self.head, EMPTY, *self.body)

    @property
    def text(self) -> str:
        """The text alone, without what stands above it, and nothing of it folded."""
        return "" if self.view is None else self.view.text.strip("\n")


def load_reading(
    store: Store,
    id_: MessageId,
    renderer: ViewRenderer,
    *,
    connected: bool,
    doubts: Callable[[Store, Message, BodyPlace], Sequence[Notice]] | None = None,
    secrecy: Secrecy | None = None,
    options: ViewOptions = ViewOptions(),  # noqa: B008 - frozen
    short_header_cells: int | None = None,
    folds_open: bool = True,
    in_conversation: bool = False,
) -> Reading | None:
    """The message, or None when it does not exist. `connected` says whether a missing body can be hoped for now.

    `doubts` are told above the text; `secrecy` knows what was signed or encrypted. `short_header_cells`: the header has
    few lines, cut to this width; None: it is whole. `in_conversation`: it stands in a list of threads.
    """
    message, place, until = store.mail.read(
        lambda connection: (
            read.read_message(connection, id_),
            read.body_place(connection, id_),
            snooze_rows.until_of(connection, [id_]).get(id_),
        )
    )
    if message is None or place is None:
        return None
    view = _view(store, id_, place, renderer, options)
    if view is None:
        header = header_lines(message, (), until, short_header_cells)
        return Reading(message, tuple(header), tuple(_missing_lines(connected)))
    if secrecy is not None:
        view = secrecy.merged(id_, view, options, renderer.html)
    if doubts is not None:
        view = msgspec.structs.replace(view, notices=(*doubts(store, message, place), *view.notices))
    parts = attached(view)
    head = header_lines(message, parts, until, short_header_cells)
    if parts and short_header_cells is None:
        head.append(how_to_save(parts))
    given: tuple[GivenAnswer, ...] = ()
    if view.invitation is not None:
        from tuimail.ui.invitations import answer_notices

        given = tuple(store.mail.read(lambda connection: answers.list_answers(connection, id_)))
        view = msgspec.structs.replace(view, notices=(*answer_notices(store, id_, view.invitation), *view.notices))
    head += notice_lines(view, short_header_cells)
    shown = fold_quotes(
        store,
        message,
        with_bars(view.lines),
        is_open=folds_open or view.shape in _RAW,
        in_conversation=in_conversation and view.shape not in _RAW,
    )
    body = list(shown.lines) or [_note("This message has no text.")]
    if view.has_more:
        body += [EMPTY, _note(f"The text goes on: {key_for('preview.more')} shows more of it.")]
    return Reading(message, tuple(head), tuple(body), view, shown.folds, given)


def _view(
    store: Store, id_: MessageId, place: BodyPlace, renderer: ViewRenderer, options: ViewOptions
) -> MessageView | None:
    body_id = place.body_id
    if place.state is BodyState.FULL and body_id is not None:
        key: Hashable = (id_, body_id)
        return renderer.view(
            key, options, lambda: store.bodies.read(lambda connection: bodies.load_body(connection, body_id))
        )
    stored = load_stored(store, place)
    if stored is None:
        return None
    # Another view with each part that came.
    parts = frozenset(stored.apart)
    view = renderer.view((id_, body_id, parts), options, lambda: stored.octets)
    view = with_parts_apart(view, stored.octets, stored.apart)
    if options.shape is not Shape.SOURCE:
        return view
    note = Notice("note", "This message was fetched in part: what it has attached is left out here.")
    return msgspec.structs.replace(view, notices=(note, *view.notices))


def vanished_lines(lines: Sequence[StyledLine]) -> list[StyledLine]:
    """The same message with a note that it has left its mailbox."""
    note = Span("This message is no longer in this mailbox: it was moved or deleted elsewhere.", "note")
    return [StyledLine((note,)), EMPTY, *lines]


def _missing_lines(connected: bool) -> list[StyledLine]:
    text = (
        "Fetching the message…"
        if connected
        else "The text of this message is not on this machine yet. It comes when the account is connected."
    )
    return [_note(text)]


def _note(text: str) -> StyledLine:
    return StyledLine((Span(text, "note"),))
