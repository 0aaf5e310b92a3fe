"""What the one message that is read turned out to be, where it is signed or encrypted: in memory, until the next one.

    opener's thread: open_secured ──hold──► Secured ──merged──► view          the render thread asks
    another message is read ──forget──► nothing

What was decrypted is never written down; it is not in the cache of views either.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from tuimail.mime.view import MessageView, ShownPart, ViewOptions
from tuimail.model.message import BodyState
from tuimail.store import bodies, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuimail.config.schema import Config
    from tuimail.crypto.opening import Opening
    from tuimail.crypto.secured import Secured
    from tuimail.mime.body import HtmlRenderer
    from tuimail.model.ids import MessageId
    from tuimail.store.store import Store

_SIGNS = ("application/pgp-", "application/pkcs7-", "application/x-pkcs7-", "multipart/signed", "multipart/encrypted")
_ARMOUR = "-----BEGIN PGP "
_MOST_LINES = 500
"""Lines in which armour is looked for; what comes later in a text is no message."""


class Secrecy:
    """Used by several threads: what is held is one value, which is replaced."""

    def __init__(self) -> None:
        self._held: tuple[MessageId, Secured, str] | None = None

    def hold(self, id_: MessageId, secured: Secured, how_to_open: str) -> None:
        """Remember what this message turned out to be."""
        self._held = (id_, secured, how_to_open)

    def forget(self) -> None:
        """Another message is read."""
        self._held = None

    def secured(self, id_: MessageId) -> Secured | None:
        """What the message turned out to be, if it is the one that is read."""
        held = self._held
        return held[1] if held is not None and held[0] == id_ else None

    def parts(self, id_: MessageId) -> tuple[ShownPart, ...]:
        """The parts of what was decrypted of the message, if it is the one that is read."""
        secured = self.secured(id_)
        if secured is None:
            return ()
        from tuimail.crypto.show import parts_within

        return parts_within(secured)

    def is_opened_whole(self, id_: MessageId) -> bool:
        """Whether what was decrypted has taken the place of the message."""
        secured = self.secured(id_)
        return secured is not None and any(not one.section and one.innermost is not None for one in secured.parts)

    def content(self, id_: MessageId, section: str) -> bytes | None:
        """What one of these parts holds; None for any other part."""
        secured = self.secured(id_)
        if secured is None:
            return None
        from tuimail.crypto.show import content_within

        return content_within(secured, section)

    def merged(self, id_: MessageId, view: MessageView, options: ViewOptions, html: HtmlRenderer) -> MessageView:
        """The view of the message, with what is known of its signatures and what was decrypted.

        `options` are those of the view, `html` renders pages.
        """
        held = self._held
        if held is None or held[0] != id_:
            return view
        from tuimail.crypto.show import secured_view

        return secured_view(view, held[1], options, html=html, how_to_open=held[2])


def may_be_secured(view: MessageView) -> bool:
    """Whether it is worth a look at the message's octets: cheap, and rather once too often."""
    if any(part.content_type.startswith(_SIGNS) for part in view.parts):
        return True
    return any(line.spans and line.spans[0].text.startswith(_ARMOUR) for line in view.lines[:_MOST_LINES])


def open_stored(
    store: Store, id_: MessageId, opening: Opening | None, config: Config, cancelled: Callable[[], bool]
) -> Secured | None:
    """What the message turned out to be; None where nothing is signed or encrypted, or it is not here whole.

    `opening` None: nothing is decrypted.

    Waits for programs, and for a person: in a thread of its own.

    Raises:
        StoreError: it cannot be read.
    """
    from tuimail.crypto.opening import Opening, open_secured
    from tuimail.crypto.tools import Tools

    place = store.mail.read(partial(read.body_place, id_=id_))
    if place is None or place.body_id is None or place.state is not BodyState.FULL:
        return None
    octets = store.bodies.read(partial(bodies.load_body, body_id=place.body_id))
    own = config.crypto
    tools = Tools(smime_keys=own.smime_keys, smime_crls=own.smime_crls, cancelled=cancelled)
    return open_secured(octets, opening or Opening.CHECK, tools)


class Wait:
    """Something that a person can stop waiting for."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Nobody waits any more."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether nobody waits any more."""
        return self._stopped.is_set()
