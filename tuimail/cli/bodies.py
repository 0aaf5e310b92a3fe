"""Messages out of the store for commands that print them: fetched first where they are not here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.cli.mail import find_messages
from tuimail.model.message import BodyState

if TYPE_CHECKING:
    from tuimail.cli.session import Session
    from tuimail.model.message import Message
    from tuimail.ui.stored_message import StoredMessage


def fetched(session: Session, messages: Sequence[Message], *, whole: bool) -> list[Message]:
    """Those of `messages` that can be read, after what was missing has been fetched; the others are named.

    Unless they are to be `whole`, parts of large ones stay on the server.
    """
    enough = (BodyState.FULL,) if whole else (BodyState.FULL, BodyState.PARTIAL)
    missing = [message for message in messages if message.body not in enough]
    fetchable = [message for message in missing if message.mailbox_id]
    here = {message.id: message for message in messages if message not in missing}
    problems: dict[int, str] = {}
    if fetchable:
        from tuimail.cli.syncing import fetch_missing

        problems = fetch_missing(session, fetchable, whole=whole)
        # Read anew: the snippet and the state of the body are known only now.
        came = find_messages(session, [message.id for message in fetchable if int(message.id) not in problems])
        here |= {message.id: message for message in came}
    for message in missing:
        if message.id not in here:
            session.fail(not_here(message, problems.get(int(message.id), "")))
    return [here[message.id] for message in messages if message.id in here]


def load_message(session: Session, message: Message) -> StoredMessage | None:
    """What is here of it; None: nothing."""
    from tuimail.store.read import body_place
    from tuimail.ui.stored_message import load_stored

    place = session.store.mail.read(partial(body_place, id_=message.id))
    return None if place is None else load_stored(session.store, place)


def load_pieces(session: Session, message: Message) -> list[bytes]:
    """A message that is here whole, in pieces, so that a large one is held once; none where it is not here."""
    from tuimail.store.bodies import iterate_body
    from tuimail.store.read import body_place

    place = session.store.mail.read(partial(body_place, id_=message.id))
    body_id = None if place is None else place.body_id
    if body_id is None:
        return []
    return session.store.bodies.read(lambda connection: list(iterate_body(connection, body_id)))


def not_here(message: Message, problem: str = "") -> str:
    """Why a message cannot be read, and what to do. `problem`: what went wrong when it was fetched."""
    if not message.mailbox_id:
        return f"Message {message.id} vanished before its body was fetched."
    if problem:
        return f"Message {message.id} is not here yet and could not be fetched: {problem}"
    return (
        f"The body of message {message.id} is missing from the store."
        " Run `tuimail store rebuild` and `tuimail sync` to fetch the mail again."
    )
