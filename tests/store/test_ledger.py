"""The ledger of a POP3 account."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tuimail.model.ids import AccountId, MessageId
from tuimail.model.server import Protocol
from tuimail.store import accounts, ledger
from tuimail.store.ledger import Entry, NewEntry
from tuimail.store.store import Store

NOW = 1_800_000_000


class Book:
    """Two accounts in one store."""

    def __init__(self, directory: Path) -> None:
        self.store = Store(directory)
        self.id, self.other = (
            self.store.mail.write(partial(accounts.ensure_account, name=name, protocol=Protocol.POP3), durable=False)
            for name in ("old", "older")
        )

    def add(self, *uidls: str, account_id: AccountId | None = None, first: int = 1, now: int = NOW) -> list[Entry]:
        new = [NewEntry(uidl, MessageId(first + number), b"digest", 100) for number, uidl in enumerate(uidls)]
        return self.store.mail.write(
            partial(ledger.add, account_id=account_id or self.id, new=new, now=now), durable=False
        )

    def entries(self, account_id: AccountId | None = None) -> list[Entry]:
        found = self.store.mail.read(partial(ledger.load, account_id=account_id or self.id))
        return sorted((entry for entries in found.values() for entry in entries), key=lambda entry: entry.key)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    yield made
    made.store.close()


def test_what_is_called_the_same_is_told_apart(book: Book) -> None:
    added = book.add("a", "a", "b")
    assert [entry.key for entry in added] == [("a", 0), ("a", 1), ("b", 0)]
    assert book.entries() == added
    assert [entry.copy for entry in book.add("a", first=9)] == [2]


def test_accounts_do_not_meet(book: Book) -> None:
    book.add("a")
    book.add("a", account_id=book.other, first=2)
    assert [entry.message_id for entry in book.entries()] == [1]
    book.store.mail.write(partial(accounts.remove_account, account_id=book.id), durable=False)
    assert book.entries() == []
    assert [entry.message_id for entry in book.entries(book.other)] == [2]


def test_a_deletion_can_be_taken_back(book: Book) -> None:
    book.add("a", "b")
    write = book.store.mail.write
    write(partial(ledger.wants_removal, message_ids=[MessageId(2), MessageId(77)]), durable=False)
    assert [entry.unwanted for entry in book.entries()] == [False, True]
    write(partial(ledger.wants_keeping, message_ids=[MessageId(2)]), durable=False)
    assert [entry.unwanted for entry in book.entries()] == [False, False]


def test_what_is_gone_is_remembered_for_a_while(book: Book) -> None:
    entries = book.add("a", "b")
    write = book.store.mail.write
    write(partial(ledger.set_gone, account_id=book.id, entries=entries, now=NOW), durable=False)
    write(partial(ledger.set_there, account_id=book.id, found=[(entries[1], 120)]), durable=False)
    assert [entry.is_gone for entry in book.entries()] == [True, False]
    assert [entry.listed_octets for entry in book.entries()] == [100, 120]
    for now, left in ((NOW + ledger.FORGET_S, 2), (NOW + ledger.FORGET_S + 1, 1)):
        write(partial(ledger.forget, account_id=book.id, now=now), durable=False)
        assert len(book.entries()) == left


def test_doubt_ends_when_the_server_is_heard_or_the_octets_are(book: Book) -> None:
    entries = book.add("a", "b", "c", "d")
    write = book.store.mail.write
    write(partial(ledger.set_in_doubt, account_id=book.id, entries=entries, on=True), durable=False)
    assert [entry.in_doubt for entry in book.entries()] == [True] * 4
    write(partial(ledger.set_gone, account_id=book.id, entries=entries[:1], now=NOW), durable=False)
    write(partial(ledger.set_there, account_id=book.id, found=[(entries[1], 100)]), durable=False)
    write(partial(ledger.set_in_doubt, account_id=book.id, entries=entries[2:3], on=False), durable=False)
    assert [entry.in_doubt for entry in book.entries()] == [False, False, False, True]


def test_messages_that_do_not_come_have_their_turns(book: Book) -> None:
    write, read = book.store.mail.write, book.store.mail.read
    for uidl, now in (("a", 1), ("b", 2), ("a", 3)):
        write(partial(ledger.set_broken, account_id=book.id, uidl=uidl, now=now), durable=False)
    write(partial(ledger.set_title, account_id=book.id, uidl="a", title="'Plans' from Ada"), durable=False)
    assert list(read(partial(ledger.broken, account_id=book.id)).items()) == [("b", ""), ("a", "'Plans' from Ada")]
    write(partial(ledger.forget_broken, account_id=book.id, uidls=["b"]), durable=False)
    assert list(read(partial(ledger.broken, account_id=book.id))) == ["a"]
    assert read(partial(ledger.broken, account_id=book.other)) == {}
