"""Makes a message of our own ready to be put into a mailbox: octets as IMAP wants them, and what lists show of them."""

from __future__ import annotations

import re
import uuid

from tuimail.mime.headers import envelope_of
from tuimail.mime.render import render_message
from tuimail.mime.snippets import snippet_of
from tuimail.model.flags import Flags
from tuimail.model.message import NewMessage

_BARE_BREAK = re.compile(rb"(?<!\r)\n")
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:", re.IGNORECASE | re.MULTILINE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_HEAD_OCTETS = 8192
_NO_FLAGS = Flags()


def new_message(octets: bytes, *, internal_date: int, flags: Flags = _NO_FLAGS, ours: bool = False) -> NewMessage:
    """A message from its octets; bare line feeds become CRLF (RFC 5322, section 2.3).

    `internal_date` in seconds since 1970 UTC. One that is `ours`, written in tuimail, gets a Message-ID if it has none:
    by it the server's copy is found when an answer is lost. Any other is left as it is.
    """
    octets = _BARE_BREAK.sub(b"\r\n", octets)
    end = _END_OF_HEADER.search(octets)
    if ours and _MESSAGE_ID.search(octets[: end.start() if end else len(octets)]) is None:
        octets = b"Message-ID: <%b@tuimail.invalid>\r\n" % uuid.uuid4().hex.encode() + octets
    rendered = render_message(octets)
    return NewMessage(
        octets=octets,
        envelope=envelope_of(octets),
        flags=flags,
        internal_date=internal_date,
        has_attachments=any(not part.inline for part in rendered.attachments),
        snippet=snippet_of(octets[:_HEAD_OCTETS]),
    )
