"""A store whose strings went past the gate: as if some path into the model had been forgotten."""

from __future__ import annotations

from pathlib import Path

from tests.ui.hostile import SUBJECTS
from tests.ui.sample_store import NOW, Place, add_body, make_place
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.server_message import ServerMessage
from tuimail.store import accounts, messages
from tuimail.store.accounts import AccountState


def hostile_place(directory: Path) -> Place:
    """One message for each attack, as subject, sender, recipient and body; mailboxes and errors attack too."""
    names = ("INBOX", "[@click=app.quit]x[/]", "[/x] \x1b]0;PWNED-TITLE\x07", "\u202etxt.x")
    place = make_place(directory, account="home", names=names)
    batch = [
        ServerMessage(
            uid,
            Flags(),
            NOW - uid,
            1000,
            uid,
            Envelope(
                subject,
                (Address(subject, f"{subject}@example.org"),),
                (Address(subject, "to@example.org"),),
                message_id=f"<{uid}@example.org>",
                sent_at=NOW - uid,
            ),
            has_attachments=False,
        )
        for uid, subject in enumerate(SUBJECTS, 1)
    ]
    store = place.store
    inbox = place.mailbox_ids["INBOX"]
    store.mail.write(
        lambda connection: messages.save_messages(connection, place.account_id, inbox, batch), durable=False
    )
    for id_, subject in zip(place.ids("INBOX"), SUBJECTS, strict=True):
        body = f"Subject: {subject.splitlines()[0]}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{subject}\r\n"
        add_body(store, id_, body.encode("utf-8", "replace"))
    store.mail.write(
        lambda connection: accounts.set_status(
            connection, place.account_id, AccountState.FAILED, now=NOW, error=f"NO {SUBJECTS[5]} [/x]"
        ),
        durable=False,
    )
    return place
