"""Well-formed messages of random shape, made with the standard library, for the tests of the scanner."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage, Message

from hypothesis import strategies as st

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(" \n-"), max_size=80)
_NAMES = st.sampled_from(["report.pdf", "Übersicht.txt", "x" * 120 + ".bin", ""])


@st.composite
def leaves(draw: st.DrawFn) -> EmailMessage:
    message = EmailMessage()
    kind = draw(st.sampled_from(["plain", "html", "data"]))
    if kind == "data":
        name = draw(_NAMES)
        message.set_content(draw(st.binary(max_size=100)), maintype="application", subtype="pdf", filename=name or None)
    else:
        message.set_content(draw(_WORDS), subtype=kind, cte=draw(st.sampled_from(["base64", "quoted-printable"])))
    return message


@st.composite
def multiparts(draw: st.DrawFn, children: st.SearchStrategy[EmailMessage]) -> EmailMessage:
    message = EmailMessage()
    getattr(message, draw(st.sampled_from(["make_mixed", "make_alternative", "make_related"])))()
    for child in draw(st.lists(children, min_size=1, max_size=4)):
        message.attach(child)
    return message


@st.composite
def forwards(draw: st.DrawFn, children: st.SearchStrategy[EmailMessage]) -> EmailMessage:
    inner = draw(children)
    inner["Subject"] = "forwarded"
    message = EmailMessage()
    message.set_content(inner)
    return message


MESSAGES = st.recursive(leaves(), lambda inner: multiparts(inner) | forwards(inner), max_leaves=8)


def octets_of(message: Message) -> bytes:
    """The message with CRLF line ends."""
    return message.as_bytes(policy=policy.SMTP)
