"""Going to other mail from the main screen: a special mailbox, a chosen one, what a search finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError
from tuimail.model.mailbox import SpecialUse
from tuimail.ui.commands.desk import Pane
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.models.listing import ListingKey, SearchKey
from tuimail.ui.screens.command_screen import CommandScreen

if TYPE_CHECKING:
    from tuimail.ui.app import TuimailApp
    from tuimail.ui.models.listing import Listing
    from tuimail.ui.snapshot import Snapshot


class GoDesk:
    """`account` names the account at hand; `open_listing` lists the messages of a key."""

    def __init__(
        self,
        screen: CommandScreen[None],
        *,
        snapshot: Callable[[], Snapshot],
        listing: Callable[[], Listing | None],
        account: Callable[[], str | None],
        open_listing: Callable[[ListingKey], None],
        show_pane: Callable[[Pane], None],
    ) -> None:
        self._screen = screen
        self._snapshot = snapshot
        self._listing = listing
        self._account = account
        self._open_listing = open_listing
        self._show_pane = show_pane

    def to(self, key: ListingKey) -> None:
        """List those messages, and give the list the focus."""
        self._open_listing(key)
        self._show_pane(Pane.MESSAGES)

    def to_use(self, use: SpecialUse) -> None:
        """See `commands.desk.GoView`."""
        snapshot, listing, account = self._snapshot(), self._listing(), self._account()
        is_unified = listing is None or listing.is_unified
        if is_unified and snapshot.listing(use) is not None:
            self.to(use)
            return
        own = [box for box in snapshot.shown_mailboxes if box.special_use is use and box.selectable]
        found = next((box for box in own if box.account == account), None)
        if found is None and account is None:
            found = next(iter(own), None)
        if found is None:
            self._screen.say(_why_none(use, account))
        else:
            self.to(found.id)

    async def search(self) -> None:
        """Let the user say what to look for, and list it."""
        from tuimail.ui.screens.ask_query import AskQuery

        listing = self._listing()
        before = "" if listing is None else listing.query or ""
        typed: str | None = await self._screen.app.push_screen_wait(AskQuery("Search", before, done="search"))
        if typed is not None:
            self.to(SearchKey(typed))

    async def keep_search(self) -> None:
        """Ask what the search that is listed is to be called, and write it into the configuration."""
        from tuimail.ui.screens.ask_text import AskTextScreen

        listing = self._listing()
        query = None if listing is None else listing.query
        if query is None:
            self._screen.say(f"What is listed is no search: {key_for('search.open')} searches.")
            return
        app = cast("TuimailApp", self._screen.app)
        kept = app.session.config.searches
        before = next((name for name, text in kept.items() if text == query), "")
        name: str | None = await app.push_screen_wait(AskTextScreen("Keep this search as", before, done="keep"))
        if name is None:
            return
        if name in kept and kept[name] != query:
            self._screen.say(f"Another search is called '{one_line(name)}' already.", severity="warning")
            return
        try:
            await app.live_settings.change(("searches", name), query)
        except ConfigError as error:
            self._screen.tell_error(error)
            return
        # Its name is the title of the list from the next look on.
        app.session.rearrange()
        app.look_soon()
        self._screen.say(f"Kept as '{one_line(name)}': {key_for('view.palette')} finds it by its name.")


def _why_none(use: SpecialUse, account: str | None) -> str:
    if use is SpecialUse.SNOOZED:
        # Its mailbox is made when the first message is put there.
        return "Nothing is snoozed."
    return f"{one_line(account) if account else 'No account'} has no {use.value[1:]} mailbox."
