from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.imap import structure
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


@pytest.mark.parametrize("sent", [b'"BASE-64"', b'"\\"base64\\""', b'"base64;"'])
def test_an_encoding_is_what_it_was_meant_to_be(sent: bytes) -> None:
    plain = parse_body_structure(b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL %b 40 1)' % sent)
    image = parse_body_structure(b'("IMAGE" "PNG" NIL NIL NIL %b 40)' % sent)
    assert (plain.encoding, image.encoding) == ("base64", "base64")


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


_TEXT = b'("text" "plain" NIL NIL NIL "7bit" 3 1)'
_NAMED = b'NIL NIL "7bit" 9 NIL ("attachment" ("filename" "a.dat"))'


@pytest.mark.parametrize(
    ("parts", "subtype", "expected"),
    [
        (b'("application" "pgp-signature" NIL %b)', b"signed", False),
        (b'("application" "x-pkcs7-signature" NIL %b)', b"signed", False),
        (b'("application" "pkcs7-signature" NIL %b)', b"mixed", False),
        (b'("application" "pkcs7-mime" NIL %b)', b"mixed", False),
        (b'("message" "delivery-status" NIL %b)', b"report", False),
        (b'("message" "disposition-notification" NIL %b)', b"report", False),
        (b'("application" "octet-stream" NIL %b)', b"encrypted", False),
        (b'("application" "octet-stream" NIL %b)', b"mixed", True),
        (b'("application" "octet-stream" NIL %b)', b"signed", True),
        (b'("application" "pgp-signature" NIL %b)', b"mixed", True),
    ],
)
def test_signatures_and_reports_are_no_attachments(parts: bytes, subtype: bytes, expected: bool) -> None:
    assert has_attachments(b'(%b%b "%b")' % (_TEXT, parts % _NAMED, subtype)) is expected


@pytest.mark.parametrize(("subtype", "expected"), [(b"report", False), (b"mixed", True)])
def test_a_message_that_came_back_is_no_attachment_and_one_that_was_forwarded_is(
    subtype: bytes, expected: bool
) -> None:
    envelope = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
    message = b'("message" "rfc822" NIL NIL NIL "7bit" 300 %b %b 9)' % (envelope, _TEXT)
    assert has_attachments(b'(%b%b "%b")' % (_TEXT, message, subtype)) is expected


_strings = st.sampled_from([b"x", b"name", b"filename", b"charset", b"a b", b""]).map(lambda text: b'"%b"' % text)
_pairs = st.one_of(
    st.just(b"NIL"), st.lists(_strings, min_size=2, max_size=4).map(lambda words: b"(%b)" % b" ".join(words))
)
_dispositions = st.one_of(
    st.just(b""),
    st.builds(
        lambda name, pairs: b' NIL ("%b" %b)' % (name, pairs), st.sampled_from([b"inline", b"attachment"]), _pairs
    ),
    st.sampled_from([b" NIL", b" NIL NIL", b" NIL NIL NIL NIL"]),
)
_kinds = st.sampled_from([b'"text" "plain"', b'"TEXT" "HTML"', b'"text" "calendar"', b'"image" "png"', b'"image" "x"'])
_ids = st.sampled_from([b"NIL", b'"<a@example.org>"', b'""'])
_leaves = st.builds(
    lambda kind, pairs, id_, disposition: (
        b'(%b %b %b NIL "7bit" 5%b%b)' % (kind, pairs, id_, b" 1" if b"text" in kind.lower() else b"", disposition)
    ),
    _kinds,
    st.one_of(_pairs, st.just(b'("charset" "utf-8" "format" "flowed")')),
    _ids,
    _dispositions,
)
_trees = st.recursive(
    _leaves,
    lambda parts: st.builds(
        lambda some, kind, end: b'(%b "%b"%b)' % (b"".join(some), kind, end),
        st.lists(parts, min_size=1, max_size=3),
        st.sampled_from([b"alternative", b"mixed", b"related", b"signed"]),
        st.sampled_from([b"", b' ("boundary" "b") NIL NIL NIL', b' ("boundary" "b") ("attachment" NIL) NIL']),
    ),
    max_leaves=6,
)


@given(raw=_trees)
def test_the_short_cut_for_texts_and_pages_agrees_with_the_tree(raw: bytes) -> None:
    assert has_attachments(raw) is parse_body_structure(raw).has_attachments


def test_texts_and_pages_with_their_pictures_take_the_short_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "parse_body_structure", None)
    text = b'("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "7bit" 3 1 NIL NIL NIL NIL)'
    page = b'("TEXT" "HTML" NIL NIL NIL "8bit" 90 4 NIL ("inline" NIL) NIL NIL)'
    logo = b'("image" "png" ("name" "x.png") "<logo@example.org>" NIL "base64" 400 NIL ("inline" NIL) NIL NIL)'
    both = b'(%b%b "alternative" ("boundary" "a") NIL NIL NIL)' % (text, page)
    for raw in (text, page, both, b'(%b%b "related" ("boundary" "b") NIL NIL NIL)' % (both, logo)):
        assert not has_attachments(raw)


def test_a_structure_that_ends_badly_after_many_parts_takes_no_longer() -> None:
    leaf = b'("text" "plain" NIL NIL NIL "7bit" 3 1)'
    raw = b"(((" + leaf * 20_000 + b' "alternative") "mixed") "related"'
    with pytest.raises(ProtocolError):
        has_attachments(raw)


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
