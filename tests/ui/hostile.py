"""Mail whose text attacks a terminal or a widget: what of it must never reach the output."""

from __future__ import annotations

SUBJECTS = (
    "[/x]",
    "[/]",
    "[@click=app.quit]x[/]",
    "[link=https://evil.example]https://bank.example[/link]",
    "[red]ALERT[/red] [PATCH] [dev-list]",
    "title \x1b]0;PWNED-TITLE\x07 \x1b]2;PWNED-TITLE\x1b\\",
    "clip \x1b]52;c;UFdORUQ=\x07",
    "csi \x1b[2J\x1b[31m c1 \x9b31m \x9d0;PWNED-TITLE\x9c",
    "bidi \u202egnp.exe\u202c \u2066x\u2069 \u200b",
    "nul \x00 so \x0e del \x7f",
    "two\r\nlines\ttab",
    "\u0301" * 300,
    "Zalgo e" + "\u0301\u0327" * 200,
    "long " * 2_000,
    "שלום \u202eעולם 123",
)
FORBIDDEN_TEXT = (
    "PWNED-TITLE\x07",
    "\x9b",
    "\x9d",
    "\x9c",
    "\u202e",
    "\u202c",
    "\u2066",
    "\u2069",
    "\u200b",
    "\x0e",
    "\x7f",
)
FORBIDDEN_OCTETS = (b"\x1b]0;", b"\x1b]2;", b"\x1b]52;", *(text.encode() for text in FORBIDDEN_TEXT))
