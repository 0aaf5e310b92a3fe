"""How much of a message is shown: what bounds the work that one message can make. Limits of its structure: `parse`."""

from __future__ import annotations

import msgspec

FIRST_PORTION_OCTETS = 64 * 1024
"""Of a huge text that is shown at first: some twenty screens, and less than a blink of work."""
WHOLE_OCTETS = 256 * 1024
"""A text up to this size is shown whole: digests and logs that people read and search from end to end."""
MAX_HTML_OCTETS = 2 * 1024 * 1024
"""Of one page; newsletters reach 200 KB. The rest is cut, with a note. No other page follows so many."""
MAX_TEXT_PARTS = 200
"""Text parts shown one after the other; more come from software, not from people."""
PORTIONS_IN_ALL = 4
"""All text parts together are at most so many times the portion of one."""
MAX_PAGES = 20
"""Pages of HTML shown one after the other: each may cost as much as the largest."""
MAX_KINDS = 50
"""Cards, invitations and reports told in words, in one message."""
MAX_ENCODED_MESSAGES = 3
"""Messages in a transfer encoding, which no message may have, within each other: each is decoded as a whole."""


class Limits(msgspec.Struct, frozen=True):
    """How much of each text is shown, in octets; one of at most `whole_octets` is shown whole.

    `thorough`: alternatives are compared, and known kinds told.
    """

    max_octets: int = FIRST_PORTION_OCTETS
    max_html_octets: int = MAX_HTML_OCTETS
    whole_octets: int = 0
    thorough: bool = True
