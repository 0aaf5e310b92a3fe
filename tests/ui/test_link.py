"""The link to the engine, with small programs in its place."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tuimail.config import paths
from tuimail.config.sealing import VaultKey
from tuimail.config.secrets import vault
from tuimail.model.hints import Hint, HintKind
from tuimail.ui.link import EngineLink, LinkState

ECHO = """
import sys, json
first = json.loads(sys.stdin.readline())
print(json.dumps({"hint": "account", "id": len(first["secrets"]["home"])}), flush=True)
print("not a hint", flush=True)
for line in sys.stdin:
    hint = json.loads(line)
    if hint["hint"] == "quit":
        print(json.dumps({"hint": "body", "id": 99}), flush=True)
        break
    print(json.dumps({"hint": "mailbox", "id": hint["id"] + 1}), flush=True)
"""
DIES = "import sys; sys.stdin.readline(); print('cannot go on', file=sys.stderr); raise SystemExit(3)"
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"hint": "account", "id": 1}', flush=True)
time.sleep(60)
"""
DEAF = 'import time; print(\'{"hint": "account", "id": 1}\', flush=True); time.sleep(60)'
WAIT_S = 30.0


class Listener:
    """Collects what a link tells."""

    def __init__(self, program: str, *, restart_after_s: Sequence[float] = ()) -> None:
        self.hints: queue.Queue[Hint] = queue.Queue()
        self.states: queue.Queue[LinkState] = queue.Queue()
        self.link = EngineLink([sys.executable, "-c", program], {"home": "hunter2"}, restart_after_s=restart_after_s)
        self.link.listen(self.hints.put, self.states.put)

    def hint(self) -> Hint:
        """The next hint."""
        return self.hints.get(timeout=WAIT_S)

    def state(self) -> LinkState:
        """The next state."""
        return self.states.get(timeout=WAIT_S)


def test_secrets_first_then_hints_both_ways() -> None:
    listener = Listener(ECHO)
    listener.link.start()
    assert listener.hint() == Hint(HintKind.ACCOUNT, len("hunter2"))
    listener.link.send(Hint(HintKind.OPEN_MAILBOX, 6))
    assert listener.hint() == Hint(HintKind.MAILBOX, 7)
    listener.link.close()
    assert listener.hint() == Hint(HintKind.BODY, 99)
    assert listener.link.state is LinkState.STOPPED
    listener.link.close()
    listener.link.send(Hint(HintKind.REFRESH))
    assert listener.state() is LinkState.RUNNING
    assert listener.states.empty()


def test_what_is_said_before_the_start_comes_after_the_secrets() -> None:
    listener = Listener(ECHO)
    listener.link.send(Hint(HintKind.OPEN_MAILBOX, 6))
    listener.link.send(Hint(HintKind.WANT_BODY, 8))
    listener.link.start()
    assert [listener.hint() for _ in range(3)] == [
        Hint(HintKind.ACCOUNT, len("hunter2")),
        Hint(HintKind.MAILBOX, 7),
        Hint(HintKind.MAILBOX, 9),
    ]
    listener.link.close()


def test_an_engine_that_was_never_started_is_closed_and_renewed_like_any_other() -> None:
    listener = Listener(ECHO)
    listener.link.renew()
    assert listener.hint() == Hint(HintKind.ACCOUNT, len("hunter2"))
    listener.link.close()
    assert listener.hint() == Hint(HintKind.BODY, 99)
    never = Listener(ECHO)
    never.link.close()
    never.link.start()
    assert never.link.state is LinkState.STOPPED
    assert never.hints.empty()


def test_a_renewed_engine_is_another_one_that_is_told_everything_again() -> None:
    listener = Listener(ECHO)
    listener.link.start()
    assert listener.hint() == Hint(HintKind.ACCOUNT, len("hunter2"))
    listener.link.renew()
    assert [listener.state(), listener.state()] == [LinkState.RUNNING] * 2
    told = {listener.hint(), listener.hint()}
    assert told == {Hint(HintKind.BODY, 99), Hint(HintKind.ACCOUNT, len("hunter2"))}
    listener.link.close()


def test_an_engine_that_dies_is_started_again_a_few_times() -> None:
    listener = Listener(DIES, restart_after_s=(0.01, 0.01))
    listener.link.start()
    states = [listener.state() for _ in range(6)]
    assert states == [LinkState.RUNNING, LinkState.WAITING] * 2 + [LinkState.RUNNING, LinkState.DOWN]
    listener.link.start()
    assert listener.state() is LinkState.RUNNING
    listener.link.close()


GIVEN = """
import sys, json
for line in sys.stdin:
    given = json.loads(line)
    if "secrets" in given:
        told = sorted(given["secrets"].items()) + given["retry"] + [given["vault"]]
        print(json.dumps({"hint": "account", "id": len(json.dumps(told))}), flush=True)
"""


def _told(*parts: object) -> Hint:
    return Hint(HintKind.ACCOUNT, len(json.dumps([*parts])))


def test_what_is_given_later_is_one_line_more_and_the_next_engines_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths._Current, "paths", paths.resolve_paths(data_dir=tmp_path))
    listener = Listener(GIVEN)
    listener.link.start()
    assert listener.state() is LinkState.RUNNING
    assert listener.hint() == _told(["home", "hunter2"], "")
    listener.link.give({"work": "a longer one"}, retry=["work"])
    assert listener.hint() == _told(["home", "hunter2"], ["work", "a longer one"], "work", "")
    assert listener.link.has_secret("work")
    listener.link.give({"home": ""})
    assert listener.hint() == _told(["home", ""], ["work", "a longer one"], "")
    assert not listener.link.has_secret("home")
    vault().take_over(VaultKey(bytes(28), bytes(64)).encode())
    process = listener.link._process
    assert process is not None
    process.kill()
    assert listener.state() is LinkState.DOWN
    listener.link.give({"third": "while it is down"})
    listener.link.start()
    key = vault().hand_over()
    assert listener.hint() == _told(["third", "while it is down"], ["work", "a longer one"], key)
    listener.link.close()


def test_an_engine_that_does_not_take_it_gives_way_to_one_that_does() -> None:
    program = (
        "import json, os, sys, time\n"
        "first = json.loads(sys.stdin.readline())['secrets']\n"
        "print(json.dumps({'hint': 'account', 'id': len(first)}), flush=True)\n"
        "time.sleep(60)\n"
    )
    listener = Listener(program, restart_after_s=(0.01,))
    listener.link.start()
    assert listener.hint() == Hint(HintKind.ACCOUNT, 1)
    for _ in range(20_000):
        listener.link.send(Hint(HintKind.WANT_BODY, 123456789))
    listener.link.give({"work": "x" * 5000}, retry=["work"])
    assert [listener.state() for _ in range(3)] == [LinkState.RUNNING, LinkState.WAITING, LinkState.RUNNING]
    assert listener.hint() == Hint(HintKind.ACCOUNT, 2)
    listener.link.close()


def test_an_engine_that_cannot_be_started_is_down() -> None:
    link = EngineLink(["/nonexistent/engine"])
    states: list[LinkState] = []
    link.listen(lambda _hint: None, states.append)
    link.start()
    assert states == [LinkState.DOWN]
    link.close()


def test_a_full_pipe_drops_hints_instead_of_waiting() -> None:
    listener = Listener(DEAF)
    listener.link.start()
    listener.hint()
    for _ in range(20_000):
        listener.link.send(Hint(HintKind.WANT_BODY, 123456789))
    listener.link.close()
    assert listener.link.state is LinkState.STOPPED


def test_an_engine_that_will_not_end_is_ended() -> None:
    listener = Listener(STUBBORN)
    listener.link.start()
    listener.hint()
    process = listener.link._process
    assert process is not None
    listener.link.close()
    assert process.poll() is not None


def test_the_password_is_in_no_argument_list() -> None:
    listener = Listener(DEAF)
    listener.link.start()
    listener.hint()
    process = listener.link._process
    assert process is not None
    assert "hunter2" not in json.dumps(process.args)
    listener.link.close()


def test_what_is_loaded_before_the_first_screen() -> None:
    heavy = ["email", "keyring", "selectolax", "pygments", "tree_sitter", "markdown_it", "aioimaplib", "html.parser"]
    heavy += ["tuimail.mime.render", "tuimail.mime.html", "http", "urllib.request", "xml", "tomlkit", "click"]
    heavy += ["aiohttp", "tuimail.config.settings_file", "tuimail.ui.reading", "tuimail.ui.screens.dialog"]
    writers = ("changes", "journal", "recorder", "local", "undo", "removals")
    heavy += [f"tuimail.store.{name}" for name in writers]
    program = f"import sys, tuimail.ui.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_how_many_of_our_modules_are_loaded_before_the_first_screen() -> None:
    program = "import sys, tuimail.ui.app; print(sum(name.startswith('tuimail') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # Each costs a fifth of a millisecond at every start, and more with what it defines.
    assert int(done.stdout) <= 161
