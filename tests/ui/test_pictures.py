"""Pictures of a message in the terminal: the way they are drawn, what the terminal is sent, the viewer and its keys."""

from __future__ import annotations

import base64
import re
import zlib
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from rich.color import Color
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts, until
from tests.ui.sample_store import Place, Sample, deliver
from tuimail.config.schema import Config, Pictures, Reading
from tuimail.ui import graphics
from tuimail.ui.graphics import Ability, decide
from tuimail.ui.models.half_blocks import half_blocks
from tuimail.ui.screens.attachments import AttachmentsScreen
from tuimail.ui.screens.picture_viewer import PictureViewer
from tuimail.ui.terminal_input import TerminalDriver, TerminalInput
from tuimail.ui.widgets.picture_canvas import PictureCanvas

RED, BLUE = (255, 0, 0), (0, 0, 255)


def png(*colours: tuple[int, int, int]) -> bytes:
    """Rows of these colours, four dots wide."""
    image = Image.new("RGB", (4, len(colours)))
    for row, colour in enumerate(colours):
        image.paste(colour, (0, row, 4, row + 1))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def letter(*parts: tuple[str, str, bytes]) -> bytes:
    """A page with a picture in it, and these parts attached: type, name, octets."""
    page = b'<p>Look:</p><img src="cid:one@example.org" alt="flag" width="200" height="100">'
    lines = [
        b"From: Ada Quill <ada@example.org>\r\nSubject: Flags\r\nMessage-ID: <flags@example.org>",
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b',
        b'Content-Type: multipart/related; boundary="r"\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n' + page,
        b'--r\r\nContent-Type: image/png; name="flag.png"\r\nContent-ID: <one@example.org>',
        b"Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n",
        base64.encodebytes(png(RED, BLUE)).replace(b"\n", b"\r\n") + b"--r--",
    ]
    for kind, name, octets in parts:
        lines += [
            f'--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"'.encode(),
            b"Content-Transfer-Encoding: base64\r\n",
            base64.encodebytes(octets).replace(b"\n", b"\r\n"),
        ]
    return b"\r\n".join([*lines, b"--b--\r\n"])


@pytest.fixture(autouse=True)
def _on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def flags(place: Place) -> Place:
    parts = (
        ("image/png", "sea.png", png(BLUE)),
        ("image/gif", "broken.gif", b"GIF89a\1\0\1\0..."),
        ("text/plain", "a.txt", b"a"),
    )
    deliver(place, "INBOX", [Sample(letter(*parts), -60)], first_uid=500)
    return place


def with_pictures(way: Pictures) -> Config:
    return msgspec.structs.replace(CONFIG, reading=Reading(pictures=way))


def viewer(pilot: Pilot[None]) -> PictureViewer:
    screen = pilot.app.screen
    assert isinstance(screen, PictureViewer)
    return screen


def said(pilot: Pilot[None], name: str) -> str:
    return " ".join(str(viewer(pilot).query_one(f"#{name}", Static).content).split())


def drawn(canvas: PictureCanvas) -> list[list[tuple[str, Color | None, Color | None]]]:
    """What stands on its lines beside blanks."""
    lines = [canvas.render_line(y) for y in range(canvas.size.height)]
    found = [
        [(text, style.color, style.bgcolor) for text, style, _ in strip if style is not None and "▀" in text]
        for strip in lines
    ]
    return [line for line in found if line]


async def open_viewer(pilot: Pilot[None], key: str = "B") -> None:
    await settle(pilot)
    await press(pilot, "enter")
    await press_into_dialog(pilot, key)
    await until(pilot, lambda: isinstance(pilot.app.screen, PictureViewer), "the viewer")


async def test_pictures_are_drawn_one_after_the_other(flags: Place, make_app: MakeApp) -> None:
    app = make_app(flags)
    async with app.run_test(size=(100, 30)) as pilot:
        await open_viewer(pilot)
        canvas = viewer(pilot).canvas
        # Attachments stand first, as in the list of them.
        await until(pilot, lambda: bool(drawn(canvas)), "the picture")
        assert said(pilot, "about").startswith("sea.png image/png")
        assert said(pilot, "about").endswith("4×1 1 of 3")
        # Below the one row of dots is what lies below the picture.
        assert [[(text, color) for text, color, _ in line] for line in drawn(canvas)] == [
            [("▀▀▀▀", Color.from_rgb(*BLUE))]
        ]
        await press_into_dialog(pilot, "right")
        await until(pilot, lambda: "damaged" in canvas.words, "the problem")
        assert canvas.words == (
            "This picture is not drawn: its file is damaged, or is no picture. o opens it with a program, s saves it."
        )
        await press_into_dialog(pilot, "n")
        await until(pilot, lambda: bool(drawn(canvas)), "the picture in the text")
        assert said(pilot, "about").startswith("flag.png image/png")
        assert said(pilot, "about").endswith("4×2 3 of 3")
        assert drawn(canvas) == [[("▀▀▀▀", Color.from_rgb(*RED), Color.from_rgb(*BLUE))]]
        await press_into_dialog(pilot, "n", "p")
        await until(pilot, lambda: "3 of 3" in said(pilot, "about") and bool(drawn(canvas)), "the last again")
        await press(pilot, "escape")
        assert app.screen is main_screen(pilot)


async def test_a_picture_is_saved_out_of_the_viewer(flags: Place, make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(flags)
    async with app.run_test(size=(100, 30)) as pilot:
        await open_viewer(pilot)
        await press_into_dialog(pilot, "s")
        await until(pilot, lambda: not isinstance(app.screen, PictureViewer), "the question")
        app.screen.query_one(Input).value = str(tmp_path)
        await press_into_dialog(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, PictureViewer) and "Saved" in said(pilot, "said"), "the file")
        assert said(pilot, "said") == f"Saved: {tmp_path / 'sea.png'}"
        assert (tmp_path / "sea.png").read_bytes() == png(BLUE)


async def test_the_list_of_attachments_leads_there(flags: Place, make_app: MakeApp) -> None:
    app = make_app(flags)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        await press_into_dialog(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, AttachmentsScreen), "the list")
        await until(pilot, lambda: app.screen.query_one("#attachments").size.height > 1, "its rows")
        await press_into_dialog(pilot, "j", "v")
        await until(pilot, lambda: isinstance(app.screen, PictureViewer), "the viewer")
        assert "2 of 3" in said(pilot, "about")
        await press_into_dialog(pilot, "escape")
        assert isinstance(app.screen, AttachmentsScreen)


async def test_over_ssh_it_is_said_why_nothing_is_drawn(
    flags: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_TTY", "/dev/pts/7")
    app = make_app(flags)
    async with app.run_test(size=(100, 30)) as pilot:
        await open_viewer(pilot)
        canvas = viewer(pilot).canvas
        await until(pilot, lambda: bool(canvas.words), "the reason")
        assert canvas.words == (
            "Pictures are not drawn over SSH, unless `reading.pictures` in the settings names a way."
            " o opens it with a program, s saves it."
        )
        assert drawn(canvas) == []


async def test_a_message_without_pictures_says_so(place: Place, make_app: MakeApp) -> None:
    app = make_app(place)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "B")
        assert toasts(pilot) == ["This message brought no pictures."]


async def test_kitty_gets_the_picture_once_and_forgets_it_at_the_end(flags: Place, make_app: MakeApp) -> None:
    app = make_app(flags, config=with_pictures(Pictures.KITTY))
    async with app.run_test(size=(100, 30)) as pilot:
        written: list[str] = []
        app.session.terminal.connect(written.append)
        await open_viewer(pilot)
        await until(pilot, lambda: any("a=p" in one for one in written), "the picture")
        sent = [one for one in written if "a=t" in one]
        assert [pixels_of(one) for one in sent] == [bytes(BLUE) * 4]
        # One cell of ten by twenty pixels, in the middle of 100 by 28 cells below the first line.
        assert "\x1b7\x1b[15;50H\x1b_Ga=p,i=24601,p=1,c=1,r=1,C=1,q=2\x1b\\\x1b8" in written
        written.clear()
        await press_into_dialog(pilot, "s")
        await until(pilot, lambda: not isinstance(app.screen, PictureViewer), "the question")
        assert written == [graphics.kitty_hidden()]
        await press_into_dialog(pilot, "escape")
        await until(pilot, lambda: any("a=p" in one for one in written), "the picture again")
        assert not any("a=t" in one for one in written)
        await press(pilot, "escape")
        assert written[-1] == graphics.kitty_forgotten()


async def test_sixels_are_drawn_where_the_cell_is_known(
    flags: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphics, "cell_size", lambda _driver: (2, 4))
    app = make_app(flags, config=with_pictures(Pictures.SIXEL))
    async with app.run_test(size=(100, 30)) as pilot:
        written: list[str] = []
        app.session.terminal.connect(written.append)
        await open_viewer(pilot)
        await until(pilot, lambda: any("\x1bP" in one for one in written), "the picture")
        place, size, colour = re.findall(
            r'\x1b7\x1b\[([0-9;]+)H\x1bP[0-9;]*q"1;1;([0-9;]+)#\d+;2;([0-9;]+)', written[-1]
        )[0]
        assert (place, size, colour) == ("15;50", "4;1", "0;0;100")
        assert written[-1].endswith("\x1b\\\x1b8")


def pixels_of(sequences: str) -> bytes:
    """What a terminal makes of a picture that it is sent."""
    payloads = re.findall(r"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\", sequences)
    assert [("m=1" in keys) for keys, _ in payloads] == [True] * (len(payloads) - 1) + [False]
    assert all(len(payload) <= 4096 for _, payload in payloads)
    return zlib.decompress(base64.b64decode("".join(payload for _, payload in payloads)))


def test_a_large_picture_goes_to_kitty_in_pieces() -> None:
    pixels = bytes(Image.effect_noise((90, 90), 80).convert("RGB").tobytes())
    sent = graphics.kitty_sent(pixels, 90, 90)
    assert pixels_of(sent) == pixels
    assert sent.count("\x1b_G") > 2


BOTH, NONE = Ability(kitty=True, sixel=True), Ability()


@pytest.mark.parametrize(
    ("setting", "environment", "ability", "colors", "way"),
    [
        (Pictures.AUTO, {}, BOTH, "truecolor", Pictures.KITTY),
        (Pictures.AUTO, {}, Ability(sixel=True), "truecolor", Pictures.SIXEL),
        (Pictures.AUTO, {}, NONE, "256", Pictures.HALF_BLOCKS),
        (Pictures.AUTO, {}, NONE, "standard", Pictures.OFF),
        (Pictures.AUTO, {}, NONE, None, Pictures.OFF),
        (Pictures.AUTO, {"SSH_CONNECTION": "1"}, BOTH, "truecolor", Pictures.OFF),
        (Pictures.AUTO, {"NO_COLOR": "1"}, BOTH, "truecolor", Pictures.OFF),
        (Pictures.HALF_BLOCKS, {"SSH_TTY": "1"}, NONE, "truecolor", Pictures.HALF_BLOCKS),
        (Pictures.HALF_BLOCKS, {"NO_COLOR": "1"}, NONE, "truecolor", Pictures.OFF),
        (Pictures.SIXEL, {"SSH_TTY": "1"}, NONE, "256", Pictures.SIXEL),
        (Pictures.KITTY, {}, NONE, "256", Pictures.KITTY),
        (Pictures.OFF, {}, BOTH, "truecolor", Pictures.OFF),
    ],
)
def test_how_pictures_are_drawn(
    setting: Pictures, environment: dict[str, str], ability: Ability, colors: str | None, way: Pictures
) -> None:
    decision = decide(setting, environment, ability, colors=colors)
    assert decision.way is way
    assert bool(decision.why) == (way is Pictures.OFF)


def test_half_blocks_hold_two_dots_each() -> None:
    pixels = bytes([*RED, *RED, *BLUE, *RED, *BLUE, *BLUE, *BLUE, *BLUE, *RED])
    lines = half_blocks(pixels, 3, 3)
    red, blue = Color.from_rgb(*RED), Color.from_rgb(*BLUE)
    assert [[(text, style.color, style.bgcolor) for text, style, _ in line if style] for line in lines] == [
        [("▀", red, red), ("▀", red, blue), ("▀", blue, blue)],
        [("▀▀", blue, None), ("▀", red, None)],
    ]


@pytest.mark.parametrize("cut", range(1, 30))
def test_an_answer_that_somebody_waits_for_is_heard_whole_and_no_key_is_lost(cut: int) -> None:
    octets = b"j\x1b_Gi=24602;OK\x1b\\\x1b[?62;4;22ck"
    heard: list[str] = []
    reader = TerminalInput()
    reader.on_answer = heard.append
    keys = [getattr(message, "key", "") for piece in (octets[:cut], octets[cut:]) for message in reader.feed(piece)]
    assert heard == ["\x1b_Gi=24602;OK\x1b\\", "\x1b[?62;4;22c"]
    assert keys == ["j", "k"]


def test_an_escape_that_is_pressed_meanwhile_is_a_key_once_nobody_waits() -> None:
    reader = TerminalInput()
    heard: list[str] = []
    reader.on_answer = heard.append
    assert [*reader.feed(b"\x1b"), *reader.tick()] == []
    reader.on_answer = None
    assert [message.key for message in [*reader.tick(), *reader.feed(b"\x1b")] if isinstance(message, Key)] == [
        "escape"
    ]


class AskedTerminal(TerminalDriver):
    """Answers questions as the terminal that is given, through the reader of keys."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._debug = False
        self._answers = answers
        self.asked: list[str] = []

    def write(self, data: str) -> None:
        self.asked.append(data)
        for question, answer in self._answers.items():
            if question in data:
                assert list(self._input.feed(answer)) == []


KITTY, ATTRIBUTES = "a=q", "\x1b[c"
OK = b"\x1b_Gi=24602;OK\x1b\\"


@pytest.mark.parametrize(
    ("environment", "answers", "ability"),
    [
        ({"TERM": "xterm-kitty"}, {KITTY: OK, ATTRIBUTES: b"\x1b[?62;c"}, Ability(kitty=True)),
        ({"TERM": "xterm-256color"}, {KITTY: OK, ATTRIBUTES: b"\x1b[?62;4;22c"}, Ability(sixel=True)),
        ({"TERM": "screen", "KITTY_WINDOW_ID": "1"}, {ATTRIBUTES: b"\x1b[?1;2c"}, NONE),
        ({"TERM": "xterm-kitty"}, {KITTY: b"\x1b_Gi=24602;ENOTSUPPORTED:no\x1b\\", ATTRIBUTES: b"\x1b[?62;42c"}, NONE),
        ({}, {}, NONE),
    ],
    ids=["kitty", "sixel", "tmux in kitty", "refused", "silent"],
)
async def test_a_terminal_is_asked_what_it_can_draw(
    environment: dict[str, str], answers: dict[str, bytes], ability: Ability, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not answers:
        monkeypatch.setattr(graphics, "ANSWER_WAIT_S", 0.01)
    terminal = AskedTerminal(answers)
    assert await graphics.ask(terminal, environment) == ability
    assert (KITTY in "".join(terminal.asked)) == bool(
        environment.keys() & {"KITTY_WINDOW_ID"} or "kitty" in environment.get("TERM", "")
    )
    # Nobody listens any more.
    assert terminal._input.on_answer is None


async def test_who_is_no_terminal_is_not_asked() -> None:
    assert await graphics.ask(None, {"TERM": "xterm-kitty"}) == NONE
    assert graphics.cell_size(None) is None
