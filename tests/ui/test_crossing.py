"""Messages to another account, by the picker and with one key back; every triage key on mail that lives here alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Place
from tests.ui.several_accounts import CONFIG, ThreePlaces, make_three
from tuimail.store import journal
from tuimail.store.store import Store
from tuimail.ui.screens.mailbox_picker import ChoiceList


@pytest.fixture
def three(tmp_path: Path) -> Iterator[ThreePlaces]:
    store = Store(tmp_path / "data")
    yield make_three(store)
    store.close()


@pytest.fixture
def app(three: ThreePlaces, make_app: MakeApp) -> MakeApp:
    return partial(make_app, three.work, config=CONFIG)


def subjects(three: ThreePlaces, place: Place, mailbox: str) -> list[str]:
    found = three.store.mail.read(
        lambda connection: connection.execute(
            "SELECT subject FROM messages WHERE mailbox_id = ? ORDER BY subject", (place.mailbox_ids[mailbox],)
        ).fetchall()
    )
    return [str(subject) for (subject,) in found]


async def test_moved_to_another_account_and_back(three: ThreePlaces, app: MakeApp) -> None:
    newest, *_ = three.inboxes()
    before = subjects(three, three.work, "INBOX")
    assert three.work.mailbox_of(newest) == "INBOX"
    async with app().run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "m", *"oldarch")
        labels = [choice.label for choice in pilot.app.screen.query_one(ChoiceList).choices]
        assert labels[0] == "Archive (old)"
        await press(pilot, "enter")
        assert toasts(pilot) == ["1 message moved to Archive (old)"]
        assert newest not in list(main_screen(pilot).messages.model.ids)
        assert len(subjects(three, three.old, "Archive")) == 1
        await press(pilot, "u")
        assert subjects(three, three.work, "INBOX") == before
        assert list(main_screen(pilot).messages.model.ids) == three.inboxes()
        assert main_screen(pilot).messages.current_id == newest


async def test_copied_into_another_account(three: ThreePlaces, app: MakeApp) -> None:
    newest, *_ = three.inboxes()
    async with app().run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "C", *"homearch")
        await press(pilot, "enter")
        assert toasts(pilot) == ["1 message copied to Archive (home)"]
        assert three.work.mailbox_of(newest) == "INBOX"
        assert len(subjects(three, three.home, "Archive")) == 1


@pytest.mark.parametrize(("keys", "mailbox"), [(("a",), "Archive"), (("exclamation_mark",), "Junk"), (("d",), "Trash")])
async def test_triage_of_what_lives_here(three: ThreePlaces, app: MakeApp, keys: tuple[str, ...], mailbox: str) -> None:
    *_, third = three.inboxes()[:3]
    assert three.old.mailbox_of(third) == "INBOX"
    async with app().run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        for key in ("j", "j", "f"):
            await press(pilot, key)
        assert "\\Flagged" in three.old.flags(third)
        await press(pilot, *keys)
        assert three.old.mailbox_of(third) == mailbox
        await press(pilot, "u")
        assert three.old.mailbox_of(third) == "INBOX"
        queued = three.store.mail.read(journal.list_queue)
        assert "old" not in [operation.account for operation in queued]
