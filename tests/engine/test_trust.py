"""A pinned certificate that changes stops the account; the user's own choice of special mailboxes goes first."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.engine.watching import status, watching
from tests.engine.world import Mirror, Other, eventually
from tests.servers.certificates import LOOPBACK, issue
from tests.servers.fake import FakeServer
from tuimail.config.schema import Server
from tuimail.config.secrets import Secret
from tuimail.model.mailbox import SpecialUse
from tuimail.setup.tls import fingerprint_of
from tuimail.store.accounts import AccountState


async def test_a_changed_certificate_stops_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.engine.watch.delay_s", lambda _failures: 0.0)
    pinned, shown = (issue("Router", hosts=LOOPBACK) for _ in range(2))
    tries = 0

    async with FakeServer([], tls=shown.server_context(tmp_path)) as fake:
        settings = {"security": "tls", "tls_fingerprint": fingerprint_of(pinned.der)}
        mirror = Mirror(tmp_path / "data", fake.port, "ada", "secret", settings=settings)

        def counting(account: str, server: Server) -> Secret:
            nonlocal tries
            tries += 1
            return Secret("secret", f"the test, for {account} at {server.host}")

        monkeypatch.setattr(mirror, "secret_of", counting)
        async with watching(mirror) as watch:
            await eventually(lambda: _is_failed(mirror), "the account is stopped")
            # Without a wait between tries, it would have made many by now.
            await asyncio.sleep(0.2)
            assert tries == 1
            found = status(mirror)
            assert found is not None
            assert fingerprint_of(pinned.der) in found.error
            assert fingerprint_of(shown.der) in found.error
            assert "tuimail account trust work`" in found.error
            watch.refresh()
            await eventually(lambda: tries == 2, "the user's own try")
        report = await mirror.sync_async()
        assert not report.ok
        assert "has changed" in report.error
        assert fake.commands == []
        mirror.store.close()


def _is_failed(mirror: Mirror) -> bool:
    found = status(mirror)
    return found is not None and found.state is AccountState.FAILED


async def test_the_users_choice_of_mailboxes_goes_before_the_servers(mirror: Mirror, other: Other) -> None:
    for name in ("Archive/2024", "Pest"):
        other.ok(other.imap.create(name))
    assert (await mirror.sync_async()).ok
    assert mirror.mailboxes()["Archive"].special_use is SpecialUse.ARCHIVE
    mirror.settings = {"mailboxes": {"archive": "Archive/2024", "junk": "Pest", "sent": "No such"}}
    assert (await mirror.sync_async()).ok
    found = mirror.mailboxes()
    assert found["Archive/2024"].special_use is SpecialUse.ARCHIVE
    assert found["Archive"].special_use is None
    assert (found["Pest"].special_use, found["Junk"].special_use) == (SpecialUse.JUNK, None)
    assert found["Sent"].special_use is SpecialUse.SENT
    mirror.settings = {}
    assert (await mirror.sync_async()).ok
    assert mirror.mailboxes()["Archive"].special_use is SpecialUse.ARCHIVE
    assert mirror.mailboxes()["Archive/2024"].special_use is None
