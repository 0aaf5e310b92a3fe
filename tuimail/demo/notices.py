"""Mail that machines write: climate of the depot, tides, library, the ticket system of the port.

The numbers come from a generator with a fixed seed, so that every start shows the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tuimail.demo.attachments import attachment
from tuimail.demo.builder import SampleMessage, address_field, date_field, field, message, multipart, text_part
from tuimail.demo.clock import before, message_id
from tuimail.demo.conversations import DELIVERY_TIME, flags_of
from tuimail.demo.people import OWNER
from tuimail.model.address import Address

SEED = 1889
CLIMATE = Address("Depot climate", "climate@museum.example.org")
TIDES = Address("Tide office", "tides@port.example.org")
LIBRARY = Address("Ardenhaven Library", "loans@library.example.org")
PORT = Address("Port tickets", "tickets@port.example.org")
BOOKINGS = Address("Museum bookings", "bookings@museum.example.org")

BOOKS = (
    "Bells, Buoys and Beacons",
    "The Cook's Passage: Letters from the 'Constance'",
    "Enamel: a Handbook for the Patient",
    "Eight Parts and No Conductor",
    "Onions, Leeks and Their Kin",
    "Rope, Tar, Patience",
    "Lug and Frame: Bicycles of the North",
    "A Field Guide to Fog",
)
TICKETS = (
    ("Light at berth 6 flickers", "Replaced the ballast. The gull's nest above it stays until August."),
    ("Bench at the pilot house is loose", "Two bolts. Please do not dance on it."),
    ("Water tap at the slip drips", "New washer. It now drips less than the sky."),
    ("Notice board: lock stuck", "Graphite. Works with one key again instead of three."),
    ("Bollard 14 has been painted pink", "We asked around. It stays pink until the wedding is over."),
    ("Ladder at the west steps, third rung", "Rung replaced. The fifth one feels left out and will follow."),
    ("Lost property: one oar", "Still one oar. Owner, if you read this: how did you get home?"),
)
SCHOOLS = ("Mill Lane School", "Quay Street Primary", "Upper Skerry School", "Brine Hill School", "St Olave's")
TOURS = ("The Tide Table Game", "Knots for two hands", "Up the crane (not really)")
REMARKS = ("none", "two wheelchairs", "one is afraid of the diver", "they bring cake")


@dataclass(frozen=True, slots=True)
class _Notice:
    """`{week}` in the subject becomes the number of the week in which the notice was sent."""

    sender: Address
    subject: str
    text: str
    age: str
    mailbox: str = "Archive"
    flags: str = "seen"
    attach: str = ""


def notices(now: datetime) -> Iterator[SampleMessage]:
    """Every notice."""
    numbers = random.Random(SEED)  # noqa: S311 - sample figures, not secrets
    for notice in (*_climate(numbers), *_tides(numbers), *_library(numbers), *_tickets(numbers), *_bookings(numbers)):
        yield _message(notice, before(now, notice.age))


def _climate(numbers: random.Random) -> Iterator[_Notice]:
    for week in range(12):
        bays = [(bay, round(numbers.uniform(48, 54), 1), round(numbers.uniform(17, 19.5), 1)) for bay in (1, 2, 3)]
        lines = "\n".join(f"  bay {bay}   {humidity:5.1f} % RH   {degrees:4.1f} °C" for bay, humidity, degrees in bays)
        alarm = "One alarm: bay 3, 63.0 % on Sunday night." if week == 1 else "No alarms."
        yield _Notice(
            CLIMATE,
            "Depot climate, week {week}",
            f"Means of the last seven days:\n\n{lines}\n\n{alarm} Limits: 45 to 57 % RH, 16 to 20 °C.\n",
            f"{week * 7 + 1}d7h",
            mailbox="Projects/Harbour",
            flags="seen flagged" if week == 1 else "seen" if week else "",
            attach="climate-bays.csv" if week < 3 else "",
        )


def _tides(numbers: random.Random) -> Iterator[_Notice]:
    for week in range(10):
        rows = []
        for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"):
            hour, minute, height = numbers.randrange(0, 12), numbers.randrange(60), numbers.uniform(3.1, 4.6)
            rows.append(
                f"  {day}   {hour:02}:{minute:02}  {height:.1f} m   {hour + 12:02}:{minute:02}  {height - 0.2:.1f} m"
            )
        table = "\n".join(rows)
        yield _Notice(
            TIDES,
            "High water at Ardenhaven, week {week}",
            f"High water, local time, above chart datum:\n\n{table}\n\nNot to be used for navigation or for picnics.\n",
            f"{week * 7}d13h",
            mailbox="INBOX" if week == 0 else "Archive",
            flags="" if week == 0 else "seen",
        )


def _library(numbers: random.Random) -> Iterator[_Notice]:
    for index, title in enumerate(BOOKS):
        days = numbers.randrange(2, 6)
        yield _Notice(
            LIBRARY,
            f"Due in {days} days: {title}",
            f"Good morning,\n\n'{title}' is due back in {days} days. You can renew it twice, by answering\n"
            "this message with the word RENEW, or in person, which we prefer.\n",
            f"{index * 9 + 5}d10h",
            mailbox="Trash" if index % 3 == 2 else "Archive",
        )


def _tickets(numbers: random.Random) -> Iterator[_Notice]:
    for index, (title, answer) in enumerate(TICKETS):
        ticket = 4000 + numbers.randrange(900)
        yield _Notice(
            PORT,
            f"[port #{ticket}] closed: {title}",
            f"Ticket    #{ticket}\nTitle     {title}\nState     closed\n\n{answer}\n",
            f"{index * 6 + 2}d15h",
            mailbox="INBOX" if index == 0 else "Archive",
        )


def _bookings(numbers: random.Random) -> Iterator[_Notice]:
    for index in range(14):
        school, pupils, form = numbers.choice(SCHOOLS), numbers.randrange(14, 29), numbers.randrange(2, 7)
        yield _Notice(
            BOOKINGS,
            f"Booking: {school}, form {form}, {pupils} pupils",
            f"School    {school}\nForm      {form}\nPupils    {pupils}\n"
            f"Wanted    {numbers.choice(TOURS)}\nRemarks   {numbers.choice(REMARKS)}\n",
            f"{index * 4 + 1}d11h",
            mailbox="INBOX" if index < 3 else "Projects/Harbour",
            flags="" if index == 0 else "seen answered" if index % 2 else "seen",
        )


def _message(notice: _Notice, when: datetime) -> SampleMessage:
    domain = notice.sender.address.partition("@")[2]
    identity = message_id(f"{notice.subject}/{notice.age}", domain)
    content = text_part(notice.text)
    if notice.attach:
        content = multipart("mixed", [content, attachment(notice.attach)], f"=_{identity[1:17]}")
    fields = [
        address_field("From", [notice.sender]),
        address_field("To", [OWNER]),
        field("Subject", notice.subject.replace("{week}", str(when.isocalendar().week))),
        date_field(when),
        field("Message-ID", identity),
        field("Auto-Submitted", "auto-generated"),
    ]
    return SampleMessage(notice.mailbox, message(fields, content), flags_of(notice.flags), when + DELIVERY_TIME)
