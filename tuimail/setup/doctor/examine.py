"""The doctor: everything between a configuration and mail, looked at in order, with a way out for each failure.

    configuration ─► secret ─► dns ─► tcp ─► tls ─► greeting ─► log-in ─► capabilities, mailboxes, quota, clock
                               the same up to the greeting for SMTP, then what it offers ─► store, disk

Nothing is changed anywhere, no message is submitted, and a log-in is tried once: servers lock accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimail.setup.doctor.checkup import Check, State, run_steps
from tuimail.setup.doctor.imap import ImapCheckup
from tuimail.setup.doctor.local import Home, LocalCheckup
from tuimail.setup.doctor.pop3 import Pop3Checkup
from tuimail.setup.doctor.reach import Reach
from tuimail.setup.doctor.smtp import SmtpCheckup

if TYPE_CHECKING:
    from tuimail.config.schema import Config, Server
    from tuimail.config.secrets import Secret
    from tuimail.setup.login import SecretOf

__all__ = ["Check", "Home", "State", "check_account"]

TOTAL_S = 180.0


async def check_account(
    name: str,
    config: Config,
    home: Home,
    *,
    secret_of: SecretOf,
    tell: Callable[[Check], None] = lambda _check: None,
    total_s: float = TOTAL_S,
) -> list[Check]:
    """All checks of the account `name`; `tell` hears of each as it ends. Ends after about `total_s` seconds.

    Problems are checks that failed: nothing is raised.
    """
    account = config.accounts[name]
    server: Server | None = account.imap or account.pop3
    assert server is not None  # noqa: S101 - checked by load_config
    secret_of = _asked_once(secret_of)
    local = LocalCheckup(name, account, server, secret_of, home)
    reach = Reach(name, server, account.protocol.value)
    inside: ImapCheckup | Pop3Checkup
    if account.imap is not None:
        inside = ImapCheckup(name, account.imap, secret_of, reach)
    else:
        assert account.pop3 is not None  # noqa: S101 - as above
        inside = Pop3Checkup(name, account.pop3, secret_of, reach, config.sync.poll_minutes)
    smtp = SmtpCheckup(name, account.smtp)
    steps = [*local.first(), *reach.steps(), *inside.steps(), *smtp.steps(), *local.last()]
    try:
        return await run_steps(steps, tell, total_s=total_s)
    finally:
        reach.close()
        await inside.close()
        smtp.close()


def _asked_once(secret_of: SecretOf) -> SecretOf:
    """A password manager or a person is asked once, however many checks need the secret."""
    known: dict[tuple[str, int, str], Secret] = {}

    def find(account: str, server: Server) -> Secret:
        key = (server.host, server.port, server.username)
        if key not in known:
            known[key] = secret_of(account, server)
        return known[key]

    return find
