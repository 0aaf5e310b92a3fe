"""Click groups whose commands are imported when they are run, and not to print the help.

Each group declares name, module and one line of help for every command, so that `--help` reads this table alone. A
test holds the lines to what the commands say of themselves.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

import click

from tuimail.cli.session import Session

pass_session = click.make_pass_decorator(Session)
"""Decorator: the command's first argument is the session."""


class LazyGroup(click.Group):
    """A group of `commands`: name → (module, summary); the module's `command` is the click command."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, as declared."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of `cmd_name`; None for a name that is not declared."""
        if cmd_name not in self.lazy:
            return None
        command = importlib.import_module(self.lazy[cmd_name][0]).command
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with.

        Raises:
            click.UsageError: there is none; the message names the nearest.
        """
        name = str(args[0]) if args else ""
        if name and not name.startswith("-") and name not in self.lazy:
            near = difflib.get_close_matches(name, self.lazy, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_module, summary) in self.lazy.items()])


class Verb(click.Command):
    """A command that takes `-v` behind its name too."""

    def __init__(self, name: str | None, **options: Any) -> None:
        super().__init__(name, **options)
        self.params.append(
            click.Option(
                ["-v", "--verbose"], is_flag=True, expose_value=False, hidden=True, callback=_be_verbose, is_eager=True
            )
        )


def _be_verbose(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and (session := context.find_object(Session)) is not None:
        session.be_verbose()
