"""The JSON documents of the command line. Names and meanings are a contract: scripts rely on them (docs/cli.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tuimail.cli.output import utc

if TYPE_CHECKING:
    from tuimail.cli.secrecy import SecuredMessage
    from tuimail.engine.report import AccountReport
    from tuimail.mime.render import RenderedMessage
    from tuimail.model.address import Address
    from tuimail.model.mailbox import Mailbox
    from tuimail.model.message import Message
    from tuimail.store.journal import QueuedOperation
    from tuimail.store.recorder import Change
    from tuimail.store.tombstones import Tombstone
    from tuimail.ui.origins import Origin

Document = dict[str, Any]


def mailbox_document(mailbox: Mailbox) -> Document:
    """One element of `mailboxes --json`."""
    return {
        "account": mailbox.account,
        "name": mailbox.name,
        "special_use": None if mailbox.special_use is None else mailbox.special_use.value,
        "attributes": list(mailbox.attributes),
        "delimiter": mailbox.delimiter,
        "total": mailbox.total,
        "unseen": mailbox.unseen,
        "uid_validity": mailbox.uid_validity,
        "uid_next": mailbox.uid_next,
        "highest_modseq": mailbox.highest_mod_seq,
        "subscribed": mailbox.subscribed,
        "selectable": mailbox.selectable,
        "synced_at": utc(mailbox.synced_at),
    }


def message_document(message: Message) -> Document:
    """One element of `messages --json`."""
    envelope = message.envelope
    return {
        "id": message.id,
        "account": message.account,
        "mailbox": message.mailbox,
        "uid": message.uid,
        "message_id": envelope.message_id,
        "thread_id": message.thread_id,
        "subject": envelope.subject,
        "from": _addresses(envelope.from_),
        "to": _addresses(envelope.to),
        "cc": _addresses(envelope.cc),
        "date": utc(message.date),
        "internal_date": utc(message.internal_date),
        "size": message.size_octets,
        "flags": message.flags.names(),
        "has_attachments": message.has_attachments,
        "snippet": message.snippet,
        "body": message.body.name.lower(),
        "pending": message.pending,
    }


def shown_document(
    message: Message, rendered: RenderedMessage, origin: Origin, secured: SecuredMessage | None = None
) -> Document:
    """One line of `show --json`; `secured`: the message where it is signed or encrypted."""
    from tuimail.cli.senders import notice_documents
    from tuimail.mime.render import attachments_of

    return {
        **message_document(message),
        "headers": [[name, value] for name, value in rendered.all_headers],
        "text": rendered.text if secured is None else secured.view.text,
        "html": rendered.html,
        "attachments": [
            {
                "part": attachment.part,
                "filename": attachment.filename,
                "type": attachment.content_type,
                "size": attachment.size_octets,
                "inline": attachment.inline,
            }
            for attachment in (rendered.attachments if secured is None else attachments_of(secured.view.parts))
        ],
        "reply_to": rendered.reply_to,
        "authentication": rendered.authentication,
        "notices": notice_documents(rendered.notices if secured is None else secured.notices),
        "security": [] if secured is None else notice_documents(secured.security),
        "sender": {
            "word": origin.authentication.word,
            "detail": list(origin.authentication.detail),
            "doubts": notice_documents(origin.notices),
        },
    }


def tombstone_document(tombstone: Tombstone) -> Document:
    """One element of `recover list --json`."""
    return {**message_document(tombstone.message), "vanished_at": utc(tombstone.vanished_at)}


def operation_document(operation: QueuedOperation) -> Document:
    """One element of `queue list --json`."""
    return {
        "op": operation.op,
        "account": operation.account,
        "kind": operation.kind,
        "mailbox": operation.mailbox,
        "target": operation.target,
        "argument": operation.argument,
        "ids": list(operation.ids),
        "state": operation.state,
        "attempts": operation.attempts,
        "last_reply": operation.last_reply,
        "created_at": utc(operation.created_at),
        "next_try_at": utc(operation.next_try_at),
    }


def change_document(change: Change) -> Document:
    """What a command that changes mail prints with `--json`; the ids of `copy` are those of the copies."""
    return {"change": change.id, "title": change.title, "ids": list(change.message_ids)}


_REPORT_KEYS = (
    "ok", "error", "mailboxes", "new", "changed", "vanished", "pushed", "failed", "held",
    "bytes_in", "bytes_out", "round_trips", "seconds",
)  # fmt: skip


def report_document(report: AccountReport, *, with_plan: bool = False) -> Document:
    """What `sync --json` says of one account; a dry run adds its `plan`."""
    document: Document = {key: getattr(report, key) for key in _REPORT_KEYS}
    if with_plan:
        document["plan"] = list(report.plan)
    return document


def _addresses(addresses: Iterable[Address]) -> list[Document]:
    return [{"name": address.name, "address": address.address} for address in addresses]
