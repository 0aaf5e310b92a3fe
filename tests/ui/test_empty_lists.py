"""What an empty list says: what goes on, and what to press."""

from __future__ import annotations

from msgspec.structs import replace

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.server import Protocol
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.models.listing import Listing
from tuimail.ui.screens.welcome import empty_list_text
from tuimail.ui.snapshot import Snapshot


def box(synced_at: int | None, use: SpecialUse | None = SpecialUse.INBOX, *, selectable: bool = True) -> Mailbox:
    name = "INBOX" if use is SpecialUse.INBOX else "Lists"
    return Mailbox(
        MailboxId(1), AccountId(1), "home", name, "/", (), use, True, selectable, 0, 0, 1, 1, 1, synced_at, 1
    )


def snapshot(*boxes: Mailbox, state: AccountState = AccountState.IDLE) -> Snapshot:
    account = AccountStatus(
        AccountId(1),
        "home",
        Protocol.IMAP,
        state,
        activity="",
        done=0,
        todo=0,
        error="",
        state_at=0,
        synced_at=None,
    )
    return Snapshot(accounts=(account,), mailboxes=boxes, by_id={one.id: one for one in boxes})


def test_an_inbox_that_is_done_and_a_mailbox_that_is_empty() -> None:
    assert empty_list_text(Listing.of(box(1)), snapshot(box(1))) == "Nothing left to do here."
    other = box(1, None)
    assert empty_list_text(Listing.of(other), snapshot(other)) == "This mailbox is empty."


def test_a_first_sync_and_no_connection() -> None:
    new = box(None)
    syncing = empty_list_text(Listing.of(new), snapshot(new, state=AccountState.SYNCING))
    assert "first sync of this mailbox is not done" in syncing
    offline = empty_list_text(Listing.of(new), snapshot(new, state=AccountState.OFFLINE))
    assert "offline" in offline
    assert "tries to connect" in offline
    assert "tries to connect" in empty_list_text(None, snapshot(state=AccountState.OFFLINE))
    assert "first sync brings them" in empty_list_text(None, snapshot(state=AccountState.SYNCING))


def test_what_is_being_read() -> None:
    assert empty_list_text(Listing.of(box(1)), snapshot(box(1)), is_pending=True) == "Reading the mailbox…"
    search = Listing.of_search("from:ada", (box(1),))
    assert empty_list_text(search, snapshot(box(1)), is_pending=True) == "Searching for from:ada …"


def test_a_search_without_a_find() -> None:
    search = Listing.of_search("from:\x1bada", (box(1),))
    told = empty_list_text(search, snapshot(box(1)))
    assert told.startswith("Nothing found for from:␛ada.")
    assert told.endswith("searches for something else.")
    assert "not been synced" not in told

    def of(*boxes: Mailbox, query: str = "boat") -> str:
        return empty_list_text(Listing.of_search(query, boxes), snapshot(*boxes))

    assert "not been synced" in of(box(1), box(None, None))
    assert "not been synced" not in of(box(1), box(None, None, selectable=False), box(None, SpecialUse.SNOOZED))
    trash, junk = (replace(box(None, use), total=1) for use in (SpecialUse.TRASH, SpecialUse.JUNK))
    told = of(box(1), trash, junk)
    assert "Without Trash and Junk: in:trash or in:junk looks there." in told
    assert "not been synced" not in told
    assert "Without" not in of(box(1), trash, query="boat in:trash")
    assert "Without" not in of(box(1), box(1, SpecialUse.TRASH))


def test_a_search_that_cannot_be_understood() -> None:
    fault = ConfigError("there is no such day", hint="A day is 2026-11-22.")
    told = empty_list_text(Listing.of_search("after:never"), snapshot(box(1)), fault=fault)
    assert told.startswith("after:never\n\n")
    assert "there is no such day" in told
