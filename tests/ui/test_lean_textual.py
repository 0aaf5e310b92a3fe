"""What of Textual is left out, and that it is there for whoever asks."""

from __future__ import annotations

import subprocess
import sys

from tuimail.ui.lean_textual import NAMES


def _said_by(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_palette_and_its_widgets_are_not_loaded_for_the_first_picture() -> None:
    heavy = ["textual.widgets._select", "textual.widgets._option_list", "textual.widgets._directory_tree"]
    program = (
        "import sys; from tuimail.ui.lean_textual import leave_out_palette; leave_out_palette();"
        f"import tuimail.ui.app; print(*[name for name in {heavy!r} if name in sys.modules])"
    )
    assert _said_by(program) == []


def test_whoever_asks_for_more_gets_the_real_one() -> None:
    program = (
        "from tuimail.ui.lean_textual import leave_out_palette; leave_out_palette(); import textual.app;"
        "from textual.command import Command; from textual.command import CommandPalette;"
        "print(Command.__module__, issubclass(CommandPalette, textual.screen.Screen))"
    )
    assert _said_by(program) == ["textual.command", "True"]


def test_a_palette_that_is_there_stays() -> None:
    program = (
        "import textual.command; from tuimail.ui.lean_textual import leave_out_palette; leave_out_palette();"
        f"print(all(hasattr(textual.command, name) for name in {sorted(NAMES)!r}), hasattr(textual.command, 'Command'))"
    )
    assert _said_by(program) == ["True", "True"]
