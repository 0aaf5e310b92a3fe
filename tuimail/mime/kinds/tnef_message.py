"""A message that lies within a winmail.dat, as mail: so it is read, looked into and saved like any that was forwarded.

Tnef ──► header, text and page, its files, messages within it again ──► octets of an .eml, all of it ASCII
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from email.header import Header
from email.utils import formatdate
from urllib.parse import quote

from tuimail.mime.kinds.tnef import Tnef, TnefFile
from tuimail.mime.sanitize import one_line, safe_file_name

MAX_HEADER_CHARACTERS = 500
"""Of a subject or a name; Outlook takes 255 for a subject."""
MAX_PEOPLE = 50
"""Names of recipients that are written."""
_MAX_NAME_CHARACTERS = 80

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
_CONTENT_ID = re.compile(r"[!-;=?-~]{1,200}")
_SPLIT = frozenset({"multipart", "message"})


def files_of(found: Tnef) -> list[TnefFile]:
    """The files of a winmail.dat; a message within is one of them, called by its subject."""
    return [one if one.message is None else _as_file(one, one.message) for one in found.files]


def _as_file(one: TnefFile, message: Tnef) -> TnefFile:
    name = one_line(message.subject)[:_MAX_NAME_CHARACTERS] or one.name.removesuffix(".dat")
    return TnefFile(safe_file_name(f"{name}.eml"), "message/rfc822", "\r\n".join(_mail(message, 1)).encode("ascii"))


def _mail(found: Tnef, level: int) -> Iterator[str]:
    """The lines of the message; `level`: in how many it lies, so that no boundary is that of one around it."""
    if found.sender or found.address:
        yield f"From: {_person(found.sender or found.address, found.address)}"
    people = [name for name in found.recipients.split(";")[:MAX_PEOPLE] if name.strip()]
    if people:
        yield "To: " + ",\r\n ".join(_person(name, name) for name in people)
    if found.sent_at is not None:
        yield f"Date: {formatdate(found.sent_at, usegmt=True)}"
    if found.subject:
        yield f"Subject: {_encoded(found.subject)}"
    yield "MIME-Version: 1.0"
    yield from _multipart("mixed", f"=_files_{level}", [list(_body(found, level)), *_files(found, level)])


def _body(found: Tnef, level: int) -> Iterator[str]:
    bodies = [(kind, text) for kind, text in (("plain", found.text), ("html", found.html)) if text]
    texts = [list(_text(kind, text)) for kind, text in bodies or [("plain", "")]]
    if len(texts) == 1:
        yield from texts[0]
    else:
        yield from _multipart("alternative", f"=_texts_{level}", texts)


def _files(found: Tnef, level: int) -> Iterator[list[str]]:
    for one in found.files:
        if one.message is not None:
            yield ["Content-Type: message/rfc822", "", *_mail(one.message, level + 1)]
            continue
        kind = one.content_type if one.content_type.partition("/")[0] not in _SPLIT else "application/octet-stream"
        fields = [
            f"Content-Type: {kind}",
            f"Content-Disposition: attachment; filename*=utf-8''{quote(one.name, safe='')}",
        ]
        if _CONTENT_ID.fullmatch(one.content_id):
            fields.append(f"Content-ID: <{one.content_id}>")
        yield list(_part("\r\n".join(fields), one.octets))


def _multipart(kind: str, boundary: str, parts: list[list[str]]) -> Iterator[str]:
    yield f'Content-Type: multipart/{kind}; boundary="{boundary}"'
    for part in parts:
        yield from ("", f"--{boundary}", *part)
    yield from ("", f"--{boundary}--", "")


def _text(kind: str, text: str) -> Iterator[str]:
    return _part(f"Content-Type: text/{kind}; charset=utf-8", text.encode("utf-8", "replace"))


def _part(fields: str, content: bytes) -> Iterator[str]:
    """In base64, no line of a content can be taken for the end of its part."""
    yield from (fields, "Content-Transfer-Encoding: base64", "")
    yield base64.encodebytes(content).decode("ascii").rstrip("\n").replace("\n", "\r\n")


def _encoded(text: str) -> str:
    return Header(one_line(text)[:MAX_HEADER_CHARACTERS], "utf-8").encode(linesep="\r\n")


def _person(name: str, address: str) -> str:
    """Addresses of Exchange's own kind are none that anybody else can use: then there is but the name."""
    found = _ADDRESS.fullmatch(address.strip())
    return f"{_encoded(name.strip())} <{found[0] if found else ''}>"
