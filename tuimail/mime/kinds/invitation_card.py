"""A calendar part as a card: what, when, where, who, and what it asks for or tells."""

from __future__ import annotations

from collections.abc import Sequence

from tuimail.mime.kinds import card
from tuimail.mime.kinds.invitation import Attendee, Event, Invitation, Method
from tuimail.mime.kinds.moments import span_words
from tuimail.mime.lines import StyledLine
from tuimail.mime.view import Notice
from tuimail.model.address import Address
from tuimail.model.units import counted

MAX_NAMED = 12
"""Attendees that are named; of the others it is said how many they are."""

_HEADINGS = {
    Method.REQUEST: "Invitation",
    Method.ADD: "Invitation to one more date",
    Method.CANCEL: "Called off",
    Method.REPLY: "Answer to an invitation",
    Method.COUNTER: "Another time is proposed",
    Method.DECLINECOUNTER: "The proposed time was declined",
    Method.REFRESH: "The latest state of an event is asked for",
    Method.PUBLISH: "From a calendar",
    None: "From a calendar",
}
_STATUS_WORDS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "accepted tentatively",
    "DELEGATED": "sends somebody else",
    "NEEDS-ACTION": "has not answered",
    "COMPLETED": "has done it",
    "IN-PROCESS": "is at it",
}


def invitation_lines(invitation: Invitation) -> list[StyledLine]:
    """The card; an empty line between events."""
    lines: list[StyledLine] = []
    for event in invitation.events:
        lines += [StyledLine()] if lines else []
        lines += _event_lines(event, invitation.method)
    if invitation.left_out:
        lines += [StyledLine(), card.note(f"({counted(invitation.left_out, 'more event')}: save the part to see all.)")]
    return lines


def invitation_notices(invitation: Invitation, sender: Sequence[Address]) -> tuple[Notice, ...]:
    """What speaks against the invitation: its organiser is not who sent it, or an answer came from somebody else."""
    senders = {person.address.casefold() for person in sender if person.address}
    if not senders or not invitation.events:
        return ()
    if invitation.method in {Method.REPLY, Method.COUNTER}:
        people = [event.attendees[0].who if event.attendees else None for event in invitation.events]
        words = "The answer is given for {0}, but was sent by {1}."
    elif invitation.method in {Method.REQUEST, Method.ADD, Method.CANCEL, Method.DECLINECOUNTER}:
        people = [event.organizer for event in invitation.events]
        words = "The organiser is {0}, but the message was sent by {1}."
    else:
        return ()
    addresses = [who.address for who in people if who is not None and who.address]
    other = next((address for address in addresses if address.casefold() not in senders), "")
    return (Notice("note", words.format(other, ", ".join(sorted(senders)[:3]))),) if other else ()


def _event_lines(event: Event, method: Method | None) -> list[StyledLine]:
    lines = [card.heading(_heading(event, method)), card.heading(event.title or "(no title)")]
    if method in {Method.REPLY, Method.COUNTER}:
        lines += card.rows("Answer", [_told(one, _person(one.who)) for one in event.attendees[:MAX_NAMED]])
        lines += card.text_lines(event.comment)[1:]
    when = [] if event.start is None else span_words(event.start, event.end)
    if event.start is None and event.end is not None:
        when = [f"by {words}" for words in span_words(event.end, None)]
    lines += card.rows("When", when)
    lines += card.rows("Repeats", [event.recurs])
    if event.one_of_many is not None:
        lines += card.rows("Only", [f"the one of {span_words(event.one_of_many, None)[0]}, of several"])
    lines += card.rows("Where", [event.place])
    lines += card.rows("Link", [event.url])
    lines += card.rows("Organiser", [] if event.organizer is None else [_person(event.organizer)])
    if method not in {Method.REPLY, Method.COUNTER}:
        lines += _attendee_lines(event.attendees)
        lines += card.rows("Comment", event.comment.split("\n")[:5])
    return [*lines, *card.text_lines(event.description)]


def _heading(event: Event, method: Method | None) -> str:
    words = _HEADINGS[method]
    if event.is_cancelled and method is not Method.CANCEL:
        return f"{words}: called off"
    if method is Method.REQUEST and event.sequence:
        words = "Invitation, changed"
    return words if event.kind == "event" else f"{words}: {event.kind}"


def _person(person: Address) -> str:
    if person.name and person.address:
        return f"{person.name} <{person.address}>"
    return person.label or "(nobody)"


def _told(attendee: Attendee, who: str) -> str:
    status = _STATUS_WORDS.get(attendee.status, attendee.status.lower())
    return f"{who or '(nobody)'}: {status}"


def _invited(attendee: Attendee) -> str:
    """Who, and what they said when this was sent; of those who had not answered then, nothing: they may have since."""
    who = attendee.who.label
    words = _told(attendee, who) if attendee.status != "NEEDS-ACTION" else who or "(nobody)"
    return f"{words}, need not come" if attendee.is_optional else words


def _attendee_lines(attendees: Sequence[Attendee]) -> list[StyledLine]:
    people = [one for one in attendees if not one.is_room]
    named = [_invited(one) for one in people[:MAX_NAMED]]
    if len(people) > MAX_NAMED:
        rest = people[MAX_NAMED:]
        accepted = sum(one.status == "ACCEPTED" for one in rest)
        named.append(f"and {counted(len(rest), 'other')}, {accepted or 'none'} of them accepted")
    rooms = [one.who.label for one in attendees if one.is_room][:MAX_NAMED]
    return [*card.rows("Invited", named), *card.rows("Rooms", rooms)]
