"""How to leave a list: List-Unsubscribe (RFC 2369, section 3.2) and its one click (RFC 8058).

    List-Unsubscribe: <https://lists.example/u?id=1>, <mailto:leave@lists.example?subject=leave>
    List-Unsubscribe-Post: List-Unsubscribe=One-Click

One click is offered only when RFC 8058, section 4, is met: one https address, the exact value beside it, and a DKIM
signature that covers both fields and that the user's own server has found to hold. Otherwise whoever changed the
message on its way could choose the address that we send to. Nothing is sent here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from tuimail.mime.origin.authentication import Signature
from tuimail.mime.origin.received import Fields
from tuimail.mime.words import clean_line, raw_text

MAX_ADDRESSES = 10
"""Of one field; honest ones have two."""
MAX_ADDRESS = 2000
"""Characters of an address that are taken; longer ones are cut by servers, too."""
ONE_CLICK = b"List-Unsubscribe=One-Click"
"""The body of the request, and the value of the field (RFC 8058, section 3.2)."""

_BRACKETED = re.compile(r"<([^<>]{1,4000})>")
_COVERED = frozenset({"list-unsubscribe", "list-unsubscribe-post"})


class Unsubscribe(msgspec.Struct, frozen=True):
    """The ways there are; all addresses are printable ASCII.

    `one_click` may be sent a POST; "" if the conditions are not met, then `why_not` says which one. `pages` are to be
    opened, `mail_to` to be written to, with `subject` and `text` where the list wants them.
    """

    one_click: str = ""
    why_not: str = ""
    pages: tuple[str, ...] = ()
    mail_to: str = ""
    subject: str = ""
    text: str = ""


def unsubscribe_of(fields: Fields, held: Collection[Signature] = ()) -> Unsubscribe | None:
    """The ways to leave the list that a message came from; None where it names none. Never raises.

    `held`: the signatures that the user's own server found to hold (`Authentication.signatures`).
    """
    values = _values(fields, "list-unsubscribe")
    if not values:
        return None
    addresses = _addresses(values[0])
    pages = tuple(address for address in addresses if address.lower().startswith(("https://", "http://")))
    mails = [address for address in addresses if address.lower().startswith("mailto:")]
    if not pages and not mails:
        return None
    why_not = _why_not(fields, [page for page in pages if page.lower().startswith("https://")], held)
    address, subject, text = _mail(mails[0]) if mails else ("", "", "")
    secure = next((page for page in pages if page.lower().startswith("https://")), "")
    return Unsubscribe("" if why_not else secure, why_not, pages, address, subject, text)


def _values(fields: Fields, wanted: str) -> list[str]:
    return [raw_text(value) for name, value in fields if name.lower() == wanted]


def _addresses(value: str) -> list[str]:
    """The addresses in angle brackets, without the blanks of folding; some writers leave the brackets away."""
    value = value[: MAX_ADDRESSES * MAX_ADDRESS]
    found = _BRACKETED.findall(value) or ([value] if "<" not in value else [])
    joined = ["".join(address.split()) for address in found[:MAX_ADDRESSES]]
    return [address for address in joined if len(address) <= MAX_ADDRESS and _is_usable(address)]


def _is_usable(address: str) -> bool:
    if not address.isascii() or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() == "mailto" or (bool(parts.hostname) and parts.username is None and parts.port != 0)
    except ValueError:
        return False


def _why_not(fields: Fields, secure: list[str], held: Collection[Signature]) -> str:
    """Which condition of RFC 8058, section 4, is not met; "" when all are."""
    posts = _values(fields, "list-unsubscribe-post")
    if not posts:
        return "The list does not offer it."
    if len(posts) > 1 or len(_values(fields, "list-unsubscribe")) > 1:
        return "The message says twice how to leave."
    if posts[0].strip().encode("utf-8", "replace") != ONE_CLICK:
        return "The list offers it in a form that is not understood."
    if len(secure) != 1:
        return "The list does not name one secure address."
    if not held:
        return "Your server does not say that the message is signed."
    signatures = [_tags(value) for value in _values(fields, "dkim-signature")]
    for one in held:
        # Where the server does not tell apart two signatures of one domain, both must cover the fields.
        meant = [tags for tags in signatures if _is_meant(tags, one)]
        if meant and all(set(tags.get("h", "").lower().split(":")) >= _COVERED for tags in meant):
            return ""
    return "The signature does not cover how to leave."


def _tags(signature: str) -> dict[str, str]:
    """The tags of a DKIM-Signature (RFC 6376, section 3.2), without blanks."""
    pairs = (piece.partition("=") for piece in signature.split(";")[:50])
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}


def _is_meant(tags: dict[str, str], held: Signature) -> bool:
    """Whether a signature is the one that holds: by its domain, and by selector and value (RFC 6008) where told."""
    return (
        tags.get("d", "").lower() == held.domain
        and held.selector in {"", tags.get("s", "").lower()}
        and tags.get("b", "").lower().startswith(held.beginning)
    )


def _mail(address: str) -> tuple[str, str, str]:
    """Whom to write to, with which subject and text (RFC 6068); all else that the address wants is left out."""
    path, _, query = address[len("mailto:") :].partition("?")
    try:
        wanted = {name.lower(): value for name, value in parse_qsl(query, max_num_fields=20)}
    except ValueError:
        wanted = {}
    to = clean_line(unquote(path))
    if to.count("@") != 1 or any(mark in to for mark in " ,<>"):
        return "", "", ""
    return to, clean_line(wanted.get("subject", ""))[:200], clean_line(wanted.get("body", ""))[:200]
