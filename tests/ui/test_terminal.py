"""What goes to the terminal beside the screen, octet by octet; and the clipboard."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.config.schema import DesktopNotice
from tuimail.ui import clipboard
from tuimail.ui.clipboard import Clipboard, NotCopied
from tuimail.ui.terminal import MOST_COPIED_OCTETS, Terminal

ST = "\x1b\\"
NASTY = "Re: \x1b]52;c;ZXZpbA==\x07\x9b31m;a=b;\u202ecod\u2066\r\nx\x1b\\\ud800"
KINDS = (DesktopNotice.OSC9, DesktopNotice.OSC99, DesktopNotice.OSC777)


def listening(environment: Mapping[str, str] | None = None) -> tuple[Terminal, list[str]]:
    written: list[str] = []
    terminal = Terminal({"TERM": "xterm-256color"} if environment is None else environment)
    terminal.connect(written.append)
    return terminal, written


def test_the_title_that_was_there_is_kept_once_and_given_back() -> None:
    terminal, written = listening()
    assert terminal.give_title_back() == ""
    terminal.show_title("tuimail: Inbox (3)")
    terminal.show_title("tuimail: Inbox (3)")
    terminal.show_title("tuimail: Inbox (4)")
    assert written == [f"\x1b[22;2t\x1b]2;tuimail: Inbox (3){ST}", f"\x1b]2;tuimail: Inbox (4){ST}"]
    assert terminal.give_title_back() == "\x1b[23;2t"


@pytest.mark.parametrize("term", ["linux", "dumb"])
def test_a_terminal_without_a_title_is_told_none(term: str) -> None:
    terminal, written = listening({"TERM": term})
    terminal.show_title("tuimail")
    assert written == []
    assert terminal.give_title_back() == ""


def test_nothing_is_said_before_there_is_a_screen() -> None:
    terminal = Terminal({})
    terminal.ring()
    assert terminal.notify(DesktopNotice.OSC9, "tuimail", "x")
    assert terminal.copy("x")


def test_each_notice_as_its_terminal_has_it() -> None:
    terminal, written = listening()
    for kind in KINDS:
        assert terminal.notify(kind, "tuimail", "New: Ada: The boat; 5;6")
    title, text = (base64.b64encode(one).decode() for one in (b"tuimail", b"New: Ada: The boat, 5,6"))
    assert written == [
        f"\x1b]9;tuimail: New: Ada: The boat, 5,6{ST}",
        f"\x1b]99;i=tuimail:d=0:e=1;{title}{ST}\x1b]99;i=tuimail:p=body:e=1;{text}{ST}",
        f"\x1b]777;notify;tuimail;New: Ada: The boat, 5,6{ST}",
    ]
    assert not terminal.notify(DesktopNotice.OFF, "tuimail", "x")
    assert len(written) == 3


@given(st.text() | st.just(NASTY), st.sampled_from(KINDS))
def test_no_text_ends_a_sequence_or_begins_another(text: str, kind: DesktopNotice) -> None:
    terminal, written = listening()
    terminal.notify(kind, text, text)
    terminal.show_title(f"tuimail {text}")
    sequences = "".join(written).replace("\x1b[22;2t", "").split(ST)
    assert sequences.pop() == ""
    starts = [f"\x1b]{number};" for number in ("9", "99", "777", "2")]
    for sequence in sequences:
        start = next(one for one in starts if sequence.startswith(one))
        assert sequence.removeprefix(start).isprintable() or not set(sequence[1:]) & _controls()
        assert len(sequence) < 1500
    if kind is DesktopNotice.OSC777:
        assert sequences[0].count(";") == 3


def _controls() -> set[str]:
    return {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066)}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-kitty"}, DesktopNotice.OSC99),
        ({"TERM": "tmux-256color", "TMUX": "/x", "KITTY_WINDOW_ID": "1"}, DesktopNotice.OSC99),
        ({"TERM": "foot-extra"}, DesktopNotice.OSC777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, DesktopNotice.OSC777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, DesktopNotice.OSC9),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, DesktopNotice.OSC777),
        ({"TERM": "xterm-256color"}, DesktopNotice.OFF),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, DesktopNotice.OFF),
        ({}, DesktopNotice.OFF),
    ],
)
def test_what_a_terminal_is_known_by(environment: dict[str, str], expected: DesktopNotice) -> None:
    terminal, written = listening(environment)
    assert terminal.known_notice() is expected
    assert terminal.notify(DesktopNotice.AUTO, "tuimail", "x") is (expected is not DesktopNotice.OFF)
    assert bool(written) is (expected is not DesktopNotice.OFF)


def test_inside_tmux_it_is_wrapped_with_escapes_doubled() -> None:
    terminal, written = listening({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"})
    terminal.notify(DesktopNotice.OSC9, "tuimail", "x")
    assert written == [f"\x1bPtmux;\x1b\x1b]9;tuimail: x\x1b\x1b\\{ST}"]
    written.clear()
    terminal.copy("é")
    assert written == [f"\x1b]52;c;w6k={ST}", f"\x1bPtmux;\x1b\x1b]52;c;w6k=\x1b\x1b\\{ST}"]


def test_what_is_too_much_for_a_terminal_is_not_cut_in_silence() -> None:
    terminal, written = listening()
    assert terminal.copy("x" * MOST_COPIED_OCTETS)
    assert not terminal.copy("x" * (MOST_COPIED_OCTETS + 1))
    assert len(written) == 1


def _program(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def _find(directory: Path) -> Callable[[str], str | None]:
    return lambda name: str(directory / name) if (directory / name).exists() else None


async def test_a_program_of_the_desktop_comes_first(programs: Path) -> None:
    _program(programs, "wl-copy", f"cat > {programs}/copied")
    terminal, written = listening({"WAYLAND_DISPLAY": "wayland-0"})
    how = await Clipboard(terminal, find=_find(programs)).copy("Grüße\x1b[31m\r\nzwei")
    assert how == "wl-copy"
    assert (programs / "copied").read_text() == "Grüße\u241b[31m\nzwei"
    assert written == []


async def test_one_that_fails_or_hangs_gives_way(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "PROGRAM_WAIT_S", 0.2)
    _program(programs, "wl-copy", "exit 1")
    _program(programs, "xclip", "exec sleep 60")
    environment = {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}
    terminal, written = listening(environment)
    assert await Clipboard(terminal, find=_find(programs)).copy("x") == "through the terminal (OSC 52)"
    assert written == [f"\x1b]52;c;eA=={ST}"]
    _program(programs, "xsel", "cat > /dev/null")
    assert await Clipboard(terminal, find=_find(programs)).copy("x") == "xsel"


@pytest.mark.parametrize("elsewhere", [{"SSH_TTY": "/dev/pts/1"}, {"TERM_PROGRAM": "tuimail-serve"}, {}])
async def test_where_the_desktop_is_elsewhere_the_terminal_does_it(programs: Path, elsewhere: dict[str, str]) -> None:
    _program(programs, "xclip", f"cat > {programs}/copied")
    display = {"DISPLAY": ":0"} if elsewhere else {}
    terminal, written = listening({**display, **elsewhere})
    assert await Clipboard(terminal, find=_find(programs)).copy("x") == "through the terminal (OSC 52)"
    assert len(written) == 1
    assert not (programs / "copied").exists()


async def test_too_much_is_told_with_what_helps() -> None:
    terminal, written = listening()
    with pytest.raises(NotCopied) as caught:
        await asyncio.wait_for(Clipboard(terminal).copy("x" * 200_000), 10)
    assert "Select a part" in str(caught.value)
    assert written == []
