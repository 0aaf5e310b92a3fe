"""What a server offers and fails at: withheld from use, so that each verb takes the way it has without it.

An extension is blamed only by proof: the command that used it was refused (BAD, or a NO that is not about the mailbox
or the moment), and without the extension it worked; or the answer contradicts itself. Who keeps the blame beyond
the session is told by `on_blame`. Knows nothing of commands.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.responses import safe_text
from tuimail.model.errors import ServerRefused

log = logging.getLogger(__name__)

T = TypeVar("T")
NOT_TO_BLAME = frozenset(
    {
        "ALREADYEXISTS",
        "AUTHENTICATIONFAILED",
        "AUTHORIZATIONFAILED",
        "CONTACTADMIN",
        "EXPIRED",
        "EXPUNGEISSUED",
        "INUSE",
        "LIMIT",
        "NONEXISTENT",
        "NOPERM",
        "OVERQUOTA",
        "PRIVACYREQUIRED",
        "SERVERBUG",
        "TRYCREATE",
        "UNAVAILABLE",
    }
)
"""Codes of a refusal that is about the mailbox, the user or the moment (RFC 5530), not about the way it was asked."""


class Faults:
    """The extensions that one session does not use, and why: by capability name, in words."""

    def __init__(self) -> None:
        self.on_blame: Callable[[str, str], None] = lambda _name, _words: None
        self._withheld: dict[str, str] = {}
        self._cached: tuple[Capabilities | None, Capabilities] = (None, Capabilities())

    def __contains__(self, name: str) -> bool:
        return name.upper() in self._withheld

    def withhold(self, names: Iterable[str], words: str) -> None:
        """Do not use these, known beforehand to fail."""
        self._withheld.update(dict.fromkeys((name.upper() for name in names), words))
        self._cached = (None, Capabilities())

    def blame(self, name: str, words: str) -> None:
        """The server has failed at this extension just now; `words` say how."""
        if name in self:
            return
        log.warning("the server offers %s and fails at it: %s", name, words)
        self.withhold([name], words)
        self.on_blame(name.upper(), safe_text(words))

    def usable(self, offered: Capabilities | None) -> Capabilities:
        """What is offered, less what is withheld."""
        if self._cached[0] is None or self._cached[0] is not offered:
            offered = offered or Capabilities()
            self._cached = (offered, offered.without(self._withheld))
        return self._cached[1]

    async def spare(
        self, suspects: Sequence[str], has: Callable[[str], bool], attempt: Callable[[], Awaitable[T]]
    ) -> T:
        """Run `attempt`; if it is refused, again without each of `suspects` that `has` tells to be in use, then all.

        The extension without which it works is blamed. `attempt` must ask anew what may be used.

        Raises:
            ServerRefused: the first refusal, if nothing helps or no extension can be at fault.
        """
        try:
            return await attempt()
        except ServerRefused as error:
            if error.kind != "BAD" and error.code in NOT_TO_BLAME:
                raise
            refused = error
        used = [name for name in suspects if has(name)]
        ways = [[name] for name in used]
        # A NO may be about the moment and not say so: what is not refused a second time proves nothing.
        again: list[list[str]] = [[]] if used and refused.kind != "BAD" else []
        for names in [*again, *ways, *([used] if len(ways) > 1 else [])]:
            self.withhold(names, refused.text)
            try:
                result = await attempt()
            except ServerRefused:
                self._allow(names)
                continue
            except BaseException:
                self._allow(names)
                raise
            self._allow(names)
            for name in names:
                self.blame(name, f"{refused.kind} {refused.text}".strip())
            return result
        raise refused

    def _allow(self, names: Iterable[str]) -> None:
        for name in names:
            self._withheld.pop(name.upper(), None)
        self._cached = (None, Capabilities())
