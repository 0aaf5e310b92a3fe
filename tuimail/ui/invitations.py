"""Invitations in the store: what a message invites to, the answer that is saved, and what was answered before.

    invitation ──answer──► a message of one's own ──► Drafts, through the journal: undo takes it back
                           an earlier answer that was not sent ──► Trash, in the same change

Runs in background threads; knows no widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from tuimail.config.schema import Account
from tuimail.mime.kinds.answer import answer_in, attendee_among, build_answer
from tuimail.mime.kinds.invitation import Answer, Event, Invitation
from tuimail.mime.kinds.kind import invitation_in
from tuimail.mime.new_message import new_message
from tuimail.mime.sanitize import one_line
from tuimail.mime.view import Notice
from tuimail.model.address import Address
from tuimail.model.errors import ConfigError
from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import Message
from tuimail.store import answers, appending, read
from tuimail.store.recorder import Change
from tuimail.store.store import Store
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.stored_message import load_stored


class Given(msgspec.Struct, frozen=True):
    """An answer that was given before; `is_sent`: it is in Sent, and not in Drafts."""

    id: MessageId
    answer: Answer
    is_sent: bool


class Answerable(msgspec.Struct, frozen=True):
    """An event that a message invites to, who answers it, and whether they were asked under that address.

    `given`: what they have answered already.
    """

    message: Message
    invitation: Invitation
    event: Event
    me: Address
    was_asked: bool
    given: Given | None = None


def load_answerable(store: Store, id_: MessageId, account: Account | None, name: str) -> list[Answerable]:
    """The events that a message of the account called `name` invites to; one at least.

    Raises:
        ConfigError: there is none in it, it asks for no answer, or it is not here.
    """
    message = store.mail.read(partial(read.read_message, id_=id_))
    if message is None or account is None or message.account != name:
        raise ConfigError("This message is gone, or its account is.")
    octets = _octets(store, id_)
    if octets is None:
        raise ConfigError("The text of this message is not here yet.", hint="Open it, and answer once it is.")
    invitation = invitation_in(octets)
    if invitation is None:
        raise ConfigError("This message is no invitation.")
    if not invitation.can_be_answered:
        raise ConfigError("This message asks for no answer.", hint="Only invitations that name their organiser do.")
    found = []
    replies = _load_replies(store, id_)
    for event in invitation.answerable:
        asked = attendee_among(event, [account.address])
        address = account.address if asked is None else asked.who.address
        me = Address(account.display_name or ("" if asked is None else asked.who.name), address)
        given = next(iter(_given_to(event, replies)), None)
        found.append(Answerable(message, invitation, event, me, was_asked=asked is not None, given=given))
    return found


def save_answer(store: Store, asked: Answerable, answer: Answer, *, now: int) -> Change:
    """Put the answer into the account's drafts; one that was there before it goes to the trash.

    Raises:
        ConfigError: it cannot be answered, see `build_answer`.
    """
    message, event = asked.message, asked.event
    envelope = message.envelope
    octets = build_answer(
        asked.invitation,
        answer,
        me=asked.me,
        message_id=envelope.message_id,
        references=envelope.references or (envelope.in_reply_to,),
        now=now,
        event=event,
    )
    new = new_message(octets, internal_date=now, flags=Flags.of(["\\Draft", "\\Seen"]), ours=True)
    unsent = [one.id for one in _given_to(event, _load_replies(store, message.id)) if not one.is_sent]
    place = store.mail.read(partial(read.body_place, id_=message.id))
    if place is None:
        raise ConfigError("This message is gone.")
    title = f"{answer.words}: {title_of(event)}"
    return appending.append_to_use(
        store, place.account_id, SpecialUse.DRAFTS, [new], now=now, title=title, replaces=unsent
    )


def title_of(event: Event) -> str:
    """What an event is called."""
    return one_line(event.title) or "(no title)"


class _Reply(msgspec.Struct, frozen=True):
    """A message of one's own that may answer an invitation."""

    id: MessageId
    says: Invitation | None
    is_sent: bool


def _load_replies(store: Store, id_: MessageId) -> list[_Reply]:
    """Those to the message that are here, newest first."""
    found = []
    for answer_id, is_sent in store.mail.read(partial(answers.list_answers, id_=id_)):
        octets = _octets(store, answer_id)
        if octets is not None:
            found.append(_Reply(answer_id, invitation_in(octets), is_sent))
    return found


def _given_to(event: Event, replies: Sequence[_Reply]) -> list[Given]:
    """The answers to this event, newest first."""
    told = [(one, answer_in(one.says, event)) for one in replies]
    return [Given(one.id, answer, one.is_sent) for one, answer in told if answer is not None]


def answer_notices(store: Store, id_: MessageId, invitation: Invitation | None) -> list[Notice]:
    """What is said above an invitation: what was answered, or by which keys it can be."""
    events = () if invitation is None else invitation.answerable
    if not events:
        return []
    replies = _load_replies(store, id_)
    given = [next(iter(_given_to(event, replies)), None) for event in events]
    notices = []
    for event, one in zip(events, given, strict=True):
        if one is not None:
            where = "" if one.is_sent else " The answer is in Drafts: tuimail cannot send yet."
            what = f": {title_of(event)}" if len(events) > 1 else ""
            notices.append(Notice("good", f"You have {one.answer.words}{what}.{where}"))
    left = given.count(None)
    if left:
        accept, maybe, decline = (key_for(f"invitation.{name}") for name in COMMANDS.values())
        which = "" if len(events) == 1 else f" ({left} of {len(events)}; you are asked which)"
        keys = f"{accept} accepts, {maybe} accepts tentatively, {decline} declines."
        notices.append(Notice("note", f"Not answered yet{which}: {keys}"))
    return notices


COMMANDS = {Answer.ACCEPTED: "accept", Answer.TENTATIVE: "tentative", Answer.DECLINED: "decline"}
"""The commands that give each answer, without what comes before the dot."""


def _octets(store: Store, id_: MessageId) -> bytes | None:
    place = store.mail.read(partial(read.body_place, id_=id_))
    stored = None if place is None else load_stored(store, place)
    return None if stored is None else stored.octets
