"""Notices: news take the place of older news on the spot, an error stays beside them, each goes in its time."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets._toast import Toast

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, until
from tests.ui.sample_store import Place


def shown(pilot: Pilot[None]) -> list[str]:
    """What the notices on the screen say."""
    return [str(toast.render()) for toast in main_screen(pilot).query(Toast)]


async def test_news_are_written_into_the_notice_that_stands(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.say("One.")
        await settle(pilot)
        (toast,) = screen.query(Toast)
        region = toast.region
        screen.say("Two.")
        await settle(pilot)
        assert list(screen.query(Toast)) == [toast]
        assert shown(pilot) == ["Two."]
        assert toast.region == region
        screen.say("Three, and it goes on for longer than one line of the notice has cells: it becomes higher. " * 2)
        await settle(pilot)
        assert list(screen.query(Toast)) == [toast]
        assert toast.region.height > region.height


async def test_what_was_written_over_goes_in_the_time_of_the_new_words(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.say("For long.", seconds=60)
        await settle(pilot)
        screen.say("For a moment.", seconds=0.05)
        await until(pilot, lambda: not shown(pilot))


async def test_an_error_stays_beside_news_and_a_warning_takes_their_place(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.say("News.")
        await settle(pilot)
        screen.say("A warning.", severity="warning")
        await settle(pilot)
        assert shown(pilot) == ["A warning."]
        screen.say("An error.", severity="error")
        screen.say("More news.")
        await settle(pilot)
        assert shown(pilot) == ["A warning.", "An error.", "More news."]


async def test_a_dialog_takes_news_from_the_screen_and_leaves_errors(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        screen.say("News.")
        screen.say("An error.", severity="error")
        await settle(pilot)
        assert shown(pilot) == ["News.", "An error."]
        await press_into_dialog(pilot, "m")
        await until(pilot, lambda: pilot.app.screen is not screen, "the dialog")
        dialog = pilot.app.screen
        assert [str(toast.render()) for toast in dialog.query(Toast)] == ["An error."]
        await press(pilot, "escape")
        assert shown(pilot) == ["An error."]
