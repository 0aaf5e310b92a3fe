"""Which parts of a message are signed or encrypted, and where they stand. Pure: nothing is checked or opened here.

multipart/signed, multipart/encrypted, application/pkcs7-mime, armour in a text
  as the message itself            WHOLE    checked, and opened when the user opens the message
  as a child of multipart/mixed    PART     checked; opened on request, shown apart
  anywhere else                    NESTED   neither: a hidden part is how texts are stolen (EFAIL)
"""

from __future__ import annotations

from dataclasses import dataclass

from tuimail.crypto import inline
from tuimail.crypto.secured import Reach, Technique
from tuimail.mime.parameters import parameter_of
from tuimail.mime.parse import Part, decode_part

MAX_PLACES = 8
"""Each costs a few runs of a program; no honest message has more."""
MAX_INLINE_OCTETS = 1 << 20
"""Of a text, when armour is looked for in it."""

_PGP_SIGNATURE = "application/pgp-signature"
_SMIME_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_MIXED = "multipart/mixed"


@dataclass(frozen=True, slots=True)
class Place:
    """A secured part. `signed` is what a signature beside it is about, `holder` the part that has the octets.

    `texts` are the pieces of armour in a text; `is_encrypted` where that is known from the outside. `is_broken`: it
    says that it is signed, and has not the form that would make this checkable.
    """

    part: Part
    technique: Technique
    reach: Reach
    is_encrypted: bool = False
    signed: Part | None = None
    holder: Part | None = None
    texts: tuple[inline.Armour, ...] = ()
    is_broken: bool = False


def find_places(octets: bytes, root: Part) -> tuple[Place, ...]:
    """The secured parts of the message in `octets`, whose tree is `root`, at most `MAX_PLACES`."""
    place = _place(octets, root, Reach.WHOLE)
    if place is not None:
        return (place,)
    found: list[Place] = []
    _look(octets, root, found, is_top=True)
    return tuple(found)


def _look(octets: bytes, part: Part, found: list[Place], *, is_top: bool) -> None:
    """Those below `part`; depth is bounded by the scanner."""
    reach = Reach.PART if is_top and part.content_type == _MIXED else Reach.NESTED
    version: Part | None = None
    for child in part.children:
        if len(found) >= MAX_PLACES:
            return
        if version is not None and child.content_type == "application/octet-stream":
            # What some servers make of multipart/encrypted: its two parts, loose.
            found.append(Place(child, Technique.PGP, reach, is_encrypted=True, holder=child))
        elif place := _place(octets, child, reach):
            # What is signed within a forwarded message, say, speaks for nobody here: nothing is said of it.
            if reach is not Reach.NESTED or place.is_encrypted or place.holder is place.part:
                found.append(place)
        else:
            _look(octets, child, found, is_top=False)
        version = child if child.content_type == "application/pgp-encrypted" else None


def _place(octets: bytes, part: Part, reach: Reach) -> Place | None:
    kind, children = part.content_type, part.children
    if kind == "multipart/encrypted":
        is_formed = len(children) == 2 and children[0].content_type == "application/pgp-encrypted"
        holder = children[1] if is_formed else None
        return Place(part, Technique.PGP, reach, is_encrypted=True, holder=holder, is_broken=not is_formed)
    if kind == "multipart/signed":
        return _signed(part, reach)
    if kind in _SMIME and parameter_of(part.parameters, "smime-type").lower() != "certs-only":
        return Place(part, Technique.SMIME, reach, holder=part)
    if kind == "text/plain" and not part.is_attachment:
        return _in_text(octets, part, reach)
    return None


def _signed(part: Part, reach: Reach) -> Place:
    """RFC 1847, section 2.1: two parts, what is signed and the signature."""
    last = part.children[-1].content_type if part.children else ""
    protocol = parameter_of(part.parameters, "protocol").lower()
    is_smime = last in _SMIME_SIGNATURES or protocol in _SMIME_SIGNATURES
    technique = Technique.SMIME if is_smime else Technique.PGP
    expected = _SMIME_SIGNATURES if is_smime else {_PGP_SIGNATURE}
    if len(part.children) != 2 or last not in expected or protocol not in {"", *expected}:
        return Place(part, technique, reach, is_broken=True)
    return Place(part, technique, reach, signed=part.children[0], holder=part.children[1])


def _in_text(octets: bytes, part: Part, reach: Reach) -> Place | None:
    if part.size_octets > MAX_INLINE_OCTETS or (
        part.encoding not in {"base64", "quoted-printable"}
        and octets.find(b"-----BEGIN PGP ", part.body_start, part.body_end) < 0
    ):
        return None
    text = decode_part(octets, part)
    found = inline.find_armour(text)
    if not found:
        return None
    if reach is Reach.WHOLE and not inline.is_all(text, found):
        reach = Reach.PART
    is_encrypted = any(not one.is_signed for one in found)
    return Place(part, Technique.INLINE, reach, is_encrypted=is_encrypted, texts=found)
