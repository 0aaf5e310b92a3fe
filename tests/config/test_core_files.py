"""Processes that hold passwords leave no core file."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND_LINE = "from tuimail.cli.start import main; sys.argv = ['tuimail', '--version']; main()"
ENGINE = "from tuimail.engine.host import main; main(['--config', '{0}/none.toml', '--data-dir', '{0}/data'])"
PLAY = """
import contextlib, resource, sys
with contextlib.suppress(SystemExit):
    {}
print(resource.getrlimit(resource.RLIMIT_CORE))
"""


def raise_limit() -> None:
    """As a person does who wants core files."""
    highest = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (highest, highest))


@pytest.mark.parametrize("start", [COMMAND_LINE, ENGINE], ids=["command line", "engine"])
def test_a_process_that_holds_secrets_leaves_no_core_file(tmp_path: Path, start: str) -> None:
    (tmp_path / "none.toml").write_text("[accounts.work]\n")
    played = subprocess.run(
        [sys.executable, "-c", PLAY.format(start.format(tmp_path))],
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=raise_limit,
        check=True,
    )
    assert played.stdout.splitlines()[-1] == "(0, 0)"
