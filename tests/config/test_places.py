from __future__ import annotations

from pathlib import Path

import pytest

from tuimail.config.edit import edit_file, remove_account
from tuimail.config.load import load_config
from tuimail.config.paths import resolve_paths
from tuimail.model.errors import ConfigError

TEXT = """# my mail
[accounts.work]  # the job
address = "me@example.net"

  [accounts.work.imap]
  host = "imap.example.net"   # in the cellar

# an old one
[accounts.old.imap]
host = "imap.example.org"
username = "me"

[ui]
theme = "nord" # dark
"""


def test_options_win_over_variables_and_these_over_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    default = resolve_paths()
    assert not default.config_chosen
    assert default.config == tmp_path / "config" / "tuimail" / "config.toml"
    assert default.data == tmp_path / "data" / "tuimail"
    assert default.log == tmp_path / "state" / "tuimail" / "tuimail.log"
    assert default.keymap == tmp_path / "config" / "tuimail" / "keymap.toml"
    monkeypatch.setenv("TUIMAIL_CONFIG", str(tmp_path / "a" / "b.toml"))
    monkeypatch.setenv("TUIMAIL_DATA_DIR", str(tmp_path / "c"))
    changed = resolve_paths()
    assert changed.config_chosen
    assert (changed.config, changed.data) == (tmp_path / "a" / "b.toml", tmp_path / "c")
    assert changed.themes == tmp_path / "a" / "themes"
    given = resolve_paths(tmp_path / "d.toml", tmp_path / "e")
    assert given.config_chosen
    assert (given.config, given.data) == (tmp_path / "d.toml", tmp_path / "e")


def test_removing_an_account_keeps_comments_mode_and_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT, "utf-8")
    path.chmod(0o640)
    remove_account(path, "old")
    text = path.read_text("utf-8")
    assert "imap.example.org" not in text
    for kept in ("# my mail", "# an old one", "# the job", "# in the cellar", 'theme = "nord" # dark'):
        assert kept in text
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(load_config(path).accounts) == ["work"]
    remove_account(path, "work")
    assert load_config(path).accounts == {}
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.toml"]


def test_a_comment_above_the_next_table_stays_with_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT, "utf-8")
    remove_account(path, "work")
    assert path.read_text("utf-8").startswith("# my mail\n\n# an old one\n[accounts.old.imap]\n")


@pytest.mark.parametrize(
    "text",
    [
        'accounts.work.imap = { host = "h", username = "me" }\naccounts.old.imap = { host = "o", username = "me" }\n',
        '[accounts]\nwork = { imap = { host = "h", username = "me" } }\nold.imap = { host = "o", username = "me" }\n',
        '[accounts.work]\nsignature = """\n[accounts.old]\n"""\nimap.host = "h"\nimap.username = "me"\n'
        '[accounts.old.imap]\nhost = "o"\nusername = "me"\n',
        '["accounts" . "work"]\nimap = { host = "h", username = "me" }\n[accounts.old]\n'
        'imap = { host = "o", username = "me" }\n[accounts.work.smtp]\nhost = "s"\nusername = "me"\n',
    ],
)
def test_an_account_is_removed_however_it_is_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    old = load_config(path).accounts["old"]
    remove_account(path, "work")
    assert load_config(path).accounts == {"old": old}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text(TEXT, "utf-8")
    (tmp_path / "config.toml").symlink_to("real.toml")
    remove_account(tmp_path / "config.toml", "work")
    assert (tmp_path / "config.toml").is_symlink()
    assert "imap.example.net" not in (tmp_path / "real.toml").read_text("utf-8")


def test_what_cannot_be_done_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT, "utf-8")
    with pytest.raises(ConfigError, match="no account 'home'"):
        remove_account(path, "home")
    with pytest.raises(ConfigError, match="cannot be changed"):
        remove_account(tmp_path / "none.toml", "work")

    def fail(_text: str) -> str:
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigError, match="No space left"):
        edit_file(path, fail)
    assert path.read_text("utf-8") == TEXT
    path.write_text("[broken", "utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        remove_account(path, "work")
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.toml"]
