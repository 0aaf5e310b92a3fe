"""To open mail is to ask nobody and to change nothing: all of the corpus, in every shape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.corpus.declare import MAILS
from tests.ui.e2e_pty import ROOT
from tests.ui.hostile_mail import hostile_messages
from tests.ui.open_all import SHAPES
from tests.ui.sample_store import Sample, deliver, make_place

PROBE = """
import socket, subprocess, sys
from pathlib import Path
from tests.ui import open_all
def leave(store, id_):
    socket.getaddrinfo("127.0.0.1", 9)
    socket.socket().connect_ex(("127.0.0.1", 9))
    subprocess.run(["true"])
    Path(sys.argv[1], "inside").write_text("x")
    Path(sys.argv[1] + "-outside").write_text("x")
open_all.load_rows = leave
open_all.main(Path(sys.argv[1]))
"""


def _opened(data_dir: Path, *program: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, *program, str(data_dir)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_to_open_mail_asks_nobody_and_writes_nothing(tmp_path: Path) -> None:
    mails = [*(path.read_bytes() for path in sorted(MAILS.glob("*.eml"))), *hostile_messages().values()]
    place = make_place(tmp_path / "data", names=("INBOX",))
    deliver(place, "INBOX", [Sample(octets, number) for number, octets in enumerate(mails)])
    place.store.close()
    found = _opened(tmp_path / "data", "-m", "tests.ui.open_all")
    assert found["seen"] == []
    assert found["messages"] == len(mails) > 150
    assert int(str(found["lines"])) > len(mails) * len(SHAPES)


def test_what_it_would_see(tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", names=("INBOX",))
    deliver(place, "INBOX", [Sample(b"Subject: one\r\n\r\nx\r\n", 0)])
    place.store.close()
    seen = str(_opened(tmp_path / "data", "-c", PROBE)["seen"])
    for event in ("socket.getaddrinfo", "socket.connect", "subprocess.Popen", "data-outside"):
        assert event in seen
    assert "inside" not in seen
