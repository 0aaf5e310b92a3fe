"""Which charset octets are in that nobody labelled, or that their label does not fit: guessed from how often they come.

Asked last, after the label, a byte order mark, a declaration in the page, and strict UTF-8. The detector is a library
in C, loaded when it is first needed; it looks at a part of the text, so that its time is bounded.
"""

from __future__ import annotations

import re

MIN_HIGH_OCTETS = 5
"""Fewer octets beyond ASCII tell nothing: they are accents of a Western text far more often than anything else."""
SAMPLE_OCTETS = 16 * 1024
"""What the detector reads; it is as sure after this as after a megabyte."""
MIN_CONFIDENCE = 0.5
"""Below this the detector says of itself that it does not know."""

_HIGH_RUN = re.compile(rb"[^\n\x80-\xff]{0,80}[\x80-\xff][^\n]{0,400}")
_HIGH = re.compile(rb"[\x80-\xff]")
_ESCAPED = re.compile(rb"\x1b[$(][@BJ(]|~\{")
_UNLIKELY = frozenset({"ascii", "ibm852", "mac-centraleurope"})
"""What the detector says of short Western texts; mail in these is older than MIME."""


def detect(octets: bytes) -> str:
    """The label of the charset that `octets` are most likely in; empty when there is no telling. Never raises."""
    if _ESCAPED.search(octets, 0, SAMPLE_OCTETS):
        sample = octets[:SAMPLE_OCTETS]
    else:
        sample = _sample(octets)
        if len(_HIGH.findall(sample)) < MIN_HIGH_OCTETS:
            return ""
    from cchardet import detect as ask

    found = ask(sample)
    label, confidence = found["encoding"], found["confidence"]
    if not label or confidence is None or confidence < MIN_CONFIDENCE or label.lower() in _UNLIKELY:
        return ""
    return label


def _sample(octets: bytes) -> bytes:
    """What stands around octets beyond ASCII: a long English introduction says nothing about the text below it."""
    if len(octets) <= SAMPLE_OCTETS:
        return octets
    runs, length = list[bytes](), 0
    for run in _HIGH_RUN.finditer(octets):
        runs.append(run[0])
        length += len(run[0])
        if length >= SAMPLE_OCTETS:
            break
    return b"\n".join(runs)[:SAMPLE_OCTETS]
