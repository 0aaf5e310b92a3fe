"""Signed and encrypted messages on the command line: what they turned out to be, and what was decrypted on request."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tuimail.cli.session import Session
    from tuimail.crypto.secured import Secured
    from tuimail.mime.view import MessageView, Notice


def open_message(session: Session, octets: bytes, *, decrypt: bool) -> Secured | None:
    """What the message in `octets` turned out to be; None where nothing of it is signed or encrypted.

    Only with `decrypt` is anything opened; gpg's agent may then ask on the terminal.
    """
    from tuimail.crypto.opening import Opening, open_secured
    from tuimail.crypto.tools import Tools

    own = session.config.crypto
    terminal = _terminal() if decrypt else ""
    tools = Tools(smime_keys=own.smime_keys, smime_crls=own.smime_crls, terminal=terminal)
    return open_secured(octets, Opening.PARTS if decrypt else Opening.CHECK, tools)


class SecuredMessage(NamedTuple):
    """A message that is signed or encrypted: as it is shown, what is known of that, and what else is to be said."""

    view: MessageView
    security: tuple[Notice, ...]
    notices: tuple[Notice, ...]


def secured_message(octets: bytes, secured: Secured, id_: int) -> SecuredMessage:
    """The message in `octets` with what is known of it."""
    from tuimail.crypto.show import secured_view
    from tuimail.crypto.words import notices
    from tuimail.mime.render import MAX_TEXT_OCTETS, render_view
    from tuimail.mime.view import ViewOptions

    options = ViewOptions(max_octets=MAX_TEXT_OCTETS)
    how = f"`tuimail show {id_} --decrypt` opens it."
    view = secured_view(render_view(octets, options), secured, options, how_to_open=how)
    security = notices(secured, how_to_open=how)
    return SecuredMessage(view, security, tuple(one for one in view.notices if one not in security))


def _terminal() -> str:
    """Where a passphrase can be asked for; empty without a terminal."""
    try:
        return os.ttyname(sys.stderr.fileno())
    except (OSError, ValueError):
        return ""
