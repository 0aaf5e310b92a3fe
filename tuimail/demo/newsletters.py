"""Newsletters and shops: HTML from `mail/newsletters.toml`, most of them with a plain alternative."""

from __future__ import annotations

import html
import re
import textwrap
import tomllib
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import Any

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
from tuimail.demo.conversations import DELIVERY_TIME, flags_of
from tuimail.demo.people import OWNER
from tuimail.model.address import Address

STORY = Template(
    '<tr><td class="story"><h2>$title</h2><p>$text</p>'
    '<p><a href="$link?utm_source=letter&amp;utm_medium=mail">Read on</a></p></td></tr>\n'
)
TEXT_WIDTH = 72


def newsletters(now: datetime) -> Iterator[SampleMessage]:
    """Every issue."""
    directory = files("tuimail.demo") / "mail"
    page = Template((directory / "newsletter.html").read_text("utf-8"))
    for issue in tomllib.loads((directory / "newsletters.toml").read_text("utf-8"))["issue"]:
        when = before(now, issue["age"])
        domain = issue["domain"]
        stories = "".join(STORY.substitute(story) for story in issue["story"])
        fields = {
            name: html.escape(str(issue[name])) for name in ("name", "title", "intro", "number", "domain", "colour")
        }
        rich = text_part(
            page.substitute(fields, stories=stories), subtype="html", encoding="quoted-printable", charset="utf-8"
        )
        plain = text_part(_plain(issue))
        alternative = multipart("alternative", [plain, rich], f"=_letter_{issue['number']}")
        header = [
            address_field("From", [Address(issue["name"], issue["from"])]),
            address_field("To", [OWNER]),
            field("Subject", issue["title"]),
            date_field(when),
            field("Message-ID", message_id(f"{domain}/{issue['number']}", domain)),
            plain_fields(
                {
                    "List-Id": f"{issue['name'].replace('&', 'and')} <letter.{domain}>",
                    "List-Unsubscribe": f"<https://{domain}/leave?u=robin>, <mailto:leave@{domain}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                }
            ),
        ]
        yield SampleMessage(
            issue.get("mailbox", "INBOX"),
            message(header, rich if issue.get("html_only") else alternative),
            flags_of(issue.get("flags", "seen")),
            when + DELIVERY_TIME,
        )


def _plain(issue: dict[str, Any]) -> str:
    blocks = [issue["title"].upper(), issue["intro"]]
    for story in issue["story"]:
        text = html.unescape(re.sub(r"<[^>]+>", "", story["text"]))
        blocks += [f"* {html.unescape(story['title'])}", textwrap.fill(text, TEXT_WIDTH), story["link"]]
    return "\n\n".join(blocks) + f"\n\nLeave the list: https://{issue['domain']}/leave?u=robin\n"
