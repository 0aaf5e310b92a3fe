"""`tuimail queue`: the journal of changes that a server has not confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb
from tuimail.cli.mail import json_option, number
from tuimail.cli.session import Session, pass_session, say
from tuimail.model.ids import OperationId
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.store.database import Connection

    Act = Callable[[Connection, OperationId], int]

_ops_argument = click.argument("ops", metavar="[OP]...", type=number("the number of an operation"), nargs=-1)


@click.group("queue")
def command() -> None:
    """The changes that a server has not confirmed yet."""


@command.command("list", cls=Verb)
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the queue, oldest first."""
    _write_queue(session, as_json=as_json)


@command.command("retry", cls=Verb, short_help="Try operations again with the next sync.")
@_ops_argument
@json_option
@pass_session
def retry(session: Session, ops: tuple[int, ...], as_json: bool) -> None:
    """Try failed, held and postponed operations again with the next sync; all of them unless OPs are given."""
    from tuimail.store import journal

    _act(session, ops, lambda connection, op: journal.retry(connection, [op]), "to be tried again", as_json=as_json)


@command.command("hold", cls=Verb, short_help="Keep operations from being sent.")
@_ops_argument
@json_option
@pass_session
def hold(session: Session, ops: tuple[int, ...], as_json: bool) -> None:
    """Keep waiting operations from being sent until they are retried; all of them unless OPs are given."""
    from tuimail.store import journal

    _act(session, ops, lambda connection, op: journal.hold(connection, [op]), "held", as_json=as_json)


@command.command("discard", cls=Verb, short_help="Give operations up.")
@_ops_argument
@click.option("--all", "everything", is_flag=True, help="All operations.")
@json_option
@pass_session
def discard(session: Session, ops: tuple[int, ...], everything: bool, as_json: bool) -> None:
    """Give operations up: what you see becomes what the server has."""
    from tuimail.store import journal

    if bool(ops) == everything:
        raise click.UsageError("Name the operations to discard (`tuimail queue list` shows them), or add --all.")
    _act(session, ops, lambda connection, op: journal.discard(connection, [op]), "discarded", as_json=as_json)


def _act(session: Session, ops: tuple[int, ...], act: Act, done: str, *, as_json: bool) -> None:
    """Run `act` on each operation, in one transaction; an operation named in vain is a failure."""
    from tuimail.store import journal

    def write(connection: Connection) -> tuple[set[int], dict[int, int]]:
        queued = {int(operation.op) for operation in journal.list_queue(connection)}
        chosen = dict.fromkeys(ops) if ops else dict.fromkeys(sorted(queued))
        return queued, {op: act(connection, OperationId(op)) for op in chosen}

    queued, counts = session.store.mail.write(write, durable=True)
    for op in ops:
        if op not in queued:
            session.fail(f"There is no operation {op} in the queue.")
        elif not counts[op]:
            session.fail(f"Operation {op} is not in a state in which it could be {done}. See `tuimail queue list`.")
    changed = sum(counts.values())
    if as_json:
        _write_queue(session, as_json=True)
    else:
        output.write_line(f"{counted(changed, 'change')} {done}.")


def _write_queue(session: Session, *, as_json: bool) -> None:
    from tuimail.store import journal

    operations = session.store.mail.read(journal.list_queue)
    if as_json:
        from tuimail.cli.documents import operation_document

        output.write_json([operation_document(operation) for operation in operations])
        return
    if not operations:
        say("The queue is empty: the servers know every change.")
    output.write_table(
        ("OP", "ACCOUNT", "CHANGE", "MESSAGES", "MAILBOX", "TARGET", "STATE", "TRIES", "REPLY"),
        [
            (
                str(operation.op),
                operation.account,
                f"{operation.kind} {operation.argument}".strip(),
                str(len(operation.ids)),
                operation.mailbox,
                operation.target,
                operation.state,
                str(operation.attempts),
                operation.last_reply,
            )
            for operation in operations
        ],
        right=("OP", "MESSAGES", "TRIES"),
    )
