"""Contacts: exact once they are caught up, whatever the steps, and cheap."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.sample_store import NOW, Place, make_place
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.server_message import ServerMessage
from tuimail.store import contacts, messages
from tuimail.store.contacts import Contact
from tuimail.store.database import rows

PEOPLE = (
    Address("Ada Quill", "ada@example.org"),
    Address("", "ada@example.org"),
    Address("A. Quill", "Ada@Example.org"),
    Address("bo@example.net", "bo@example.net"),
    Address("Bo", "bo@example.net"),
    Address("Undisclosed", ""),
)
ADA, NAMELESS, OTHER_ADA, BO, BO_NAMED, NOBODY = PEOPLE
Mail = tuple[str, Envelope]
"""A mailbox and what comes into it."""


def deliver(place: Place, mail: Sequence[Mail], first_uid: int = 1) -> None:
    """Puts messages into mailboxes in this order."""
    for number, (mailbox, envelope) in enumerate(mail):
        sent_at = envelope.sent_at if envelope.sent_at is not None else NOW
        message = ServerMessage(first_uid + number, Flags(), sent_at, 100, 1, envelope, False)
        place.store.mail.write(
            partial(
                messages.save_messages,
                account_id=place.account_id,
                mailbox_id=place.mailbox_ids[mailbox],
                batch=[message],
            ),
            durable=False,
        )


def caught_up(place: Place, *, now: int = NOW, step: int = contacts.STEP) -> dict[str, Contact]:
    """The contacts, by address, when nothing is left to be taken in."""
    while place.store.mail.write(partial(contacts.catch_up, now=now, step=step), durable=False):
        pass
    found = place.store.mail.read(partial(contacts.list_contacts, now=now))
    return {contact.address.casefold(): contact for contact in found}


def mail(number: int, sender: Address, *to: Address, age_s: int = 0, message_id: str | None = None) -> Envelope:
    """The envelope of a message."""
    return Envelope(
        f"Subject {number}",
        (sender,),
        to,
        message_id=f"<{number}@example.org>" if message_id is None else message_id,
        sent_at=NOW - age_s,
    )


def test_who_writes_and_whom_one_writes_to(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    deliver(
        place,
        [
            ("INBOX", mail(1, ADA, BO, age_s=10)),
            ("INBOX", mail(2, NAMELESS, age_s=5)),
            ("Sent", mail(3, Address("Sam", "sam@example.net"), OTHER_ADA, BO_NAMED, BO, NOBODY, age_s=20)),
            ("Junk", mail(4, BO)),
            ("Drafts", mail(5, Address("Sam", "sam@example.net"), ADA)),
        ],
    )
    found = caught_up(place)
    assert set(found) == {"ada@example.org", "bo@example.net"}
    assert found["ada@example.org"] == Contact("ada@example.org", "Ada Quill", 2, 1, NOW - 5)
    assert found["bo@example.net"] == Contact("bo@example.net", "Bo", 0, 1, NOW - 20)
    place.store.close()


def test_copies_count_once_and_a_draft_does_not_hide_what_was_sent(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    sam = Address("Sam", "sam@example.net")
    deliver(
        place,
        [
            ("INBOX", mail(1, ADA)),
            ("Work", mail(1, ADA)),
            ("INBOX", mail(2, ADA, message_id="")),
            ("Work", mail(2, ADA, message_id="")),
            ("Drafts", mail(3, sam, BO)),
            ("Sent", mail(3, sam, BO)),
        ],
    )
    found = caught_up(place)
    assert found["ada@example.org"].received == 3
    assert found["bo@example.net"].sent == 1
    place.store.close()


def test_rows_that_come_late_under_older_ids_are_counted(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    deliver(place, [("INBOX", mail(1, ADA))])
    caught_up(place)
    deliver(place, [("INBOX", mail(2, BO))], first_uid=2)
    # Soon after, the newest id is not trusted yet: one before it may still be missing.
    assert "bo@example.net" not in caught_up(place, now=NOW + contacts.LAG_S - 1)
    assert caught_up(place, now=NOW + contacts.LAG_S)["bo@example.net"].received == 1
    place.store.close()


def test_a_step_looks_at_few_rows_and_an_idle_one_writes_nothing(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    deliver(place, [("INBOX", mail(number, ADA)) for number in range(25)])
    steps = 0
    while place.store.mail.write(partial(contacts.catch_up, now=NOW, step=10), durable=False):
        steps += 1
        taken = place.store.mail.read(contacts.progress)
        assert taken == steps * 10
    assert steps == 2
    before = place.store.mail.read(lambda connection: rows(connection, "SELECT * FROM contact_progress"))
    assert not place.store.mail.write(partial(contacts.catch_up, now=NOW + 9999), durable=False)
    assert place.store.mail.read(lambda connection: rows(connection, "SELECT * FROM contact_progress")) == before
    plan = place.store.mail.read(
        lambda connection: rows(connection, f"EXPLAIN QUERY PLAN {contacts._BATCH}", (1, 2, "a", "b", "c"))
    )
    assert not [line[3] for line in plan if line[3].startswith("SCAN")]
    place.store.close()


_ENVELOPES = st.builds(
    lambda sender, to, age_s, id_: Envelope("x", sender, to, message_id=f"<{id_}>" if id_ else "", sent_at=NOW - age_s),
    st.lists(st.sampled_from(PEOPLE), max_size=2).map(tuple),
    st.lists(st.sampled_from(PEOPLE), max_size=3).map(tuple),
    st.integers(0, 5),
    st.integers(0, 3),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["INBOX", "Sent", "Junk", "Work"]), _ENVELOPES), max_size=12), st.data())
def test_the_steps_do_not_matter(mail_: list[Mail], data: st.DataObject) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        at_once, bit_by_bit = make_place(Path(one)), make_place(Path(two))
        deliver(at_once, mail_)
        cut = data.draw(st.integers(0, len(mail_)))
        deliver(bit_by_bit, mail_[:cut])
        caught_up(bit_by_bit, step=data.draw(st.integers(1, 5)))
        deliver(bit_by_bit, mail_[cut:], first_uid=1 + cut)
        later = NOW + contacts.LAG_S
        assert caught_up(bit_by_bit, now=later, step=3) == caught_up(at_once, now=later)
        at_once.store.close()
        bit_by_bit.store.close()


def test_whom_one_writes_with_most_and_lately_comes_first(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    sam = Address("Sam", "sam@example.net")
    deliver(
        place,
        [
            *(("INBOX", mail(number, ADA, age_s=400 * 86_400)) for number in range(3)),
            *(("INBOX", mail(10 + number, Address("", "eve@example.com"))) for number in range(2)),
            ("Sent", mail(20, sam, BO)),
        ],
    )
    assert list(caught_up(place)) == ["bo@example.net", "eve@example.com", "ada@example.org"]
    place.store.close()
