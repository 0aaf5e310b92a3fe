"""Who a message is from, in the app: doubts above the text, details, and leaving a list by one request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from tests.mime.origin.ordinary import arrived, passed
from tests.servers.http_stub import HttpStub, answer
from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Place, Sample, deliver, make_place
from tuimail.config.schema import Reading, RemoteImages
from tuimail.setup.fetching import Connection, Fetcher
from tuimail.ui.screens.details import DetailsScreen
from tuimail.ui.screens.pictures import PicturesQuestion, PicturesScreen
from tuimail.ui.screens.unsubscribe import UnsubscribeScreen

LIST = (
    "From: The Garden Shop <news@garden.example>\nTo: sam@example.net\nSubject: Bulbs\n"
    "List-Unsubscribe: <https://lists.garden.example/u?id=7>, <mailto:leave@garden.example?subject=leave>\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
    "DKIM-Signature: v=1; d=garden.example; s=a; h=From:List-Unsubscribe:List-Unsubscribe-Post; b=AbC/d+e=\n"
)
RESULTS = passed("garden.example")
BODY = b"\r\nHello\r\n"


@pytest.fixture
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = make_place(tmp_path_factory.mktemp("letters"))
    deliver(
        made,
        "INBOX",
        [
            Sample(arrived(LIST, RESULTS) + BODY, 60),
            Sample(arrived('From: "ceo@bank.example" <x@evil.test>\nSubject: Pay [/red] now\n') + BODY, 120),
            Sample(arrived(LIST) + BODY, 180),
            Sample(arrived("From: Ada Byron <ada@example.org>\nSubject: Tea\n", passed("example.org")) + BODY, 240),
        ],
    )
    yield made
    made.store.close()


class Lists:
    """The host of a list; `fetcher` asks it, whatever the name."""

    def __init__(self, stub: HttpStub) -> None:
        self._stub = stub
        self.names: list[str] = []

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        return [host] if host[0].isdigit() else ["198.41.0.4"]

    async def _connect(self, address: str, port: int, context: ssl.SSLContext | None, name: str) -> Connection:
        self.names.append(name)
        return await asyncio.open_connection("127.0.0.1", self._stub.port)

    def serve(self, pilot: Pilot[None]) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        main_screen(pilot).desk.origin.fetcher = Fetcher(resolve=self._resolve, connect=self._connect, context=context)


def shown(pilot: Pilot[None]) -> str:
    return "\n".join(str(part.render()) for part in pilot.app.screen.query(Static))


async def until(pilot: Pilot[None], screen: type[Screen[Any]]) -> None:
    """Wait for a screen that comes after something was fetched."""
    for _ in range(500):
        if isinstance(pilot.app.screen, screen):
            return
        await pilot.pause(0.01)
    raise AssertionError(f"{screen.__name__} did not come")


async def test_a_doubt_stands_above_the_text_and_none_above_ordinary_mail(letters: Place, make_app: MakeApp) -> None:
    app = make_app(letters)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        preview = main_screen(pilot).preview
        assert "The sender" not in "\n".join(preview.line_text(number) for number in range(preview.line_count))
        await press(pilot, "j")
        text = "\n".join(preview.line_text(number) for number in range(preview.line_count))
        assert "! The sender’s name is ceo@bank.example, but it comes from x@evil.test." in text


async def test_a_list_is_left_by_one_request_after_a_yes(letters: Place, make_app: MakeApp) -> None:
    app = make_app(letters)
    async with HttpStub({"/u": answer("bye")}) as stub, app.run_test(size=(120, 40)) as pilot:
        lists = Lists(stub)
        lists.serve(pilot)
        await settle(pilot)
        await press_into_dialog(pilot, "Z")
        assert isinstance(app.screen, UnsubscribeScreen)
        words = shown(pilot)
        assert "The Garden Shop" in words
        assert "One request would go to lists.garden.example" in words
        assert "https://lists.garden.example/u?id=7" in words
        assert "A message to leave@garden.example, with the subject “leave” would do it too." in words
        await press_into_dialog(pilot, "enter")
        assert stub.requests == []
        await press(pilot, "y")
        assert (stub.requests, stub.bodies) == (["/u?id=7"], [b"List-Unsubscribe=One-Click"])
        assert lists.names == ["lists.garden.example"]
        assert toasts(pilot)[-1:] == ["lists.garden.example has taken the request: you should be off the list."]


async def test_a_list_that_refuses_is_told_and_a_no_sends_nothing(letters: Place, make_app: MakeApp) -> None:
    app = make_app(letters)
    page = answer("", status="302 Found", headers="Location: /v\r\n")
    async with HttpStub({"/u": page}) as stub, app.run_test(size=(120, 40)) as pilot:
        Lists(stub).serve(pilot)
        await settle(pilot)
        await press_into_dialog(pilot, "Z")
        await press(pilot, "escape")
        assert stub.requests == []
        await press_into_dialog(pilot, "Z")
        await press(pilot, "y")
        assert stub.requests == ["/u?id=7"]
        assert toasts(pilot)[-1:] == ["lists.garden.example has not taken the request (status 302). Try its page."]


async def test_without_a_signature_nothing_is_sent_but_the_other_ways_are_there(
    letters: Place, make_app: MakeApp
) -> None:
    app = make_app(letters)
    async with HttpStub({}) as stub, app.run_test(size=(120, 40)) as pilot:
        Lists(stub).serve(pilot)
        await settle(pilot)
        await press(pilot, "j", "j")
        await press_into_dialog(pilot, "Z")
        words = shown(pilot)
        assert "It cannot be left with one request. Your server does not say that the message is signed." in words
        assert "o  open the page      c  copy the address" in words
        await press_into_dialog(pilot, "y")
        assert isinstance(app.screen, UnsubscribeScreen)
        assert stub.requests == []
        await press_into_dialog(pilot, "o")
        assert "It leads to    lists.garden.example" in shown(pilot)
        await press(pilot, "escape")
        await press(pilot, "j")
        await press(pilot, "Z")
        assert toasts(pilot) == ["This message names no list to leave."]


async def test_details_say_who_it_is_from_and_how_it_came(letters: Place, make_app: MakeApp) -> None:
    app = make_app(letters)
    async with app.run_test(size=(140, 50)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "I")
        assert isinstance(app.screen, DetailsScreen)
        words = shown(pilot)
        for line in (
            "The Garden Shop <news@garden.example>",
            "✓ Verified: garden.example answers for this message.",
            "Checked by mx.home.example.",
            "From address (DMARC) of garden.example: holds; its owner asks for: reject",
            "mx.home.example took it from mail.example.org (198.51.100.7), encrypted, Wed 12 Mar 2025 10:00",
            "It can be left with one request, to lists.garden.example.",
            "1 text/plain, 9 B",
        ):
            assert line in words, line
        await press(pilot, "escape")
        await press(pilot, "j")
        await press_into_dialog(pilot, "I")
        words = shown(pilot)
        assert "Unknown: no server that is trusted has checked it." in words
        assert "! The sender’s name is ceo@bank.example, but it comes from x@evil.test." in words
        assert "name it: `authserv_id`" in words


async def test_a_named_server_is_the_only_one_believed(letters: Place, make_app: MakeApp) -> None:
    home = msgspec.structs.replace(CONFIG.accounts["home"], authserv_id="other.example")
    app = make_app(letters, config=msgspec.structs.replace(CONFIG, accounts={"home": home}))
    async with app.run_test(size=(140, 50)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "I")
        assert "Unknown: no server that is trusted has checked it." in shown(pilot)


PAGE = (
    b"Content-Type: text/html\r\n\r\n<p>Spring</p><img src='https://cdn.garden.example/a/hero.jpg' width=640 alt=Bulbs>"
    b"<img src='https://cdn.garden.example/bad.png' width=99 alt=x><img src='http://127.0.0.1/x' width=99 alt=y>\r\n"
)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0"


def with_page(letters: Place, *, results: str = RESULTS) -> None:
    octets = arrived(LIST, results).removesuffix(b"\r\n") + PAGE
    deliver(letters, "INBOX", [Sample(octets, 10)], first_uid=9)


async def test_details_say_how_much_a_page_hides(letters: Place, make_app: MakeApp) -> None:
    page = b"Content-Type: text/html\r\n\r\n<p style='display:none'>cheap pills</p><p>Spring<i hidden>!</i></p>\r\n"
    octets = arrived(LIST, RESULTS).removesuffix(b"\r\n") + page
    deliver(letters, "INBOX", [Sample(octets, 10)], first_uid=9)
    async with make_app(letters).run_test(size=(140, 50)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "I")
        assert "2 pieces that the page hides; the source has all of it" in shown(pilot)


async def test_pictures_are_loaded_after_a_question_alone(letters: Place, make_app: MakeApp) -> None:
    with_page(letters)
    app = make_app(letters)
    pages = {"/a/hero.jpg": answer(PNG), "/bad.png": answer("<html>")}
    async with HttpStub(pages) as stub, app.run_test(size=(140, 40)) as pilot:
        Lists(stub).serve(pilot)
        await settle(pilot)
        await press(pilot, "enter")
        assert stub.requests == []
        await press_into_dialog(pilot, "i")
        assert "3 pictures, from cdn.garden.example, 127.0.0.1." in shown(pilot)
        await press(pilot, "escape")
        assert stub.requests == []
        await press_into_dialog(pilot, "i")
        assert "ask no more for news@garden.example" in shown(pilot)
        await press_into_dialog(pilot, "a")
        await until(pilot, PicturesScreen)
        screen = app.screen
        assert isinstance(screen, PicturesScreen)
        assert [(picture.name, picture.about) for picture in screen.pictures] == [
            ("hero.png", "picture, 640×480, 24 B"),
            ("bad.png", "This is no picture of a known kind."),
            ("x", "127.0.0.1 leads into a private network: it was not asked."),
        ]
        assert "it was not asked" not in shown(pilot)
        await press_into_dialog(pilot, "j", "j")
        assert "127.0.0.1 leads into a private network: it was not asked." in shown(pilot)
        await press(pilot, "escape")
        await press_into_dialog(pilot, "i")
        await until(pilot, PicturesScreen)
        assert "f  ask again for news@garden.example" in shown(pilot)
        await press(pilot, "f")
        assert toasts(pilot) == ["Pictures of news@garden.example are loaded after a question again."]
        await press_into_dialog(pilot, "i")
        assert isinstance(app.screen, PicturesQuestion)
        await press(pilot, "escape")
        assert sorted(stub.requests) == ["/a/hero.jpg"] * 2 + ["/bad.png"] * 2


async def test_pictures_are_never_loaded_where_the_settings_say_so(letters: Place, make_app: MakeApp) -> None:
    with_page(letters)
    never = msgspec.structs.replace(CONFIG, reading=Reading(remote_images=RemoteImages.NEVER))
    app = make_app(letters, config=never)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "i")
        assert toasts(pilot) == ["Pictures are not loaded: `reading.remote_images` is “never” in the settings."]
        await press(pilot, "j")
        await press(pilot, "i")
        assert toasts(pilot) == ["This message has no pictures elsewhere."]


async def test_who_may_not_be_sure_is_not_asked_for_ever(letters: Place, make_app: MakeApp) -> None:
    with_page(letters, results="dmarc=fail (p=none) header.from=garden.example")
    app = make_app(letters)
    async with HttpStub({}) as stub, app.run_test(size=(140, 40)) as pilot:
        Lists(stub).serve(pilot)
        await settle(pilot)
        await press(pilot, "enter")
        await press_into_dialog(pilot, "i")
        assert isinstance(app.screen, PicturesQuestion)
        assert "ask no more" not in shown(pilot)
        await press_into_dialog(pilot, "a")
        assert isinstance(app.screen, PicturesQuestion)
        await press(pilot, "n")
        assert stub.requests == []
