"""text/enriched and its forerunner text/richtext as plain text (RFC 1896, RFC 1341 section 7.1.3).

    <bold>Now</bold> is the <<time>>     two line feeds are one break, one is a blank

Few mailers write it, some archives are full of it. One pass, linear.
"""

from __future__ import annotations

import re

_COMMAND = re.compile(r"<<|<param>[^<]{0,1000}</param>|</?[a-z0-9-]{1,60}>", re.IGNORECASE)
_BREAKS = re.compile(r"\n+")
_RICHTEXT_BREAKS = {"<nl>": "\n", "<lt>": "<", "</paragraph>": "\n\n"}


def enriched_to_text(source: str) -> str:
    """The words of `source` (LF line ends) without its commands. Never raises; linear in its input."""
    joined = _BREAKS.sub(lambda found: " " if len(found[0]) == 1 else "\n" * (len(found[0]) - 1), source)
    return _COMMAND.sub(_replacement, joined)


def _replacement(found: re.Match[str]) -> str:
    return "<" if found[0] == "<<" else _RICHTEXT_BREAKS.get(found[0].lower(), "")
