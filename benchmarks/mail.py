"""Mail to measure with: generated, the same in every run, in the sizes that mailboxes have.

Of `message(n)` the median is about 6 KB and the mean about 13 KB: headers of 2 KB, plain text, every third with an
HTML alternative, one in eighty with an attachment of 100 KB to 1 MB. `small(n)` are short texts of 0.6 KB each.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

FIRST_AT = 1_600_000_000
STEP_S = 7200
_ALTERNATIVE_SHARE = 0.35
_ATTACHMENT_SHARE = 0.0125
_SEEN_SHARE = 0.8
_REPLY_SHARE = 0.4
_LINE = 76
_TEXT = (
    "the of and to in is that for it with as on was at be this have from by not but are or an which one all were when"
    " we there can more if out so up about into than them some time could other then new only now may first any like"
    " water work little place year back give most very after thing our just name good sentence man think say great"
    " where help through much before line right too mean old same tell boy follow came want show also around form"
    " harbour lantern orchard ledger meadow kettle timber copper violin marble garden winter bridge letter morning"
)
_WORDS = _TEXT.split()
_NAMES = ("Ada", "Bruno", "Carla", "Dmitri", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaia", "Liam", "Mona")


@dataclass(frozen=True, slots=True)
class Mail:
    """Octets with what APPEND takes beside them; `internal_date` in seconds since 1970 UTC."""

    octets: bytes
    flags: str
    internal_date: int


@lru_cache(maxsize=1)
def _text_pool() -> bytes:
    """A quarter of a megabyte of lines to cut texts from."""
    words = random.Random(1)
    lines: list[bytes] = []
    while len(lines) < 4000:
        line = " ".join(words.choices(_WORDS, k=words.randint(3, 13)))
        lines.append(line[:_LINE].encode())
    return b"\r\n".join(lines) + b"\r\n"


@lru_cache(maxsize=1)
def _base64_pool() -> bytes:
    """Two megabytes of what cannot be compressed, in lines of base64."""
    return base64.encodebytes(random.Random(2).randbytes(1_500_000)).replace(b"\n", b"\r\n")


def _cut(pool: bytes, chosen: random.Random, size: int) -> bytes:
    start = pool.find(b"\n", chosen.randrange(len(pool) - size - 200)) + 1
    return pool[start : pool.find(b"\n", start + size) + 1]


def message(number: int) -> Mail:
    """The message `number` of an ordinary mailbox; later ones are newer."""
    chosen = random.Random(number)
    at = FIRST_AT + number * STEP_S
    kind = chosen.random()
    text = _cut(_text_pool(), chosen, min(60_000, int(chosen.lognormvariate(7.7, 0.8))))
    if kind < _ATTACHMENT_SHARE:
        size = int(100_000 * 10 ** chosen.random())
        content = _mixed(text, _cut(_base64_pool(), chosen, size))
    elif kind < _ATTACHMENT_SHARE + _ALTERNATIVE_SHARE:
        content = _alternative(text, chosen)
    else:
        content = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
    header = _trace(chosen, at) + _header(chosen, number, at)
    return Mail(header + content, "\\Seen" if chosen.random() < _SEEN_SHARE else "", at)


def messages(count: int) -> Iterator[Mail]:
    """The first `count` messages of an ordinary mailbox."""
    return map(message, range(count))


def small(count: int) -> Iterator[Mail]:
    """`count` short messages with ordinary headers."""
    for number in range(count):
        chosen = random.Random(number)
        at = FIRST_AT + number * 600
        text = _cut(_text_pool(), chosen, 200)
        octets = _header(chosen, number, at) + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
        yield Mail(octets, "\\Seen" if chosen.random() < _SEEN_SHARE else "", at)


def letter(number: int) -> Mail:
    """A text of 20 KB that nobody has seen, whose subject is `letter_subject(number)`."""
    chosen = random.Random(number)
    at = FIRST_AT + number * 600
    name = chosen.choice(_NAMES)
    header = (
        f"Date: {format_datetime(datetime.fromtimestamp(at, UTC))}\r\nFrom: {name} <{name.lower()}@example.net>\r\n"
        f"To: list@example.com\r\nMessage-ID: <{number:08d}.letter@example.net>\r\nMIME-Version: 1.0\r\n"
        f"Subject: {letter_subject(number)}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return Mail(header.encode() + _cut(_text_pool(), chosen, 20_000), "", at)


def letter_subject(number: int) -> str:
    """One that no other message's line contains."""
    return f"Letter{number:08d}"


def huge(size_octets: int) -> Mail:
    """One message with one attachment, of about `size_octets`."""
    chosen = random.Random(3)
    pool = _base64_pool()
    attachment = pool * (size_octets // len(pool) + 1)
    octets = _header(chosen, 0, FIRST_AT) + _mixed(b"See the attachment.\r\n", attachment[: size_octets // 78 * 78])
    return Mail(octets, "", FIRST_AT)


def _trace(chosen: random.Random, at: int) -> bytes:
    """What servers on the way add: about a kilobyte and a half."""
    date = format_datetime(datetime.fromtimestamp(at + 5, UTC))
    hops = "".join(
        f"Received: from relay{hop}.example.net (relay{hop}.example.net [192.0.2.{chosen.randrange(1, 255)}])\r\n"
        f"\tby mx{hop}.example.org with ESMTPS id {chosen.getrandbits(80):x}\r\n"
        f"\tfor <ada@example.org>; {date}\r\n"
        for hop in range(3)
    )
    signature = base64.b64encode(chosen.randbytes(256)).decode()
    lines = "\r\n\t".join(signature[start : start + 70] for start in range(0, len(signature), 70))
    return (
        f"Return-Path: <bounce-{chosen.getrandbits(40):x}@example.net>\r\n{hops}"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=k1;\r\n"
        f"\th=from:to:subject:date:message-id; bh={base64.b64encode(chosen.randbytes(32)).decode()};\r\n\tb={lines}\r\n"
        "Authentication-Results: mx0.example.org; dkim=pass header.d=example.net; spf=pass\r\n"
        f"X-Mailer: Example Mailer 7.{chosen.randrange(20)}\r\n"
    ).encode()


def _header(chosen: random.Random, number: int, at: int) -> bytes:
    name, other = chosen.choice(_NAMES), chosen.choice(_NAMES)
    subject = " ".join(chosen.choices(_WORDS, k=chosen.randint(2, 8)))
    lines = [
        f"Date: {format_datetime(datetime.fromtimestamp(at, UTC))}",
        f"From: {name} Example <{name.lower()}{chosen.randrange(300)}@example.net>",
        f"To: {other} Sample <{other.lower()}@example.org>, list{chosen.randrange(9)}@example.com",
        f"Message-ID: <{number:08d}.bench@example.net>",
        "MIME-Version: 1.0",
    ]
    if number and chosen.random() < _REPLY_SHARE:
        first = max(0, number - chosen.randint(1, 40))
        lines += [f"Subject: Re: {subject}", f"In-Reply-To: <{first:08d}.bench@example.net>"]
        lines += [f"References: <{max(0, first - 7):08d}.bench@example.net>\r\n\t<{first:08d}.bench@example.net>"]
    elif chosen.random() < 0.1:
        lines.append(f"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe:_{subject.replace(' ', '_')}?=")
    else:
        lines.append(f"Subject: {subject}")
    return "\r\n".join(lines).encode() + b"\r\n"


def _alternative(text: bytes, chosen: random.Random) -> bytes:
    paragraphs = text.replace(b"\r\n", b'</p>\r\n<p style=3D"margin:0 0 12px 0;color:#333333">')
    style = b".a%d { font-family: Helvetica, Arial, sans-serif; }\r\n"
    styles = b"".join(style % rule for rule in range(chosen.randrange(20, 90)))
    return (
        b'Content-Type: multipart/alternative; boundary="=_bench"\r\n\r\n'
        b"--=_bench\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + b"\r\n"
        b"--=_bench\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"<html><head><style>\r\n" + styles + b"</style></head><body>\r\n<p>" + paragraphs + b"</p></body></html>\r\n"
        b"--=_bench--\r\n"
    )


def _mixed(text: bytes, attachment: bytes) -> bytes:
    return (
        b'Content-Type: multipart/mixed; boundary="=_bench"\r\n\r\n'
        b"--=_bench\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + b"\r\n"
        b'--=_bench\r\nContent-Type: application/pdf; name="report.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="report.pdf"\r\n\r\n' + attachment + b"\r\n--=_bench--\r\n"
    )
