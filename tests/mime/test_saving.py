"""Files of the user's: whole or not there, under names that lead nowhere, over nothing."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuimail.mime import saving
from tuimail.mime.saving import save_file
from tuimail.model.errors import SaveError

OCTETS = bytes(range(256)) * 40


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "place"
    made.mkdir()
    yield made
    assert not [one.name for one in made.iterdir() if one.name.endswith(".part")], "something half was left"


def test_it_is_written_as_it_is(place: Path) -> None:
    path = save_file(place, "plan.pdf", OCTETS)
    assert path == place / "plan.pdf"
    assert path.read_bytes() == OCTETS
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~saving._umask()


def test_the_permissions_are_those_of_the_umask(place: Path) -> None:
    before = os.umask(0o077)
    try:
        path = save_file(place, "plan.pdf", OCTETS)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_overwritten(place: Path) -> None:
    names = [save_file(place, "plan.pdf", str(number).encode()).name for number in range(3)]
    assert names == ["plan.pdf", "plan (2).pdf", "plan (3).pdf"]
    assert [(place / name).read_text() for name in names] == ["0", "1", "2"]
    assert [save_file(place, "README", b"").name for _ in range(2)] == ["README", "README (2)"]


def test_a_planted_link_is_not_followed(place: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (place / "plan.pdf").symlink_to(victim)
    (place / "plan (2).pdf").symlink_to(tmp_path / "nowhere")
    assert save_file(place, "plan.pdf", OCTETS).name == "plan (3).pdf"
    assert victim.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


def test_a_link_to_a_directory_may_be_named_by_the_user(place: Path, tmp_path: Path) -> None:
    (tmp_path / "shortcut").symlink_to(place)
    assert save_file(tmp_path / "shortcut", "plan.pdf", OCTETS).read_bytes() == OCTETS
    assert (place / "plan.pdf").read_bytes() == OCTETS


HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..\\..\\evil.exe", "..", ".", "", ".bashrc", "-rf", "con.txt", "nul",
    "a\0b.pdf", "inv\u202efdp.exe", "\x1b]0;title\x07.txt", "x" * 400 + ".pdf", "a\r\nb", "~root", "$(id).pdf",
    "a/", "COM1 .pdf",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_in_the_directory(place: Path, tmp_path: Path, name: str) -> None:
    path = save_file(place, name, OCTETS)
    assert [one.name for one in place.iterdir()] == [path.name]
    assert path.read_bytes() == OCTETS
    assert [one.name for one in tmp_path.iterdir()] == ["place"]
    assert not path.name.startswith((".", "-"))
    assert path.name.isprintable()


@given(name=st.text(max_size=300))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_becomes_a_file_here(place: Path, name: str) -> None:
    path = save_file(place, name, b"x")
    assert path.parent == place
    assert path.is_file()
    path.unlink()


def test_a_directory_that_is_not_there_is_said(place: Path) -> None:
    with pytest.raises(SaveError, match="there is no such directory"):
        save_file(place / "none", "plan.pdf", OCTETS)
    (place / "file").write_text("")
    with pytest.raises(SaveError, match="this is no directory"):
        save_file(place / "file", "plan.pdf", OCTETS)


class Full:
    """A disk that is full after so many octets."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._write = os.write

    def write(self, file: int, octets: Any) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._write(file, octets[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", [0, 1, 5000])
@pytest.mark.parametrize("has_links", [True, False])
def test_a_full_disk_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch, room: int, has_links: bool) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", _no_links)
        room += len(OCTETS) if room else 0
    monkeypatch.setattr(os, "write", Full(room).write)
    with pytest.raises(SaveError, match=r"no room for 10 K"):
        save_file(place, "plan.pdf", OCTETS)
    assert list(place.iterdir()) == []


def _no_links(*_arguments: object, **_options: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_file_system_without_links_will_do(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _no_links)
    names = [save_file(place, "plan.pdf", str(number).encode()).name for number in range(2)]
    assert names == ["plan.pdf", "plan (2).pdf"]
    assert (place / "plan.pdf").read_text() == "0"


def test_what_takes_its_place_meanwhile_is_not_overwritten(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody makes a file of this name at the very moment before ours gets it."""
    link = os.link

    def racing(source: str, target: str, **options: Any) -> None:
        if target == "plan.pdf":
            (place / target).write_text("theirs")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", racing)
    assert save_file(place, "plan.pdf", OCTETS).name == "plan (2).pdf"
    assert (place / "plan.pdf").read_text() == "theirs"


def test_many_of_one_name_end(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MAX_SAME_NAMES", 3)
    for _ in range(3):
        save_file(place, "plan.pdf", b"")
    with pytest.raises(SaveError, match="3 files of this name"):
        save_file(place, "plan.pdf", b"")
