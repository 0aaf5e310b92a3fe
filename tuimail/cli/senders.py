"""Who a message is from, on the command line: the doubts that the app shows above its text, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimail.cli.session import Session
    from tuimail.mime.view import Notice
    from tuimail.model.message import Message
    from tuimail.ui.origins import Origin

_SIGNS = {"good": "✓", "warning": "!", "note": "·"}


def origin_of(session: Session, message: Message, octets: bytes) -> Origin:
    """What is known of the sender of a message, whose header `octets` begin with."""
    from tuimail.mime.headers import MAX_BLOCK_OCTETS, parse_header_block
    from tuimail.ui.origins import Origins

    fields = parse_header_block(octets[:MAX_BLOCK_OCTETS])
    return Origins(lambda: session.config).origin_of(session.store, message, fields)


def notice_fields(name: str, notices: Iterable[Notice]) -> list[tuple[str, str]]:
    """Lines for the header block, which nothing in a message can add to."""
    return [(name, f"{_SIGNS[notice.kind]} {notice.text}") for notice in notices]


def notice_documents(notices: Iterable[Notice]) -> list[dict[str, object]]:
    """What JSON says of them."""
    return [{"kind": one.kind, "text": one.text, "detail": list(one.detail)} for one in notices]
