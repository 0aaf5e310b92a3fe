"""Programs that are missing, hang, flood, die or lie: each ends in words, and nothing of them is left."""

from __future__ import annotations

import stat
import sys
import time
from pathlib import Path

import pytest

from tests.crypto.mails import TEXT, message, pgp_encrypted, pgp_signed, smime_mime, smime_signed
from tuimail.crypto import process
from tuimail.crypto.opening import open_secured
from tuimail.crypto.process import Cancelled, Ran, Task, run
from tuimail.crypto.secured import Lock, SecuredPart, Verdict
from tuimail.crypto.tools import Tools
from tuimail.model.errors import ProgramFailed

ARMOUR = b"-----BEGIN PGP MESSAGE-----\n\naGVsbG8=\n-----END PGP MESSAGE-----\n"
SIGNED = message(pgp_signed(TEXT, b"-----BEGIN PGP SIGNATURE-----\n\naGVsbG8=\n-----END PGP SIGNATURE-----\n"))
ENCRYPTED = message(pgp_encrypted(ARMOUR))
_BEGUN = "status('BEGIN_DECRYPTION|DECRYPTION_INFO 2 9|"


def program(directory: Path, source: str) -> str:
    """A program that stands in for gpg: `status` writes to the status pipe, options are answered."""
    path = directory / "program"
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, sys, time\n"
        "words = sys.argv\n"
        "if '--dump-options' in words: sys.exit(0)\n"
        "def status(text):\n"
        "    for line in text.split('|'): os.write(int(words[words.index('--status-fd') + 1]),"
        " f'[GNUPG:] {line}\\n'.encode())\n"
        f"{source}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def ran(tmp_path: Path, source: str, **changes: object) -> Ran:
    task = Task("gpg", "gpg", program(tmp_path, source), lambda _: [], **changes)  # type: ignore[arg-type]
    return run(task, Tools())


def _dies(pid: int, *, within_s: float = 10.0) -> bool:
    """Whether the process ends: a signal that was sent takes a moment to be carried out."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}:
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def opened(octets: bytes, tools: Tools) -> SecuredPart:
    found = open_secured(octets, tools=tools)
    assert found is not None
    (part,) = found.parts
    return part


def test_output_and_status_are_apart_and_large_inputs_do_not_block(tmp_path: Path) -> None:
    source = (
        "fed, told = int(words[1]), int(words[2])\n"
        "os.write(told, b'[GNUPG:] TOLD\\n')\n"
        "os.write(2, b'[GNUPG:] NOISE\\n')\n"
        "octets = sys.stdin.buffer.read()\n"
        "sys.stdout.buffer.write(octets[::-1])\n"
        "sys.stdout.flush()\n"
        "more = open(fed, 'rb').read()\n"
        "sys.exit(3 if len(more) == 300000 else 4)"
    )
    task = Task(
        name="gpg",
        package="gpg",
        program=program(tmp_path, source),
        arguments=lambda ends: [str(ends["fed"]), str(ends["told"])],
        octets=b"ab" * 500_000,
        feeds={"fed": b"x" * 300_000},
        reads={"told": 1000},
    )
    found = run(task, Tools())
    assert (found.status, found.output, found.reads) == (3, b"ba" * 500_000, {"told": b"[GNUPG:] TOLD\n"})


def test_a_program_that_reads_nothing_is_no_trouble(tmp_path: Path) -> None:
    assert ran(tmp_path, "print('done')", octets=b"x" * 1_000_000).output == b"done\n"


def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "child"
    source = (
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(mark)!r} + '.new', 'w').write(str(child.pid)); os.rename({str(mark)!r} + '.new', {str(mark)!r})\n"
        "time.sleep(600)"
    )
    tools = Tools(cancelled=mark.exists)
    task = Task("gpg", "gpg", program(tmp_path, source), lambda _: [], time_s=60)
    with pytest.raises(Cancelled):
        run(task, tools)
    assert _dies(int(mark.read_text()))


def test_a_program_that_does_not_end_in_time(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="did not end within"):
        ran(tmp_path, "time.sleep(600)", time_s=0.05)
    with pytest.raises(ProgramFailed, match="did not end within"):
        ran(tmp_path, "os.close(1); time.sleep(600)", time_s=0.3)


def test_a_child_that_holds_the_pipes_open_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.0)
    source = "os.write(1, b'here')\nif os.fork() == 0:\n    time.sleep(600)\nos._exit(0)"
    assert ran(tmp_path, source).output == b"here"


def test_a_flood_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="wrote more than 64 KB"):
        ran(tmp_path, "while True: os.write(1, b'x' * 65536)", output_octets=64 << 10)


def test_passwords_and_our_terminal_stay_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", "secret")
    monkeypatch.setenv("GPG_TTY", "/dev/pts/99")
    found = ran(tmp_path, "print(sorted(os.environ)); print(os.getsid(0) == os.getpid())").output.decode()
    assert "TUIMAIL_PASSWORD" not in found
    assert "GPG_TTY" not in found
    assert found.endswith("True\n")
    task = Task("gpg", "gpg", program(tmp_path, "print(os.environ['GPG_TTY'])"), lambda _: [])
    assert run(task, Tools(terminal="/dev/tty")).output == b"/dev/tty\n"


def test_no_pipe_stays_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for source in ("print('x')", "sys.exit(2)", "os.kill(os.getpid(), 9)"):
        ran(tmp_path, source, reads={"status": 10}, feeds={"signature": b"x"})
    with pytest.raises(ProgramFailed):
        run(Task("gpg", "gpg", "/nonexistent/gpg", lambda _: [], reads={"status": 10}), Tools())
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_missing_program_is_named_with_its_package() -> None:
    for octets, package in ((SIGNED, "gpg"), (message(smime_signed(TEXT, b"x")), "openssl")):
        part = opened(octets, Tools(gpg="/nonexistent/gpg", openssl="/nonexistent/openssl"))
        (signature,) = part.signatures
        assert signature.verdict is Verdict.FAILED
        assert f"apt install {package}" in signature.fault
    part = opened(ENCRYPTED, Tools(gpg="/nonexistent/gpg"))
    assert part.lock is Lock.FAILED
    assert "apt install gpg" in part.fault


@pytest.mark.parametrize(
    "source",
    [
        "sys.exit(2)",
        "os.kill(os.getpid(), 9)",
        "while True: status('NEWSIG|' + 'x' * 60000)",
        "while True: os.write(1, b'x' * 65536)",
        "status('DECRYPTION_OKAY|PLAINTEXT 62 0 |END_DECRYPTION'); print('text')",
        f"{_BEGUN}PLAINTEXT 62 0 |DECRYPTION_OKAY|END_DECRYPTION|DECRYPTION_FAILED'); print('text')",
        "status('BEGIN_DECRYPTION|DECRYPTION_INFO 0 9|PLAINTEXT 6|DECRYPTION_OKAY|GOODMDC|END_DECRYPTION'); print('x')",
        f"{_BEGUN}DECRYPTION_INFO 0 9|PLAINTEXT 62 0 |DECRYPTION_OKAY|END_DECRYPTION'); print('text')",
        f"{_BEGUN}PLAINTEXT 1|PLAINTEXT 2|DECRYPTION_OKAY|END_DECRYPTION'); print('text')",
        f"{_BEGUN}PLAINTEXT 1|DECRYPTION_OKAY'); print('text')",
        f"{_BEGUN}PLAINTEXT 1|DECRYPTION_OKAY|END_DECRYPTION'); print('text', flush=True); os.kill(os.getpid(), 9)",
        "os.write(2, b'[GNUPG:] BEGIN_DECRYPTION\\n[GNUPG:] DECRYPTION_OKAY\\n'); print('[GNUPG:] DECRYPTION_OKAY')",
    ],
)
def test_whatever_gpg_does_no_text_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setattr("tuimail.crypto.gpg.MAX_PLAIN_OCTETS", 1 << 20)
    part = opened(ENCRYPTED, Tools(gpg=program(tmp_path, source)))
    assert (part.lock, part.content) == (Lock.FAILED, None)
    assert part.fault


@pytest.mark.parametrize(
    "source",
    [
        "status('GOODSIG 0123456789ABCDEF Ada Example <ada@example.org>')",
        "status('NEWSIG|GOODSIG 0123456789ABCDEF Ada Example <ada@example.org>|TRUST_ULTIMATE 0 pgp')",
        "status('NEWSIG|VALIDSIG ' + 'A' * 40 + ' 2026-01-01 1767225600 0 4 0 22 10 00 ' + 'A' * 40)",
        "status('NEWSIG|GOODSIG 0123456789ABCDEF x|BADSIG 0123456789ABCDEF x|VALIDSIG ' + 'A' * 40)",
        "os.write(2, b'[GNUPG:] NEWSIG\\n[GNUPG:] GOODSIG 0 Ada <ada@example.org>\\n')",
        "sys.exit(0)",
    ],
)
def test_whatever_gpg_says_only_a_valid_signature_counts(tmp_path: Path, source: str) -> None:
    part = opened(SIGNED, Tools(gpg=program(tmp_path, source)))
    assert [one.verdict for one in part.signatures] == [Verdict.FAILED]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("EXPSIG 0123456789ABCDEF Ada|VALIDSIG {key} 2026-01-01 1767225600 1767225601 4 0 22 10 00 {key}", "expired"),
        ("ERRSIG 0123456789ABCDEF 99 10 00 1767225600 4 -", "failed"),
        ("ERRSIG 0123456789ABCDEF 22 10 00 1767225600 9 -|NO_PUBKEY 0123456789ABCDEF", "unknown key"),
    ],
)
def test_what_gpg_says_of_other_signatures(tmp_path: Path, status: str, verdict: str) -> None:
    source = f"status('NEWSIG|{status.format(key='A' * 40)}')"
    (signature,) = opened(SIGNED, Tools(gpg=program(tmp_path, source))).signatures
    assert signature.verdict.value == verdict


@pytest.mark.parametrize(
    "source",
    ["sys.exit(1)", "os.kill(os.getpid(), 9)", "print('CMS Verification successful', file=sys.stderr); sys.exit(4)"],
)
def test_an_openssl_that_fails_vouches_for_nothing(tmp_path: Path, source: str) -> None:
    part = opened(message(smime_signed(TEXT, b"x")), Tools(openssl=program(tmp_path, source)))
    assert [one.verdict for one in part.signatures] == [Verdict.BAD]
    part = opened(message(smime_signed(TEXT, b"x")), Tools(openssl=program(tmp_path, "sys.exit(0)")))
    assert [one.verdict for one in part.signatures] == [Verdict.FAILED]
    part = opened(message(smime_mime(b"\x30\x80" + bytes.fromhex("06092a864886f70d010702"), "signed-data")), Tools())
    assert [one.verdict for one in part.signatures] == [Verdict.BAD]
