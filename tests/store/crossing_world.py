"""Three accounts in one store, two on servers and one that lives here, between which messages go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.store.world import World, own_message
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.message import NewMessage
from tuimail.model.server import Protocol
from tuimail.model.server_message import ServerMessage
from tuimail.store import bodies, changes, crossing, journal, local, readiness, removals, undo
from tuimail.store.database import Connection
from tuimail.store.journal import Intent
from tuimail.store.recorder import Change
from tuimail.store.store import Store

ACCOUNTS = ("work", "home", "old")
NOW = 2**40


@dataclass
class Between:
    """The accounts by name; `old` is the one that lives here."""

    store: Store
    accounts: dict[str, World]

    @classmethod
    def make(cls, directory: Path) -> Between:
        store = Store(directory)
        protocols = (Protocol.IMAP, Protocol.IMAP, Protocol.POP3)
        return cls(store, {name: World.of(store, name, how) for name, how in zip(ACCOUNTS, protocols, strict=True)})

    def mailbox(self, account: str, name: str = "INBOX") -> MailboxId:
        return self.accounts[account].mailboxes[name]

    def arrive(self, account: str, number: int, mailbox: str = "INBOX", *, with_text: bool = True) -> MessageId:
        """A message comes into an account, downloaded or listed by its server."""
        world = self.accounts[account]
        if account == "old":
            return world.deliver(mailbox, number)[0]
        (id_,) = world.save(mailbox, [_as_listed(number, own_message(number))])
        if with_text:
            self.fetch([id_])
        return id_

    def fetch(self, ids: list[MessageId]) -> None:
        """Their octets come, as they do when a server gives them."""

        def save(connection: Connection) -> None:
            for id_ in ids:
                bodies.save_chunks(connection, id_, bodies.compress(own_message(self.number_of(id_)).octets))

        def point(connection: Connection) -> None:
            for id_ in ids:
                bodies.point_to_body(connection, id_, "")
            crossing.share_bodies(connection)
            local.carry_out(connection, now=NOW)

        self.store.bodies.write(save, durable=False)
        self.store.mail.write(point, durable=False)

    def fetch_wanted(self, account: str) -> int:
        """What the journal wants of this account's server. Returns how many."""
        account_id = self.accounts[account].account_id
        wanted = self.store.mail.read(partial(crossing.bodies_wanted, account_id=account_id, now=NOW, limit=100))
        self.fetch([id_ for _, _, id_, _ in wanted])
        return len(wanted)

    def number_of(self, id_: MessageId) -> int:
        header = self.store.mail.read(
            lambda connection: connection.execute("SELECT message_id FROM messages WHERE id = ?", (id_,)).get
        )
        return int(header.strip("<>").partition("@")[0])

    def move(self, ids: list[MessageId], account: str, mailbox: str = "INBOX") -> Change:
        target = self.mailbox(account, mailbox)
        return self.store.mail.write(partial(changes.move, ids=ids, target_id=target, now=NOW), durable=False)

    def copy(self, ids: list[MessageId], account: str, mailbox: str = "INBOX") -> Change:
        target = self.mailbox(account, mailbox)
        return self.store.mail.write(partial(changes.copy, ids=ids, target_id=target, now=NOW), durable=False)

    def undo(self) -> Change | None:
        return self.store.mail.write(partial(undo.undo, now=NOW), durable=False)

    def ready(self, account: str) -> list[Intent]:
        """What the push of this account would send."""
        account_id = self.accounts[account].account_id
        ready = self.store.mail.read(partial(readiness.ready_intents, account_id=account_id, now=NOW))
        return [one for one in ready if one.uid is not None or one.kind == "append" or one.kind.is_about_mailbox]

    def mark_sent(self, account: str) -> list[Intent]:
        """They leave, and no answer has come yet."""
        ready = self.ready(account)
        ids = [intent.id for intent in ready]
        self.store.mail.write(partial(journal.mark_sent, ids=ids), durable=False)
        return ready

    def push(self, account: str) -> None:
        """The server of the account answers OK to all, until there is no more."""
        while ready := self.mark_sent(account):
            self.serve(account, ready)

    def serve(self, account: str, intents: list[Intent]) -> None:
        self.accounts[account].serve(intents)

    def refuse(self, intents: list[Intent]) -> None:
        def write(connection: Connection) -> None:
            journal.fail(connection, [intent.id for intent in intents], "[OVERQUOTA] Mailbox is full")
            local.carry_out(connection, now=NOW)

        self.store.mail.write(write, durable=False)

    def settle(self) -> None:
        """All servers answer OK and give all texts, until nothing waits."""
        for _ in range(6):
            for account in ("work", "home"):
                self.fetch_wanted(account)
                self.push(account)

    def lose(self, account: str, id_: MessageId) -> None:
        """Another client takes the message away."""
        self.store.mail.write(lambda connection: removals.vanish(connection, [id_], now=NOW), durable=False)

    def seen(self) -> dict[int, list[tuple[str, str]]]:
        """Where each message is seen: account and mailbox, by its number."""
        return self._places("mailbox_id IS NOT NULL", "mailbox_id")

    def there(self) -> dict[int, list[tuple[str, str]]]:
        """Where each message is by what the servers have said, and in the mailboxes that live here."""
        return self._places("base_mailbox_id IS NOT NULL AND NOT hidden", "base_mailbox_id")

    def _places(self, condition: str, column: str) -> dict[int, list[tuple[str, str]]]:
        found = self.store.mail.read(
            lambda connection: connection.execute(
                "SELECT m.message_id, a.name, b.name FROM messages m JOIN accounts a ON a.id = m.account_id"
                f" JOIN mailboxes b ON b.id = m.{column} WHERE m.{condition} ORDER BY a.name, b.name"
            ).fetchall()
        )
        places: dict[int, list[tuple[str, str]]] = {}
        for header, account, mailbox in found:
            places.setdefault(int(str(header).strip("<>").partition("@")[0]), []).append((str(account), str(mailbox)))
        return places

    def has_its_octets(self, id_: MessageId) -> bool:
        return self.accounts["work"].octets(id_) == own_message(self.number_of(id_)).octets


def _as_listed(number: int, new: NewMessage) -> ServerMessage:
    return ServerMessage(number, new.flags, new.internal_date, len(new.octets), None, new.envelope, False)
