"""The link to the engine, with small programs in its place."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
from collections.abc import Sequence

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
    assert listener.states.empty()


def test_an_engine_that_dies_is_started_again_a_few_times() -> None:
    listener = Listener(DIES, restart_after_s=(0.01, 0.01))
    listener.link.start()
    states = [listener.state() for _ in range(5)]
    assert states == [LinkState.WAITING, LinkState.RUNNING, LinkState.WAITING, LinkState.RUNNING, LinkState.DOWN]
    listener.link.restart()
    assert listener.state() is LinkState.RUNNING
    listener.link.close()


def test_an_engine_that_cannot_be_started_is_down() -> None:
    link = EngineLink(["/nonexistent/engine"])
    link.start()
    assert link.state is LinkState.DOWN
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


def test_the_link_does_not_import_textual() -> None:
    program = "import sys, tuimail.ui.link; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_is_loaded_before_the_first_screen() -> None:
    heavy = ["email", "keyring", "selectolax", "pygments", "tree_sitter", "markdown_it", "aioimaplib", "html.parser"]
    heavy += ["tuimail.mime.render", "tuimail.mime.html", "http", "urllib.request", "xml", "tomlkit", "click"]
    program = f"import sys, tuimail.ui.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
