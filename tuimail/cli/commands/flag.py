"""`tuimail flag`: system flags and keywords."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb
from tuimail.cli.mail import change, change_options, find_messages, ids_argument, tell
from tuimail.cli.session import Session, pass_session
from tuimail.model.flags import Flags


def _check_flag(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name.startswith("\\"):
            if Flags.of([name]) == Flags() or name.lower() == "\\deleted":
                raise click.BadParameter(f"{name!r} is not a flag that can be set here.")
        elif not _is_keyword(name):
            raise click.BadParameter(f"{name!r} cannot be a keyword: no blanks, no quotes, no brackets, ASCII only.")
    return names


def _is_keyword(name: str) -> bool:
    """Whether `name` is an atom (RFC 9051, section 9, flag-keyword)."""
    return bool(name) and all("!" <= character <= "~" and character not in '(){%*"\\]' for character in name)


@click.command("flag", cls=Verb)
@ids_argument
@click.option("--seen/--unseen", default=None, help="Seen or not.")
@click.option("--flagged/--unflagged", default=None, help="Flagged or not.")
@click.option("--answered/--unanswered", default=None, help="Answered or not.")
@click.option("--add", multiple=True, metavar="KEYWORD", callback=_check_flag, help="Set a keyword.")
@click.option("--remove", multiple=True, metavar="KEYWORD", callback=_check_flag, help="Clear a keyword.")
@change_options
@pass_session
def command(
    session: Session,
    *,
    ids: tuple[int, ...],
    seen: bool | None,
    flagged: bool | None,
    answered: bool | None,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    push: bool,
    as_json: bool,
) -> None:
    """Set and clear flags of messages."""
    from tuimail.store import changes

    switches = {"\\Seen": seen, "\\Flagged": flagged, "\\Answered": answered}
    wanted_on = list(dict.fromkeys([*(flag for flag, on in switches.items() if on), *add]))
    wanted_off = list(dict.fromkeys([*(flag for flag, on in switches.items() if on is False), *remove]))
    if not wanted_on and not wanted_off:
        raise click.UsageError("Say which flag to change, such as --seen or --add KEYWORD.")
    if both := {name.lower() for name in wanted_on} & {name.lower() for name in wanted_off}:
        raise click.UsageError(f"{min(both)} cannot be set and cleared at once.")
    messages = find_messages(session, ids)
    targets = [message.id for message in messages]
    if not targets:
        return
    done = change(
        session,
        lambda connection, now: [changes.change_flags(connection, targets, add=wanted_on, remove=wanted_off, now=now)],
    )
    tell(session, done, as_json=as_json, push=push, accounts=(message.account for message in messages))
