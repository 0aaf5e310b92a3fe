from __future__ import annotations

from pathlib import Path

import pytest

from tuimail.config.load import fingerprint_octets, is_loopback, load_config
from tuimail.config.schema import AuthMethod, Config, Layout
from tuimail.model.errors import EXIT_USAGE, ConfigError
from tuimail.model.server import Security

MINIMAL = """
[accounts.work]
address = "me@example.net"
  [accounts.work.imap]
  host = "imap.example.net"
"""
WHOLE = """
[accounts.work]
address = "me@example.net"
display_name = "Me"
signature = "Regards"
offline = "90d"
  [accounts.work.imap]
  host = "imap.example.net"
  port = 993
  security = "tls"
  username = "me@example.net"
  auth = "password"
  password_command = ["pass", "show", "mail/work"]
  [accounts.work.smtp]
  host = "smtp.example.net"
  port = 465
  security = "tls"

[accounts.old]
address = "me@old.example.org"
  [accounts.old.pop3]
  host = "pop.old.example.org"
  username = "me"
  leave_on_server = 14

[sync]
watch = true
poll_minutes = 5
deletion_limit = { count = 50, share = 0.25 }

[ui]
theme = "tuimail-dark"
layout = "wide"
"""


def _load(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    return load_config(path)


def _refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert caught.value.exit_status == EXIT_USAGE
    assert str(tmp_path / "config.toml") in str(caught.value)
    return str(caught.value)


def test_no_file_is_an_empty_configuration(tmp_path: Path) -> None:
    assert load_config(tmp_path / "none.toml") == Config()


def test_defaults_follow_from_what_is_said(tmp_path: Path) -> None:
    account = _load(tmp_path, MINIMAL).accounts["work"]
    server = account.imap
    assert server is not None
    assert (server.port, server.security, server.username) == (993, Security.TLS, "me@example.net")
    assert (server.auth, account.offline_days) == (AuthMethod.PASSWORD, None)


@pytest.mark.parametrize(
    ("kind", "security", "port"),
    [
        ("imap", "tls", 993),
        ("imap", "starttls", 143),
        ("pop3", "tls", 995),
        ("pop3", "starttls", 110),
        ("imap", "none", 143),
    ],
)
def test_each_protocol_has_its_own_ports(tmp_path: Path, kind: str, security: str, port: int) -> None:
    text = f'[accounts.a.{kind}]\nhost = "localhost"\nusername = "me"\nsecurity = "{security}"\n'
    assert getattr(_load(tmp_path, text).accounts["a"], kind).port == port


def test_everything_that_the_documentation_shows_is_understood(tmp_path: Path) -> None:
    config = _load(tmp_path, WHOLE)
    assert config.ui.layout is Layout.WIDE
    assert config.accounts["work"].offline_days == 90
    pop3 = config.accounts["old"].pop3
    assert pop3 is not None
    assert pop3.leave_on_server == 14
    assert config.sync.deletion_limit.count == 50


@pytest.mark.parametrize(
    ("old", "new", "table", "near"),
    [
        ("display_name =", "dispaly_name =", "accounts.work", "display_name"),
        ('  host = "imap', '  hots = "imap', "accounts.work.imap", "host"),
        ("poll_minutes", "poll_minuts", "sync", "poll_minutes"),
        ("share = 0.25", "shares = 0.25", "sync.deletion_limit", "share"),
        ("leave_on_server", "leave_on_sever", "accounts.old.pop3", "leave_on_server"),
    ],
)
def test_a_typo_names_file_table_and_the_nearest_key(tmp_path: Path, old: str, new: str, table: str, near: str) -> None:
    message = _refused(tmp_path, WHOLE.replace(old, new))
    assert f"[{table}]" in message
    assert f"Did you mean `{near}`?" in message


def test_a_typo_of_a_table_names_the_nearest(tmp_path: Path) -> None:
    message = _refused(tmp_path, "[synk]\nwatch = true\n")
    assert "the file's top level" in message
    assert "`sync`" in message


def test_a_password_in_the_file_is_an_unknown_key(tmp_path: Path) -> None:
    message = _refused(tmp_path, MINIMAL + '  password = "hunter2"\n')
    assert "`password`" in message
    assert "`password_command`" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[accounts.work.imap]\nusername = 'me'\n", "[accounts.work.imap] lacks `host`"),
        (MINIMAL + "  port = 70000\n", "accounts.work.imap.port"),
        (MINIMAL + "  port = '993'\n", 'imap.port`: expected a whole number from 1 to 65535, found "993"'),
        (MINIMAL + "  port = 0\n", "expected a whole number from 1 to 65535, found 0"),
        (MINIMAL + "  port = true\n", "expected a whole number from 1 to 65535, found true"),
        (MINIMAL + "  security = 'ssl'\n", 'imap.security`: expected "tls", "starttls" or "none", found "ssl"'),
        (MINIMAL + "  auth = 5\n", 'expected "password" or "oauth2", found 5'),
        (MINIMAL + "  allow_cleartext = 1979-05-27\n", "expected true or false, found a date or a time"),
        (MINIMAL.replace('"imap.example.net"', '""'), 'expected text in quotes that is not empty, found ""'),
        (WHOLE.replace("= 14", "= 'never'"), 'expected true or false or a whole number of 1 or more, found "never"'),
        (WHOLE.replace("0.25", "2.5"), "`sync.deletion_limit.share`: expected a number from 0 to 1, found 2.5"),
        (WHOLE.replace("{ count = 50, share = 0.25 }", "50"), "`sync.deletion_limit`: expected a table, found 50"),
        ("[accounts.work]\nimap = ['x']\n", "`accounts.work.imap`: expected a table, found a list"),
        ("[accounts.work]\naddress = 'a@example.org'\n", "names no server"),
        (MINIMAL + "[accounts.work.pop3]\nhost = 'pop.example.net'\n", "both an imap and a pop3"),
        ("[accounts.work.imap]\nhost = 'imap.example.net'\n", "has no `username`"),
        ("accounts = 5\n", "`accounts` must be a table"),
        ("[accounts]\nwork = 5\n", "`accounts.work` must be a table"),
        ("[accounts.'a b'.imap]\nhost = 'h'\n", "cannot be the name"),
        ("[accounts.work\n", "not valid TOML"),
        (MINIMAL + "  ca_file = 'missing.pem'\n", "which is not there"),
        (MINIMAL + "  tls_fingerprint = 'sha256:12'\n", "not a SHA-256 fingerprint"),
        (MINIMAL.replace('"me@example.net"', '"me@example.net"\noffline = "often"'), 'such as "90d", found "often"'),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in _refused(tmp_path, text)


@pytest.mark.parametrize("command", ["'echo hunter2'", "['echo', 42]"])
def test_a_command_that_is_no_list_is_answered_with_an_example(tmp_path: Path, command: str) -> None:
    message = _refused(tmp_path, MINIMAL + f"  password_command = {command}\n")
    assert 'a list of words, as in `password_command = ["pass", "show", "work"]`, found ' in message
    assert "hunter2" not in message
    assert "42" not in message.replace(str(tmp_path), "")


def test_a_file_that_must_exist_is_missed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml does not exist"):
        load_config(tmp_path / "none.toml", must_exist=True)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "config.toml")


def test_clear_text_is_refused_unless_it_stays_here_or_is_asked_for(tmp_path: Path) -> None:
    text = MINIMAL + '  security = "none"\n'
    message = _refused(tmp_path, text)
    assert "clear text" in message
    assert "imap.example.net" in message
    assert "allow_cleartext" in message
    assert _load(tmp_path, text + "  allow_cleartext = true\n").accounts
    for host in ("localhost", "127.0.0.1", "::1", "127.8.9.1"):
        assert _load(tmp_path, text.replace("imap.example.net", host)).accounts


def test_a_name_that_only_looks_like_this_machine_is_not() -> None:
    assert not any(is_loopback(host) for host in ("localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", ""))


def test_a_ca_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    server = _load(tmp_path, MINIMAL + '  ca_file = "ca.pem"\n').accounts["work"].imap
    assert server is not None
    assert server.ca_file == str(tmp_path / "ca.pem")


def test_fingerprints_with_and_without_colons() -> None:
    digits = "ab" * 32
    assert fingerprint_octets(f"sha256:{digits}") == bytes.fromhex(digits)
    assert fingerprint_octets("SHA256:" + ":".join(["AB"] * 32)) == bytes.fromhex(digits)
    assert fingerprint_octets("sha256:zz") is None
