"""Opens a message: checks what is signed, decrypts what may be decrypted, layer by layer.

    find_places ──► verify / decrypt ──► content ──► find_places in it (only all of it) ──► … at most MAX_LAYERS
                                                                        └──► fields under protection are compared

Runs programs and waits for them, a person's passphrase included: for a background thread, never the screen's loop.
Writes nothing anywhere. Parts that hide within others are not opened at all (EFAIL; see `structure`).
"""

from __future__ import annotations

import enum
import re

import msgspec

from tuimail.crypto import compressed, openssl, pgp, protected, smime
from tuimail.crypto.secured import Lock, Mismatch, Reach, Secured, SecuredPart, Signature, Technique, Verdict
from tuimail.crypto.structure import Place, find_places
from tuimail.crypto.tools import Tools
from tuimail.mime.addresses import parse_addresses
from tuimail.mime.headers import parse_header_block
from tuimail.mime.parameters import parameter_of
from tuimail.mime.parse import Part, decode_part, parse_message
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ProgramFailed

MAX_LAYERS = 4
"""Signed, encrypted and signed again (RFC 8551, section 3.7) are three."""
MAX_SIGNATURE_OCTETS = 1 << 20
"""One has some KB, with its chain of certificates."""

_LINE_END = re.compile(rb"\r?\n")
_MALFORMED = "It says that it is signed, but not in a form that can be checked."
_SEVERAL = "Its text has several pieces of armour, which are not opened together. Save it, and open each with gpg."
_MALFORMED_ENCRYPTED = "It says that it is encrypted, but not in a form that can be opened."

_NOT_UNPACKED = (
    f"It is compressed, and cannot be unpacked: it is damaged, not of the usual kind (zlib), or holds more than"
    f" {compressed.MAX_OCTETS >> 20} MB. Save it to look into it."
)


class Opening(enum.Enum):
    """What the user wants opened: signatures are checked in any case.

    CHECK: nothing. WHOLE: a message that is encrypted as a whole. PARTS: encrypted parts of the message as well.
    """

    CHECK = 0
    WHOLE = 1
    PARTS = 2


def is_secured(octets: bytes) -> bool:
    """Whether anything is signed or encrypted in the message in `octets`. Runs nothing. Never raises."""
    return bool(find_places(octets, parse_message(octets)))


def open_secured(octets: bytes, opening: Opening = Opening.WHOLE, tools: Tools | None = None) -> Secured | None:
    """What the signed or encrypted message in `octets` turned out to be, or None where nothing is. Never raises.

    A program that is missing, fails, hangs or floods is a `fault` of the part.
    """
    root = parse_message(octets)
    places = find_places(octets, root)
    if not places:
        return None
    header = octets[root.header_start : root.header_end]
    opener = _Opener(_sender(header), opening, tools or Tools())
    parts = tuple(opener.open(octets, place, 1) for place in places)
    mismatches, subject = opener.fields(octets, root, header, places[0], parts[0])
    return Secured(parts, mismatches, subject)


def _sender(header: bytes) -> str:
    """The one address that the message says it is from, in lower case; empty where it does not say one."""
    fields = [value for name, value in parse_header_block(header) if name.lower() == "from"]
    people = parse_addresses(fields[0]) if len(fields) == 1 else ()
    return people[0].address.lower() if len(people) == 1 else ""


def _canonical(octets: bytes) -> bytes:
    """What was signed: each line ends with CRLF, however it is stored here (RFC 3156, section 5)."""
    return _LINE_END.sub(b"\r\n", octets)


class _Opener:
    """Opens the places of one message, whose author is said to be `sender`."""

    def __init__(self, sender: str, opening: Opening, tools: Tools) -> None:
        self._sender = sender
        self._opening = opening
        self._tools = tools

    def open(self, octets: bytes, place: Place, layer: int) -> SecuredPart:
        """What `place` in `octets` turned out to be."""
        section = "" if place.reach is Reach.WHOLE else place.part.section
        blank = SecuredPart(section, place.technique, place.reach)
        if place.reach is Reach.NESTED:
            fault = "It lies within another part, and is not looked into: texts are stolen that way."
            return _with(blank, lock=Lock.BARRED, fault=fault)
        if place.is_broken and place.is_encrypted:
            return _with(blank, lock=Lock.FAILED, fault=_MALFORMED_ENCRYPTED)
        if place.is_broken:
            return _with(blank, signatures=(Signature(Verdict.FAILED, place.technique, fault=_MALFORMED),))
        try:
            return self._opened(octets, place, blank, layer)
        except ProgramFailed as error:
            fault = one_line(str(error))
            if place.signed is not None or not (place.is_encrypted or place.technique is Technique.SMIME):
                return _with(blank, signatures=(Signature(Verdict.FAILED, place.technique, fault=fault),))
            return _with(blank, lock=Lock.FAILED, fault=fault)

    def _opened(self, octets: bytes, place: Place, blank: SecuredPart, layer: int) -> SecuredPart:
        if place.signed is not None and place.holder is not None:
            return self._signed(octets, place.signed, place.holder, blank, layer)
        if place.technique is Technique.INLINE:
            return self._inline(place, blank)
        if place.holder is None:
            return blank
        held = decode_part(octets, place.holder)
        return self._smime(held, blank, layer) if place.technique is Technique.SMIME else self._pgp(held, blank, layer)

    def _signed(self, octets: bytes, signed: Part, holder: Part, blank: SecuredPart, layer: int) -> SecuredPart:
        text = _canonical(octets[signed.header_start : signed.body_end])
        signature = decode_part(octets, holder)[:MAX_SIGNATURE_OCTETS]
        self._tools.progress("Checking the signature…")
        if blank.technique is Technique.SMIME:
            signatures = smime.verify(signature, text, self._sender, self._tools).signatures
        else:
            signatures = pgp.verify(text, signature, self._sender, self._tools)
        return _with(blank, signatures=signatures, inside=self._inside(text, layer))

    def _pgp(self, held: bytes, blank: SecuredPart, layer: int) -> SecuredPart:
        if not self._may_open(blank.reach):
            return _with(blank, lock=Lock.CLOSED)
        self._tools.progress("Waiting for gpg…")
        found = pgp.decrypt(held, blank.technique, self._sender, self._tools)
        if found.fault:
            return _with(blank, lock=Lock.FAILED, fault=found.fault)
        inside = self._inside(found.content, layer)
        return _with(blank, lock=Lock.OPENED, signatures=found.signatures, content=found.content, inside=inside)

    def _smime(self, held: bytes, blank: SecuredPart, layer: int) -> SecuredPart:
        kind = openssl.kind_of(held)
        if kind == "signed":
            self._tools.progress("Checking the signature…")
            found = smime.verify(held, None, self._sender, self._tools)
            return _with(
                blank,
                signatures=found.signatures,
                content=found.content or None,
                inside=self._inside(found.content, layer),
            )
        if kind == "compressed":
            return self._unpacked(held, blank, layer)
        if kind not in {"enveloped", "auth-enveloped"}:
            return _with(blank, lock=Lock.FAILED, fault=_MALFORMED_ENCRYPTED)
        if not self._may_open(blank.reach):
            return _with(blank, lock=Lock.CLOSED)
        self._tools.progress("Decrypting…")
        content, fault = smime.decrypt(held, self._tools)
        if fault:
            return _with(blank, lock=Lock.FAILED, fault=fault)
        inside = self._inside(content, layer)
        is_authentic = kind == "auth-enveloped"
        return _with(blank, lock=Lock.OPENED, content=content, inside=inside, is_authentic=is_authentic)

    def _unpacked(self, held: bytes, blank: SecuredPart, layer: int) -> SecuredPart:
        content = compressed.decompress(held)
        if content is None:
            return _with(blank, fault=_NOT_UNPACKED)
        return _with(blank, content=content, inside=self._inside(content, layer))

    def _inline(self, place: Place, blank: SecuredPart) -> SecuredPart:
        if len(place.texts) > 1:
            # Which words would be whose, and what stands between them, could not be told apart.
            return _with(blank, lock=Lock.FAILED, fault=_SEVERAL)
        if place.is_encrypted and not self._may_open(blank.reach):
            return _with(blank, lock=Lock.CLOSED)
        self._tools.progress("Waiting for gpg…")
        armour = place.texts[0].octets
        if place.is_encrypted:
            found = pgp.decrypt(armour, Technique.INLINE, self._sender, self._tools)
        else:
            found = pgp.verify_clear(armour, self._sender, self._tools)
        if found.fault:
            return _with(blank, lock=Lock.FAILED, fault=found.fault)
        lock = Lock.OPENED if place.is_encrypted else Lock.NONE
        charset = parameter_of(place.part.parameters, "charset")
        content = _as_entity(found.content, charset) if found.content else None
        return _with(blank, lock=lock, signatures=found.signatures, content=content)

    def _inside(self, content: bytes, layer: int) -> tuple[SecuredPart, ...]:
        """What is signed or encrypted in `content`: only what is all of it counts; the rest is told, not opened."""
        if layer >= MAX_LAYERS or not content:
            return ()
        places = find_places(content, parse_message(content))
        return tuple(self.open(content, place, layer + 1) for place in places if place.reach is Reach.WHOLE)

    def _may_open(self, reach: Reach) -> bool:
        return self._opening is Opening.PARTS or (self._opening is Opening.WHOLE and reach is Reach.WHOLE)

    def fields(
        self, octets: bytes, root: Part, header: bytes, place: Place, part: SecuredPart
    ) -> tuple[tuple[Mismatch, ...], str]:
        """Where fields under protection differ from `header`, and the subject that it hides."""
        if part.reach is not Reach.WHOLE:
            return (), ""
        payload, payload_root = octets, place.signed or root
        for layer in part.layers:
            if layer.content is not None:
                payload = layer.content
                payload_root = parse_message(payload)
                if payload_root.content_type == "multipart/signed" and len(payload_root.children) == 2:
                    payload_root = payload_root.children[0]
        return protected.compare(header, payload, payload_root)


def _as_entity(text: bytes, charset: str) -> bytes:
    """A text as a MIME entity, so that it is rendered like any other."""
    label = charset.encode("ascii", "ignore") if charset.replace("-", "").replace("_", "").isalnum() else b"utf-8"
    return b"Content-Type: text/plain; charset=%b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%b" % (label, text)


def _with(part: SecuredPart, **changes: object) -> SecuredPart:
    return msgspec.structs.replace(part, **changes)
