"""The rivals on screen, as their users set them up: one IMAP account on the run's server, header caches on.

Each says which keys step, page, open, go back and archive, and what its first screen shows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.servers import PASSWORD
from tests.servers.dovecot import HOST

ARCHIVE = "Archive"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a client calls a step down and up, a page down and up, opening, going back to the list, archiving."""

    down: bytes
    up: bytes
    page_down: bytes
    page_up: bytes
    open: bytes
    back: bytes
    archive: bytes


class Client(Protocol):
    """A mail client that runs in a terminal."""

    name: str
    keys: Keys

    @property
    def environment(self) -> dict[str, str]:
        """Of its process."""

    def command(self) -> list[str]:
        """What starts it."""


def _environment(directory: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "XDG_CONFIG_HOME": str(directory),
        "XDG_CACHE_HOME": str(directory / "cache"),
        "XDG_DATA_HOME": str(directory / "data"),
    }


class Neomutt:
    """neomutt with header and message caches below `directory`, newest messages first."""

    name = "neomutt"
    keys = Keys(b"j", b"k", b"\x1b[6~", b"\x1b[5~", b"\r", b"q", b"A")

    def __init__(self, directory: Path, port: int, user: str) -> None:
        self._directory = directory
        self._config = directory / "neomuttrc"
        (directory / "headers").mkdir(parents=True)
        (directory / "messages").mkdir()
        self._config.write_text(
            f'set folder = "imap://{user}@{HOST}:{port}/"\nset spool_file = "+INBOX"\nset imap_pass = "{PASSWORD}"\n'
            f'set header_cache = "{directory}/headers"\nset message_cachedir = "{directory}/messages"\n'
            f'set record = ""\nset postponed = ""\nset from = "{user}@example.org"\nset realname = ""\n'
            "set ssl_starttls = no\nset ssl_force_tls = no\nset sort = reverse-date\nset use_threads = flat\n"
            "set sleep_time = 0\nset confirm_append = no\nset delete = no\nset imap_condstore = yes\n"
            "set imap_qresync = yes\nset imap_keepalive = 300\nset move = no\nset mark_old = no\nset wait_key = no\n"
            f'macro index A "<save-message>={ARCHIVE}<enter>"\n'
            "bind index j next-entry\nbind index k previous-entry\nset quit = yes\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        """Of its process."""
        return _environment(self._directory)

    def command(self) -> list[str]:
        """What starts it."""
        return ["neomutt", "-n", "-F", str(self._config)]


class Aerc:
    """aerc with its cache of headers below `directory`."""

    name = "aerc"
    keys = Keys(b"j", b"k", b"\x06", b"\x02", b"\r", b"q", b"A")

    def __init__(self, directory: Path, port: int, user: str) -> None:
        self._directory = directory
        place = directory / "aerc"
        place.mkdir(parents=True)
        accounts = place / "accounts.conf"
        password = PASSWORD.replace(" ", "%20")
        accounts.write_text(
            f"[bench]\nsource = imap+insecure://{user}:{password}@{HOST}:{port}\nfrom = Bench <{user}@example.org>\n"
            f"default = INBOX\ncache-headers = true\ncopy-to = \narchive = {ARCHIVE}\n"
        )
        accounts.chmod(0o600)

    @property
    def environment(self) -> dict[str, str]:
        """Of its process."""
        return _environment(self._directory)

    def command(self) -> list[str]:
        """What starts it."""
        return ["aerc"]
