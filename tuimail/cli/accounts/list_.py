"""`tuimail account list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option
from tuimail.cli.passwords import incoming_server
from tuimail.cli.reports import account_problem
from tuimail.cli.session import Session, say

if TYPE_CHECKING:
    from pathlib import Path

    from tuimail.store.accounts import AccountStatus


@click.command("list", cls=Verb)
@json_option
@pass_session
def command(session: Session, as_json: bool) -> None:
    """List the accounts in the order in which they are shown, and what is known of each."""
    from tuimail.config.looks import account_looks
    from tuimail.store.accounts import list_accounts

    data_dir = session.paths.data
    status = {one.name: _as_it_is(one, data_dir) for one in session.store.mail.read(list_accounts)}
    documents: list[dict[str, Any]] = []
    for place, look in enumerate(account_looks(session.config).values(), start=1):
        name, account = look.name, session.config.accounts[look.name]
        server, known = incoming_server(account), status.get(name)
        documents.append(
            {
                "name": name,
                "address": account.address,
                "protocol": "imap" if account.imap is not None else "pop3",
                "host": server.host,
                "port": server.port,
                "state": known.state.value if known else "offline",
                "error": known.error if known else "",
                "synced_at": output.utc(known.synced_at if known else None),
                "place": place,
                "color": look.color,
                "hidden": look.hidden,
            }
        )
    if as_json:
        output.write_json(documents)
        return
    if not documents:
        say(f"No account is configured in {session.paths.config}.")
    output.write_table(
        ("NAME", "STATE", "SYNCED", "COLOR", "ADDRESS", "SERVER"),
        [
            (
                f"{one['name']} (hidden)" if one["hidden"] else str(one["name"]),
                _state(status.get(one["name"])),
                _synced(status.get(one["name"])),
                str(one["color"]),
                str(one["address"]),
                f"{one['protocol']}://{one['host']}:{one['port']}",
            )
            for one in documents
        ],
        cut=("ADDRESS", "SERVER"),
    )
    for one in documents:
        if one["error"]:
            output.write_line(account_problem(one["name"], one["error"]))


def _as_it_is(status: AccountStatus, data_dir: Path) -> AccountStatus:
    """An engine that was ended leaves behind what it was doing: without one, the account is offline."""
    from tuimail.engine.locks import AccountLock
    from tuimail.store.accounts import AccountState

    if status.state is AccountState.FAILED or AccountLock.is_held(data_dir, status.name):
        return status
    return msgspec.structs.replace(status, state=AccountState.OFFLINE)


def _state(status: AccountStatus | None) -> str:
    """What is going on: an engine that is not there is told from one that could not reach the server."""
    if status is None or (status.state.value == "offline" and not status.error):
        return "not running"
    return "failed" if status.state.value == "offline" else status.state.value


def _synced(status: AccountStatus | None) -> str:
    return output.local_time(status.synced_at if status else None) or "never"
