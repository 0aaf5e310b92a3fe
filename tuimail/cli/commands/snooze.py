"""`tuimail snooze`: messages away until a time, and which are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change, change_options, find_messages, number, tell
from tuimail.cli.session import Session
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from tuimail.model.message import Message
    from tuimail.store.database import Connection


@click.command("snooze", cls=Verb)
@click.argument("ids", metavar="[ID...]", type=number("the id of a message"), nargs=-1)
@click.argument("when", metavar="[WHEN]", required=False)
@click.option("--list", "lists", is_flag=True, help="Print which messages are snoozed, and until when.")
@change_options
@pass_session
def command(
    session: Session, /, *, ids: tuple[int, ...], when: str | None, lists: bool, push: bool, as_json: bool
) -> None:
    """Put messages away until WHEN: "fri 14:30", 3h, "tomorrow evening", 2026-12-01."""
    if lists:
        if ids or when is not None:
            raise click.UsageError("--list takes no messages.")
        _list(session, as_json=as_json)
        return
    if when is None or not ids:
        raise click.UsageError('Say which messages, and until when: tuimail snooze 42 "fri 14:30"')
    until = _moment(session, when)
    messages = find_messages(session, ids)
    targets = [message.id for message in messages]
    if not targets:
        return
    from tuimail.store import snoozes

    done = change(session, lambda connection, now: [snoozes.snooze(connection, targets, until, now=now)])
    tell(session, done, as_json=as_json, push=push, accounts=(message.account for message in messages))


def _moment(session: Session, typed: str) -> int:
    """What was typed, in seconds since 1970 UTC.

    Raises:
        ConfigError: it is no time to come.
    """
    from tuimail.model.typed_moments import DayTimes, parse_moment

    settings = session.config.snooze
    moment = parse_moment(typed, int(time.time()), DayTimes.of(settings.morning, settings.evening))
    if moment is None:
        hint = 'Say it like 3h, 14:30, "tomorrow evening", "fri 14:30" or 2026-12-01, in local time.'
        raise ConfigError(f"'{typed}' is no time to come.", hint=hint)
    return moment


def _list(session: Session, *, as_json: bool) -> None:
    from tuimail.store import read, snooze_rows

    def found(connection: Connection) -> list[tuple[Message, int]]:
        until = {one.message_id: one.until for one in snooze_rows.list_snoozed(connection)}
        return [(message, until[message.id]) for message in read.read_messages(connection, list(until))]

    snoozed = session.store.mail.read(found)
    if as_json:
        from tuimail.cli.documents import message_document

        output.write_json([{**message_document(one), "snoozed_until": output.utc(until)} for one, until in snoozed])
        return
    output.write_table(
        ("ID", "UNTIL", "ACCOUNT", "FROM", "SUBJECT"),
        [
            (
                str(one.id),
                output.local_time(until),
                one.account,
                ", ".join(address.label for address in one.envelope.from_),
                one.envelope.subject,
            )
            for one, until in snoozed
        ],
        right=("ID",),
        cut=("FROM", "SUBJECT"),
    )
