"""Choosing a mailbox on the main screen, with what was learnt of where messages went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.store import read
from tuimail.ui.models import targets
from tuimail.ui.session import Session

if TYPE_CHECKING:
    from textual.screen import Screen

    from tuimail.store.database import Connection
    from tuimail.store.target_mailbox import NewMailbox
    from tuimail.ui.models.listing import Listing
    from tuimail.ui.snapshot import Snapshot

_LOOKED_AT = 50
"""Of so many of the messages it is looked up who sent them."""
_ROWS_A_STEP = 1000


class TargetDesk:
    """`screen` is the one that the picker opens over."""

    def __init__(
        self,
        session: Session,
        screen: Screen[None],
        *,
        snapshot: Callable[[], Snapshot],
        listing: Callable[[], Listing | None],
    ) -> None:
        self._session = session
        self._screen = screen
        self._snapshot = snapshot
        self._listing = listing

    async def choose(
        self, title: str, ids: Sequence[MessageId] = (), *, may_create: bool = False
    ) -> MailboxId | NewMailbox | None:
        """See `commands.desk.TargetView`."""
        from tuimail.ui.models.picker_model import PickerModel
        from tuimail.ui.screens.mailbox_picker import MailboxPicker

        snapshot, here = self._snapshot(), self._mailboxes_of(ids)
        origins = await self._origins(ids)
        others = [box for box in snapshot.shown_mailboxes if not here or here != {box.id}]
        home = self._home(here)
        places = targets.standings(self._session.kept.targets, origins, now=int(self._session.clock()))
        standings = {box.id: places[place] for box in others if (place := (box.account, box.name)) in places}
        creates_in = self._account_for_new(home) if may_create else None
        model = PickerModel(others, standings, home=home, creates_in=creates_in)
        chosen: MailboxId | NewMailbox | None = await self._screen.app.push_screen_wait(MailboxPicker(title, model))
        return chosen

    async def pick(self, title: str, ids: Sequence[MessageId]) -> MailboxId | None:
        """As `choose`, of those that there are."""
        from tuimail.store.target_mailbox import NewMailbox

        chosen = await self.choose(title, ids)
        return None if isinstance(chosen, NewMailbox) else chosen

    async def learn(self, target: MailboxId | NewMailbox, ids: Sequence[MessageId]) -> None:
        """Messages went there: it is offered earlier from now on, most of all for mail of the same senders."""
        from tuimail.store.target_mailbox import NewMailbox

        if isinstance(target, NewMailbox):
            account = self._snapshot().account(target.account_id)
            place = ("" if account is None else account.name, target.name)
        else:
            box = self._snapshot().by_id.get(target)
            place = ("", "") if box is None else (box.account, box.name)
        if place[0]:
            origins = await self._origins(ids)
            targets.remember(self._session.kept.targets, place, origins, now=int(self._session.clock()))

    async def _origins(self, ids: Sequence[MessageId]) -> frozenset[str]:
        return await self._session.read_later(partial(_origins_of, ids=list(ids[:_LOOKED_AT]))) if ids else frozenset()

    def _mailboxes_of(self, ids: Sequence[MessageId]) -> set[MailboxId]:
        """The mailboxes that messages are in; of very many, those that are listed."""
        listing = self._listing()
        if len(ids) > _ROWS_A_STEP and listing is not None:
            return set(listing.mailbox_ids)
        rows = self._session.read(partial(read.list_rows, ids=list(ids)))
        return {row.mailbox_id for row in rows.values()}

    def _home(self, here: set[MailboxId]) -> str | None:
        """The account that all messages are in; without messages, that of what is listed."""
        listing = self._listing()
        if not here and listing is not None:
            here = set(listing.mailbox_ids)
        homes = {box.account for box in self._snapshot().mailboxes if box.id in here}
        return homes.pop() if len(homes) == 1 else None

    def _account_for_new(self, home: str | None) -> Mailbox | None:
        """A mailbox of the account that a new one is made in."""
        boxes = self._snapshot().shown_mailboxes
        return next((box for box in boxes if home in (None, box.account)), None)


def _origins_of(connection: Connection, ids: Sequence[MessageId]) -> frozenset[str]:
    """Senders' addresses and List-Ids."""
    found: set[str] = set()
    for message in read.read_messages(connection, ids):
        found.update(address.address.lower() for address in message.envelope.from_)
        found.add(message.envelope.list_id.lower())
    return frozenset(filter(None, found))
