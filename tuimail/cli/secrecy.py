"""Signed and encrypted messages on the command line: what they turned out to be, and what was decrypted on request."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimail.cli.session import Session
    from tuimail.crypto.secured import Secured
    from tuimail.mime.render import Attachment
    from tuimail.mime.view import MessageView

_SIGNS = {"good": "✓", "warning": "!", "note": "·"}


def open_message(session: Session, octets: bytes, *, decrypt: bool) -> Secured | None:
    """What the message in `octets` turned out to be; None where nothing of it is signed or encrypted.

    Only with `decrypt` is anything opened; gpg's agent may then ask on the terminal.
    """
    from tuimail.crypto.opening import Opening, open_secured
    from tuimail.crypto.tools import Tools

    tools = Tools(smime_keys=session.config.crypto.smime_keys, terminal=_terminal() if decrypt else "")
    return open_secured(octets, Opening.PARTS if decrypt else Opening.CHECK, tools)


def view_of(octets: bytes, secured: Secured, id_: int) -> MessageView:
    """The message as it is shown with what is known of it."""
    from tuimail.crypto.show import secured_view
    from tuimail.mime.render import MAX_TEXT_OCTETS, render_view
    from tuimail.mime.view import ViewOptions

    options = ViewOptions(max_octets=MAX_TEXT_OCTETS)
    how = f"`tuimail show {id_} --decrypt` opens it."
    return secured_view(render_view(octets, options), secured, options, how_to_open=how)


def security_fields(view: MessageView) -> list[tuple[str, str]]:
    """Lines for the header block, which nothing in a message can add to."""
    return [("Security", f"{_SIGNS[notice.kind]} {notice.text}") for notice in view.notices]


def listed_attachments(view: MessageView) -> list[Attachment]:
    """What can be saved of it; what was decrypted has a colon in the number of its part."""
    from tuimail.mime.render import Attachment

    return [Attachment(one.section, one.file_name, one.content_type, one.size_octets, one.inline) for one in view.parts]


def security_document(view: MessageView) -> list[dict[str, object]]:
    """What `show --json` says of it."""
    return [{"kind": one.kind, "text": one.text, "detail": list(one.detail)} for one in view.notices]


def _terminal() -> str:
    """Where a passphrase can be asked for; empty without a terminal."""
    try:
        return os.ttyname(sys.stderr.fileno())
    except (OSError, ValueError):
        return ""
