"""`tuimail recover`: what vanished from a server, or was deleted where mailboxes live here, kept for seven days."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change, change_options, ids_argument, json_option, tell
from tuimail.cli.session import Session, check_known, say
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MessageId
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.tombstones import Tombstone

_LONGEST_NAME_OCTETS = 120
_UNSAFE = re.compile(r"[^\w.+@-]+")


@click.group("recover")
def command() -> None:
    """Messages that vanished from the server, and how to get them back."""


@command.command("list", cls=Verb)
@click.option("--account", metavar="ACCOUNT", help="Only of this account.")
@json_option
@pass_session
def list_(session: Session, account: str | None, as_json: bool) -> None:
    """List what vanished in the last seven days, the latest first."""
    from tuimail.store.accounts import list_accounts
    from tuimail.store.tombstones import list_tombstones

    known = {status.name: status.id for status in session.store.mail.read(list_accounts)}
    if account is not None:
        check_known(account, {*known, *session.config.accounts})
    found = session.store.mail.read(list_tombstones)
    found = [one for one in found if account in (None, one.message.account)]
    if as_json:
        from tuimail.cli.documents import tombstone_document

        output.write_json([tombstone_document(one) for one in found])
        return
    if not found:
        say("Nothing vanished in the last seven days.")
    output.write_table(
        ("ID", "VANISHED", "ACCOUNT", "MAILBOX", "DATE", "FROM", "BODY", "SUBJECT"),
        [
            (
                str(one.id),
                output.local_time(one.vanished_at),
                one.message.account,
                one.message.mailbox,
                output.local_time(one.message.date),
                ", ".join(address.label for address in one.message.envelope.from_),
                "here" if one.has_body else "lost",
                one.message.envelope.subject,
            )
            for one in found
        ],
        right=("ID",),
        cut=("ACCOUNT", "MAILBOX", "FROM", "SUBJECT"),
    )


@command.command("restore", cls=Verb, short_help="Put messages back on the server.")
@ids_argument
@click.option("--mailbox", metavar="MAILBOX", help="Put them there, not into the mailbox that they were in.")
@change_options
@pass_session
def restore(session: Session, ids: tuple[int, ...], mailbox: str | None, push: bool, as_json: bool) -> None:
    """Put messages back on the server, with their flags and dates; `undo` takes it back."""
    from tuimail.store import recovery

    dead = _find(session, ids)
    if not dead and not as_json:
        return
    done = change(session, lambda connection, now: [recovery.restore(connection, dead, mailbox, now=now)])
    accounts = [one.message.account for one in dead]
    tell(session, [one for one in done if not one.is_empty], as_json=as_json, push=push, accounts=accounts)


@command.command("export", cls=Verb, short_help="Write messages into files.")
@ids_argument
@click.option("--to", "directory", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Where to.")
@json_option
@pass_session
def export(session: Session, ids: tuple[int, ...], directory: Path, as_json: bool) -> None:
    """Write the exact octets of messages into DIR, a file each; a file that is there is never overwritten."""
    dead = _find(session, ids)
    written: list[tuple[MessageId, Path]] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for one in dead:
            body_id = one.body_id or 0
            chunks = session.store.bodies.read(partial(_load, body_id=body_id))
            written.append((one.id, _write(directory, _file_name(one), chunks)))
    except OSError as error:
        raise ConfigError(
            f"{error.filename or directory} cannot be written: {error.strerror}.",
            hint=f"{counted(len(written), 'message')} of {len(dead)} were written before. Choose another directory.",
        ) from error
    if as_json:
        output.write_json([{"id": id_, "file": str(path)} for id_, path in written])
        return
    for _id, path in written:
        output.write_line(str(path))


def _find(session: Session, ids: Iterable[int]) -> list[Tombstone]:
    """The tombstones of these ids whose octets are here; the others are named on stderr."""
    from tuimail.store.read import read_message
    from tuimail.store.tombstones import find_tombstone

    def read(connection: Connection) -> list[tuple[int, Tombstone | None, str]]:
        found = []
        for id_ in dict.fromkeys(ids):
            living = read_message(connection, MessageId(id_))
            found.append((id_, find_tombstone(connection, MessageId(id_)), "" if living is None else living.mailbox))
        return found

    dead = []
    for id_, tombstone, mailbox in session.store.mail.read(read):
        if tombstone is None:
            where = f"Message {id_} is in {mailbox}: it did not vanish." if mailbox else f"There is no message {id_}."
            session.fail(where)
        elif not tombstone.has_body:
            session.fail(f"Message {id_} vanished before its body was fetched: it cannot be recovered.")
        else:
            dead.append(tombstone)
    return dead


def _load(connection: Connection, body_id: int) -> list[bytes]:
    from tuimail.store.bodies import iterate_body

    return list(iterate_body(connection, body_id))


def _file_name(tombstone: Tombstone) -> str:
    """The id and what is harmless of the subject: one level, no leading dot, short enough for any file system."""
    subject = unicodedata.normalize("NFC", tombstone.message.envelope.subject)
    words = _UNSAFE.sub("-", subject).encode()[:_LONGEST_NAME_OCTETS].decode(errors="ignore").strip("-.")
    return f"{tombstone.id}-{words}" if words else str(tombstone.id)


def _write(directory: Path, name: str, chunks: Iterable[bytes]) -> Path:
    """A new file; where the name is taken, the next number is put behind it. None is left half written."""
    number = 1
    while True:
        path = directory / (f"{name}.eml" if number == 1 else f"{name}-{number}.eml")
        try:
            file = path.open("xb")
        except FileExistsError:
            number += 1
            continue
        try:
            with file:
                file.writelines(chunks)
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        return path
