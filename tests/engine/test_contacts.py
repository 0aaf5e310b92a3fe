"""After a pass the store knows who wrote."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.engine.conftest import MakeMirror, Servers
from tests.engine.pop3_world import mirror_of
from tests.engine.world import mail
from tests.servers.fake_pop3 import FakePop3, letter
from tuimail.store import contacts
from tuimail.store.store import Store


def received(store: Store) -> int:
    """How many messages contacts have sent."""
    found = store.mail.read(partial(contacts.list_contacts, now=0))
    return sum(contact.received for contact in found)


def test_a_pass_takes_in_who_wrote(servers: Servers, open_mirror: MakeMirror) -> None:
    place = servers.place("everything")
    mirror, other = open_mirror(place), place.other()
    other.fill("INBOX", range(1, 6))
    other.append("Archive", mail("old"))
    other.append("Sent", mail("sent"))
    mirror.sync_ok()
    assert received(mirror.store) == 6
    newest = max(message.id for message in mirror.messages())
    assert mirror.store.mail.read(contacts.progress) == newest
    other.close()


def test_so_does_a_pass_over_pop3(tmp_path: Path) -> None:
    with FakePop3([letter("one"), letter("two")]) as fake:
        mirror = mirror_of(fake, tmp_path / "data", password="", leave=False)
        mirror.sync_ok()
        assert received(mirror.store) == 2
        mirror.store.close()
