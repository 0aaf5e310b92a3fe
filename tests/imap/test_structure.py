from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.imap.structure import has_attachments, parse_body_structure
from tuimail.imap.tokens import Limits
from tuimail.model.errors import ProtocolError

PLAIN = b'("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "7BIT" 3028 92 NIL NIL NIL NIL)'
MIXED = (
    b'((("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "quoted-printable" 30 2 NIL NIL NIL NIL)'
    b'("text" "html" NIL NIL NIL "8bit" 90 4 NIL NIL NIL NIL) "alternative" ("boundary" "b") NIL NIL NIL)'
    b'("image" "png" ("name" "x.png") "<logo@example.org>" NIL "base64" 400 NIL ("inline" NIL) NIL NIL)'
    b'("message" "rfc822" NIL NIL NIL "7bit" 500 (NIL "sub" NIL NIL NIL NIL NIL NIL NIL NIL) '
    b'("text" "plain" NIL NIL NIL "7bit" 5 1) 20 NIL ("attachment" ("filename" "Fwd.eml")) NIL NIL)'
    b'("application" "pdf" ("name" {5}\r\na"b.c) NIL NIL "base64" 4000 NIL ("ATTACHMENT" ("FILENAME" "a.pdf")))'
    b' "mixed" ("boundary" "a") NIL NIL)'
)


def test_one_plain_text() -> None:
    part = parse_body_structure(PLAIN)
    assert (part.section, part.content_type, part.encoding, part.size_octets) == ("1", "text/plain", "7bit", 3028)
    assert part.parameters == (("charset", "UTF-8"),)
    assert not has_attachments(PLAIN)


def test_the_short_cut_agrees_with_the_tokenizer() -> None:
    assert parse_body_structure(PLAIN) == parse_body_structure(PLAIN.replace(b" NIL", b"  NIL"))


def test_a_tree() -> None:
    root = parse_body_structure(MIXED)
    assert (root.section, root.content_type) == ("", "multipart/mixed")
    assert [(leaf.section, leaf.content_type) for leaf in root.leaves()] == [
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "image/png"),
        ("3", "message/rfc822"),
        ("4", "application/pdf"),
    ]
    leaves = list(root.leaves())
    assert [leaf.is_attachment for leaf in leaves] == [False, False, False, True, True]
    assert leaves[2].content_id == "<logo@example.org>"
    assert leaves[3].disposition_parameters == (("filename", "Fwd.eml"),)
    assert leaves[4].parameters == (("name", 'a"b.c'),)
    assert has_attachments(MIXED)


@pytest.mark.parametrize(
    "raw", [b"", b"()", b"NIL", b'("text")', b'("text" "plain" NIL NIL NIL "7bit" x 1)', PLAIN + b" 1"]
)
def test_what_is_no_structure(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_body_structure(raw)


def test_depth_is_limited() -> None:
    with pytest.raises(ProtocolError):
        parse_body_structure(b"(" * 90 + b")" * 90, Limits(nesting=50))


@given(st.lists(st.sampled_from([b"(", b")", b'"text"', b'"plain"', b"NIL", b" ", b"7", b'"multipart"', b"{1}\r\nx"])))
def test_anything_gives_a_tree_or_a_protocol_error(pieces: list[bytes]) -> None:
    try:
        root = parse_body_structure(b"(" + b"".join(pieces) + b")")
    except ProtocolError:
        return
    assert all("/" in leaf.content_type for leaf in root.leaves())
