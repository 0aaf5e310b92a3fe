"""Messages of the corpus, damaged at random: whatever comes out of it is shown, safely, soon, and in little memory.

In the usual run the same damage is done each time; with TUIMAIL_EXAMPLES=N there is new damage, N times.
"""

from __future__ import annotations

import os
import random
import resource
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus.declare import MAILS
from tests.mime.test_parse import PIECES
from tests.mime.views import strings_of
from tuimail.mime.render import render_message, render_view
from tuimail.mime.sanitize import is_safe
from tuimail.mime.shown_parts import content_of
from tuimail.mime.snippets import snippet_of
from tuimail.mime.view import MessageView, Shape, ViewOptions

NIGHTLY = int(os.environ.get("TUIMAIL_EXAMPLES", "0"))
EXAMPLES = NIGHTLY or 1600
PARTS = 4
MOST_SECONDS = 30
"""A watchdog: on a busy machine a message takes some milliseconds."""
MOST_GROWTH_KB = 400 * 1024
MOST_OCTETS = 300_000

DELIMITERS = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n--sail\r\n",
    b"\n--sail--\r\n",
    b"--",
    b"; boundary=sail",
    b"=?utf-8?B?",
    b"?=",
    b"=?",
    b"\x1b]0;x\x07",
    b"\x1b[2J",
    b"\x9b2J",
    b"\xe2\x80\xae",
    b"\0",
    b"\xff\xfe",
    b"=\r\n",
    b"=C3",
    b"(",
    b'"',
    b"\\",
    b";",
    b"begin 644 x\n",
    b"=ybegin line=1 name=x\r\n",
    b"end\n",
    b"Content-Type: message/rfc822\r\n",
    b"From: a@example.org\r\n",
    b"Content-Type: multipart/alternative; boundary=sail\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"<div>",
    b"</",
    b"<a href='https://example.org/",
    b"<!--",
    b"&#x1b;",
    b"<table><tr><td>",
    b"name*0*=utf-8''",
    b"charset=utf-16",
    b"BEGIN:VCALENDAR\r\n",
    b"DTSTART:",
    b"Content-Type: text/calendar\r\n",
    b"Content-Type: text/html\r\n",
]


def flip(octets: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 12)):
        octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)


def cut(octets: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(octets))
    del octets[start : rng.choice([len(octets), start + rng.randint(1, 40)])]


def splice(octets: bytearray, rng: random.Random) -> None:
    other = rng.choice(ALL)
    start = rng.randrange(len(other) + 1)
    at = rng.randrange(len(octets) + 1)
    octets[at:at] = other[start : start + rng.randint(1, 2000)]


def repeat(octets: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(octets))
    piece = octets[start : start + rng.choice([1, 3, 10, 40, 200])]
    octets[start:start] = piece * rng.choice([2, 10, 100, 2000])


def insert(octets: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(octets) + 1)
        octets[at:at] = rng.choice(DELIMITERS) * rng.choice([1, 1, 1, 2, 50])


WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, cut, splice, repeat, insert)
ALL = [path.read_bytes() for path in sorted(MAILS.glob("*.eml"))]


def mutated(rng: random.Random) -> tuple[bytes, list[str]]:
    octets = bytearray(rng.choice(ALL))
    names = []
    for _ in range(rng.randint(1, 4)):
        way = rng.choice(WAYS)
        if octets:
            way(octets, rng)
            names.append(way.__name__)
    return bytes(octets[:MOST_OCTETS]), names


@contextmanager
def watchdog(what: str) -> Iterator[None]:
    def bark(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {MOST_SECONDS} s: {what}")

    before = signal.signal(signal.SIGALRM, bark)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check(octets: bytes, options: ViewOptions) -> MessageView:
    view = render_view(octets, options)
    assert all(is_safe(text) and "\n" not in text for text in strings_of(view))
    assert all(0 <= span.link <= len(view.links) for line in view.lines for span in line.spans)
    assert view.shape in view.shapes
    return view


@pytest.mark.timeout(0 if NIGHTLY else 120)
@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_messages_are_shown(part: int, record_property: Callable[[str, object], None]) -> None:
    seed = random.SystemRandom().getrandbits(64) if NIGHTLY else part
    counts: Counter[str] = Counter()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(EXAMPLES // PARTS):
        rng = random.Random(f"{seed} {number}")
        octets, ways = mutated(rng)
        shape = rng.choice([Shape.AUTO, Shape.AUTO, *Shape])
        options = ViewOptions(
            shape, rng.choice([10, 40, 80]), rng.choice(["", "", "utf-16", "big5"]), rng.choice([0, 50])
        )
        with watchdog(f"seed {seed}, example {number}"):
            try:
                view = check(octets, options)
                for shown in view.parts[:5]:
                    content_of(octets, shown.section)
                assert is_safe(snippet_of(octets))
            except Exception as error:
                error.add_note(f"seed {seed}, example {number}")
                raise
        counts.update(ways)
        counts["messages"] += 1
        counts["parts"] += len(view.parts)
        counts["notices"] += len(view.notices)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    assert grown_kb < MOST_GROWTH_KB
    for name, count in sorted(counts.items()):
        record_property(f"damaged messages, {name}", count)


OPTIONS = st.builds(
    ViewOptions,
    st.sampled_from(list(Shape)),
    st.integers(0, 200),
    st.sampled_from(["", "utf-8", "koi8-r", "utf-7", "x"]),
    st.integers(-1, 500),
)


@given(st.lists(st.sampled_from([*PIECES, *DELIMITERS]) | st.binary(max_size=20), max_size=30).map(b"".join), OPTIONS)
def test_any_octets_are_shown(octets: bytes, options: ViewOptions) -> None:
    check(octets, options)
    assert is_safe(render_message(octets).text)


@given(st.lists(st.sampled_from([*PIECES, *DELIMITERS]), max_size=30).map(b"".join))
def test_every_part_that_is_listed_can_be_had(octets: bytes) -> None:
    view = render_view(octets)
    for part in view.parts:
        assert content_of(octets, part.section) is not None
    assert content_of(octets, "1.999999") is None
