"""Download and delete by POP3: `tuimail sync` beside fetchmail and getmail6, as whole processes, and a poplib loop.

All of them empty the same maildrop of the same Dovecot. What tuimail downloads is parsed, listed, compressed and synced
to the disk before anything is deleted. The peers land it on the same disk as fast as they can:

    fetchmail   into one file, in the form of SMTP (--bsmtp): no process and no file a message, nothing synced
    getmail6    into a Maildir, a process a message; a few of the messages, as it takes twenty times as long
    poplib      nowhere: RETR, DELE, what the session alone costs
"""

from __future__ import annotations

import itertools
import os
import poplib
import pwd
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import mail
from benchmarks.bench import Bench, median
from benchmarks.clients import ROOT, Run, Tuimail, run_process
from benchmarks.figures import Figure, Judged, Target
from benchmarks.servers import PASSWORD, append_messages
from tests.servers.dovecot import HOST, Dovecot
from tuimail.model.message import BodyState
from tuimail.store.store import Store

_FEW = 500
"""Messages that getmail6 is measured with."""
_SYSTEM_PYTHON = "/usr/bin/python3"
_LOOP = """
import poplib, sys
pop = poplib.POP3(sys.argv[1], int(sys.argv[2]))
pop.user(sys.argv[3]); pop.pass_(sys.argv[4])
for number in range(1, pop.stat()[0] + 1):
    pop.retr(number)
    pop.dele(number)
pop.quit()
"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Rounds of all clients in turn, each with a maildrop of its own."""
    with Dovecot(users={"many": PASSWORD, "few": PASSWORD}, pop3=True, password_of_all=PASSWORD) as dovecot:
        count, few = bench.sizes.maildrop, min(_FEW, bench.sizes.maildrop)
        octets = append_messages(dovecot.port, "many", mail.messages(count))
        append_messages(dovecot.port, "few", mail.messages(few))
        drops = _Maildrops(dovecot)
        # Dovecot knows the sizes of all messages from here on, for whoever comes.
        drops.count("many"), drops.count("few")
        ours, fetchmail, bare = [], [], []
        for number in range(1, bench.sizes.rounds + 1):
            bench.say(f"POP3, round {number}: tuimail, fetchmail, poplib")
            ours.append(_emptied(bench, drops, "many", _tuimail, count))
            fetchmail.append(_emptied(bench, drops, "many", _fetchmail, count))
            bare.append(_emptied(bench, drops, "many", _poplib, count))
        bench.say(f"POP3: getmail6 and tuimail, {few:,} messages")
        getmail = _emptied(bench, drops, "few", _getmail, few)
        ours_few = _emptied(bench, drops, "few", _tuimail, few)
    bench.say(f"seconds: tuimail {_walls(ours)}; fetchmail {_walls(fetchmail)}; poplib {_walls(bare)}")
    note = f"{count:,} messages, {octets / 1e6:.0f} MB"
    wall, peer = median(run.wall_s for run in ours), median(run.wall_s for run in fetchmail)
    name = f"POP3 download and delete, wall ({note})"
    yield Figure(name, "s", wall, peer, "fetchmail", Target(Judged.RATIO, 1.0))
    yield Figure(
        "the same, processor time", "s", median(run.cpu_s for run in ours), median(run.cpu_s for run in fetchmail),
        "fetchmail",
    )  # fmt: skip
    yield Figure("the same beside a loop that stores nothing", "s", wall, median(run.wall_s for run in bare), "poplib")
    yield Figure(
        f"POP3 download and delete, wall ({few:,} messages)", "s", ours_few.wall_s, getmail.wall_s, "getmail6",
        Target(Judged.RATIO, 1.0),
    )  # fmt: skip


class _Maildrops:
    """Copies of a filled maildrop, each for one client."""

    def __init__(self, dovecot: Dovecot) -> None:
        self.port = dovecot.pop3_port
        self._dovecot = dovecot
        self._numbers = itertools.count(1)

    def copy(self, user: str) -> str:
        """A new user with the mail of `user`."""
        name = f"{user}{next(self._numbers)}"
        self._dovecot.copy_home(user, name)
        return name

    def count(self, user: str) -> int:
        """How many messages are there."""
        pop = poplib.POP3(HOST, self.port)
        pop.user(user)
        pop.pass_(PASSWORD)
        number = pop.stat()[0]
        pop.quit()
        return number

    def drop(self, user: str) -> None:
        """Remove the user's mail."""
        shutil.rmtree(self._dovecot.home(user))


Client = Callable[[Path, int, str], tuple[Run, int | None]]
"""Empties a maildrop: directory, port and user in; how long it took, and how many messages it has (None: none)."""


def _emptied(bench: Bench, drops: _Maildrops, template: str, client: Client, count: int) -> Run:
    user, directory = drops.copy(template), bench.new_directory()
    run, found = client(directory, drops.port, user)
    if found not in {count, None} or drops.count(user):
        raise RuntimeError(f"{client.__name__[1:]} has {found} messages of {count}, {drops.count(user)} are left there")
    drops.drop(user)
    bench.drop(directory)
    return run


def _tuimail(directory: Path, port: int, user: str) -> tuple[Run, int]:
    client = Tuimail(directory, port, user, protocol="pop3")
    run, _report = client.sync()
    store = Store(client.data)
    found = store.mail.read(
        lambda connection: (
            connection.execute("SELECT count(*) FROM messages WHERE body = ?", (BodyState.FULL.value,)).get
        )
    )
    store.close()
    return run, int(found)


def _fetchmail(directory: Path, port: int, user: str) -> tuple[Run, int]:
    directory.mkdir(parents=True)
    config, landed = directory / "fetchmailrc", directory / "landed"
    config.touch(0o600)
    config.write_text(
        f"poll {HOST} protocol POP3 port {port} auth password\n"
        f'  user "{user}" password "{PASSWORD}" sslproto "" fetchall no keep bsmtp "{landed}"\n'
    )
    files = ["-f", str(config), "--idfile", str(directory / "ids"), "--pidfile", str(directory / "pid")]
    command = ["fetchmail", *files, "--nodetach", "--silent", "--nosyslog"]
    run = run_process(command, _environment(directory), directory / "stderr")
    with landed.open("rb") as lines:
        return run, sum(line.startswith(b"MAIL FROM:") for line in lines)


def _getmail(directory: Path, port: int, user: str) -> tuple[Run, int]:
    maildir = directory / "mail"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    config = directory / "getmailrc"
    config.write_text(
        f"[retriever]\ntype = SimplePOP3Retriever\nserver = {HOST}\nport = {port}\nusername = {user}\n"
        f"password = {PASSWORD}\n[destination]\ntype = Maildir\npath = {maildir}/\n"
        "[options]\ndelete = true\nread_all = true\nverbose = 0\n"
    )
    driver = shutil.copy(ROOT / "benchmarks" / "getmail_driver.py", directory)
    owner = _nobody_if_root(directory)
    command = [_SYSTEM_PYTHON, str(driver), f"--getmaildir={directory}", f"--rcfile={config}"]
    run = run_process(command, _environment(directory), directory / "stderr", owner=owner)
    return run, sum(1 for _ in (maildir / "new").iterdir())


def _nobody_if_root(directory: Path) -> tuple[int, int] | None:
    """getmail6 delivers no mail as root: it is given to somebody else then."""
    if os.geteuid():
        return None
    nobody = pwd.getpwnam("nobody")
    directory.parent.chmod(0o755)
    for path in (directory, *directory.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid, nobody.pw_gid


def _poplib(directory: Path, port: int, user: str) -> tuple[Run, None]:
    directory.mkdir(parents=True)
    command = [sys.executable, "-c", _LOOP, HOST, str(port), user, PASSWORD]
    return run_process(command, _environment(directory), directory / "stderr"), None


def _environment(directory: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8"}


def _walls(runs: list[Run]) -> str:
    return " ".join(f"{run.wall_s:.1f}" for run in runs)
