"""What the person at the screen gave this engine: passwords, and the key of the encrypted file.

The screen sends a line at the start, and another whenever the person gave more; each says all that it is about:

    {"secrets": {ACCOUNT: PASSWORD}, "vault": KEY, "retry": [ACCOUNT, …]}

Held in memory only; an empty password takes back what was given. `retry` names the accounts whose log-in is to be
tried again.
"""

from __future__ import annotations

import json
import logging

from tuimail.config.logs import keep_out
from tuimail.config.schema import Server
from tuimail.config.secrets import PROMPT, Secret, find_secret, vault

log = logging.getLogger(__name__)


class Given:
    """`find` is how the engine finds a secret: what was typed, else the chain of sources."""

    def __init__(self) -> None:
        self._passwords: dict[str, str] = {}

    def take(self, line: bytes) -> list[str]:
        """Take in what `line` gives, if it is such a line. Returns the accounts that are to be tried again."""
        try:
            document = json.loads(line)
        except ValueError:
            return []
        if not isinstance(document, dict) or not isinstance(secrets := document.get("secrets"), dict):
            return []
        for name, value in secrets.items():
            keep_out(str(value))
            self._passwords[str(name)] = str(value)
            if not value:
                del self._passwords[str(name)]
        if key := document.get("vault"):
            try:
                vault().take_over(str(key))
            except ValueError:
                log.error("The screen handed over something that is no key of the encrypted file")
        retry = document.get("retry")
        return [str(name) for name in retry] if isinstance(retry, list) else []

    def find(self, account: str, server: Server) -> Secret:
        """The password for `server` of `account`.

        Raises:
            AuthError, ConfigError: see `find_secret`.
        """
        if account in self._passwords:
            return Secret(self._passwords[account], PROMPT)
        return find_secret(account, server)
