"""`tuimail account show`. Where a password comes from is shown, the password never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuimail.cli import output
from tuimail.cli.accounts.quirks import not_used
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option
from tuimail.cli.session import Session

if TYPE_CHECKING:
    from tuimail.config.schema import Account, Server


@click.command("show", cls=Verb)
@click.argument("name")
@json_option
@pass_session
def command(session: Session, name: str, as_json: bool) -> None:
    """Print the settings of the account NAME, where its password comes from, and what its server fails at."""
    session.account_names([name])
    document = _settings(name, session.config.accounts[name])
    document["not_used"] = not_used(session, name)
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


def _server_settings(name: str, server: Server) -> dict[str, Any]:
    import msgspec

    from tuimail.config.secrets import describe_source

    settings: dict[str, Any] = msgspec.to_builtins(server)
    # The arguments of a command may hold what nobody should read over a shoulder; its source names the program.
    settings.pop("password_command", None)
    oauth2 = settings.pop("oauth2", {})
    if "client_id" in oauth2:
        settings["oauth2_client_id"] = oauth2["client_id"]
    for field in ("host", "port", "security", "username", "auth"):
        settings.setdefault(field, getattr(server, field))
    return {**settings, "password_from": describe_source(name, server)}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not set" if value in ("", None) else str(value)
