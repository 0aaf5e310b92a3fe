"""The accounts and their mailboxes: what the tree's cursor is on, going there, and what is shown of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MailboxId
from tuimail.store.accounts import AccountStatus
from tuimail.ui.commands.desk import Pane, TreePlace
from tuimail.ui.models.listing import Listing, ListingKey
from tuimail.ui.session import Session
from tuimail.ui.snapshot import Snapshot
from tuimail.ui.widgets.mailbox_tree import MailboxTree


class TreeDesk:
    """`pane` says which pane has the focus, `listing` what is listed; `open_listing` and `show_pane` go elsewhere.

    `look_soon` shows the store when the last look is old enough, `say` tells the user something.
    """

    def __init__(
        self,
        session: Session,
        tree: MailboxTree,
        *,
        snapshot: Callable[[], Snapshot],
        listing: Callable[[], Listing | None],
        pane: Callable[[], Pane],
        open_listing: Callable[[ListingKey], None],
        show_pane: Callable[[Pane], None],
        look_soon: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._session = session
        self._tree = tree
        self._snapshot = snapshot
        self._listing = listing
        self._pane = pane
        self._open_listing = open_listing
        self._show_pane = show_pane
        self._look_soon = look_soon
        self._say = say

    @property
    def place(self) -> TreePlace | None:
        """Where the cursor stands."""
        row, snapshot = self._tree.current_row, self._snapshot()
        ids = {account.name: account.id for account in snapshot.accounts}
        if row is None or row.key[0] not in ids:
            # A view of several accounts is no place for a mailbox.
            return None
        account, name = row.key
        own = (mailbox for mailbox in snapshot.mailboxes if mailbox.account == account)
        delimiter = next((mailbox.delimiter for mailbox in own if mailbox.delimiter), "")
        return TreePlace(ids[account], name, delimiter, row.mailbox)

    @property
    def account(self) -> AccountStatus | None:
        """The account whose row has the cursor, where keys go to the tree."""
        place = self.place if self._pane() is Pane.MAILBOXES else None
        return None if place is None or place.name else self._snapshot().account(place.account_id)

    @property
    def accounts(self) -> Sequence[AccountStatus]:
        """That account; all where there is none."""
        account = self.account
        return self._snapshot().accounts if account is None else [account]

    @property
    def account_at_hand(self) -> str | None:
        """The account of what is listed, of the cursor while keys go to the tree; None: of several."""
        place = self.place if self._pane() is Pane.MAILBOXES else None
        if place is not None:
            account = self._snapshot().account(place.account_id)
            return None if account is None else account.name
        listing = self._listing()
        names = {box.account for box in listing.mailboxes} if listing is not None else set()
        return names.pop() if len(names) == 1 else None

    def open(self) -> None:
        """Go to the messages of the mailbox under the cursor; a row without any folds."""
        row = self._tree.current_row
        if row is None or row.listing_key is not None:
            if row is not None and row.listing_key is not None:
                # It may not have rested there long enough to be listed: the next key is about its messages.
                self._open_listing(row.listing_key)
            self._show_pane(Pane.MESSAGES)
        elif row.has_children:
            self.fold()

    def fold(self) -> None:
        """Show or hide what lies below the current row."""
        self._tree.toggle_fold()

    def toggle_hidden(self) -> None:
        """Show or hide the accounts that the configuration hides."""
        names = [one_line(name) for name, look in self._snapshot().looks.items() if look.hidden]
        if not names:
            self._say("No account is hidden: `hidden = true` in an account's table hides it.")
            return
        self._session.shows_hidden = not self._session.shows_hidden
        self._session.rearrange()
        self._look_soon()
        self._say(f"{', '.join(names)}: {'shown' if self._session.shows_hidden else 'hidden'}")

    def loses_messages(self, mailbox_id: MailboxId) -> bool:
        """Whether deleting the mailbox deletes its messages for good."""
        from tuimail.store import mailbox_changes

        return self._session.read(partial(mailbox_changes.loses_messages, mailbox_id=mailbox_id))
