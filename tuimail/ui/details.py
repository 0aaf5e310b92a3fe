"""What is known of a message beyond its text, in words: who it is from, its way here, its list, links and parts.

Runs in a background thread; knows no widget. Every text is sanitised and one line.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import msgspec

from tuimail.mime.origin.authentication import Authentication
from tuimail.mime.origin.domains import shown_host
from tuimail.mime.origin.received import Fields, Step, path_of
from tuimail.mime.origin.sender import Sender, sender_of
from tuimail.mime.origin.unsubscribe import Unsubscribe
from tuimail.mime.parse import Part, parse_message
from tuimail.mime.sanitize import one_line
from tuimail.mime.view import Link, MessageView, Notice
from tuimail.model.moments import full_moment
from tuimail.model.units import counted, short_size
from tuimail.store import contacts, read
from tuimail.ui.reading import load_reading
from tuimail.ui.stored_message import StoredMessage, load_stored

if TYPE_CHECKING:
    from tuimail.model.ids import MessageId
    from tuimail.store.contacts import Contact
    from tuimail.store.store import Store
    from tuimail.ui.origins import Origin, Origins
    from tuimail.ui.rendering import ViewRenderer
    from tuimail.ui.secrecy import Secrecy

MOST_LINKS = 200
"""Newsletters have a hundred; who wants to see more of them looks at the source."""
MOST_PARTS = 200
_MOST_CHARACTERS = 300

Look = Literal["plain", "dim", "good", "warning"]


class Line(msgspec.Struct, frozen=True):
    """One line; it is wrapped where it is long, and moved in by `indent` cells."""

    text: str
    look: Look = "plain"
    indent: int = 0


class Section(msgspec.Struct, frozen=True):
    """Lines about one thing, under a heading."""

    title: str
    lines: tuple[Line, ...]


def load_details(
    store: Store, id_: MessageId, *, renderer: ViewRenderer, origins: Origins, secrecy: Secrecy | None = None
) -> tuple[Section, ...] | None:
    """All that is known of the message; None where its header is not here. `secrecy` knows of signatures.

    Raises:
        StoreError: it cannot be read.
    """
    found = origins.load(store, id_)
    place = store.mail.read(partial(read.body_place, id_=id_))
    stored = None if place is None else load_stored(store, place)
    if found is None or stored is None:
        return None
    _, origin = found
    reading = load_reading(store, id_, renderer, connected=False, secrecy=secrecy)
    view = MessageView() if reading is None or reading.view is None else reading.view
    sender = sender_of(origin.fields)
    contact = store.mail.read(partial(contacts.find_contact, address=sender.address))
    sections = (
        Section("Who it is from", tuple(_who(sender, origin, contact))),
        Section("What else is to be said", tuple(_notices(view.notices))),
        Section("Its way here", tuple(_way(origin.fields, origin.authentication))),
        Section("Its list", tuple(_list(origin.unsubscribe))),
        Section("Links", tuple(_links(view.links))),
        Section("Left out", tuple(_left_out(view))),
        Section("Parts", tuple(_parts(stored))),
    )
    return tuple(section for section in sections if section.lines)


_WORDS: dict[str, tuple[str, Look]] = {
    "verified": ("Verified: {domain} answers for this message.", "good"),
    "failed": ("Failed: {domain} asks to refuse messages like this one.", "warning"),
    "unproven": ("Unproven: nothing shows that {domain} has sent it.", "plain"),
    "unknown": ("Unknown: no server that is trusted has checked it.", "plain"),
}


def _who(sender: Sender, origin: Origin, contact: Contact | None) -> list[Line]:
    found = origin.authentication
    words, look = _WORDS[found.word]
    lines = [
        Line(_cut(f"{person.name} <{person.address}>" if person.name else person.address)) for person in sender.people
    ]
    if not lines:
        lines.append(Line("It does not say who it is from.", "warning"))
    replies = [person.address for person in sender.reply_to if person.address.lower() != sender.address]
    if replies:
        lines.append(Line(_cut(f"Answers go to {', '.join(replies)}")))
    lines.append(Line(words.format(domain=_cut(shown_host(sender.host)) or "the sender"), look))
    lines += [Line(_cut(text), "dim", indent=2) for text in found.detail if found.word != "unknown"]
    lines += _notices(origin.notices)
    lines.append(Line(_known(contact), "dim"))
    return lines


def _known(contact: Contact | None) -> str:
    if contact is None:
        return "No other message from this address is counted here."
    said = [f"{counted(contact.received, 'message')} from this address"] if contact.received else []
    said += [f"{counted(contact.sent, 'message')} to it"] if contact.sent else []
    return f"Counted here: {', '.join(said)}; last {full_moment(contact.last_at)}."


def _notices(notices: tuple[Notice, ...]) -> list[Line]:
    lines = []
    for notice in notices:
        look: Look = "plain" if notice.kind == "note" else notice.kind
        lines.append(Line(_cut(notice.text), look))
        lines += [Line(_cut(text), "dim", indent=2) for text in notice.detail]
    return lines


def _way(fields: Fields, found: Authentication) -> list[Line]:
    """The steps from the first to the last; those before the border are what the sender says."""
    steps = path_of(fields)
    border = next((number for number, step in enumerate(steps) if step.is_border), len(steps) - 1)
    lines = []
    if border + 1 < len(steps):
        lines.append(Line("What the sender’s side says:", "dim"))
        lines += [Line(_step(step), "dim", indent=2) for step in reversed(steps[border + 1 :])]
        lines.append(Line("What your side says:", "dim"))
    lines += [Line(_step(step), indent=2 if border + 1 < len(steps) else 0) for step in reversed(steps[: border + 1])]
    if steps and not found.server:
        hint = "If your server checks senders, name it: `authserv_id` in the account’s table of the configuration."
        lines.append(Line(hint, "dim"))
    return lines


def _step(step: Step) -> str:
    origin = " ".join(
        filter(None, (step.claimed, f"({step.address})" if step.address not in {"", step.claimed} else ""))
    )
    taken = f"took it from {origin}" if origin else "had it"
    when = f", {full_moment(step.at)}" if step.at is not None else ""
    way = ", encrypted" if step.is_protected else ""
    return _cut(f"{step.by or 'somebody'} {taken}{way}{when}")


def _list(way: Unsubscribe | None) -> list[Line]:
    if way is None:
        return []
    if way.one_click:
        lines = [Line(_cut(f"It can be left with one request, to {_host(way.one_click)}."))]
    else:
        lines = [Line(f"It cannot be left with one request: {way.why_not}")]
    lines += [Line(_cut(f"Page: {page}"), "dim", indent=2) for page in way.pages]
    if way.mail_to:
        lines.append(Line(_cut(f"By a message to {way.mail_to}"), "dim", indent=2))
    return lines


def _links(links: tuple[Link, ...]) -> list[Line]:
    """Doubtful ones first; of the others, how many lead where."""
    from tuimail.mime.origin.links import link_warning

    doubtful, hosts = [], Counter[str]()
    for link in links[:MOST_LINKS]:
        warning = link.warning or link_warning(link.text, link.target)
        if warning:
            doubtful.append(Line(_cut(warning), "warning"))
        else:
            hosts[_host(link.target)] += 1
    lines = list(dict.fromkeys(doubtful))
    lines += [Line(f"{_cut(host)}: {counted(count, 'link')}") for host, count in hosts.most_common()]
    if len(links) > MOST_LINKS:
        lines.append(Line(f"and {len(links) - MOST_LINKS:,} more", "dim"))
    return lines


def _left_out(view: MessageView) -> list[Line]:
    """What was not loaded, and what nobody sees of the page where it is drawn."""
    lines = []
    for count, what in (
        (Counter(map(_host, view.remote_images)), "picture"),
        (Counter(view.trackers), "tracking pixel"),
    ):
        lines += [Line(f"{counted(number, what)} at {_cut(_host(host))}") for host, number in count.most_common(20)]
    if view.hidden:
        lines.append(Line(f"{counted(view.hidden, 'piece')} that the page hides; the source has all of it"))
    return lines


def _parts(stored: StoredMessage) -> list[Line]:
    """The tree of parts; of those that are not here, what the server said of their size."""
    lines: list[Line] = []
    _add_part(lines, parse_message(stored.octets), 0, stored)
    if len(lines) > MOST_PARTS:
        return [*lines[:MOST_PARTS], Line(f"and {len(lines) - MOST_PARTS:,} more", "dim")]
    return lines


def _add_part(lines: list[Line], part: Part, depth: int, stored: StoredMessage) -> None:
    apart = stored.apart.get(part.section)
    size = part.size_octets if apart is None else apart.size_octets
    here = "" if apart is None or apart.is_here else ", not here yet"
    text = " ".join(filter(None, (part.section, part.content_type, part.file_name)))
    lines.append(Line(_cut(f"{text}, {short_size(size)}{here}"), indent=2 * min(depth, 20)))
    # The scanner bounds the depth.
    for child in part.children:
        _add_part(lines, child, depth + 1, stored)


def _host(target: str) -> str:
    """Where an address leads; a name alone is one already."""
    try:
        parts = urlsplit(target)
        return one_line(shown_host(parts.hostname or "") or parts.path.rpartition("@")[2] or target)
    except ValueError:
        return one_line(target)


def _cut(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
