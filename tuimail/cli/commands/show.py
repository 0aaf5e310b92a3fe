"""`tuimail show`: messages as text, as they came, or in parts; fetched first if they are not here yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb
from tuimail.cli.mail import find_messages, ids_argument
from tuimail.cli.session import Session, pass_session
from tuimail.model.message import BodyState
from tuimail.model.units import short_size

if TYPE_CHECKING:
    from tuimail.mime.render import RenderedMessage
    from tuimail.mime.view import MessageView
    from tuimail.model.message import Message

_RULE = "─" * 72


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
    # What is encrypted is opened as one piece, and so is fetched as one.
    if part is not None and not decrypt and found and found[0].mailbox_id and found[0].body is not BodyState.FULL:
        _show_part_alone(session, found[0], part)
        return
    messages = _with_bodies(session, found)
    for number, message in enumerate(messages):
        chunks = _octets(session, message)
        if not chunks:
            session.fail(
                f"The body of message {message.id} is missing from the store."
                " Run `tuimail store rebuild` and `tuimail sync` to fetch the mail again."
            )
        elif raw:
            for chunk in chunks:
                output.write_octets(chunk)
        elif part is not None:
            _show_part(session, message, b"".join(chunks), part, decrypt=decrypt)
        elif save is not None:
            _save_attachments(session, message, b"".join(chunks), save)
        else:
            whole = b"".join(chunks)
            view = None if html or headers else _secured_view(session, message, whole, decrypt=decrypt)
            _show_rendered(
                session, message, whole, view, html=html, headers=headers, as_json=as_json, first=number == 0
            )


def _with_bodies(session: Session, messages: list[Message]) -> list[Message]:
    """Those of `messages` whose whole body is here, after the missing ones were fetched; the others are named."""
    missing = [message for message in messages if message.body is not BodyState.FULL]
    fetchable = [message for message in missing if message.mailbox_id]
    here = {message.id: message for message in messages if message not in missing}
    problems: dict[int, str] = {}
    if fetchable:
        from tuimail.cli.syncing import fetch_missing

        problems = fetch_missing(session, fetchable)
        # Read anew: the snippet and the state of the body are known only now.
        came = find_messages(session, [message.id for message in fetchable if int(message.id) not in problems])
        here |= {message.id: message for message in came}
    for message in missing:
        if not message.mailbox_id:
            session.fail(f"Message {message.id} vanished before its body was fetched.")
        elif int(message.id) in problems:
            problem = problems[int(message.id)]
            session.fail(f"Message {message.id} is not here yet and could not be fetched: {problem}")
    return [here[message.id] for message in messages if message.id in here]


def _octets(session: Session, message: Message) -> list[bytes]:
    """The message in pieces, so that a large one is held once."""
    from tuimail.store.bodies import iterate_body
    from tuimail.store.read import body_place

    place = session.store.mail.read(lambda connection: body_place(connection, message.id))
    body_id = None if place is None else place.body_id
    if body_id is None:
        return []
    return session.store.bodies.read(lambda connection: list(iterate_body(connection, body_id)))


def _secured_view(session: Session, message: Message, octets: bytes, *, decrypt: bool) -> MessageView | None:
    """The message with what is known of its signatures, and decrypted if that is wanted; None: it has no secrets."""
    from tuimail.cli.secrecy import open_message, view_of

    secured = open_message(session, octets, decrypt=decrypt)
    if secured is not None:
        return view_of(octets, secured, message.id)
    if decrypt:
        session.fail(f"Nothing in message {message.id} is encrypted.")
    return None


def _show_part(session: Session, message: Message, octets: bytes, section: str, *, decrypt: bool = False) -> None:
    from tuimail.mime.parse import parse_message
    from tuimail.mime.shown_parts import content_of

    content = content_of(octets, section)
    if content is None and decrypt:
        from tuimail.cli.secrecy import open_message
        from tuimail.crypto.show import content_within

        secured = open_message(session, octets, decrypt=True)
        content = None if secured is None else content_within(secured, section)
    if content is None:
        numbers = ", ".join(part.section for part in parse_message(octets).walk() if part.section)
        session.fail(f"Message {message.id} has no part {section!r}. It has: {numbers}.")
        return
    output.write_octets(content)


def _show_part_alone(session: Session, message: Message, section: str) -> None:
    """Print a part of a message that is not here whole; of a large one no other part is fetched."""
    from tuimail.store.read import body_place
    from tuimail.ui.stored_message import load_part, load_stored

    octets = load_part(session.store, message.id, section)
    if octets is None:
        from tuimail.cli.syncing import fetch_part

        problem = fetch_part(session, message, section)
        if problem:
            session.fail(f"Part {section} of message {message.id} is not here and could not be fetched: {problem}")
            return
        octets = load_part(session.store, message.id, section)
    if octets is not None:
        output.write_octets(octets)
        return
    place = session.store.mail.read(lambda connection: body_place(connection, message.id))
    stored = None if place is None else load_stored(session.store, place)
    _show_part(session, message, b"" if stored is None else stored.octets, section)


def _save_attachments(session: Session, message: Message, octets: bytes, directory: str) -> None:
    from pathlib import Path

    from tuimail.mime.render import render_message
    from tuimail.mime.saving import save_file
    from tuimail.mime.shown_parts import content_of

    attachments = [one for one in render_message(octets).attachments if not one.inline]
    if not attachments:
        session.fail(f"Message {message.id} has no attachments.")
    for one in attachments:
        path = save_file(Path(directory), one.filename, content_of(octets, one.part) or b"")
        output.write_line(str(path))


def _show_rendered(
    session: Session,
    message: Message,
    octets: bytes,
    view: MessageView | None,
    *,
    html: bool,
    headers: bool,
    as_json: bool,
    first: bool,
) -> None:
    from tuimail.mime.render import render_message

    rendered = render_message(octets)
    if as_json:
        from tuimail.cli.documents import shown_document

        output.write_json(shown_document(message, rendered, view))
        return
    if html and rendered.html is None:
        session.fail(f"Message {message.id} has no HTML text.")
        return
    if not first:
        output.write_line(_RULE)
    if html:
        output.write_text(rendered.html or "")
    elif headers:
        _write_headers(rendered.all_headers)
    else:
        _write_message(rendered, view)


def _write_headers(headers: list[tuple[str, str]]) -> None:
    for name, value in headers:
        output.write_line(f"{name}: {value}")


def _write_message(rendered: RenderedMessage, view: MessageView | None) -> None:
    _write_headers(rendered.headers)
    listed = rendered.attachments
    if view is not None:
        from tuimail.cli.secrecy import listed_attachments, security_fields

        _write_headers(security_fields(view))
        listed = listed_attachments(view)
    output.write_line("")
    output.write_text(rendered.text if view is None else view.text)
    attachments = [attachment for attachment in listed if not attachment.inline]
    if attachments:
        output.write_line("")
        output.write_line("Attachments (save one with --part NUMBER > FILE, all with --save DIR):")
    for attachment in attachments:
        name = attachment.filename or "(no name)"
        output.write_line(
            f"  {attachment.part}  {name}  {attachment.content_type}  {short_size(attachment.size_octets)}"
        )
