"""The encrypted file on the disk: who may read it, what a crash or another process leaves of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tuimail.config import vault as vault_module
from tuimail.config.sealing import SealBroken, SecretId, WrongMasterPassword
from tuimail.config.vault import Vault, VaultLocked, VaultState
from tuimail.model.errors import ConfigError

MASTER = "battery staple"
ID = SecretId("work", "me", "password")
WRITER = """
import sys
from pathlib import Path
from tuimail.config.sealing import SecretId
from tuimail.config.vault import Vault

vault = Vault(Path(sys.argv[1]))
vault.take_over(sys.stdin.readline().strip())
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    vault.update(lambda secrets: secrets.update({SecretId(sys.argv[2], str(number), "password"): "x"}))
"""
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def made(tmp_path: Path) -> Vault:
    """A new file with one secret."""
    vault = Vault(tmp_path / "data" / "secrets.enc")
    vault.make(MASTER)
    vault.update(lambda secrets: secrets.update({ID: "correct-horse-17"}))
    return vault


def _state(vault: Vault) -> VaultState:
    return vault.state


def test_from_no_file_to_one_that_is_open(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "data" / "secrets.enc")
    assert _state(vault) is VaultState.NONE
    assert vault.read() == {}
    assert vault.hand_over() == ""
    with pytest.raises(ConfigError, match="8 characters or more"):
        vault.make("seven77")
    with pytest.raises(ConfigError, match="There is no encrypted file"):
        vault.open(MASTER)
    with pytest.raises(ConfigError, match="There is no encrypted file"):
        vault.update(lambda secrets: secrets.clear())
    vault.make(MASTER)
    assert _state(vault) is VaultState.OPEN
    assert vault.read() == {}


def test_it_is_its_owners_alone(made: Vault) -> None:
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    assert b"correct-horse-17" not in made.path.read_bytes()
    assert sorted(path.name for path in made.path.parent.iterdir()) == ["secrets.enc", "secrets.enc.lock"]


def test_another_process_must_give_the_password_or_be_handed_the_key(made: Vault) -> None:
    other = Vault(made.path)
    assert other.state is VaultState.LOCKED
    with pytest.raises(VaultLocked):
        other.read()
    with pytest.raises(VaultLocked):
        other.update(lambda secrets: secrets.clear())
    with pytest.raises(WrongMasterPassword):
        other.open("battery stable")
    assert other.state is VaultState.LOCKED
    other.open(MASTER)
    assert other.read() == {ID: "correct-horse-17"}
    child = Vault(made.path)
    child.take_over(made.hand_over())
    assert child.read() == {ID: "correct-horse-17"}


def test_a_file_that_was_made_anew_is_locked_again(made: Vault) -> None:
    made.path.unlink()
    other = Vault(made.path)
    other.make("another password")
    assert made.state is VaultState.LOCKED
    with pytest.raises(VaultLocked):
        made.update(lambda secrets: secrets.clear())
    with pytest.raises(ConfigError, match="is there already"):
        made.make(MASTER)
    assert other.read() == {}


def _chmod(mode: int) -> Callable[[Path], None]:
    return lambda path: path.chmod(mode)


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _huge(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate((1 << 20) + 1)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_chmod(0o640), r"can be read by others \(mode 640\)"),
        (_chmod(0o604), r"can be read by others \(mode 604\)"),
        (_chmod(0o620), r"can be read by others \(mode 620\)"),
        (_link, "is a symbolic link"),
        (_pipe, "is not a file"),
        (_directory, "is not a file"),
        (_huge, "is larger than 1 MiB"),
    ],
)
def test_a_file_that_others_could_have_touched_is_not_used(
    made: Vault, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(made.path)
    uses: list[Callable[[], object]] = [
        made.read,
        lambda: made.state,
        lambda: made.open(MASTER),
        lambda: made.update(lambda secrets: secrets.clear()),
    ]
    for use in uses:
        with pytest.raises(ConfigError, match=words):
            use()
    with pytest.raises(ConfigError, match="is there already"):
        made.make(MASTER)


def test_a_file_of_another_user_is_not_used(made: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        made.read()


def test_a_link_to_nowhere_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.enc"
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="is there already"):
        Vault(path).make(MASTER)
    assert not (tmp_path / "nowhere").exists()


def test_a_lock_that_is_a_link_is_not_followed(made: Vault) -> None:
    lock = made.path.with_name("secrets.enc.lock")
    lock.unlink()
    lock.symlink_to(made.path.with_name("target"))
    with pytest.raises(ConfigError, match="cannot be written"):
        made.update(lambda secrets: secrets.clear())
    assert not made.path.with_name("target").exists()


def test_damage_is_told(made: Vault) -> None:
    octets = bytearray(made.path.read_bytes())
    octets[100] ^= 1
    made.path.write_bytes(octets)
    with pytest.raises(SealBroken, match="it was changed since tuimail wrote it"):
        made.read()
    with pytest.raises(SealBroken):
        made.update(lambda secrets: secrets.clear())
    assert made.path.read_bytes() == octets
    made.path.write_bytes(b"")
    with pytest.raises(SealBroken, match="cut short"):
        Vault(made.path).open(MASTER)


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    made: Vault, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    before = made.path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
            made.update(lambda secrets: secrets.clear())
    assert made.path.read_bytes() == before
    assert len(list(made.path.parent.iterdir())) == 2


def test_a_change_that_raises_writes_nothing(made: Vault) -> None:
    before = made.path.read_bytes()
    with pytest.raises(KeyError):
        made.update(lambda secrets: secrets.__delitem__(SecretId("no", "such", "one")))
    assert made.path.read_bytes() == before


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Other processes know nothing of what is quick here.
    monkeypatch.undo()
    made = Vault(tmp_path / "secrets.enc")
    made.make(MASTER)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(made.path), name, "25"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for child in children:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(made.hand_over() + "\n")
        child.stdin.flush()
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.communicate("go\n")
    assert [child.returncode for child in children] == [0, 0]
    names = {(id_.account, id_.username) for id_ in made.read()}
    assert names == {(name, str(number)) for name in ("one", "two") for number in range(25)}


def test_a_lock_that_is_not_given_back_is_told(made: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_module, "LOCK_WAIT_S", 0.05)
    with Vault(made.path)._locked(), pytest.raises(ConfigError, match="Another process has held"):
        made.update(lambda secrets: secrets.clear())
    made.update(lambda secrets: secrets.clear())
    assert made.read() == {}
