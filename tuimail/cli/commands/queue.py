"""`tuimail queue`: the journal of changes that a server has not confirmed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option, number
from tuimail.cli.session import Session, say
from tuimail.model.ids import OperationId
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.held import Answer
    from tuimail.store.journal import QueuedOperation

    Act = Callable[[Connection, OperationId, int], Answer]

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


@command.command("retry", cls=Verb, short_help="Try operations again with the next sync; agree to removals.")
@_ops_argument
@json_option
@pass_session
def retry(session: Session, ops: tuple[int, ...], as_json: bool) -> None:
    """Try failed, held and postponed operations again with the next sync; all of them unless OPs are given.

    A removal that asks is agreed to by naming its OP: the next sync removes those messages here too.
    """
    from tuimail.store import held

    _act(session, ops, lambda connection, op, _now: held.accept(connection, op), _RETRIED, as_json=as_json)


@command.command("hold", cls=Verb, short_help="Keep operations from being sent.")
@_ops_argument
@json_option
@pass_session
def hold(session: Session, ops: tuple[int, ...], as_json: bool) -> None:
    """Keep waiting operations from being sent until they are retried; all of them unless OPs are given."""
    from tuimail.store import journal
    from tuimail.store.held import Answer

    _act(session, ops, lambda connection, op, _now: Answer(journal.hold(connection, [op])), _HELD, as_json=as_json)


@command.command("discard", cls=Verb, short_help="Give operations up; refuse removals.")
@_ops_argument
@click.option("--all", "everything", is_flag=True, help="All operations but removals that ask.")
@json_option
@pass_session
def discard(session: Session, ops: tuple[int, ...], everything: bool, as_json: bool) -> None:
    """Give operations up: what you see becomes what the server has.

    A removal that asks is refused by naming its OP: the next sync puts those messages back on the server.
    """
    from tuimail.store import held

    if bool(ops) == everything:
        raise click.UsageError("Name the operations to discard (`tuimail queue list` shows them), or add --all.")
    _act(session, ops, lambda connection, op, now: held.discard(connection, op, now=now), _DISCARDED, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Words:
    """What was done, in words: to changes, and to the messages of a removal."""

    changes: str
    removals: str


_RETRIED = _Words("to be tried again", "removed here with the next sync; `tuimail recover` has them for 7 days")
_HELD = _Words("held", "held again")
_DISCARDED = _Words("discarded", "put back on the server with the next sync")


def _act(session: Session, ops: tuple[int, ...], act: Act, words: _Words, *, as_json: bool) -> None:
    """Run `act` on each operation, in one transaction; an operation named in vain is a failure."""
    from tuimail.store import held, journal

    now = int(time.time())

    def write(connection: Connection) -> tuple[dict[int, QueuedOperation], set[OperationId], dict[int, Answer]]:
        queued = {int(operation.op): operation for operation in journal.list_queue(connection)}
        removals = held.removals_of(connection)
        # What asks is answered by its own number, never along with everything else.
        chosen = dict.fromkeys(ops) if ops else dict.fromkeys(sorted(set(queued) - removals))
        return queued, removals, {op: act(connection, OperationId(op), now) for op in chosen}

    queued, removals, answers = session.store.mail.write(write, durable=True)
    for op in ops:
        if op not in queued:
            session.fail(f"There is no operation {op} in the queue.")
        elif answers[op].left:
            session.fail(
                f"{counted(answers[op].left, 'message')} of {queued[op].mailbox} cannot be put back: without a body"
                f" here. Operation {op} goes on asking about them."
            )
        elif not answers[op].done:
            session.fail(
                f"Operation {op} is not in a state in which it could be {words.changes}. See `tuimail queue list`."
            )
    if as_json:
        _write_queue(session, as_json=True)
        return
    for op in [op for op in answers if op in removals and answers[op].done]:
        output.write_line(f"{counted(answers[op].done, 'message')} of {queued[op].mailbox} {words.removals}.")
    others = [op for op in answers if op not in removals]
    if others or not answers:
        output.write_line(f"{counted(sum(answers[op].done for op in others), 'change')} {words.changes}.")
    if not ops:
        _tell_removals([queued[op] for op in sorted(removals) if queued[op].state == "held"])


def _tell_removals(asked: Sequence[QueuedOperation]) -> None:
    """What asks, and how to answer."""
    for operation in asked:
        say(
            f"Operation {operation.op} asks. Account {operation.account}: {operation.last_reply}"
            f" `tuimail queue retry {operation.op}` removes them here too, `tuimail queue discard {operation.op}`"
            " puts them back on the server."
        )


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
                change_words(operation.kind, operation.argument),
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
        cut=("ACCOUNT", "MAILBOX", "TARGET", "REPLY"),
    )
    _tell_removals([one for one in operations if one.kind == "remove" and one.state == "held"])


def change_words(kind: str, argument: str) -> str:
    """What an operation does, such as "set Flagged" for the argument +\\Flagged."""
    sign, flag = argument[:1], argument[1:].removeprefix("\\")
    if kind == "flag" and sign in {"+", "-"}:
        return f"{'set' if sign == '+' else 'clear'} {flag}"
    return f"{kind} {argument}".strip()
