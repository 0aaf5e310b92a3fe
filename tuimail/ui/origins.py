"""Who messages are from: their headers, the accounts' settings and the contacts put together.

    header ──► authentication, path, unsubscribe          pure, see `mime.origin`
    contacts ──► who is known, which domains, which names  read again when contacts were counted

Runs in background threads; knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tuimail.mime.headers import MAX_BLOCK_OCTETS, parse_header_block
from tuimail.mime.origin.authentication import Authentication, authenticate
from tuimail.mime.origin.check import NOBODY, Acquaintances, check_origin
from tuimail.mime.origin.domains import host_of, organisation, shown_host, skeleton
from tuimail.mime.origin.received import Fields
from tuimail.mime.origin.sender import name_key
from tuimail.mime.origin.unsubscribe import Unsubscribe, unsubscribe_of
from tuimail.mime.view import Notice
from tuimail.model.message import BodyState, Message
from tuimail.store import bodies, contacts, parts, read

if TYPE_CHECKING:
    from tuimail.config.schema import Account, Config
    from tuimail.model.ids import MessageId
    from tuimail.store.contacts import Contact
    from tuimail.store.database import Connection
    from tuimail.store.read import BodyPlace
    from tuimail.store.store import Store

MOST_PEOPLE = 20_000
"""Contacts whose names and domains are remembered, those first that one writes with most: some 60 ms to take in."""
FEWEST_PEOPLE = 20
"""With fewer contacts everybody is new, and it says nothing."""
OFTEN = 5
"""Whoever has sent so many messages is known, also when nobody ever answered."""


class Origin(msgspec.Struct, frozen=True):
    """Who a message is from. `fields` are its header's, `notices` the doubts."""

    fields: Fields
    authentication: Authentication
    notices: tuple[Notice, ...]
    unsubscribe: Unsubscribe | None


class _People(msgspec.Struct, frozen=True):
    """Names and domains of contacts, as of `progress`."""

    progress: int = -1
    count: int = 0
    addresses: Mapping[str, tuple[str, ...]] = {}
    domains: Mapping[str, str] = {}


class Origins:
    """`config` gives the settings of the moment. Used by one thread at a time."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config
        self._people = _People()

    def load(self, store: Store, id_: MessageId) -> tuple[Message, Origin] | None:
        """The message and who it is from; None where it, or its header, is not here.

        Raises:
            StoreError: it cannot be read.
        """
        message, place = store.mail.read(
            lambda connection: (read.read_message(connection, id_), read.body_place(connection, id_))
        )
        if message is None or place is None:
            return None
        fields = load_fields(store, place)
        return (message, self.origin_of(store, message, fields)) if fields else None

    def origin_of(self, store: Store, message: Message, fields: Fields) -> Origin:
        """Who the message with these fields is from."""
        trusted, servers = self._checkers(message)
        found = authenticate(fields, trusted, servers)
        notices = store.mail.read(partial(self._doubts, message=message, fields=fields))
        return Origin(fields, found, tuple(notices), unsubscribe_of(fields, found.signatures))

    def notices(self, store: Store, message: Message, place: BodyPlace) -> tuple[Notice, ...]:
        """The doubts about who wrote the message; see `load` for errors."""
        fields = load_fields(store, place)
        return tuple(store.mail.read(partial(self._doubts, message=message, fields=fields)))

    def _checkers(self, message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ids that the user named, and the hosts of the account's servers."""
        account = self._config().accounts.get(message.account)
        if account is None:
            return (), ()
        return ((account.authserv_id,) if account.authserv_id else ()), _hosts(account)

    def _doubts(self, connection: Connection, *, message: Message, fields: Fields) -> list[Notice]:
        accounts = self._config().accounts.values()
        trusted, servers = self._checkers(message)
        people = self._refreshed(connection)
        return check_origin(
            fields,
            [one.address for one in accounts if one.address],
            trusted,
            lambda address: _is_known(contacts.find_contact(connection, address)),
            own_names=[one.display_name for one in accounts if one.display_name],
            servers=servers,
            acquaintances=NOBODY if people.count < FEWEST_PEOPLE else _acquaintances(connection, people, message),
        )

    def _refreshed(self, connection: Connection) -> _People:
        progress = contacts.progress(connection)
        if progress != self._people.progress:
            self._people = _people(connection, progress)
        return self._people


def load_fields(store: Store, place: BodyPlace) -> list[tuple[str, bytes]]:
    """The header of the message at `place`; empty where it is not here.

    Raises:
        StoreError: it cannot be read.
    """
    body_id = place.body_id
    if body_id is None or place.state is BodyState.NONE:
        return []
    load = bodies.load_beginning if place.state is BodyState.FULL else parts.load_frame
    octets = store.bodies.read(lambda connection: load(connection, body_id)) or b""
    return parse_header_block(octets[:MAX_BLOCK_OCTETS])


def _hosts(account: Account) -> tuple[str, ...]:
    """The hosts that the account's mail comes from, by its settings."""
    server = account.imap or account.pop3
    return tuple(filter(None, (server.host.lower() if server else "", host_of(account.address))))


def _is_known(contact: Contact | None) -> bool:
    return contact is not None and (contact.sent > 0 or contact.received >= OFTEN)


def _people(connection: Connection, progress: int) -> _People:
    # As of the epoch: everybody came up lately.
    found = contacts.list_contacts(connection, now=0, limit=MOST_PEOPLE)
    addresses: dict[str, tuple[str, ...]] = {}
    domains: dict[str, str] = {}
    for one in filter(_is_known, found):
        if one.name and " " in (key := name_key(one.name)):
            addresses[key] = (*addresses.get(key, ()), one.address.lower())
        domain = organisation(shown_host(host_of(one.address)))
        if domain:
            domains.setdefault(skeleton(domain), domain)
    return _People(progress, len(found), addresses, domains)


def _acquaintances(connection: Connection, people: _People, message: Message) -> Acquaintances:
    def is_first(address: str) -> bool:
        contact = contacts.find_contact(connection, address)
        # The message itself may be counted by now.
        itself = int(message.id <= people.progress)
        return contact is None or (not contact.sent and contact.received <= itself)

    return Acquaintances(
        addresses_of=lambda name: people.addresses.get(name, ()),
        domain_like=lambda form: people.domains.get(form, ""),
        is_first=is_first,
    )
