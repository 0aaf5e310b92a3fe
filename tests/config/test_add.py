"""New accounts are written behind what their owner wrote, and only what he has to know stands there."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from tuimail.config.add import add_account
from tuimail.config.load import load_config
from tuimail.config.schema import Account, AuthMethod, ImapServer, OAuth2, OAuth2Provider, Pop3Server, SmtpServer
from tuimail.model.errors import ConfigError
from tuimail.model.server import Security

ACCOUNT = Account(
    address="ada@example.org",
    display_name="Ada",
    imap=ImapServer(host="imap.example.org", port=993, username="ada@example.org"),
    smtp=SmtpServer(host="smtp.example.org", port=587, security=Security.STARTTLS, username="ada"),
)
WRITTEN = """\
[accounts.work]
address = "ada@example.org"
display_name = "Ada"

[accounts.work.imap]
host = "imap.example.org"

[accounts.work.smtp]
host = "smtp.example.org"
security = "starttls"
username = "ada"
"""


def test_a_missing_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    add_account(path, "work", ACCOUNT)
    assert path.read_text() == WRITTEN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "before",
    [
        '# mine\n[ui]  # colours\ntheme = "x"',
        '[accounts.old]\naddress = "o@example.net"\nimap.host = "h"\n\n# the end\n',
        'accounts.old.address = "o@example.net"\naccounts.old.imap.host = "h"\n[sync]\npoll_minutes = 7\n',
        "\n\n",
    ],
)
def test_what_stands_there_stays_octet_for_octet(tmp_path: Path, before: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(before)
    path.chmod(0o640)
    add_account(path, "work", ACCOUNT)
    text = path.read_text()
    assert text.startswith(before)
    assert text.endswith(WRITTEN)
    assert load_config(path).accounts["work"] == ACCOUNT
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_an_inline_table_of_accounts_takes_it_in(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('accounts = { old = { address = "o@example.net", imap = { host = "h" } } }  # both\n')
    add_account(path, "work", ACCOUNT)
    assert set(load_config(path).accounts) == {"old", "work"}
    assert "# both" in path.read_text()


def test_a_name_with_dots_is_a_key_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    add_account(path, "ada@example.org", ACCOUNT)
    assert set(load_config(path).accounts) == {"ada@example.org"}


def test_what_a_person_chose_is_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    pop3 = Pop3Server(
        host="127.0.0.1",
        port=1110,
        security=Security.NONE,
        username="ada",
        auth=AuthMethod.OAUTH2,
        password_command=("pass", "show"),
        leave_on_server=30,
    )
    oauth2 = OAuth2(provider=OAuth2Provider.GOOGLE, client_id="c")
    add_account(path, "old", Account(address="ada@example.org", oauth2=oauth2, pop3=pop3))
    written = tomllib.loads(path.read_text())["accounts"]["old"]
    assert written == {
        "address": "ada@example.org",
        "oauth2": {"provider": "google", "client_id": "c"},
        "pop3": {
            "host": "127.0.0.1",
            "port": 1110,
            "security": "none",
            "username": "ada",
            "auth": "oauth2",
            "password_command": ["pass", "show"],
            "leave_on_server": 30,
        },
    }


@pytest.mark.parametrize(
    ("before", "name", "words"),
    [
        (WRITTEN, "work", "already"),
        ("not toml", "work", "not valid TOML"),
        ("accounts = 3\n", "work", "must be a table"),
        ('[ui]\nthem = "x"\n', "work", "unknown key"),
        ("", "no/name", "cannot be the name"),
    ],
)
def test_nothing_is_written_where_it_could_not_be_read_again(
    tmp_path: Path, before: str, name: str, words: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(before)
    with pytest.raises(ConfigError, match=words):
        add_account(path, name, ACCOUNT)
    assert path.read_text() == before


def test_a_file_that_was_made_for_nothing_is_gone_again(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        add_account(tmp_path / "config.toml", "no/name", ACCOUNT)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="Not a directory"):
        add_account(tmp_path / "file" / "config.toml", "work", ACCOUNT)


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("# real\n")
    (tmp_path / "config.toml").symlink_to(tmp_path / "real.toml")
    add_account(tmp_path / "config.toml", "work", ACCOUNT)
    assert (tmp_path / "config.toml").is_symlink()
    assert (tmp_path / "real.toml").read_text().endswith(WRITTEN)
