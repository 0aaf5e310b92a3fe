"""Pictures through the process that decodes them, ordinary ones and hostile ones."""

from __future__ import annotations

import re
import struct
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from tuimail.mime.pictures.child import decode
from tuimail.mime.pictures.decoder import COMMAND, PictureDecoder, objection
from tuimail.mime.pictures.values import MOST_OCTETS, Decode, Decoded

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture(scope="module")
def decoder() -> Iterator[PictureDecoder]:
    made = PictureDecoder(COMMAND, time_limit_s=60.0, start_limit_s=60.0)
    yield made
    made.close()


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def halves(mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue; 40 by 20."""
    image = Image.new("RGB", (40, 20), RED)
    image.paste(BLUE, (20, 0, 40, 20))
    return image.convert(mode)


def at(decoded: Decoded, x: int, y: int) -> tuple[int, ...]:
    start = (y * decoded.width + x) * 3
    return tuple(decoded.pixels[start : start + 3])


def chunk(name: bytes, octets: bytes) -> bytes:
    return struct.pack(">I", len(octets)) + name + octets + struct.pack(">I", zlib.crc32(name + octets))


def bomb(width: int, height: int, claimed: tuple[int, int] | None = None) -> bytes:
    """A PNG of one colour that is a few octets long for each megapixel; it may claim to be larger."""
    packer = zlib.compressobj(9)
    line = b"\0" + bytes(width)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG", "WEBP"])
def test_a_picture_becomes_plain_pixels(decoder: PictureDecoder, kind: str) -> None:
    decoded = decoder.decode(saved(halves(), kind, **({} if kind == "GIF" else {"quality": 100})), 100, 100)
    assert (decoded.problem, decoded.width, decoded.height, decoded.is_animated) == ("", 40, 20, False)
    assert len(decoded.pixels) == 40 * 20 * 3
    for x, colour in ((2, RED), (37, BLUE)):
        assert all(abs(got - wanted) < 12 for got, wanted in zip(at(decoded, x, 10), colour, strict=True))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_pictures_of_every_mode_have_colours(mode: str) -> None:
    image = Image.new("I;16", (4, 4), 0x8000) if mode == "I;16" else halves(mode)
    decoded = decode(Decode(saved(image, "JPEG" if mode == "CMYK" else "PNG"), 20, 20))
    assert not decoded.problem
    assert len(decoded.pixels) == decoded.width * decoded.height * 3
    if mode == "I;16":
        assert at(decoded, 1, 1) == (128, 128, 128)


def test_it_is_made_smaller_and_never_larger() -> None:
    octets = saved(halves())
    assert [(one.width, one.height) for one in (decode(Decode(octets, *room)) for room in ((10, 99), (99, 4)))] == [
        (10, 5),
        (8, 4),
    ]
    assert (decode(Decode(octets, 999, 999)).width, decode(Decode(octets, 1, 1)).height) == (40, 1)


def test_what_can_be_looked_through_lies_on_white_paper() -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    assert at(decode(Decode(saved(image), 9, 9)), 0, 0) == (255, 255, 255)
    palette = Image.new("P", (4, 4), 0)
    assert at(decode(Decode(saved(palette, "GIF", transparency=0), 9, 9)), 0, 0) == (255, 255, 255)


def test_a_photograph_stands_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode(Decode(saved(halves(), "JPEG", exif=exif, quality=100), 100, 30))
    assert (decoded.width, decoded.height) == (15, 30)
    assert at(decoded, 7, 2)[0] > 200
    assert at(decoded, 7, 27)[2] > 200


def test_of_an_animation_the_first_picture_is_shown(decoder: PictureDecoder) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (GREEN, RED, BLUE)]
    decoded = decoder.decode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), 20, 20)
    assert (decoded.is_animated, at(decoded, 3, 3)) == (True, GREEN)


def test_a_picture_that_claims_too_many_dots_reaches_no_decoder(decoder: PictureDecoder) -> None:
    octets = bomb(30_000, 2, claimed=(30_000, 30_000))
    assert decoder.decode(octets, 80, 80).problem == "it says that it is 30,000×30,000 dots large"
    assert decode(Decode(octets, 80, 80)).problem == "it has too many dots"
    # A GIF whose first picture is larger than it says of itself.
    gif = bytearray(saved(Image.new("P", (2, 2)), "GIF"))
    place = gif.index(b"\x2c")
    gif[place + 5 : place + 9] = struct.pack("<HH", 65_000, 65_000)
    assert objection(bytes(gif)) == ""
    assert decode(Decode(bytes(gif), 80, 80)).problem


def test_a_bomb_within_the_limit_of_dots_is_only_a_picture(decoder: PictureDecoder) -> None:
    decoded = decoder.decode(bomb(7000, 7000), 80, 80)
    assert (decoded.problem, decoded.width, decoded.height) == ("", 80, 80)


def test_files_that_are_none_are_told(decoder: PictureDecoder) -> None:
    png = saved(Image.effect_noise((64, 64), 90))
    damaged = "its file is damaged, or is no picture"
    assert decoder.decode(png[: len(png) // 2], 80, 80).problem == damaged
    assert decoder.decode(png[:24], 80, 80).problem == damaged
    assert decoder.decode(b"GIF89a\1\0\1\0" + bytes(99), 80, 80).problem == damaged
    assert decoder.decode(png, 80, 80).problem == ""
    for octets in (
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"BM" + bytes(99),
        b"II*\0",
    ):
        assert decoder.decode(octets, 80, 80).problem == "it is no PNG, JPEG, GIF or WebP"
    assert objection(png + bytes(MOST_OCTETS)) == "its file is too large"


def test_a_type_that_lies_is_no_way_to_another_decoder(decoder: PictureDecoder) -> None:
    """What begins as a PNG is given to the decoder of PNG alone, whatever comes behind."""
    eps = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, 0)) + b"%!PS-Adobe-3.0 EPSF-3.0"
    )
    assert decoder.decode(eps, 80, 80).problem == "its file is damaged, or is no picture"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("time.sleep(999)", "it takes too long to be taken apart"),
        ("sys.exit()", "it takes too much memory, or its process was ended"),
        ("put(b'nothing known')", "it could not be taken apart"),
        ("put(pack(['Decoded', b'abc', 2, 2, False, '']))", "it could not be taken apart"),
        ("put(pack(['Decoded', b'abc' * 9999, 9999, 1, False, '']))", "it could not be taken apart"),
        ("put(pack(['Decoded', b'', 0, 0, False, '']))", "it could not be taken apart"),
    ],
)
def test_whatever_the_process_does_the_screen_gets_pixels_or_a_problem(answer: str, problem: str) -> None:
    program = (
        "import os, sys, time, msgspec\npack = msgspec.msgpack.encode\n"
        "def put(octets): os.write(1, len(octets).to_bytes(4, 'big') + octets); os.read(0, 9)\n"
        f"os.write(1, b'R'); os.read(0, 99); {answer}"
    )
    decoder = PictureDecoder((sys.executable, "-c", program), time_limit_s=2.0, start_limit_s=60.0)
    try:
        assert decoder.decode(saved(halves()), 80, 80) == Decoded(problem=problem)
    finally:
        decoder.close()


def test_sixels_say_the_colours_and_nothing_that_a_terminal_could_mistake(decoder: PictureDecoder) -> None:
    decoded = decoder.decode(saved(halves()), 80, 80)
    sixels = decoder.sixels(decoded)
    assert re.fullmatch(r'\x1bP[0-9;]*q"1;1;40;20[^\x00-\x1f\x7f-\x9f]+\x1b\\', sixels)
    # Colours are of a hundred: red and blue, each defined once.
    assert set(re.findall(r"#\d+;2;(\d+;\d+;\d+)", sixels)) == {"100;0;0", "0;0;100"}


@pytest.mark.parametrize("sixels", ["\x1bPq~\x1b]0;x\x07~\x1b\\", "\x1bPq~", "~", "\x1bPq\x9c~\x1b\\", ""])
def test_sixels_that_are_none_are_not_drawn(sixels: str) -> None:
    program = (
        "import os, time, msgspec\n"
        f"octets = msgspec.msgpack.encode(['Encoded', {sixels!r}])\n"
        "os.write(1, b'R'); os.read(0, 99); os.write(1, len(octets).to_bytes(4, 'big') + octets); os.read(0, 9)"
    )
    decoder = PictureDecoder((sys.executable, "-c", program), time_limit_s=2.0, start_limit_s=60.0)
    try:
        assert decoder.sixels(Decoded(bytes(12), 2, 2)) == ""
    finally:
        decoder.close()
