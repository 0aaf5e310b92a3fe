"""Whole messages that attack a terminal or a widget, in every format that is read and wherever a format has a text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from email.header import Header
from urllib.parse import quote

from tests.mime.kinds.tnef_maker import file, tnef

TITLE = "\x1b]0;PWNED-TITLE\x07"
LINK = "\x1b]8;;https://evil.example/PWNED-LINK\x1b\\"
EVIL = (
    f"{TITLE}{LINK}\x1b]52;c;UFdORUQ=\x07\x1b[6666m\x1bP6666q\x1b\\\x9b66m\x9d0;PWNED-TITLE\x9c\u202egnp.exe\u202c"
    "\u2066x\u2069\u200b\x7f\x08 [/x][/] [@click=app.quit]x[/] [link=https://evil.example]y[/link] $mail-dim"
)
"""All that a terminal or Textual would obey."""
REFERENCES = "".join(f"&#{ord(letter)};" if not letter.isalnum() else letter for letter in EVIL)
LONG = "very long " * 1_000
FORBIDDEN = (
    *(b"\x1b]0;", b"\x1b]52;", b"\x1b[6666m", b"\x1bP6666", b"\x1b]8;;https://evil.example/PWNED-LINK"),
    *(text.encode() for text in ("\x9b", "\x9d", "\x9c", "\u202e", "\u202c", "\u2066", "\u2069", "\u200b", "\x7f")),
)
"""What of it must never be written; `\\x08` the app writes itself nowhere either, see `controls_of`."""


def _page(marker: str) -> str:
    return (
        f"<html><head><title>{REFERENCES}</title></head><body><h1>{marker}</h1><p>{REFERENCES} {EVIL}</p>"
        f"<p><a href='https://a.example.org/{quote(EVIL)}'>https://bank.example/{REFERENCES}</a> "
        f"<a href='https://b.example.org/{REFERENCES}'>{EVIL}</a> <a href='javascript:{REFERENCES}'>z</a></p>"
        f"<table border=1><tr><th>{REFERENCES}<th>b</tr><tr><td>{EVIL}<td>c</tr><tr><td>d<td>{REFERENCES}</tr></table>"
        f"<pre>{REFERENCES}\n{EVIL}</pre><ul><li>{EVIL}</ul><blockquote>{REFERENCES}</blockquote>"
        f"<img alt='{REFERENCES}' src='https://c.example.org/{REFERENCES}' width=300 height=200>"
        f"<img src='https://d.example.org/{REFERENCES}' width=1 height=1></body></html>"
    )


def _text(marker: str) -> str:
    return f"{marker} {EVIL}\r\nhttps://e.example.org/{EVIL} mailto:{EVIL}@example.org\r\n> {EVIL}\r\n-- \r\n{EVIL}\r\n"


def _calendar(marker: str) -> str:
    line, zone = EVIL, EVIL.replace(";", "").replace(":", "")
    return (
        f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:{line}\r\nSUMMARY:{marker} {line}\r\n"
        f"LOCATION:{line}\r\nDESCRIPTION:{line}\r\nDTSTART;TZID={zone}:20250312T120000\r\n"
        f'ORGANIZER;CN="{line}":mailto:{line}\r\nATTENDEE;CN="{line}":mailto:a@example.org\r\n'
        f"RRULE:FREQ={line}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def _card(marker: str) -> str:
    return (
        f"BEGIN:VCARD\r\nFN:{marker} {EVIL}\r\nORG:{EVIL}\r\nTEL:{EVIL}\r\nEMAIL:{EVIL}\r\nURL:{EVIL}\r\nEND:VCARD\r\n"
    )


def _report(marker: str) -> str:
    return (
        f"Reporting-MTA: dns; {EVIL}\r\n\r\nFinal-Recipient: rfc822; {marker}{EVIL}@example.org\r\nAction: failed\r\n"
        f"Status: 5.1.1\r\nRemote-MTA: dns; {EVIL}\r\nDiagnostic-Code: smtp; 550 {EVIL}\r\n"
    )


def _with_files(marker: str) -> str:
    files = "\n".join(
        f"begin 644 ../{name}\r\n{binascii.b2a_uu(b'x').decode()}`\r\nend\r\n" for name in (EVIL, LONG, "[/x].txt")
    )
    return f"{marker}\r\n{files}"


def _part(kind: str, content: str, *, name: str = "") -> bytes:
    encoded = base64.encodebytes(content.encode("utf-8")).decode()
    named = f'; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"' if name else ""
    return f"Content-Type: {kind}{named}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}".encode()


def _multipart(kind: str, *parts: bytes) -> bytes:
    return b"Content-Type: multipart/%s; boundary=b\r\n\r\n" % kind.encode() + b"".join(
        (*(b"--b\r\n" + part + b"\r\n" for part in parts), b"--b--\r\n")
    )


def _message(number: int, marker: str, content: bytes) -> bytes:
    words = Header(EVIL, "utf-8", maxlinelen=10_000).encode(linesep="").replace("\n", "")
    line = EVIL.replace('"', "")
    return (
        f"From: {words} <x{number}@example.org>\r\nTo: {words} <sam@example.net>\r\n"
        f"Reply-To: {words} <{line}@example.com>\r\nSubject: {marker} {words}\r\n"
        f"Message-ID: <m{number}@example.org>\r\nMIME-Version: 1.0\r\n"
        f"List-Id: {line} <{number}.example.org>\r\nAuthentication-Results: {line}; dkim={line}; spf=fail ({line})\r\n"
        f"Received: from {line} ([192.0.2.1]) by {line}; x\r\nX-Odd: {line}\r\n"
    ).encode() + content


def _contents(marker: str) -> Mapping[str, bytes]:
    encoded = base64.b64encode(tnef(file(f"../{EVIL}", b"x"))).decode()
    winmail = (
        f"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n"
    ).encode()
    text, page = _part("text/plain; charset=utf-8", _text(marker)), _part("text/html; charset=utf-8", _page(marker))
    bare = EVIL.replace("/", "").replace("\\", "")  # of a path the end alone is left
    names = (f"{bare}.txt", f"{LONG}.txt", "[@click=app.quit]x.txt", "../../[/x].txt")
    files = [_part("text/plain", _text(marker), name=name) for name in names]
    external = f'Content-Type: message/external-body; access-type="{EVIL}"; name="{EVIL}"\r\n\r\n\r\n'.encode()
    return {
        "text": text,
        "page": page,
        "both": _multipart("alternative", text, page),
        "files": _multipart("mixed", text, *files, winmail, external),
        "calendar": _part("text/calendar; method=REQUEST; charset=utf-8", _calendar(marker)),
        "card": _multipart("mixed", text, _part("text/vcard; charset=utf-8", _card(marker))),
        "report": _multipart(
            "report; report-type=delivery-status", text, _part("message/delivery-status", _report(marker))
        ),
        "uu": _part("text/plain; charset=utf-8", _with_files(marker)),
        "enriched": _part("text/enriched; charset=utf-8", f"<bold>{_text(marker)}</bold>"),
        "forwarded": _multipart(
            "mixed", text, b"Content-Type: message/rfc822\r\n\r\n" + _message(900, "inner", text)
        ),
        "unlabelled": f'Content-Type: text/plain; charset="{EVIL}"\r\n\r\n{_text(marker)}'.encode(),
        "bare": b"\r\n" + _text(marker).encode(),
        "secrets": _multipart(
            "signed; protocol=\"application/pgp-signature\"", text, _part("application/pgp-signature", EVIL)
        ),
    }  # fmt: skip


def marker_of(number: int) -> str:
    """The word by which a message is known, in its subject and its text."""
    return f"marker{number:02}q"


NAMES = tuple(_contents(""))


def hostile_messages() -> dict[str, bytes]:
    """By name, in the order of `NAMES`; the number of each has its `marker_of`."""
    return {
        name: _message(number, marker_of(number), _contents(marker_of(number))[name])
        for number, name in enumerate(NAMES)
    }
