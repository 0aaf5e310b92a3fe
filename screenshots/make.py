"""Draws the pictures of the README and the docs: the app on the demo's sample mail, in a store of its own, as SVG.

    make screenshots                                  all of them
    .venv/bin/python screenshots/make.py main picker  those whose names begin so

A picture is called `<screen>-<theme>.svg`. The clock stands, so that the same code draws the same pictures.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.update(TZ="UTC", TEXTUAL_ANIMATIONS="none", COLORTERM="truecolor", TERM="xterm-256color")
os.environ.pop("NO_COLOR", None)
time.tzset()

from textual.pilot import Pilot  # noqa: E402
from textual.widgets import Input  # noqa: E402

from tests.ui.sample_store import NOW, Place, Sample, add_account, deliver  # noqa: E402
from tests.ui.several_accounts import add_pop3, download  # noqa: E402
from tests.ui.test_trace import SESSION, send  # noqa: E402
from tuimail.config.schema import Account, Config, Density, ImapServer, Pop3Server  # noqa: E402
from tuimail.demo.builder import SampleMessage  # noqa: E402
from tuimail.demo.samples import sample_mail  # noqa: E402
from tuimail.model.ids import AccountId, MailboxId  # noqa: E402
from tuimail.store import accounts, journal, mailboxes, readiness  # noqa: E402
from tuimail.store.accounts import AccountState  # noqa: E402
from tuimail.store.database import Connection  # noqa: E402
from tuimail.store.store import Store  # noqa: E402
from tuimail.ui.app import TuimailApp  # noqa: E402
from tuimail.ui.notices import GATHERED_S  # noqa: E402
from tuimail.ui.session import Session  # noqa: E402

HERE = Path(__file__).resolve().parent
WIDE, TALL, NARROW, DIALOG = (140, 40), (90, 44), (60, 24), (120, 34)
KEY_REST_S = 0.12
NEWEST = 3
"""So many messages come while the picture of new mail is drawn."""
CONFIG_PATH = Path("~/.config/tuimail/config.toml")
"""As it is shown: the directory is one of that name where the pictures are drawn."""
ONE = Config(
    accounts={"demo": Account(address="robin@ardenhaven.example.org", imap=ImapServer(host="imap.example.org"))},
    searches={"unread from people": "is:unseen -from:noreply", "large": "larger:1M"},
)
THREE = Config(
    accounts={
        "museum": Account(address="robin@museum.example.org", imap=ImapServer(host="imap.museum.example.org")),
        "home": Account(address="robin@ardenhaven.example.org", imap=ImapServer(host="imap.example.org")),
        "old": Account(address="robin@old.example", pop3=Pop3Server(host="pop.old.example")),
    },
)
After = Callable[[Pilot[None], Place], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shot:
    """One screen, in some themes. `keys` lead there; a word with a dot runs the command of that name.

    `after` is awaited when the keys have been pressed; `toasts` says whether notices stay in the picture.
    """

    screen: str
    themes: str
    size: tuple[int, int] = WIDE
    keys: str = ""
    config: Config = ONE
    after: After | None = None
    toasts: bool = False
    store: str = "one"


def inbox() -> list[SampleMessage]:
    """The sample mail of the inbox, oldest first."""
    return [one for one in sample_mail(datetime.fromtimestamp(NOW, UTC)) if one.mailbox == "INBOX"]


def with_ui(config: Config, **settings: object) -> Config:
    """The configuration with other settings of `[ui]`."""
    return msgspec.structs.replace(config, ui=msgspec.structs.replace(config.ui, **settings))


async def refuse(pilot: Pilot[None], place: Place) -> None:
    """The server refuses the first change that waits and puts the second off."""

    def write(connection: Connection) -> None:
        ready = [intent.id for intent in readiness.ready_intents(connection, place.account_id, now=NOW)]
        journal.mark_sent(connection, ready[:2])
        journal.fail(connection, ready[:1], "[OVERQUOTA] Quota exceeded (mailbox for user is full)")
        journal.retry_later(connection, ready[1:2], "[INUSE] Mailbox is locked", next_try_at=NOW + 120)

    place.store.mail.write(write, durable=False)
    await look(pilot)
    await press(pilot, "Q")


async def talk(pilot: Pilot[None], place: Place) -> None:
    """An engine and a server speak."""
    home = [dataclasses.replace(line, account="demo") if line.account == "home" else line for line in SESSION]
    await send(pilot, place, *(line for line in home if line.account == "demo"))


async def bring_news(pilot: Pilot[None], place: Place) -> None:
    """New mail comes."""
    deliver(place, "INBOX", samples_of(inbox()[-NEWEST:]), first_uid=9000)
    await look(pilot)
    await pilot.pause(GATHERED_S + 0.3)


TIDES, BUOY = "g g 8 j", "g g 4 j"
"""To the message of that sender."""
SHOTS = (
    Shot("main", "dark light ember harbour heather paper contrast terminal", keys="j j"),
    Shot("tall", "heather light", TALL, "j j j"),
    Shot("narrow", "dark paper", NARROW, "j"),
    Shot("reading", "dark paper", NARROW, "j j enter"),
    Shot("threads", "harbour light", keys="t"),
    Shot("thread", "harbour paper", keys="t right k"),
    Shot("comfortable", "ember light", keys="j j", config=with_ui(ONE, density=Density.COMFORTABLE)),
    Shot("picker", "dark light", keys="j m p r"),
    Shot("palette", "heather light", keys="ctrl+p a r c"),
    Shot("hints", "dark light", keys="j g"),
    Shot("marks", "harbour light", keys="j space j space space j j v j j"),
    Shot("queue", "dark light", DIALOG, "a j f j d s", after=refuse),
    Shot("snooze", "ember light", keys="j z"),
    Shot("snoozed", "ember light", keys="j z enter z down enter z down down enter g z"),
    Shot("rule", "dark light", keys=f"{BUOY} L down down down down space"),
    Shot(
        "rules",
        "dark light",
        keys=f"{TIDES} L down down down space enter {BUOY} L down down down down space enter rules.list",
    ),
    Shot("settings", "dark light", keys=","),
    Shot("themes", "harbour light", keys="j j T"),
    Shot("help", "dark light", keys="?"),
    Shot("wire", "dark light", DIALOG, "W", after=talk),
    Shot("accounts", "dark light", keys="j", config=THREE, store="three"),
    Shot("menu", "heather light", keys="j j shift+f10"),
    Shot("news", "dark light", after=bring_news, toasts=True, store="early"),
    Shot("search", "dark light", keys="/ h a r b o u r enter"),
)


def samples_of(messages: list[SampleMessage]) -> list[Sample]:
    """As the tests deliver them."""
    return [Sample(one.octets, NOW - int(one.internal_date.timestamp()), tuple(one.flags)) for one in messages]


def make_one(directory: Path, *, without: int = 0) -> None:
    """A store with an account that has all of the sample mail but for the newest messages of the inbox."""
    late = [one.octets for one in inbox()[-without:]] if without else []
    mail = sample_mail(datetime.fromtimestamp(NOW, UTC))
    place = add_account(Store(directory), "demo", sorted({"INBOX", "Drafts", *(one.mailbox for one in mail)}))
    for name in place.mailbox_ids:
        deliver(place, name, samples_of([one for one in mail if one.mailbox == name and one.octets not in late]))
    place.store.mail.write(partial(accounts.set_synced, account_id=place.account_id, now=NOW), durable=False)
    place.store.close()


def make_three(directory: Path) -> None:
    """The inbox of the sample mail, shared out to three accounts; one of them is at work, one cannot log in."""
    store = Store(directory)
    few = ("INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash")
    museum, home = add_account(store, "museum", (*few, "Projects", "Projects/Harbour")), add_account(store, "home", few)
    old = add_pop3(store, "old")
    museums = [one for one in inbox() if b"@museum" in one.octets.partition(b"Subject:")[0]]
    others = [one for one in inbox() if one not in museums]
    deliver(museum, "INBOX", samples_of(museums))
    deliver(home, "INBOX", samples_of(others[::2]))
    download(old, "INBOX", samples_of(others[1::2]))

    def write(connection: Connection) -> None:
        accounts.set_status(connection, museum.account_id, AccountState.SYNCING, now=NOW, activity="Projects/Harbour")
        error = "The server pop.old.example refused the password."
        accounts.set_status(connection, old.account_id, AccountState.OFFLINE, now=NOW, error=error)

    store.mail.write(write, durable=False)
    store.close()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, one after the other, with what they do between them; see `Shot.keys`."""
    for key in keys:
        if "." in key:
            pilot.app.screen.action_run_command(key)  # type: ignore[attr-defined]
        else:
            await pilot.press(key)
        await pilot.pause(KEY_REST_S)


async def look(pilot: Pilot[None]) -> None:
    """See what is in the store now."""
    pilot.app.look()  # type: ignore[attr-defined]
    await pilot.pause(KEY_REST_S)


async def draw(shot: Shot, directory: Path, theme: str) -> None:
    """One picture."""
    store = Store(directory)
    config = with_ui(shot.config, theme=f"tuimail-{theme}")
    session = Session(store, config, None, config_path=CONFIG_PATH, clock=lambda: NOW)
    app = TuimailApp(session)
    app.animation_level = "none"
    async with app.run_test(size=shot.size, notifications=True) as pilot:
        await pilot.pause(0.3)
        await press(pilot, *shot.keys.split())
        if shot.after is not None:
            await shot.after(pilot, Place(store, AccountId(1), _mailboxes(store)))
        await look(pilot)
        for field in app.screen.query(Input):
            field.cursor_blink = False
        if not shot.toasts:
            app.clear_notifications()
        await pilot.pause(0.4)
        picture = app.export_screenshot(title="tuimail")
        (HERE / f"{shot.screen}-{theme}.svg").write_text(picture, "utf-8")
    session.close()
    store.close()


def _mailboxes(store: Store) -> dict[str, MailboxId]:
    found = store.mail.read(partial(mailboxes.list_mailboxes, account_id=AccountId(1)))
    return {one.name: one.id for one in found}


def main(wanted: list[str]) -> None:
    """All pictures, or those whose names begin as wanted; what nothing draws any more is deleted."""
    drawn = {f"{shot.screen}-{theme}.svg" for shot in SHOTS for theme in shot.themes.split()}
    for old in HERE.glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        make_one(directory / "one")
        make_one(directory / "early", without=NEWEST)
        make_three(directory / "three")
        for shot in SHOTS:
            for theme in shot.themes.split():
                picture = f"{shot.screen}-{theme}"
                if wanted and not picture.startswith(tuple(wanted)):
                    continue
                stage = directory / picture
                shutil.copytree(directory / shot.store, stage)
                os.chdir(stage)
                asyncio.run(draw(shot, stage, theme))
                os.chdir(directory)
                shutil.rmtree(stage)


if __name__ == "__main__":
    main(sys.argv[1:])
