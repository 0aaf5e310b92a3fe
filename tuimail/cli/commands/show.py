"""`tuimail show`: messages as text, as they came, or in parts; fetched first if they are not here yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from tuimail.cli import output
from tuimail.cli.bodies import fetched, load_message, load_pieces, not_here
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import find_messages, ids_argument
from tuimail.cli.parts import attachments_of_frame, print_part, print_part_within, save_attachments
from tuimail.cli.senders import notice_fields, origin_of
from tuimail.cli.session import Session
from tuimail.model.units import short_size

if TYPE_CHECKING:
    from tuimail.cli.secrecy import SecuredMessage
    from tuimail.mime.render import RenderedMessage
    from tuimail.model.message import Message
    from tuimail.ui.origins import Origin
    from tuimail.ui.stored_message import StoredMessage

_RULE = "─" * 72


class _Shape(NamedTuple):
    """What is to be shown of messages: their text unless one of the others is set."""

    html: bool
    headers: bool
    as_json: bool
    decrypt: bool


@click.command("show", cls=Verb)
@ids_argument
@click.option("--raw", is_flag=True, help="The exact octets of one message.")
@click.option("--html", is_flag=True, help="The source of the HTML text.")
@click.option("--headers", is_flag=True, help="The whole header, decoded.")
@click.option("--part", metavar="N", help="The decoded content of one part, such as 2 or 1.2.")
@click.option("--save", metavar="DIR", help="Save the attachments in a directory that is there; prints their names.")
@click.option("--decrypt", is_flag=True, help="Open what is encrypted; gpg's agent may ask for a passphrase.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each message.")
@pass_session
def command(
    session: Session,
    *,
    ids: tuple[int, ...],
    raw: bool,
    html: bool,
    headers: bool,
    part: str | None,
    save: str | None,
    decrypt: bool,
    as_json: bool,
) -> None:
    """Print messages as text: header, text, list of attachments."""
    if sum((raw, html, headers, part is not None, save is not None, as_json)) > 1:
        raise click.UsageError("Choose one of --raw, --html, --headers, --part, --save and --json.")
    if decrypt and (raw or html or headers or save is not None):
        raise click.UsageError("--decrypt goes alone, or with --json or --part.")
    if (raw or part is not None) and len(set(ids)) > 1:
        raise click.UsageError("--raw and --part print one message at a time.")
    found = find_messages(session, ids, also_vanished=True)
    # What is encrypted is opened as one piece, and so is fetched as one; of all other mail only parts are.
    if part is not None and not decrypt:
        for message in found:
            print_part(session, message, part)
    elif save is not None:
        for message in found:
            save_attachments(session, message, save)
    elif raw or part is not None:
        for message in fetched(session, found, whole=True):
            _write_octets(session, message, part)
    else:
        shape = _Shape(html=html, headers=headers, as_json=as_json, decrypt=decrypt)
        for number, message in enumerate(fetched(session, found, whole=decrypt)):
            _show(session, message, shape, first=number == 0)


def _write_octets(session: Session, message: Message, part: str | None) -> None:
    pieces = load_pieces(session, message)
    if not pieces:
        session.fail(not_here(message))
    elif part is not None:
        print_part_within(session, message, b"".join(pieces), part)
    else:
        for piece in pieces:
            output.write_octets(piece)


def _show(session: Session, message: Message, shape: _Shape, *, first: bool) -> None:
    """One message as `shape` wants it; all but the `first` are parted from what stands before them."""
    from tuimail.mime.render import render_message

    stored = load_message(session, message)
    if stored is None:
        session.fail(not_here(message))
        return
    rendered = render_message(stored.octets)
    if shape.html and rendered.html is None:
        session.fail(f"Message {message.id} has no HTML text.")
        return
    if not first and not shape.as_json:
        output.write_line(_RULE)
    if shape.html:
        output.write_text(rendered.html or "")
    elif shape.headers:
        _write_fields(rendered.all_headers)
    else:
        if not stored.is_whole:
            rendered = replace(rendered, attachments=attachments_of_frame(stored))
        origin = origin_of(session, message, stored.octets)
        secured = _secured(session, message, stored, decrypt=shape.decrypt)
        if shape.as_json:
            from tuimail.cli.documents import shown_document

            output.write_json(shown_document(message, rendered, origin, secured))
        else:
            _write_message(rendered, origin, secured)


def _secured(session: Session, message: Message, stored: StoredMessage, *, decrypt: bool) -> SecuredMessage | None:
    """The message with what is known of its signatures, and decrypted if that is wanted; None: it has no secrets."""
    from tuimail.cli.secrecy import open_message, secured_message

    # What is signed or encrypted is never here in part, but for armour in a text, which says nothing of the rest.
    secured = open_message(session, stored.octets, decrypt=decrypt) if stored.is_whole else None
    if secured is not None:
        return secured_message(stored.octets, secured, message.id)
    if decrypt:
        session.fail(f"Nothing in message {message.id} is encrypted.")
    return None


def _write_fields(fields: Iterable[tuple[str, str]]) -> None:
    for name, value in fields:
        output.write_line(f"{name}: {value}")


def _write_message(rendered: RenderedMessage, origin: Origin, secured: SecuredMessage | None) -> None:
    from tuimail.mime.render import attachments_of

    _write_fields(rendered.headers)
    _write_fields(notice_fields("Sender", origin.notices))
    text, listed, notices = rendered.text, rendered.attachments, rendered.notices
    if secured is not None:
        text, listed, notices = secured.view.text, attachments_of(secured.view.parts), secured.notices
        _write_fields(notice_fields("Security", secured.security))
    _write_fields(notice_fields("Note", notices))
    output.write_line("")
    output.write_text(text)
    attachments = [attachment for attachment in listed if not attachment.inline]
    if attachments:
        output.write_line("")
        output.write_line("Attachments (save one with --part NUMBER > FILE, all with --save DIR):")
    for attachment in attachments:
        name = attachment.filename or "(no name)"
        output.write_line(
            f"  {attachment.part}  {name}  {attachment.content_type}  {short_size(attachment.size_octets)}"
        )
