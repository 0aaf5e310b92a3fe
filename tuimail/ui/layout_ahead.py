"""Messages laid out for the reader; the one that is probably read next is so before it is asked for.

    load(wanted) ──► reading + document        `document` of the one prepared, where nothing else came of it since
    prepare(wanted)                            while one reads, after a pause in which nothing else was wanted

Works in the session's render thread alone. What was prepared is never shown for itself: the message is read again from
the store, which is quick, and only the lines that come out the same are not laid out a second time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuimail.mime.view import ViewOptions
from tuimail.store import read
from tuimail.store.store import Store
from tuimail.ui.reading import Reading, load_reading
from tuimail.ui.widgets.preview.model import Document

if TYPE_CHECKING:
    from tuimail.ui.screens.message_reader import Wanted
    from tuimail.ui.session import Session

MOST_OCTETS_AHEAD = 256 << 10
"""Larger messages are prepared by nobody: the one that is wanted instead would have to wait for them."""


class LayoutAhead:
    """`load` is given to `Session.render`, `prepare` to `Session.render_ahead`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prepared: Document | None = None

    def load(self, store: Store, wanted: Wanted) -> tuple[Reading, Document] | None:
        """The message and its lines wrapped: long ones take longer than a screen may wait. None: it is gone.

        Raises:
            StoreError: the store cannot be read.
        """
        session, choices = self._session, wanted.choices
        reading = load_reading(
            store,
            wanted.id_,
            session.views,
            doubts=session.origins.notices,
            secrecy=session.secrecy,
            connected=wanted.connected,
            options=ViewOptions(choices.shape, wanted.cells, choices.charset, choices.max_octets),
            short_header_cells=wanted.header_cells,
            folds_open=choices.folds_open,
            in_conversation=wanted.in_conversation,
        )
        if reading is None:
            return None
        lines, links = reading.lines, () if reading.view is None else reading.view.links
        prepared = self._prepared
        if prepared is not None and prepared.is_of(lines, wanted.cells, links):
            return reading, prepared
        return reading, Document(lines, wanted.cells, links)

    def prepare(self, store: Store, wanted: Wanted) -> None:
        """Load it in advance; whoever reads it then is told if it cannot be."""
        message = store.mail.read(partial(read.read_message, id_=wanted.id_))
        if message is not None and message.size_octets <= MOST_OCTETS_AHEAD:
            found = self.load(store, wanted)
            self._prepared = None if found is None else found[1]
