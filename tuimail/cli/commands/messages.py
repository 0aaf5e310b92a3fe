"""`tuimail messages`: a list, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import COUNT, LARGEST_ID, json_option
from tuimail.cli.session import Session, check_known, say
from tuimail.model.errors import ConfigError
from tuimail.model.units import short_size

if TYPE_CHECKING:
    from tuimail.model.ids import MailboxId
    from tuimail.model.message import Message
    from tuimail.store.accounts import AccountStatus
    from tuimail.store.database import Connection

DEFAULT_LIMIT = 50
"""Of the list for people; JSON has no limit unless one is given."""
_TITLES = ("ID", "FLAGS", "DATE", "SIZE", "ACCOUNT", "MAILBOX", "FROM", "SUBJECT")
_MARKS = (("\\Flagged", "!"), ("\\Answered", "r"), ("\\Draft", "d"))


@click.command("messages", cls=Verb)
@click.option("--account", metavar="NAME", help="Only messages of this account.")
@click.option("--mailbox", metavar="MAILBOX", help=r"Only of this mailbox: a name, or a special use such as \Inbox.")
@click.option("--limit", type=COUNT, metavar="N", help="At most N messages (50 unless --json).")
@click.option("--offset", type=COUNT, default=0, metavar="N", help="Leave out the first N.")
@click.option("--threads", is_flag=True, help="Put the messages of a conversation together.")
@json_option
@pass_session
def command(
    session: Session,
    *,
    account: str | None,
    mailbox: str | None,
    limit: int | None,
    offset: int,
    threads: bool,
    as_json: bool,
) -> None:
    """List messages of a mailbox, of an account or of all, newest first.

    \b
    FLAGS:
      N  not seen yet        @  has attachments
      !  flagged             *  a change of it waits for the server
      r  answered
      d  a draft
    """
    if limit is None and not as_json:
        limit = DEFAULT_LIMIT
    end = None if limit is None else min(offset + limit, LARGEST_ID)
    found = _read(session, account, mailbox, end, threads=threads)
    shown = found[offset : None if limit is None else offset + limit]
    if as_json:
        from tuimail.cli.documents import message_document

        output.write_json([message_document(message) for message in shown])
        return
    if not found:
        say("No messages are here.")
    hidden = set() if mailbox is None else {"MAILBOX"}
    if account is not None or _has_one_account(session):
        hidden.add("ACCOUNT")
    rows = [[cell for title, cell in row.items() if title not in hidden] for row in _rows(shown, threads=threads)]
    output.write_table(
        [title for title in _TITLES if title not in hidden],
        rows,
        right=("ID", "SIZE"),
        cut=[title for title in ("ACCOUNT", "MAILBOX", "FROM", "SUBJECT") if title not in hidden],
    )


def _has_one_account(session: Session) -> bool:
    from tuimail.store.accounts import list_accounts

    return len(session.store.mail.read(list_accounts)) == 1


def _read(
    session: Session, account: str | None, mailbox: str | None, limit: int | None, *, threads: bool
) -> list[Message]:
    from tuimail.store import thread_list, unified
    from tuimail.store.accounts import list_accounts
    from tuimail.store.mailboxes import list_mailboxes
    from tuimail.store.read import list_messages, read_messages

    known = {status.name: status for status in session.store.mail.read(list_accounts)}
    if account is not None:
        check_known(account, {*known, *session.config.accounts})
        known = {name: status for name, status in known.items() if name == account}
        if not known and mailbox is None:
            return []
    elif mailbox is not None and mailbox.startswith("\\"):
        # The views of all accounts leave hidden ones out, as in the app.
        hidden = {name for name, configured in session.config.accounts.items() if configured.hidden}
        known = {name: status for name, status in known.items() if name not in hidden}

    def read(connection: Connection) -> list[Message]:
        account_id = known[account].id if account is not None else None
        if mailbox is None and not threads:
            return list_messages(connection, account_id=account_id, limit=limit)
        if mailbox is None:
            mailbox_ids = [one.id for one in list_mailboxes(connection, account_id)]
        else:
            mailbox_ids = _mailboxes_called(connection, mailbox, list(known.values()))
        list_ids = thread_list.list_ids_by_thread if threads else unified.list_ids
        return read_messages(connection, list_ids(connection, mailbox_ids, limit=limit))

    return session.store.mail.read(read)


def _mailboxes_called(connection: Connection, name: str, accounts: list[AccountStatus]) -> list[MailboxId]:
    """The mailbox of each account that has one of this name or use; raises ConfigError when none has."""
    from tuimail.store.mailboxes import find_mailbox

    found = []
    problem = ConfigError(f"There is no mailbox '{name}'.", hint="Nothing was synced yet: run `tuimail sync`.")
    for status in accounts:
        try:
            found.append(find_mailbox(connection, status.id, name).id)
        except ConfigError as error:
            problem = error
    if not found:
        raise problem
    return found


def _rows(messages: list[Message], *, threads: bool) -> list[dict[str, str]]:
    """The cells of each message by their titles."""
    rows = []
    above: int | None = None
    for message in messages:
        flags = "".join((" " if message.flags.seen else "N", *(m for flag, m in _MARKS if message.flags.has(flag))))
        flags += ("@" if message.has_attachments else "") + ("*" if message.pending else "")
        sender = ", ".join(address.label for address in message.envelope.from_)
        indent = "  " if threads and message.thread_id == above else ""
        above = message.thread_id
        cells = (
            str(message.id),
            flags.strip(),
            output.local_time(message.date),
            short_size(message.size_octets),
            message.account,
            message.mailbox,
            output.shorten(sender, 30),
            indent + message.envelope.subject,
        )
        rows.append(dict(zip(_TITLES, cells, strict=True)))
    return rows
