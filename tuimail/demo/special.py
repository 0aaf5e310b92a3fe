"""Messages of unusual form: reports, digests, invitations, signatures, inline images, odd or absent header fields."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from tuimail.demo.attachments import attachment, lamp_png, pdf, zip_file
from tuimail.demo.builder import (
    Part,
    SampleMessage,
    address_field,
    date_field,
    field,
    file_part,
    message,
    message_part,
    multipart,
    plain_fields,
    text_part,
)
from tuimail.demo.clock import before, message_id
from tuimail.demo.conversations import DELIVERY_TIME, flags_of
from tuimail.demo.people import OWNER, PEOPLE, SEEDBANK_LIST
from tuimail.model.address import Address

LOG_SEED = 1891
LOG_ENTRIES = 1500
LOG_REMARKS = (
    "Wind backing, sea smooth, all sail set.",
    "Pumps sounded, nothing of note.",
    "Cook served peas. Second mate remarked upon the peas.",
    "Spoke the barque 'Good Intent', 61 days out, all well, short of tobacco.",
    "Rain squalls until noon, then clear. Dried the flying jib.",
    "Leeks in the cook's tub stand four inches high and blue as slate.",
    "Carpenter made good the rail that the pig had broken.",
    "Fog. Bell rung every two minutes; something rang back.",
    "Crew employed variously about the rigging.",
    "The parrot has learned the mate's voice and gave an order, which was obeyed.",
)
QUARREL = (
    ("maya", "Who has the 10 mm spanner?"),
    ("piet", "Not me. You had it on Thursday, for the saddle."),
    ("maya", "I gave it to Noor, for the bell."),
    ("piet", "Noor says that she gave it to Robin, for the crane lamp."),
    ("maya", "Robin says the crane has its own spanners, all of them larger than Robin."),
    ("piet", "Then it is in the tin."),
    ("maya", "Which tin? We have nine tins. One of them is biscuits."),
    ("piet", "Have you looked in the biscuits?"),
    ("maya", "I have now. Two spanners, and no biscuits."),
    ("piet", "I can explain the biscuits."),
)
LONG_SUBJECT = (
    "Please read the whole of this subject line before you open the message, because the committee has decided that "
    "in future all questions about the order of the boats in the parade, their lanterns, the distance between the "
    "lanterns, the songs that may be sung between the distances, and the gulls, are to be asked in the subject only, "
    "so that everybody can answer them on the telephone without opening anything at all, which has worked so far"
)


def special(now: datetime) -> Iterator[SampleMessage]:
    """Every one of them."""
    yield from _attachments(now)
    yield from _reports(now)
    yield from _containers(now)
    yield from _odd_headers(now)
    yield from _quarrel(now)


def _sample(
    now: datetime,
    age: str,
    sender: Address,
    subject: str,
    content: Part,
    *,
    mailbox: str = "INBOX",
    flags: str = "seen",
    more: bytes = b"",
    date: bool = True,
) -> SampleMessage:
    when = before(now, age)
    fields = [
        address_field("From", [sender]),
        address_field("To", [OWNER]),
        field("Subject", subject),
        date_field(when) if date else b"",
        field("Message-ID", message_id(f"special/{subject}/{age}", sender.address.partition("@")[2])),
        more,
    ]
    return SampleMessage(mailbox, message(fields, content), flags_of(flags), when + DELIVERY_TIME)


def _attachments(now: datetime) -> Iterator[SampleMessage]:
    ines, kofi, maya = PEOPLE["ines"].address, PEOPLE["kofi"].address, PEOPLE["maya"].address
    photos = {f"tandem-{n}.png": lamp_png(24 + 8 * n, 20 + 6 * n) for n in range(1, 5)}
    text = text_part("Four pictures of Sunday, in one box. In number three nobody is steering.\n")
    yield _sample(
        now,
        "51d7h",
        maya,
        "Photographs of the first ride",
        multipart("mixed", [text, file_part("application/zip", zip_file(photos), filename="tandem.zip")], "=_zip"),
        mailbox="Archive",
        flags="seen flagged",
    )
    yield _invitation(now)
    html = (
        "<html><body><p>Dear all,</p><p>this is what the quay looked like last night:</p>"
        '<p><img src="cid:lamp@museum.example.org" alt="One warm lamp on the crane" width="288"></p>'
        "<p>Six more to come. <b>Thank you</b>, Tomasz.</p><p>Ines</p></body></html>\n"
    )
    picture = file_part("image/png", lamp_png(96, 64), filename="quay.png", content_id="lamp@museum.example.org")
    related = multipart("related", [text_part(html, subtype="html"), picture], "=_rel", parameters='type="text/html"')
    plain = text_part("Dear all,\n\nthis is what the quay looked like last night: [picture]\n\nSix more to come.\n")
    yield _sample(now, "1d9h", ines, "Last night on the quay", multipart("alternative", [plain, related], "=_alt"))
    sheet = file_part(
        "application/pdf", pdf(["Figurehead", "1.82 m, 140 kg"]), filename="Größenplan Bugfigur – Entwurf.pdf"
    )
    note = text_part("Guten Tag,\n\nanbei der Plan mit allen Maßen.\n\nF. Großmann\n", charset="iso-8859-1")
    yield _sample(
        now, "3d5h", PEOPLE["friederike"].address, "Plan der Bugfigur", multipart("mixed", [note, sheet], "=_plan")
    )
    yield _sample(
        now,
        "22d12h",
        kofi,
        "The poster",
        file_part("image/png", lamp_png(120, 160), filename="poster.png"),
        mailbox="Archive",
    )
    yield _sample(
        now,
        "9d15h",
        PEOPLE["leena"].address,
        "Programme sheet for the printer",
        multipart(
            "mixed", [text_part("Two hundred, please, on the cream paper.\n"), attachment("programme.pdf")], "=_p"
        ),
    )


def _invitation(now: datetime) -> SampleMessage:
    start = (before(now, "1h") + timedelta(days=6)).replace(hour=17, minute=30, second=0)
    calendar = "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Lantern Choir//Rehearsals//EN",
            "METHOD:REQUEST",
            "BEGIN:VEVENT",
            "UID:rehearsal-41@choir.example.org",
            f"DTSTAMP:{before(now, '7h'):%Y%m%dT%H%M%SZ}",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{start + timedelta(hours=2):%Y%m%dT%H%M%SZ}",
            "SUMMARY:Dress rehearsal\\, by lantern",
            "LOCATION:The old net loft\\, Quay Lane",
            "ORGANIZER;CN=Leena Rautavaara-Holm:mailto:leena@choir.example.org",
            f"ATTENDEE;CN={OWNER.name};PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{OWNER.address}",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )
    text = text_part("Dress rehearsal next week, by lantern, in the net loft. Please say whether you come.\n")
    invite = file_part(
        "text/calendar", calendar.encode(), filename="rehearsal.ics", parameters="method=REQUEST; charset=utf-8"
    )
    content = multipart("alternative", [text, invite], "=_ics")
    return _sample(now, "7h", PEOPLE["leena"].address, "Invitation: dress rehearsal", content, flags="")


def _reports(now: datetime) -> Iterator[SampleMessage]:
    daemon = Address("Mail Delivery System", "MAILER-DAEMON@mx.ardenhaven.example.org")
    status = (
        "Reporting-MTA: dns; mx.ardenhaven.example.org\n\nFinal-Recipient: rfc822; keeper@lighthouse.example.net\n"
        "Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.lighthouse.example.net\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such keeper: the light is automatic\n"
    )
    explained = text_part(
        "Your message could not be delivered to\n\n    keeper@lighthouse.example.net\n\n"
        "The other server said: 550 5.1.1 No such keeper: the light is automatic\n"
    )
    returned = Part(
        field("Content-Type", "text/rfc822-headers"),
        address_field("From", [OWNER])
        + field("To", "keeper@lighthouse.example.net")
        + field("Subject", "May we visit?")
        + field("Message-ID", message_id("special/visit", "ardenhaven.example.org")),
    )
    delivery = Part(field("Content-Type", "message/delivery-status"), status.replace("\n", "\r\n").encode())
    report = multipart("report", [explained, delivery, returned], "=_dsn", parameters="report-type=delivery-status")
    failed = plain_fields({"Auto-Submitted": "auto-replied"})
    yield _sample(now, "1d16h", daemon, "Undelivered Mail Returned to Sender", report, flags="", more=failed)
    read = Part(
        field("Content-Type", "message/disposition-notification"),
        b"Reporting-UA: archive.example.org; Reading Room Mail\r\n"
        b"Final-Recipient: rfc822; m.fontanel@archive.example.org\r\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\r\n",
    )
    seen = text_part("The message about the sextant was displayed. This is no guarantee that it was understood.\n")
    receipt = multipart("report", [seen, read], "=_mdn", parameters="report-type=disposition-notification")
    marguerite = PEOPLE["marguerite"].address
    yield _sample(now, "13d22h", marguerite, "Read: Loan request: sextant HM-0882", receipt, mailbox="Archive")
    council = PEOPLE["council"].address
    yield _sample(
        now,
        "5d12h",
        council,
        "Consent 2231/07: please acknowledge",
        text_part("Dear Robin Vale,\n\nplease let us know that you have read this. There is nothing else in it.\n"),
        more=address_field("Disposition-Notification-To", [council]) + plain_fields({"Importance": "high"}),
    )


def _containers(now: datetime) -> Iterator[SampleMessage]:
    hanne, yusuf = PEOPLE["hanne"].address, PEOPLE["yusuf"].address
    inner = [
        message(
            [
                address_field("From", [PEOPLE[key].address]),
                field("Subject", subject),
                field("Message-ID", message_id(f"digest/{subject}", "seedbank.example.net")),
            ],
            text_part(text),
        )
        for key, subject, text in (
            ("clement", "Which paper for blotters?", "Mine falls apart at 30 °C. What do you use?\n"),
            ("ravi", "Re: Which paper for blotters?", "Coffee filters, the brown ones, two layers.\n"),
            ("sunniva", "Offer: 40 glass jars", "With lids. Collect only, and bring gloves.\n"),
        )
    ]
    # In a digest every part is a message where it does not say otherwise (RFC 2046, section 5.1.5).
    digest = multipart(
        "digest", [Part(b"", octets) for octets in inner], "=_digest", preamble="Three messages of today."
    )
    more = plain_fields({"List-Id": "Seed bank growers <growers.seedbank.example.net>"})
    more += address_field("Reply-To", [SEEDBANK_LIST])
    yield _sample(
        now, "11d14h", hanne, "[growers] Digest, vol. 9, issue 41", digest, mailbox="Lists/seedbank", more=more
    )
    forwarded = message(
        [
            address_field("From", [Address("Cable & Coil", "sales@cable.example.com")]),
            address_field("To", [yusuf]),
            field("Subject", "Your quotation Q-551"),
            field("Message-ID", message_id("forward/q551", "cable.example.com")),
            date_field(before(now, "19d9h")),
        ],
        multipart(
            "mixed", [text_part("60 m, rubber, black: 94.00, delivered.\n"), attachment("budget.csv")], "=_inner"
        ),
    )
    outer = [text_part("Is this a good price? The original is attached.\n"), message_part(forwarded, "Quotation")]
    yield _sample(now, "19d7h", yusuf, "Fwd: Your quotation Q-551", multipart("mixed", outer, "=_fwd"))
    signature = (
        "-----BEGIN PGP SIGNATURE-----\n\nc2FtcGxlIHNpZ25hdHVyZSwgbm90IGEgcmVhbCBvbmU=\n=abcd\n"
        "-----END PGP SIGNATURE-----\n"
    )
    signed = multipart(
        "signed",
        [
            text_part("Key of the net loft: under the third lobster pot, counted from the sea.\n"),
            file_part("application/pgp-signature", signature.encode(), filename="signature.asc"),
        ],
        "=_signed",
        parameters='micalg=pgp-sha256; protocol="application/pgp-signature"',
    )
    yield _sample(now, "8d12h", PEOPLE["bram"].address, "Where the key is", signed)
    yield _sample(
        now,
        "40d6h",
        PEOPLE["marguerite"].address,
        "Transcript of the log of the 'Constance', complete",
        text_part(_log()),
        mailbox="Projects/Harbour",
        flags="seen flagged",
    )


def _log() -> str:
    numbers = random.Random(LOG_SEED)  # noqa: S311 - sample text, not secrets
    entries = ["Transcribed from the fair copy, spelling as found, 1889 to 1891.\n"]
    for number in range(LOG_ENTRIES):
        remarks = " ".join(numbers.sample(LOG_REMARKS, 2))
        south, west = numbers.randrange(2, 56), numbers.randrange(5, 90)
        position = f"{south}°{numbers.randrange(60):02}' S, {west}°{numbers.randrange(60):02}' W"
        entries.append(f"Day {number + 1}, {position}. {remarks}\n")
    return "\n".join(entries)


def _odd_headers(now: datetime) -> Iterator[SampleMessage]:
    sam, gran = PEOPLE["sam"].address, PEOPLE["grandma"].address
    parade = text_part("Boat 7. Any questions? See above.\n")
    yield _sample(now, "4d15h", Address("Parade committee", "parade@port.example.org"), LONG_SUBJECT, parade)
    yield _sample(now, "7d4h", gran, "", text_part("Robin dear, where does one write what it is about?\n"))
    yield _sample(
        now,
        "12d12h",
        Address("Old fax gateway", "fax@port.example.org"),
        "Fax from an unknown machine",
        text_part("One page received. Quality: like fog.\n"),
        date=False,
    )
    yield _sample(
        now,
        "46d4h",
        Address("Harbour radio", "radio@port.example.org"),
        "Weekly programme",
        Part(
            field("Content-Type", "text/plain; charset=x-harbour-8") + field("Content-Transfer-Encoding", "8bit"),
            "Montag: Seewetter. Dienstag: Grüße.\r\n".encode("iso-8859-1"),
        ),
        mailbox="Archive",
    )
    raw = _sample(
        now, "34d8h", sam, "SUBJECT", text_part("The café has moved next door. Same cake.\n"), mailbox="Archive"
    )
    octets = raw.octets.replace(b"Subject: SUBJECT", "Subject: Café Möwe, neue Adresse".encode())
    yield SampleMessage(raw.mailbox, octets, raw.flags, raw.internal_date)
    party = text_part(
        "Dear neighbours,\n\nlong table, bring a chair and a lamp. Saturday, from six until the milkman.\n"
    )
    neighbours = [Address(f"Quay Lane {number}", f"number{number}@quaylane.example.org") for number in range(1, 41)]
    yield _sample(now, "5d15h", sam, "Street party!", party, more=address_field("Cc", neighbours))


def _quarrel(now: datetime) -> Iterator[SampleMessage]:
    """A thread in which everybody quotes everything."""
    subject, text = "The 10 mm spanner", ""
    references: list[str] = []
    for index, (key, line) in enumerate(QUARREL):
        sender = PEOPLE[key].address
        quoted = "".join(f">{'' if old.startswith('>') else ' '}{old}\n" for old in text.rstrip("\n").split("\n"))
        previous = PEOPLE[QUARREL[index - 1][0]].address.name
        text = f"{line}\n\n{previous} wrote:\n{quoted}" if text else f"{line}\n"
        identity = message_id(f"quarrel/{index}", sender.address.partition("@")[2])
        when = before(now, f"{28 - index}d9h")
        fields = [
            address_field("From", [sender]),
            address_field("To", [PEOPLE["noor"].address, OWNER]),
            field("Subject", f"{'Re: ' if references else ''}{subject}"),
            date_field(when),
            field("Message-ID", identity),
        ]
        if references:
            fields += [field("In-Reply-To", references[-1]), field("References", " ".join(references))]
        references.append(identity)
        yield SampleMessage("Archive", message(fields, text_part(text)), ("\\Seen",), when + DELIVERY_TIME)
