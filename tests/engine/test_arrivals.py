"""Snoozed messages as other clients see them, and rules on what is new: once, whatever breaks."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from tests.engine.proxy import CUT, Plan, Proxy
from tests.engine.watching import settled
from tests.engine.world import ACCOUNT, NOW, Mirror, Other, assert_same, eventually, mail
from tests.store.world import World, check_invariants
from tuimail.config.paths import resolve_paths
from tuimail.config.rules import Rule, add_rule
from tuimail.engine import arrivals
from tuimail.engine.arrivals import Arrivals
from tuimail.engine.context import EngineContext
from tuimail.engine.pop3_download import Arrived, Keeper
from tuimail.engine.pop3_plan import Fetch, Listed
from tuimail.engine.snoozing import Waker
from tuimail.engine.watch import AccountWatch
from tuimail.store import muting, read, rule_counts, snooze_rows, snoozes

HOUR_S = 3600


class Clock:
    """The engine's clock, which a test sets forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead_s = 0
        monkeypatch.setattr(EngineContext, "now", staticmethod(self.now))

    def now(self) -> int:
        return int(time.time()) + self._ahead_s

    def advance(self, seconds: int) -> None:
        self._ahead_s += seconds


def test_snoozed_for_other_clients_too_and_back_unseen(
    mirror: Mirror, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    other.fill("INBOX", ["a", "b", "c"], "(\\Seen)")
    mirror.sync_ok()

    def snooze(*names: str, hours: int) -> None:
        ids, now = mirror.ids_of(*names), clock.now()
        mirror.write(lambda c: snoozes.snooze(c, ids, now + hours * HOUR_S, now=now))

    snooze("a", "b", hours=1)
    snooze("c", hours=2)
    mirror.sync_ok()
    assert (other.names("INBOX"), other.names("Snoozed")) == ([], ["a", "b", "c"])
    other.move("Snoozed", ["b"], "Archive")
    clock.advance(HOUR_S)
    mirror.sync_ok()
    assert (other.names("INBOX"), other.names("Snoozed"), other.names("Archive")) == (["a"], ["c"], ["b"])
    assert "\\Seen" not in mirror.message("a").flags.names()
    assert_same(mirror, other)

    async def watch() -> None:
        context = EngineContext(mirror.store, mirror.config, mirror.secret_of)
        account = AccountWatch(context, ACCOUNT)
        waker = Waker(context, account.wake, look_s=0.02)
        tasks = [asyncio.create_task(account.run()), asyncio.create_task(waker.run())]
        try:
            await settled(mirror)
            clock.advance(HOUR_S)
            await eventually(lambda: mirror.message("c").mailbox == "INBOX" and not mirror.queue(), "it is back")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            context.close()

    asyncio.run(watch())
    assert mirror.read(snooze_rows.list_snoozed) == []
    assert sorted(other.names("INBOX")) == ["a", "c"]
    assert_same(mirror, other)


def test_a_rule_files_what_is_new_once(
    proxied: Mirror, proxy: Proxy, other: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = msgspec.structs.replace(resolve_paths(), config=tmp_path / "config.toml")
    monkeypatch.setattr(arrivals, "current_paths", lambda: paths)
    add_rule(tmp_path / "rules.toml", Rule(name="Ada", from_="ada@example.org", move="Archive", seen=True))
    other.fill("INBOX", ["old", "muted"])
    proxied.sync_ok()
    assert other.names("INBOX") == ["old", "muted"]
    proxied.write(lambda c: muting.change_muted(c, [proxied.id_of("muted")], muted=True, now=1))
    answer = mail("answer").replace(b"ada@example.org", b"bo@example.org")
    other.append("INBOX", answer.replace(b"Message-ID:", b"In-Reply-To: <muted@mail.example.org>\r\nMessage-ID:"))
    other.fill("INBOX", ["new"])
    # The connection is lost when the pass has stored the message, and speaks of what the rule did with it.
    cuts: list[bytes] = []

    def cut_once(line: bytes) -> bytes | None:
        if b"UID MOVE" not in line or cuts:
            return None
        cuts.append(line)
        return CUT

    proxy.play(Plan(answer=cut_once))
    proxied.sync()
    assert cuts
    proxy.play()
    proxied.sync_ok()
    assert (other.names("INBOX"), other.names("Archive")) == (["old", "muted", "answer"], ["new"])
    assert [proxied.message(name).flags.seen for name in ("new", "answer", "old")] == [True, True, False]
    assert_same(proxied, other)
    # Another client's hand, and the user's, come later and win.
    other.move("Archive", ["new"], "INBOX")
    proxied.sync_ok()
    assert proxied.message("new").mailbox == "INBOX"
    assert proxied.read(rule_counts.count_filed) == 1
    assert proxied.undo() is not None, "the user's own change, not the rule's"
    assert proxied.undo() is None
    assert_same(proxied, other)


def test_mail_that_is_downloaded_is_filed_too(tmp_path: Path) -> None:
    world = World.make_local(tmp_path / "data")
    add_rule(tmp_path / "rules.toml", Rule(name="Ada", from_="ada@example.org", archive=True))
    found = Arrivals(path=tmp_path / "rules.toml")
    places = []
    for number, keeper_arrivals in ((1, None), (2, found)):
        keeper = Keeper(world.store, world.account_id, world.mailboxes["INBOX"], keeper_arrivals)
        octets = mail(number)
        fetch = Fetch(Listed(number, len(octets), f"uidl{number}"))
        keeper.save([Arrived(fetch, octets)], NOW)
        places.append(sorted(one.mailbox for one in world.read(read.list_messages)))
    assert places == [["INBOX"], ["Archive", "INBOX"]]
    world.read(check_invariants)
    world.store.close()
