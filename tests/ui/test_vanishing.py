"""A message goes elsewhere while somebody is at work on it: that is told in plain words, and nothing else is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts, until
from tests.ui.sample_store import NOW, Place, Sample, deliver, make_place, plain
from tuimail.model.ids import MessageId
from tuimail.store import journal, removals

GONE = "This message is gone: it was deleted or moved elsewhere meanwhile."


def vanish(place: Place, *ids: MessageId) -> None:
    """Another client has removed them, and the engine says so."""
    place.store.mail.write(partial(removals.vanish, ids=ids, now=NOW), durable=False)


def others(place: Place, *gone: MessageId) -> Callable[[], bool]:
    """Whether all other messages are where they were, with nothing waiting for the server."""
    stay = [id_ for id_ in place.ids("INBOX") if id_ not in gone]

    def are_whole() -> bool:
        return place.ids("INBOX") == stay and place.store.mail.read(journal.list_queue) == []

    return are_whole


@pytest.mark.parametrize(
    ("opening", "choosing"),
    [(("m",), (*"lists", "enter")), (("z",), (*"tomorrow", "enter")), (("C",), (*"lists", "enter"))],
    ids=["moved", "snoozed", "copied"],
)
async def test_gone_while_a_dialog_asks_what_to_do_with_it(
    place: Place, make_app: MakeApp, opening: tuple[str, ...], choosing: tuple[str, ...]
) -> None:
    first = place.ids("INBOX")[0]
    are_whole = others(place, first)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, *opening)
        await pilot.pause()
        vanish(place, first)
        await press_into_dialog(pilot, *choosing)
        await until(pilot, lambda: GONE in toasts(pilot))
        await settle(pilot)
        assert are_whole()
        assert main_screen(pilot).messages.current_id == place.ids("INBOX")[0]


async def test_gone_while_marked(place: Place, make_app: MakeApp) -> None:
    first, second, third, *_ = place.ids("INBOX")
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "space", "space", "space")
        vanish(place, second)
        await press(pilot, "a")
        assert [place.mailbox_of(id_) for id_ in (first, second, third)] == ["Archive", None, "Archive"]
        assert len(place.ids("INBOX")) == 9
        assert toasts(pilot) == ["2 messages moved to Archive"]
        assert main_screen(pilot).messages.model.marked == set()


async def test_all_marked_ones_are_gone(place: Place, make_app: MakeApp) -> None:
    first, second, *_ = place.ids("INBOX")
    are_whole = others(place, first, second)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "space", "space", "m")
        await pilot.pause()
        vanish(place, first, second)
        await press_into_dialog(pilot, *"lists", "enter")
        await until(pilot, lambda: any("These messages are gone" in toast for toast in toasts(pilot)))
        await settle(pilot)
        assert are_whole()


async def test_gone_from_an_unfolded_thread(tmp_path: Path, make_app: MakeApp) -> None:
    place = make_place(tmp_path / "data")
    octets = [plain("Harbour", number=1)]
    for number in (2, 3):
        reply = plain(f"Re: Harbour {number}", number=number)
        octets.append(b"In-Reply-To: " + octets[0].split(b"Message-ID: ")[1].split(b"\r\n")[0] + b"\r\n" + reply)
    octets.append(plain("Another", number=4))
    top, answer, last, alone = deliver(place, "INBOX", [Sample(one, 100 - n) for n, one in enumerate(octets)])
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "t", "j", "right")
        messages = main_screen(pilot).messages
        assert messages.line_count == 4
        await press(pilot, "j", "j")
        unfolded, current = messages.line_count, messages.current_id
        assert current in {answer, last}
        vanish(place, MessageId(current or 0))
        await settle(pilot)
        assert messages.line_count == unfolded - 1
        assert messages.current_id in {top, answer, last}
        await press(pilot, "a")
        left = [id_ for id_ in (top, answer, last) if id_ != current]
        assert sorted(str(place.mailbox_of(id_)) for id_ in left) == ["Archive", "INBOX"]
        assert place.mailbox_of(alone) == "INBOX"
    place.store.close()
