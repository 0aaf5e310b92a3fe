"""`account check` and `account trust`."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cli.runner import Bench
from tests.servers.dovecot import Dovecot
from tests.servers.pymap_server import pymap_server
from tuimail.setup.tls import fingerprint_of

SECRET = 'password_command = ["printf", "correct horse"]'


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(tls=True) as running:
        yield running


def pin(dovecot: Dovecot) -> str:
    return fingerprint_of(ssl.PEM_cert_to_DER_cert((dovecot.directory / "cert.pem").read_text()))


def configure(bench: Bench, port: int, *lines: str, username: str = "ada") -> None:
    settings = [f"port = {port}", f'username = "{username}"', *lines]
    bench.config.write_text(
        '# all of them\n[accounts.work.imap]\nhost = "localhost"\n' + "\n".join(settings) + "\n\n# the screen\n[ui]\n"
    )


def test_a_healthy_account(bench: Bench, dovecot: Dovecot) -> None:
    configure(bench, dovecot.tls_port, f'ca_file = "{dovecot.ca_file}"', SECRET)
    found = bench.json("account", "check", "work")
    assert (found["account"], found["ok"]) == ("work", True)
    assert all(set(check) == {"name", "state", "said", "fix", "details"} for check in found["checks"])
    assert {check["state"] for check in found["checks"]} == {"ok", "skipped"}
    assert bench.json("account", "check")[0]["account"] == "work"
    lines = bench.ok("account", "check").stdout.splitlines()
    assert lines[0] == "Account work"
    assert any(line.startswith("  ✓ ok       log-in           as ada") for line in lines)
    assert any(line.startswith("  – skipped  smtp") for line in lines)
    assert lines[-1].endswith("1 skipped")
    assert "correct horse" not in "\n".join(lines) + json.dumps(found)


def test_a_broken_account(bench: Bench, dovecot: Dovecot) -> None:
    configure(bench, dovecot.tls_port, SECRET)
    result = bench.run("account", "check", "work")
    assert result.exit_code == 1
    assert "✗ failed   tls              The certificate of localhost:" in result.stdout
    assert "→ If you know the server, `tuimail account trust work`" in result.stdout
    assert f"Its fingerprint is {pin(dovecot)}." in result.stdout
    assert "– skipped  log-in           not looked at, because of: tls" in result.stdout
    assert "1 failed" in result.stdout
    result = bench.run("account", "check", "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    assert not found["ok"]
    assert bench.run("account", "check", "wrok").exit_code == 2


def test_an_interrupt_ends_it_at_once(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(bench, silent.getsockname()[1], 'security = "none"', SECRET)
        command = ["--config", str(bench.config), "--data-dir", str(bench.data), "account", "check"]
        process = subprocess.Popen(
            [sys.executable, "-m", "tuimail", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        while " tls " not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (130, "tuimail: Interrupted.")


def test_a_mailbox_is_mapped_when_the_server_has_it(bench: Bench) -> None:
    with pymap_server(mailboxes=dict.fromkeys(["INBOX", "Alte Post"])) as server:
        secret = f'password_command = ["printf", "{server.password}"]'
        configure(bench, server.port, 'security = "none"', secret, username=server.username)
        before = bench.config.read_text()
        result = bench.run("account", "check", "work", "--map", "archive=Nothing")
        assert result.exit_code == 1
        assert "was not written as archive" in result.stderr
        assert bench.config.read_text() == before
        result = bench.ok("account", "check", "work", "--map", "archive=Alte Post")
        assert "archive is Alte Post" in result.stderr
        assert 'mailboxes = { archive = "Alte Post" }\n\n# the screen' in bench.config.read_text()
        (check,) = [one for one in bench.json("account", "check", "work")["checks"] if one["name"] == "mailbox archive"]
        assert check["details"]["source"] == "chosen"
        bench.ok("sync")
        (archive,) = [one for one in bench.json("mailboxes", "work") if one["special_use"] == "\\Archive"]
        assert archive["name"] == "Alte Post"
    assert "USE=MAILBOX" in bench.run("account", "check", "work", "--map", "inbox=x").stderr
    assert bench.run("account", "check", "work", "--map", "junk=").exit_code == 2


def test_a_certificate_is_shown_and_trusted(bench: Bench, dovecot: Dovecot) -> None:
    configure(bench, dovecot.port, 'security = "starttls"', SECRET)
    before = bench.config.read_text()
    result = bench.run("account", "trust", "work")
    assert result.exit_code == 2
    assert "add it as --fingerprint" in result.stderr
    result = bench.run("account", "trust", "work", given="n\n")
    assert result.exit_code == 1
    assert "Nothing was changed." in result.stderr
    result = bench.run("account", "trust", "work", "--fingerprint", "sha256:" + "ab" * 32)
    assert result.exit_code == 1
    assert "not the fingerprint that you gave" in result.stderr
    assert bench.config.read_text() == before
    result = bench.run("account", "trust", "work", given="y\n")
    assert result.exit_code == 0
    assert f"SHA-256  {pin(dovecot)}" in result.stdout
    assert "does not know the authority" in result.stdout
    assert bench.config.read_text() == before.replace(SECRET, f'{SECRET}\ntls_fingerprint = "{pin(dovecot)}"')
    assert bench.json("account", "check", "work")["ok"]
    assert "trust already" in bench.ok("account", "trust", "work").stdout


def test_a_changed_certificate_is_told_from_the_pinned_one(bench: Bench, dovecot: Dovecot) -> None:
    other = "sha256:" + "ab" * 32
    configure(bench, dovecot.tls_port, SECRET, f'tls_fingerprint = "{other}"')
    result = bench.run("sync")
    assert result.exit_code == 1
    assert other in result.output
    assert pin(dovecot) in result.output
    result = bench.run("account", "trust", "work", "--fingerprint", pin(dovecot))
    assert result.exit_code == 0
    assert f"It is not the one that you trust: {other}" in result.stdout
    assert f'tls_fingerprint = "{pin(dovecot)}"' in bench.config.read_text()
    bench.ok("sync")


def test_a_pin_that_is_not_needed_any_more(bench: Bench, dovecot: Dovecot) -> None:
    ca = f'ca_file = "{dovecot.ca_file}"'
    configure(bench, dovecot.tls_port, SECRET, ca)
    assert "nothing has to be written" in bench.ok("account", "trust", "work").stdout
    configure(bench, dovecot.tls_port, SECRET, ca, f'tls_fingerprint = "{pin(dovecot)}"')
    assert bench.run("account", "trust", "work", given="n\n").exit_code == 1
    assert bench.run("account", "trust", "work", given="y\n").exit_code == 0
    assert "tls_fingerprint" not in bench.config.read_text()


def test_where_there_is_nothing_to_trust(bench: Bench) -> None:
    result = bench.run("account", "trust", "home")
    assert result.exit_code == 2
    assert "uses no TLS" in result.stderr
    assert "has no smtp table" in bench.run("account", "trust", "home", "--smtp").stderr
    assert bench.run("account", "trust", "home", "--fingerprint", "abc").exit_code == 2
