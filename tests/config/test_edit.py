"""One key in the user's file: where it goes, and what stays as it was."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path

import pytest

from tuimail.config.edit import edit_file, set_key
from tuimail.model.errors import ConfigError

TEXT = """\
# mine
[accounts.work]
address = "ada@example.org"  # at work
  [accounts.work.imap]
  host = "imap.example.org"   # the old one
  password_command = [
    "pass",
    # where it is
    "work",
  ]

# at home
[accounts.home.imap]
host = "imap.example.net"

[accounts.dotted]
imap.host = "a.example"

[accounts.inline]
imap = {host = "b.example"}

[accounts.tables.imap]
host = "c.example"
[accounts.tables.imap.mailboxes]
junk = "Spam"  # theirs

[ui]
theme = "tuimail-dark"
"""
ACCOUNTS = ["work", "home", "dotted", "inline", "tables"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text(TEXT)
    return made


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_key_is_set_changed_and_taken_out(path: Path, account: str) -> None:
    keys = ("accounts", account, "imap", "tls_fingerprint")
    wanted = tomllib.loads(TEXT)
    for value in ("sha256:aa", "sha256:bb", None, None):
        set_key(path, keys, value)
        wanted["accounts"][account]["imap"].pop("tls_fingerprint", None)
        if value is not None:
            wanted["accounts"][account]["imap"]["tls_fingerprint"] = value
        text = path.read_text()
        assert tomllib.loads(text) == wanted
        for comment in ("# mine", "# at work", "# the old one", "# where it is", "# at home", "# theirs"):
            assert comment in text
    if account in {"work", "home"}:
        assert path.read_text() == TEXT


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_table_that_is_missing_is_made(path: Path, account: str) -> None:
    wanted = tomllib.loads(TEXT)
    boxes = wanted["accounts"][account]["imap"].setdefault("mailboxes", {})
    for key, value in (("archive", 'Old "mail" \\ ü'), ("junk", "Pest")):
        set_key(path, ("accounts", account, "imap", "mailboxes", key), value)
        boxes[key] = value
    assert tomllib.loads(path.read_text()) == wanted


def test_a_new_key_stands_with_the_others_of_its_table(path: Path) -> None:
    set_key(path, ("accounts", "work", "imap", "tls_fingerprint"), "sha256:aa")
    assert path.read_text() == TEXT.replace('    "work",\n  ]\n', '    "work",\n  ]\n  tls_fingerprint = "sha256:aa"\n')


def test_what_is_not_there_is_not_made_up(path: Path) -> None:
    for keys in (("accounts", "nobody", "imap", "host"), ("accounts", "home", "pop3", "a", "b")):
        with pytest.raises(ConfigError, match="there is no table"):
            set_key(path, keys, "x")
    assert path.read_text() == TEXT


def test_two_who_edit_at_once_lose_nothing_of_each_other(path: Path) -> None:
    other = threading.Thread(target=set_key, args=(path, ("accounts", "home", "imap", "ca_file"), "other.pem"))

    def edit(text: str) -> str:
        other.start()
        # Time enough to write; it waits for its turn instead.
        other.join(0.2)
        return text.replace("c.example", "d.example")

    edit_file(path, edit)
    other.join()
    found = tomllib.loads(path.read_text())["accounts"]
    assert found["home"]["imap"]["ca_file"] == "other.pem"
    assert found["tables"]["imap"]["host"] == "d.example"


def test_links_that_lead_nowhere_are_said_in_words(tmp_path: Path) -> None:
    link = tmp_path / "config.toml"
    for target in (link, tmp_path / "nobody" / "config.toml"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        with pytest.raises(ConfigError, match="cannot be changed"):
            set_key(link, ("accounts", "work", "imap", "host"), "x")
