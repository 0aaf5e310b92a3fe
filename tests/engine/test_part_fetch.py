"""Large messages by their parts: what goes over the wire, what is stored, and what happens when the server lies."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cli.runner import Bench
from tests.engine.conftest import Place
from tests.engine.points import Killed, Points
from tests.engine.proxy import CUT, Plan, Proxy
from tests.engine.watching import settled, watching
from tests.engine.world import ACCOUNT, Mirror, Other, eventually
from tuimail.engine.pace import PACE
from tuimail.engine.run import fetch_bodies, fetch_parts
from tuimail.mime.parse import decode_part, parse_message
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState
from tuimail.store import part_wants, parts, read
from tuimail.ui.stored_message import how_far, load_part, load_stored

SEED = random.Random(7)
PLAN = SEED.randbytes(3_000_000)
PHOTO = SEED.randbytes(1_200_000)
TEXT = "Three lines\r\nof text\r\nto read.\r\n"


def encoded(octets: bytes) -> str:
    return base64.encodebytes(octets).decode().replace("\n", "\r\n")


def letter(name: str = "large", *, secured: bool = False) -> bytes:
    """A message of 5.7 MB, of which 2 KB are there to be read; `secured`: it is signed."""
    kind = 'signed; protocol="application/pgp-signature"' if secured else "mixed"
    lines = [
        "From: Ada Example <ada@example.org>",
        f"Subject: {name}",
        f"Message-ID: <{name}@mail.example.org>",
        "Date: Thu, 1 Jan 2026 10:00:00 +0000",
        f'Content-Type: multipart/{kind}; boundary="outer"',
        "",
        "This is the preamble.",
        "--outer",
        'Content-Type: multipart/alternative; boundary="inner"',
        "",
        "--inner",
        "Content-Type: text/plain; charset=utf-8",
        "",
        TEXT,
        "--inner",
        "Content-Type: text/html; charset=utf-8",
        "",
        "<p>Three lines <b>of text</b> to read.",
        "--inner--",
        "--outer",
        'Content-Type: application/pdf; name="plan.pdf"',
        'Content-Disposition: attachment; filename="plan.pdf"',
        "Content-Transfer-Encoding: base64",
        "",
        encoded(PLAN),
        "--outer",
        'Content-Type: image/jpeg; name="=?utf-8?q?b=C3=A4r.jpg?="',
        'Content-Disposition: attachment; filename="=?utf-8?q?b=C3=A4r.jpg?="',
        "Content-Transfer-Encoding: base64",
        "",
        encoded(PHOTO),
        "--outer--",
        "The epilogue.",
    ]
    return "\r\n".join(lines).encode() + b"\r\n"


LETTER = letter()


@pytest.fixture
def proxy(place: Place) -> Iterator[Proxy]:
    with Proxy(place.port) as made:
        yield made


@pytest.fixture
def mirror(place: Place, other: Other, proxy: Proxy, tmp_path: Path) -> Iterator[Mirror]:
    """An account that keeps headers alone, with the letter in it, behind the proxy."""
    other.append("INBOX", LETTER)
    made = place.mirror(tmp_path / "data", port=proxy.port, offline="headers")
    made.sync_ok()
    proxy.play()
    yield made
    made.store.close()


def fetch(mirror: Mirror, section: str, name: str = "large") -> str:
    id_ = mirror.id_of(name)
    return asyncio.run(fetch_parts(mirror.store, mirror.config, id_, lambda: [section], secret_of=mirror.secret_of))


def state(mirror: Mirror, name: str = "large") -> BodyState:
    return mirror.message(name).body


def part(mirror: Mirror, section: str, name: str = "large") -> bytes | None:
    return load_part(mirror.store, mirror.id_of(name), section)


def test_a_part_is_fetched_alone(mirror: Mirror, proxy: Proxy) -> None:
    assert fetch(mirror, "2") == ""
    proxy.drain()
    assert part(mirror, "2") == PLAN
    assert part(mirror, "3") is None
    assert state(mirror) is BodyState.PARTIAL
    assert len(encoded(PLAN)) < proxy.octets_in < len(encoded(PLAN)) + 8_000
    proxy.play()
    assert fetch(mirror, "3") == ""
    proxy.drain()
    assert part(mirror, "3") == PHOTO
    assert len(encoded(PHOTO)) < proxy.octets_in < len(encoded(PHOTO)) + 8_000
    assert state(mirror) is BodyState.PARTIAL, "all parts together are not the message"


def test_text_is_read_for_a_thousandth_of_the_message(mirror: Mirror, proxy: Proxy) -> None:
    assert fetch(mirror, "1.1") == ""
    proxy.drain()
    assert proxy.octets_in < 8_000
    assert part(mirror, "1.1") == TEXT.encode().removesuffix(b"\r\n") + b"\r\n"
    message = mirror.message("large")
    assert "Three lines" in message.snippet
    place = mirror.read(partial(read.body_place, id_=message.id))
    assert place is not None
    stored = load_stored(mirror.store, place)
    assert stored is not None
    assert not stored.is_whole
    assert {name: one.is_here for name, one in stored.apart.items()} == {"2": False, "3": False}
    seen = {one.section: one for one in parse_message(stored.octets).walk()}
    assert seen["3"].file_name == "bär.jpg"
    assert seen["2"].size_octets == 0


def test_several_parts_come_over_one_connection(mirror: Mirror, proxy: Proxy) -> None:
    id_ = mirror.id_of("large")
    seen: list[BodyState] = []

    def choose() -> list[str]:
        seen.append(state(mirror))
        return ["2", "3"]

    assert asyncio.run(fetch_parts(mirror.store, mirror.config, id_, choose, secret_of=mirror.secret_of)) == ""
    assert seen == [BodyState.PARTIAL], "what there is to choose from is here"
    assert (part(mirror, "2"), part(mirror, "3"), proxy.connections) == (PLAN, PHOTO, 1)


CONFIG = """
[accounts.{account}]
offline = "headers"
  [accounts.{account}.imap]
  host = "127.0.0.1"
  port = {port}
  security = "none"
  username = "{user}"
  password_command = ["printf", "%s", "{password}"]
"""


def test_the_command_line_fetches_what_is_missing_alone(mirror: Mirror, proxy: Proxy, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.config.write_text(
        CONFIG.format(account=ACCOUNT, port=proxy.port, user=mirror.user, password=mirror.password), "utf-8"
    )
    id_ = str(mirror.id_of("large"))
    shown = bench.ok("show", id_).stdout
    assert "Three lines\nof text\nto read.\n" in shown
    assert "  2  plan.pdf  application/pdf  2.9 M\n  3  bär.jpg  image/jpeg  1.1 M\n" in shown
    assert bench.json("show", id_)["body"] == "partial"
    proxy.drain()
    assert proxy.octets_in < 8_000, "what is read is fetched once"
    assert bench.ok("show", id_, "--part", "3").stdout_bytes == PHOTO
    proxy.drain()
    proxy.play()
    assert bench.ok("show", id_, "--save", str(tmp_path)).stdout == f"{tmp_path}/plan.pdf\n{tmp_path}/bär.jpg\n"
    proxy.drain()
    assert ((tmp_path / "plan.pdf").read_bytes(), (tmp_path / "bär.jpg").read_bytes()) == (PLAN, PHOTO)
    assert len(encoded(PLAN)) < proxy.octets_in < len(encoded(PLAN)) + 8_000
    assert state(mirror) is BodyState.PARTIAL
    proxy.play()
    bench.ok("show", id_, "--save", str(tmp_path))
    assert proxy.connections == 0
    assert bench.ok("show", id_, "--raw").stdout_bytes == LETTER


def test_the_whole_takes_the_place_of_the_parts(mirror: Mirror, proxy: Proxy) -> None:
    assert fetch(mirror, "3") == ""
    id_ = mirror.id_of("large")
    failed = asyncio.run(fetch_bodies(mirror.store, mirror.config, [id_], secret_of=mirror.secret_of))
    assert failed == {}
    assert state(mirror) is BodyState.FULL
    assert mirror.octets_of(id_) == LETTER
    assert mirror.store.bodies.read(partial(parts.parts_here, body_id=id_)) == {}
    assert part(mirror, "2") == PLAN


def test_what_is_signed_comes_whole(mirror: Mirror, other: Other) -> None:
    signed = letter("signed", secured=True)
    other.append("INBOX", signed)
    mirror.sync_ok()
    assert fetch(mirror, "1.1", "signed") == ""
    assert state(mirror, "signed") is BodyState.FULL
    assert mirror.octets_of(mirror.id_of("signed")) == signed


def test_a_small_message_comes_whole(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", ["small"])
    mirror.sync_ok()
    assert fetch(mirror, "1", "small") == ""
    assert state(mirror, "small") is BodyState.FULL


def told(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    return lambda octets: re.sub(pattern, replacement, octets, flags=re.IGNORECASE)


SIZE_OF_PLAN = b'"base64" %d' % len(encoded(PLAN))
LIES = {
    "a smaller size": told(SIZE_OF_PLAN, b'"base64" 4000000'),
    "a larger size": told(SIZE_OF_PLAN, b'"base64" 4200000'),
    "another type": told(b'"application" "pdf"', b'"application" "zip"'),
    "no structure": told(rb"BODYSTRUCTURE \(", b"BODYSTRUCTURO ("),
    "an unreadable structure": told(b'"text" "plain"', b'"text" ("plain")'),
    "no such section": told(rb"BODY\[1.1\] \{", b"BODY[7.1] {"),
    "another boundary": told(b'boundary="inner"', b'boundary="other"'),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_server_that_lies_gives_the_whole_message(
    mirror: Mirror, proxy: Proxy, lie: Callable[[bytes], bytes]
) -> None:
    """Whatever does not fit together: all of the message is fetched, and nothing wrong counts as a part."""
    before = []

    def rewrite(octets: bytes) -> bytes:
        changed = lie(octets)
        before.append(changed != octets)
        return changed

    proxy.play(Plan(rewrite=rewrite))
    assert fetch(mirror, "2") == ""
    assert any(before)
    assert part(mirror, "2") == PLAN


def refuse(line: bytes) -> bytes | None:
    return b"TAG NO [CANNOT] Not by parts.\r\n" if b"BODYSTRUCTURE" in line or b".MIME]" in line else None


def test_a_server_that_refuses_sections_gives_the_whole_message(mirror: Mirror, proxy: Proxy) -> None:
    proxy.play(Plan(answer=refuse))
    assert fetch(mirror, "2") == ""
    assert state(mirror) is BodyState.FULL
    assert mirror.octets_of(mirror.id_of("large")) == LETTER


def test_mailboxes_numbered_anew_give_nothing(mirror: Mirror, proxy: Proxy) -> None:
    assert fetch(mirror, "1.1") == ""
    mirror.write(lambda c: c.execute("UPDATE mailboxes SET uid_validity = 7"))
    assert fetch(mirror, "2") == "The server did not give it."
    assert part(mirror, "2") is None
    assert state(mirror) is BodyState.PARTIAL


def test_another_message_in_its_place_gives_nothing(mirror: Mirror, other: Other, proxy: Proxy) -> None:
    """A UID that means another message, though the mailbox says that it does not: the part's header gives it away."""
    other.append("INBOX", LETTER.replace(b"plan.pdf", b"evil.pdf").replace(b"large", b"twin."))
    mirror.sync_ok()
    assert fetch(mirror, "1.1") == ""
    twin = mirror.message("twin.")
    mirror.write(lambda c: c.execute("UPDATE messages SET uid = 99 WHERE id = ?", (twin.id,)))
    mirror.write(lambda c: c.execute("UPDATE messages SET uid = ? WHERE id = ?", (twin.uid, mirror.id_of("large"))))
    assert fetch(mirror, "2") == ""
    place = mirror.read(partial(read.body_place, id_=mirror.id_of("large")))
    assert place is not None
    stored = load_stored(mirror.store, place)
    assert stored is not None
    assert stored.is_whole, "what the server has under this UID came as one piece, and not as a part of another"


def test_an_interrupted_part_goes_on_where_it_stopped(mirror: Mirror, proxy: Proxy) -> None:
    assert fetch(mirror, "1.1") == ""
    proxy.drain()
    proxy.play(Plan(octets=2_500_000))
    assert fetch(mirror, "2") != ""
    assert proxy.cuts == 1
    proxy.drain()
    assert part(mirror, "2") is None
    come = how_far(mirror.store, mirror.id_of("large"))["2"]
    assert come.came_octets == 2 * parts.PIECE_OCTETS
    proxy.play()
    assert fetch(mirror, "2") == ""
    proxy.drain()
    assert part(mirror, "2") == PLAN
    assert proxy.octets_in < len(encoded(PLAN)) - come.came_octets + 8_000


def want(mirror: Mirror, *sections: str) -> MessageId:
    id_ = mirror.id_of("large")
    mirror.write(partial(part_wants.want_parts, id_=id_, sections=sections, now=1))
    return id_


def test_a_pass_brings_what_is_wanted(mirror: Mirror) -> None:
    id_ = want(mirror, "2", "9")
    mirror.sync_ok()
    assert part(mirror, "2") == PLAN
    assert part(mirror, "3") is None
    assert mirror.read(partial(part_wants.wants_of, id_=id_)) == {}


def test_a_part_that_breaks_the_connection_is_given_up(mirror: Mirror, proxy: Proxy) -> None:
    assert fetch(mirror, "1.1") == ""
    id_ = want(mirror, "2")
    for _ in range(3):
        proxy.drain()
        proxy.play(Plan(answer=lambda line: CUT if b"BODY.PEEK[2]" in line else None))
        assert not mirror.sync().ok
    proxy.play()
    mirror.sync_ok()
    (refused,) = mirror.read(partial(part_wants.wants_of, id_=id_)).values()
    assert refused.problem == "The connection broke each time it was fetched."
    assert want(mirror, "2") == id_
    mirror.sync_ok()
    assert part(mirror, "2") == PLAN


async def test_a_watch_brings_what_is_opened_and_what_is_wanted(mirror: Mirror, proxy: Proxy) -> None:
    async with watching(mirror, PACE) as watch:
        await settled(mirror)
        id_ = mirror.id_of("large")
        watch.want_body(id_)
        await eventually(lambda: state(mirror) is BodyState.PARTIAL, "the text is here")
        want(mirror, "3")
        watch.wake()
        await eventually(lambda: part(mirror, "3") == PHOTO, "the picture is here")
        # No hint: the store alone tells of it.
        want(mirror, "2")
        await eventually(lambda: part(mirror, "2") == PLAN, "the plan is here")
        want(mirror, part_wants.WHOLE)
        watch.wake()
        await eventually(lambda: state(mirror) is BodyState.FULL, "all of it is here")
    assert mirror.octets_of(id_) == LETTER


def test_killed_at_any_point_nothing_is_half_there(mirror: Mirror) -> None:
    """A fetch of text and part that dies after any commit: what counts as here is here, and the next one ends well."""
    id_ = mirror.id_of("large")
    at, struck = 1, True
    while struck:
        points = Points(at)
        points.strike = points.die
        with points.counted(), contextlib.suppress(Killed, asyncio.CancelledError):
            fetch(mirror, "2")
        struck = points.struck
        found = part(mirror, "2")
        assert found is None or found == PLAN
        assert state(mirror) is not BodyState.FULL
        mirror.write(lambda c: c.execute("UPDATE messages SET body = 0, body_id = NULL WHERE id = ?", (id_,)))
        at += 3
    assert at > 6
    assert fetch(mirror, "2") == ""
    assert part(mirror, "2") == PLAN
    assert decode_part(LETTER, parse_message(LETTER).children[1]) == PLAN
