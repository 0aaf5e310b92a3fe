"""The app around the screen: the engine's hints, themes, crashes."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, settle, toasts
from tests.ui.sample_store import Place, Sample, deliver, plain
from tuimail.config.schema import Config, Ui
from tuimail.model.hints import Hint, HintKind
from tuimail.ui.app import TuimailApp
from tuimail.ui.link import EngineLink, LinkState

ROOT = Path(__file__).parent.parent.parent


class FakeLink(EngineLink):
    """Remembers what the screen says to the engine, which runs."""

    def __init__(self) -> None:
        super().__init__(["true"])
        self.state = LinkState.RUNNING
        self.sent: list[Hint] = []
        self.starts = 0

    def send(self, hint: Hint) -> None:
        self.sent.append(hint)

    def start(self) -> None:
        self.starts += 1
        self.tell(LinkState.RUNNING)

    def hint(self, hint: Hint) -> None:
        """The engine says something."""
        assert self._on_hint is not None
        self._on_hint(hint)

    def tell(self, state: LinkState) -> None:
        """The engine started or ended."""
        assert self._on_state is not None
        self.state = state
        self._on_state(state)


async def test_the_engine_is_told_what_the_user_does(place: Place, make_app: MakeApp) -> None:
    link = FakeLink()
    (id_,) = deliver(place, "INBOX", [Sample(plain("Far away", number=50), -60)], first_uid=500, with_bodies=False)
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        assert link.sent[0] == Hint(HintKind.OPEN_MAILBOX, place.mailbox_ids["INBOX"])
        assert Hint(HintKind.WANT_BODY, id_) in link.sent
        assert "Fetching the message" in main_screen(pilot).preview.text
        await press(pilot, "a", "f5")
        assert [hint for hint in link.sent if hint.kind in {HintKind.JOURNAL, HintKind.REFRESH}] == [
            Hint(HintKind.JOURNAL),
            Hint(HintKind.REFRESH),
        ]


async def test_the_engine_starts_once_and_at_the_latest_without_a_first_picture(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.ui.app.BEGIN_AT_LATEST_S", 0.01)
    with_picture, without = FakeLink(), FakeLink()
    async with make_app(place, link=with_picture).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await pilot.pause(0.1)
        assert with_picture.starts == 1
    app = make_app(place, link=without)
    monkeypatch.setattr(app, "call_after_refresh", lambda *_: True)
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        await pilot.pause(0.1)
        assert without.starts == 1


async def test_a_hint_makes_the_screen_look(place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    link = FakeLink()
    app = make_app(place, link=link)
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        looked = asyncio.Event()
        looks = 0
        look = app.look

        def counting_look() -> None:
            nonlocal looks
            looks += 1
            look()
            looked.set()

        monkeypatch.setattr(app, "look", counting_look)
        deliver(place, "INBOX", [Sample(plain("Just in", number=60), -60)], first_uid=600)
        for _ in range(50):
            link.hint(Hint(HintKind.MAILBOX, place.mailbox_ids["INBOX"]))
        await asyncio.wait_for(looked.wait(), 20)
        assert looks == 1
        await settle(pilot)
        assert main_screen(pilot).messages.line_count == 13


async def test_an_engine_that_stopped_is_told_and_started_by_r(place: Place, make_app: MakeApp) -> None:
    link = FakeLink()
    async with make_app(place, link=link).run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        link.tell(LinkState.DOWN)
        await settle(pilot)
        assert toasts(pilot) == ["The engine has stopped. f5 starts it again; the log says why it ended."]
        before = link.starts
        await press(pilot, "f5")
        assert link.starts == before + 1


async def _crash(app: TuimailApp, pilot: Pilot[None]) -> None:
    def broken() -> None:
        hidden = "hunter2 is a local variable"  # noqa: F841 - what must not be printed
        raise RuntimeError("a fault")

    app.call_later(broken)
    await pilot.pause()


async def test_a_crash_goes_to_the_log_without_locals(
    place: Place, make_app: MakeApp, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(place)
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError):  # noqa: PT012 - the app is what raises
        async with app.run_test(size=(100, 24)) as pilot:
            await settle(pilot)
            await _crash(app, pilot)
    assert isinstance(app.failure, RuntimeError)
    assert app.return_code == 1
    assert "a fault" in caplog.text
    printed = capsys.readouterr()
    assert "hunter2 is" not in caplog.text.replace('hidden = "hunter2 is', "") + printed.out + printed.err
    assert "Traceback" not in printed.out + printed.err


def test_a_crash_ends_with_status_1_and_one_line(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom tuimail.config.schema import Config\n"
        "from tuimail.store.store import Store\nfrom tuimail.ui import app\n"
        "def broken(self):\n    hidden = 'hunter' + '2'\n    raise RuntimeError('a fault')\n"
        "app.TuimailApp.on_mount = broken\n"
        "app.run(Store(Path(sys.argv[1])), Config(), link=None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "data")],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    assert "tuimail: the screen failed and was closed." in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "hunter2" not in done.stderr + done.stdout


async def test_an_unknown_theme_is_told_and_replaced(place: Place, make_app: MakeApp) -> None:
    app = make_app(place, config=Config(accounts=CONFIG.accounts, ui=Ui(theme="nosuch")))
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        assert app.theme == "tuimail-dark"
        assert toasts(pilot) == ["Themes: there is no theme 'nosuch'"]


@pytest.mark.parametrize("theme", ["tuimail-dark", "tuimail-light", "ansi-dark", "nord", "textual-light"])
async def test_every_kind_of_theme_draws(place: Place, make_app: MakeApp, theme: str) -> None:
    app = make_app(place, config=Config(accounts=CONFIG.accounts, ui=Ui(theme=theme)))
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        assert app.theme == theme
        assert "Letter 0" in main_screen(pilot).messages.render_line(0).text


async def test_without_colour_the_terminals_own_is_used(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(place)
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        assert app.theme == "tuimail-terminal"
        styles = [segment.style for segment in main_screen(pilot).messages.render_line(0)]
        assert any(style is not None and style.reverse for style in styles)
