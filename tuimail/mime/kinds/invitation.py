"""What a calendar part says: who asks whom to be where and when, or has moved that, called it off, or answered.

    text/calendar ──content lines──► components ──► Invitation ──► lines (`invitation_card`), an answer (`answer`)

METHOD says which (RFC 5546, section 1.4). Every string of an `Invitation` is sanitised, but for what a reply has to
repeat octet by octet (`raw_uid`, `recurrence_id`), which `answer` passes through its own gate. No octets raise.
"""

from __future__ import annotations

import enum
import re

import msgspec

from tuimail.mime.kinds.content_lines import Component, ContentLine, parse_components
from tuimail.mime.kinds.moments import Moment, duration_of, later, moment_of
from tuimail.mime.kinds.recurrence import recurrence_words
from tuimail.mime.kinds.zones import Zones
from tuimail.mime.sanitize import block, one_line
from tuimail.model.address import Address

MAX_EVENTS = 50
"""Shown of one calendar: nobody invites to more at once, and a published one may have thousands."""
MAX_ATTENDEES = 2000
"""Read of one event."""
MAX_NAME = 200
MAX_TITLE = 500
MAX_UID = 1000

_COMPONENTS = {"VEVENT": "event", "VTODO": "task", "VJOURNAL": "journal entry", "VFREEBUSY": "question of free time"}
_MAILTO = re.compile(r"\s*mailto:\s*([^\s<>?\"]{1,320})", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,9}")


class Method(enum.StrEnum):
    """What a calendar part is for (RFC 5546, section 1.4)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    REPLY = "REPLY"
    ADD = "ADD"
    CANCEL = "CANCEL"
    REFRESH = "REFRESH"
    COUNTER = "COUNTER"
    DECLINECOUNTER = "DECLINECOUNTER"


class Answer(enum.StrEnum):
    """What somebody says to an invitation: a PARTSTAT (RFC 5545, section 3.2.12)."""

    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"

    @property
    def words(self) -> str:
        """The answer as it is spoken of: "accepted", "accepted tentatively", "declined"."""
        return {Answer.TENTATIVE: "accepted tentatively"}.get(self, self.value.lower())


class Attendee(msgspec.Struct, frozen=True):
    """Somebody who is asked. `status` is a PARTSTAT in upper case, "NEEDS-ACTION" when there is none."""

    who: Address
    status: str = "NEEDS-ACTION"
    is_optional: bool = False
    is_room: bool = False


class Event(msgspec.Struct, frozen=True):
    """One event (or task): `kind` in words. `recurrence_id` is the whole content line that names one of many."""

    title: str
    kind: str = "event"
    raw_uid: str = ""
    sequence: int = 0
    recurrence_id: ContentLine | None = None
    one_of_many: Moment | None = None
    start: Moment | None = None
    end: Moment | None = None
    recurs: str = ""
    place: str = ""
    organizer: Address | None = None
    attendees: tuple[Attendee, ...] = ()
    description: str = ""
    comment: str = ""
    url: str = ""
    is_cancelled: bool = False


class Invitation(msgspec.Struct, frozen=True):
    """A calendar part; `left_out` events are not in `events`. `method` None: a file of events, nobody asks."""

    method: Method | None
    events: tuple[Event, ...]
    left_out: int = 0

    @property
    def answerable(self) -> tuple[Event, ...]:
        """The events that ask for an answer which can be given: somebody invites to them, and they can be named.

        A series is one, with the dates of it that differ: who accepts it accepts these (RFC 5546, section 3.2.2).
        """
        if self.method not in {Method.REQUEST, Method.ADD}:
            return ()
        named = [one for one in self.events if one.kind == "event" and one.organizer is not None and one.raw_uid]
        series = {one.raw_uid for one in named if one.recurrence_id is None}
        found: dict[tuple[str, str], Event] = {}
        for one in named:
            if one.recurrence_id is None:
                found.setdefault((one.raw_uid, ""), one)
            elif one.raw_uid not in series:
                found.setdefault((one.raw_uid, one.recurrence_id.value), one)
        return tuple(found.values())

    @property
    def can_be_answered(self) -> bool:
        """Whether there is such an event."""
        return bool(self.answerable)


def parse_invitation(text: str, method: str = "") -> Invitation | None:
    """The calendar in `text`; `method` is what the part's Content-Type says. None: there is no calendar."""
    calendars = [one for one in parse_components(text) if one.name == "VCALENDAR"]
    inner = [one for calendar in calendars for one in calendar.components]
    found = [one for one in inner if one.name in _COMPONENTS]
    if not calendars or not found:
        return None
    zones = Zones(inner)
    named = calendars[0].text("METHOD").strip().upper() or method.strip().upper()
    events = tuple(_event(one, zones) for one in found[:MAX_EVENTS])
    return Invitation(_METHODS.get(named), events, len(found) - len(events))


_METHODS = {method.value: method for method in Method}


def _event(component: Component, zones: Zones) -> Event:
    start = _moment(component, "DTSTART", zones)
    recurrence_id = component.first("RECURRENCE-ID")
    sequence = component.text("SEQUENCE").strip()
    organizer, uid = component.first("ORGANIZER"), component.first("UID")
    return Event(
        title=_line(component.text("SUMMARY"), MAX_TITLE),
        kind=_COMPONENTS[component.name],
        raw_uid="" if uid is None else uid.value.strip()[:MAX_UID],
        sequence=int(sequence) if _DIGITS.fullmatch(sequence) else 0,
        recurrence_id=recurrence_id,
        one_of_many=None if recurrence_id is None else moment_of(recurrence_id, zones),
        start=start,
        end=_end(component, start, zones),
        recurs=recurrence_words(component, zones),
        place=_line(component.text("LOCATION"), MAX_TITLE),
        organizer=None if organizer is None else _who(organizer),
        attendees=tuple(_attendee(line) for line in component.all("ATTENDEE")[:MAX_ATTENDEES]),
        description=block(component.text("DESCRIPTION")),
        comment=block(component.text("COMMENT")),
        url=_line(component.text("URL"), MAX_TITLE),
        is_cancelled=component.text("STATUS").strip().upper() == "CANCELLED",
    )


def _line(text: str, most: int) -> str:
    return " ".join(one_line(text[: 4 * most]).split())[:most]


def _moment(component: Component, name: str, zones: Zones) -> Moment | None:
    line = component.first(name)
    return None if line is None else moment_of(line, zones)


def _end(component: Component, start: Moment | None, zones: Zones) -> Moment | None:
    """DTEND, or DUE of a task, or the start and a duration; where none is said, none (RFC 5545, section 3.6.1)."""
    end = _moment(component, "DTEND", zones) or _moment(component, "DUE", zones)
    length = duration_of(component.text("DURATION"))
    if end is not None or start is None or length is None:
        return end
    return later(start, length)


def _who(line: ContentLine) -> Address:
    """The person of an ORGANIZER or ATTENDEE; an address that is no mail address is no address."""
    found = _MAILTO.match(line.value)
    address = found[1] if found else line.parameter("EMAIL")
    name = _line(line.parameter("CN"), MAX_NAME)
    address = _line(address, 320).replace(" ", "")
    if "@" in name and name.casefold() != address.casefold():
        # A name that looks like an address, and is not the one that is meant.
        name = ""
    return Address("" if name == address else name, address if "@" in address else "")


def _attendee(line: ContentLine) -> Attendee:
    return Attendee(
        _who(line),
        _line(line.parameter("PARTSTAT"), 40).upper() or "NEEDS-ACTION",
        is_optional=line.parameter("ROLE").upper() in {"OPT-PARTICIPANT", "NON-PARTICIPANT"},
        is_room=line.parameter("CUTYPE").upper() in {"ROOM", "RESOURCE"},
    )
