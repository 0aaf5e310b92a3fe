"""The mailboxes of a screen: what has not changed is neither read nor made again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.server_message import ServerMessage
from tuimail.store import accounts, mailbox_changes, mailboxes, messages
from tuimail.store.mailbox_cache import MailboxCache
from tuimail.store.mailboxes import ListedFacts, MirrorState
from tuimail.store.store import Store

NOW = 1_741_780_800
MANY = 10_000


def make(directory: Path, names: list[str]) -> tuple[Store, AccountId, dict[str, MailboxId]]:
    """A store with an account that has these mailboxes."""
    store = Store(directory)
    account_id = store.mail.write(lambda connection: accounts.ensure_account(connection, "home"), durable=False)
    listed = [ListedFacts(name, "/", (), SpecialUse.INBOX if name == "INBOX" else None, True, True) for name in names]
    ids, _ = store.mail.write(partial(mailboxes.save_listed, account_id=account_id, listed=listed), durable=False)
    return store, account_id, ids


def deliver(store: Store, account_id: AccountId, mailbox_id: MailboxId, uid: int) -> None:
    """One message comes."""
    from tuimail.model.envelope import Envelope

    message = ServerMessage(
        uid=uid, flags=Flags.of(()), internal_date=NOW, size_octets=1, mod_seq=uid, envelope=Envelope(),
        has_attachments=False,
    )  # fmt: skip
    store.mail.write(
        lambda connection: messages.save_messages(connection, account_id, mailbox_id, [message]), durable=False
    )


def test_of_many_only_what_changed_is_read(tmp_path: Path) -> None:
    names = ["INBOX", *(f"Box {number}" for number in range(MANY))]
    store, account_id, ids = make(tmp_path, names)
    cache = MailboxCache()
    first = store.mail.read(cache.look)["home"]
    assert cache.read_count == len(first) == MANY + 1
    assert store.mail.read(cache.look)["home"] is first
    deliver(store, account_id, ids["Box 77"], 1)
    second = store.mail.read(cache.look)["home"]
    assert cache.read_count == MANY + 2
    different = [new for old, new in zip(first, second, strict=True) if old is not new]
    assert [(mailbox.name, mailbox.total, mailbox.unseen) for mailbox in different] == [("Box 77", 1, 1)]
    assert cache.by_id[ids["Box 77"]] is different[0]
    store.close()


def test_what_comes_goes_and_is_renamed_stands_in_its_place(tmp_path: Path) -> None:
    store, account_id, ids = make(tmp_path, ["INBOX", "Beech", "Cedar"])
    cache = MailboxCache()

    def look() -> list[str]:
        found = store.mail.read(cache.look)
        assert list(found["home"]) == store.mail.read(partial(mailboxes.list_mailboxes, account_id=account_id))
        assert set(cache.by_id) == {mailbox.id for mailbox in found["home"]}
        return [mailbox.name for mailbox in found["home"]]

    assert look() == ["INBOX", "Beech", "Cedar"]
    store.mail.write(partial(mailbox_changes.rename, mailbox_id=ids["Beech"], new_name="Yew", now=NOW), durable=False)
    assert look() == ["INBOX", "Cedar", "Yew"]
    store.mail.write(partial(mailbox_changes.create, account_id=account_id, name="Alder", now=NOW), durable=False)
    assert look() == ["INBOX", "Alder", "Cedar", "Yew"]
    store.mail.write(partial(mailbox_changes.delete, mailbox_id=ids["Cedar"], permanent=False, now=NOW), durable=False)
    assert look() == ["INBOX", "Alder", "Yew"]
    store.close()


def test_the_first_sync_of_a_mailbox_is_a_change(tmp_path: Path) -> None:
    store, _, ids = make(tmp_path, ["INBOX"])
    cache = MailboxCache()

    def inbox() -> Mailbox:
        return store.mail.read(cache.look)["home"][0]

    assert inbox().synced_at is None
    store.mail.write(
        partial(mailboxes.save_mirror_state, mailbox_id=ids["INBOX"], state=MirrorState(1, 1, 1, 0, 1), synced_at=NOW),
        durable=False,
    )
    assert inbox().synced_at == NOW
    store.close()


def test_an_account_that_goes_takes_its_mailboxes(tmp_path: Path) -> None:
    store, _, _ = make(tmp_path, ["INBOX", "Cedar"])
    cache = MailboxCache()
    assert list(store.mail.read(cache.look)) == ["home"]
    store.mail.write(lambda connection: connection.execute("DELETE FROM accounts"), durable=False)
    assert store.mail.read(cache.look) == {}
    assert cache.by_id == {}
    store.close()
