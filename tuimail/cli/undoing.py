"""What `undo` and `redo` share: taking so many steps, and telling what came of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tuimail.cli.mail import change, tell
from tuimail.cli.session import Session

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change


class Step(Protocol):
    """`undo.undo` or `undo.redo`."""

    def __call__(self, connection: Connection, /, *, now: int) -> Change | None:
        """Take one step; None when there is none to take."""
        ...


def take_steps(
    session: Session, step: Step, count: int, *, verb: str, done_word: str, as_json: bool, push: bool
) -> None:
    """Take `count` steps, or as many as there are; `verb` is "undo", `done_word` "undone"."""
    from tuimail.store import accounts, mailboxes, read

    def write(connection: Connection, now: int) -> list[Change]:
        done: list[Change] = []
        while len(done) < count and (taken := step(connection, now=now)) is not None:
            done.append(taken)
        return done

    tried = change(session, write)
    if len(tried) < count:
        session.fail(
            f"There is nothing to {verb}." if not tried else f"No more than {len(tried)} could be {done_word}."
        )
    for one in tried:
        if one.is_empty:
            session.fail(f"{one.title}.")

    def touched(connection: Connection) -> set[str]:
        ids = [id_ for one in tried for id_ in (*one.message_ids, *one.left_ids)]
        places = [read.body_place(connection, id_) for id_ in ids]
        boxes = [mailboxes.read_mailbox(connection, id_) for one in tried for id_ in one.mailbox_ids]
        own = {found.account_id for found in (*places, *boxes) if found is not None}
        return {status.name for status in accounts.list_accounts(connection) if status.id in own}

    done = [one for one in tried if not one.is_empty]
    if done or as_json:
        names = session.store.mail.read(touched) if push else set()
        tell(session, done, as_json=as_json, push=push, accounts=sorted(names))
