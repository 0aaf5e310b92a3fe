"""Settings: every one is declared, documented and checked, and the file is changed as its owner would."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
import tomlkit
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tuimail.config.edit import Value, set_key
from tuimail.config.load import load_config
from tuimail.config.schema import Account, Config, ImapServer, Ui
from tuimail.config.settings import _OF_ACCOUNTS, _WORDS, Kind, Setting, general_settings, settings
from tuimail.config.settings_file import change_setting, take_back
from tuimail.model.errors import ConfigError

DOCS = Path(__file__).parent.parent.parent / "docs" / "configuration.md"
OF_ACCOUNTS_ELSEWHERE = {"address", "authserv_id", "signature", "signature_file", "oauth2", "imap", "pop3", "smtp"}
"""What belongs to setting up an account."""
TEXT = """\
# mine
[ui]   # looks
theme = "tuimail-dark"  # the best one
layout = "auto"

# at home
[accounts.home]
address = "ada@example.org"
imap.host = "imap.example.org"
"""
BY_NAME = {setting.name: setting for setting in general_settings()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text(TEXT)
    return made


def leaves(value: object, keys: tuple[str, ...] = ()) -> list[str]:
    if not isinstance(value, msgspec.Struct):
        return [".".join(keys)]
    return [leaf for name in value.__struct_fields__ for leaf in leaves(getattr(value, name), (*keys, name))]


def test_every_key_of_the_schema_is_a_setting() -> None:
    known = [leaf for leaf in leaves(Config()) if leaf not in {"accounts", "searches", "open"}]
    assert sorted(known) == sorted(_WORDS) == sorted(setting.name for setting in general_settings())
    assert set(Account.__struct_fields__) - OF_ACCOUNTS_ELSEWHERE == set(_OF_ACCOUNTS)


def test_defaults_are_the_schema_s() -> None:
    config = Config(accounts={"home": Account()}, searches={"Bills": "from:billing"})
    found = settings(config)
    for setting in found:
        if setting.keys[0] != "searches":
            assert setting.value_in(config) == setting.default, setting.name
        assert setting.help.endswith(".")
        assert setting.title
        assert setting.expected
    assert found[-1].value_in(config) == "from:billing"


def test_the_documentation_has_each_with_its_default() -> None:
    sections = re.split(r"^## `\[([^\]]+)\]`\n", DOCS.read_text("utf-8"), flags=re.MULTILINE)
    rows = {
        f"{table}.{key}": default
        for table, text in zip(sections[1::2], sections[2::2], strict=True)
        for keys, default in re.findall(r"^\| (`[^|]*`) \|([^|]*)\|", text, flags=re.MULTILINE)
        for key in re.findall(r"`([a-z_]+)`", keys)
    }
    for setting in general_settings():
        if setting.keys[:2] == ("sync", "deletion_limit"):
            assert f"{setting.keys[-1]} = {setting.default}" in rows["sync.deletion_limit"]
            continue
        assert setting.default is not None
        written = tomlkit.item(setting.default).as_string()
        assert rows[setting.name].strip(" `") == written, setting.name
    for name in _OF_ACCOUNTS:
        assert f"accounts.NAME.{name}" in rows


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("sync.poll_minutes", " 15 ", 15),
        ("sync.deletion_limit.share", "0,5", 0.5),
        ("sync.deletion_limit.count", "0", 0),
        ("snooze.morning", "07:30", "07:30"),
        ("ui.theme", "mine", "mine"),
    ],
)
def test_what_is_typed_becomes_a_value(name: str, text: str, value: Value) -> None:
    assert BY_NAME[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("sync.poll_minutes", "0", "expected a whole number from 1 to 1440, found 0"),
        ("sync.poll_minutes", "often", 'expected a whole number from 1 to 1440, found "often"'),
        ("sync.deletion_limit.share", "nan", 'expected a number from 0 to 1, found "nan"'),
        ("sync.deletion_limit.share", "1.5", "expected a number from 0 to 1, found 1.5"),
        ("snooze.evening", "25:00", 'expected a time of day such as "08:00", found "25:00"'),
        ("ui.layout", "round", 'expected "auto", "wide", "tall" or "narrow", found "round"'),
    ],
)
def test_what_cannot_be_says_what_is_expected(name: str, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BY_NAME[name].parse(text)
    assert caught.value.message == told


def test_accounts_and_searches_are_checked_too() -> None:
    found = {one.name: one for one in settings(Config(accounts={"home": Account()}, searches={"Bills": "x"}))}
    with pytest.raises(ConfigError, match="expected blue"):
        found["accounts.home.color"].parse("dull")
    with pytest.raises(ConfigError, match="number of days"):
        found["accounts.home.offline"].parse("9x")
    assert found["accounts.home.order"].parse("-2") == -2
    with pytest.raises(ConfigError, match="what to search for"):
        found["searches.Bills"].parse("  ")


CHANGES: list[tuple[str, Value]] = [
    ("ui.theme", "tuimail-paper"),
    ("ui.threads", True),
    ("ui.columns", ["from", "subject"]),
    ("sync.poll_minutes", 12),
    ("sync.deletion_limit.share", 0.5),
    ("notify.bell", True),
    ("accounts.home.hidden", True),
    ("accounts.home.color", "teal"),
    ("searches.Ada's letters", 'from:ada "a b"'),
]


def setting_of(name: str, config: Config) -> Setting:
    if name.startswith("searches."):
        title = name.removeprefix("searches.")
        return Setting(("searches", title), "", title, "", Kind.TEXT, None)
    return next(one for one in settings(config) if one.name == name)


@pytest.mark.parametrize(("name", "value"), CHANGES)
@pytest.mark.parametrize("text", [TEXT, "", "# nothing\n", 'ui = { theme = "x" }\nsync.watch = false'])
def test_a_setting_is_changed_reset_and_taken_back(path: Path, text: str, name: str, value: Value) -> None:
    if name.startswith("accounts.") and text != TEXT:
        text += '\n[accounts.home]\naddress = "a@example.org"\nimap.host = "h.example"\n'
    path.write_text(text)
    config = load_config(path)
    setting = setting_of(name, config)
    edit = change_setting(path, setting.keys, value)
    assert setting.value_in(edit.config) == value
    assert load_config(path) == edit.config
    for comment in re.findall("# .*", text):
        assert comment in path.read_text()
    back = take_back(path, edit)
    assert path.read_text() == text
    assert back.config == config
    change_setting(path, setting.keys, value)
    reset = change_setting(path, setting.keys, None)
    if name.startswith("searches."):
        assert reset.config.searches == {}
    else:
        assert setting.value_in(reset.config) == setting.default
    # Octet for octet back, where the setting stood in a file of many lines.
    assert tomllib.loads(path.read_text()).get("accounts") == tomllib.loads(text).get("accounts")


def test_undo_keeps_what_others_wrote_meanwhile(path: Path) -> None:
    edit = change_setting(path, ("ui", "theme"), "tuimail-paper")
    set_key(path, ("notify", "bell"), True)
    done = take_back(path, edit)
    assert done.config.ui.theme == "tuimail-dark"
    assert done.config.notify.bell
    assert "# the best one" in path.read_text()


def test_what_others_wrote_meanwhile_is_taken_in(path: Path) -> None:
    set_key(path, ("snooze", "morning"), "06:00")
    edit = change_setting(path, ("ui", "threads"), True)
    assert edit.config.snooze.morning == "06:00"
    assert edit.config.ui.threads


def test_a_file_with_other_faults_is_left_alone(path: Path) -> None:
    for broken in (TEXT + "[sync]\npoll_minutes = 0\n", TEXT + "[\n"):
        path.write_text(broken)
        with pytest.raises(ConfigError):
            change_setting(path, ("ui", "threads"), True)
        assert path.read_text() == broken


def test_a_value_that_the_schema_refuses_is_not_written(path: Path) -> None:
    with pytest.raises(ConfigError, match="expected"):
        change_setting(path, ("ui", "layout"), "round")
    assert path.read_text() == TEXT


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    edit = change_setting(path, ("ui", "theme"), "tuimail-light")
    assert path.read_text() == '[ui]\ntheme = "tuimail-light"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert edit.config == Config(ui=Ui(theme="tuimail-light"))
    other = tmp_path / "other" / "config.toml"
    with pytest.raises(ConfigError):
        change_setting(other, ("ui", "layout"), "round")
    assert not other.exists()


@given(st.lists(st.sampled_from([*CHANGES, *((name, None) for name, _ in CHANGES)]), max_size=6))
@hypothesis_settings(max_examples=40, deadline=None)
def test_any_edits_leave_what_their_owner_wrote(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, Value | None]]
) -> None:
    path = tmp_path_factory.mktemp("settings") / "config.toml"
    path.write_text(TEXT)
    expected: dict[str, Value | None] = {}
    for name, value in changes:
        change_setting(path, setting_of(name, load_config(path)).keys, value)
        expected[name] = value
    config = load_config(path)
    for name, value in expected.items():
        setting = setting_of(name, config)
        if value is None and name.startswith("searches."):
            assert setting.title not in config.searches
        else:
            assert setting.value_in(config) == (setting.default if value is None else value)
    assert config.accounts["home"].imap == ImapServer(host="imap.example.org", port=993, username="ada@example.org")
    for comment in ("# mine", "# looks", "# at home"):
        assert comment in path.read_text()
