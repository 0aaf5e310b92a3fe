"""The process that decodes pictures, or writes sixels, by Pillow and textual-image; see `tuimail.mime.serving`.

    in:  MessagePack of `Decode` or `Encode`        out: MessagePack of `Decoded` or `Encoded`

Of textual-image only the encoder is used, whose module asks nothing: the ones with its widgets write questions to the
terminal as they are imported and read keys for answers, which no app that runs could bear.
"""

from __future__ import annotations

import struct
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from tuimail.mime.pictures.values import MOST_DRAWN_PIXELS, MOST_PIXELS, Decode, Decoded, Encode, Encoded
from tuimail.mime.serving import limit, serve

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY_OCTETS = 1024 * 1024 * 1024
"""Of address space: the largest picture that is decoded, three times."""
ALARM_S = 20.0
"""Beyond what the decoder waits; the process's end then comes from here."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
"""Pillow knows some forty more; most of them nobody sends, and each is code that strangers could reach."""
_ORIENTATION = 0x0112
"""Of Exif: how the camera was held."""
_SIDEWAYS = range(5, 9)
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, OverflowError, struct.error, IndexError, KeyError, TypeError)
"""What Pillow raises about files that are none. Anything else ends the process, which is told too."""


def decode(wanted: Decode) -> Decoded:
    """The picture as plain RGB, no larger than wanted."""
    from PIL import Image

    # Also what a later part of a file says of its size counts; Pillow refuses at twice this number.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
    try:
        with Image.open(BytesIO(wanted.octets), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return Decoded(problem="it has too many dots")
            return _decoded(image, wanted)
    except MemoryError:
        return Decoded(problem="it takes too much memory")
    except Image.DecompressionBombError:
        return Decoded(problem="it has too many dots")
    except _BROKEN:
        return Decoded(problem="its file is damaged, or is no picture")


def _decoded(image: Image, wanted: Decode) -> Decoded:
    from PIL import Image as Pillow

    turn = image.getexif().get(_ORIENTATION, 1)
    room = (wanted.height, wanted.width) if turn in _SIDEWAYS else (wanted.width, wanted.height)
    room = _fitting(image.width, image.height, *room)
    is_animated = bool(getattr(image, "is_animated", False))
    if is_animated:
        image.seek(0)
    # A JPEG can be decoded at an eighth of its size.
    image.draft("RGB", room)
    image.load()
    if image.mode.startswith(("I", "F")):
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in {"P", "PA", "1", "LA"}:
        image = image.convert("RGBA" if "transparency" in image.info or image.mode in {"PA", "LA"} else "RGB")
    if image.size != room:
        image = image.resize(room, Pillow.Resampling.BILINEAR, reducing_gap=2.0)
    if image.mode in {"RGBA", "RGBa"}:
        paper = Pillow.new("RGBA", image.size, "white")
        image = Pillow.alpha_composite(paper, image.convert("RGBA"))
    image = _turned(image.convert("RGB"), turn)
    return Decoded(image.tobytes(), image.width, image.height, is_animated)


def _fitting(width: int, height: int, most_width: int, most_height: int) -> tuple[int, int]:
    """The size that fits into the room with the same proportions; its own where that fits."""
    share = min(1.0, most_width / width, most_height / height, (MOST_DRAWN_PIXELS / (width * height)) ** 0.5)
    return max(1, int(width * share)), max(1, int(height * share))


def _turned(image: Image, turn: int) -> Image:
    from PIL.Image import Transpose

    ways = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(ways[turn]) if turn in ways else image


def encode(wanted: Encode) -> Encoded:
    """The pixels as sixels."""
    from PIL import Image
    from textual_image._sixel import image_to_sixels

    image = Image.frombytes("RGB", (wanted.width, wanted.height), wanted.pixels)
    return Encoded(image_to_sixels(image))


def main() -> int:
    """Serve until the end of input."""
    limit(MEMORY_OCTETS)
    from PIL import Image, WebPImagePlugin  # noqa: F401 - for a format that it does not know, Pillow loads all

    # The first picture need not wait for the others.
    Image.preinit()
    decoder = msgspec.msgpack.Decoder(Decode | Encode)
    encoder = msgspec.msgpack.Encoder()

    def answer(octets: bytes) -> bytes:
        request = decoder.decode(octets)
        return encoder.encode(decode(request) if isinstance(request, Decode) else encode(request))

    serve(answer, alarm_s=ALARM_S)
    return 0


if __name__ == "__main__":
    sys.exit(main())
