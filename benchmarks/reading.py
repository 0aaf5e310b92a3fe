"""A message opened: from its octets in the store to styled lines; and header blocks decoded, as lists need them."""

from __future__ import annotations

import quopri
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from benchmarks import mail
from benchmarks.bench import Bench, median, percentile
from benchmarks.figures import Figure, Judged, Target
from tests.corpus.newsletters import NEWSLETTERS, big_page
from tuimail.mime.headers import envelope_of
from tuimail.mime.render import render_view
from tuimail.store.bodies import compress, load_body, save_chunks
from tuimail.store.store import Store

_HEADER = b"From: Ada Quay <ada@example.org>\r\nSubject: Tides\r\nMIME-Version: 1.0\r\n"
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
_PAGE = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_OPENINGS = 100
_HUGE_OPENINGS = 20
_LINE = "The tide turns at six, and boats leave the harbour “early”: see https://example.org/tides for more.\r\n"
_MANY = 2_000
_TO_MS = 1_000
_TO_MICROSECONDS = 1_000_000


def measure(bench: Bench) -> Iterator[Figure]:
    """Openings of texts and newsletters, and the envelopes of ordinary messages."""
    directory = bench.new_directory()
    store = Store(directory)
    yield from _opened(bench, store, "10 KB text", _text(10_000), 5.0)
    yield from _opened(bench, store, "newsletter of a shop, 86 KB", _page(NEWSLETTERS["shop"]()), 40.0)
    yield from _opened(bench, store, "page of 100 KB", _page(big_page(100_000)), 40.0)
    yield from _opened(bench, store, "first portion of a 5 MB text", _text(5_000_000), 50.0, _HUGE_OPENINGS)
    store.close()
    bench.drop(directory)
    yield _headers(bench)


def _opened(
    bench: Bench, store: Store, name: str, octets: bytes, most_ms: float, openings: int = _OPENINGS
) -> Iterator[Figure]:
    """99 of 100 openings take so long at most; beside it what the standard library needs to find the text."""
    bench.say(f"opening: {name}")
    chunks = compress(octets)
    store.bodies.write(lambda connection: save_chunks(connection, 1, chunks), durable=False)

    def ours() -> None:
        view = render_view(store.bodies.read(lambda connection: load_body(connection, 1)))
        if not view.lines:
            raise RuntimeError("nothing is shown")

    times = _seconds(ours, openings * bench.sizes.rounds)
    peer = _seconds(lambda: _by_the_standard_library(octets), 3)
    target = Target(Judged.VALUE, most_ms)
    yield Figure(f"open: {name}, p99", "ms", percentile(times, 0.99) * _TO_MS, target=target)
    yield Figure("... middle one", "ms", median(times) * _TO_MS, median(peer) * _TO_MS, "stdlib email, text found")


def _headers(bench: Bench) -> Figure:
    """The header blocks that a list's rows are made of, decoded to values."""
    blocks = [one.octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for one in mail.messages(_MANY)]
    bench.say(f"decoding {_MANY:,} header blocks")
    ours = _seconds(lambda: [envelope_of(block) for block in blocks], 5 * bench.sizes.rounds)
    peer = _seconds(lambda: [_headers_by_the_standard_library(block) for block in blocks], 1)
    note = f"{sum(map(len, blocks)) // len(blocks)} octets each"
    per_message = _TO_MICROSECONDS / len(blocks)
    return Figure(
        f"header block decoded for the list ({note})", "µs", median(ours) * per_message, median(peer) * per_message,
        "stdlib email", Target(Judged.VALUE, 60.0),
    )  # fmt: skip


def _text(size: int) -> bytes:
    line = _LINE.encode()
    return _HEADER + _TEXT + line * (size // len(line))


def _page(source: str) -> bytes:
    return _HEADER + _PAGE + quopri.encodestring(source.encode())


def _by_the_standard_library(octets: bytes) -> None:
    message = message_from_bytes(octets, policy=policy.default)
    body = message.get_body()
    if not isinstance(body, EmailMessage) or not body.get_content():
        raise RuntimeError("the standard library found no text")


def _headers_by_the_standard_library(block: bytes) -> list[str]:
    message = message_from_bytes(block, policy=policy.default)
    return [str(message[name]) for name in ("subject", "from", "to", "cc", "date", "message-id", "references")]


def _seconds(do: Callable[[], object], times: int) -> list[float]:
    do()
    taken = []
    for _ in range(times):
        started_s = time.perf_counter()
        do()
        taken.append(time.perf_counter() - started_s)
    return taken
