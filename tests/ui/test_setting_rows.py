"""What the settings screen shows and what its keys would do, without a screen."""

from __future__ import annotations

from tuimail.config.schema import Account, Config, Notify, Ui
from tuimail.config.settings import Setting, general_settings
from tuimail.ui.models.setting_rows import NOTHING, SettingRow, rows, shown, stepped

CONFIG = Config(
    accounts={"home": Account(color="teal")},
    ui=Ui(theme="tuimail-paper"),
    notify=Notify(bell=True),
    searches={"Bills": "from:billing"},
)


def named(name: str, config: Config = CONFIG) -> SettingRow:
    return next(row for row in rows(config) if row.setting.name == name)


def test_rows_tell_what_was_chosen_and_what_is_default() -> None:
    assert named("ui.theme").text == "tuimail-paper"
    assert not named("ui.theme").is_default
    assert named("ui.layout").is_default
    assert named("notify.bell").text == "on"
    assert named("accounts.home.order").text == NOTHING
    assert named("searches.Bills").text == "from:billing"
    assert "from, subject" in named("ui.columns").text


def test_a_group_is_named_once() -> None:
    groups = [row.group for row in rows(CONFIG) if row.group]
    assert len(groups) == len(set(groups))
    assert groups[0] == "Screen"
    assert "Account home" in groups


def test_words_find_settings_by_name_title_and_help() -> None:
    assert [row.setting.name for row in rows(CONFIG, "rings bell")] == ["notify.bell"]
    assert {row.setting.name for row in rows(CONFIG, "COLOUR teal")} == set()
    assert "ui.theme" in {row.setting.name for row in rows(CONFIG, "colours")}
    assert rows(CONFIG, "poll_min")[0].group == "Sync"
    assert rows(CONFIG, "no such thing") == []


def test_steps_go_round_choices_and_on_with_numbers() -> None:
    assert stepped(named("ui.threads"), 1) is True
    assert stepped(named("notify.bell"), -1) is False
    assert stepped(named("ui.layout"), 1) == "wide"
    assert stepped(named("ui.layout"), -1) == "narrow"
    assert stepped(named("sync.poll_minutes"), -1) == 4
    assert stepped(named("snooze.morning"), 1) is None
    assert stepped(named("accounts.home.order"), 1) is None


def test_every_step_is_a_value_that_the_schema_takes() -> None:
    checked: list[Setting] = []
    for setting in general_settings():
        value = stepped(SettingRow(setting, setting.default, ""), 1)
        if value is not None:
            setting.check(value)
            checked.append(setting)
    assert len(checked) > 10


def test_nothing_of_a_name_reaches_the_terminal_raw() -> None:
    assert "\x1b" not in shown("\x1b]0;x\x07")
    assert shown([]) == NOTHING
    assert shown(0) == "0"
