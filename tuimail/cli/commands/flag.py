"""`tuimail flag`: system flags and keywords."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import F, change, change_options, find_messages, ids_argument, tell
from tuimail.cli.session import Session
from tuimail.model.flags import Flags

_FLAGS = {"\\Seen": "seen", "\\Flagged": "flagged", "\\Answered": "answered"}


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


def _switch_options(command: F) -> F:
    """Two options for each system flag: of one `--seen/--unseen`, the last given would win unseen."""
    for name in reversed(_FLAGS.values()):
        command = click.option(f"--un{name}", is_flag=True, help=f"Not {name}.")(command)
        command = click.option(f"--{name}", is_flag=True, help=f"{name.capitalize()}.")(command)
    return command


@click.command("flag", cls=Verb)
@ids_argument
@_switch_options
@click.option("--add", multiple=True, metavar="KEYWORD", callback=_check_flag, help="Set a keyword.")
@click.option("--remove", multiple=True, metavar="KEYWORD", callback=_check_flag, help="Clear a keyword.")
@change_options
@pass_session
def command(
    session: Session,
    /,
    *,
    ids: tuple[int, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    push: bool,
    as_json: bool,
    **switches: bool,
) -> None:
    """Set and clear flags of messages."""
    from tuimail.store import changes

    wanted_on = list(dict.fromkeys([*(flag for flag, name in _FLAGS.items() if switches[name]), *add]))
    wanted_off = list(dict.fromkeys([*(flag for flag, name in _FLAGS.items() if switches[f"un{name}"]), *remove]))
    if not wanted_on and not wanted_off:
        raise click.UsageError("Say which flag to change, such as --seen or --add KEYWORD.")
    cleared = {name.lower() for name in wanted_off}
    if both := [name for name in wanted_on if name.lower() in cleared]:
        raise click.UsageError(f"{both[0]} cannot be set and cleared at once.")
    messages = find_messages(session, ids)
    targets = [message.id for message in messages]
    if not targets:
        return
    done = change(
        session,
        lambda connection, now: [changes.change_flags(connection, targets, add=wanted_on, remove=wanted_off, now=now)],
    )
    tell(session, done, as_json=as_json, push=push, accounts=(message.account for message in messages))
