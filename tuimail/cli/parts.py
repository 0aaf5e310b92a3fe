"""Parts of messages on the command line: printed one by one, or saved as files; of a large message no other is fetched.

    here ──────────────► printed, saved
    not here ──fetch──►         the parts that are wanted, and what is needed to know that there are such parts

What is encrypted is one piece: parts of it are those of what was decrypted (`secrecy`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.cli import output
from tuimail.cli.bodies import load_message, not_here
from tuimail.model.message import BodyState

if TYPE_CHECKING:
    from tuimail.cli.session import Session
    from tuimail.mime.render import Attachment
    from tuimail.model.message import Message
    from tuimail.ui.models.attachment_rows import AttachmentRow
    from tuimail.ui.stored_message import StoredMessage


def print_part(session: Session, message: Message, section: str) -> None:
    """The content of one part, its transfer encoding undone."""
    from tuimail.ui.stored_message import load_part

    octets = load_part(session.store, message.id, section)
    problem = ""
    if octets is None and _may_be_fetched(message):
        from tuimail.cli.syncing import fetch_parts

        problem = fetch_parts(session, message, lambda: [section])
        octets = load_part(session.store, message.id, section)
    if octets is not None:
        output.write_octets(octets)
    elif problem:
        session.fail(f"Part {section} of message {message.id} is not here and could not be fetched: {problem}")
    else:
        _fail_for_want_of(session, message, section)


def print_part_within(session: Session, message: Message, octets: bytes, section: str) -> None:
    """The same, also of what is encrypted in the message, which `octets` are all of."""
    from tuimail.mime.shown_parts import content_of

    content = content_of(octets, section)
    if content is None:
        from tuimail.cli.secrecy import open_message
        from tuimail.crypto.show import content_within

        secured = open_message(session, octets, decrypt=True)
        content = None if secured is None else content_within(secured, section)
    if content is None:
        _fail_for_want_of(session, message, section)
    else:
        output.write_octets(content)


def save_attachments(session: Session, message: Message, directory: str) -> None:
    """All attachments as new files in `directory`; prints their names.

    Raises:
        SaveError: a file could not be written; those before it are there.
    """
    from pathlib import Path

    from tuimail.mime.saving import save_file
    from tuimail.ui.stored_message import load_part

    found = _attachments(session, message)
    problem = ""
    if (found is None or not all(row.part.is_here for row in found)) and _may_be_fetched(message):
        from tuimail.cli.syncing import fetch_parts

        problem = fetch_parts(session, message, lambda: _missing(session, message))
        found = _attachments(session, message)
    if found is None:
        session.fail(not_here(message, problem))
        return
    if not found:
        session.fail(f"Message {message.id} has no attachments.")
    for row in found:
        octets = load_part(session.store, message.id, row.part.section)
        if octets is None:
            session.fail(f"{row.name} of message {message.id} is not here: {problem or 'it could not be fetched.'}")
            continue
        output.write_line(str(save_file(Path(directory), row.part.file_name, octets)))


def attachments_of_frame(stored: StoredMessage) -> list[Attachment]:
    """What can be saved of a message that is here in part, also what is not here; sizes are what the server said."""
    from tuimail.mime.partial import with_parts_apart
    from tuimail.mime.render import attachments_of, render_view
    from tuimail.mime.view import Shape, ViewOptions

    # Of the shapes, the header's costs least: the parts are the same in all.
    view = render_view(stored.octets, ViewOptions(Shape.HEADERS))
    return attachments_of(with_parts_apart(view, stored.octets, stored.apart).parts)


def _attachments(session: Session, message: Message) -> tuple[AttachmentRow, ...] | None:
    """What the message has attached; None: too little of it is here to know."""
    from tuimail.ui.attached import load_rows

    rows = load_rows(session.store, message.id)
    return rows.attachments if rows is not None and rows.has_text else None


def _missing(session: Session, message: Message) -> list[str]:
    """The sections that are still to be fetched; "", the whole message, where its parts are not known."""
    found = _attachments(session, message)
    return [""] if found is None else [row.part.section for row in found if not row.part.is_here]


def _may_be_fetched(message: Message) -> bool:
    return bool(message.mailbox_id) and message.body is not BodyState.FULL


def _fail_for_want_of(session: Session, message: Message, section: str) -> None:
    from tuimail.mime.parse import parse_message

    stored = load_message(session, message)
    if stored is None:
        session.fail(not_here(message))
        return
    numbers = ", ".join(part.section for part in parse_message(stored.octets).walk() if part.section)
    session.fail(f"Message {message.id} has no part {section!r}. It has: {numbers}.")
