"""An account on a Dovecot of the test's own, and what tuimail needs to open it: configuration, places, password."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.servers.dovecot import HOST, Dovecot
from tuimail.store import journal
from tuimail.store.store import Store

USER = "sam"
PASSWORD = "a secret of the test"
PATIENCE_S = 25.0
_POLL_S = 0.04
CONFIG = """
[accounts.home]
address = "sam@example.net"
  [accounts.home.imap]
  host = "{host}"
  port = {port}
  security = "none"
  username = "{user}"

[ui]
theme = "tuimail-dark"
"""


@dataclass(frozen=True, slots=True)
class Desktop:
    """A person's machine: what is on it lies below `root`."""

    root: Path

    @property
    def arguments(self) -> list[str]:
        """For `tuimail`."""
        return ["--config", str(self.root / "config.toml"), "--data-dir", str(self.data)]

    @property
    def data(self) -> Path:
        """Where the store is."""
        return self.root / "data"

    @property
    def variables(self) -> dict[str, str]:
        """The environment's part in it."""
        names = ("CONFIG", "DATA", "STATE", "CACHE")
        places = {f"XDG_{name}_HOME": str(self.root / name.lower()) for name in names}
        return {"TUIMAIL_PASSWORD_HOME": PASSWORD, **places}


def wait_until_sent(store: Store) -> None:
    """Look until the server has taken all that was done."""
    deadline_s = time.monotonic() + PATIENCE_S
    while waiting := store.mail.read(journal.list_queue):
        assert time.monotonic() < deadline_s, f"not sent: {waiting}"
        time.sleep(_POLL_S)


def make_desktop(root: Path, dovecot: Dovecot) -> Desktop:
    """One with an account on that server, which has never been opened."""
    text = CONFIG.format(host=HOST, port=dovecot.port, user=USER)
    (root / "config.toml").write_text(text, "utf-8")
    return Desktop(root)
