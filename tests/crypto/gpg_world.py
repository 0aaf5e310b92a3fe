"""Two GnuPG homes with keys made for the tests: the reader's, and that of the people who write to her.

ada      her key is certified by the reader           bob       nobody has certified his
mallory  has Ada's address among her own user ids     eve       her key is nowhere
old      has expired                                  gone      was revoked
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ME = "Mia Reader <mia@example.com>"
PEOPLE = {
    "ada": "Ada Example <ada@example.org>",
    "bob": "Bob Sample <bob@example.org>",
    "mallory": "Mallory <mallory@example.net>",
    "eve": "Eve <eve@example.net>",
    "old": "Olga Old <olga@example.org>",
    "gone": "Gus Gone <gus@example.org>",
}
LONG_AGO = "20200102T000000"


@dataclass
class GpgWorld:
    """`home` is the reader's, `others` that of the people; `keys` are their fingerprints."""

    home: Path
    others: Path
    keys: dict[str, str] = field(default_factory=dict)

    def me(self, *arguments: str, octets: bytes = b"") -> bytes:
        return _gpg(self.home, *arguments, octets=octets)

    def other(self, *arguments: str, octets: bytes = b"") -> bytes:
        return _gpg(self.others, *arguments, octets=octets)

    @property
    def environment(self) -> dict[str, str]:
        return {"GNUPGHOME": str(self.home)}

    def sign(self, octets: bytes, *who: str, at: str = "") -> bytes:
        """Detached, with armour."""
        return self.other(*self._signers(who, at), "--armor", "--detach-sign", octets=octets)

    def clear_sign(self, octets: bytes, who: str) -> bytes:
        return self.other(*self._signers((who,), ""), "--clear-sign", octets=octets)

    def encrypt(self, octets: bytes, *who: str, more: tuple[str, ...] = ()) -> bytes:
        """For the reader; signed by `who`, if anybody."""
        sign = ("--sign",) if who else ()
        trust = ("--trust-model", "always", "--recipient", self.keys["me"])
        return self.other(*self._signers(who, ""), *trust, *more, "--armor", "--encrypt", *sign, octets=octets)

    def _signers(self, who: tuple[str, ...], at: str) -> list[str]:
        found = ["--faked-system-time", at] if at else []
        for name in who:
            found += ["--local-user", self.keys[name]]
        return found

    def state(self) -> dict[str, bytes]:
        """The files that hold keys and trust."""
        return {path.name: path.read_bytes() for path in self.home.glob("*.[kg][bp][xg]*") if path.is_file()}

    def close(self) -> None:
        for home in (self.home, self.others):
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
            shutil.rmtree(home, ignore_errors=True)


def make_world() -> GpgWorld:
    # Sockets of agents have short names only: not below pytest's directories.
    world = GpgWorld(Path(tempfile.mkdtemp(prefix="tg")), Path(tempfile.mkdtemp(prefix="tg")))
    world.keys["me"] = _made(world.home, ME)
    for name, user_id in PEOPLE.items():
        world.keys[name] = _made(world.others, user_id, *(("1d", LONG_AGO) if name == "old" else ("never", "")))
    world.other("--quick-add-uid", world.keys["mallory"], PEOPLE["ada"])
    known = [world.keys[name] for name in PEOPLE if name != "eve"]
    world.me("--import", octets=world.other("--export", *known))
    world.me("--quick-lsign-key", world.keys["ada"])
    world.me("--quick-lsign-key", world.keys["mallory"], PEOPLE["mallory"])
    world.me("--import", octets=_revocation(world.others, world.keys["gone"]))
    world.other("--import", octets=world.me("--export", world.keys["me"]))
    return world


def _made(home: Path, user_id: str, until: str = "never", at: str = "") -> str:
    now = ("--faked-system-time", at) if at else ()
    _gpg(home, *now, "--quick-gen-key", user_id, "ed25519", "default", until)
    listed = _gpg(home, "--with-colons", "--list-secret-keys", f"={user_id}").decode()
    fingerprint = next(line.split(":")[9] for line in listed.split("\n") if line.startswith("fpr:"))
    if user_id in {ME, PEOPLE["eve"]}:
        _gpg(home, "--quick-add-key", fingerprint, "cv25519", "encr", "never")
    return fingerprint


def _revocation(home: Path, fingerprint: str) -> bytes:
    """The certificate that was made with the key; its first line is kept from being used by mistake."""
    return (home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_bytes().replace(b":-----BEGIN", b"-----BEGIN")


def _gpg(home: Path, *arguments: str, octets: bytes = b"") -> bytes:
    quiet = ("--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
    ran = subprocess.run(["gpg", "--homedir", home, *quiet, *arguments], input=octets, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout
