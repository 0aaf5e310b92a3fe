"""Reads the conversations in `mail/*.toml` and turns them into messages with In-Reply-To, quotes and signatures.

A file holds `[[thread]]` tables: `subject`, `mailbox`, optional `charset` and `list`; each with `[[thread.mail]]`
tables in order of time:

    from, to, cc   keys of `people.PEOPLE`; `to` is the owner where it is absent
    age            "2d3h40m" before now
    parent         index of the mail answered: the one before, where absent
    quote          true: the answered text is quoted above
    flags          words such as "seen flagged $todo"; "seen" where absent
    encoding       the transfer encoding; flowed = true for format=flowed
    attach         names of sample files
    text           the body

Mail from the owner lies in Sent, but for drafts and what went to the list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from tuimail.demo.attachments import attachment
from tuimail.demo.builder import (
    SampleMessage,
    address_field,
    date_field,
    field,
    message,
    multipart,
    plain_fields,
    text_part,
)
from tuimail.demo.clock import before, message_id
from tuimail.demo.people import PEOPLE, SEEDBANK_LIST, Person

OWNER_KEY = "robin"
DELIVERY_TIME = timedelta(seconds=4)
LIST_FIELDS = {
    "List-Id": "Seed bank growers <growers.seedbank.example.net>",
    "List-Post": "<mailto:growers@seedbank.example.net>",
    "List-Unsubscribe": "<https://seedbank.example.net/growers/leave>, <mailto:growers-leave@seedbank.example.net>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "List-Archive": "<https://seedbank.example.net/growers/>",
    "Precedence": "list",
}


@dataclass(frozen=True, slots=True)
class _Mail:
    """One mail of a thread, with what a reply to it needs."""

    message_id: str
    references: tuple[str, ...]
    sender: Person
    date: datetime
    text: str


def conversations(now: datetime) -> Iterator[SampleMessage]:
    """Every mail of every conversation. Raises ValueError or KeyError when a file is wrong."""
    directory = files("tuimail.demo") / "mail"
    for file in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            for number, thread in enumerate(tomllib.loads(file.read_text("utf-8")).get("thread", ())):
                yield from _thread_messages(thread, f"{file.name}/{number}", now)


def flags_of(words: str) -> tuple[str, ...]:
    """Flags as on the wire from words: "seen" is a system flag, "$todo" a keyword."""
    return tuple(word if word.startswith("$") else f"\\{word.capitalize()}" for word in words.split())


def _thread_messages(thread: dict[str, Any], seed: str, now: datetime) -> Iterator[SampleMessage]:
    mails: list[_Mail] = []
    signed: set[str] = set()
    for index, entry in enumerate(thread["mail"]):
        parent = mails[entry.get("parent", index - 1)] if mails else None
        sender = PEOPLE[entry["from"]]
        text = (_quoted(parent) if parent and entry.get("quote") else "") + entry["text"]
        mail = _Mail(
            message_id(f"{seed}/{index}", sender.address.address.partition("@")[2]),
            (*parent.references, parent.message_id) if parent else (),
            sender,
            before(now, entry["age"]).astimezone(sender.zone),
            text,
        )
        mails.append(mail)
        signature = "" if entry["from"] in signed else sender.signature
        signed.add(entry["from"])
        yield SampleMessage(
            _mailbox_of(thread, entry),
            _octets(thread, entry, mail, f"{text}\n-- \n{signature}\n" if signature else text),
            flags_of(entry.get("flags", "seen")),
            mail.date + DELIVERY_TIME,
        )


def _mailbox_of(thread: dict[str, Any], entry: dict[str, Any]) -> str:
    mailbox = str(thread["mailbox"])
    own = entry["from"] == OWNER_KEY and not thread.get("list") and mailbox != "Drafts"
    return "Sent" if own else mailbox


def _octets(thread: dict[str, Any], entry: dict[str, Any], mail: _Mail, text: str) -> bytes:
    charset = thread.get("charset", "utf-8")
    subject = thread["subject"]
    fields = [
        date_field(mail.date),
        address_field("From", [mail.sender.address], charset),
        field("Message-ID", mail.message_id),
        field("Subject", f"Re: {subject}" if mail.references else subject, charset),
    ]
    if thread.get("list"):
        fields += [address_field("To", [SEEDBANK_LIST]), plain_fields(LIST_FIELDS)]
    else:
        fields.append(address_field("To", [PEOPLE[key].address for key in entry.get("to", [OWNER_KEY])]))
    if "cc" in entry:
        fields.append(address_field("Cc", [PEOPLE[key].address for key in entry["cc"]]))
    if mail.references:
        fields += [field("In-Reply-To", mail.references[-1]), field("References", " ".join(mail.references))]
    content = text_part(
        text, charset=charset, encoding=entry.get("encoding", ""), flowed=bool(entry.get("flowed", False))
    )
    if "attach" in entry:
        boundary = f"=_{mail.message_id[1:17]}"
        content = multipart("mixed", [content, *map(attachment, entry["attach"])], boundary)
    return message(fields, content)


def _quoted(parent: _Mail) -> str:
    attribution = f"On {parent.date:%d/%m/%Y at %H:%M}, {parent.sender.address.name} wrote:\n"
    lines = parent.text.rstrip("\n").split("\n")
    quoted = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
    return f"{attribution}{quoted}\n\n"
