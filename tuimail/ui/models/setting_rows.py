"""What the settings screen shows, as rows: the model of its list. Knows no widget and no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuimail.config.edit import Value
from tuimail.config.schema import Config
from tuimail.config.settings import Effect, Kind, Setting, settings
from tuimail.mime.sanitize import one_line

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting and its value; `group` is "" where it is that of the row above."""

    setting: Setting
    value: Value | None
    group: str

    @property
    def is_default(self) -> bool:
        """Whether nobody has chosen another value."""
        return self.value == self.setting.default

    @property
    def text(self) -> str:
        """The value as people read it."""
        return shown(self.value)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the detail says below the help: the name in the file, what is expected, default, and when it shows."""
        setting = self.setting
        lines = [f"{one_line(setting.name)}: {setting.expected}"]
        if setting.default is not None:
            lines.append(f"Default: {shown(setting.default)}")
        if setting.effect is Effect.ENGINE:
            lines.append("The engine takes it in when you close the settings.")
        return tuple(lines)


def rows(config: Config, query: str = "") -> list[SettingRow]:
    """All settings, or those that all the words of `query` are in: in group, title, name or help."""
    words = query.casefold().split()
    found = [setting for setting in settings(config) if _matches(setting, words)]
    before = ""
    made = []
    for setting in found:
        made.append(SettingRow(setting, setting.value_in(config), setting.group if setting.group != before else ""))
        before = setting.group
    return made


def _matches(setting: Setting, words: Sequence[str]) -> bool:
    text = f"{setting.group} {setting.title} {setting.name} {setting.help}".casefold()
    return all(word in text for word in words)


def stepped(row: SettingRow, delta: int) -> Value | None:
    """The value after or before the row's; None where there is no such step."""
    setting, value = row.setting, row.value
    if setting.kind is Kind.SWITCH:
        return not value
    if setting.kind is Kind.CHOICE:
        return setting.choices[(setting.choices.index(str(value)) + delta) % len(setting.choices)]
    if setting.kind is Kind.NUMBER and isinstance(value, int):
        return value + delta
    return None


def shown(value: Value | None) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(map(one_line, value)) or NOTHING
    return one_line(str(value)) if value not in {None, ""} else NOTHING
