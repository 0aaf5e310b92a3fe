"""`tuimail account check`: the doctor, as a table or as JSON. A symbol and a word say how each check ended."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option
from tuimail.cli.session import Session, is_terminal, lines_of, say
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from tuimail.config.schema import Config
    from tuimail.setup.doctor.checkup import Check

_SYMBOLS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}
_COLORS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "bright_black"}
_NAME_CELLS = 15


@click.command("check", cls=Verb)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="USE=MAILBOX",
    help="Let MAILBOX serve as drafts, sent, archive, junk or trash, and write that to the configuration (repeatable).",
)
@json_option
@pass_session
def command(session: Session, *, names: tuple[str, ...], mapped: tuple[str, ...], as_json: bool) -> None:
    """Check the accounts NAME (all of them by default) from the configuration to the mail, and say what helps."""
    from tuimail.cli.passwords import ask_missing, secret_finder
    from tuimail.setup.doctor.examine import Home, check_account

    accounts = session.account_names(names)
    wishes = _wishes(mapped)
    config = _with_wishes(session.config, accounts, wishes) if wishes else session.config
    secret_of = secret_finder(ask_missing(config, accounts))
    home = Home(session.paths.config, session.paths.data)
    documents = []
    for name in accounts:
        if not as_json:
            output.write_line(f"Account {name}")
        tell = _ignore if as_json else _show
        checks = asyncio.run(check_account(name, config, home, secret_of=secret_of, tell=tell))
        for check in _failings(session, name):
            checks.append(check)
            tell(check)
        documents.append(_document(name, checks))
        if not documents[-1]["ok"]:
            session.failed = True
        if not as_json:
            output.write_line(_sum(checks))
        _keep(session, name, wishes, checks)
    if as_json:
        output.write_json(documents[0] if names and len(documents) == 1 else documents)


def _failings(session: Session, name: str) -> list[Check]:
    """What the server was found to fail at while mail was synced: that is done another way."""
    from tuimail.cli.accounts.quirks import not_used
    from tuimail.setup.doctor.checkup import Check, State

    found = not_used(session, name)
    said = "; ".join(f"{extension}: {words}" for extension, words in found.items())
    fix = "Nothing: mail is synced without it, and it is tried again when the server changes, or in a month."
    return [Check("not used", State.WARNING, f"offered, but it fails: {said}", fix, found)] if found else []


def _document(name: str, checks: Sequence[Check]) -> dict[str, Any]:
    return {
        "account": name,
        "ok": not any(check.state.value == "failed" for check in checks),
        "checks": [
            {
                "name": check.name,
                "state": check.state.value,
                "said": check.said,
                "fix": check.fix,
                "details": check.details,
            }
            for check in checks
        ],
    }


def _ignore(_check: Check) -> None:
    """JSON is written when all is known."""


def _show(check: Check) -> None:
    state = check.state.value
    head = f"  {_SYMBOLS[state]} {state:<7}  {check.name:<{_NAME_CELLS}}  "
    in_color = is_terminal(sys.stdout) and "NO_COLOR" not in os.environ
    first, *more = lines_of(check.said, sys.stdout, indent=len(head))
    click.echo((click.style(head, fg=_COLORS[state]) if in_color else head) + first)
    for line in more:
        click.echo(" " * len(head) + line)
    for note in check.notes:
        _show_beneath("  ", note, len(head))
    if check.fix:
        _show_beneath("→ ", check.fix, len(head))


def _show_beneath(mark: str, text: str, indent: int) -> None:
    for number, line in enumerate(lines_of(text, sys.stdout, indent=indent + len(mark))):
        click.echo(" " * indent + (mark if number == 0 else " " * len(mark)) + line)


def _sum(checks: Sequence[Check]) -> str:
    counts = Counter(check.state.value for check in checks)
    return "  " + ", ".join(f"{counts[state]} {state}" for state in _SYMBOLS if counts[state])


def _wishes(mapped: Sequence[str]) -> dict[str, str]:
    from tuimail.config.schema import SpecialMailboxes

    wishes = {}
    for one in mapped:
        use, _, mailbox = one.partition("=")
        if use not in SpecialMailboxes.__struct_fields__ or not mailbox:
            uses = ", ".join(SpecialMailboxes.__struct_fields__)
            raise click.UsageError(f"--map {one!r} is not USE=MAILBOX, where USE is one of: {uses}.")
        wishes[use] = mailbox
    return wishes


def _with_wishes(config: Config, accounts: Sequence[str], wishes: Mapping[str, str]) -> Config:
    """The configuration as it would be: what is asked for is checked before it is written."""
    import msgspec

    if len(accounts) != 1:
        raise click.UsageError("--map needs the NAME of one account.")
    (name,) = accounts
    account = config.accounts[name]
    if account.imap is None:
        raise ConfigError(f"Account {name} is a POP3 account: its mailboxes are made here, and need no --map.")
    mailboxes = msgspec.structs.replace(account.imap.mailboxes, **wishes)
    imap = msgspec.structs.replace(account.imap, mailboxes=mailboxes)
    changed = msgspec.structs.replace(account, imap=imap)
    return msgspec.structs.replace(config, accounts={**config.accounts, name: changed})


def _keep(session: Session, name: str, wishes: Mapping[str, str], checks: Sequence[Check]) -> None:
    """Write those wishes that the server could fulfil."""
    from tuimail.config.edit import set_key

    by_name = {check.name: check for check in checks}
    for use, mailbox in wishes.items():
        check = by_name.get(f"mailbox {use}")
        if check is None or check.state.value != "ok":
            session.fail(f"{mailbox!r} was not written as {use}: the server did not say that there is such a mailbox.")
            continue
        set_key(session.paths.config, ("accounts", name, "imap", "mailboxes", use), mailbox)
        say(f"Written to {session.paths.config}: {use} is {mailbox}. It counts from the next start or sync.")
