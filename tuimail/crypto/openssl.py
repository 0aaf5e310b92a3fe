"""What is asked of openssl: does a CMS signature fit, and does somebody that this machine trusts vouch for the signer.

Only its exit status and what it writes to pipes of their own count; its words are not read. No certificate is fetched,
and no issuer is asked: that would tell it that the message was read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tuimail.crypto.process import Arguments, Ran, Task, run
from tuimail.crypto.tools import Tools

MAX_CONTENT_OCTETS = 64 << 20
"""More than any provider takes; what is compressed inside is not unpacked."""
MAX_SIGNERS_OCTETS = 256 << 10
"""Certificates of signers; one has about 2 KB."""
ANSWER_S = 30.0
"""It asks no person: what takes longer hangs."""

_SIGNED, _ENVELOPED, _AUTH_ENVELOPED, _COMPRESSED = (
    bytes.fromhex(digits)
    for digits in (
        "06092a864886f70d010702", "06092a864886f70d010703",
        "060b2a864886f70d0109100117", "060b2a864886f70d0109100109",
    )
)  # fmt: skip
_KINDS = {_SIGNED: "signed", _ENVELOPED: "enveloped", _AUTH_ENVELOPED: "auth-enveloped", _COMPRESSED: "compressed"}
_CONTENT_INFO = re.compile(
    rb"\x30(?:\x80|[\x00-\x7f]|[\x81-\x84][\x00-\xff]{1,4}?)(\x06[\x09\x0b]\x2a\x86\x48)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class CmsVerdict:
    """`fits`: each signature is one of this content; `is_trusted`: the system's authorities vouch for each signer.

    `signers`: their certificates, PEM. `content`: what is signed.
    """

    fits: bool
    is_trusted: bool
    signers: bytes = b""
    content: bytes = field(default=b"", repr=False)


def kind_of(octets: bytes) -> str:
    """What a CMS object is (RFC 5652, section 3): "signed", "enveloped", "auth-enveloped", "compressed", or nothing."""
    head = _CONTENT_INFO.match(octets[:32])
    if head is None:
        return ""
    rest = octets[head.start(1) :]
    return next((kind for oid, kind in _KINDS.items() if rest.startswith(oid)), "")


def verify(cms: bytes, content: bytes | None, tools: Tools) -> CmsVerdict:
    """What the signatures in `cms` (DER) are worth; `content` is None where it lies within.

    Raises:
        ProgramFailed: openssl is missing, did not end in time, or wrote without end.
    """
    ran = _verify(cms, content, ["-noverify"], tools)
    if ran.status != 0:
        return CmsVerdict(False, False)
    trusted = _verify(cms, content, ["-purpose", "smimesign"], tools)
    return CmsVerdict(True, trusted.status == 0, ran.reads["signers"], ran.output)


def unwrap(cms: bytes, tools: Tools) -> bytes:
    """The content of a signed object, whatever its signatures are worth; nothing if there is none.

    Raises:
        ProgramFailed: as `verify`.
    """
    return _verify(cms, None, ["-noverify", "-nosigs"], tools).output


def decrypt(cms: bytes, key: bytes, certificate: bytes, tools: Tools) -> bytes:
    """The content of an encrypted object, or nothing; `key` and `certificate` are PEM, and go through pipes.

    Raises:
        ProgramFailed: as `verify`.
    """

    def arguments(ends: Mapping[str, int]) -> Sequence[str]:
        key_end, certificate_end = f"/dev/fd/{ends['key']}", f"/dev/fd/{ends['certificate']}"
        return ["cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", key_end, "-recip", certificate_end]

    ran = run(_task(tools, arguments, cms, {"key": key, "certificate": certificate}, {}), tools)
    return ran.output if ran.status == 0 else b""


def _verify(cms: bytes, content: bytes | None, how: Sequence[str], tools: Tools) -> Ran:
    feeds = {} if content is None else {"content": content}

    def arguments(ends: Mapping[str, int]) -> Sequence[str]:
        detached = [] if content is None else ["-content", f"/dev/fd/{ends['content']}"]
        signers = ["-signer", f"/dev/fd/{ends['signers']}"]
        return ["cms", "-verify", "-binary", "-inform", "DER", *signers, *detached, *how]

    return run(_task(tools, arguments, cms, feeds, {"signers": MAX_SIGNERS_OCTETS}), tools)


def _task(
    tools: Tools, arguments: Arguments, octets: bytes, feeds: Mapping[str, bytes], reads: Mapping[str, int]
) -> Task:
    return Task(
        name="openssl",
        package="openssl",
        program=tools.openssl,
        arguments=arguments,
        octets=octets,
        feeds=feeds,
        reads=reads,
        output_octets=MAX_CONTENT_OCTETS,
        time_s=ANSWER_S,
    )
