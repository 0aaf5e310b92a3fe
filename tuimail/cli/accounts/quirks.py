"""What the server of an account offers and fails at, as its passes have found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimail.cli.session import Session


def not_used(session: Session, name: str) -> dict[str, str]:
    """Extensions that the server offers and that are not used, because it fails at them: why, by name."""
    import time

    from tuimail.engine.quirks import withheld_names
    from tuimail.store import accounts, quirks

    server = session.config.accounts[name].imap
    account_id = session.store.mail.read(lambda connection: accounts.find_account(connection, name))
    if server is None or account_id is None:
        return {}
    facts = session.store.mail.read(lambda connection: quirks.read_facts(connection, account_id))
    return {name: words for name, words in withheld_names(server.host, facts, int(time.time())) if facts.offers(name)}
