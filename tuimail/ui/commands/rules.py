"""Rules: what is always done with messages like these."""

from __future__ import annotations

from functools import partial

from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command


@command("rules.make", "L", "Always do this", MAIL)
async def make_rule(desk: Desk) -> None:
    """Make a rule from the message: for its sender or its mailing list; shows first what it would do. One undo."""
    ids = desk.selected()
    made = await desk.rules.make(ids) if ids else None
    if made is not None:
        from tuimail.store import rules

        by = desk.triage.archive_by
        await desk.change(partial(rules.make_rule, rule=made.rule, ids=made.ids, archive_by=by, now=desk.now))


@command("rules.list", "", "Rules", (Context.EVERYWHERE,))
async def list_rules(desk: Desk) -> None:
    """Show the rules, with how often each has acted; let one rest, or take it away."""
    await desk.rules.show()
