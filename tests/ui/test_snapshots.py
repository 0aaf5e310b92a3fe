"""Pictures of the screen, compared with those that were approved (`pytest --snapshot-update` approves new ones)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import press, press_into_dialog, settle
from tests.ui.sample_queue import fill_queue
from tests.ui.sample_store import Place, Sample, deliver, plain
from tests.ui.several_accounts import CONFIG as THREE
from tests.ui.several_accounts import make_three
from tuimail.config.schema import Config, Ui
from tuimail.store.accounts import AccountState
from tuimail.store.store import Store

Compare = Callable[..., bool]
QUOTED = (
    "Thank you, the boat is dry again.\r\n\r\n> Did the rain get in?\r\n>> It did last year.\r\n\r\n"
    "More at https://example.org/boat\r\n\r\n-- \r\nAda Quill\r\n"
)
MAIL = (
    Sample(plain("Re: the boat", text=QUOTED, number=101), -60),
    Sample(plain("Grüße aus Łódź, 北京 and Αθήνα", sender="Zoë Ångström <zoe@example.org>", number=102), 90_000),
    Sample(plain("[@click=app.quit]free[/] \u202egnp.exe", sender="[/x] <x@example.org>", number=103), 95_000),
    Sample(plain("Flagged and answered", number=104), 100_000, ("\\Seen", "\\Flagged", "\\Answered")),
    Sample(plain("Last year's letter", number=105), 400 * 86_400, ("\\Seen",)),
)


def keys(*pressed: str, dialog: bool = False) -> Callable[[Pilot[None]], Awaitable[None]]:
    """What to do before the picture is taken."""

    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in pressed:
            await (press_into_dialog if dialog else press)(pilot, key)
        pilot.app.clear_notifications()
        await pilot.pause()

    return run


@pytest.mark.parametrize(
    ("theme", "size", "pressed"),
    [
        ("tuimail-dark", (140, 40), ("space", "j", "a")),
        ("tuimail-light", (140, 40), ("space", "j", "a")),
        ("tuimail-dark", (80, 24), ()),
        ("tuimail-light", (60, 16), ("enter",)),
    ],
)
def test_main_screen(
    place: Place, make_app: MakeApp, snap_compare: Compare, theme: str, size: tuple[int, int], pressed: tuple[str, ...]
) -> None:
    deliver(place, "INBOX", MAIL, first_uid=100)
    app = make_app(place, config=Config(accounts=CONFIG.accounts, ui=Ui(theme=theme)))
    assert snap_compare(app, terminal_size=size, run_before=keys(*pressed))


@pytest.mark.parametrize(
    ("theme", "size", "pressed"),
    [
        ("tuimail-dark", (140, 40), ("j", "space")),
        ("tuimail-light", (140, 40), ("j", "space")),
        ("tuimail-light", (80, 24), ("1", "end")),
        ("ansi-dark", (60, 16), ()),
    ],
)
def test_three_accounts(
    tmp_path: Path,
    make_app: MakeApp,
    snap_compare: Compare,
    theme: str,
    size: tuple[int, int],
    pressed: tuple[str, ...],
) -> None:
    """All inboxes of two IMAP accounts and one of POP3; one cannot log in, another is at work."""
    three = make_three(Store(tmp_path / "three"))
    three.set_state(three.home, AccountState.SYNCING, activity="INBOX")
    three.set_state(three.work, AccountState.OFFLINE, error="The server imap.example.com refused the password.")
    config = Config(accounts=THREE.accounts, ui=Ui(theme=theme))
    app = make_app(three.work, config=config)
    assert snap_compare(app, terminal_size=size, run_before=keys(*pressed))
    three.store.close()


def test_picker(place: Place, make_app: MakeApp, snap_compare: Compare) -> None:
    assert snap_compare(make_app(place), terminal_size=(80, 24), run_before=keys("m", "s", dialog=True))


@pytest.mark.parametrize(
    ("theme", "size", "pressed"), [("tuimail-dark", (80, 24), ()), ("tuimail-light", (140, 40), ("j",))]
)
def test_queue(
    place: Place, make_app: MakeApp, snap_compare: Compare, theme: str, size: tuple[int, int], pressed: tuple[str, ...]
) -> None:
    """What asks over what failed, beside what is on its way."""
    fill_queue(place)
    app = make_app(place, config=Config(accounts=CONFIG.accounts, ui=Ui(theme=theme)))
    assert snap_compare(app, terminal_size=size, run_before=keys("Q", *pressed))


def test_empty_queue(place: Place, make_app: MakeApp, snap_compare: Compare) -> None:
    assert snap_compare(make_app(place), terminal_size=(80, 24), run_before=keys("Q"))


def test_agreeing_to_a_removal(place: Place, make_app: MakeApp, snap_compare: Compare) -> None:
    fill_queue(place)
    assert snap_compare(make_app(place), terminal_size=(80, 24), run_before=keys("Q", "r", dialog=True))
