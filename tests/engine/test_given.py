"""What the screen gives its engine: passwords after a refusal, one log-in for each, and the encrypted file's key."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.conftest import Place
from tests.engine.pop3_world import mirror_of
from tests.engine.proxy import Proxy
from tests.engine.watching import Engine, settled, status
from tests.engine.world import ACCOUNT, eventually
from tests.servers.fake_pop3 import PASSWORD as POP3_PASSWORD
from tests.servers.fake_pop3 import FakePop3, letter
from tuimail.config import logs, paths
from tuimail.config.schema import ImapServer
from tuimail.config.sealing import SecretId, VaultKey
from tuimail.config.secrets import find_secret, keep_secret, vault
from tuimail.config.vault import Vault
from tuimail.engine.context import EngineContext
from tuimail.engine.given import Given
from tuimail.engine.watching import make_watch
from tuimail.model.errors import AuthError
from tuimail.model.hints import Hint, HintKind
from tuimail.store.accounts import AccountState

SERVER = ImapServer(host="imap.example.net", username="me")
MASTER = "battery staple"


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TUIMAIL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(paths._Current, "paths", None)
    yield
    logs._secrets.clear()


def _line(**document: object) -> bytes:
    return json.dumps(document).encode() + b"\n"


def test_passwords_are_taken_changed_and_taken_back() -> None:
    given = Given()
    assert given.take(_line(secrets={"work": "first", "home": "other"})) == []
    assert given.find("work", SERVER).value == "first"
    assert given.find("work", SERVER).source == "prompt"
    assert given.take(_line(secrets={"work": "second"}, vault="", retry=["work"])) == ["work"]
    assert (given.find("work", SERVER).value, given.find("home", SERVER).value) == ("second", "other")
    assert "second" not in repr(given)
    assert logs.holds_secret("so it is second")
    given.take(_line(secrets={"work": ""}))
    with pytest.raises(AuthError, match="no password for account work"):
        given.find("work", SERVER)


@pytest.mark.parametrize(
    "line",
    [b"", b"no hint at all\n", b"[]\n", b"17\n", b'{"hint": "refresh"}\n', b'{"secrets": []}\n', b"\xff\xfe\n",
     b'{"secrets": {}, "vault": "no key"}\n', b'{"secrets": {}, "vault": 17, "retry": 17}\n'],
)  # fmt: skip
def test_other_lines_give_nothing(line: bytes) -> None:
    given = Given()
    assert given.take(line) == []
    with pytest.raises(AuthError):
        given.find("work", SERVER)


def test_the_key_of_the_encrypted_file_is_taken_over(tmp_path: Path) -> None:
    # As the screen's process has it; a child of its own begins without any key.
    screen = Vault(tmp_path / "data" / "secrets.enc")
    screen.make(MASTER)
    screen.update(lambda secrets: secrets.update({SecretId("work", "me", "password"): "kept"}))
    with pytest.raises(AuthError, match="The encrypted file is locked"):
        find_secret("work", SERVER)
    Given().take(_line(secrets={}, vault=screen.hand_over()))
    assert find_secret("work", SERVER).source == "encrypted file"
    keep_secret("work", "me", "changed")
    assert screen.read() == {SecretId("work", "me", "password"): "changed"}
    vault().take_over(VaultKey(bytes(28), bytes(64)).encode())
    with pytest.raises(AuthError, match="is locked"):
        find_secret("work", SERVER)


def _tried(proxy: Proxy) -> list[str]:
    """The passwords of all log-ins so far."""
    tokens = [line.split()[-1] for line in list(proxy.sent) if b"AUTHENTICATE PLAIN" in line]
    return [base64.b64decode(token).split(b"\0")[-1].decode() for token in tokens]


async def _asks(engine: Engine) -> Hint:
    """Wait until the engine says that it needs a person."""
    assert engine.process.stdout is not None
    while True:
        line = await asyncio.to_thread(engine.process.stdout.readline)
        assert line, "the engine has ended"
        hint = Hint.decode(line)
        assert hint is not None
        if hint.kind is HintKind.SECRET:
            return hint


async def test_each_password_is_tried_once(place: Place, proxy: Proxy, tmp_path: Path) -> None:
    proxy.play()
    engine = Engine(replace(place, port=proxy.port), tmp_path / "engine", password="wrong")
    try:
        hint = await _asks(engine)
        failed = status(engine.mirror)
        assert failed is not None
        assert (failed.id, failed.state) == (hint.id, AccountState.FAILED)
        assert "password from: prompt" in failed.error
        # Changes of the user wake the engine, and do not make it log in.
        engine.send(Hint(HintKind.JOURNAL).encode() + Hint(HintKind.WANT_BODY, 17).encode())
        engine.send(_line(secrets={ACCOUNT: "wrong too"}, vault="", retry=[ACCOUNT]))
        assert await _asks(engine) == hint
        assert _tried(proxy) == ["wrong", "wrong too"]
        # One that is taken back is not tried: there is none now.
        engine.send(_line(secrets={ACCOUNT: ""}) + Hint(HintKind.REFRESH).encode())
        assert await _asks(engine) == hint
        missing = status(engine.mirror)
        assert missing is not None
        assert "There is no password for account" in missing.error
        assert _tried(proxy) == ["wrong", "wrong too"]
        engine.send(_line(secrets={ACCOUNT: place.password}, retry=[ACCOUNT]))
        await settled(engine.mirror)
        tried = _tried(proxy)
        assert tried[:2] == ["wrong", "wrong too"]
        assert set(tried[2:]) == {place.password}
        exit_status, _out, error = await asyncio.to_thread(engine.end)
        assert (exit_status, error) == (0, b"")
        written = [path.read_bytes() for path in (tmp_path / "engine").rglob("*") if path.is_file()]
        assert len(written) > 3
        for password in ("wrong too", place.password):
            assert not any(password.encode() in octets for octets in written)
    finally:
        engine.close()


async def test_a_pop3_password_is_tried_once(tmp_path: Path) -> None:
    with FakePop3([letter("one")]) as fake:
        mirror = mirror_of(fake, tmp_path / "pop3")
        given, asks = Given(), asyncio.Semaphore(0)

        def heard(hint: Hint) -> None:
            if hint.kind is HintKind.SECRET:
                asks.release()

        context = EngineContext(mirror.store, mirror.config, given.find, notify=heard)
        watch = make_watch(context, ACCOUNT)
        task = asyncio.create_task(watch.run())
        await asks.acquire()
        assert fake.commands == []
        given.take(_line(secrets={ACCOUNT: "wrong"}))
        watch.refresh()
        await asks.acquire()
        watch.wake()
        given.take(_line(secrets={ACCOUNT: POP3_PASSWORD}))
        watch.refresh()
        await eventually(lambda: len(mirror.octets()) == 1, "the mail is here")
        assert [line for line in fake.commands if line.startswith("PASS")] == ["PASS wrong", f"PASS {POP3_PASSWORD}"]
        task.cancel()
        await asyncio.wait([task])
        context.close()
        mirror.store.close()


async def test_a_password_that_is_kept_later_serves_without_a_line(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process keeps it, and the engine has the key: the next try finds it."""
    monkeypatch.setattr(paths._Current, "paths", paths.resolve_paths(data_dir=tmp_path / "engine" / "data"))
    vault().make(MASTER)
    engine = Engine(replace(place, password=""), tmp_path / "engine")
    try:
        await _asks(engine)
        engine.send(_line(secrets={}, vault=vault().hand_over(), retry=[ACCOUNT]))
        await _asks(engine)
        keep_secret(ACCOUNT, place.user, place.password)
        engine.send(Hint(HintKind.REFRESH).encode())
        await settled(engine.mirror)
    finally:
        engine.close()
