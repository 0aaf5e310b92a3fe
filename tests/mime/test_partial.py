"""Frames: what is asked for of a message, what is put together of it, and what is never taken for it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_part_fetch import LETTER, PLAN, TEXT, letter
from tuimail.mime.parse import Part, decode_part, parse_message
from tuimail.mime.partial import (
    PartApart,
    assemble,
    covering,
    estimated_size,
    fill,
    find_part,
    plan_parts,
    with_parts_apart,
)
from tuimail.mime.render import render_view
from tuimail.model.body_structure import BodyPart


def structure_of(octets: bytes) -> tuple[BodyPart, bytes, dict[str, bytes]]:
    """What a server tells of a message: its structure, its header, and all of its sections."""
    root = parse_message(octets)
    sections: dict[str, bytes] = {}

    def told(part: Part) -> BodyPart:
        sections[part.section] = octets[part.body_start : part.body_end]
        sections[f"{part.section}.MIME"] = octets[part.header_start : part.header_end] + b"\r\n"
        children = () if part.content_type.startswith("message/") else tuple(map(told, part.children))
        return BodyPart(
            part.section,
            part.content_type,
            part.parameters,
            part.encoding,
            part.body_end - part.body_start,
            part.disposition,
            part.disposition_parameters,
            part.content_id,
            children,
        )

    return told(root), octets[: root.header_end] + b"\r\n", sections


STRUCTURE, HEADER, SECTIONS = structure_of(LETTER)


def frame_of() -> bytes:
    plan = plan_parts(STRUCTURE)
    assert plan is not None
    frame = assemble(STRUCTURE, HEADER, {name: SECTIONS[name] for name in plan.sections})
    assert frame is not None
    return frame


def test_texts_are_taken_and_large_parts_are_left() -> None:
    plan = plan_parts(STRUCTURE)
    assert plan is not None
    assert plan.bodies == ("1.1", "1.2")
    assert plan.headers == ("1", "1.1", "1.2", "2", "3")
    assert list(plan.left) == ["2", "3"]


def test_a_frame_reads_as_the_message_does() -> None:
    frame = frame_of()
    assert len(frame) < 2_000
    whole, part = render_view(LETTER), render_view(frame)
    assert part.lines == whole.lines
    shown = with_parts_apart(part, frame, {"2": PartApart(4_105_266, False), "3": PartApart(1_642_106, True)})
    assert [one.is_here for one in shown.parts if not one.inline] == [False, True]
    for ours, theirs in zip(shown.parts, whole.parts, strict=True):
        assert (ours.section, ours.file_name, ours.content_type) == (
            theirs.section,
            theirs.file_name,
            theirs.content_type,
        )
        assert abs(ours.size_octets - theirs.size_octets) <= 3


def test_filled_it_has_its_parts() -> None:
    filled = fill(frame_of(), {"2": SECTIONS["2"], "7": b"of another message"})
    found = find_part(filled, "2")
    assert found is not None
    assert decode_part(filled, found) == PLAN
    assert b"of another message" not in filled
    text = find_part(filled, "1.1")
    assert text is not None
    assert decode_part(filled, text).decode() == TEXT


@pytest.mark.parametrize(
    "section", ["1.MIME", "1.1.MIME", "2.MIME"], ids=["of a multipart", "of a text", "of an attachment"]
)
def test_without_a_header_there_is_no_frame(section: str) -> None:
    assert assemble(STRUCTURE, HEADER, {name: octets for name, octets in SECTIONS.items() if name != section}) is None


@pytest.mark.parametrize(
    "text",
    [b"--outer\r\n\r\nanother part", b"a\r\n--inner\r\n\r\nx", b"a\r\n--inner--\r\nhidden", b"a\r\n--outer--\r\n"],
)
def test_a_text_that_plays_a_boundary_makes_no_frame(text: bytes) -> None:
    """No server can make our parser see parts where the structure has a text."""
    assert assemble(STRUCTURE, HEADER, {**SECTIONS, "1.1": text, "2": b"", "3": b""}) is None


def test_another_structure_makes_no_frame() -> None:
    for changed in (
        changed_part(STRUCTURE, content_type="multipart/related"),
        changed_part(STRUCTURE, children=STRUCTURE.children[::-1]),
    ):
        assert assemble(changed, HEADER, SECTIONS) is None


def changed_part(part: BodyPart, **changes: object) -> BodyPart:
    return dataclasses.replace(part, **changes)  # type: ignore[arg-type]


def test_what_is_fetched_whole() -> None:
    assert plan_parts(structure_of(letter(secured=True))[0]) is None
    assert plan_parts(BodyPart("1", "application/pkcs7-mime", size_octets=9_000_000)) is None
    assert plan_parts(BodyPart("1", "text/plain", size_octets=9_000_000)) is None
    assert plan_parts(BodyPart("", "multipart/mixed", size_octets=9_000_000)) is None
    small = BodyPart("2", "image/png", size_octets=90_000)
    assert plan_parts(BodyPart("", "multipart/mixed", children=(BodyPart("1", "text/plain"), small))) is None
    many = tuple(BodyPart(str(number), "image/png", size_octets=90_000) for number in range(1, 400))
    assert plan_parts(BodyPart("", "multipart/mixed", children=many)) is None


def test_a_message_that_is_one_large_file() -> None:
    structure = BodyPart("1", "application/pdf", encoding="base64", size_octets=9_000_000)
    plan = plan_parts(structure)
    assert plan is not None
    assert plan.sections == []
    frame = assemble(structure, b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n", {})
    assert frame is not None
    found = find_part(frame, "1")
    assert found is not None
    assert found.encoding == "base64"


def test_parts_within_parts() -> None:
    left = {"2": 1, "3.1": 1}
    assert covering("2", left) == "2"
    assert covering("2.1.3", left) == "2"
    assert covering("3.1.TEXT", left) == "3.1"
    assert covering("1", left) is None
    assert covering("3", left) is None
    assert covering("", left) is None
    assert abs(estimated_size(4_105_266, "base64") - 3_000_000) < 3
    assert estimated_size(100, "quoted-printable") == 100


@given(st.lists(st.sampled_from([b"--", b"outer", b"inner", b"\r\n", b"\n", b"Content-Type: text/plain", b"x"])))
@settings(max_examples=60, deadline=None)
def test_whatever_a_text_says_a_frame_has_the_parts_that_it_should(words: list[bytes]) -> None:
    text = b"".join(words)
    frame = assemble(STRUCTURE, HEADER, {**SECTIONS, "1.1": text, "2": b"", "3": b""})
    if frame is not None:
        found = find_part(frame, "1.1")
        assert found is not None
        assert frame[found.body_start : found.body_end] == text
        assert [part.content_type for part in parse_message(frame).walk()] == [
            part.content_type for part in parse_message(LETTER).walk()
        ]


@given(st.binary(max_size=300), st.dictionaries(st.sampled_from(["1", "1.MIME", "2"]), st.binary(max_size=100)))
@settings(max_examples=60, deadline=None)
def test_any_octets_give_a_frame_or_none(header: bytes, sections: dict[str, bytes]) -> None:
    structure = BodyPart("", "multipart/mixed", children=(BodyPart("1", "text/plain"), BodyPart("2", "text/html")))
    frame = assemble(structure, header, sections)
    if frame is not None:
        found = [(name, find_part(frame, name)) for name in ("1", "2")]
        held = [part and (name, frame[part.body_start : part.body_end]) for name, part in found]
        assert held == [(name, sections.get(name, b"")) for name in ("1", "2")]
    assert fill(header, {}) == header
    assert len(fill(header, sections)) <= len(header) + sum(map(len, sections.values()))
