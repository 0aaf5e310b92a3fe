"""All the sample mail of the demo, in the order in which it arrived."""

from __future__ import annotations

from datetime import datetime

from tuimail.demo.builder import SampleMessage
from tuimail.demo.conversations import conversations
from tuimail.demo.junk import junk
from tuimail.demo.newsletters import newsletters
from tuimail.demo.notices import notices
from tuimail.demo.special import special


def sample_mail(now: datetime) -> list[SampleMessage]:
    """The sample messages, oldest first, dated back from the aware `now`. The same `now` gives the same octets."""
    kinds = (conversations(now), newsletters(now), notices(now), special(now), junk(now))
    return sorted((message for kind in kinds for message in kind), key=lambda message: message.internal_date)
