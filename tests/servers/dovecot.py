"""A private Dovecot on loopback ports of its own, for tests and benchmarks: mail, users and configuration in a
temporary folder; runs as root or as an ordinary user.

    with Dovecot(users={"ada": "secret"}) as dovecot:
        open_session("127.0.0.1", dovecot.port, …)
        dovecot.stop(); …; dovecot.start()      # same ports, same mail
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

HOST = "127.0.0.1"
_READY_S = 20.0
_SPECIAL = ("Drafts", "Sent", "Archive", "Junk", "Trash")


class Dovecot:
    """`port` speaks plain IMAP and, with `tls`, STARTTLS; `tls_port` TLS; `pop3_port` and `pops_port` with `pop3`.

    `capability` replaces the whole list that IMAP clients see after log-in. `ca_file` is the authority of the server's
    certificate, which is for "localhost" and 127.0.0.1. `settings` is appended to the configuration as it is. With
    `password_of_all`, whoever logs in with it is a user, and has a mailbox. With `introspection_url`, users may log in
    with an access token (OAUTHBEARER, XOAUTH2) that is valid there.
    """

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        *,
        storage: str = "mdbox",
        tls: bool = False,
        pop3: bool = False,
        capability: str | None = None,
        special_use: bool = True,
        settings: str = "",
        password_of_all: str = "",
        introspection_url: str = "",
    ) -> None:
        self.users = dict(users or {"ada": "correct horse"})
        self._password_of_all = password_of_all
        if shutil.which("dovecot") is None:
            raise RuntimeError("dovecot is not installed: run `apt-get install dovecot-imapd dovecot-pop3d`")
        # In memory where there is such a place: the tests' mail outlives nobody.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.directory = Path(tempfile.mkdtemp(prefix="tuimail-dovecot-", dir=memory))
        self.tls = tls
        self.pop3 = pop3
        self.port, self.tls_port, self.pop3_port, self.pops_port = _free_ports(4)
        self.ca_file = self.directory / "ca.pem"
        self._process: subprocess.Popen[bytes] | None = None
        self._root = os.geteuid() == 0
        self._config = self.directory / "dovecot.conf"
        if tls:
            make_certificate(self.directory)
        if introspection_url:
            settings = self._oauth2(introspection_url) + settings
        self._write_users()
        self._config.write_text(self._text(storage, capability, special_use=special_use) + settings)

    def __enter__(self) -> Dovecot:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start and wait until it greets."""
        if self._process is not None:
            return
        errors = self.directory / "start.log"
        with errors.open("wb") as log:
            self._process = subprocess.Popen(
                ["dovecot", "-F", "-c", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_S
        while not _greets(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                text = errors.read_text() + self.log()
                self.stop()
                raise RuntimeError(f"dovecot did not start:\n{text}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop; mail and ports are kept for the next `start`. Open connections end."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def close(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def home(self, user: str) -> Path:
        """Where the user's mail is."""
        return self.directory / "mail" / user

    def copy_home(self, user: str, new_user: str) -> None:
        """Give a new user the same mail as `user`, who is not connected: same UIDs, same modification sequences."""
        uid, gid = self._mail_owner()
        shutil.copytree(self.home(user), self.home(new_user))
        if self._root:
            for directory, _, names in os.walk(self.home(new_user)):
                for name in (".", *names):
                    os.chown(Path(directory, name), uid, gid)

    def log(self) -> str:
        """What Dovecot logged."""
        path = self.directory / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def has_logged(self, words: str, *, timeout_s: float = 10.0) -> bool:
        """Whether it logs that, which a process of its own does a little after it happens."""
        deadline_s = time.monotonic() + timeout_s
        while words not in self.log():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.05)
        return True

    def client(self, user: str = "") -> imaplib.IMAP4:
        """Another client, logged in: imaplib."""
        user = user or next(iter(self.users))
        client = imaplib.IMAP4(HOST, self.port)
        client.login(user, self.users[user])
        return client

    def fill(self, messages: Iterable[bytes], mailbox: str = "INBOX", user: str = "", flags: str = "") -> int:
        """Append many messages quickly; gives their number."""
        user = user or next(iter(self.users))
        count = 0
        with socket.create_connection((HOST, self.port)) as connection, connection.makefile("rb") as answers:
            answers.readline()
            connection.sendall(f'l LOGIN "{user}" "{self.users[user]}"\r\n'.encode())
            _wait_tag(answers, b"l")
            for message in messages:
                head = f'a{count} APPEND "{mailbox}" ({flags}) {{{len(message)}+}}\r\n'.encode()
                connection.sendall(head + message + b"\r\n")
                count += 1
                if count % 50 == 0:
                    _wait_tag(answers, b"a%d" % (count - 1))
            connection.sendall(b"q LOGOUT\r\n")
            _wait_tag(answers, b"q")
        return count

    def _write_users(self) -> None:
        uid, gid = self._mail_owner()
        homes = self.directory / "mail"
        homes.mkdir()
        lines = [f"{user}:{{PLAIN}}{password}:{uid}:{gid}::{homes / user}::\n" for user, password in self.users.items()]
        (self.directory / "users").write_text("".join(lines))
        if self._root:
            self.directory.chmod(0o755)
            os.chown(homes, uid, gid)

    def _mail_owner(self) -> tuple[int, int]:
        if not self._root:
            return os.getuid(), os.getgid()
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid

    def _text(self, storage: str, capability: str | None, *, special_use: bool) -> str:
        directory = self.directory
        protocols = "imap pop3" if self.pop3 else "imap"
        lines = [
            f"base_dir = {directory}/run",
            f"state_dir = {directory}/state",
            f"log_path = {directory}/dovecot.log",
            f"protocols = {protocols}",
            f"listen = {HOST}",
            "disable_plaintext_auth = no",
            "auth_mechanisms = plain login",
            "auth_failure_delay = 0",
            "auth_username_chars =",
            f"mail_location = {storage}:~/{storage}",
            "mail_fsync = never",
            "first_valid_uid = 1",
            "first_valid_gid = 1",
            "mail_max_userip_connections = 500",
            "mail_plugins = zlib",
            "protocol imap {\n  mail_plugins = zlib imap_zlib\n}",
            f"passdb {{\n  driver = passwd-file\n  args = {directory}/users\n}}",
            f"userdb {{\n  driver = passwd-file\n  args = {directory}/users\n}}",
            self._service("imap", self.port, self.tls_port),
        ]
        if self._password_of_all:
            uid, gid = self._mail_owner()
            home = f"uid={uid} gid={gid} home={directory}/mail/%u"
            (directory / "everyone").write_text(f"everyone:{{PLAIN}}{self._password_of_all}\n")
            everyone = f"username_format=everyone {directory}/everyone"
            lines.append(f"passdb {{\n  driver = passwd-file\n  args = {everyone}\n}}")
            lines.append(f"userdb {{\n  driver = static\n  args = {home}\n}}")
        if self.pop3:
            lines.append(self._service("pop3", self.pop3_port, self.pops_port))
        if self.tls:
            lines += ["ssl = yes", f"ssl_cert = <{directory}/cert.pem", f"ssl_key = <{directory}/key.pem"]
        else:
            lines.append("ssl = no")
        if capability is not None:
            lines.append(f"imap_capability = {capability}")
        if not self._root:
            user = pwd.getpwuid(os.getuid()).pw_name
            group = grp.getgrgid(os.getgid()).gr_name
            lines += [f"default_internal_user = {user}", f"default_login_user = {user}"]
            lines += [f"default_internal_group = {group}", "service anvil {\n  chroot =\n}"]
        boxes = "".join(
            f"  mailbox {name} {{\n    auto = subscribe\n    special_use = \\{name}\n  }}\n" for name in _SPECIAL
        )
        lines.append("namespace inbox {\n  inbox = yes\n  separator = /\n" + (boxes if special_use else "") + "}")
        return "\n".join(lines) + "\n"

    def _oauth2(self, introspection_url: str) -> str:
        facts = {
            "introspection_mode": "post",
            "introspection_url": introspection_url,
            "active_attribute": "active",
            "active_value": "true",
            "username_attribute": "username",
        }
        path = self.directory / "oauth2.conf"
        path.write_text("".join(f"{name} = {value}\n" for name, value in facts.items()))
        return (
            "auth_mechanisms = plain login oauthbearer xoauth2\n"
            f"passdb {{\n  driver = oauth2\n  mechanisms = oauthbearer xoauth2\n  args = {path}\n}}\n"
        )

    def _service(self, name: str, port: int, tls_port: int) -> str:
        secure = f"    port = {tls_port}\n    ssl = yes\n" if self.tls else "    port = 0\n"
        return (
            f"service {name}-login {{\n  chroot =\n  service_count = 0\n  process_min_avail = 1\n"
            "  client_limit = 1000\n"
            f"  inet_listener {name} {{\n    port = {port}\n  }}\n  inet_listener {name}s {{\n{secure}  }}\n}}\n"
            # A process serves many clients one after the other: to start one costs more than most sessions do.
            f"service {name} {{\n  process_limit = 500\n  service_count = 100\n}}"
        )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((HOST, 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=5) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False


def _wait_tag(answers: Iterable[bytes], tag: bytes) -> None:
    for line in answers:
        if line.startswith(tag + b" "):
            if not line.startswith(tag + b" OK"):
                raise RuntimeError(f"dovecot said {line!r}")
            return
    raise RuntimeError("dovecot closed the connection")


def make_certificate(directory: Path) -> None:
    """An authority (ca.pem) and a certificate for localhost and 127.0.0.1 that it signed (cert.pem, key.pem)."""
    (directory / "san.cnf").write_text(
        "subjectAltName = DNS:localhost, IP:127.0.0.1\nbasicConstraints = CA:FALSE\n"
        "keyUsage = digitalSignature\nextendedKeyUsage = serverAuth\n"
    )
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    authority = ["-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test CA"]
    signing = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "30", "-extfile", "san.cnf"]
    commands = (
        ["req", "-x509", *new_key, *authority, "-addext", "keyUsage = critical, keyCertSign, cRLSign"],
        ["req", *new_key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost"],
        ["x509", "-req", "-in", "request.pem", *signing, "-out", "cert.pem"],
    )
    for command in commands:
        subprocess.run(["openssl", *command], cwd=directory, check=True, capture_output=True)
