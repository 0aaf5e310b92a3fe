"""Every screen in two themes and three sizes, as it was approved (see `album`); hostile mail among the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.album import SIZES, THEMES, Album, ready
from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import press, press_into_dialog
from tests.ui.sample_queue import fill_queue
from tests.ui.sample_store import Place, Sample, deliver, plain
from tests.ui.several_accounts import CONFIG as THREE
from tests.ui.several_accounts import make_three
from tests.ui.test_trace import SESSION, send
from tuimail.config.schema import Config, Ui
from tuimail.store.accounts import AccountState
from tuimail.store.store import Store
from tuimail.ui.screens.command_screen import CommandScreen

MIDDLE = ((110, 30), *SIZES[1:])
QUOTED = (
    "Thank you, the boat is dry again. I had not thought that the new tarpaulin\r\n"
    "would hold through such a night, and I am glad that I was wrong about it.\r\n\r\n"
    "> Did the rain get in?\r\n>> It did last year.\r\n\r\n"
    "More at https://example.org/boat\r\n\r\n-- \r\nAda Quill\r\n"
)


def reply(subject: str, number: int, answers: int, **named: str) -> bytes:
    """A message of a thread."""
    octets = plain(subject, number=number, **named)
    return f"In-Reply-To: <{answers}@example.org>\r\nReferences: <{answers}@example.org>\r\n".encode() + octets


MAIL = (
    Sample(reply("Re: the boat", 101, 90, text=QUOTED), -60),
    Sample(reply("Re: the boat", 106, 90, sender="Bo Reed <bo@example.org>"), 3000, ("\\Seen",)),
    Sample(plain("Grüße aus Łódź, 北京 and Αθήνα", sender="Zoë Ångström <zoe@example.org>", number=102), 20),
    Sample(plain("[@click=app.quit]free[/] \u202egnp.exe", sender="[/x] <x@example.org>", number=103), 30),
    Sample(plain("Flagged and answered", number=104), 40, ("\\Seen", "\\Flagged", "\\Answered")),
    Sample(plain("Last year's letter", number=105), 400 * 86_400, ("\\Seen",)),
)
DIALOGS = {
    "hints": ("g", "question_mark"),
    "picker": ("m", "a", "r"),
    "palette": ("ctrl+p", "a", "r", "c"),
    "snooze": ("z",),
    "menu": ("shift+f10",),
    "theme-picker": ("T",),
    "search": ("/",),
    "rule": ("L",),
}
PAGES = {"settings": (",",), "help": ("question_mark",)}


def themed(theme: str, config: Config = CONFIG) -> Config:
    """The configuration with one of tuimail's themes."""
    return Config(accounts=config.accounts, ui=Ui(theme=f"tuimail-{theme}"))


@pytest.mark.parametrize("theme", THEMES)
async def test_the_main_screen(place: Place, make_app: MakeApp, album: Album, theme: str) -> None:
    deliver(place, "INBOX", MAIL, first_uid=100)
    async with make_app(place, config=themed(theme)).run_test(size=SIZES[0]) as pilot:
        await ready(pilot)
        await album.take(pilot, f"main-{theme}")
        await press(pilot, "f", "space", "j")
        await album.take(pilot, f"marked-{theme}", sizes=SIZES[:2])
        await press(pilot, "escape", "home", "w", "c")
        await album.take(pilot, f"comfortable-{theme}")
        await press(pilot, "w", "c", "t", "right")
        await album.take(pilot, f"thread-{theme}")
        await press(pilot, "enter")
        await album.take(pilot, f"reading-{theme}")
        await press(pilot, "1")
        await album.take(pilot, f"mailboxes-{theme}", sizes=SIZES[1:])


@pytest.mark.parametrize("theme", THEMES)
async def test_dialogs(place: Place, make_app: MakeApp, album: Album, theme: str) -> None:
    deliver(place, "INBOX", MAIL, first_uid=100)
    async with make_app(place, config=themed(theme)).run_test(size=MIDDLE[0]) as pilot:
        await ready(pilot)
        for name, keys in DIALOGS.items():
            await press_into_dialog(pilot, *keys)
            await album.take(pilot, f"{name}-{theme}", sizes=MIDDLE)
            await press(pilot, "escape")


@pytest.mark.parametrize("theme", THEMES)
async def test_pages(place: Place, make_app: MakeApp, album: Album, theme: str) -> None:
    async with make_app(place, config=themed(theme)).run_test(size=MIDDLE[0]) as pilot:
        await ready(pilot)
        for name, keys in PAGES.items():
            await press(pilot, *keys)
            await album.take(pilot, f"{name}-{theme}", sizes=MIDDLE)
            await press(pilot, "escape")
        await press(pilot, "W")
        await send(pilot, place, *SESSION)
        await press(pilot, "k", "k", "k", "k")
        await album.take(pilot, f"wire-{theme}", sizes=MIDDLE)


@pytest.mark.parametrize("theme", THEMES)
async def test_the_queue(place: Place, make_app: MakeApp, album: Album, theme: str) -> None:
    """What asks over what failed, beside what is on its way."""
    async with make_app(place, config=themed(theme)).run_test(size=MIDDLE[0]) as pilot:
        await ready(pilot)
        await press(pilot, "Q")
        await album.take(pilot, f"queue-empty-{theme}", sizes=MIDDLE[:1])
        await press(pilot, "escape")
        fill_queue(place)
        await press(pilot, "Q")
        await album.take(pilot, f"queue-{theme}", sizes=MIDDLE)
        await press_into_dialog(pilot, "r")
        await album.take(pilot, f"agree-{theme}", sizes=SIZES[1:])


@pytest.mark.parametrize("theme", THEMES)
async def test_several_accounts(tmp_path: Path, make_app: MakeApp, album: Album, theme: str) -> None:
    """All inboxes of two IMAP accounts and one of POP3; one cannot log in, another is at work."""
    three = make_three(Store(tmp_path / "three"))
    three.set_state(three.home, AccountState.SYNCING, activity="INBOX")
    three.set_state(three.work, AccountState.OFFLINE, error="The server imap.example.com refused the password.")
    async with make_app(three.work, config=themed(theme, THREE)).run_test(size=MIDDLE[0]) as pilot:
        await ready(pilot)
        await press(pilot, "j", "space")
        await album.take(pilot, f"accounts-{theme}", sizes=MIDDLE)
    three.store.close()


@pytest.mark.parametrize("theme", ["contrast", "terminal"])
async def test_themes_of_few_colours(place: Place, make_app: MakeApp, album: Album, theme: str) -> None:
    deliver(place, "INBOX", MAIL, first_uid=100)
    async with make_app(place, config=themed(theme)).run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "j", "space")
        await album.take(pilot, f"main-{theme}", sizes=((100, 30),))


@pytest.mark.parametrize("theme", THEMES)
async def test_rules(place: Place, make_app: MakeApp, album: Album, theme: str) -> None:
    async with make_app(place, config=themed(theme)).run_test(size=MIDDLE[0]) as pilot:
        await ready(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, CommandScreen)
        screen.action_run_command("rules.list")
        await pilot.pause(0.05)
        await album.take(pilot, f"rules-{theme}", sizes=MIDDLE)
