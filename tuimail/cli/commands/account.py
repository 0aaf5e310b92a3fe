"""`tuimail account`: the configured accounts. Where a password comes from is shown, the password never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb
from tuimail.cli.mail import json_option
from tuimail.cli.passwords import incoming_server
from tuimail.cli.reports import account_problem
from tuimail.cli.session import Session, check_known, confirm, pass_session, say
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.config.schema import Account, Server
    from tuimail.model.ids import AccountId
    from tuimail.store.accounts import AccountStatus


@click.group("account")
def command() -> None:
    """The configured accounts."""


@command.command("list", cls=Verb)
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the accounts and what is known of each."""
    from tuimail.store.accounts import list_accounts

    status = {one.name: one for one in session.store.mail.read(list_accounts)}
    documents = []
    for name, account in session.config.accounts.items():
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
            }
        )
    if as_json:
        output.write_json(documents)
        return
    if not documents:
        say(f"No account is configured in {session.paths.config}.")
    output.write_table(
        ("NAME", "STATE", "SYNCED", "ADDRESS", "SERVER"),
        [
            (
                str(one["name"]),
                _state(status.get(str(one["name"]))),
                _synced(status.get(str(one["name"]))),
                str(one["address"]),
                f"{one['protocol']}://{one['host']}:{one['port']}",
            )
            for one in documents
        ],
        cut=("ADDRESS", "SERVER"),
    )
    for one in documents:
        if one["error"]:
            output.write_line(account_problem(str(one["name"]), str(one["error"])))


def _state(status: AccountStatus | None) -> str:
    """What is going on: an engine that is not there is told from one that could not reach the server."""
    if status is None or (status.state.value == "offline" and not status.error):
        return "not running"
    return "failed" if status.state.value == "offline" else status.state.value


def _synced(status: AccountStatus | None) -> str:
    return output.local_time(status.synced_at if status else None) or "never"


@command.command("show", cls=Verb)
@click.argument("name")
@json_option
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """Print the settings of the account NAME, where its password comes from, and what its server fails at."""
    session.account_names([name])
    document = _settings(name, session.config.accounts[name])
    document["not_used"] = _not_used(session, name)
    if as_json:
        output.write_json(document)
        return
    for key, value in document.items():
        if isinstance(value, dict):
            output.write_line(f"{key}:" if value else f"{key}: nothing")
            for inner, setting in value.items():
                output.write_line(f"  {inner}: {_shown(setting)}")
        else:
            output.write_line(f"{key}: {_shown(value)}")


def _settings(name: str, account: Account) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "name": name,
        "address": account.address,
        "display_name": account.display_name,
        "signature": account.signature,
        "signature_file": account.signature_file,
        "offline": account.offline,
    }
    for kind in ("imap", "pop3", "smtp"):
        server: Server | None = getattr(account, kind)
        if server is not None:
            settings[kind] = _server_settings(name, server)
    return settings


def _not_used(session: Session, name: str) -> dict[str, str]:
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


def _server_settings(name: str, server: Server) -> dict[str, Any]:
    import msgspec

    from tuimail.config.secrets import describe_source

    settings: dict[str, Any] = msgspec.to_builtins(server)
    # The arguments of a command may hold what nobody should read over a shoulder; its source names the program.
    settings.pop("password_command", None)
    for field in ("host", "port", "security", "username", "auth"):
        settings.setdefault(field, getattr(server, field))
    return {**settings, "password_from": describe_source(name, server)}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@command.command("remove", cls=Verb)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--keep-mail", is_flag=True, help="Keep the mail of the account in the local store.")
@pass_session
def remove(session: Session, name: str, yes: bool, keep_mail: bool) -> None:
    """Remove the account NAME from the configuration, and its mail from this machine. The server keeps everything."""
    from tuimail.cli.locking import locked
    from tuimail.config.edit import remove_account
    from tuimail.store import accounts, journal

    in_config = name in session.config.accounts
    account_id = session.store.mail.read(lambda connection: accounts.find_account(connection, name))
    if not in_config and (account_id is None or keep_mail):
        check_known(name, session.config.accounts)
    waiting = sum(len(one.ids) or 1 for one in session.store.mail.read(journal.list_queue) if one.account == name)
    if waiting and not keep_mail:
        say(f"{counted(waiting, 'change')} of {name} did not reach the server and would be lost.")
    what = "the configuration" if keep_mail else "the configuration and its mail from this machine"
    if not yes and not confirm(f"Remove {name} from {what}? The server keeps everything."):
        session.failed = True
        say("Nothing was changed.")
        return
    with locked(session.paths.data, [name]):
        if in_config:
            remove_account(session.paths.config, name)
        if account_id is not None and not keep_mail:
            _forget_mail(session, account_id)
    output.write_line(f"Account {name} is removed from {what}. The server keeps everything.")


def _forget_mail(session: Session, account_id: AccountId) -> None:
    from tuimail.store import accounts, bodies

    orphans = session.store.mail.write(lambda connection: accounts.remove_account(connection, account_id), durable=True)
    for start in range(0, len(orphans), 500):
        bodies.drop(session.store.bodies, orphans[start : start + 500])
