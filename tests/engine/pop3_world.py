"""What the tests of POP3 accounts act with: `Pop3Mirror` is our side, a fake server or Dovecot the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.engine.world import ACCOUNT, HOST, Mirror
from tests.servers.fake_pop3 import FakePop3
from tuimail.config.load import decode_config
from tuimail.config.schema import Config
from tuimail.store import accounts, ledger
from tuimail.store.ledger import Entry


@dataclass
class Pop3Mirror(Mirror):
    """A data directory and the POP3 account that is synced into it; `settings` go into its pop3 table."""

    @property
    def config(self) -> Config:
        server = {"host": HOST, "port": self.port, "security": "none", "username": self.user, **self.settings}
        account = {"address": f"{self.user}@example.org", "pop3": server}
        return decode_config({"accounts": {ACCOUNT: account}}, Path("/nowhere/config.toml"))

    def leaving(self, leave: bool | int) -> Pop3Mirror:
        """The same with this setting of `leave_on_server` from now on."""
        self.settings["leave_on_server"] = leave
        return self

    def bodies(self) -> dict[str, bytes]:
        """The octets of every message that is seen, by its subject, or by its id where another has the same."""
        found: dict[str, bytes] = {}
        for message in self.messages():
            octets = self.octets_of(message.id)
            assert octets is not None
            name = message.envelope.subject
            found[name if name not in found else f"{name} {message.id}"] = octets
        return found

    def octets(self) -> list[bytes]:
        """The octets of every message that is seen, sorted."""
        return sorted(self.bodies().values())

    def entries(self) -> Mapping[str, list[Entry]]:
        """The ledger."""
        account_id = self.read(partial(accounts.find_account, name=ACCOUNT))
        assert account_id is not None
        return self.read(partial(ledger.load, account_id=account_id))

    def unwanted(self, *names: str | int) -> None:
        """The user has deleted these."""
        self.write(partial(ledger.wants_removal, message_ids=self.ids_of(*names)))

    def status_error(self) -> str:
        """What the account's status row says."""
        return next(one.error for one in self.read(accounts.list_accounts) if one.name == ACCOUNT)


def mirror_of(fake: FakePop3, directory: Path, *, password: str = "", leave: bool | int = False) -> Pop3Mirror:
    """Our side of a fake server's one account."""
    from tests.servers.fake_pop3 import PASSWORD, USER

    return Pop3Mirror(directory, fake.port, USER, password or PASSWORD).leaving(leave)
