"""Three accounts in one store: two with IMAP, one with POP3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tests.ui.sample_store import NOW, Place, Sample, add_account, add_body, deliver, plain
from tuimail.config.schema import Account, Config, ImapServer, Pop3Server, Ui
from tuimail.mime.new_message import new_message
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.model.server import Protocol
from tuimail.store import accounts, inserting, local, mailboxes, unified
from tuimail.store.accounts import AccountState
from tuimail.store.database import Connection
from tuimail.store.store import Store
from tuimail.ui.snapshot import Snapshot, read_snapshot

FEW = ("INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash")
CONFIG = Config(
    accounts={
        "work": Account(address="sam@example.com", imap=ImapServer(host="imap.example.com")),
        "home": Account(address="sam@example.net", imap=ImapServer(host="imap.example.net"), color="orange"),
        "old": Account(address="sam@old.example", pop3=Pop3Server(host="pop.old.example")),
    },
    ui=Ui(theme="tuimail-dark"),
)
"""The order of the file is not the order of the names."""

_SUBJECTS = ("Quarterly figures", "The boat is dry", "Your subscription")
_SENDERS = (
    "Ines Okafor <ines@example.com>",
    "Zoë Ångström <zoe@example.org>",
    "Harbour Library <desk@library.example>",
)


@dataclass(frozen=True, slots=True)
class ThreePlaces:
    """The accounts of one store; in each one's INBOX three messages, that of the three in turn."""

    store: Store
    work: Place
    home: Place
    old: Place

    @property
    def all(self) -> tuple[Place, ...]:
        """In the order of the configuration."""
        return self.work, self.home, self.old

    def inboxes(self) -> list[MessageId]:
        """The messages of all inboxes, newest first."""
        ids = [place.mailbox_ids["INBOX"] for place in self.all]
        found = self.store.mail.read(partial(unified.list_ids, mailbox_ids=ids))
        return [MessageId(id_) for id_ in found]

    def snapshot(self, config: Config = CONFIG) -> Snapshot:
        """What the screen reads."""
        return self.store.mail.read(partial(read_snapshot, config=config))

    def set_state(self, place: Place, state: AccountState, *, error: str = "", activity: str = "") -> None:
        """What the engine says of an account."""
        set_status = partial(
            accounts.set_status, account_id=place.account_id, state=state, now=NOW, error=error, activity=activity
        )
        self.store.mail.write(set_status, durable=False)


def make_three(store: Store) -> ThreePlaces:
    """The newest message is of work, the next of home, the third of old, and so on."""
    places = ThreePlaces(
        store,
        add_account(store, "work", FEW),
        add_account(store, "home", (*FEW, "Lists")),
        add_pop3(store, "old"),
    )
    for turn, place in enumerate(places.all):
        samples = [
            Sample(
                plain(f"{_SUBJECTS[turn]} {number}", sender=_SENDERS[turn], number=number),
                600 * (turn + 1) + 7200 * number,
                () if number == 1 else ("\\Seen",),
            )
            for number in range(3)
        ]
        (download if place is places.old else deliver)(place, "INBOX", samples)
    return places


def add_pop3(store: Store, account: str) -> Place:
    """An account whose mailboxes live in the store alone, at rest between two checks."""

    def begin(connection: Connection) -> Place:
        account_id = accounts.ensure_account(connection, account, Protocol.POP3)
        accounts.set_status(connection, account_id, AccountState.IDLE, now=NOW)
        found = mailboxes.list_mailboxes(connection, account_id)
        return Place(store, account_id, {mailbox.name: mailbox.id for mailbox in found})

    return store.mail.write(begin, durable=False)


def download(place: Place, mailbox: str, samples: Sequence[Sample]) -> list[MessageId]:
    """Put messages into a mailbox of a POP3 account. Returns their ids in the order given."""
    new = [
        new_message(sample.octets, internal_date=NOW - sample.age_s, flags=Flags.of(sample.flags)) for sample in samples
    ]

    def save(connection: Connection) -> list[MessageId]:
        ids = inserting.reserve_ids(connection, len(new))
        local.deliver(connection, place.mailbox_ids[mailbox], list(zip(ids, new, strict=True)))
        return ids

    ids = place.store.mail.write(save, durable=False)
    for id_, sample in zip(ids, samples, strict=True):
        add_body(place.store, id_, sample.octets)
    return ids
