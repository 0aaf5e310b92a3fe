"""How the message list is looked at: its order, threads, how many lines a message takes. What commands do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from tuimail.config.schema import Config, Density
from tuimail.model.ids import MessageId
from tuimail.model.sort_key import SortKey
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.models.list_view import SHOWS_RECIPIENTS, ListView, density_of, keep_density, view_of
from tuimail.ui.models.listing import Listing
from tuimail.ui.screens.list_reader import ListReader
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList


class ListsDesk:
    """`say` tells the user something."""

    def __init__(
        self, session: Session, messages: MessageList, lists: ListReader, *, say: Callable[[str], None]
    ) -> None:
        self._session = session
        self._messages = messages
        self._lists = lists
        self._say = say
        self._told_of: Listing | None = None
        self._told = ""
        self._show_settings()
        session.watch_config(self._config_changed)

    @property
    def title(self) -> str:
        """What the status line says of the list's order."""
        view = self._lists.view
        listing = self._lists.listing
        if not self._lists.is_pending:
            return ", ".join(filter(None, [view.title, self._left_out(listing)]))
        is_search = listing is not None and listing.query is not None and not self._messages.line_count
        return "searching…" if is_search else f"{view.title or 'newest first'} …"

    def _left_out(self, listing: Listing | None) -> str:
        """In few words what a search has not looked into; asked for with every key, so that it is worked out once."""
        if listing is not self._told_of:
            self._told_of = listing
            left_out = [] if listing is None else [use.value[1:] for use in listing.left_out]
            self._told = f"without {', '.join(left_out)} (in:{left_out[0].lower()})" if left_out else ""
        return self._told

    def order_by(self, key: SortKey) -> Awaitable[None]:
        """Order the list by this from now on; the other way round when it is ordered so already."""
        listing, view = self._lists.listing, self._lists.view
        if key is SortKey.SENDER and listing is not None and listing.use in SHOWS_RECIPIENTS:
            key = SortKey.RECIPIENT
        # What was seen stays among the unseen until it is asked for anew.
        if key is view.key and key is not SortKey.UNSEEN:
            return self.reverse()
        return self._look(view.ordered_by(key))

    def reverse(self) -> Awaitable[None]:
        """The same order from its other end."""
        view = self._lists.view
        return self._look(msgspec.structs.replace(view, descending=not view.descending))

    def toggle_threads(self) -> Awaitable[None] | None:
        """Show threads instead of messages, or messages again."""
        listing, view = self._lists.listing, self._lists.view
        if listing is None:
            return None
        if listing.query is not None:
            self._say("A search shows single messages.")
            return None
        return self._look(msgspec.structs.replace(view, threaded=not view.threaded))

    def _look(self, view: ListView) -> Awaitable[None]:
        self._lists.look_otherwise(view)
        return self._lists.as_asked()

    def unfold(self) -> None:
        """Show the messages of the thread under the cursor."""
        if not self._messages.model.is_threaded:
            self._say(f"These are messages: {key_for('thread.toggle')} shows threads.")
        elif self._messages.unfold():
            self._lists.rows_changed_here()

    def fold(self) -> None:
        """Show the thread under the cursor as one row."""
        if self._messages.fold():
            self._lists.rows_changed_here()

    def toggle_density(self) -> None:
        """Show each message in two lines, or in one again."""
        ui = self._session.config.ui
        is_compact = self._messages.row_lines == 1
        density = Density.COMFORTABLE if is_compact else Density.COMPACT
        keep_density(self._session.kept.lists, ui, density)
        self._messages.show_settings(ui, density)

    def any_heard(self, ids: list[MessageId]) -> bool:
        """Whether a message's thread is not muted."""
        from tuimail.store.thread_list import muted_of

        return len(self._session.read(partial(muted_of, ids=ids))) < len(ids)

    def _config_changed(self, before: Config) -> None:
        ui, listing = self._session.config.ui, self._lists.listing
        if before.ui == ui:
            return
        self._show_settings()
        view = self._lists.view if listing is None else view_of(self._session.kept.lists, listing, ui)
        if view != self._lists.view:
            self._lists.look_otherwise(view)

    def _show_settings(self) -> None:
        ui = self._session.config.ui
        self._messages.show_settings(ui, density_of(self._session.kept.lists, ui))
