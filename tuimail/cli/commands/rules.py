"""`tuimail rules`: what is always done with new messages: shown, made, tried out, taken away."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change, change_options, json_option, tell
from tuimail.cli.session import Session, check_known, say
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from tuimail.config.rules import Rule, RuleBook
    from tuimail.model.ids import MessageId
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change

MOST_TRIED = 50
"""So many messages of each rule `rules test` prints for people."""


@click.group("rules")
def command() -> None:
    """What is always done with new messages."""


def _path(session: Session) -> Path:
    return session.paths.rules


def _book(session: Session) -> RuleBook:
    """The rules that hold; what is wrong with others is named on stderr, and makes the command end with status 1."""
    from tuimail.store.rule_edits import read_book

    book = read_book(session.store.mail, _path(session))
    for problem in book.problems:
        session.fail(problem)
    return book


def _rule(session: Session, name: str) -> Rule:
    rule = _book(session).named(name)
    if rule is None:
        raise ConfigError(f"There is no rule '{name}'.", hint="`tuimail rules list` names them.")
    return rule


@command.command("list", cls=Verb)
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Print the rules in their order, with how often each has acted."""
    from tuimail.config.rules import about, deeds
    from tuimail.store.rule_counts import actions

    book = _book(session)
    acted = session.store.mail.read(actions)
    if as_json:
        import msgspec

        output.write_json(
            [
                {
                    **msgspec.to_builtins(rule),
                    "disabled": rule.disabled,
                    "acted": acted[rule.name].acted if rule.name in acted else 0,
                    "last_at": output.utc(acted[rule.name].last_at) if rule.name in acted else None,
                }
                for rule in book.rules
            ]
        )
        return
    output.write_table(
        ("NAME", "MESSAGES", "ARE", "ACTED", "LAST"),
        [
            (
                rule.name,
                about(rule),
                f"{deeds(rule)}{' (disabled)' if rule.disabled else ''}",
                str(acted[rule.name].acted if rule.name in acted else 0),
                output.local_time(acted[rule.name].last_at) if rule.name in acted else "",
            )
            for rule in book.rules
        ],
        right=("ACTED",),
        cut=("NAME", "MESSAGES", "ARE"),
    )


@command.command("add", cls=Verb)
@click.argument("name")
@click.option("--from", "from_", default="", metavar="ADDRESS", help="Messages from this address.")
@click.option("--domain", default="", help="Messages from addresses of this domain.")
@click.option("--list", "list_id", default="", metavar="ID", help="Messages of the mailing list with this List-Id.")
@click.option("--tag", default="", metavar="WORD", help="Messages whose subject begins with [WORD].")
@click.option("--account", default="", metavar="NAME", help="Only messages of this account.")
@click.option("--move", default="", metavar="MAILBOX", help="Move to this mailbox of the message's account.")
@click.option("--archive", is_flag=True, help="Move to the archive.")
@click.option("--junk", is_flag=True, help="Move to the junk mailbox.")
@click.option("--delete", is_flag=True, help="Move to the trash.")
@click.option("--seen", is_flag=True, help="Mark as seen.")
@click.option("--flag", is_flag=True, help="Flag.")
@click.option("--apply", "applies", is_flag=True, help="Also do it with messages that are in an inbox now.")
@change_options
@pass_session
def add(session: Session, /, *, applies: bool, push: bool, as_json: bool, **settings: str | bool) -> None:
    """Make a rule; `tuimail undo` takes it back with what it did."""
    from tuimail.config.rules import decode_rule
    from tuimail.store import rules

    table = {key.rstrip("_"): value for key, value in settings.items() if value}
    rule = decode_rule(table, _path(session), 1)
    if rule.account:
        check_known(rule.account, session.config.accounts)
    if _book(session).named(rule.name) is not None:
        raise ConfigError(f"There is a rule '{rule.name}' already.", hint="Give it another name.")

    def write(connection: Connection, now: int) -> list[Change]:
        ids = rules.find_matching(connection, rule, rules.inboxes_of(connection, rule)) if applies else []
        return [rules.make_rule(connection, rule, ids, archive_by=session.config.triage.archive_by, now=now)]

    done = change(session, write)
    _book(session)
    tell(session, done, as_json=as_json, push=push, accounts=session.config.accounts)
    if applies and not as_json and not any(one.message_ids for one in done):
        say("No message in an inbox is like this now.")


@command.command("remove", cls=Verb)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@change_options
@pass_session
def remove(session: Session, names: tuple[str, ...], push: bool, as_json: bool) -> None:
    """Take rules away; what they did stays."""
    from tuimail.store import rules

    found = [_rule(session, name) for name in dict.fromkeys(names)]
    done = change(session, lambda connection, now: [rules.drop_rule(connection, rule, now=now) for rule in found])
    _book(session)
    tell(session, done, as_json=as_json, push=push, accounts=())


@command.command("disable", cls=Verb)
@click.argument("name")
@pass_session
def disable(session: Session, name: str) -> None:
    """Let a rule rest."""
    _set_disabled(session, name, disabled=True)


@command.command("enable", cls=Verb)
@click.argument("name")
@pass_session
def enable(session: Session, name: str) -> None:
    """Let a rule that rests work again."""
    _set_disabled(session, name, disabled=False)


def _set_disabled(session: Session, name: str, *, disabled: bool) -> None:
    from tuimail.config.rules import set_disabled

    _rule(session, name)
    set_disabled(_path(session), name, disabled=disabled)


@command.command("test", cls=Verb, short_help="Show what rules would do with messages in the inboxes.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@json_option
@pass_session
def test(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Show which messages in the inboxes the rules (all that do not rest, or these) are about. Changes nothing."""
    from tuimail.config.rules import deeds
    from tuimail.store import read, rules

    book = _book(session)
    wanted = [_rule(session, name) for name in names] or list(book.active)

    def find(connection: Connection) -> list[list[MessageId]]:
        return [rules.find_matching(connection, rule, rules.inboxes_of(connection, rule)) for rule in wanted]

    found = list(zip(wanted, session.store.mail.read(find), strict=True))
    if as_json:
        output.write_json([{"name": rule.name, "ids": list(ids)} for rule, ids in found])
        return
    for rule, ids in found:
        output.write_line(f"{rule.name}: {len(ids)} in the inbox would be {deeds(rule)}")
        for message in session.store.mail.read(partial(read.read_messages, ids=ids[:MOST_TRIED])):
            sender = ", ".join(address.label for address in message.envelope.from_)
            output.write_line(f"  {message.id}  {sender}  {message.envelope.subject}")
        if len(ids) > MOST_TRIED:
            output.write_line(f"  and {len(ids) - MOST_TRIED} more")
