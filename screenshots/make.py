"""Draws the pictures of the README: the app on the demo's sample mail, in a store of its own, as SVG.

Run by `make screenshots`. The clock stands, so that the same code draws the same pictures.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.update(TZ="UTC", TEXTUAL_ANIMATIONS="none", COLORTERM="truecolor")
os.environ.pop("NO_COLOR", None)
time.tzset()

from tests.ui.driving import press, press_into_dialog, settle  # noqa: E402
from tests.ui.sample_store import NOW, Place, Sample, deliver, make_place  # noqa: E402
from tests.ui.several_accounts import CONFIG as SEVERAL  # noqa: E402
from tests.ui.several_accounts import make_three  # noqa: E402
from tests.ui.test_trace import SESSION, send  # noqa: E402
from tuimail.config.schema import Account, Config, ImapServer, Ui  # noqa: E402
from tuimail.demo.samples import sample_mail  # noqa: E402
from tuimail.store.store import Store  # noqa: E402
from tuimail.ui.app import TuimailApp  # noqa: E402
from tuimail.ui.screens.trace import TraceScreen  # noqa: E402
from tuimail.ui.session import Session  # noqa: E402

SHOTS: tuple[tuple[str, str, tuple[int, int], tuple[str, ...]], ...] = (
    ("main-dark", "tuimail-dark", (140, 40), ("j", "j", "space", "j", "space", "j")),
    ("main-light", "tuimail-light", (140, 40), ("j", "j", "space", "j", "space", "j")),
    ("stacked-dark", "tuimail-dark", (100, 32), ("j", "j", "j")),
    ("stacked-light", "tuimail-light", (100, 32), ("j", "j", "j")),
    ("narrow-dark", "tuimail-dark", (60, 20), ("j",)),
    ("picker-dark", "tuimail-dark", (140, 40), ("m", "a")),
    ("picker-light", "tuimail-light", (140, 40), ("m", "a")),
    ("help-dark", "tuimail-dark", (140, 40), ("question_mark",)),
    ("queue-light", "tuimail-light", (100, 24), ("a", "d", "f", "Q")),
    ("trace-dark", "tuimail-dark", (120, 26), ("W",)),
    ("trace-light", "tuimail-light", (120, 26), ("W",)),
)
SEVERAL_SHOTS = (("accounts-dark", "tuimail-dark"), ("accounts-light", "tuimail-light"))
"""Two IMAP accounts, one of POP3, and their inboxes as one."""
ONE = Config(accounts={"demo": Account(address="sam@example.net", imap=ImapServer(host="imap.example.net"))})


def sample_place(directory: Path) -> Place:
    """A store with all of the sample mail."""
    mail = list(sample_mail(datetime.fromtimestamp(NOW, UTC)))
    place = make_place(directory, account="demo", names=sorted({message.mailbox for message in mail} | {"INBOX"}))
    for name in place.mailbox_ids:
        samples = [
            Sample(message.octets, NOW - int(message.internal_date.timestamp()), tuple(message.flags))
            for message in mail
            if message.mailbox == name
        ]
        deliver(place, name, samples)
    return place


async def draw(
    place: Place, config: Config, theme: str, size: tuple[int, int], keys: tuple[str, ...], path: Path
) -> None:
    """One picture."""
    config = msgspec.structs.replace(config, ui=Ui(theme=theme))
    session = Session(place.store, config, None, config_path=Path("~/.config/tuimail/config.toml"), clock=lambda: NOW)
    app = TuimailApp(session)
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await (press_into_dialog if keys[0] == "m" else press)(pilot, key)
        if isinstance(app.screen, TraceScreen):
            await send(pilot, place, *SESSION)
        await pilot.pause(0.3)
        path.write_text(app.export_screenshot(title="tuimail"), "utf-8")
    session.close()


def main() -> None:
    """All pictures, beside this file."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as directory:
        for name, theme, size, keys in SHOTS:
            place = sample_place(Path(directory) / name)
            asyncio.run(draw(place, ONE, theme, size, keys, here / f"{name}.svg"))
            place.store.close()
        for name, theme in SEVERAL_SHOTS:
            three = make_three(Store(Path(directory) / name))
            asyncio.run(draw(three.work, SEVERAL, theme, (120, 30), ("j",), here / f"{name}.svg"))
            three.store.close()


if __name__ == "__main__":
    main()
