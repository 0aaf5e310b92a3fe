"""What commands need to make and show rules: the screens, the file, and telling what rules have done by themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from tuimail.config.paths import rules_path
from tuimail.model.errors import TuimailError
from tuimail.model.hints import HintKind
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.units import counted
from tuimail.store import mailboxes, read, rule_counts, rule_edits
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from tuimail.config.rules import Rule, RuleBook
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change
    from tuimail.store.store import Store
    from tuimail.ui.models.rule_draft import MadeRule
    from tuimail.ui.screens.rule_list import RulesShown

MOST_EXAMPLES = 200
"""Of more messages the first say what they have in common."""
Pick = Callable[[str, list[MessageId]], Awaitable[MailboxId | None]]
Write = Callable[[Callable[["Connection"], "Change | None"]], Awaitable[bool]]


class RulesDesk:
    """`pick` lets the user choose a mailbox, `change` writes a change of the user and tells it."""

    def __init__(self, session: Session, screen: CommandScreen[None], pick: Pick, change: Write) -> None:
        self._session = session
        self._screen = screen
        self._pick = pick
        self._change = change
        self._filed: int | None = None
        self._pending: dict[str, str] = {}
        self._stamp: tuple[int, int] | None = None
        self._told: tuple[str, ...] = ()

    @property
    def _path(self) -> Path:
        return rules_path(self._session.config_path)

    async def make(self, ids: list[MessageId]) -> MadeRule | None:
        """See `commands.desk.RulesView`."""
        from tuimail.ui.models.rule_draft import RuleDraft, conditions_of
        from tuimail.ui.screens.rule_maker import RuleMaker

        examples = await self._session.read_later(partial(read.read_messages, ids=ids[:MOST_EXAMPLES]))
        conditions = conditions_of(examples)
        if not conditions:
            self._screen.say("These messages have nothing in common that a rule could go by.", severity="warning")
            return None
        accounts = {one.account for one in examples}
        taken = [rule.name for rule in (await self.book()).rules]
        draft = RuleDraft(conditions, accounts.pop() if len(accounts) == 1 else "", taken)

        async def pick() -> str | None:
            mailbox_id = await self._pick("Always move to", ids)
            found = None if mailbox_id is None else self._session.read(partial(_mailbox, mailbox_id=mailbox_id))
            if found is None:
                return None
            name, account = found
            if draft.account and account != draft.account:
                self._screen.say("A rule moves messages within their account: choose a mailbox of it.")
                return None
            return name

        made: MadeRule | None = await self._screen.app.push_screen_wait(RuleMaker(self._session, draft, pick))
        return made

    async def book(self) -> RuleBook:
        """The rules that hold, with the file brought in line; what is wrong with it is told once."""
        path = self._path

        def load(store: Store) -> RuleBook:
            return rule_edits.read_book(store.mail, path)

        found = await self._session.render(load)
        new = [problem for problem in found.problems if problem not in self._told]
        self._told = found.problems
        if new:
            more = f" And {counted(len(new) - 1, 'more problem')}: the screen of rules names all." if new[1:] else ""
            self._screen.say(f"{new[0]}{more}", severity="warning", seconds=10)
        return found

    async def show(self) -> None:
        """See `commands.desk.RulesView`."""
        from tuimail.ui.screens.rule_list import RuleListScreen

        screen = RuleListScreen(self._session.clock(), self._load, self._set_disabled, self._remove)
        await self._screen.app.push_screen_wait(screen)

    async def _load(self) -> RulesShown:
        from tuimail.ui.screens.rule_list import RuleRow, RulesShown

        book = await self.book()
        acted = await self._session.read_later(rule_counts.actions)
        rows = tuple(
            RuleRow(rule, acted[rule.name].acted, acted[rule.name].last_at) if rule.name in acted else RuleRow(rule)
            for rule in book.rules
        )
        return RulesShown(rows, book.problems)

    async def _set_disabled(self, rule: Rule, disabled: bool) -> None:
        from tuimail.config.rules import set_disabled

        path = self._path

        def write(_store: Store) -> None:
            set_disabled(path, rule.name, disabled=disabled)

        try:
            await self._session.render(write)
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        self._session.send(HintKind.JOURNAL)

    async def _remove(self, rule: Rule) -> None:
        from tuimail.store import rules

        now = int(self._session.clock())
        await self._change(partial(rules.drop_rule, rule=rule, now=now))

    def store_changed(self) -> None:
        """Tell on how many new messages rules have acted since the last look; keep the file of rules in line.

        A file that has changed, or is seen for the first time, is read: what is wrong with it is told.
        """
        before = self._filed
        self._filed, pending = self._session.read(_look)
        stamp = _stamp(self._path)
        # What could not be written is tried again when there is more to write.
        if (pending and pending != self._pending) or stamp not in {None, self._stamp}:
            self._screen.start_task(self._check())
        self._pending, self._stamp = pending, stamp
        if before is not None and self._filed > before:
            self._screen.say(f"{counted(self._filed - before, 'message')} filed by rules")

    async def _check(self) -> None:
        await self.book()


def _look(connection: Connection) -> tuple[int, dict[str, str]]:
    """On how many new messages rules have acted, ever; what the file of rules does not say yet."""
    return rule_counts.count_filed(connection), rule_edits.pending(connection)


def _stamp(path: Path) -> tuple[int, int] | None:
    """What differs after a file was written; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _mailbox(connection: Connection, mailbox_id: MailboxId) -> tuple[str, str] | None:
    """Its name and its account's."""
    found = mailboxes.read_mailbox(connection, mailbox_id)
    return None if found is None else (found.name, found.account)
