"""The worker's process: pages come in, views go out, until its input ends; see `tuimail.mime.serving`.

in:  MessagePack of `Request`
out: MessagePack of `HtmlView`
"""

from __future__ import annotations

import sys

import msgspec

from tuimail.mime.serving import limit, serve

MEMORY_OCTETS = 1024 * 1024 * 1024
"""Of address space: 2 MB of ordinary HTML need a tenth of it, a bomb all that there is."""
ALARM_S = 15.0
"""Beyond what the worker waits; its end then comes from here."""


class Request(msgspec.Struct, array_like=True):
    """A page, and the cells that its tables are laid out for."""

    source: bytes
    width: int


def main() -> int:
    """Serve until the end of input."""
    limit(MEMORY_OCTETS)
    from tuimail.mime.html.render import render_html

    # The first page pays for what is only loaded with it.
    render_html("<p><a href=https://example.org>a</a>", 80)
    decoder = msgspec.msgpack.Decoder(Request)
    encoder = msgspec.msgpack.Encoder()

    def answer(octets: bytes) -> bytes:
        request = decoder.decode(octets)
        return encoder.encode(render_html(request.source.decode("utf-8", "replace"), request.width))

    serve(answer, alarm_s=ALARM_S)
    return 0


if __name__ == "__main__":
    sys.exit(main())
