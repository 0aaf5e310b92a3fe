"""`tuimail account add`: the wizard on a terminal, and without one by options alone."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option
from tuimail.cli.passwords import can_ask
from tuimail.cli.session import Session, say
from tuimail.model.errors import ConfigError
from tuimail.model.server import Protocol, Security
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.cli.accounts.given import Given
    from tuimail.setup.wizard.wizard import Wizard

_SECURITIES = click.Choice([security.value for security in Security])


def _leave_on_server(value: str) -> bool | int:
    """What the key of that name may be: yes, no, or for how many days."""
    text = value.lower()
    if text in {"yes", "true", "no", "false"}:
        return text in {"yes", "true"}
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise click.BadParameter(f"{value!r} is neither yes, no, nor a number of days.")


@click.command("add", cls=Verb, short_help="Set up an account: finds its servers and logs in.")
@click.argument("name", required=False)
@click.option("--address", metavar="ADDRESS", help="The mail address.")
@click.option("--display-name", metavar="NAME", help="Your name.")
@click.option("--protocol", type=click.Choice([one.value for one in Protocol]), help="IMAP (unless told) or POP3.")
@click.option("--imap-host", metavar="HOST", help="The IMAP server; it is not looked for then.")
@click.option("--imap-port", metavar="PORT")
@click.option("--imap-security", type=_SECURITIES)
@click.option("--pop3-host", metavar="HOST", help="The POP3 server; it is not looked for then.")
@click.option("--pop3-port", metavar="PORT")
@click.option("--pop3-security", type=_SECURITIES)
@click.option("--smtp-host", metavar="HOST", help="The server that sends.")
@click.option("--smtp-port", metavar="PORT")
@click.option("--smtp-security", type=_SECURITIES)
@click.option("--username", metavar="NAME", help="Who logs in, if not the address.")
@click.option(
    "--leave-on-server",
    type=_leave_on_server,
    metavar="yes|no|DAYS",
    help="POP3: delete nothing there, or only after so many days.",
)
@click.option("--ca-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Authorities to trust.")
@click.option("--tls-fingerprint", metavar="sha256:…", help="The one certificate to trust.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--password-command", metavar="COMMAND", help="A command that prints the password; it is not kept then.")
@click.option("--keep", type=click.Choice(["keyring", "file", "ask"]), help="Where the password stays.")
@click.option("--oauth2", is_flag=True, help="Log in at the provider, with OAuth 2.0.")
@click.option("--device", is_flag=True, help="OAuth 2.0 with a code that you enter in a browser on any device.")
@click.option("--client-id", metavar="ID", help="OAuth 2.0: the client's registration.")
@click.option("--client-secret", metavar="WORD", help="OAuth 2.0: what some providers call a secret of the client.")
@click.option("--no-discovery", is_flag=True, help="Look for no servers: they are named.")
@click.option("--no-input", is_flag=True, help="Ask nothing.")
@click.option("--yes", is_flag=True, help="Take the servers that are found; trusts no certificate.")
@json_option
@pass_session
def command(session: Session, /, as_json: bool, no_input: bool, **options: Any) -> None:
    """Set up the account NAME: find the servers of its address, log in, keep the password, write the configuration.

    On a terminal every answer that no option gives is asked for, and "<" goes back to the question before. Without one,
    an answer that is missing ends the command with status 2.
    """
    from tuimail.cli.accounts.conversation import Conversation

    given = _given(options)
    asks = can_ask() and not no_input
    conversation = Conversation(session.paths.config, _taken(session), given, asks=asks)
    try:
        wizard = conversation.run()
    finally:
        conversation.close()
    if as_json:
        output.write_json(_document(wizard, session))
        return
    inbox = "" if wizard.messages is None else f" {counted(wizard.messages, 'message')} in the inbox."
    output.write_line(f"Account {wizard.name} is set up.{inbox} Password: {wizard.kept_in}.")
    say("`tuimail` opens the app; `tuimail sync` fetches the mail now. Where it is open, r takes the account in.")


def _taken(session: Session) -> list[str]:
    """The names of the accounts; a configuration that was named and is not there is made."""
    from tuimail.config.load import load_config

    session.start_log()
    return list(load_config(session.paths.config).accounts)


def _given(options: dict[str, Any]) -> Given:
    from tuimail.cli.accounts.given import Given, ServerOptions

    if options["imap_host"] and options["pop3_host"]:
        raise ConfigError("--imap-host and --pop3-host name two ways for mail to come.", hint="Give one of them.")
    if options["password_stdin"] and options["password_command"]:
        raise ConfigError("--password-stdin and --password-command both name a password.", hint="Give one of them.")
    servers = {
        kind: ServerOptions(*(options.pop(f"{kind}_{what}") for what in ("host", "port", "security")))
        for kind in ("imap", "pop3", "smtp")
    }
    protocol = options.pop("protocol") or next((kind for kind in ("imap", "pop3") if servers[kind].host), None)
    if protocol and servers["pop3" if protocol == "imap" else "imap"].host:
        raise ConfigError(f"--protocol {protocol} and the host of another protocol do not go together.")
    command = options.pop("password_command")
    password = _first_line() if options.pop("password_stdin") else ""
    ca_file = options.pop("ca_file")
    return Given(
        **options,
        protocol=Protocol(protocol) if protocol else None,
        servers=servers,
        password=password,
        password_command=tuple(shlex.split(command)) if command else (),
        ca_file=str(ca_file.absolute()) if ca_file else "",
    )


def _first_line() -> str:
    from tuimail.config.logs import keep_out

    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise ConfigError("Standard input has no password.", hint="Its first line must be the password.")
    keep_out(line)
    return line


def _document(wizard: Wizard, session: Session) -> dict[str, Any]:
    account = wizard.account()
    servers = {
        kind: {
            "host": server.host,
            "port": server.port,
            "security": server.security.value,
            "username": server.username,
            "auth": server.auth.value,
            "tls_fingerprint": server.tls_fingerprint or None,
        }
        for kind in ("imap", "pop3", "smtp")
        if (server := getattr(account, kind)) is not None
    }
    return {
        "name": wizard.name,
        "address": account.address,
        "protocol": account.protocol.value,
        "servers": servers,
        "messages": wizard.messages,
        "kept_in": wizard.kept_in,
        "sending": wizard.servers.outgoing_problem or None,
        "config": str(session.paths.config),
    }
