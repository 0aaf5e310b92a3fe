"""Troubles of parts that are told in words: invitations, visiting cards, reports, winmail.dat.

Days are whole and clocks float, so that what is expected is the same in every time zone.
"""

from __future__ import annotations

import base64

from tests.corpus.declare import Mail, mail, multipart
from tests.mime.kinds import tnef_maker

FROM = b"From: Leena Holm <leena@choir.example.org>\n"
SHOWN = "From: Leena Holm <leena@choir.example.org>\n\n"
ORGANIZER = "ORGANIZER;CN=Leena Holm:mailto:leena@choir.example.org"
SAM = "ATTENDEE;CN=Sam Reed:mailto:sam@example.net"
TIDE = b"\nThe tide turns at six.\n"


def _calendar(*lines: str, method: str = "REQUEST") -> bytes:
    text = ["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", "UID:1@choir.example.org", "SUMMARY:Dress rehearsal"]
    return "\n".join([*text, "DTSTART;VALUE=DATE:20261128", *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def _alone(name: str, kind: str, content: bytes, expected: str, *, header: bytes = b"", notice: str = "") -> Mail:
    """A message of one part, which can be saved too."""
    main = kind.partition(";")[0]
    size = len(content.replace(b"\n", b"\r\n"))
    source = header + f"Content-Type: {kind}\n\n".encode() + content
    return mail(name, source, f"{expected}+ 1 {main} - {size}\n{notice}")


def _invite(name: str, lines: tuple[str, ...], expected: str, *, method: str = "REQUEST", notice: str = "") -> Mail:
    content = _calendar(*lines, method=method)
    return _alone(
        f"invitation-{name}", "text/calendar; charset=utf-8", content, SHOWN + expected, header=FROM, notice=notice
    )


PUBLISHED = "text/calendar; method=PUBLISH"


INVITATIONS = [
    _invite(
        "usual",
        (ORGANIZER, SAM, "LOCATION:The old net loft\\, Quay Lane", "DESCRIPTION:Bring a lantern.\\nAnd a hat."),
        "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\n"
        "Where       The old net loft, Quay Lane\nOrganiser   Leena Holm <leena@choir.example.org>\n"
        "Invited     Sam Reed\n\nBring a lantern.\nAnd a hat.\n",
    ),
    _invite(
        "folded-in-a-character-of-two-octets",
        ("LOCATION:Sm\n \u00f8rhuset \n ved havnen",),
        "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\nWhere       Smørhuset ved havnen\n",
    ),
    _invite(
        "called-off",
        ("STATUS:CANCELLED", "SEQUENCE:2"),
        "Called off\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\n",
        method="CANCEL",
    ),
    _invite(
        "changed",
        ("SEQUENCE:1", "RRULE:FREQ=MONTHLY;BYDAY=-1SA;UNTIL=20270701"),
        "Invitation, changed\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\n"
        "Repeats     every month on the last Sat, until Thu 1 Jul 2027\n",
    ),
    _invite(
        "organised-by-somebody-else",
        ("ORGANIZER:mailto:mallory@example.com",),
        "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\nOrganiser   mallory@example.com\n",
        notice="! The organiser is mallory@example.com, but the message was sent by leena@choir.example.org.\n",
    ),
    _invite(
        "name-that-is-another-address",
        ("ORGANIZER;CN=harbour.master@example.com:mailto:leena@choir.example.org",),
        "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\nOrganiser   leena@choir.example.org\n",
    ),
    _invite(
        "controls-in-every-field",
        ("LOCATION:loft\x1b]0;x\x07", "URL:https://choir.example.org/\x9b2J", "DESCRIPTION:a\u202eb\\nc\x08d"),
        "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\nWhere       loft␛]0;x␇\n"
        "Link        https://choir.example.org/\ufffd2J\n\nab\nc␈d\n",
    ),
    _invite(
        "time-zone-that-nobody-knows",
        ("DTSTART;TZID=Ship's time:20261128T100000",),
        "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\n",
    ),
    _invite(
        "without-an-end",
        ("DESCRIPTION:Come.",),
        "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\n\nCome.\n",
    ),
    _alone(
        "invitation-floating-clock",
        "text/calendar; method=PUBLISH",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\n"
        b"DTSTART:20261128T160000\nDURATION:PT90M\nEND:VEVENT\nEND:VCALENDAR\n",
        "From a calendar\nTea\nWhen        Sat 28 Nov 2026 16:00 to 17:30, wherever you are\n",
    ),
    _alone(
        "invitation-day-that-does-not-exist",
        "text/calendar; method=PUBLISH",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\n"
        b"DTSTART:20260230T160000\nRRULE:FREQ=NEVER\nEND:VEVENT\nEND:VCALENDAR\n",
        "From a calendar\nTea\nRepeats     by a rule that tuimail does not know\n",
    ),
    _alone(
        "invitation-cut-in-the-middle",
        "text/calendar; method=REQUEST",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\nLOCA",
        "Invitation\nTea\n",
    ),
    mail(
        "invitation-that-is-no-calendar",
        b"Content-Type: text/calendar; method=REQUEST\n\nThe tide turns at six.\n",
        "The tide turns at six.\n",
    ),
    mail(
        "invitation-beside-its-text",
        FROM + multipart("alternative", TIDE, b"Content-Type: text/calendar; method=REQUEST\n\n" + _calendar(SAM)),
        SHOWN + "Invitation\nDress rehearsal\nWhen        Sat 28 Nov 2026, all day\nInvited     Sam Reed\n"
        "\nThe tide turns at six.\n+ 2 text/calendar - 198\n",
    ),
]

CARDS = [
    _alone(
        "card-usual",
        "text/vcard; charset=utf-8",
        b"BEGIN:VCARD\nVERSION:4.0\nFN:J\xc3\xb8rn Quill\nORG:Harbour Office;Lights\n"
        b"EMAIL;TYPE=work:joern@example.org\nTEL;VALUE=uri:tel:+47-5550\nEND:VCARD\n",
        "Visiting card\nJørn Quill\nCompany     Harbour Office, Lights\nMail        joern@example.org (work)\n"
        "Phone       +47-5550\n",
    ),
    _alone(
        "card-of-an-old-version",
        "text/x-vcard",
        b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Quill;J=C3=B8rn\n"
        b"TEL;CELL:5550\nEND:VCARD\n",
        "Visiting card\nJørn Quill\nPhone       5550 (cell)\n",
    ),
    _alone(
        "card-without-a-name",
        "text/vcard",
        b"BEGIN:VCARD\nNOTE:Nobody.\nEND:VCARD\n",
        "Visiting card\n(no name)\n\nNobody.\n",
    ),
]

_STATUS = (
    b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
    b"Final-Recipient: rfc822; keeper@example.net\nAction: %b\nStatus: %b\n"
)
_RETURNED = b"Content-Type: text/rfc822-headers\n\nSubject: May we visit?\nTo: keeper@example.net\n"
_ABOUT = "\nIt is about this message:\nSubject     May we visit?\nTo          keeper@example.net\n"


REPORTS = [
    mail(
        "report-no-such-mailbox",
        multipart("report", TIDE, _STATUS % (b"failed", b"5.1.1"), _RETURNED),
        "Your message could not be delivered to keeper@example.net: there is no such mailbox.\n"
        + _ABOUT
        + "\nThe tide turns at six.\n+ 2 message/delivery-status - 114\n+ 3 text/rfc822-headers - 48\n",
    ),
    _alone(
        "report-delayed-without-a-reason",
        "message/delivery-status",
        b"Final-Recipient: rfc822; keeper@example.net\nAction: delayed\n",
        "Your message has not been delivered to keeper@example.net yet. It will be tried again.\n",
    ),
    _alone(
        "report-with-controls-in-what-the-server-said",
        "message/delivery-status",
        b"Final-Recipient: rfc822; keeper@example.net\nAction: failed\nDiagnostic-Code: smtp; 552 \x1b[2J go away\n",
        "Your message could not be delivered to keeper@example.net: the mailbox is full.\n"
        "            The mail server said: 552 [2J go away\n",
    ),
    _alone(
        "report-that-says-nothing",
        "message/delivery-status",
        b"Reporting-MTA: dns; mx.example.org\n",
        "",
    ),
    _alone(
        "read-report-usual",
        "message/disposition-notification",
        b"Final-Recipient: rfc822; m@example.org\nDisposition: manual-action/MDN-sent-manually; displayed\n",
        "Your message was opened by m@example.org. Whether it was read, nobody can know.\n",
    ),
    mail(
        "bounce-without-structure-is-its-text",
        b"Content-Type: text/plain\n\nDelivery to keeper@example.net failed: mailbox full.\n",
        "Delivery to keeper@example.net failed: mailbox full.\n",
    ),
]


def _winmail(
    name: str, octets: bytes, expected: str, *, kind: bytes = b"application/ms-tnef; name=winmail.dat"
) -> Mail:
    head = b"Content-Type: %b\nContent-Transfer-Encoding: base64\n\n" % kind
    return mail(f"winmail-{name}", head + base64.encodebytes(octets), expected.format(size=len(octets)))


_TEXT = tnef_maker.message({0x1000: "The tide turns at six.\r\n"})
_RTF = tnef_maker.message({0x1009: tnef_maker.literal_rtf(rb"{\rtf1\ansi The tide turns at six.\par }")})
_PAGE = tnef_maker.message({0x1013: b"<p>The tide turns at <b>six</b>.</p>"})
_OUTER = "+ 1 application/ms-tnef winmail.dat {size}\n"
_SIX = "The tide turns at six.\n"

WINMAIL = [
    _winmail("text", tnef_maker.tnef(_TEXT), _SIX + _OUTER),
    _winmail("rich-text", tnef_maker.tnef(_RTF), _SIX + _OUTER),
    _winmail("page", tnef_maker.tnef(_PAGE), _SIX + _OUTER),
    _winmail(
        "files",
        tnef_maker.tnef(_TEXT, tnef_maker.file("Kart over øya.txt", b"reef"), tnef_maker.file("../../x.bin", b"\0\1")),
        _SIX + _OUTER + "+ 1.1 application/octet-stream Kart over øya.txt 4\n+ 1.2 application/octet-stream x.bin 2\n",
    ),
    _winmail(
        "with-a-message",
        tnef_maker.tnef(
            tnef_maker.message({0x1000: "See."}),
            tnef_maker.within(
                tnef_maker.message({0x0037: "Low water", 0x0C1A: "Bo", 0x5D01: "bo@example.net", 0x1000: "At noon."}),
                tnef_maker.file("reef.txt", b"reef"),
            ),
        ),
        "See.\n\nFrom: Bo <bo@example.net>\nSubject: Low water\n\nAt noon.\n"
        + _OUTER
        + "+ 1.1 message/rfc822 Low water.eml 429\n+ 1.1.2 application/octet-stream reef.txt 4\n",
    ),
    _winmail("cut", tnef_maker.tnef(_TEXT, tnef_maker.file("a.txt", b"reef"))[:-90], _SIX + _OUTER),
    _winmail(
        "that-is-none",
        b"not what it says",
        "+ 1 application/ms-tnef winmail.dat 16\n",
    ),
]

MAILS = [*INVITATIONS, *CARDS, *REPORTS, *WINMAIL]
