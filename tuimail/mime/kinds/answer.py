"""An answer to an invitation, as a whole message to its organiser (METHOD:REPLY: RFC 5546, section 3.2.3; RFC 6047).

    From, To, Subject, …          multipart/alternative
    text/plain                    "Sam Reed has accepted: …"
    text/calendar; method=REPLY   the same UID, SEQUENCE and RECURRENCE-ID, one ATTENDEE with PARTSTAT, a new DTSTAMP

What comes from the invitation is written through a gate of its own kind: nothing in it can end a line, so that it adds
no field and no property. The header that came out is read again, and has to be the one that was meant.
"""

from __future__ import annotations

import base64
import re
import time
import uuid
from collections.abc import Iterable, Sequence

from tuimail.mime.headers import parse_header_block
from tuimail.mime.kinds.invitation import Answer, Attendee, Event, Invitation, Method
from tuimail.mime.kinds.moments import Moment, own_words
from tuimail.mime.kinds.zones import known_zone
from tuimail.mime.sanitize import one_line
from tuimail.model.address import Address
from tuimail.model.errors import ConfigError
from tuimail.model.moments import DAYS, MONTHS

_FOLD_OCTETS = 74
"""Content lines are folded before their 75th octet (RFC 5545, section 3.1)."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f-\uffff]{1,250}>")
_PLAIN_HEADER = re.compile(r"[ -~]{0,200}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 '_-]{1,100}")
_MOST_OCTETS_A_LINE = 200
"""Of text that is sent as it is (RFC 5322 allows 998)."""
_WORD_OCTETS = 42
"""Of an encoded word's text: as base64, in 75 characters (RFC 2047, section 2)."""
_FIELDS = [
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
]  # fmt: skip
_SUBJECT_WORDS = {Answer.ACCEPTED: "Accepted", Answer.TENTATIVE: "Tentative", Answer.DECLINED: "Declined"}


def attendee_among(event: Event, own_addresses: Iterable[str]) -> Attendee | None:
    """The attendee who is asked under one of these addresses; None: none of them was asked."""
    own = {address.casefold() for address in own_addresses if address}
    return next((one for one in event.attendees if one.who.address.casefold() in own), None)


def build_answer(
    invitation: Invitation,
    answer: Answer,
    *,
    me: Address,
    message_id: str,
    references: Sequence[str] = (),
    now: int,
    event: Event | None = None,
) -> bytes:
    """The octets of a message that gives `answer` for `me`. `message_id` and `references` are the invitation's.

    `event`: one of those that can be answered; None: the first. `now` in seconds since 1970 UTC. Lines end in CRLF.

    Raises:
        ConfigError: it asks for no answer, or the organiser or `me` has no address that can be written to.
    """
    if not invitation.can_be_answered:
        raise ConfigError("This message asks for no answer.", hint="Only invitations that name their organiser do.")
    event = event or invitation.answerable[0]
    organizer = event.organizer or Address("", "")
    if _ADDRESS.fullmatch(organizer.address) is None:
        raise ConfigError("The invitation's organiser has no mail address that an answer could go to.")
    if _ADDRESS.fullmatch(me.address) is None:
        raise ConfigError("The account has no address to answer from.", hint="Give it one in the configuration.")
    # Neither text has this in it: they are base64, or hold no such line.
    boundary = f"=_{uuid.uuid4().hex}"
    title = one_line(event.title) or "(no title)"
    references = [one for one in (*references, message_id) if _MESSAGE_ID.fullmatch(one)][-20:]
    values = [
        _mailbox(me),
        _mailbox(organizer),
        _header_text(f"{_SUBJECT_WORDS[answer]}: {title}"),
        _date(now),
        f"<{uuid.uuid4()}@{me.address.rpartition('@')[2]}>",
        message_id if _MESSAGE_ID.fullmatch(message_id) else "",
        "\r\n ".join(dict.fromkeys(references)),
        "1.0",
        f'multipart/alternative; boundary="{boundary}"',
    ]
    fields = [(name, value) for name, value in zip(_FIELDS, values, strict=True) if value]
    header = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("ascii")
    if [name for name, _ in parse_header_block(header)] != [name for name, _ in fields]:
        raise ConfigError("The invitation cannot be answered: what it says does not fit into a message's header.")
    parts = [
        _part("text/plain; charset=utf-8", _told(event, answer, me, title)),
        _part("text/calendar; charset=utf-8; method=REPLY", reply_calendar(event, answer, me=me, now=now)),
    ]
    mark = f"--{boundary}".encode()
    return b"\r\n".join([header, *(mark + b"\r\n" + part for part in parts), mark + b"--", b""])


def reply_calendar(event: Event, answer: Answer, *, me: Address, now: int) -> str:
    """The calendar of the answer; lines end in CRLF."""
    organizer = event.organizer or Address("", "")
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//tuimail//tuimail//EN",
        "VERSION:2.0",
        f"METHOD:{Method.REPLY.value}",
        "BEGIN:VEVENT",
        f"UID:{_raw(event.raw_uid)}",
        f"DTSTAMP:{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}",
        f"SEQUENCE:{event.sequence}",
        *_recurrence_id(event),
        f"ORGANIZER{_name_parameter(organizer)}:mailto:{_raw(organizer.address)}",
        f"ATTENDEE;PARTSTAT={answer.value}{_name_parameter(me)}:mailto:{_raw(me.address)}",
        f"SUMMARY:{_escaped(event.title)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def answer_in(reply: Invitation | None, event: Event) -> Answer | None:
    """What a message of one's own says to the event; None: it is no answer to it."""
    if reply is None or reply.method is not Method.REPLY or not reply.events:
        return None
    told = reply.events[0]
    same = told.raw_uid == _raw(event.raw_uid) and _is_same(told.one_of_many, event.one_of_many)
    return _ANSWERS.get(told.attendees[0].status) if same and told.attendees else None


def _is_same(one: Moment | None, other: Moment | None) -> bool:
    """Whether both are one moment, in whichever zone each is written."""
    if one is None or other is None:
        return one is other
    return one.clock == other.clock if one.at is None or other.at is None else one.at == other.at


_ANSWERS = {answer.value: answer for answer in Answer}


def _told(event: Event, answer: Answer, me: Address, title: str) -> str:
    when = [] if event.start is None else [own_words(event.start, event.end)]
    return f"{one_line(me.label)} has {answer.words}: {title}\r\n" + "".join(f"{line}\r\n" for line in when)


def _recurrence_id(event: Event) -> list[str]:
    """Which of many it is: as the invitation says it, in UTC where the other side could not know the zone."""
    line, moment = event.recurrence_id, event.one_of_many
    if line is None or moment is None:
        return []
    head = "RECURRENCE-ID"
    if line.parameter("RANGE").upper() == "THISANDFUTURE":
        head += ";RANGE=THISANDFUTURE"
    name = line.parameter("TZID")
    if moment.whole_day:
        return [f"{head};VALUE=DATE:{moment.clock:%Y%m%d}"]
    if name and known_zone(name) is not None:
        return [f"{head};TZID={_quoted(name)}:{moment.clock:%Y%m%dT%H%M%S}"]
    return [f"{head}:{_utc(moment)}"]


def _utc(moment: Moment) -> str:
    if moment.at is None:
        return f"{moment.clock:%Y%m%dT%H%M%S}"
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment.at))


def _raw(value: str) -> str:
    """A value as it came, without anything that could end its line."""
    return one_line(value)


def _quoted(value: str) -> str:
    # A parameter has no escapes, and some readers find one in a backslash all the same.
    value = one_line(value).replace('"', "'").replace("\\", "/")
    return f'"{value}"' if re.search("[,;:]", value) else value


def _name_parameter(person: Address) -> str:
    return f";CN={_quoted(person.name)}" if person.name else ""


def _escaped(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", one_line(text))


def _folded(line: str) -> str:
    """In pieces of at most 75 octets, no character cut in two."""
    pieces: list[str] = []
    piece, size = "", 0
    for character in line:
        octets = len(character.encode("utf-8", "replace"))
        if size + octets > _FOLD_OCTETS:
            pieces.append(piece)
            piece, size = "", 0
        piece, size = piece + character, size + octets
    return "\r\n ".join([*pieces, piece])


def _part(content_type: str, text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    if octets.isascii() and max(map(len, octets.split(b"\r\n"))) <= _MOST_OCTETS_A_LINE:
        return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n".encode() + octets
    encoded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + encoded


def _header_text(text: str) -> str:
    """An unstructured field's value in ASCII (RFC 2047); one word a line where it has to be encoded."""
    text = one_line(text)
    if _PLAIN_HEADER.fullmatch(text) and "=?" not in text:
        return text.strip()
    words, piece = [], b""
    for character in text[:500]:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _WORD_OCTETS:
            words.append(piece)
            piece = b""
        piece += octets
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in (*words, piece))


def _mailbox(person: Address) -> str:
    name = one_line(person.name).strip()
    if not name:
        return person.address
    shown = name if _PLAIN_NAME.fullmatch(name) else _header_text(name)
    if shown == name and not _PLAIN_NAME.fullmatch(name):
        shown = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{shown}\r\n <{person.address}>"


def _date(now: int) -> str:
    then = time.gmtime(now)
    clock = f"{then.tm_hour:02}:{then.tm_min:02}:{then.tm_sec:02} +0000"
    return f"{DAYS[then.tm_wday]}, {then.tm_mday:02} {MONTHS[then.tm_mon - 1]} {then.tm_year} {clock}"
