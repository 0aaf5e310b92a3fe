from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.uu import MAX_FILES, decode_file, find_files


def uuencoded(content: bytes, name: bytes = b"boat.jpg") -> bytes:
    lines = b"".join(binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
    return b"begin 644 " + name + b"\n" + lines + b"`\nend\n"


def yencoded(content: bytes, name: bytes = b"boat.jpg") -> bytes:
    encoded = b""
    for octet in content:
        moved = (octet + 42) & 255
        encoded += bytes([0x3D, (moved + 64) & 255]) if moved in b"\0\r\n=" else bytes([moved])
    lines = [encoded[at : at + 128] for at in range(0, len(encoded), 128)]
    return b"=ybegin line=128 size=1 name=" + name + b"\r\n" + b"\r\n".join([*lines, b""]) + b"=yend size=1\r\n"


@given(st.binary(min_size=1, max_size=400), st.sampled_from([b"", b"look:\n", b"begin 644 nothing\nbegin\n"]))
def test_a_file_comes_back(content: bytes, before: bytes) -> None:
    text = before + uuencoded(content) + b"after\n"
    (file,) = find_files(text)
    assert decode_file(text, file) == content
    assert (text[: file.start], text[file.end :]) == (before, b"\nafter\n")
    assert (file.name, file.encoding) == ("boat.jpg", "uuencode")


@given(st.binary(min_size=1, max_size=400).filter(lambda content: b"=yend" not in yencoded(content)[40:-14]))
def test_a_yenc_file_comes_back(content: bytes) -> None:
    text = b"look:\r\n" + yencoded(content, b'"../boat 1.jpg"') + b"after\r\n"
    (file,) = find_files(text)
    assert decode_file(text, file) == content
    assert (file.name, file.encoding) == ("boat 1.jpg", "yenc")


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 words\nThis is prose, not a file.\n",
        b"begin 644 x\nEND OF NEWS\n",
        b"We begin 644 x\n#86)C\n`\nend\n",
        b"begin 644\n#86)C\n`\nend\n",
        b"=ybegin line=128 size=3 name=x\r\nabc",
        b"=ybegin line=128 size=3\r\nabc\r\n=yend size=3\r\n",
        b"begin ",
        b"",
    ],
)
def test_prose_is_no_file(text: bytes) -> None:
    assert find_files(text) == []


def test_several_files_and_a_lost_end() -> None:
    text = uuencoded(b"one", b"1") + b"\nand\n\n" + uuencoded(b"two", b"2").removesuffix(b"end\n")
    assert [(file.name, decode_file(text, file)) for file in find_files(text)] == [("1", b"one"), ("2", b"two")]


@given(
    st.lists(
        st.sampled_from([b"begin ", b"=ybegin ", b"644 x\n", b"name=x\r\n", b"#86)C\n", b"\n=yend ", b"=", b"\xff"])
    )
)
def test_any_text_is_looked_through(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    end = 0
    for file in find_files(text):
        assert end <= file.start <= file.data_start <= file.data_end <= file.end <= len(text)
        end = file.end
        decode_file(text, file)


@pytest.mark.parametrize("piece", [b"begin 644 a\n", b"begin 644 a\n#86)C\n", b"=ybegin line=1 name=a\r\n", b"begin "])
@pytest.mark.timeout(20)
def test_hostile_text_finishes(piece: bytes) -> None:
    assert len(find_files(piece * 100_000)) <= MAX_FILES
